package dataplane

import (
	"strings"
	"testing"
)

const allowed = 200

// rawCases are the requests of performance.md, "Framing: 35 raw requests", and some more. A refused one gets that status and
// the end of its connection; what follows it on the wire is never read as a request.
var rawCases = []struct {
	name string
	want int
	raw  string
}{
	{"Content-Length with Transfer-Encoding", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"Transfer-Encoding with Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
	{"differing Content-Lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
	{"identical Content-Lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
	{"list of Content-Lengths", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"},
	{"signed Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"},
	{"negative Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc"},
	{"hexadecimal Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc"},
	{"empty Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
	{"overflowing Content-Length", 400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551619\r\n\r\nabc"},
	{"unknown transfer coding", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
	{"two transfer codings", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
	{"identity transfer coding", 501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"},
	{"Transfer-Encoding with a space before the colon", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
	{"Transfer-Encoding with a vertical tab", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"},
	{"Transfer-Encoding twice", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"Transfer-Encoding under HTTP/1.0", 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"obs-fold", 400, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"},
	{"obs-fold of the first field", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
	{"bare CR in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n"},
	{"NUL in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n"},
	{"chunk size with 0x", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"},
	{"chunk size with a sign", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n"},
	{"chunk size with a space", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n"},
	{"chunk size that overflows", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n"},
	{"chunk size missing", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n\r\n"},
	{"chunk without its CRLF", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n"},
	{"chunk longer than its size", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"},
	{"chunk line with a bare LF", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"},
	{"chunk extension with a bare CR", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n"},
	{"chunk extension without end", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;" + strings.Repeat("a", 2*maxChunkLine) + "\r\nabc\r\n0\r\n\r\n"},
	{"more extensions than payload", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\nb\r\n", 20) + "0\r\n\r\n"},
	{"trailers without end", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X-A: b\r\n", 2000) + "\r\n"},
	{"trailer without a colon", 400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET / HTTP/1.1\r\n\r\n"},
	{"missing Host", 400, "GET / HTTP/1.1\r\nX-A: b\r\n\r\n"},
	{"two Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
	{"two identical Hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
	{"empty Host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
	{"Host with user information", 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
	{"Host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
	{"empty header name", 400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
	{"malformed header name", 400, "GET / HTTP/1.1\r\nHost: a\r\nX(A): b\r\n\r\n"},
	{"header name with a space", 400, "GET / HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n"},
	{"header name beyond ASCII", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\xc3\xa4: b\r\n\r\n"},
	{"line without a colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n"},
	{"odd method", 400, "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"lower-case method", 400, "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"empty method", 400, " / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"CONNECT", 400, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
	{"HTTP/9.9", 505, "GET / HTTP/9.9\r\nHost: a\r\n\r\n"},
	{"HTTP/1.2", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
	{"HTTP/2.0 without a preface", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
	{"HTTP/0.9", 400, "GET /\r\n\r\n"},
	{"lower-case version", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
	{"space in the target", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"control character in the target", 400, "GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"tab instead of a space", 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"fragment in the target", 400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"target without a slash", 400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"asterisk", 400, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"bare LF everywhere", 400, "GET / HTTP/1.1\nHost: a\n\n"},
	{"bare LF after the request line", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"},
	{"bare LF after a field", 400, "GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"},
	{"bare LF at the end", 400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
	{"two empty lines first", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"absolute form that differs from Host", 400, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"},
	{"absolute form with user information", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"absolute form without an authority", 400, "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"absolute form of another scheme", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"unknown expectation", 417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n"},

	{"plain", allowed, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"an empty line first", allowed, "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"chunk extensions", allowed, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n"},
	{"chunk trailers", allowed, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n3\r\nabc\r\n0\r\nX-A: b\r\n\r\n"},
	{"coding in capitals", allowed, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"},
	{"absolute form", allowed, "GET http://a/b?c HTTP/1.1\r\nHost: A\r\n\r\n"},
	{"absolute form without a path", allowed, "GET http://a?c HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"dot segments", allowed, "GET /a/../b/./c HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"encoded slashes", allowed, "GET /a%2Fb%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"GET with a body", allowed, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"},
	{"Expect", allowed, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc"},
	{"blanks around a value", allowed, "GET / HTTP/1.1\r\nHost: \t a \t \r\nX-A:\r\n\r\n"},
	{"UTF-8 in value and target", allowed, "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\nX-A: \xc3\xa4\r\n\r\n"},
}

func TestRawRequests(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	for _, tc := range rawCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			const second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
			c := dial(t, s)
			go c.write(tc.raw + second)
			resp := c.receive("GET")
			if resp.StatusCode != tc.want {
				t.Fatalf("status %d, want %d", resp.StatusCode, tc.want)
			}
			if tc.want != allowed {
				if !resp.Close || !c.closed() {
					t.Fatal("connection stayed open after a refused request")
				}
				return
			}
			if resp := c.receive("GET"); !strings.HasPrefix(resp.body, "GET|/second|") {
				t.Fatalf("second request was answered with %q", resp.body)
			}
		})
	}
}

// A head has the same meaning however the network cuts it.
func TestRawRequestsByteByByte(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	for _, tc := range rawCases {
		if len(tc.raw) > 1000 {
			continue // too many bytes to send one by one
		}
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, s)
			for i := range len(tc.raw) {
				if _, err := c.Write([]byte{tc.raw[i]}); err != nil {
					break // refused before the end
				}
			}
			if got := c.receive("GET").StatusCode; got != tc.want {
				t.Fatalf("status %d, want %d", got, tc.want)
			}
		})
	}
}
