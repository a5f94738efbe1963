package jsontext

import (
	"bytes"
	"encoding/hex"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends what stands between a JSON string's quotes, unescaped. A wrong escape is dropped, and half a
// surrogate pair becomes U+FFFD. No character is longer than its escape, so dst may be s[:0].
func AppendUnquoted(dst, s []byte) []byte {
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
	const digits = 4
	var raw [digits / 2]byte
	if len(s) < digits {
		return 0, false
	}
	_, err := hex.Decode(raw[:], s[:digits])
	return rune(raw[0])<<8 | rune(raw[1]), err == nil
}

// Is reports whether what stands between a JSON string's quotes is s.
func Is(inner []byte, s string) bool {
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == s
	}
	var room [64]byte
	return string(AppendUnquoted(room[:0], inner)) == s
}
