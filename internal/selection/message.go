package selection

import (
	"bytes"

	"github.com/dipylon/dipylon/internal/exchange"
)

func absent(dst []byte, _ *exchange.Exchange, _ *part) ([]byte, bool) { return dst, false }

func requestHeader(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendHeader(dst, &x.Request.Header, p.name)
}

func responseHeader(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendHeader(dst, &x.Response.Header, p.name)
}

// appendHeader joins the values of repeated fields with commas.
func appendHeader(dst []byte, h *exchange.Header, name string) ([]byte, bool) {
	found := false
	fields := h.Fields()
	for i := range fields {
		if len(fields[i].Name) != len(name) || !exchange.EqualFold(fields[i].Name, name) {
			continue
		}
		if found {
			dst = append(dst, ',')
		}
		dst, found = append(dst, fields[i].Value...), true
	}
	return dst, found
}

// queryParameter joins the decoded values of a parameter with commas. A plus is a space (aws-behaviour-http-api.md,
// fact 22).
func queryParameter(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	found := false
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		key, value, _ := bytes.Cut(pair, equals)
		if len(pair) == 0 || !exchange.DecodesTo(key, p.name) {
			continue
		}
		if found {
			dst = append(dst, ',')
		}
		dst, found = exchange.AppendUnescaped(dst, value, true), true
	}
	return dst, found
}

var ampersand, equals = []byte{'&'}, []byte{'='}

// requestPath is the path without the stage. It stays escaped, since it is what goes to back ends.
func requestPath(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return append(dst, x.Route.Path...), true
}

// pathVariable is decoded, as path parameters in events are (aws-behaviour-http-api.md, fact 19).
func pathVariable(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	value, ok := findVariable(x, p.name)
	return exchange.AppendUnescaped(dst, value, false), ok
}

func pathVariableAsSent(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	value, ok := findVariable(x, p.name)
	return append(dst, value...), ok
}

func findVariable(x *exchange.Exchange, name string) ([]byte, bool) {
	for i := range x.Route.Vars {
		if x.Route.Vars[i].Name == name {
			return x.Route.Vars[i].Value, true
		}
	}
	return nil, false
}

func requestBody(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return appendBody(dst, &x.Request.Body)
}

func responseBody(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return appendBody(dst, &x.Response.Body)
}

// appendBody appends a payload that is known as a whole, if there is one.
func appendBody(dst []byte, b *exchange.Body) ([]byte, bool) {
	if b.Stream != nil || len(b.Bytes) == 0 {
		return dst, false
	}
	return append(dst, b.Bytes...), true
}

func requestBodyPath(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendBodyPath(dst, &x.Request.Body, p.path)
}

func responseBodyPath(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendBodyPath(dst, &x.Response.Body, p.path)
}

func appendBodyPath(dst []byte, b *exchange.Body, path jsonPath) ([]byte, bool) {
	doc, cut := b.Bytes, false
	if b.Stream != nil {
		doc, cut = b.Ahead, true
	}
	if len(doc) > PathLimit {
		doc, cut = doc[:PathLimit], true
	}
	value := path.find(doc, cut)
	if value == nil {
		return dst, false
	}
	return appendJSON(dst, value)
}
