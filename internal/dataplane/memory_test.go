package dataplane

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// memConn is a connection whose client has said all it will say and listens to nothing.
type memConn struct {
	io.Reader
	net.Conn
}

func (m memConn) Read(p []byte) (int, error) { return m.Reader.Read(p) }
func (memConn) Write(p []byte) (int, error)  { return len(p), nil }
func (memConn) Close() error                 { return nil }
func (memConn) SetDeadline(time.Time) error  { return nil }
func (memConn) RemoteAddr() net.Addr         { return nil }
func (memConn) LocalAddr() net.Addr          { return nil }

// inMemory returns a server that is only given connections by hand.
func inMemory(t testing.TB, h Handler) *Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(failOnWrite{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := New(Options{HTTPAddr: "unused", Handler: h, Limits: Limits{MaxBody: 1000}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// failOnWrite fails the test with what is logged as an error: panics above all.
type failOnWrite struct{ t testing.TB }

func (f failOnWrite) Write(p []byte) (int, error) {
	f.t.Errorf("%s", p)
	return len(p), nil
}

// seen is what a call looked like to the handler.
type seen struct{ method, target, host, body string }

// serveBytes returns the calls that the server found in the bytes and read to their end.
func serveBytes(t testing.TB, raw []byte) (calls []seen) {
	s := inMemory(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		q := &x.Request
		target := string(q.Path)
		if q.Query != nil {
			target += "?" + string(q.Query)
		}
		if body, err := readBody(x); err == nil {
			calls = append(calls, seen{string(q.Method), target, string(q.Host), string(body)})
		}
		x.Response.Status = 200
	}))
	s.add(memConn{Reader: bytes.NewReader(raw)}, false).serve()
	return calls
}

// Whatever is accepted is understood in the same way by an independent parser, and so is where the next request begins.
func FuzzConnection(f *testing.F) {
	for _, tc := range rawCases {
		f.Add([]byte(tc.raw))
		f.Add([]byte(tc.raw + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if bytes.HasPrefix(raw, []byte(preface)) {
			t.Skip() // net/http's
		}
		oracle := bufio.NewReader(bytes.NewReader(raw))
		for i, got := range serveBytes(t, raw) {
			skipEmptyLine(oracle)
			req, err := http.ReadRequest(oracle)
			if err != nil {
				return // net/http has rules for targets and hosts that are not about framing
			}
			body, err := io.ReadAll(req.Body)
			if err != nil {
				t.Fatalf("request %d: %q was accepted; net/http says %v", i, got.body, err)
			}
			want := seen{req.Method, req.RequestURI, req.Host, string(body)}
			got.host, want.host = strings.ToLower(got.host), strings.ToLower(want.host)
			if !strings.HasPrefix(want.target, "/") {
				want.target = or(got.target, want.target) // absolute form
			}
			if got != want {
				t.Fatalf("request %d is\n%+v, to net/http\n%+v", i, got, want)
			}
		}
	})
}

func skipEmptyLine(r *bufio.Reader) {
	if b, _ := r.Peek(2); string(b) == "\r\n" {
		_, _ = r.Discard(2)
	}
}

// A head means the same in one piece and in two.
func FuzzHead(f *testing.F) {
	for _, tc := range rawCases {
		f.Add([]byte(tc.raw), 10)
	}
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		whole, pieces := new(exchange.Exchange), new(exchange.Exchange)
		var a, b head
		a.reset()
		b.reset()
		doneA, refusedA := a.parse(raw, 10240, whole)
		doneB, refusedB := false, (*refusal)(nil)
		if cut > 0 && cut < len(raw) {
			doneB, refusedB = b.parse(raw[:cut], 10240, pieces)
		}
		if !doneB && refusedB == nil {
			doneB, refusedB = b.parse(raw, 10240, pieces)
		}
		if doneA != doneB || refusedA != refusedB && a.size <= 10240 {
			t.Fatalf("whole: %v %v; in pieces: %v %v", doneA, refusedA, doneB, refusedB)
		}
		if doneA && fmt.Sprintf("%q", whole.Request.Header.Fields()) != fmt.Sprintf("%q", pieces.Request.Header.Fields()) {
			t.Fatalf("whole: %q; in pieces: %q", whole.Request.Header.Fields(), pieces.Request.Header.Fields())
		}
	})
}

// again reads as the same request n times, one per read.
type again struct {
	raw []byte
	n   int
}

func (a *again) Read(p []byte) (int, error) {
	if a.n--; a.n < 0 {
		return 0, io.EOF
	}
	return copy(p, a.raw), nil
}

const (
	plainCall   = "GET /users/123?a=b HTTP/1.1\r\nHost: abc123.execute-api.eu-west-1.localhost:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
	browserCall = "GET /users/123?a=b HTTP/1.1\r\nHost: abc123.execute-api.eu-west-1.localhost:8080\r\nConnection: keep-alive\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Accept-Language: en-GB,en;q=0.9\r\nAuthorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U\r\n" +
		"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nCache-Control: no-cache\r\n\r\n"
	postCall    = "POST /users HTTP/1.1\r\nHost: a.localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"name\":\"x\"}\n"
	chunkedCall = "POST /users HTTP/1.1\r\nHost: a.localhost\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"name\":\"x\"}\n\r\n0\r\n\r\n"
)

// answer1K is a back end's usual answer.
func answer1K() handlerFunc {
	name, value := []byte("Content-Type"), []byte("application/json")
	id, idValue := []byte("Apigw-Requestid"), []byte("abcdefghijklmno=")
	body := bytes.Repeat([]byte("x"), 1024)
	return func(_ context.Context, x *exchange.Exchange) {
		x.Response.Status = 200
		x.Response.Header.Add(name, value)
		x.Response.Header.Add(id, idValue)
		x.Response.Body.Bytes = body
	}
}

func BenchmarkCall(b *testing.B) {
	for _, bc := range []struct{ name, raw string }{{"plain", plainCall}, {"browser", browserCall}, {"post", postCall}, {"chunked", chunkedCall}} {
		b.Run(bc.name, func(b *testing.B) {
			s := inMemory(b, answer1K())
			b.ReportAllocs()
			s.add(memConn{Reader: &again{raw: []byte(bc.raw), n: b.N}}, false).serve()
		})
	}
}

func BenchmarkHead(b *testing.B) {
	x, raw := new(exchange.Exchange), []byte(browserCall)
	var h head
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		h.reset()
		x.Reset()
		if done, refused := h.parse(raw, 10240, x); !done || refused != nil {
			b.Fatal(refused)
		}
	}
}
