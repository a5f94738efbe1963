package upstream

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// The bytes of a request, as the back end gets them.
func TestRequestBytes(t *testing.T) {
	const h = "Host: example.com\r\n"
	for _, tc := range []struct {
		name   string
		method string
		fields []string
		body   *exchange.Body
		want   string
	}{
		{"plain", "GET", nil, nil, "GET /a?b=%20 HTTP/1.1\r\n" + h + "\r\n"},
		{"order and case", "GET", []string{"x-B: 1", "A: ", "X-b: 2"}, nil, "GET /a?b=%20 HTTP/1.1\r\n" + h + "x-B: 1\r\nA: \r\nX-b: 2\r\n\r\n"},
		{"fields of the connection", "GET", []string{"host: evil", "content-length: 3", "Transfer-Encoding: chunked", "Connection: close", "TE: x", "Upgrade: x", "Keep-Alive: 1", "a: b"}, nil,
			"GET /a?b=%20 HTTP/1.1\r\n" + h + "a: b\r\n\r\n"},
		{"no body where none is expected", "DELETE", nil, body(""), "DELETE /a?b=%20 HTTP/1.1\r\n" + h + "\r\n"},
		{"no body where one is", "POST", nil, nil, "POST /a?b=%20 HTTP/1.1\r\n" + h + "Content-Length: 0\r\n\r\n"},
		{"empty stream", "PUT", nil, streamed("", 0), "PUT /a?b=%20 HTTP/1.1\r\n" + h + "Content-Length: 0\r\n\r\n"},
		{"body", "GET", nil, body("hello"), "GET /a?b=%20 HTTP/1.1\r\n" + h + "Content-Length: 5\r\n\r\nhello"},
		{"stream that ends at once", "POST", nil, &exchange.Body{Stream: io.NopCloser(&eofReader{"hello"}), Size: -1},
			"POST /a?b=%20 HTTP/1.1\r\n" + h + "Content-Length: 5\r\n\r\nhello"},
		{"sized stream", "POST", nil, streamed("hello", 5), "POST /a?b=%20 HTTP/1.1\r\n" + h + "Content-Length: 5\r\n\r\nhello"},
		{"chunks", "POST", nil, &exchange.Body{Stream: io.NopCloser(pieces("hello", strings.Repeat("x", 18))), Size: -1},
			"POST /a?b=%20 HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n12\r\n" + strings.Repeat("x", 18) + "\r\n0\r\n\r\n"},
	} {
		got := make(chan string, 1)
		target := rawServer(t, func(_ int, c net.Conn) {
			b := make([]byte, len(tc.want))
			_, _ = io.ReadFull(c, b)
			got <- string(b)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			n, _ := io.Copy(io.Discard, c)
			if n > 0 {
				t.Errorf("%s: %d bytes more", tc.name, n)
			}
		})
		c := New(Options{})
		header := new(exchange.Header)
		for _, f := range tc.fields {
			name, value, _ := strings.Cut(f, ": ")
			header.Add([]byte(name), []byte(value))
		}
		_, err := do(t.Context(), t, c, &Request{
			Target: target, Method: []byte(tc.method), RequestTarget: []byte("/a?b=%20"), Header: header, Body: tc.body,
		})
		if b := <-got; err != nil || b != tc.want {
			t.Errorf("%s: %v, sent\n%q, want\n%q", tc.name, err, b, tc.want)
		}
		c.Close()
	}
}

// eofReader returns its text together with io.EOF.
type eofReader struct{ text string }

func (r *eofReader) Read(b []byte) (int, error) { return copy(b, r.text), io.EOF }

// pieces is a reader that returns one text at a time.
func pieces(texts ...string) io.Reader {
	var readers []io.Reader
	for _, s := range texts {
		readers = append(readers, strings.NewReader(s))
	}
	return io.MultiReader(readers...)
}

// What would make the head mean something else is never sent.
func TestRequestRefused(t *testing.T) {
	c := newClient(t, Options{Dial: nil})
	for name, req := range map[string]*Request{
		"method with space":      {Method: []byte("GET /")},
		"empty method":           {Method: []byte("")},
		"target with space":      {RequestTarget: []byte("/a b")},
		"target with line break": {RequestTarget: []byte("/a\r\nX: y")},
		"empty target":           {RequestTarget: []byte("")},
		"host with line break":   {Host: []byte("a\r\nX: y")},
		"value with line break":  {Header: header("A", "b\r\nX: y")},
		"value with LF":          {Header: header("A", "b\nX: y")},
		"value with CR":          {Header: header("A", "b\rX: y")},
		"value with NUL":         {Header: header("A", "b\x00")},
		"name with colon":        {Header: header("A:", "b")},
		"name with space":        {Header: header("Content-Length ", "5")},
		"empty name":             {Header: header("", "b")},
	} {
		req.Target = &Target{Addr: "127.0.0.1:1"}
		_, err := do(t.Context(), t, c, req)
		var e *Error
		if !errors.Is(err, ErrMalformedRequest) || !errors.As(err, &e) || e.Op != OpRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := c.Stats(); s.Dials != 0 {
		t.Errorf("%+v", s)
	}
}

// A stream that is shorter than announced fails; of one that is longer, only what was announced is sent.
func TestBodyLength(t *testing.T) {
	target := newServer(t, echo)
	c := newClient(t, Options{})
	for _, size := range []int64{10, 100 << 10} {
		_, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: streamed(strings.Repeat("x", int(size-1)), size)})
		var e *Error
		if !errors.Is(err, ErrBodyLength) || !errors.As(err, &e) || e.Op != OpBody {
			t.Errorf("%d bytes, one missing: %v", size, err)
		}
		r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: streamed(strings.Repeat("x", int(size+9)), size)})
		if err != nil || len(r.body) != int(size) {
			t.Errorf("%d bytes and more: %d, %v", size, len(r.body), err)
		}
	}
}

// A back end that speaks before it is spoken to is heard once, and never again on that connection.
func TestBackEndSpeaksFirst(t *testing.T) {
	for _, closes := range []bool{true, false} {
		target := rawServer(t, func(_ int, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
			if !closes {
				readHead(bufio.NewReader(c))
			}
		})
		c := newClient(t, Options{})
		for range 3 {
			r, err := do(t.Context(), t, c, &Request{Target: target})
			// A reset may overtake the response when it closes.
			if !closes && err != nil || err == nil && (r.status != 503 || r.body != "busy" || r.reused) {
				t.Errorf("closes %v: %+v, %v", closes, r, err)
			}
		}
	}
}
