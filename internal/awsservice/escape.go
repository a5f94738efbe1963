package awsservice

import (
	"strconv"
	"unicode/utf8"
)

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// appendJSON appends a JSON string. What is no UTF-8 becomes U+FFFD.
func appendJSON(dst, value []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(value); {
		c := value[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(value[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendForm appends what stands in a form (application/x-www-form-urlencoded).
func appendForm[T string | []byte](dst []byte, value T) []byte {
	for i := range len(value) {
		if value[i] == ' ' {
			dst = append(dst, '+')
			continue
		}
		dst = appendByte(dst, value[i])
	}
	return dst
}

// appendKey appends &PREFIX.NUMBER.SUFFIX=; without a number &PREFIX=.
func appendKey(dst []byte, prefix string, number int, suffix string) []byte {
	dst = append(append(dst, '&'), prefix...)
	if number > 0 {
		dst = strconv.AppendInt(append(dst, '.'), int64(number), 10)
		dst = append(dst, suffix...)
	}
	return append(dst, '=')
}

// appendURI appends what stands in a path's segment or in a query string.
func appendURI(dst, value []byte) []byte {
	for _, c := range value {
		dst = appendByte(dst, c)
	}
	return dst
}

// appendByte escapes every byte but RFC 3986's unreserved ones.
func appendByte(dst []byte, c byte) []byte {
	if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}
