package openapi

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Documents are written as AWS writes them: JSON with spaces around colons and inside of brackets, YAML with all strings
// quoted and lists not indented (recorded: CX:26017641741, CX:9222701705).

// appendCompact appends v as JSON without spaces.
func appendCompact(b []byte, v *value) []byte {
	switch v.kind {
	case object:
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, m.key), ':')
			b = appendCompact(b, m.value)
		}
		return append(b, '}')
	case list:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCompact(b, item)
		}
		return append(b, ']')
	case null, text, number, boolean:
	}
	return appendScalar(b, v)
}

// appendJSON appends v as indented JSON; indent is the column of the object that it is in.
func appendJSON(b []byte, v *value, indent int) []byte {
	switch {
	case v.isEmpty():
		return append(b, map[kind]string{object: "{ }", list: "[ ]"}[v.kind]...)
	case v.kind == object:
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendIndent(append(b, '\n'), indent+2)
			b = append(appendQuoted(b, m.key), " : "...)
			b = appendJSON(b, m.value, indent+2)
		}
		return append(appendIndent(append(b, '\n'), indent), '}')
	case v.kind == list:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(b, ' '), item, indent)
		}
		return append(b, " ]"...)
	}
	return appendScalar(b, v)
}

// appendYAML appends what stands after a key or a dash, and the end of the line; indent is where v's members begin if it is an
// object, and where its dashes stand if it is a list.
func appendYAML(b []byte, v *value, indent int) []byte {
	switch {
	case v.isEmpty():
		return append(append(b, map[kind]string{object: "{}", list: "[]"}[v.kind]...), '\n')
	case v.kind == object:
		for i, m := range v.members {
			if i > 0 {
				b = appendIndent(b, indent)
			}
			b = appendYAMLMember(b, m, indent)
		}
		return b
	case v.kind == list:
		for i, item := range v.items {
			if i > 0 {
				b = appendIndent(b, indent)
			}
			b = appendYAML(append(b, "- "...), item, indent+2)
		}
		return b
	}
	return append(appendScalar(b, v), '\n')
}

// maxSimpleKey is the longest key that YAML allows without a question mark (YAML 1.2, section 7.4.2), with some room.
const maxSimpleKey = 900

func appendYAMLMember(b []byte, m member, indent int) []byte {
	key := appendYAMLKey(nil, m.key)
	inside := indent + 2
	if utf8.RuneCount(key) > maxSimpleKey {
		b = append(append(b, "? "...), key...)
		b = appendIndent(append(b, '\n'), indent)
	} else {
		b = append(b, key...)
		if m.value.kind == list {
			inside = indent
		}
	}
	b = append(b, ':')
	if m.value.isEmpty() || m.value.kind != object && m.value.kind != list {
		return appendYAML(append(b, ' '), m.value, inside)
	}
	return appendYAML(appendIndent(append(b, '\n'), inside), m.value, inside)
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

func (v *value) isEmpty() bool {
	return v.kind == object && len(v.members) == 0 || v.kind == list && len(v.items) == 0
}

func appendIndent(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// appendScalar appends a number or a boolean as it stands, which the maker of v answers for.
func appendScalar(b []byte, v *value) []byte {
	switch v.kind {
	case text:
		return appendQuoted(b, v.text)
	case number, boolean:
		return append(b, v.text...)
	case null, list, object:
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
