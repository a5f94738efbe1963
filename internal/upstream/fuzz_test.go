package upstream

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// cannedConn answers with bytes that are there already, piece at a time.
type cannedConn struct {
	net.Conn
	answer []byte
	piece  int
}

func (c *cannedConn) Read(b []byte) (int, error) {
	if len(c.answer) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), c.piece)], c.answer)
	c.answer = c.answer[n:]
	return n, nil
}

func (c *cannedConn) Write(b []byte) (int, error)      { return len(b), nil }
func (c *cannedConn) Close() error                     { return nil }
func (c *cannedConn) SetDeadline(time.Time) error      { return nil }
func (c *cannedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *cannedConn) SetWriteDeadline(time.Time) error { return nil }

func canned(t *testing.T, method string, answer []byte, piece int) (result, error) {
	c := New(Options{Dial: func(context.Context, string, string) (net.Conn, error) {
		return &cannedConn{answer: answer, piece: piece}, nil
	}})
	defer c.Close()
	return do(t.Context(), t, c, &Request{Target: new(Target), Method: []byte(method)})
}

// reference reads the final response as net/http does.
func reference(method string, answer []byte) (status int, body string, err error) {
	r := bufio.NewReaderSize(bytes.NewReader(answer), 128<<10)
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return 0, "", err
		}
		if resp.StatusCode/100 == 1 {
			continue
		}
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), err
	}
}

// What is accepted is what net/http makes of it, and does not depend on how the bytes arrive.
func FuzzResponse(f *testing.F) {
	for _, tc := range responseCases {
		f.Add([]byte(strings.TrimSuffix(tc.answer, cutOff)), tc.method == "HEAD")
	}
	f.Fuzz(func(t *testing.T, answer []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		r, err := canned(t, method, answer, 1<<20)
		slow, slowErr := canned(t, method, answer, 1)
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("at once: %v; byte by byte: %v", err, slowErr)
		}
		if err != nil {
			return
		}
		if r.status != slow.status || r.body != slow.body || r.fields != slow.fields || r.length != slow.length {
			t.Fatalf("at once: %+v; byte by byte: %+v", r, slow)
		}
		status, body, err := reference(method, answer)
		if err != nil || status != r.status || body != r.body {
			t.Fatalf("got %d %q; net/http: %d %q %v", r.status, r.body, status, body, err)
		}
	})
}

// What is accepted as chunked decodes as net/http decodes it.
func FuzzChunks(f *testing.F) {
	for _, tc := range responseCases {
		if head, chunked, ok := strings.Cut(tc.answer, "\r\n\r\n"); ok && strings.Contains(head, "chunked") {
			f.Add([]byte(strings.TrimSuffix(chunked, cutOff)))
		}
	}
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	f.Fuzz(func(t *testing.T, b []byte) {
		dec := dechunker{limit: 64 << 10}
		dst := make([]byte, len(b))
		n, used, ok, err := dec.whole(b, dst)
		if err != nil || !ok {
			return
		}
		_, body, err := reference("GET", append([]byte(head), b[:used]...))
		if err != nil || body != string(dst[:n]) {
			t.Fatalf("got %q; net/http: %q, %v", dst[:n], body, err)
		}
	})
}

// A request that is not refused is one request, with the fields that it was given.
func FuzzRequestHead(f *testing.F) {
	f.Add("GET", "/", "example.com", "A", "b")
	f.Add("GET", "/a b", "h\r\nx: y", "A:", "b\nc")
	f.Add("POST", "*", "", "content-length", "5")
	f.Fuzz(func(t *testing.T, method, target, host, name, value string) {
		var out outgoing
		req := &Request{Method: []byte(method), RequestTarget: []byte(target), Host: []byte(host), Header: header(name, value)}
		if err := out.head(req, 0); err != nil {
			return
		}
		fields := strings.Split(string(out.first), "\r\n")
		want := []string{method + " " + target + " HTTP/1.1", "Host: " + host}
		if classify([]byte(name)) == endToEnd {
			want = append(want, name+": "+value)
		}
		if expectsBody(req.Method) {
			want = append(want, "Content-Length: 0")
		}
		want = append(want, "", "")
		if strings.Join(fields, "|") != strings.Join(want, "|") || strings.Count(string(out.first), "\n") != len(want)-1 {
			t.Errorf("got %q, want %q", fields, want)
		}
	})
}
