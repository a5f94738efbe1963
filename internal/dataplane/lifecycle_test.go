package dataplane

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

const short = 60 * time.Millisecond

func TestTimeouts(t *testing.T) {
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		if string(x.Request.Path) == "/zeros" {
			x.Response.Status = 200
			x.Response.Body = exchange.Body{Stream: &zeros{1 << 30}, Size: 1 << 30}
			return
		}
		echo(ctx, x)
	}), Limits{HeadTimeout: short, BodyTimeout: short, IdleTimeout: short, WriteTimeout: short})
	for _, tc := range []struct {
		name, raw string
		want      string // what the response begins with
	}{
		{"silence", "", ""},
		{"slow request line", "GET / HT", "HTTP/1.1 408 "},
		{"slow head", "GET / HTTP/1.1\r\nHost: a\r\nX-A", "HTTP/1.1 408 "},
		{"slow preface", "PRI * HTTP/2.0\r\n\r\nS", "HTTP/1.1 505 "},
		{"slow small body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 408 "},
		{"slow big body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\nabc", "HTTP/1.1 400 "},
		{"slow chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "HTTP/1.1 408 "},
		{"idle", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			c := dial(t, s).send(tc.raw)
			got, err := io.ReadAll(c.r)
			if !strings.HasPrefix(string(got), tc.want) || tc.want == "" && len(got) > 0 {
				t.Fatalf("got %.60q (%v), want %q", got, err, tc.want)
			}
			if took := time.Since(began); took < short/2 || took > 50*short {
				t.Fatalf("connection ended after %v", took)
			}
		})
	}
	t.Run("slow reader", func(t *testing.T) {
		t.Parallel()
		c := dial(t, s).send("GET /zeros HTTP/1.1\r\nHost: a\r\n\r\n")
		for s.open() > 0 && !t.Failed() {
			if _, err := c.Write([]byte("x")); err != nil {
				return // the server has closed
			}
			time.Sleep(time.Millisecond)
		}
	})
}

// A body or response that goes on slowly but steadily is not cut off.
func TestSteadyTransfersAreNotCutOff(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{BodyTimeout: 10 * short})
	c := dial(t, s).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n")
	for range 8 {
		time.Sleep(2 * short)
		c.send("x")
	}
	if resp := c.receive("POST"); resp.StatusCode != 200 {
		t.Fatalf("status %d", resp.StatusCode)
	}
}

func TestClientAbortCancelsCall(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	s := startEvery(t, sweepEvery, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		began <- struct{}{}
		select {
		case <-ctx.Done():
			ended <- context.Cause(ctx)
		case <-time.After(5 * time.Second):
			ended <- errors.New("call went on")
		}
		x.Response.Status = 200
	}), Limits{})
	for _, tc := range []struct {
		name string
		raw  string
		end  func(c *client) error
	}{
		{"close", "", func(c *client) error { return c.Close() }},
		{"reset", "", func(c *client) error { c.setLinger(); return c.Close() }},
		{"close behind a pipelined request", "GET /next HTTP/1.1\r\nHost: a\r\n\r\n", func(c *client) error { return c.Close() }},
	} {
		c := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		<-began
		c.send(tc.raw)
		if err := tc.end(c); err != nil {
			t.Fatal(err)
		}
		left := time.Now()
		if err := <-ended; !errors.Is(err, ErrClientGone) {
			t.Errorf("%s: %v", tc.name, err)
		} else if took := time.Since(left); took > time.Second {
			t.Errorf("%s: cancelled after %v", tc.name, took)
		}
	}
}

func TestWaitingClientIsNotAnAbort(t *testing.T) {
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		select {
		case <-ctx.Done():
			x.Response.Status = 500
		case <-time.After(100 * time.Millisecond):
			x.Response.Status = 200
		}
	}), Limits{})
	c := dial(t, s).send(strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3))
	for range 3 {
		if resp := c.receive("GET"); resp.StatusCode != 200 {
			t.Fatal("a client that waits was taken for gone")
		}
	}
}

func TestStopLetsCallsFinish(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		if string(x.Request.Path) == "/wait" {
			close(began)
			<-release
		}
		x.Response.Status = 200
	}), Limits{})
	idle, busy, fresh := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), dial(t, s).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"), dial(t, s)
	idle.receive("GET")
	<-began
	stopped := make(chan error)
	go func() { stopped <- s.Stop(t.Context()) }()
	if !idle.closed() || !fresh.closed() {
		t.Fatal("idle connections stayed open")
	}
	if _, err := http.Get("http://" + s.HTTPAddr().String()); err == nil {
		t.Fatal("a new connection was accepted")
	}
	select {
	case err := <-stopped:
		t.Fatalf("Stop returned %v with a call in flight", err)
	default:
	}
	close(release)
	if resp := busy.receive("GET"); resp.StatusCode != 200 || !resp.Close {
		t.Fatalf("status %d, close %v", resp.StatusCode, resp.Close)
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

func TestStopGivesUp(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	s := start(t, handlerFunc(func(ctx context.Context, _ *exchange.Exchange) {
		close(began)
		<-ctx.Done()
		ended <- context.Cause(ctx)
	}), Limits{})
	c := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), short)
	defer cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Stop: %v", err)
	}
	if err := <-ended; !errors.Is(err, errServerClosed) || !c.closed() {
		t.Fatalf("call ended with %v", err)
	}
}

// Clients that reuse connections as fast as they can lose no call while the server drains: each response says whether there
// may be another on this connection.
func TestStopUnderLoadLosesNoCall(t *testing.T) {
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) { x.Response.Status = 200 }), Limits{})
	var clients sync.WaitGroup
	var calls, lost atomic.Int64
	for range 32 {
		c := dial(t, s)
		clients.Go(func() {
			for {
				_, err := io.WriteString(c.Conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
				resp, rerr := http.ReadResponse(c.r, nil)
				if err != nil || rerr != nil {
					lost.Add(1)
					return
				}
				if calls.Add(1); resp.Close {
					return
				}
			}
		})
	}
	for calls.Load() < 2000 {
		time.Sleep(time.Millisecond)
	}
	stop(t, s)
	clients.Wait()
	if lost.Load() > 0 {
		t.Fatalf("%d of %d calls lost", lost.Load(), calls.Load())
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	h := handlerFunc(echo)
	for _, o := range []Options{{HTTPAddr: ":0"}, {Handler: h}, {Handler: h, HTTPSAddr: ":0"}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	s, err := New(Options{Handler: h, HTTPAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer stop(t, s)
	taken, _ := New(Options{Handler: h, HTTPAddr: s.HTTPAddr().String()})
	if err := taken.Start(t.Context()); err == nil || !strings.Contains(err.Error(), s.HTTPAddr().String()) {
		t.Fatalf("an address in use gives %v", err)
	}
}
