package upstream

import "github.com/dipylon/dipylon/internal/exchange"

// fieldKind tells who a header field is meant for.
type fieldKind uint8

const (
	endToEnd fieldKind = iota
	// hopByHop fields are for this connection and are not passed on.
	hopByHop
	// The fields that this package reads or writes itself.
	fieldConnection
	fieldContentLength
	fieldTransferEncoding
	fieldHost
)

// classify looks at the length first, so that most fields cost one comparison.
func classify(name []byte) fieldKind {
	switch len(name) {
	case 2:
		return kindIf(name, "TE", hopByHop)
	case 4:
		return kindIf(name, "Host", fieldHost)
	case 7:
		return max(kindIf(name, "Trailer", hopByHop), kindIf(name, "Upgrade", hopByHop))
	case 10:
		return max(kindIf(name, "Connection", fieldConnection), kindIf(name, "Keep-Alive", hopByHop))
	case 14:
		return kindIf(name, "Content-Length", fieldContentLength)
	case 16:
		return kindIf(name, "Proxy-Connection", hopByHop)
	case 17:
		return kindIf(name, "Transfer-Encoding", fieldTransferEncoding)
	case 18:
		return kindIf(name, "Proxy-Authenticate", hopByHop)
	case 19:
		return kindIf(name, "Proxy-Authorization", hopByHop)
	}
	return endToEnd
}

func kindIf(name []byte, want string, kind fieldKind) fieldKind {
	if exchange.EqualFold(name, want) {
		return kind
	}
	return endToEnd
}

// isToken reports whether b is an RFC 9110 token.
func isToken(b []byte) bool {
	for _, c := range b {
		if tokenChars[c>>6]&(1<<(c&63)) == 0 {
			return false
		}
	}
	return len(b) > 0
}

// tokenChars has a bit for each of A-Z a-z 0-9 and !#$%&'*+-.^_`|~.
var tokenChars = [4]uint64{
	1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.' | 0x3ff<<'0',
	0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64) | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64),
}

// isValue reports whether b may stand in a field's value or a reason phrase: no control characters but tabs.
func isValue(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trimSpace cuts spaces and tabs at both ends.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
