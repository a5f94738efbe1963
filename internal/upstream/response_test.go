package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// rawServer calls handle for each connection, with its number from 0.
func rawServer(t *testing.T, handle func(n int, c net.Conn)) *Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			wg.Go(func() { handle(n, c); _ = c.Close() })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return &Target{Addr: l.Addr().String()}
}

// readHead reads a request's head and returns it, or nothing when the connection ends.
func readHead(r *bufio.Reader) string {
	var head strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return ""
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String()
		}
	}
}

// answering answers every request without a body with the same bytes, a piece at a time; it closes the connection
// when last is set.
func answering(t *testing.T, answer string, piece int, last bool) *Target {
	return rawServer(t, func(_ int, c net.Conn) {
		for r := bufio.NewReader(c); readHead(r) != ""; {
			for rest := answer; rest != ""; {
				n := min(piece, len(rest))
				if _, err := io.WriteString(c, rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
			if last {
				return
			}
		}
	})
}

// cutOff in a case closes the connection after the answer.
const cutOff = "<close>"

var responseCases = []struct {
	name, method, answer string

	status int
	fields string
	body   string
	err    error
	op     Op
	// reuse: the connection serves the next call.
	reuse bool
}{
	{name: "length", answer: "HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nX-b: 1\r\nx-A:  2 \r\nX-b:\r\n\r\nhello",
		status: 200, fields: "X-b: 1\nx-A: 2\nX-b: \n", body: "hello", reuse: true},
	{name: "no reason", answer: "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n", status: 299, reuse: true},
	{name: "reason with latin 1", answer: "HTTP/1.1 200 \xe4\r\nContent-Length: 0\r\n\r\n", status: 200, reuse: true},
	{name: "lone LF in the head", answer: "HTTP/1.1 200 OK\nA: b\nContent-Length: 2\n\nhi", status: 200, fields: "A: b\n", body: "hi", reuse: true},
	{name: "same length twice", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi", reuse: true},
	{name: "chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
		status: 200, body: "abc0123456789", reuse: true},
	{name: "chunked, padded size, trailers", answer: "HTTP/1.1 200 OK\r\nTrailer: T\r\nTransfer-Encoding: chunked\r\n\r\n3  \r\nabc\r\n0\r\nT: u\r\nV: w\r\n\r\n",
		status: 200, body: "abc", reuse: true},
	{name: "chunked, empty", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200, reuse: true},
	{name: "until close", answer: "HTTP/1.1 200 OK\r\n\r\nsome text" + cutOff, status: 200, body: "some text"},
	{name: "until close, nothing", answer: "HTTP/1.1 200 OK\r\n\r\n" + cutOff, status: 200},
	{name: "connection close", answer: "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"},
	{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi"},
	{name: "HTTP/1.0 keep-alive", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", status: 200, body: "hi", reuse: true},
	{name: "hop-by-hop", answer: "HTTP/1.1 200 OK\r\nConnection: X-Private, keep-alive\r\nConnection: ,x-other\r\nKeep-Alive: timeout=5\r\nX-Private: 1\r\nX-Public: 2\r\n" +
		"x-OTHER: 3\r\nProxy-Authenticate: Basic\r\nProxy-Connection: x\r\nTE: trailers\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
		status: 200, fields: "X-Public: 2\n", reuse: true},
	{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, reuse: true},
	{name: "204 that promises a body", answer: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204},
	{name: "304", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n", status: 304, fields: "ETag: x\n", reuse: true},
	{name: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", status: 200, reuse: true},
	{name: "HEAD, chunked", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", status: 200, reuse: true},
	{name: "informational", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
		status: 200, body: "hi", reuse: true},

	{name: "bytes after the body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n", status: 200, body: "hi"},
	{name: "bytes after chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nx", status: 200, body: "hi"},
	{name: "line end after chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n\r\n", status: 200, body: "hi"},
	{name: "body after HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: 200},
	{name: "body after 204", answer: "HTTP/1.1 204 No Content\r\n\r\nhello", status: 204},

	{name: "nothing", answer: cutOff, err: io.EOF, op: OpRead},
	{name: "half a head", answer: "HTTP/1.1 200 OK\r\nA: b" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "short body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "short stream", answer: "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\nhel" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "cut in a chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "cut after a chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "cut in the last chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n" + cutOff, err: io.ErrUnexpectedEOF, op: OpRead},
	{name: "other protocol", answer: "SSH-2.0-OpenSSH_9.2p1\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "HTTP/2", answer: "HTTP/2.0 200 OK\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "HTTP/1.2", answer: "HTTP/1.2 200 OK\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "empty line first", answer: "\r\nHTTP/1.1 200 OK\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "no status", answer: "HTTP/1.\n\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "short status", answer: "HTTP/1.1 20\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "long status", answer: "HTTP/1.1 2000\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "status below 100", answer: "HTTP/1.1 099 x\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "no space after status", answer: "HTTP/1.1 200OK\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "two spaces", answer: "HTTP/1.1  200 OK\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "folded field", answer: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "space before colon", answer: "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "no colon", answer: "HTTP/1.1 200 OK\r\nabc\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "no name", answer: "HTTP/1.1 200 OK\r\n: x\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "NUL", answer: "HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "bare CR", answer: "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "length and chunked", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "two lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "list of lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "signed length", answer: "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "negative length", answer: "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "huge length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "empty length", answer: "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "other coding", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "chunked twice", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "chunked in HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", err: ErrAmbiguousLength, op: OpProtocol},
	{name: "chunk size 0x3", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk size empty", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk size negative", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk size overflows", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk size with LF", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk extension with CR", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk line too long", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + strings.Repeat("a", maxChunkLine) + "\r\nabc\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "chunk longer than its size", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", err: ErrMalformedChunk, op: OpProtocol},
	{name: "trailer malformed", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nabc\r\n\r\n", err: ErrMalformedHead, op: OpProtocol},
	{name: "trailers without end", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: bcdefghijkl\r\n", 5000), err: ErrMalformedChunk, op: OpProtocol},
	{name: "informational flood", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), err: ErrUnexpectedStatus, op: OpProtocol},
	{name: "switching protocols", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", err: ErrUnexpectedStatus, op: OpProtocol},
	{name: "head too large", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: bcdefghijkl\r\n", 4096), err: ErrHeadTooLarge, op: OpProtocol},
	{name: "too many fields", answer: "HTTP/1.1 200 OK\r\n" + strings.Repeat("A:\r\n", maxFields+1) + "\r\n", err: ErrHeadTooLarge, op: OpProtocol},
}

// Each case gives the same whether it arrives at once or in pieces, but for what happens to bytes nobody asked for,
// which may be noticed now or before the next call.
func TestResponses(t *testing.T) {
	for _, tc := range responseCases {
		for _, piece := range []int{1 << 20, 1} {
			if piece == 1 && len(tc.answer) > 2000 {
				continue
			}
			answer, last := strings.CutSuffix(tc.answer, cutOff)
			c := New(Options{})
			target := answering(t, answer, piece, last)
			r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte(cmpOr(tc.method, "GET")), Deadline: time.Now().Add(5 * time.Second)})
			checkResponse(t, tc.name, err, tc.err, tc.op)
			if tc.err == nil && (r.status != tc.status || r.body != tc.body || r.fields != tc.fields) {
				t.Errorf("%s, in pieces of %d: got %d %q %q", tc.name, piece, r.status, r.fields, r.body)
			}
			if idle := c.Stats().Idle == 1; idle != tc.reuse && (piece > 1 || tc.reuse) {
				t.Errorf("%s, in pieces of %d: connection kept: %v", tc.name, piece, idle)
			}
			c.Close()
			if s := c.Stats(); s.Open != 0 {
				t.Errorf("%s: %d connections left", tc.name, s.Open)
			}
		}
	}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func checkResponse(t *testing.T, name string, err, want error, op Op) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	var e *Error
	if !errors.Is(err, want) || !errors.As(err, &e) || e.Op != op || e.Timeout {
		t.Errorf("%s: got %v, want %s: %v", name, err, op, want)
	}
}
