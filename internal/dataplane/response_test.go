package dataplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Date, Content-Type, Content-Length and Connection come first and are always written alike; the case of the others is the
// back end's (aws-behaviour-http-api.md, facts 1 to 3).
func TestAppendHead(t *testing.T) {
	const date = "Sun, 22 Nov 2026 12:00:00 GMT"
	for _, tc := range []struct {
		name, method string
		status       int
		fields       string
		body         exchange.Body
		persist      bool
		want         string
	}{
		{"order and case", "GET", 200, "x-b: 1|Set-Cookie: a|content-encoding: gzip|CONTENT-type: text/html|X-A: 2|set-cookie: b|Server: nginx|Apigw-Requestid: i=",
			exchange.Body{Bytes: []byte("abc")}, true,
			"200 OK|Date: " + date + "|Content-Type: text/html|Content-Length: 3|Connection: keep-alive|x-b: 1|Set-Cookie: a|content-encoding: gzip|X-A: 2|set-cookie: b|Server: nginx|Apigw-Requestid: i="},
		{"no invented type", "GET", 200, "", exchange.Body{}, false, "200 OK|Date: " + date + "|Content-Length: 0|Connection: close"},
		{"back end's date", "GET", 200, "date: yesterday", exchange.Body{}, true, "200 OK|Date: yesterday|Content-Length: 0|Connection: keep-alive"},
		{"hop by hop", "GET", 200, "Connection: X-Hop, close|X-Hop: 1|Keep-Alive: 1|Transfer-Encoding: chunked|Content-Length: 9|TE: x|Trailer: x|Upgrade: x|Proxy-Connection: x|X-A: 1",
			exchange.Body{}, true, "200 OK|Date: " + date + "|Content-Length: 0|Connection: keep-alive|X-A: 1"},
		{"injection", "GET", 200, "X-A: a\r\nX-B: b|X-C: a\x00|X D: 1|: 1|Content-Type: a\nb|X-E: 1", exchange.Body{}, true,
			"200 OK|Date: " + date + "|Content-Length: 0|Connection: keep-alive|X-E: 1"},
		{"unknown length", "GET", 200, "", exchange.Body{Stream: io.NopCloser(nil), Size: -1}, true, "200 OK|Date: " + date + "|Transfer-Encoding: chunked|Connection: keep-alive"},
		{"known length", "GET", 200, "", exchange.Body{Stream: io.NopCloser(nil), Size: 7}, true, "200 OK|Date: " + date + "|Content-Length: 7|Connection: keep-alive"},
		{"HEAD", "HEAD", 200, "", exchange.Body{Bytes: []byte("abc")}, true, "200 OK|Date: " + date + "|Content-Length: 3|Connection: keep-alive"},
		{"HEAD with a length only", "HEAD", 200, "", exchange.Body{Size: 12}, true, "200 OK|Date: " + date + "|Content-Length: 12|Connection: keep-alive"},
		{"HEAD of unknown length", "HEAD", 200, "", exchange.Body{Size: -1}, true, "200 OK|Date: " + date + "|Connection: keep-alive"},
		{"204", "GET", 204, "", exchange.Body{Bytes: []byte("abc")}, true, "204 No Content|Date: " + date + "|Connection: keep-alive"},
		{"304", "GET", 304, "ETag: x", exchange.Body{}, true, "304 Not Modified|Date: " + date + "|Connection: keep-alive|ETag: x"},
		{"status without a phrase", "GET", 299, "", exchange.Body{}, true, "299 |Date: " + date + "|Content-Length: 0|Connection: keep-alive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := &exchange.Exchange{Request: exchange.Request{Method: []byte(tc.method)}}
			x.Response.Status, x.Response.Body = tc.status, tc.body
			for f := range strings.SplitSeq(tc.fields, "|") {
				if name, value, ok := strings.Cut(f, ": "); ok {
					x.Response.Header.Add([]byte(name), []byte(value))
				}
			}
			got := string(appendHead(nil, x, []byte(date), tc.persist))
			if want := "HTTP/1.1 " + strings.ReplaceAll(tc.want, "|", "\r\n") + "\r\n\r\n"; got != want {
				t.Fatalf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// reader makes a stream of its reads; an error ends it.
type reader struct {
	reads  []string
	err    error
	closed *atomic.Bool
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.reads) == 0 {
		return 0, r.err
	}
	n := copy(p, r.reads[0])
	if r.reads[0] = r.reads[0][n:]; r.reads[0] == "" {
		r.reads = r.reads[1:]
	}
	return n, nil
}

func (r *reader) Close() error { r.closed.Store(true); return nil }

func TestStreamedResponses(t *testing.T) {
	big := strings.Repeat("0123456789", 20_000)
	broken := errors.New("broken")
	for _, tc := range []struct {
		name, version, method string
		reads                 []string
		err                   error
		size                  int64
		want                  string // the body on the wire
		persist               bool
	}{
		{"unknown size", "1.1", "GET", []string{"abc", "", "0123456789abcdef"}, io.EOF, -1, "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n", true},
		{"unknown size, empty", "1.1", "GET", nil, io.EOF, -1, "0\r\n\r\n", true},
		{"known size", "1.1", "GET", []string{"abc", "def"}, io.EOF, 6, "abcdef", true},
		{"known size, big", "1.1", "GET", []string{big}, io.EOF, int64(len(big)), big, true},
		{"known size, empty", "1.1", "GET", nil, io.EOF, 0, "", true},
		{"longer than announced", "1.1", "GET", []string{"abcdef"}, io.EOF, 3, "abc", true},
		{"shorter than announced", "1.1", "GET", []string{"abc"}, io.EOF, 6, "abc", false},
		{"breaks off", "1.1", "GET", []string{"abc"}, broken, -1, "3\r\nabc\r\n", false},
		{"breaks off, known size", "1.1", "GET", []string{"abc"}, broken, 6, "abc", false},
		{"HTTP/1.0, unknown size", "1.0", "GET", []string{"abc"}, io.EOF, -1, "abc", false},
		{"HTTP/1.0, known size", "1.0", "GET", []string{"abc"}, io.EOF, 3, "abc", true},
		{"HEAD", "1.1", "HEAD", []string{"abc"}, io.EOF, 3, "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var closed atomic.Bool
			s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
				x.Response.Status = 200
				if string(x.Request.Path) == "/end" {
					return
				}
				x.Response.Body = exchange.Body{Stream: &reader{tc.reads, tc.err, &closed}, Size: tc.size}
			}), Limits{})
			c := dial(t, s).send(fmt.Sprintf("%s / HTTP/%s\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /end HTTP/1.0\r\n\r\n", tc.method, tc.version))
			all, _ := io.ReadAll(c.r)
			_, rest, _ := strings.Cut(string(all), "\r\n\r\n")
			body, _, second := strings.Cut(rest, "HTTP/1.1 200 OK")
			if body != tc.want || second != tc.persist || !closed.Load() {
				t.Fatalf("body %.60q, a second response %v, closed %v", body, second, closed.Load())
			}
		})
	}
}

// zeros is a stream of n bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	n := min(int64(len(p)), z.n)
	if z.n -= n; n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

func (z *zeros) Close() error { return nil }

// A payload far over what memory should hold passes in both directions.
func TestBigBodiesInBoundedMemory(t *testing.T) {
	const size = 200 << 20
	var received int64
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		x.Response.Status = 200
		if string(x.Request.Method) == "POST" {
			received, _ = io.Copy(io.Discard, x.Request.Body.Stream)
			return
		}
		x.Response.Body = exchange.Body{Stream: &zeros{size}, Size: size}
		if string(x.Request.Query) == "chunked" {
			x.Response.Body.Size = -1
		}
	}), Limits{MaxBody: size})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, target := range []string{"/", "/?chunked"} {
		c := dial(t, s).send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if n := c.count("GET"); n != size {
			t.Fatalf("%s: %d bytes arrived", target, n)
		}
	}
	c := dial(t, s).send(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size))
	go func() { _, _ = io.Copy(c.Conn, &zeros{size}) }()
	if c.receive("POST"); received != size {
		t.Fatalf("handler read %d bytes", received)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Fatalf("%d MiB allocated for 600 MiB of payload", grown>>20)
	}
}

// A response that breaks off was counted by its status; the log says what became of it.
func TestBrokenOffResponseIsLogged(t *testing.T) {
	var log lockedBuffer
	s, err := New(Options{HTTPAddr: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(&log, nil)), Handler: handlerFunc(
		func(_ context.Context, x *exchange.Exchange) {
			x.ID = []byte("req-1")
			x.Response.Status = 200
			x.Response.Body = exchange.Body{Stream: &reader{[]string{"abc"}, errors.New("reset by peer"), new(atomic.Bool)}, Size: 6}
		})})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	_, _ = io.ReadAll(c.r)
	stop(t, s)
	if got := log.String(); !strings.Contains(got, "broken off") || !strings.Contains(got, "requestId=req-1") || !strings.Contains(got, "reset by peer") {
		t.Errorf("logged %s", got)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
