package validate

import (
	"bytes"

	"github.com/dipylon/dipylon/internal/exchange"
)

// checkQuery looks at every parameter that has a rule; names and values count unescaped. A plus is a space
// (aws-behaviour-http-api.md, fact 22).
func (c *Config) checkQuery(x *exchange.Exchange, found *problems) {
	if len(c.query) == 0 {
		return
	}
	var seen uint64 // maxParameters bits
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		name, value, _ := bytes.Cut(pair, equals)
		name, _ = unescape(x, name)
		i, ok := c.byName[string(name)]
		if !ok {
			continue
		}
		seen |= 1 << i
		value, ok = unescape(x, value)
		if !ok {
			found.add(c.query[i].where, "is escaped wrongly")
			continue
		}
		if problem := c.query[i].check(value); problem != "" {
			found.add(c.query[i].where, problem)
		}
	}
	for i := range c.query {
		if c.query[i].required && seen&(1<<i) == 0 {
			found.add(c.query[i].where, "is missing")
		}
	}
}

var (
	ampersand = []byte("&")
	equals    = []byte("=")
)

// unescape returns b without its escapes, and whether they are well-formed.
func unescape(x *exchange.Exchange, b []byte) ([]byte, bool) {
	if bytes.IndexByte(b, '%') < 0 && bytes.IndexByte(b, '+') < 0 {
		return b, true
	}
	out := x.Alloc(len(b))[:0]
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '+':
			out = append(out, ' ')
		case '%':
			if i+2 >= len(b) {
				return b, false
			}
			high, ok1 := hex(b[i+1])
			low, ok2 := hex(b[i+2])
			if !ok1 || !ok2 {
				return b, false
			}
			out = append(out, high<<4|low)
			i += 2
		default:
			out = append(out, b[i])
		}
	}
	return out, true
}

func hex(c byte) (digit byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (c *Config) checkHeaders(x *exchange.Exchange, found *problems) {
	for i := range c.headers {
		p, seen := &c.headers[i], false
		for _, f := range x.Request.Header.Fields() {
			if !exchange.EqualFold(f.Name, p.name) {
				continue
			}
			seen = true
			if problem := p.check(f.Value); problem != "" {
				found.add(p.where, problem)
			}
		}
		if p.required && !seen {
			found.add(p.where, "is missing")
		}
	}
}
