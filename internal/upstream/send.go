package upstream

import (
	"errors"
	"io"
	"strconv"
	"sync"
	"time"
)

// send sends the request. It returns without an error when a response can be read: normally because all is sent, but
// also when the back end answered before that, which k.sent tells.
func (k *call) send(req *Request) error {
	cn := k.conn
	plain := cn.raw != nil && cn.Conn == cn.socket
	if plain && k.out.short() {
		return k.sendTurn(req)
	}
	if cn.reused && !cn.quiet() {
		return errStale
	}
	if !k.out.short() {
		return k.upload(req, k.out.first)
	}
	n, err := cn.Write(k.out.first)
	if err != nil {
		return k.writeFailed(err, plain && n == 0)
	}
	k.sent = true
	return nil
}

// sendTurn sends a short request and reads the beginning of its response on the socket's descriptor.
func (k *call) sendTurn(req *Request) error {
	t := k.conn.exchange(k.out.first, k.in)
	if t.strict && t.spoke {
		return errStale
	}
	k.w, k.heard, k.early = t.got, t.got > 0, t.spoke
	k.sent = t.sent == len(k.out.first)
	switch {
	case k.sent && t.err == nil:
		return nil
	case t.err == nil:
		return k.upload(req, k.out.first[t.sent:])
	case k.sent || t.spoke || !t.wrote:
		return k.fail(OpRead, t.err)
	}
	return k.writeFailed(t.err, t.sent == 0)
}

// writeFailed looks for a response that the back end may have sent before it closed a new connection. On a
// reused one there must be none: what is there could belong to no request.
func (k *call) writeFailed(err error, untouched bool) error {
	failed := k.fail(OpWrite, err)
	var e *Error
	if errors.As(failed, &e); e.Timeout || k.ctx.Err() != nil || k.conn.reused {
		e.untouched = untouched
		return e
	}
	if k.awaitHead() != nil {
		return e
	}
	return nil
}

// upload sends what is left of the request, beginning with first, while another goroutine waits for the response: a
// back end that refuses an upload answers in the midst of it and may stop reading.
func (k *call) upload(req *Request, first []byte) error {
	u := &upload{conn: k.conn, heard: make(chan error, 1), sending: true}
	if req.Body != nil && req.Body.Stream != nil {
		u.body, _ = req.Body.Stream.(readDeadliner)
	}
	go func() {
		err := k.awaitHead()
		u.interrupt()
		u.heard <- err
	}()
	sendErr := u.send(&k.out, first, k.client)
	interrupted := u.end()
	var body *bodyError
	if errors.As(sendErr, &body) && !interrupted {
		k.conn.abort()
		<-u.heard //nolint:errcheck // the call ends with the body's error
		return &Error{Op: OpBody, Timeout: isTimeout(body.err), Reused: k.conn.reused, Err: body.err}
	}
	err := <-u.heard
	if k.sent = sendErr == nil; err == nil {
		return nil
	}
	if sendErr != nil && !interrupted {
		return k.fail(OpWrite, sendErr)
	}
	return err
}

// upload is the sending side's state, shared with the goroutine that waits for the response.
type upload struct {
	conn  *conn
	body  readDeadliner
	heard chan error

	mu                   sync.Mutex
	sending, interrupted bool
}

type readDeadliner interface {
	SetReadDeadline(t time.Time) error
}

// interrupt stops the sending side, if it is still at work: writing at once, reading the body if its reader allows.
func (u *upload) interrupt() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.sending {
		return
	}
	u.interrupted = true
	past := time.Unix(1, 0)
	_ = u.conn.socket.SetWriteDeadline(past)
	if u.body != nil {
		_ = u.body.SetReadDeadline(past)
	}
}

// end notes that nothing more will be sent, and reports whether that was because of an interruption.
func (u *upload) end() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sending = false
	return u.interrupted
}

func (u *upload) stopped() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.interrupted
}

// bodyRead notes that the body's reader has been read to its end and must be left alone.
func (u *upload) bodyRead() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.body = nil
}

var errInterrupted = errors.New("response came before the request was sent")

// bodyError marks an error of the request body's reader.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

func (u *upload) send(out *outgoing, first []byte, c *Client) error {
	for _, b := range [...][]byte{first, out.rest} {
		if len(b) == 0 {
			continue
		}
		if _, err := u.conn.Write(b); err != nil {
			return err
		}
	}
	if out.stream == nil {
		return nil
	}
	piece := c.piece()
	defer c.pieces.Put(piece)
	if out.left >= 0 {
		return u.sendSized(out, piece[:])
	}
	return u.sendChunks(out, piece[:])
}

func (u *upload) sendSized(out *outgoing, buf []byte) error {
	for out.left > 0 {
		if u.stopped() {
			return errInterrupted
		}
		n, err := readSome(out.stream, buf[:min(int64(len(buf)), out.left)])
		if out.left -= int64(n); errors.Is(err, io.EOF) && out.left > 0 {
			err = ErrBodyLength
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return &bodyError{err}
		}
		if out.left == 0 {
			u.bodyRead()
		}
		if _, err := u.conn.Write(buf[:n]); err != nil {
			return err
		}
	}
	return nil
}

// chunkRoom is the room in front of a chunk's data for its size and CR LF.
const chunkRoom = 6

func (u *upload) sendChunks(out *outgoing, buf []byte) error {
	for !u.stopped() {
		n, err := readSome(out.stream, buf[chunkRoom:len(buf)-2])
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return &bodyError{err}
		}
		if ended {
			u.bodyRead()
		}
		if _, err := u.conn.Write(chunk(buf, n)); err != nil {
			return err
		}
		if ended {
			_, err := u.conn.Write([]byte("0\r\n\r\n"))
			return err
		}
	}
	return errInterrupted
}

// chunk frames the n bytes at buf[chunkRoom:]; none make no chunk.
func chunk(buf []byte, n int) []byte {
	if n == 0 {
		return nil
	}
	var hex [chunkRoom]byte
	size := append(strconv.AppendInt(hex[:0], int64(n), 16), '\r', '\n')
	start := chunkRoom - len(size)
	copy(buf[start:], size)
	end := chunkRoom + n
	buf[end], buf[end+1] = '\r', '\n'
	return buf[start : end+2]
}

// piece returns a buffer for copying a body.
func (c *Client) piece() *[inlineBody]byte {
	if b, ok := c.pieces.Get().(*[inlineBody]byte); ok {
		return b
	}
	return new([inlineBody]byte)
}
