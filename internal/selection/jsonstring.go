package selection

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// appendJSON appends a JSON value as text: a string without its quotes and escapes, everything else as it stands. null is
// no value, nor is what is no JSON.
func appendJSON(dst, value []byte) ([]byte, bool) {
	switch c := value[0]; {
	case c == '"':
		return appendUnquoted(dst, value[1:len(value)-1]), true
	case c == '{', c == '[', c == '-', '0' <= c && c <= '9', string(value) == "true", string(value) == "false":
		return append(dst, value...), true
	}
	return dst, false
}

// isString reports whether a JSON string, with its quotes, is s.
func isString(quoted []byte, s string) bool {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == s
	}
	var room [64]byte
	return string(appendUnquoted(room[:0], inner)) == s
}

// appendUnquoted appends what stands between a JSON string's quotes, unescaped. A wrong escape is dropped, and half a
// surrogate pair becomes U+FFFD.
func appendUnquoted(dst, s []byte) []byte {
	for len(s) > 0 {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			dst, s = appendUnicode(dst, s)
		}
	}
	return dst
}

// appendUnicode appends the character whose digits s begins with, and returns what follows.
func appendUnicode(dst, s []byte) (out, rest []byte) {
	r, ok := hex4(s)
	if !ok {
		return dst, s
	}
	s = s[4:]
	if utf16.IsSurrogate(r) {
		low, ok := rune(0), false
		if len(s) > 2 && s[0] == '\\' && s[1] == 'u' {
			low, ok = hex4(s[2:])
		}
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			s = s[6:]
		}
	}
	return utf8.AppendRune(dst, r), s
}

func hex4(s []byte) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range s[:4] {
		digit := unhex(c)
		if digit > 15 {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}
