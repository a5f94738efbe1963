package mapping

import (
	"bytes"

	"github.com/dipylon/dipylon/internal/exchange"
)

// editQuery returns the query with the parameter changed. Other parameters stay as they were sent, byte for byte.
func (m *mapping) editQuery(x *exchange.Exchange, query, value []byte) []byte {
	out := x.Alloc(len(query) + 3*len(m.name) + 3*len(value) + len("&="))[:0]
	if m.op == exchange.EditAppend {
		out = append(out, query...)
	} else {
		out = appendWithout(out, query, m.text)
	}
	if m.op == exchange.EditRemove {
		return out
	}
	if len(out) > 0 {
		out = append(out, '&')
	}
	out = append(escapeAll(out, m.name), '=')
	return escapeAll(out, value)
}

// appendWithout appends a query without the parameters of that name.
func appendWithout(dst, query []byte, name string) []byte {
	start := len(dst)
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte{'&'})
		key, _, _ := bytes.Cut(pair, []byte{'='})
		if exchange.DecodesTo(key, name) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '&')
		}
		dst = append(dst, pair...)
	}
	return dst
}

// escapeAll escapes everything but RFC 3986's unreserved characters.
func escapeAll(dst, s []byte) []byte {
	for _, c := range s {
		if isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' {
			dst = append(dst, c)
		} else {
			dst = appendEscape(dst, c)
		}
	}
	return dst
}

// escapePath makes a request target's path of a value: it begins with a slash, escapes stay, and what may not stand in a
// path, or would end it, is escaped.
func escapePath(x *exchange.Exchange, value []byte) []byte {
	out := x.Alloc(3*len(value) + 1)[:0]
	if len(value) == 0 || value[0] != '/' {
		out = append(out, '/')
	}
	for i, c := range value {
		if c == '%' && isEscape(value[i:]) || isAlnum(c) || bytes.IndexByte(pathChars, c) >= 0 {
			out = append(out, c)
		} else {
			out = appendEscape(out, c)
		}
	}
	return out
}

// pathChars may stand in a path besides letters and digits (RFC 3986, pchar).
var pathChars = []byte("/-._~!$&'()*+,;=:@")

func isEscape(s []byte) bool { return len(s) > 2 && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '%', hex[c>>4], hex[c&15])
}
