package event

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// collect fills x.Integration.Header with the head that events show: the client's fields without those of the connection,
// and those that the front makes. Six of them are always spelled like this, and so is User-Agent; all others keep the
// client's spelling (recorded: aws-behaviour-http-api.md, facts 24 and 25).
func collect(x *exchange.Exchange) *exchange.Header {
	in, out := x.Request.Header.Fields(), &x.Integration.Header
	out.Reset()
	var forwarded []byte
	for i := range in {
		f := &in[i]
		switch classify(f.Name) {
		case shown:
			out.Add(f.Name, f.Value)
		case agent:
			out.Add(userAgent, f.Value)
		case forwardedFor:
			forwarded = x.Join(forwarded, f.Value)
		case hidden:
		}
	}
	out.Add(contentLength, strconv.AppendInt(x.Alloc(maxDigits)[:0], x.Request.Body.Len(), 10))
	out.Add(host, x.Request.Host)
	out.Add(traceID, x.TraceID())
	const longestAddr = 45
	client := appendAddr(x.Alloc(longestAddr)[:0], x.Request.Remote.Addr())
	out.Add(xForwardedFor, x.Join(forwarded, client))
	out.Add(xForwardedPort, strconv.AppendUint(x.Alloc(maxDigits)[:0], uint64(x.Request.Local.Port()), 10))
	out.Add(xForwardedProto, proto(x))
	out.Edit(x.Outgoing.Edits)
	return out
}

const maxDigits = 20

var (
	userAgent       = []byte("User-Agent")
	contentLength   = []byte("Content-Length")
	host            = []byte("Host")
	traceID         = []byte("X-Amzn-Trace-Id")
	xForwardedFor   = []byte("X-Forwarded-For")
	xForwardedPort  = []byte("X-Forwarded-Port")
	xForwardedProto = []byte("X-Forwarded-Proto")
	http, https     = []byte("http"), []byte("https")
)

func proto(x *exchange.Exchange) []byte {
	if x.Request.TLS {
		return https
	}
	return http
}

// class is what becomes of a client's field.
type class uint8

const (
	shown class = iota
	hidden
	agent
	forwardedFor
)

// classify switches on the length first, so that most names cost no comparison.
func classify(name []byte) class {
	switch len(name) {
	case 2:
		return hide(name, "TE")
	case 4:
		return hide(name, "Host")
	case 6:
		return hide(name, "Expect")
	case 7:
		return hide(name, "Upgrade", "Trailer")
	case 10:
		if exchange.EqualFold(name, "User-Agent") {
			return agent
		}
		return hide(name, "Connection", "Keep-Alive")
	case 14:
		return hide(name, "Content-Length")
	case 15:
		if exchange.EqualFold(name, "X-Forwarded-For") {
			return forwardedFor
		}
		return hide(name, "X-Amzn-Trace-Id")
	case 16:
		return hide(name, "X-Forwarded-Port", "Proxy-Connection")
	case 17:
		return hide(name, "Transfer-Encoding", "X-Forwarded-Proto")
	}
	return shown
}

func hide(name []byte, hiddenNames ...string) class {
	for _, h := range hiddenNames {
		if exchange.EqualFold(name, h) {
			return hidden
		}
	}
	return shown
}

// pairsOf appends a head's fields as pairs.
func pairsOf(dst []pair, h *exchange.Header) []pair {
	for _, f := range h.Fields() {
		dst = append(dst, pair{f.Name, f.Value})
	}
	return dst
}

// cookies appends the cookies of all Cookie fields as a list; nothing if there are none (recorded: fact 23).
func cookies(dst []byte, h *exchange.Header) []byte {
	mark := len(dst)
	for _, f := range h.Fields() {
		if len(f.Name) != len("Cookie") || !exchange.EqualFold(f.Name, "Cookie") {
			continue
		}
		for rest, more := f.Value, true; more; {
			var cookie []byte
			cookie, rest, more = bytes.Cut(rest, cookieSeparator)
			if len(dst) == mark {
				dst = append(dst, `,"cookies":[`...)
			} else {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendString(dst, cookie)
		}
	}
	if len(dst) == mark {
		return dst
	}
	return append(dst, ']')
}

var cookieSeparator = []byte("; ")

// sortFold sorts fields by their names in lower case, those of one name as they stood.
func sortFold(fields []exchange.Field) {
	slices.SortStableFunc(fields, func(a, b exchange.Field) int { return compareFold(a.Name, b.Name) })
}

// isText says whether a body goes into the event as it is and not as base64 (measured: fact 27).
func isText(contentType []byte) bool {
	mediaType, _, _ := bytes.Cut(contentType, semicolon)
	mediaType = bytes.TrimSpace(mediaType)
	const textPrefix = "text/"
	if len(mediaType) >= len(textPrefix) && exchange.EqualFold(mediaType[:len(textPrefix)], textPrefix) {
		return true
	}
	return exchange.EqualFold(mediaType, "application/json") || exchange.EqualFold(mediaType, "application/xml") ||
		exchange.EqualFold(mediaType, "application/javascript")
}

var semicolon = []byte{';'}
