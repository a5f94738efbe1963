// Package upstream carries calls to HTTP/1.1 back ends: it pools connections, writes a request, reads a response, and
// stands between the integration steps (and whatever else calls HTTP: authorizers, function endpoints) and the network.
//
// It keeps the order and case of header fields, streams bodies both ways, gives up a call the moment its context ends,
// and bounds everything by one deadline, without a goroutine or timer of its own per call. It trusts no back end: a
// response whose framing is ambiguous is an error, and a connection on which a byte arrived that nobody asked for is
// never used again.
//
// It may import exchange, rawio and the standard library only.
package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Options configure a [Client]. The zero value of each field stands for its default.
type Options struct {
	// Dial connects; the default is a net.Dialer, which resolves the name each time and races address families.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is the base of every TLS configuration, such as roots and versions; a Target's own settings override it.
	// Certificates are verified against the system's roots by default.
	TLS *tls.Config
	// ConnectTimeout bounds dialling and handshake together (10 s); a call's deadline may end them sooner.
	ConnectTimeout time.Duration
	// MaxIdlePerHost is how many unused connections are kept for each target (1024).
	MaxIdlePerHost int
	// MaxConnsPerHost is how many connections a target may have at all; calls beyond it wait. 0 means no limit.
	MaxConnsPerHost int
	// IdleTimeout is the longest time that a connection is kept unused (55 s: less than the 60 s after which
	// many servers close theirs).
	IdleTimeout time.Duration
	// MaxHeadBytes limits a response's head, each informational head and the trailers (64 KiB).
	MaxHeadBytes int
	// MaxWholeBody is the largest response body of known length that is read whole before Do returns (64 KiB).
	MaxWholeBody int
}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	setDefault(&o.ConnectTimeout, 10*time.Second)
	setDefault(&o.MaxIdlePerHost, 1024)
	setDefault(&o.IdleTimeout, 55*time.Second)
	setDefault(&o.MaxHeadBytes, 64<<10)
	setDefault(&o.MaxWholeBody, 64<<10)
	return o
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Allocator gives memory that lives as long as the response is needed; *[exchange.Exchange] is one.
type Allocator interface {
	Alloc(n int) []byte
}

// Request is what to send. Nothing of it is kept after Do has returned, and Do never closes Body.
type Request struct {
	Target *Target
	// Method and RequestTarget (path and query) go out as they are. Host is the authority of the Host field.
	Method, RequestTarget, Host []byte
	// Header holds the end-to-end fields in the order in which they are sent; nil for none. Fields that
	// belong to the connection (Host, Content-Length, Transfer-Encoding, Connection and the like) are left out.
	Header *exchange.Header
	// Body is sent with Content-Length when its length is known, else chunked; nil for none.
	//
	// Its Stream is read by the goroutine that called Do and no other, and bounds its own waiting. If it has a method SetReadDeadline(time.Time)
	// error, that may be called from another goroutine to end a Read that waits while the back end has answered already.
	Body *exchange.Body
	// Deadline ends the whole call, body of the response included; zero for none.
	Deadline time.Time
	// StreamIdle, if not zero, replaces the deadline once the response's head is there and its body is a stream: then
	// each Read may wait that long.
	StreamIdle time.Duration
	// StreamUntil, if not zero, ends that stream besides.
	StreamUntil time.Time
}

// Response is where Do puts what it got.
type Response struct {
	// Response receives status, end-to-end fields and body; its Status is 0 when Do fails. Fields that belong to the
	// connection and Content-Length are left out: the length is the body's.
	//
	// A body whose Stream is not nil must be closed. One that was read to its end gives its connection back.
	*exchange.Response
	// Memory holds head and whole body; nil to allocate them.
	Memory Allocator
	// ContentLength is what the response declared, or -1. For HEAD and 304 it is the only trace of the length.
	ContentLength int64
	// Reused tells that the connection had served an earlier call.
	Reused bool
}

func (r *Response) alloc(n int) []byte {
	if r.Memory == nil {
		return make([]byte, n)
	}
	return r.Memory.Alloc(n)
}

// Client owns connections to any number of targets. It is safe for use by many goroutines.
type Client struct {
	opts  Options
	calls sync.Pool
	// pieces are *[inlineBody]byte.
	pieces sync.Pool
	// tick counts eighths of the idle timeout; it is the pools' clock.
	tick atomic.Int64
	quit chan struct{}
	done chan struct{}

	retries atomic.Int64

	mu      sync.Mutex
	closed  bool
	pools   map[key]*pool
	retired counts
}

// New returns a client. It runs one goroutine, which closes idle connections, until Close.
func New(opts Options) *Client {
	c := &Client{
		opts:  opts.withDefaults(),
		quit:  make(chan struct{}),
		done:  make(chan struct{}),
		pools: make(map[key]*pool),
	}
	c.calls.New = func() any { return &call{client: c, in: make([]byte, readSize)} }
	go c.sweep()
	return c
}

// Close closes idle connections now and those in use when their call ends. Calls begun later fail with [ErrClosed].
func (c *Client) Close() {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	pools := c.pools
	c.pools = nil
	c.mu.Unlock()
	close(c.quit)
	<-c.done
	for _, p := range pools {
		p.retire()
	}
}

// Do sends req and fills resp. It returns when the response's head, and its body if that is small, has been read; a
// large body is a stream that reads on from the connection.
//
// When ctx ends, or with it the client's interest, the connection is closed at once, also under a stream. A context
// that has a method AfterFunc(func()) func() bool is watched by it, which may be cheaper than context.AfterFunc.
//
// An idle connection that turns out to be closed, or to carry bytes nobody asked for, is replaced before anything is
// sent. A call that fails on a reused connection is repeated once, by net/http's rule: if the connection took nothing of
// the request, or if no byte of a response came and the method is GET, HEAD, OPTIONS or TRACE or the request has
// an Idempotency-Key. A body that was not whole in memory, or in the first 32 KiB read from it, is never repeated.
//
// Every error is an *[Error].
func (c *Client) Do(ctx context.Context, req *Request, resp *Response) error {
	k := c.calls.Get().(*call)
	k.ctx = ctx
	err := k.run(req, resp)
	if err != nil {
		resp.Status, resp.Body = 0, exchange.Body{}
		resp.Header.Reset()
		return err
	}
	return nil
}

// run takes the call to its end, through stale connections and at most one repetition. It gives k back to the
// client's pool unless a stream still needs it.
func (k *call) run(req *Request, resp *Response) error {
	if k.ctx.Err() != nil {
		err := fail(k.ctx, OpWait, nil)
		k.free()
		return err
	}
	if err := k.prepare(req); err != nil {
		k.free()
		return err
	}
	for repeated := false; ; {
		cn, err := k.client.connect(k.ctx, req)
		if err == nil {
			err = k.attempt(cn, req, resp)
		}
		if err == nil {
			return nil
		}
		if errors.Is(err, errStale) {
			continue
		}
		if repeated || !k.repeatable(req, err) {
			k.free()
			return err
		}
		repeated = true
		k.client.retries.Add(1)
	}
}

// errStale is an idle connection that was found unusable before anything was sent.
var errStale = &Error{Op: OpWrite, Err: errors.New("idle connection was closed by the back end")}

func (k *call) repeatable(req *Request, err error) bool {
	var e *Error
	if !errors.As(err, &e) || !e.Reused || !k.out.whole() || k.ctx.Err() != nil || e.Timeout {
		return false
	}
	return e.untouched || e.unanswered && idempotent(req)
}

func idempotent(req *Request) bool {
	switch string(req.Method) {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return req.Header != nil && (req.Header.Has("Idempotency-Key") || req.Header.Has("X-Idempotency-Key"))
}

// Stats is how a client is doing: all but Open and Idle only ever grow.
type Stats struct {
	// Dials and DialFailures count connection attempts and those that failed, handshake included.
	Dials, DialFailures int64
	// Reuses counts calls that got an idle connection, Stale those of these connections that were found closed.
	Reuses, Stale int64
	// Retries counts calls that were repeated on another connection.
	Retries int64
	// Open and Idle are connections now: all of them, and those of them that wait for a call.
	Open, Idle int64
}

// Stats returns a snapshot.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, idle := c.retired, 0
	for _, p := range c.pools {
		p.mu.Lock()
		sum.add(p.counts)
		idle += len(p.idle)
		p.mu.Unlock()
	}
	return Stats{
		Dials: sum.dials, DialFailures: sum.failures, Reuses: sum.reuses, Stale: sum.staleConns,
		Retries: c.retries.Load(), Open: sum.open, Idle: int64(idle),
	}
}
