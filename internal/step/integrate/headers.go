package integrate

import (
	"bytes"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// forwardHeaders fills the head that goes to the back end: the client's fields in their order, without those that
// belong to the connection, and with what HTTP APIs add. Recorded at back ends behind AWS (aws-behaviour-http-api.md,
// facts 40 and 41, and the captures named in headers_test.go): Forwarded and Via are added, X-Forwarded-For and
// X-Forwarded-Proto are not passed on, X-Forwarded-Port and X-Amzn-Trace-Id are.
func forwardHeaders(x *exchange.Exchange) {
	in, out := x.Request.Header.Fields(), &x.Integration.Header
	connection := x.Request.Header.Get("Connection")
	var forwarded, via []byte
	for i := range in {
		f := &in[i]
		switch classify(f.Name) {
		case endToEnd:
			if connection == nil || !namedBy(connection, f.Name) {
				out.Add(f.Name, f.Value)
			}
		case isForwarded:
			forwarded = x.Join(forwarded, f.Value)
		case isVia:
			via = x.Join(via, f.Value)
		case dropped:
		}
	}
	out.Add(nameForwarded, appendForwarded(x, forwarded))
	out.Add(nameVia, appendVia(x, via))
	out.Add(namePort, port(x))
	x.AddTrace(out)
}

var (
	nameForwarded = []byte("Forwarded")
	nameVia       = []byte("Via")
	namePort      = []byte("X-Forwarded-Port")
	nameTrace     = []byte("X-Amzn-Trace-Id")
	valueVia      = []byte("HTTP/1.1 AmazonAPIGateway")
)

// class is what becomes of a client's field on the way to the back end.
type class uint8

const (
	endToEnd class = iota
	dropped
	isForwarded
	isVia
)

// classify switches on the length first, so that most names cost no comparison.
func classify(name []byte) class {
	switch len(name) {
	case 2:
		return dropIf(exchange.EqualFold(name, "TE"))
	case 3:
		if exchange.EqualFold(name, "Via") {
			return isVia
		}
	case 4:
		return dropIf(exchange.EqualFold(name, "Host"))
	case 6:
		return dropIf(exchange.EqualFold(name, "Expect"))
	case 7:
		return dropIf(exchange.EqualFold(name, "Upgrade") || exchange.EqualFold(name, "Trailer"))
	case 9:
		if exchange.EqualFold(name, "Forwarded") {
			return isForwarded
		}
	case 10:
		return dropIf(exchange.EqualFold(name, "Connection") || exchange.EqualFold(name, "Keep-Alive"))
	case 14:
		return dropIf(exchange.EqualFold(name, "Content-Length"))
	case 15:
		return dropIf(exchange.EqualFold(name, "X-Amzn-Trace-Id") || exchange.EqualFold(name, "X-Forwarded-For"))
	case 16:
		return dropIf(exchange.EqualFold(name, "X-Forwarded-Port") || exchange.EqualFold(name, "Proxy-Connection"))
	case 17:
		return dropIf(exchange.EqualFold(name, "Transfer-Encoding") || exchange.EqualFold(name, "X-Forwarded-Proto"))
	case 18:
		return dropIf(exchange.EqualFold(name, "Proxy-Authenticate"))
	case 19:
		return dropIf(exchange.EqualFold(name, "Proxy-Authorization"))
	}
	return endToEnd
}

func dropIf(drop bool) class {
	if drop {
		return dropped
	}
	return endToEnd
}

// namedBy reports whether a Connection field lists the name (RFC 9110, section 7.6.1).
func namedBy(connection, name []byte) bool {
	for len(connection) > 0 {
		var option []byte
		option, connection, _ = bytes.Cut(connection, comma)
		if bytes.EqualFold(bytes.TrimSpace(option), name) {
			return true
		}
	}
	return false
}

var comma = []byte{','}

// appendForwarded adds this hop to the list (RFC 7239). A host with a port and an IPv6 address must be quoted.
func appendForwarded(x *exchange.Exchange, have []byte) []byte {
	const room = len(`, for="[]";host="";proto=https`) + 45
	out := x.Alloc(len(have) + room + len(x.Request.Host))[:0]
	if len(have) > 0 {
		out = append(append(out, have...), ", "...)
	}
	out = append(out, "for="...)
	client := x.Request.Remote.Addr().Unmap()
	if client.Is6() {
		out = append(client.WithZone("").AppendTo(append(out, `"[`...)), `]"`...)
	} else {
		out = client.AppendTo(out)
	}
	out = append(out, ";host="...)
	if bytes.IndexByte(x.Request.Host, ':') >= 0 {
		out = append(append(append(out, '"'), x.Request.Host...), '"')
	} else {
		out = append(out, x.Request.Host...)
	}
	if x.Request.TLS {
		return append(out, ";proto=https"...)
	}
	return append(out, ";proto=http"...)
}

func appendVia(x *exchange.Exchange, have []byte) []byte {
	if have == nil {
		return valueVia
	}
	return x.Join(have, valueVia)
}

// port is the port that the client addressed.
func port(x *exchange.Exchange) []byte {
	return strconv.AppendUint(x.Alloc(5)[:0], uint64(x.Request.Local.Port()), 10)
}
