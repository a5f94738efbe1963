package integrate

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// call returns an exchange as a listener makes it. fields are "Name: value".
func call(fields ...string) *exchange.Exchange {
	x := &exchange.Exchange{Received: time.Unix(0x5e8e2f1a, 0)}
	x.Request.Method, x.Request.Path, x.Request.Host = []byte("GET"), []byte("/"), []byte("api.example")
	x.Request.Remote = netip.MustParseAddrPort("203.0.113.7:4711")
	x.Request.Local = netip.MustParseAddrPort("127.0.0.1:8443")
	x.Request.TLS = true
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	return x
}

func lines(h *exchange.Header) []string {
	var out []string
	for _, f := range h.Fields() {
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return out
}

func TestForwardHeaders(t *testing.T) {
	// Recorded behind AWS: Forwarded and Via in aws-behaviour-http-api.md, fact 40; that X-Forwarded-For and
	// X-Forwarded-Proto are missing and X-Forwarded-Port and X-Amzn-Trace-Id are there in a back end's log of 2025-08
	// (public code index, document 7917721530). Lists that the client began are continued (RFC 7239, RFC 9110); no
	// capture shows what AWS does with them.
	const added = "X-Forwarded-Port: 8443|X-Amzn-Trace-Id: Root=1-*"
	const forwarded = "Forwarded: for=203.0.113.7;host=api.example;proto=https|Via: HTTP/1.1 AmazonAPIGateway|"
	cases := []struct {
		name string
		in   []string
		want string
	}{
		{"nothing", nil, forwarded + added},
		{"order, case and repetition stay", []string{"x-B: 1", "Accept: */*", "X-b: 2"}, "x-B: 1|Accept: */*|X-b: 2|" + forwarded + added},
		{"the connection's own", []string{
			"Host: a", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "TE: trailers", "Trailer: x", "Upgrade: h2c",
			"Transfer-Encoding: chunked", "Content-Length: 3", "Proxy-Connection: close", "Proxy-Authorization: b", "Proxy-Authenticate: c",
			"Expect: 100-continue", "X-Stays: 1",
		}, "X-Stays: 1|" + forwarded + added},
		{"what the front owns", []string{"X-Forwarded-For: 1.2.3.4", "x-forwarded-proto: http", "X-Forwarded-Port: 1", "X-Forwarded-Host: h"},
			"X-Forwarded-Host: h|" + forwarded + added},
		{"lists go on", []string{"Via: 1.0 fred", "Forwarded: for=192.0.2.1", "via: 1.1 barney", "forwarded: for=192.0.2.2"},
			"Forwarded: for=192.0.2.1, for=192.0.2.2, for=203.0.113.7;host=api.example;proto=https|" +
				"Via: 1.0 fred, 1.1 barney, HTTP/1.1 AmazonAPIGateway|" + added},
		{"a trace goes on", []string{"X-Amzn-Trace-Id: Root=1-5e8e2f1a-0123456789abcdef01234567;Parent=1;Sampled=1"},
			forwarded + "X-Forwarded-Port: 8443|X-Amzn-Trace-Id: Root=1-5e8e2f1a-0123456789abcdef01234567;Parent=1;Sampled=1"},
		{"no root, new trace", []string{"X-Amzn-Trace-Id: nonsense"}, forwarded + added},
	}
	random := regexp.MustCompile(`Root=1-5e8e2f1a-[0-9a-f]{24}$`)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := call(c.in...)
			forwardHeaders(x)
			got := random.ReplaceAllString(strings.Join(lines(&x.Integration.Header), "|"), "Root=1-*")
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if n := x.Request.Header.Len(); n != len(c.in) {
				t.Errorf("the request's own head changed: %d fields, had %d", n, len(c.in))
			}
		})
	}
}

func TestForwardedQuotes(t *testing.T) {
	x := call()
	x.Request.Remote = netip.MustParseAddrPort("[2001:db8::1]:80")
	x.Request.Host, x.Request.TLS = []byte("api.example:8080"), false
	forwardHeaders(x)
	// RFC 7239, sections 4 and 6: a value with a colon is quoted, an IPv6 address stands in brackets.
	const want = `for="[2001:db8::1]";host="api.example:8080";proto=http`
	if got := string(x.Integration.Header.Get("Forwarded")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
