package event

import (
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// fields adds the answer's headers to h: those with one value, then those with several, a line each (recorded:
// aws-behaviour-http-api.md, fact 38), then the cookies.
func (a *answer) fields(h *exchange.Header) error {
	var err error
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	if a.headers != nil && !jsontext.Members(a.headers, func(name, value []byte) {
		keep(addField(h, unquote(name), value))
	}) {
		return malformed("headers is not an object.")
	}
	if a.multiHeaders != nil && !jsontext.Members(a.multiHeaders, func(name, values []byte) {
		field := unquote(name)
		if values[0] != 'n' && !jsontext.Elements(values, func(value []byte) { keep(addField(h, field, value)) }) {
			keep(malformed("A value of multiValueHeaders is not a list."))
		}
	}) {
		return malformed("multiValueHeaders is not an object.")
	}
	if a.cookies != nil && !jsontext.Elements(a.cookies, func(value []byte) { keep(addField(h, setCookie, value)) }) {
		return malformed("cookies is not a list.")
	}
	return err
}

var setCookie = []byte("Set-Cookie")

// addField adds a field whose value is a JSON string, number or boolean. Null is none, and so are the fields that belong
// to the connection.
func addField(h *exchange.Header, name, value []byte) error {
	switch value[0] {
	case 'n':
		return nil
	case '{', '[':
		return malformed("The header %s is no text.", shorten(name))
	case '"':
		value = unquote(value[1 : len(value)-1])
	}
	if !canonical(name) || !fieldValue(value) {
		return malformed("The header %q cannot be sent.", shorten(name))
	}
	if !ours(name) {
		h.Add(name, value)
	}
	return nil
}

// unquote returns what stands between the quotes of a string, in its place.
func unquote(inner []byte) []byte { return jsontext.AppendUnquoted(inner[:0], inner) }

// canonical spells a field's name with upper case after hyphens (recorded: fact 37), and reports whether it is one (RFC
// 9110, section 5.6.2).
func canonical(name []byte) bool {
	upper := true
	for i, c := range name {
		switch {
		case 'a' <= c && c <= 'z':
			if upper {
				name[i] = c - ('a' - 'A')
			}
		case 'A' <= c && c <= 'Z':
			if !upper {
				name[i] = c + 'a' - 'A'
			}
		case !isToken(c):
			return false
		}
		upper = c == '-'
	}
	return len(name) > 0
}

func isToken(c byte) bool {
	if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
		return true
	}
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return false
}

// fieldValue reports whether nothing in a value would end the field (RFC 9110, section 5.5).
func fieldValue(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// ours says whether a field is the listener's to make, or belongs to a connection.
func ours(name []byte) bool {
	switch len(name) {
	case 2:
		return exchange.EqualFold(name, "TE")
	case 7:
		return exchange.EqualFold(name, "Trailer") || exchange.EqualFold(name, "Upgrade")
	case 10:
		return exchange.EqualFold(name, "Connection") || exchange.EqualFold(name, "Keep-Alive")
	case 14:
		return exchange.EqualFold(name, "Content-Length")
	case 16:
		return exchange.EqualFold(name, "Proxy-Connection")
	case 17:
		return exchange.EqualFold(name, "Transfer-Encoding")
	}
	return false
}
