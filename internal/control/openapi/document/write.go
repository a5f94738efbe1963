package document

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Documents are written as AWS writes them: JSON with spaces around colons and inside of brackets, YAML with all strings
// quoted and lists not indented (recorded: CX:26017641741, CX:9222701705).

// AppendCompact appends v as JSON without spaces.
func AppendCompact(b []byte, v *Value) []byte {
	switch v.Kind {
	case Object:
		b = append(b, '{')
		for i, m := range v.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, m.Key), ':')
			b = AppendCompact(b, m.Value)
		}
		return append(b, '}')
	case List:
		b = append(b, '[')
		for i, item := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendCompact(b, item)
		}
		return append(b, ']')
	case Null, Text, Number, Boolean:
	}
	return appendScalar(b, v)
}

// AppendJSON appends v as indented JSON; indent is the column of the object that it is in.
func AppendJSON(b []byte, v *Value, indent int) []byte {
	switch {
	case v.IsEmpty():
		return append(b, map[Kind]string{Object: "{ }", List: "[ ]"}[v.Kind]...)
	case v.Kind == Object:
		b = append(b, '{')
		for i, m := range v.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendIndent(append(b, '\n'), indent+2)
			b = append(appendQuoted(b, m.Key), " : "...)
			b = AppendJSON(b, m.Value, indent+2)
		}
		return append(appendIndent(append(b, '\n'), indent), '}')
	case v.Kind == List:
		b = append(b, '[')
		for i, item := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(append(b, ' '), item, indent)
		}
		return append(b, " ]"...)
	}
	return appendScalar(b, v)
}

// AppendYAML appends what stands after a key or a dash, and the end of the line; indent is where v's members begin if it is an
// object, and where its dashes stand if it is a list.
func AppendYAML(b []byte, v *Value, indent int) []byte {
	switch {
	case v.IsEmpty():
		return append(append(b, map[Kind]string{Object: "{}", List: "[]"}[v.Kind]...), '\n')
	case v.Kind == Object:
		for i, m := range v.Members {
			if i > 0 {
				b = appendIndent(b, indent)
			}
			b = appendYAMLMember(b, m, indent)
		}
		return b
	case v.Kind == List:
		for i, item := range v.Items {
			if i > 0 {
				b = appendIndent(b, indent)
			}
			b = AppendYAML(append(b, "- "...), item, indent+2)
		}
		return b
	}
	return append(appendScalar(b, v), '\n')
}

// maxSimpleKey is the longest key that YAML allows without a question mark (YAML 1.2, section 7.4.2), with some room.
const maxSimpleKey = 900

func appendYAMLMember(b []byte, m Member, indent int) []byte {
	key := appendYAMLKey(nil, m.Key)
	inside := indent + 2
	if utf8.RuneCount(key) > maxSimpleKey {
		b = append(append(b, "? "...), key...)
		b = appendIndent(append(b, '\n'), indent)
	} else {
		b = append(b, key...)
		if m.Value.Kind == List {
			inside = indent
		}
	}
	b = append(b, ':')
	if m.Value.IsEmpty() || m.Value.Kind != Object && m.Value.Kind != List {
		return AppendYAML(append(b, ' '), m.Value, inside)
	}
	return AppendYAML(appendIndent(append(b, '\n'), inside), m.Value, inside)
}

// appendYAMLKey leaves a key without quotes where that is safe, as in /pets/{id} and append:header.x.
func appendYAMLKey(b []byte, key string) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/$_"
	plain := key != "" && strings.Contains(letters, key[:1]) && !strings.HasSuffix(key, ":") &&
		strings.Trim(key, letters+"0123456789.-+:{}") == ""
	for i := range len(key) {
		plain = plain && strings.IndexByte(letters+"0123456789.-+:{}", key[i]) >= 0
	}
	if plain {
		return append(b, key...)
	}
	return appendQuoted(b, key)
}

// IsEmpty reports whether v is an object or a list with nothing in it.
func (v *Value) IsEmpty() bool {
	return v.Kind == Object && len(v.Members) == 0 || v.Kind == List && len(v.Items) == 0
}

func appendIndent(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// appendScalar appends a number or a boolean as it stands, which the maker of v answers for.
func appendScalar(b []byte, v *Value) []byte {
	switch v.Kind {
	case Text:
		return appendQuoted(b, v.Text)
	case Number, Boolean:
		return append(b, v.Text...)
	case Null, List, Object:
	}
	return append(b, "null"...)
}

// appendQuoted appends s in quotes, with escapes that JSON and YAML share: for quotes, backslashes, and whatever one of them
// does not allow or takes for a line's end.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < 0x20, 0x7f <= r && r <= 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff', 0xfffe <= r && r <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
