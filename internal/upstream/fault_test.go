package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// A back end that sends more than a response, a moment later, must not have it taken for the next response.
func TestLateBytesPoison(t *testing.T) {
	written := make(chan bool)
	target := rawServer(t, func(n int, c net.Conn) {
		r := bufio.NewReader(c)
		for readHead(r) != "" {
			if n > 0 {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
				continue
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
			<-written
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
			written <- true
		}
	})
	c := newClient(t, Options{})
	for i, method := range []string{"GET", "POST", "POST"} {
		r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte(method)})
		if err != nil || r.body != "good" {
			t.Fatalf("call %d got %q, %v", i, r.body, err)
		}
		if i == 0 {
			written <- true
			<-written
		}
	}
	if s := c.Stats(); s.Stale != 1 || s.Dials != 2 || s.Retries != 0 {
		t.Errorf("%+v", s)
	}
}

// A connection that was closed while idle costs no call, whatever the method and the body.
func TestClosedWhileIdle(t *testing.T) {
	for _, b := range []string{"", "small", strings.Repeat("x", 100<<10)} {
		closed := make(chan bool, 2)
		target := rawServer(t, func(_ int, c net.Conn) {
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
			_ = c.Close()
			closed <- true
		})
		c := newClient(t, Options{})
		for range 3 {
			r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: body(b)})
			if err != nil || r.body != "hi" || r.reused {
				t.Fatalf("%d bytes: %+v, %v", len(b), r, err)
			}
			<-closed
		}
		if s := c.Stats(); s.Stale != 2 || s.Dials != 3 {
			t.Errorf("%+v", s)
		}
	}
}

// A back end may close a reused connection after it has taken the request: net/http's rule tells what is repeated.
func TestRepetition(t *testing.T) {
	cases := []struct {
		name     string
		req      Request
		repeated bool
	}{
		{"GET", Request{Method: []byte("GET")}, true},
		{"HEAD", Request{Method: []byte("HEAD")}, true},
		{"GET with a large body", Request{Method: []byte("GET"), Body: body(strings.Repeat("x", 50<<10))}, true},
		{"GET with a stream", Request{Method: []byte("GET"), Body: streamed(strings.Repeat("x", 50<<10), -1)}, false},
		{"POST", Request{Method: []byte("POST")}, false},
		{"PUT", Request{Method: []byte("PUT")}, false},
		{"DELETE", Request{Method: []byte("DELETE")}, false},
		{"POST with a key", Request{Method: []byte("POST"), Header: header("idempotency-key", "1"), Body: body("x")}, true},
	}
	for _, tc := range cases {
		target := rawServer(t, func(n int, c net.Conn) {
			r := bufio.NewReader(c)
			for i := 0; ; i++ {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				if n == 0 && i == 1 {
					return
				}
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		})
		c := newClient(t, Options{})
		if _, err := do(t.Context(), t, c, &Request{Target: target}); err != nil {
			t.Fatal(err)
		}
		tc.req.Target = target
		r, err := do(t.Context(), t, c, &tc.req)
		var e *Error
		switch {
		case tc.repeated && (err != nil || r.status != 200 || r.reused):
			t.Errorf("%s: %+v, %v", tc.name, r, err)
		case !tc.repeated && (!errors.As(err, &e) || !e.Reused || e.Timeout):
			t.Errorf("%s: %+v, %v", tc.name, r, err)
		}
	}
}

// The second failure is final.
func TestRepeatedOnce(t *testing.T) {
	target := rawServer(t, func(n int, c net.Conn) {
		r := bufio.NewReader(c)
		if readHead(r) != "" && n == 0 {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			readHead(r)
		}
	})
	c := newClient(t, Options{})
	_, first := do(t.Context(), t, c, &Request{Target: target})
	_, second := do(t.Context(), t, c, &Request{Target: target})
	if s := c.Stats(); first != nil || !errors.Is(second, io.EOF) || s.Dials != 2 || s.Retries != 1 || s.Open != 0 {
		t.Errorf("%v, %v, %+v", first, second, s)
	}
}

// A reset, on a new connection, before and after the request.
func TestReset(t *testing.T) {
	for _, read := range []bool{false, true} {
		target := rawServer(t, func(_ int, c net.Conn) {
			if read {
				readHead(bufio.NewReader(c))
			}
			_ = c.(*net.TCPConn).SetLinger(0)
		})
		c := newClient(t, Options{})
		_, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: body("hi")})
		var e *Error
		if !errors.As(err, &e) || e.Timeout || e.Reused || e.Op == OpProtocol {
			t.Errorf("read %v: %v", read, err)
		}
	}
}

// Whatever the back end is slow at, the deadline ends it.
func TestDeadline(t *testing.T) {
	drip := func(s string) func(int, net.Conn) {
		return func(_ int, c net.Conn) {
			for i := range len(s) {
				if _, err := c.Write([]byte{s[i]}); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	silent := func(s string) func(int, net.Conn) {
		return func(_ int, c net.Conn) {
			_, _ = io.WriteString(c, s)
			_, _ = io.Copy(io.Discard, c)
		}
	}
	deaf := func(_ int, c net.Conn) { _, _ = c.Read(make([]byte, 1)); time.Sleep(300 * time.Millisecond) }
	cases := []struct {
		name   string
		handle func(int, net.Conn)
		body   int
		op     Op
	}{
		{"silence", silent(""), 0, OpRead},
		{"half a head", silent("HTTP/1.1 200 OK\r\nA: b"), 0, OpRead},
		{"dripping head", drip("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1000)), 0, OpRead},
		{"half a body", silent("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), 0, OpRead},
		{"dripping chunks", drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", 1000)), 0, OpRead},
		{"dripping stream", drip("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("x", 1000)), 0, OpRead},
		{"upload nobody reads", deaf, 64 << 20, OpWrite},
	}
	for _, tc := range cases {
		target := rawServer(t, tc.handle)
		c := newClient(t, Options{})
		start := time.Now()
		_, err := do(t.Context(), t, c, &Request{Target: target, Body: body(strings.Repeat("x", tc.body)), Deadline: start.Add(150 * time.Millisecond)})
		var e *Error
		if !errors.As(err, &e) || !e.Timeout || e.Op != tc.op && tc.body == 0 {
			t.Errorf("%s: %v", tc.name, err)
		}
		if took := time.Since(start); took < 100*time.Millisecond || took > 3*time.Second {
			t.Errorf("%s: took %v", tc.name, took)
		}
		if s := c.Stats(); s.Open != 0 {
			t.Errorf("%s: %+v", tc.name, s)
		}
	}
}

// With an idle timeout, a stream may take longer than the deadline, but not be silent for long.
func TestStreamIdle(t *testing.T) {
	target := rawServer(t, func(_ int, c net.Conn) {
		readHead(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		for range 10 {
			_, _ = io.WriteString(c, "x")
			time.Sleep(20 * time.Millisecond)
		}
		_, _ = io.Copy(io.Discard, c)
	})
	c := newClient(t, Options{})
	r, err := do(t.Context(), t, c, &Request{Target: target, Deadline: time.Now().Add(100 * time.Millisecond), StreamIdle: 700 * time.Millisecond})
	var e *Error
	if r.body != "xxxxxxxxxx" || !errors.As(err, &e) || !e.Timeout {
		t.Errorf("%q, %v", r.body, err)
	}
}

// An upload is answered before its end, by a back end that reads on, stops reading, or closes.
func TestEarlyResponse(t *testing.T) {
	const size = 100 << 20
	for name, after := range map[string]func(c net.Conn){
		"reads on": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"is deaf":  func(net.Conn) { time.Sleep(200 * time.Millisecond) },
		"closes":   func(net.Conn) {},
	} {
		target := rawServer(t, func(_ int, c net.Conn) {
			readHead(bufio.NewReaderSize(c, 16))
			_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			_, _ = io.CopyN(io.Discard, c, 1<<20)
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
			after(c)
		})
		large := make([]byte, size)
		for form, b := range map[string]*exchange.Body{
			"bytes":   {Bytes: large},
			"sized":   {Stream: io.NopCloser(struct{ io.Reader }{bytes.NewReader(large)}), Size: size},
			"chunked": {Stream: io.NopCloser(struct{ io.Reader }{bytes.NewReader(large)}), Size: -1},
		} {
			c := newClient(t, Options{})
			r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: b, Deadline: time.Now().Add(5 * time.Second)})
			if err != nil || r.status != 413 || r.body != "big" {
				t.Errorf("%s, back end %s: %+v, %v", form, name, r, err)
			}
			// One that reads on may have got all of it in the meantime.
			if s := c.Stats(); s.Open != 0 && name != "reads on" {
				t.Errorf("%s, back end %s: connection kept in the midst of a request", form, name)
			}
		}
	}
}

// A body reader that waits for its client is interrupted when the back end has answered, and otherwise left alone.
func TestEarlyResponseInterruptsBody(t *testing.T) {
	target := rawServer(t, func(_ int, c net.Conn) {
		readHead(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	client, server := net.Pipe()
	defer func() { _ = client.Close() }()
	go func() { _, _ = client.Write([]byte("beginning")) }()
	c := newClient(t, Options{})
	r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: &exchange.Body{Stream: server, Size: 1 << 20}})
	if err != nil || r.status != 401 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The end of the context ends the call within milliseconds, wherever it is, and leaves no connection.
func TestCancel(t *testing.T) {
	stuck := make(chan bool)
	defer close(stuck)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	silent := func(answer string) func(int, net.Conn) {
		return func(_ int, c net.Conn) { _, _ = io.WriteString(c, answer); <-stuck }
	}
	cases := []struct {
		name   string
		opts   Options
		tls    bool
		answer string
		body   *exchange.Body
	}{
		{name: "dial", opts: Options{Dial: dial}},
		{name: "handshake", tls: true},
		{name: "response"},
		{name: "head", answer: "HTTP/1.1 200 OK\r\nA: "},
		{name: "body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12"},
		{name: "stream", answer: "HTTP/1.1 200 OK\r\n\r\n12"},
		{name: "upload", body: body(strings.Repeat("x", 64<<20))},
	}
	for _, tc := range cases {
		target := rawServer(t, silent(tc.answer))
		target.TLS = tc.tls
		c := newClient(t, tc.opts)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		start := time.Now()
		_, err := do(ctx, t, c, &Request{Target: target, Method: []byte("POST"), Body: tc.body})
		if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 2*time.Second {
			t.Errorf("%s: %v after %v", tc.name, err, took)
		}
		if s := c.Stats(); s.Open != 0 || s.Retries != 0 {
			t.Errorf("%s: %+v", tc.name, s)
		}
	}
}

// ownContext is watched through its AfterFunc, as a listener's context may wish to be.
type ownContext struct {
	context.Context
	watched, stopped int
}

func (c *ownContext) AfterFunc(func()) func() bool {
	c.watched++

	return func() bool { c.stopped++; return true }
}

func TestOwnContext(t *testing.T) {
	target := newServer(t, echo)
	c := newClient(t, Options{})
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx := &ownContext{Context: parent}
	for i := range 3 {
		r, err := do(ctx, t, c, &Request{Target: target})
		if err != nil || r.reused != (i > 0) || ctx.watched != i+1 || ctx.stopped != i+1 {
			t.Errorf("%+v, %v, watched %d times, stopped %d times", r, err, ctx.watched, ctx.stopped)
		}
	}
}
