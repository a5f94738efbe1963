package selection

import (
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// jsonPath leads from a document to one value in it.
type jsonPath []pathStep

// pathStep is a member's name, or an index if that is not -1.
type pathStep struct {
	name  string
	index int
}

// parsePath reads the forms .name, ['name'], ["name"] and [0]; there must be at least one. Recursive descent, filters,
// wildcards and slices are no paths here, as on AWS.
func parsePath(s string) (jsonPath, bool) {
	var path jsonPath
	for s != "" {
		step, rest, ok := parseStep(s)
		if !ok {
			return nil, false
		}
		path, s = append(path, step), rest
	}
	return path, len(path) > 0
}

func parseStep(s string) (step pathStep, rest string, ok bool) {
	if s[0] == '.' {
		n := strings.IndexAny(s[1:], ".[")
		if n < 0 {
			n = len(s) - 1
		}
		name := s[1 : 1+n]
		return pathStep{name: name, index: -1}, s[1+n:], name != "" && !strings.ContainsAny(name, "*?()]'\"")
	}
	if s[0] != '[' || len(s) < 3 {
		return pathStep{}, "", false
	}
	if quote := s[1]; quote == '\'' || quote == '"' {
		name, rest, closed := strings.Cut(s[2:], string(quote)+"]")
		return pathStep{name: name, index: -1}, rest, closed
	}
	digits, rest, closed := strings.Cut(s[1:], "]")
	index, err := strconv.ParseUint(digits, 10, 31)
	return pathStep{index: int(index)}, rest, closed && err == nil
}

// find returns the JSON text of the value, nil if there is none. Of members with the same name the last counts, as in
// other decoders. Only what stands in the way is parsed; a document that is broken there has no value. If doc was cut off,
// what was complete before the cut is found nevertheless.
func (p jsonPath) find(doc []byte, cut bool) []byte {
	for i := range p {
		doc = doc[skipSpace(doc, 0):]
		var found []byte
		var ok bool
		if p[i].index < 0 {
			found, ok = member(doc, p[i].name)
		} else {
			found, ok = element(doc, p[i].index)
		}
		if found == nil || !ok && !cut {
			return nil
		}
		doc = found
	}
	return doc
}

// member returns the value of the last member with that name in the object that doc begins with. ok says that the object
// could be read to its end.
func member(doc []byte, name string) (found []byte, ok bool) {
	if len(doc) == 0 || doc[0] != '{' {
		return nil, false
	}
	i := skipSpace(doc, 1)
	if i < len(doc) && doc[i] == '}' {
		return nil, true
	}
	for {
		keyEnd, ok := skipString(doc, i)
		if !ok {
			return found, false
		}
		colon := skipSpace(doc, keyEnd)
		if colon >= len(doc) || doc[colon] != ':' {
			return found, false
		}
		start := skipSpace(doc, colon+1)
		end, ok := skipValue(doc, start)
		if !ok {
			return found, false
		}
		if jsontext.Is(doc[i+1:keyEnd-1], name) {
			found = doc[start:end]
		}
		i = skipSpace(doc, end)
		switch {
		case i < len(doc) && doc[i] == '}':
			return found, true
		case i >= len(doc) || doc[i] != ',':
			return found, false
		}
		i = skipSpace(doc, i+1)
	}
}

// element returns the value at that index in the array that doc begins with.
func element(doc []byte, index int) (found []byte, ok bool) {
	if len(doc) == 0 || doc[0] != '[' {
		return nil, false
	}
	i := skipSpace(doc, 1)
	if i < len(doc) && doc[i] == ']' {
		return nil, true
	}
	for n := 0; ; n++ {
		end, ok := skipValue(doc, i)
		if !ok {
			return found, false
		}
		if n == index {
			found = doc[i:end]
		}
		i = skipSpace(doc, end)
		switch {
		case i < len(doc) && doc[i] == ']':
			return found, true
		case i >= len(doc) || doc[i] != ',':
			return found, false
		}
		i = skipSpace(doc, i+1)
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipString returns where the string that begins at i ends.
func skipString(b []byte, i int) (end int, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return i, false
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1, true
		}
	}
	return len(b), false
}

// skipValue returns where the value that begins at i ends. Within arrays and objects only strings and brackets count.
func skipValue(b []byte, i int) (end int, ok bool) {
	if i >= len(b) {
		return i, false
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	end = i
	for end < len(b) && strings.IndexByte(",]} \n\r\t", b[end]) < 0 {
		end++
	}
	return end, end > i && end < len(b)
}

func skipNested(b []byte, i int) (end int, ok bool) {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end, ok := skipString(b, i)
			if !ok {
				return end, false
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}
