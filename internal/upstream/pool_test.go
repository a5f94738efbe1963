package upstream

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

func TestLimit(t *testing.T) {
	var now, most atomic.Int64
	target := newServer(t, func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		now.Add(-1)
	})
	c := newClient(t, Options{MaxConnsPerHost: 3})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				if _, err := do(t.Context(), t, c, &Request{Target: target, Deadline: time.Now().Add(5 * time.Second)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := c.Stats(); s.Open > 3 || s.Open != s.Idle || most.Load() > 3 || s.Dials+s.Reuses-s.Stale != 200 {
		t.Errorf("%d at once, %+v", most.Load(), s)
	}
}

// Waiting for a connection ends with the deadline or the context, and gives up what came too late.
func TestLimitWaits(t *testing.T) {
	release := make(chan bool)
	target := newServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	c := newClient(t, Options{MaxConnsPerHost: 1})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = do(t.Context(), t, c, &Request{Target: target}) })
	for c.Stats().Open == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err := do(t.Context(), t, c, &Request{Target: target, Deadline: time.Now().Add(20 * time.Millisecond)})
	var e *Error
	if !errors.As(err, &e) || e.Op != OpWait || !e.Timeout {
		t.Errorf("deadline: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := do(ctx, t, c, &Request{Target: target}); !errors.Is(err, context.Canceled) {
		t.Errorf("context: %v", err)
	}
	close(release)
	if r, err := do(t.Context(), t, c, &Request{Target: target}); err != nil || !r.reused {
		t.Errorf("after release: %+v, %v", r, err)
	}
	wg.Wait()
}

// A place that is given up by a failing call goes to the next one.
func TestLimitAfterFailure(t *testing.T) {
	target := rawServer(t, func(_ int, c net.Conn) { readHead(bufio.NewReader(c)) })
	c := newClient(t, Options{MaxConnsPerHost: 1})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := do(t.Context(), t, c, &Request{Target: target, Deadline: time.Now().Add(5 * time.Second)})
			var e *Error
			if !errors.As(err, &e) || e.Timeout || !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := c.Stats(); s.Dials != 10 || s.Open != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMaxIdle(t *testing.T) {
	gate := make(chan bool)
	target := newServer(t, func(http.ResponseWriter, *http.Request) { <-gate })
	c := newClient(t, Options{MaxIdlePerHost: 2})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := do(t.Context(), t, c, &Request{Target: target}); err != nil {
				t.Error(err)
			}
		})
	}
	for range 5 {
		gate <- true
	}
	wg.Wait()
	if s := c.Stats(); s.Open != 2 || s.Idle != 2 {
		t.Errorf("%+v", s)
	}
}

// Idle connections are closed in time; a pool that has none left is forgotten, and its target finds a new one.
func TestIdleTimeout(t *testing.T) {
	target := newServer(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{IdleTimeout: time.Hour})
	if _, err := do(t.Context(), t, c, &Request{Target: target}); err != nil {
		t.Fatal(err)
	}
	for tick := range int64(ticks) {
		if s := c.Stats(); s.Idle != 1 {
			t.Fatalf("closed after %d of %d ticks", tick, ticks)
		}
		c.expire(c.tick.Add(1))
	}
	if s := c.Stats(); s.Open != 0 || s.Idle != 0 {
		t.Errorf("%+v", s)
	}
	c.expire(c.tick.Add(1))
	if len(c.pools) != 0 {
		t.Error("the pool is still there")
	}
	r, err := do(t.Context(), t, c, &Request{Target: target})
	if s := c.Stats(); err != nil || r.reused || s.Dials != 2 || s.Open != 1 {
		t.Errorf("%+v, %v, %+v", r, err, s)
	}
}

// Equal targets share connections; clients and different targets do not.
func TestTargets(t *testing.T) {
	target := newServer(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, Options{})
	other := newClient(t, Options{})
	for i, tc := range []struct {
		client *Client
		target *Target
		reused bool
	}{
		{c, target, false},
		{c, target, true},
		{c, &Target{Addr: target.Addr}, true},
		{c, &Target{Addr: target.Addr, ServerName: "ignored.without.tls"}, true},
		{other, target, false},
		{c, target, true},
		{c, &Target{Addr: strings.Replace(target.Addr, "127.0.0.1", "localhost", 1)}, false},
	} {
		if r, err := do(t.Context(), t, tc.client, &Request{Target: tc.target}); err != nil || r.reused != tc.reused {
			t.Errorf("call %d: %+v, %v", i, r, err)
		}
	}
}

func TestClose(t *testing.T) {
	inside, leave := make(chan bool), make(chan bool)
	target := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			inside <- true
			<-leave
		}
	})
	c := New(Options{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := do(t.Context(), t, c, &Request{Target: target, RequestTarget: []byte("/wait")}); err != nil {
			t.Errorf("call in flight: %v", err)
		}
	})
	<-inside
	if _, err := do(t.Context(), t, c, &Request{Target: target}); err != nil {
		t.Error(err)
	}
	c.Close()
	c.Close()
	if _, err := do(t.Context(), t, c, &Request{Target: &Target{Addr: target.Addr}}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := do(t.Context(), t, c, &Request{Target: target}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close, known target: %v", err)
	}
	leave <- true
	wg.Wait()
}

func TestDialFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c := newClient(t, Options{ConnectTimeout: 50 * time.Millisecond})
	var e *Error
	_, err = do(t.Context(), t, c, &Request{Target: &Target{Addr: l.Addr().String()}})
	if !errors.As(err, &e) || e.Op != OpDial || e.Timeout {
		t.Errorf("refused: %v", err)
	}
	if s := c.Stats(); s.Dials != 1 || s.DialFailures != 1 || s.Open != 0 {
		t.Errorf("%+v", s)
	}
	slow := newClient(t, Options{ConnectTimeout: 20 * time.Millisecond, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	_, err = do(t.Context(), t, slow, &Request{Target: &Target{Addr: "192.0.2.1:80"}})
	if !errors.As(err, &e) || e.Op != OpDial || !e.Timeout {
		t.Errorf("connect timeout: %v", err)
	}
}

// A connection without a descriptor works too, without the look before reuse.
func TestOtherConnections(t *testing.T) {
	target := newServer(t, echo)
	c := newClient(t, Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return struct{ net.Conn }{conn}, err
	}})
	for _, size := range []int{0, 10, 100 << 10} {
		r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("POST"), Body: body(strings.Repeat("x", size))})
		if err != nil || len(r.body) != size || r.reused != (size > 0) {
			t.Errorf("%d bytes: %+v, %v", size, r, err)
		}
	}
}

// Streams that are closed early, twice, or read on after their end, do no harm to later calls.
func TestStreamMisuse(t *testing.T) {
	large := strings.Repeat("x", 200<<10)
	target := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, large) })
	c := newClient(t, Options{})
	var x exchange.Exchange
	open := func() io.ReadCloser {
		resp := Response{Response: &x.Response}
		req := &Request{Target: target, Method: []byte("GET"), RequestTarget: []byte("/"), Host: []byte("h")}
		if err := c.Do(t.Context(), req, &resp); err != nil {
			t.Fatal(err)
		}
		return resp.Body.Stream
	}
	early := open()
	_ = early.Close()
	if s := c.Stats(); s.Open != 0 {
		t.Errorf("unread stream kept its connection: %+v", s)
	}
	read := open()
	if b, err := io.ReadAll(read); string(b) != large || err != nil {
		t.Fatal(len(b), err)
	}
	next := open()
	for _, old := range []io.ReadCloser{early, read} {
		if n, err := old.Read(make([]byte, 10)); n != 0 || err == nil {
			t.Errorf("ended stream gave %d bytes, %v", n, err)
		}
		_ = old.Close()
		_ = old.Close()
	}
	if b, err := io.ReadAll(next); string(b) != large || err != nil {
		t.Error(len(b), err)
	}
	if s := c.Stats(); s.Dials != 2 || s.Idle != 1 {
		t.Errorf("%+v", s)
	}
}

// Nothing is left running after any kind of call.
func TestNoGoroutinesLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	target := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			w.WriteHeader(413)
			return
		}
		echo(w, r)
	})
	c := New(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	for _, path := range []string{"/", "/early"} {
		for _, size := range []int{0, 1 << 10, 1 << 20} {
			_, _ = do(ctx, t, c, &Request{Target: target, Method: []byte("POST"), RequestTarget: []byte(path), Body: body(strings.Repeat("x", size))})
			_, _ = do(ctx, t, c, &Request{Target: target, Method: []byte("POST"), RequestTarget: []byte(path), Body: streamed(strings.Repeat("x", size), -1)})
		}
	}
	c.Close()
	running := 0
	for range 100 {
		// The server's goroutines end a moment after their connections.
		if running = runtime.NumGoroutine(); running <= before+1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if running > before+1 {
		t.Errorf("%d goroutines before, %d after", before, running)
	}
	cancel()
}
