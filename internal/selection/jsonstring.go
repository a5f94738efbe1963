package selection

import "github.com/dipylon/dipylon/internal/jsontext"

// appendJSON appends a JSON value as text: a string without its quotes and escapes, everything else as it stands. null is
// no value, nor is what is no JSON.
func appendJSON(dst, value []byte) ([]byte, bool) {
	switch c := value[0]; {
	case c == '"':
		return jsontext.AppendUnquoted(dst, value[1:len(value)-1]), true
	case c == '{', c == '[', c == '-', '0' <= c && c <= '9', string(value) == "true", string(value) == "false":
		return append(dst, value...), true
	}
	return dst, false
}
