package runtimeapi

import (
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	"github.com/dipylon/dipylon/internal/rawio"
)

// Sizes of a connection's buffers: firstIn is what most answers fit in together with the request behind them, maxHead the
// longest head (clients put causes of errors of up to a megabyte into a header), maxOut what is copied to be written at once.
const (
	firstIn = 16 << 10
	maxHead = 1<<20 + 64<<10
	maxOut  = 64 << 10
)

// verdict is what is to become of a connection after a request.
type verdict uint8

const (
	// keep it: the request was answered, as far as its body was read.
	keep verdict = iota
	// handed over: it is parked, or the call's.
	handed
	// mine: the request is the call's whose goroutine asks.
	mine
	// closing: it is of no more use.
	closing
)

// conn is a connection of the worker. It belongs to one goroutine at a time: its own, or the call's; to none while parked.
type conn struct {
	net.Conn
	server *Server
	raw    syscall.RawConn

	in   []byte
	r, w int // what is read and not consumed: in[r:w]
	// out and then tail are to be written; tail is not ours.
	out, tail []byte
	waste     []byte

	req  request
	body body
	// pending: req was read and not handled yet.
	pending bool

	turn turn
	step func(fd uintptr) bool
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{Conn: nc, server: s, in: make([]byte, firstIn)}
	c.step = c.advance
	if sc, ok := nc.(syscall.Conn); ok && rawio.Supported {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	return c
}

// serve reads requests and answers them, until the connection ends or another's.
func (c *conn) serve() {
	for {
		if !c.pending {
			if err := c.readRequest(); err != nil {
				c.complain(err)
				c.server.drop(c)
				return
			}
		}
		c.pending = false
		switch c.handle() {
		case handed:
			return
		case keep:
			if c.discard() == nil {
				continue
			}
			fallthrough
		case closing, mine:
			c.server.drop(c)
			return
		}
	}
}

// handle does what a request asks for, but for answers and events of the call whose goroutine asks.
func (c *conn) handle() verdict {
	switch c.req.op {
	case opNext:
		return c.park()
	case opResponse, opError:
		return c.server.claim(c)
	case opInitError:
		return c.server.initError(c)
	case opWrongMethod:
		return c.answer(statusMethodNotAllowed, "", nil)
	case opUnknown:
	}
	return c.answer(statusNotFound, "text/plain; charset=utf-8", []byte("404 page not found\n"))
}

// park reads what body the request has, and parks the connection.
func (c *conn) park() verdict {
	if c.discard() != nil {
		return closing
	}
	return c.server.park(c)
}

// buffered reports whether more has arrived than was consumed.
func (c *conn) buffered() bool { return c.r < c.w }

// scratch is memory for what is dropped or copied on.
func (c *conn) scratch() []byte {
	if c.waste == nil {
		c.waste = make([]byte, scratch)
	}
	return c.waste
}

// discard reads the rest of a request's body.
func (c *conn) discard() error {
	if c.body.done() {
		return nil
	}
	b := c.scratch()
	for {
		if _, err := c.readBody(b); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// collect reads a request's body whole, if it is not too large.
func (c *conn) collect(limit int) (body []byte, tooLarge bool, err error) {
	b := c.scratch()
	for {
		n, err := c.readBody(b)
		if !tooLarge {
			body = append(body, b[:n]...)
		}
		if len(body) > limit {
			body, tooLarge = nil, true
		}
		if errors.Is(err, io.EOF) {
			return body, tooLarge, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// complain answers what was no request, as far as that still can be.
func (c *conn) complain(err error) {
	var bad *badRequest
	if errors.As(err, &bad) {
		c.answer(bad.status, "text/plain; charset=utf-8", []byte(bad.text+"\n"))
	}
	_ = c.flush()
}

// fill reads what comes next, and writes first what is to be written. What is kept is moved to the front.
func (c *conn) fill() error {
	if c.r > 0 {
		c.w = copy(c.in, c.in[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.in) {
		if len(c.in) >= maxHead {
			return &badRequest{statusHeaderTooLarge, "431 Request Header Fields Too Large"}
		}
		c.in = append(c.in, make([]byte, len(c.in))...)
	}
	n, err := c.exchange(c.in[c.w:])
	c.w += n
	return err
}

// readDirect reads past the buffer, which must be empty.
func (c *conn) readDirect(p []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Read(p)
}

// flush writes what is to be written.
func (c *conn) flush() error {
	for len(c.out) > 0 {
		n, err := c.Write(c.out)
		if c.out = c.out[:copy(c.out, c.out[n:])]; err != nil {
			return err
		}
	}
	for len(c.tail) > 0 {
		n, err := c.Write(c.tail)
		if c.tail = c.tail[n:]; err != nil {
			return err
		}
	}
	c.tail = nil
	return nil
}

// answer writes an answer, to be sent when the next request is waited for.
func (c *conn) answer(status string, contentType string, body []byte) verdict {
	c.out = append(c.out, "HTTP/1.1 "...)
	c.out = append(c.out, status...)
	if contentType != "" {
		c.out = append(c.out, "\r\nContent-Type: "...)
		c.out = append(c.out, contentType...)
	}
	c.out = append(c.out, "\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	return keep
}
