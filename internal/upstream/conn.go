package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"github.com/dipylon/dipylon/internal/rawio"
)

// conn is one connection. It belongs to one call at a time, or to its pool.
type conn struct {
	// Conn is what requests are written to: the socket, or TLS on top of it.
	net.Conn
	pool *pool
	// socket is the connection underneath TLS, or Conn itself; raw its descriptor, nil if there is none.
	socket net.Conn
	raw    syscall.RawConn
	// turn is the state of the exchange on the descriptor, step the method value that works on it.
	turn turn
	step func(fd uintptr) bool
	// abort closes the socket from another goroutine.
	abort func()

	// since is the tick at which the connection became idle.
	since  int64
	reused bool
}

// dial makes a connection; the caller has the right to, and loses it if dialling fails.
func (p *pool) dial(ctx context.Context, deadline time.Time) (*conn, error) {
	cn, err := p.connect(ctx, deadline)
	p.mu.Lock()
	p.dials++
	if err != nil {
		p.failures++
	}
	p.mu.Unlock()
	if err != nil {
		p.release()
		return nil, err
	}
	return cn, nil
}

func (p *pool) connect(ctx context.Context, deadline time.Time) (*conn, error) {
	limit := time.Now().Add(p.client.opts.ConnectTimeout)
	if !deadline.IsZero() && deadline.Before(limit) {
		limit = deadline
	}
	dctx, cancel := context.WithDeadline(ctx, limit)
	defer cancel()
	socket, err := p.client.opts.Dial(dctx, "tcp", p.key.addr)
	if err != nil {
		return nil, fail(ctx, OpDial, err)
	}
	cn := &conn{Conn: socket, pool: p, socket: socket}
	cn.abort = func() { _ = socket.Close() }
	cn.step = cn.advance
	if sc, ok := socket.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil && rawio.Supported {
			cn.raw = raw
		}
	}
	if p.tls == nil {
		return cn, nil
	}
	if err := cn.handshake(dctx, p.tls); err != nil {
		_ = socket.Close()
		return nil, fail(ctx, OpTLS, err)
	}
	return cn, nil
}

func (c *conn) handshake(ctx context.Context, cfg *tls.Config) error {
	secure := tls.Client(c.socket, cfg)
	c.Conn = secure
	return secure.HandshakeContext(ctx)
}

// discard closes a connection in good order and frees its place.
func (c *conn) discard() {
	_ = c.Close()
	c.pool.release()
}

// cut closes a connection in the midst of a call and frees its place. It does not take leave of TLS, which may wait for
// a back end that does not read.
func (c *conn) cut() {
	_ = c.socket.Close()
	c.pool.release()
}

// stale counts an idle connection that could not be used, and cuts it.
func (c *conn) stale() {
	c.pool.mu.Lock()
	c.pool.staleConns++
	c.pool.mu.Unlock()
	c.cut()
}

// quiet reports whether the connection, being idle, is still open and has nothing to read. It never waits.
// Where there is no descriptor to ask, or the deadline has passed already, the answer is yes: the next operation will tell.
func (c *conn) quiet() bool {
	if c.raw == nil {
		return true
	}
	c.turn = turn{probe: true}
	_ = c.raw.Read(c.step)
	return !c.turn.spoke
}

// turn is one request and the beginning of its response on a socket's descriptor: make sure that nothing is there to
// be read, write, wait, read. Done in one callback of the runtime's poller, the look at the socket before writing takes
// the place of the read that would find nothing after it, so that it costs nothing.
type turn struct {
	// probe: only look. strict: give up when there is something to be read.
	probe, strict bool
	out, in       []byte
	// looked and wrote tell how far the turn has come.
	looked, wrote bool
	// sent and got count bytes; err ended the turn. spoke: the back end had sent something, or closed, before the request.
	sent, got int
	spoke     bool
	err       error
}

// exchange sends out and reads what comes first into in. It returns early, with got 0, if not all of out could be
// written without waiting. The socket's deadline bounds the wait.
func (c *conn) exchange(out, in []byte) *turn {
	c.turn = turn{strict: c.reused, out: out, in: in}
	if err := c.raw.Read(c.step); err != nil && c.turn.err == nil {
		c.turn.err = err
	}
	c.turn.out, c.turn.in = nil, nil
	return &c.turn
}

// advance does as much of the turn as can be done without waiting, and reports whether it has ended.
func (c *conn) advance(fd uintptr) bool {
	t := &c.turn
	if !t.looked {
		if t.looked = true; t.look(fd) {
			return true
		}
	}
	if !t.wrote {
		t.wrote = true
		t.sent, t.err = rawio.Write(fd, t.out)
		return t.err != nil || t.sent < len(t.out) || t.got > 0
	}
	n, ready, err := rawio.Read(fd, t.in)
	t.got, t.err = n, err
	return ready
}

// look reports whether the turn ends here because of what can be read from the socket.
func (t *turn) look(fd uintptr) bool {
	var probe [1]byte
	in := t.in
	if t.probe {
		in = probe[:]
	}
	n, ready, err := rawio.Read(fd, in)
	if !ready {
		return t.probe
	}
	t.spoke = true
	if t.probe || t.strict {
		return true
	}
	t.got, t.err = n, err
	return err != nil
}
