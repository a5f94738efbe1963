package pattern

import (
	"strconv"
	"strings"
)

// fields are conditions on what stands between the spaces of an event. What stands in quotes or in brackets is one field.
type fields struct {
	list []field
	// open is where "..." stands for any number of fields, -1 without one.
	open int
}

// field is one of a pattern: its name, and its conditions: one of the groups holds if all in it do.
type field struct {
	name   string
	groups [][]condition
}

// compileFields reads "[name, name = constant, ..., name > 1 && name < 5]".
func compileFields(text string) (matcher, error) {
	if !strings.HasSuffix(text, "]") {
		return nil, refuse("a bracket is not closed")
	}
	f, regexps := &fields{open: -1}, 0
	for _, part := range splitOutside(text[1:len(text)-1], ",") {
		part = strings.TrimSpace(part)
		if part == "..." {
			if f.open >= 0 {
				return nil, refuse("... stands there twice")
			}
			f.open = len(f.list)
			continue
		}
		one, err := compileField(part)
		if err != nil {
			return nil, err
		}
		for _, g := range one.groups {
			for i := range g {
				if g[i].re != nil {
					regexps++
				}
			}
		}
		f.list = append(f.list, one)
	}
	if regexps > maxRegexps {
		return nil, refuse("there are more than %d regular expressions", maxRegexps)
	}
	return f, nil
}

func compileField(text string) (field, error) {
	var f field
	if text == "" {
		return f, nil // a field that may be anything
	}
	text = strings.TrimSpace(trimParens(text))
	for _, or := range splitOutside(text, "||") {
		var group []condition
		for _, and := range splitOutside(or, "&&") {
			and = strings.TrimSpace(and)
			n := 0
			for n < len(and) && (isWord(and[n]) || and[n] == '-' || and[n] == '.') {
				n++
			}
			name, rest := and[:n], strings.TrimLeft(and[n:], " ")
			if name == "" || f.name != "" && name != f.name {
				return f, refuse("%q is no condition on a field", and)
			}
			f.name = name
			if rest == "" {
				continue
			}
			op, rest, ok := cutOperator(rest)
			if !ok {
				return f, refuse("%q has no operator", and)
			}
			constant, quoted := strings.TrimSpace(rest), false
			if strings.HasPrefix(constant, `"`) {
				inner, after, ok := cutQuoted(constant)
				if !ok || after != "" {
					return f, refuse("%q is no constant", constant)
				}
				constant, quoted = inner, true
			}
			c, err := newCondition(op, constant, quoted && !strings.Contains(constant, "*"))
			if err != nil {
				return f, err
			}
			group = append(group, c)
		}
		if group != nil {
			f.groups = append(f.groups, group)
		}
	}
	return f, nil
}

func trimParens(s string) string {
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		return s[1 : len(s)-1]
	}
	return s
}

// splitOutside splits at a separator that stands in neither quotes nor a regular expression.
func splitOutside(s, sep string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '%':
			if end := strings.IndexByte(s[i+1:], c); end >= 0 {
				i += end + 1
			}
		case strings.HasPrefix(s[i:], sep):
			parts = append(parts, s[start:i])
			i += len(sep) - 1
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

func (f *fields) match(message []byte) bool {
	var room [maxFields][]byte
	values := split(room[:0], message)
	if f.open < 0 {
		return len(values) == len(f.list) && holdAll(f.list, values)
	}
	behind := len(f.list) - f.open
	return len(values) >= len(f.list) && holdAll(f.list[:f.open], values) && holdAll(f.list[f.open:], values[len(values)-behind:])
}

// maxFields is how many fields of an event are looked at without memory being taken for them.
const maxFields = 32

func holdAll(list []field, values [][]byte) bool {
	for i := range list {
		if !list[i].holds(values[i]) {
			return false
		}
	}
	return true
}

func (f *field) holds(value []byte) bool {
	for _, group := range f.groups {
		all := true
		for i := range group {
			if !group[i].holds(value) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return len(f.groups) == 0
}

// split cuts an event at its spaces. Quotes and brackets hold a field together and are no part of it.
func split(dst [][]byte, message []byte) [][]byte {
	for i := 0; i < len(message); {
		if message[i] == ' ' || message[i] == '\t' {
			i++
			continue
		}
		end, next := fieldEnd(message, i)
		if c := message[i]; c == '"' || c == '[' {
			i++
		}
		dst = append(dst, message[i:end])
		i = next
	}
	return dst
}

// fieldEnd finds where the field that begins at i ends, and where to look for the next.
func fieldEnd(message []byte, i int) (end, next int) {
	closing := byte(' ')
	switch message[i] {
	case '"':
		closing = '"'
	case '[':
		closing = ']'
	}
	for end = i + 1; end < len(message); end++ {
		if message[end] == closing || closing == ' ' && message[end] == '\t' {
			return end, end + 1
		}
	}
	return end, end
}

func (f *fields) value(message []byte, of string) (string, bool) {
	name, ok := strings.CutPrefix(of, "$")
	if !ok {
		return "", false
	}
	values := split(nil, message)
	for i := range f.list {
		if f.list[i].name != name {
			continue
		}
		at := i
		if f.open >= 0 && i >= f.open {
			at = len(values) - len(f.list) + i
		}
		if at < 0 || at >= len(values) {
			return "", false
		}
		return string(values[at]), true
	}
	return "", false
}

// extract has the fields that the pattern names; one without a name is called by its number.
func (f *fields) extract(message []byte) map[string]string {
	out, values := map[string]string{}, split(nil, message)
	for i := range f.list {
		name := "$" + f.list[i].name
		if f.list[i].name == "" {
			name = "$" + strconv.Itoa(i+1)
		}
		at := i
		if f.open >= 0 && i >= f.open {
			at = len(values) - len(f.list) + i
		}
		if at >= 0 && at < len(values) {
			out[name] = string(values[at])
		}
	}
	return out
}
