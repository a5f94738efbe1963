package exchange

import "strconv"

// MethodHead adds the header fields of a method request of a REST API to a list, as templates, events and logs show them:
// the client's without those that the gateway keeps for itself (recorded: aws-behaviour.md, fact 10), and what the gateway
// says of the client. A trial's are those that it was given (recorded: aws-behaviour.md, fact 36).
func (x *Exchange) MethodHead(out *Header) {
	in := x.Request.Header.Fields()
	if x.Trial != nil {
		for i := range in {
			out.Add(in[i].Name, in[i].Value)
		}
		return
	}
	var forwarded []byte
	for i := range in {
		f := &in[i]
		switch {
		case EqualFold(f.Name, "X-Forwarded-For"):
			forwarded = x.Join(forwarded, f.Value)
		case !IsKept(f.Name):
			out.Add(f.Name, f.Value)
		}
	}
	out.Add(nameHost, x.Request.Host)
	x.AddTrace(out)
	const longestAddr, digits = 45, 5
	out.Add(nameForwardedFor, x.Join(forwarded, x.AppendSourceIP(x.Alloc(longestAddr)[:0])))
	out.Add(nameForwardedPort, strconv.AppendUint(x.Alloc(digits)[:0], uint64(x.Request.Local.Port()), 10))
	if x.Request.TLS {
		out.Add(nameForwardedProto, protoHTTPS)
	} else {
		out.Add(nameForwardedProto, protoHTTP)
	}
}

var (
	nameHost           = []byte("Host")
	nameTrace          = []byte("X-Amzn-Trace-Id")
	nameForwardedFor   = []byte("X-Forwarded-For")
	nameForwardedPort  = []byte("X-Forwarded-Port")
	nameForwardedProto = []byte("X-Forwarded-Proto")
	protoHTTP          = []byte("http")
	protoHTTPS         = []byte("https")
)

// Join puts two parts of a field's list together; have may be nil.
func (x *Exchange) Join(have, more []byte) []byte {
	if have == nil {
		return more
	}
	out := append(x.Alloc(len(have) + 2 + len(more))[:0], have...)
	return append(append(out, ", "...), more...)
}

// IsKept reports whether a client's header field of that name ends at a REST API: what is for the connection, and what the
// gateway writes itself. It switches on the length first, so that most names cost no comparison.
func IsKept(name []byte) bool {
	switch len(name) {
	case 2:
		return EqualFold(name, "TE")
	case 4:
		return EqualFold(name, "Host")
	case 6:
		return EqualFold(name, "Expect") || EqualFold(name, "Server")
	case 7:
		return EqualFold(name, "Upgrade") || EqualFold(name, "Trailer") || EqualFold(name, "Expires")
	case 10:
		return EqualFold(name, "Connection") || EqualFold(name, "Keep-Alive")
	case 11:
		return EqualFold(name, "Content-MD5")
	case 12:
		return EqualFold(name, "Max-Forwards")
	case 14:
		return EqualFold(name, "Content-Length")
	case 15:
		return EqualFold(name, "X-Amzn-Trace-Id")
	case 16:
		return EqualFold(name, "X-Forwarded-Port") || EqualFold(name, "Proxy-Connection") || EqualFold(name, "WWW-Authenticate")
	case 17:
		return EqualFold(name, "Transfer-Encoding") || EqualFold(name, "X-Forwarded-Proto")
	case 18:
		return EqualFold(name, "Proxy-Authenticate")
	}
	return false
}
