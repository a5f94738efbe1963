package dataplane

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Options says what a [Server] serves and where.
type Options struct {
	// HTTPAddr and HTTPSAddr are host:port to listen on; an empty one is not listened on.
	HTTPAddr, HTTPSAddr string
	// TLS gives the certificates for HTTPSAddr, by GetCertificate, GetConfigForClient or Certificates; see [Certificates].
	// NextProtos is filled if it is empty; configurations that GetConfigForClient returns have to name "h2" and "http/1.1"
	// themselves.
	TLS     *tls.Config
	Handler Handler
	Limits  Limits
	Log     *slog.Logger
}

// Server is the data plane's listeners and their connections.
type Server struct {
	opts    Options
	handler Handler
	limits  Limits
	log     *slog.Logger
	tls     *tls.Config
	http2   *http2Server

	exchanges sync.Pool  // of *exchange.Exchange
	buffers   *sync.Pool // of *[]byte: heads
	blocks    *sync.Pool // of *[]byte of smallBody: bodies

	clock    atomic.Int64 // the sweeper's, in milliseconds since Start
	httpDate atomic.Pointer[[]byte]
	dated    int64 // the second that httpDate tells
	tick     time.Duration
	draining atomic.Bool
	done     chan struct{}
	base     context.Context
	cancel   context.CancelCauseFunc
	finished sync.Once

	accepted  atomic.Uint64
	accepting atomic.Int32 // listeners that may still hand over a connection
	mu        sync.Mutex
	listeners []net.Listener
	conns     map[*conn]struct{}

	httpListener, httpsListener net.Listener
}

// New checks the options and returns a server that does not listen yet.
func New(o Options) (*Server, error) {
	switch {
	case o.Handler == nil:
		return nil, errors.New("dataplane: no handler")
	case o.HTTPAddr == "" && o.HTTPSAddr == "":
		return nil, errors.New("dataplane: no address to listen on")
	case o.HTTPSAddr != "" && o.TLS == nil:
		return nil, errors.New("dataplane: no certificates for the TLS listener")
	}
	s := &Server{
		opts: o, handler: o.Handler, limits: o.Limits.withDefaults(), log: o.Log,
		buffers: newPool(bufferSize), blocks: newPool(smallBody),
		tick: sweepEvery, done: make(chan struct{}), conns: map[*conn]struct{}{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.exchanges.New = func() any { return new(exchange.Exchange) }
	s.base, s.cancel = context.WithCancelCause(context.Background())
	s.setDate(time.Now())
	if o.TLS != nil {
		s.tls = o.TLS.Clone()
		if len(s.tls.NextProtos) == 0 {
			s.tls.NextProtos = []string{"h2", "http/1.1"}
		}
	}
	s.http2 = newHTTP2Server(s.base, s.handler, s.limits, s.log)
	return s, nil
}

func newPool(size int) *sync.Pool {
	return &sync.Pool{New: func() any { b := make([]byte, size); return &b }}
}

// Start listens and begins to serve. ctx bounds the listening only; see [Server.Stop]. After an error nothing is left open.
func (s *Server) Start(ctx context.Context) error {
	var err error
	if s.httpListener, err = s.listen(ctx, s.opts.HTTPAddr, false); err == nil {
		s.httpsListener, err = s.listen(ctx, s.opts.HTTPSAddr, true)
	}
	if err != nil {
		s.closeListeners()
		return err
	}
	go s.sweep()
	go func() { _ = s.http2.Serve(s.http2.handoff) }() // it ends when Stop shuts it down
	return nil
}

func (s *Server) listen(ctx context.Context, addr string, isTLS bool) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dataplane: %w", err)
	}
	s.listeners = append(s.listeners, l)
	s.accepting.Add(1)
	go s.accept(l, isTLS)
	return l, nil
}

// HTTPAddr returns the address of the plain listener, or nil.
func (s *Server) HTTPAddr() net.Addr { return addrOf(s.httpListener) }

// HTTPSAddr returns the address of the TLS listener, or nil.
func (s *Server) HTTPSAddr() net.Addr { return addrOf(s.httpsListener) }

func addrOf(l net.Listener) net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

func (s *Server) accept(l net.Listener, isTLS bool) {
	defer s.accepting.Add(-1)
	slots := newSlots(s.limits.MaxConns)
	for {
		slots.acquire()
		nc, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			slots.release()
			s.log.Error("cannot accept a connection", slog.Any("error", err))
			time.Sleep(acceptPause) // out of descriptors, most likely
			continue
		}
		s.accepted.Add(1)
		c := s.add(nc, isTLS)
		go func() {
			defer slots.release()
			c.serve()
		}()
	}
}

// slots bounds the connections of a listener; nil does not.
type slots chan struct{}

func newSlots(n int) slots {
	if n <= 0 {
		return nil
	}
	return make(slots, n)
}

func (s slots) acquire() {
	if s != nil {
		s <- struct{}{}
	}
}

func (s slots) release() {
	if s != nil {
		<-s
	}
}

const acceptPause = 50 * time.Millisecond

// add takes charge of an accepted connection.
func (s *Server) add(nc net.Conn, isTLS bool) *conn {
	c := s.newConn(nc, isTLS)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	return c
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// Stop drains: it closes the listeners and idle connections, lets calls in flight finish, and asks clients to open no
// further ones (Connection: close; GOAWAY). When ctx ends it closes what is left and returns ctx's error.
func (s *Server) Stop(ctx context.Context) error {
	s.draining.Store(true)
	s.closeListeners()
	defer s.finish()
	h2done := make(chan struct{})
	go func() {
		defer close(h2done)
		_ = s.http2.Shutdown(ctx) // sends GOAWAY; what it does not end in time, closeAll does
	}()
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for s.accepting.Load() > 0 || s.open() > 0 {
		select {
		case <-ctx.Done():
			s.closeAll()
			return ctx.Err()
		case <-ticker.C:
		}
	}
	<-h2done
	return nil
}

// Connections tells how many client connections are open, and how many were accepted since the start.
func (s *Server) Connections() (open int, accepted uint64) { return s.open(), s.accepted.Load() }

const drainPoll = 10 * time.Millisecond

func (s *Server) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		_ = l.Close() // closed twice at worst
	}
}

func (s *Server) closeAll() {
	s.cancel(errServerClosed)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.socket.Close() // its goroutine notices
	}
}

func (s *Server) finish() {
	s.finished.Do(func() { close(s.done) })
	s.cancel(errServerClosed)
}

// date returns the value of the Date field, at most a sweep old.
func (s *Server) date() []byte { return *s.httpDate.Load() }

func (s *Server) setDate(now time.Time) {
	if old := s.httpDate.Load(); old == nil || now.Unix() != s.dated {
		b := now.UTC().AppendFormat(nil, http.TimeFormat)
		s.httpDate.Store(&b)
		s.dated = now.Unix()
	}
}
