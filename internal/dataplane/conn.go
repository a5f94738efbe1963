package dataplane

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// conn serves one connection. Its own goroutine does all the work; the sweeper (sweep.go) reads state and ends what takes
// too long.
type conn struct {
	srv           *Server
	net           net.Conn        // what is read and written: the socket, or TLS over it
	socket        *socket         // the sweeper touches nothing else
	look          syscall.RawConn // the socket, past its methods; nil if there is none
	waiter        waiter
	remote, local netip.AddrPort
	isTLS         bool

	ctx    context.Context
	cancel context.CancelCauseFunc
	state  atomic.Int64 // phase and when it began; see enter

	in     input
	head   head
	body   body
	served bool // a request has been read
	last   bool // the call in flight is the connection's last
}

func (s *Server) newConn(nc net.Conn, isTLS bool) *conn {
	sock := &socket{Conn: nc, closed: make(chan struct{})}
	c := &conn{srv: s, net: sock, socket: sock, isTLS: isTLS, remote: addrPort(nc.RemoteAddr()), local: addrPort(nc.LocalAddr())}
	if sc, ok := nc.(syscall.Conn); ok {
		c.look, _ = sc.SyscallConn() // without it aborts are not seen and idle connections keep a buffer
	}
	c.ctx, c.cancel = context.WithCancelCause(s.base)
	c.in = input{src: nc, pool: s.buffers}
	c.body.c = c
	c.waiter.in = &c.in
	c.state.Store(s.stamp(phaseNew))
	return c
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		p := tcp.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}

// serve runs the connection to its end.
func (c *conn) serve() {
	defer c.end()
	if c.isTLS {
		http2, err := c.handshake()
		if err != nil {
			return
		}
		if http2 {
			c.serveHTTP2()
			return
		}
	} else if c.isPreface() {
		c.serveHTTP2()
		return
	}
	for persist := true; persist && c.await(); {
		x := c.srv.exchanges.Get().(*exchange.Exchange)
		persist = c.call(x)
		x.Reset()
		c.srv.exchanges.Put(x)
		c.body.release()
		c.in.release()
	}
}

func (c *conn) end() {
	if p := recover(); p != nil {
		c.srv.log.Error("connection failed", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	}
	c.cancel(context.Canceled)
	_ = c.net.Close() // there is nobody left to tell
	c.srv.forget(c)
}

// handshake does TLS's and reports whether HTTP/2 was agreed on.
func (c *conn) handshake() (http2 bool, err error) {
	t := tls.Server(c.net, c.srv.tls)
	if err := t.HandshakeContext(c.ctx); err != nil {
		c.srv.log.Debug("TLS handshake failed", slog.String("remote", c.remote.String()), slog.Any("error", err))
		return false, err
	}
	c.net, c.in.src = t, t
	return t.ConnectionState().NegotiatedProtocol == "h2", c.enter(phaseNew)
}

// isPreface reads until it is clear whether the client speaks HTTP/2 without having asked (RFC 9113, 3.3). It consumes
// nothing.
func (c *conn) isPreface() bool {
	for {
		if _, err := c.in.fill(); err != nil {
			return false
		}
		got := c.in.buf[c.in.r:c.in.w]
		n := min(len(got), len(preface))
		switch {
		case string(got[:n]) != preface[:n]:
			return false
		case n == len(preface):
			return true
		}
	}
}

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// await waits for the first bytes of the next request and reports whether there are any.
func (c *conn) await() bool {
	if c.in.buffered() == 0 {
		if c.served && c.enter(phaseIdle) != nil {
			return false
		}
		if c.wait() != nil && !c.rescue() {
			return false
		}
	}
	if c.enter(phaseHead) != nil {
		c.revive(phaseHead)
	}
	return true
}

// rescue looks, after the wait for a request was ended, whether one has arrived in the same moment.
func (c *conn) rescue() bool {
	if !c.served || c.look == nil || !pending(c.look) {
		return false
	}
	c.revive(phaseHead)
	_, err := c.in.fill()
	return err == nil
}

// call reads one request, has it answered and writes the answer. It reports whether the connection stays open.
func (c *conn) call(x *exchange.Exchange) bool {
	refused, err := c.readHead(x)
	if err != nil {
		return false
	}
	c.served = true
	if refused == nil {
		c.body.start(&c.head)
		if c.head.length > c.srv.limits.MaxBody {
			refused = errBodyOverQuota
		}
	}
	if refused == nil {
		refused, err = c.attach(x)
	}
	switch {
	case err != nil:
		return false
	case refused != nil:
		c.refuse(x, refused)
		return false
	}
	return c.answer(x)
}

// readHead parses the next request's head into x. An error means that the connection is of no use any more.
func (c *conn) readHead(x *exchange.Exchange) (*refusal, error) {
	c.head.reset()
	x.Request.Remote, x.Request.Local, x.Request.TLS = c.remote, c.local, c.isTLS
	for {
		done, refused := c.head.parse(c.in.buf[c.in.r:c.in.w], c.srv.limits.MaxHead, x)
		if done || refused != nil {
			c.in.r += c.head.pos
			x.Received = time.Now()
			return refused, nil
		}
		moved, err := c.in.fill()
		switch {
		case isTimeout(err):
			c.revive(phaseHead)
			return errHeadTimeout, nil
		case err != nil:
			return nil, err
		case moved:
			c.head.reset()
			x.Request.Header.Reset()
		}
	}
}

// attach puts the body into x. A refusal says why that failed through the client's fault.
func (c *conn) attach(x *exchange.Exchange) (*refusal, error) {
	err := c.body.attach(x)
	switch {
	case err == nil:
		return nil, c.enter(phaseCall)
	case errors.Is(err, exchange.ErrBodyTooLarge):
		return errBodyOverQuota, nil
	case errors.Is(err, exchange.ErrBodyMalformed):
		return errBodyUnreadable, nil
	case isTimeout(err):
		return errBodyTimeout, nil
	default:
		return nil, err
	}
}

// answer lets the handler answer and writes what it left. It reports whether the connection stays open.
func (c *conn) answer(x *exchange.Exchange) bool {
	c.handle(x)
	if s := x.Response.Status; s < 200 || s > 999 {
		c.fail(x, fmt.Errorf("handler left status %d", s))
	}
	persist := c.persists(x)
	if c.ctx.Err() != nil {
		_ = x.Response.Body.Close() // nobody reads it
		return false
	}
	if err := c.respond(x, persist); err != nil {
		if errors.Is(err, errBrokenOff) && c.ctx.Err() == nil {
			c.srv.log.Warn("response broken off by the back end", slog.String("requestId", string(x.ID)), slog.String("api", x.Route.APIID),
				slog.String("stage", x.Route.Stage), slog.String("route", x.Route.Key), slog.Any("cause", err))
		}
		return false
	}
	if persist && c.body.discard(maxDiscard) {
		return true
	}
	c.linger()
	return false
}

// maxDiscard is how much of a body that the handler did not want is read, in bytes, to keep the connection.
const maxDiscard = 64 << 10

// handle calls the handler; one that panics has the call answered as an internal failure.
func (c *conn) handle(x *exchange.Exchange) {
	defer func() {
		if p := recover(); p != nil {
			c.fail(x, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	c.srv.handler.Serve(c.ctx, x)
}

// fail replaces the response, for a handler that broke its contract.
func (c *conn) fail(x *exchange.Exchange, cause error) {
	c.srv.log.Error("handler failed", slog.Any("error", cause))
	_ = x.Response.Body.Close() // the failure has been logged
	x.Response.Header.Reset()
	x.Response.Body = exchange.Body{}
	c.last = true
	c.srv.handler.Refuse(x, exchange.Refuse(exchange.KindInternal, cause))
}

// persists reports whether the connection may serve another call.
func (c *conn) persists(x *exchange.Exchange) bool {
	b := &c.body
	drained := b.ended || b.err == nil && !b.expect && b.left <= maxDiscard
	return drained && !c.last && frame(x) != frameClose && c.head.persistent(x) && !c.srv.draining.Load()
}

// refuse answers a request that cannot be served; the connection is of no use after it.
func (c *conn) refuse(x *exchange.Exchange, r *refusal) {
	c.srv.log.Debug("request refused", slog.String("remote", c.remote.String()), slog.Int("status", r.status), slog.String("reason", r.text))
	if kind, ok := r.kind(); ok && c.head.line {
		c.srv.handler.Refuse(x, exchange.Refuse(kind, r))
	} else {
		x.Response.Status = r.status
	}
	if c.respond(x, false) == nil {
		c.linger()
	}
}

// linger reads on for a while after the last response: closing a socket that has unread input resets the connection, and
// the client would lose the response.
func (c *conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || c.body.ended && c.in.buffered() == 0 || c.enter(phaseLinger) != nil || half.CloseWrite() != nil {
		return
	}
	block := c.srv.blocks.Get().(*[]byte)
	defer c.srv.blocks.Put(block)
	for {
		if _, err := c.net.Read(*block); err != nil {
			return
		}
	}
}

// write sends p, in pieces that the client has to accept one by one in time.
func (c *conn) write(p []byte) error {
	for len(p) > 0 {
		if err := c.enter(phaseWrite); err != nil {
			return err
		}
		n, err := c.net.Write(p[:min(len(p), smallBody)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
