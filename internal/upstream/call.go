package upstream

import (
	"context"
	"errors"
	"io"

	"github.com/dipylon/dipylon/internal/exchange"
)

// call is one call in flight: its buffers, and the connection while it has one. Calls are pooled, so that idle
// connections hold no buffers. A call whose response is a stream lives until the stream ends.
type call struct {
	client *Client
	ctx    context.Context
	out    outgoing

	conn *conn
	// stop ends the watch over ctx; it reports false when conn has been, or is being, closed.
	stop func() bool
	// in[r:w] has been read and not been used.
	in   []byte
	r, w int
	// heard: a byte has arrived. early: one had arrived before the request was sent. sent: all of the request was.
	heard, early, sent bool
	// headLen is the length of the final head, which is complete at in[r:], or 0.
	headLen int
	head    head
}

// readSize is the size of a read buffer; it grows only for a head that is longer.
const readSize = 8 << 10

// maxFirst is the largest request buffer that is kept for the next call.
const maxFirst = inlineBody + 16<<10

func (k *call) free() {
	if cap(k.out.first) > maxFirst {
		k.out.first = nil
	}
	if len(k.in) > readSize {
		k.in = make([]byte, readSize)
	}
	k.out.reset()
	k.ctx, k.conn, k.stop = nil, nil, nil
	k.client.calls.Put(k)
}

// attempt makes the call on cn. Unless a stream has been handed out, cn is gone or back in its pool afterwards;
// k is free if there was no error and there is no stream.
func (k *call) attempt(cn *conn, req *Request, resp *Response) error {
	k.conn, k.r, k.w, k.headLen = cn, 0, 0, 0
	k.heard, k.early, k.sent = false, false, false
	_ = cn.socket.SetDeadline(req.Deadline) // fails on a closed socket only, as the next operation will
	k.watch()
	err := k.send(req)
	if err == nil {
		err = k.receive(req, resp)
	}
	if err == nil {
		return nil
	}
	k.unwatch()
	if errors.Is(err, errStale) {
		cn.stale()
	} else {
		cn.cut()
	}
	return err
}

// watch makes the end of the context close the connection.
func (k *call) watch() {
	k.stop = nil
	if k.ctx.Done() == nil {
		return
	}
	if w, ok := k.ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		k.stop = w.AfterFunc(k.conn.abort)
		return
	}
	k.stop = context.AfterFunc(k.ctx, k.conn.abort)
}

// unwatch reports whether the connection was left alone.
func (k *call) unwatch() bool { return k.stop == nil || k.stop() }

func (k *call) fail(op Op, err error) error {
	e := fail(k.ctx, op, err)
	e.Reused, e.unanswered = k.conn.reused, !k.heard
	return e
}

// fill reads more behind what is there; the buffer grows up to limit when it is full.
func (k *call) fill(limit int) error {
	if k.r > 0 {
		k.w = copy(k.in, k.in[k.r:k.w])
		k.r = 0
	}
	if k.w == len(k.in) {
		bigger := make([]byte, min(2*len(k.in), max(limit, len(k.in)+1)))
		copy(bigger, k.in)
		k.in = bigger
	}
	n, err := k.conn.Read(k.in[k.w:])
	k.w += n
	if n > 0 {
		k.heard = true
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// receive reads the response's head, unless that has been done while sending, and its body, if that is small.
func (k *call) receive(req *Request, resp *Response) error {
	if k.headLen == 0 {
		if err := k.awaitHead(); err != nil {
			return err
		}
	}
	b := resp.alloc(k.headLen)
	copy(b, k.in[k.r:])
	k.r += k.headLen
	resp.Header.Reset()
	if err := k.head.parse(b, &resp.Header); err != nil {
		return k.fail(OpProtocol, err)
	}
	resp.Status, resp.Reused, resp.ContentLength = k.head.status, k.conn.reused, k.head.length
	body, err := k.body(req, resp)
	if err != nil {
		return err
	}
	// From here on k may belong to another call.
	resp.Body = body
	return nil
}

// awaitHead reads until the head of the final response is complete, passing over informational ones.
func (k *call) awaitHead() error {
	for range maxInformational {
		n, err := k.completeHead()
		if err != nil {
			return err
		}
		b := k.in[k.r : k.r+n]
		if !informational(b) {
			k.headLen = n
			return nil
		}
		var h head
		if err := h.parse(b, new(exchange.Header)); err != nil {
			return k.fail(OpProtocol, err)
		}
		if h.status == 101 {
			break
		}
		k.r += n
	}
	return k.fail(OpProtocol, ErrUnexpectedStatus)
}

// informational tells an informational head, provided that the head is well-formed.
func informational(b []byte) bool {
	const code = len("HTTP/1.1 ")
	return len(b) > code && b[code] == '1'
}

// maxInformational bounds the heads that one response may have, the final one included.
const maxInformational = 8

// completeHead reads until a head is complete at in[r:] and returns its length.
func (k *call) completeHead() (int, error) {
	limit, seen := k.client.opts.MaxHeadBytes, 0
	for {
		b := k.in[k.r:k.w]
		if !startsLikeHTTP(b) {
			return 0, k.fail(OpProtocol, ErrMalformedHead)
		}
		n := headEnd(b, seen)
		if seen = len(b); n > limit || n == 0 && seen >= limit {
			return 0, k.fail(OpProtocol, ErrHeadTooLarge)
		}
		if n > 0 {
			return n, nil
		}
		if err := k.fill(limit); err != nil {
			if errors.Is(err, io.EOF) && k.heard {
				err = io.ErrUnexpectedEOF
			}
			return 0, k.fail(OpRead, err)
		}
	}
}

// startsLikeHTTP tells early that the other side speaks something else, instead of waiting for the end of a head.
func startsLikeHTTP(b []byte) bool {
	const version = "HTTP/1."
	n := min(len(b), len(version))
	return string(b[:n]) == version[:n]
}

// finish ends a call whose response has been read to its end, and frees it.
func (k *call) finish() {
	cn := k.conn
	reusable := k.unwatch() && k.sent && !k.early && k.r == k.w && k.head.persistent()
	k.free()
	if reusable {
		cn.pool.put(cn)
		return
	}
	cn.discard()
}

// abandon ends a call whose response will not be read any further, and frees it.
func (k *call) abandon() {
	cn := k.conn
	k.unwatch()
	k.free()
	cn.cut()
}
