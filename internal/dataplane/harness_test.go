package dataplane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// handlerFunc is a Handler that refuses as the real one does.
type handlerFunc func(ctx context.Context, x *exchange.Exchange)

func (f handlerFunc) Serve(ctx context.Context, x *exchange.Exchange) { f(ctx, x) }

func (f handlerFunc) Refuse(x *exchange.Exchange, fault *exchange.Fault) { refuse(x, fault) }

func refuse(x *exchange.Exchange, fault *exchange.Fault) {
	d := fault.Kind.Default()
	x.Fault = fault
	x.Response.Status = d.Status
	x.Response.Header.Add([]byte("Content-Type"), []byte("application/json"))
	x.Response.Body.Bytes = fmt.Appendf(nil, `{"message":"%s"}`, d.Message)
}

// readBody returns the request's body however it comes.
func readBody(x *exchange.Exchange) ([]byte, error) {
	if x.Request.Body.Stream == nil {
		return x.Request.Body.Bytes, nil
	}
	return io.ReadAll(x.Request.Body.Stream)
}

// echo answers with what it was asked, one line per part of the request.
func echo(_ context.Context, x *exchange.Exchange) {
	body, err := readBody(x)
	switch {
	case errors.Is(err, exchange.ErrBodyTooLarge):
		refuse(x, exchange.Refuse(exchange.KindRequestTooLarge, err))
		return
	case err != nil:
		refuse(x, exchange.Refuse(exchange.KindBadRequest, err))
		return
	}
	q := &x.Request
	out := fmt.Appendf(nil, "%s|%s|%s|%s|%v|%d\n", q.Method, q.Path, q.Query, q.Host, q.Proto, len(body))
	for _, f := range q.Header.Fields() {
		out = fmt.Appendf(out, "%s: %s\n", f.Name, f.Value)
	}
	out = fmt.Appendf(out, "\n%s", body)
	x.Response.Status = 200
	x.Response.Header.Add([]byte("Content-Type"), []byte("text/plain"))
	x.Response.Body.Bytes = out
}

// start runs a server on loopback for the test's duration. It sweeps often, so that short limits can be tested.
func start(t testing.TB, h Handler, limits Limits) *Server {
	t.Helper()
	return startEvery(t, 5*time.Millisecond, h, limits)
}

func startEvery(t testing.TB, tick time.Duration, h Handler, limits Limits) *Server {
	t.Helper()
	s, err := New(Options{HTTPAddr: "127.0.0.1:0", Handler: h, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	s.tick = tick
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// client is one raw connection.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, s *Server) *client {
	t.Helper()
	nc, err := net.Dial("tcp", s.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
	return &client{t, nc, bufio.NewReader(nc)}
}

func (c *client) send(s string) *client {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatal(err)
	}
	return c
}

// write sends what the server may not want to read to its end.
func (c *client) write(s string) { _, _ = io.WriteString(c.Conn, s) }

type response struct {
	*http.Response
	body string
}

// receive reads one response to a request with that method.
func (c *client) receive(method string) response {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read response: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("read body: %v", err)
	}
	return response{resp, string(body)}
}

// closed reports whether the server ends the connection without sending more.
func (c *client) closed() bool {
	b, err := c.r.ReadByte()
	if err == nil {
		c.t.Logf("unexpected byte %q", b)
	}
	return errors.Is(err, io.EOF) || err != nil && strings.Contains(err.Error(), "reset")
}

// count reads one response and returns its body's length.
func (c *client) count(method string) int64 {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// setLinger makes Close reset the connection.
func (c *client) setLinger() { _ = c.Conn.(*net.TCPConn).SetLinger(0) }
