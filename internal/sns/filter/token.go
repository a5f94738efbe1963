package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var errTrailing = errors.New("something follows the value")

// kind is a token's.
type kind uint8

const (
	beginObject kind = iota
	endObject
	beginArray
	endArray
	name
	str
	num
	literal // true, false or null
	end
)

// token is one of a JSON text. AWS's messages tell where its reader stood, which had read the beginning of a value as soon as it had the
// name before it, and of a string no more than the quote until somebody asked for it.
type token struct {
	kind kind
	// text is a string's value, and the source of all else.
	text string
	// begun is the offset that the reader had reached when the token was its current one, read when it knew the text.
	begun, read int
}

// scan splits a text that is valid JSON.
func scan(s string) []token {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case strings.IndexByte(" \t\r\n:,", c) >= 0:
			i++
		case c == '"':
			n := stringEnd(s, i)
			t := token{kind: str, begun: i + 1, read: n}
			_ = json.Unmarshal([]byte(s[i:n]), &t.text) // which is valid
			if rest := strings.TrimLeft(s[n:], " \t\r\n"); strings.HasPrefix(rest, ":") {
				t.kind = name
			}
			out = append(out, t)
			i = n
		case strings.IndexByte("{}[]", c) >= 0:
			k := map[byte]kind{'{': beginObject, '}': endObject, '[': beginArray, ']': endArray}[c]
			out = append(out, token{k, s[i : i+1], i + 1, i + 1})
			i++
		default:
			n := i
			for n < len(s) && strings.IndexByte(" \t\r\n,]}", s[n]) < 0 {
				n++
			}
			k := num
			if c == 't' || c == 'f' || c == 'n' {
				k = literal
			}
			out = append(out, token{k, s[i:n], n, n})
			i = n
		}
	}
	for i := range out {
		if out[i].kind == name && i+1 < len(out) {
			out[i].begun = out[i+1].begun
		}
	}
	return append(out, token{kind: end, begun: len(s), read: len(s)})
}

// stringEnd is behind the closing quote of the string that begins at i.
func stringEnd(s string, i int) int {
	for i++; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(s))
}

// Error is what is wrong with a policy, in AWS's words.
type Error struct{ Message string }

// Error implements error.
func (e *Error) Error() string { return e.Message }

func fail(format string, args ...any) error {
	return &Error{"FilterPolicy: " + fmt.Sprintf(format, args...)}
}

// at appends a place in a text to a message, as AWS's reader words it.
func at(message, source string, offset int) error {
	line, column := place(source, offset)
	const shown = 500
	about, truncated := source, ""
	if n := utf8.RuneCountInString(source); n > shown {
		about = string([]rune(source)[:shown])
		truncated = fmt.Sprintf("[truncated %d chars]", n-shown)
	}
	return fail("%s\n at [Source: (String)\"%s\"%s; line: %d, column: %d]", message, about, truncated, line, column)
}

func place(source string, offset int) (line, column int) {
	before := source[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len(utf16.Encode([]rune(before[start:]))) + 1
}

// notJSON says where a text ceases to be JSON. Two of the reader's messages are recorded; the rest is ours.
func notJSON(source string) error {
	const where = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]"
	trimmed := strings.TrimLeft(source, " \t\r\n")
	began := len(source) - len(trimmed)
	if word := letters(trimmed); word != "" {
		line, column := place(source, began+len(word))
		return fail("failed to parse JSON. Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"+where,
			word, line, column)
	}
	if inner := strings.TrimLeft(strings.TrimPrefix(trimmed, "{"), " \t\r\n"); strings.HasPrefix(trimmed, "{") && inner != "" && inner[0] != '"' {
		r, _ := utf8.DecodeRuneInString(inner)
		line, column := place(source, len(source)-len(inner))
		return fail("failed to parse JSON. Unexpected character ('%c' (code %d)): was expecting double-quote to start field name"+where, r, r, line, column)
	}
	var v any
	err := json.Unmarshal([]byte(source), &v)
	offset := len(source)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = min(int(e.Offset), len(source))
	}
	line, column := place(source, offset)
	return fail("failed to parse JSON. %v"+where, err, line, column)
}

// letters returns what of Java's identifiers a text begins with, unless it is a word of JSON.
func letters(s string) string {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] == '$' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	switch s[:n] {
	case "true", "false", "null":
		return ""
	}
	return s[:n]
}
