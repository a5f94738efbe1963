package insights

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// discover finds a field that the message itself has: a member of a JSON object, one below it by names and numbers
// between dots, or what a function's report says
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html).
func discover(message []byte, name string) value {
	if report, ok := reports[name]; ok {
		return report.find(message)
	}
	start := bytes.IndexByte(message, '{')
	if start < 0 {
		return value{}
	}
	end := bytes.LastIndexByte(message, '}')
	if end < start {
		return value{}
	}
	raw, ok := find(message[start:end+1], name)
	if !ok {
		return value{}
	}
	return ofJSON(raw)
}

func ofJSON(raw []byte) value {
	switch {
	case raw[0] == '"':
		return ofText(string(jsontext.AppendUnquoted(nil, raw[1:len(raw)-1])))
	case string(raw) == "true":
		return ofBool(true)
	case string(raw) == "false":
		return ofBool(false)
	case string(raw) == "null":
		return value{}
	case raw[0] == '{' || raw[0] == '[':
		return ofText(string(raw))
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return ofNumber(f)
	}
	return ofText(string(raw))
}

// find looks for the whole name first, since names may have dots.
func find(doc []byte, name string) ([]byte, bool) {
	if found, ok := member(doc, name); ok {
		return found, true
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := member(doc, name[:i]); ok {
			if found, ok := find(inner, name[i+1:]); ok {
				return found, true
			}
		}
	}
	return nil, false
}

func member(doc []byte, name string) (found []byte, ok bool) {
	if doc = bytes.TrimSpace(doc); len(doc) > 0 && doc[0] == '[' {
		if index, err := strconv.Atoi(name); err == nil {
			found = jsontext.Element(doc, index)
		}
	} else {
		found = jsontext.Member(doc, name)
	}
	return found, found != nil
}

// maxDiscovered is how many fields of an event are discovered (CWL_AnalyzeLogData-discoverable-fields: 200 of JSON).
const maxDiscovered = 200

// Discovered returns the fields that a message itself has as a JSON object, by names with dots.
func Discovered(message []byte) map[string]string {
	out := map[string]string{}
	flatten(message, "", out, 0)
	return out
}

func flatten(doc []byte, prefix string, out map[string]string, depth int) {
	doc = bytes.TrimSpace(doc)
	if len(doc) == 0 || depth > maxNesting {
		return
	}
	add := func(name string, raw []byte) {
		switch {
		case len(out) >= maxDiscovered:
		case raw[0] == '{' || raw[0] == '[':
			flatten(raw, prefix+name+".", out, depth+1)
		default:
			if v := ofJSON(raw); v.kind != absent {
				out[prefix+name] = v.String()
			}
		}
	}
	switch doc[0] {
	case '{':
		jsontext.Members(doc, func(name, raw []byte) { add(string(jsontext.AppendUnquoted(nil, name)), raw) })
	case '[':
		i := 0
		jsontext.Elements(doc, func(raw []byte) {
			add(strconv.Itoa(i), raw)
			i++
		})
	}
}

// report is a field of a function's REPORT line: what stands between its label and its unit. See [reports].
type report struct{ label, unit string }

// reports are the fields of functions' logs. Memory is in bytes, as AWS shows it.
var reports = map[string]report{ //nolint:gochecknoglobals // a constant table
	"@duration":       {"Duration: ", " ms"},
	"@billedDuration": {"Billed Duration: ", " ms"},
	"@initDuration":   {"Init Duration: ", " ms"},
	"@memorySize":     {"Memory Size: ", " MB"},
	"@maxMemoryUsed":  {"Max Memory Used: ", " MB"},
	"@requestId":      {"RequestId: ", ""},
	"@type":           {"", ""},
}

func (r report) find(message []byte) value {
	line := string(message)
	if r.label == "" {
		kind, _, _ := strings.Cut(line, " ")
		switch kind {
		case "START", "END", "REPORT":
			return ofText(kind)
		}
		return value{}
	}
	rest := "\t" + line
	i := strings.Index(rest, r.label)
	if r.unit != "" { // the label begins a field of a report
		if !strings.HasPrefix(line, "REPORT ") {
			return value{}
		}
		if i = strings.Index(rest, "\t"+r.label); i >= 0 {
			i++
		}
	}
	if i < 0 {
		return value{}
	}
	rest = rest[i+len(r.label):]
	if r.unit == "" {
		word, _, _ := strings.Cut(rest, " ")
		word, _, _ = strings.Cut(word, "\t")
		return ofText(strings.TrimSpace(word))
	}
	text, _, ok := strings.Cut(rest, r.unit)
	f, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return value{}
	}
	if r.unit == " MB" {
		f *= 1e6
	}
	return ofNumber(f)
}
