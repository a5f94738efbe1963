package upstream

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// body reads the response's body if it is small, and finishes the call; else it returns a stream, which will. The order
// is that of RFC 9112, section 6.3.
func (k *call) body(req *Request, resp *Response) (exchange.Body, error) {
	switch h := &k.head; {
	case h.bodyless(req.Method):
		k.finish()
		return exchange.Body{}, nil
	case h.chunked:
		return k.chunkedBody(req, resp)
	case h.length < 0:
		return k.stream(req, &stream{left: -1}), nil
	case h.length > int64(k.client.opts.MaxWholeBody):
		return k.stream(req, &stream{left: h.length}), nil
	}
	return k.wholeBody(resp)
}

func (k *call) wholeBody(resp *Response) (exchange.Body, error) {
	b := resp.alloc(int(k.head.length))
	n := copy(b, k.in[k.r:k.w])
	k.r += n
	for n < len(b) {
		m, err := k.conn.Read(b[n:])
		if n += m; err != nil && n < len(b) {
			return exchange.Body{}, k.fail(OpRead, unexpected(err))
		}
	}
	k.finish()
	return exchange.Body{Bytes: b}, nil
}

// chunkedBody decodes a body that has arrived completely with the head, as small ones do.
func (k *call) chunkedBody(req *Request, resp *Response) (exchange.Body, error) {
	s := &stream{chunked: true, dec: dechunker{limit: k.client.opts.MaxHeadBytes}}
	b := k.in[k.r:k.w]
	if n := len(b); n < 2 || b[n-1] != '\n' || b[n-2] != '\r' {
		return k.stream(req, s), nil
	}
	dec, dst := s.dec, resp.alloc(len(b))
	n, used, ok, err := dec.whole(b, dst)
	if err != nil {
		return exchange.Body{}, k.fail(OpProtocol, err)
	}
	if !ok {
		return k.stream(req, s), nil
	}
	k.r += used
	k.finish()
	return exchange.Body{Bytes: dst[:n:n]}, nil
}

func (k *call) stream(req *Request, s *stream) exchange.Body {
	s.call, s.idle, s.until = k, req.StreamIdle, req.StreamUntil
	if s.idle > 0 {
		_ = k.conn.socket.SetDeadline(time.Time{})
	}
	return exchange.Body{Stream: s, Size: max(k.head.length, -1)}
}

// stream is a body that is read from the connection as its reader asks. It owns the call until it ends.
type stream struct {
	call *call
	// left is the number of bytes to come, -1 if the end of the connection is the end of the body.
	left    int64
	chunked bool
	dec     dechunker
	idle    time.Duration
	until   time.Time // zero for no end
	// err is what Read returns once call is nil.
	err error
}

// Read implements io.Reader. An error other than io.EOF is an *[Error], and the connection is gone.
func (s *stream) Read(p []byte) (int, error) {
	if s.call == nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if s.idle > 0 {
		deadline := time.Now().Add(s.idle)
		if !s.until.IsZero() && s.until.Before(deadline) {
			deadline = s.until
		}
		_ = s.call.conn.socket.SetReadDeadline(deadline)
	}
	n, err := s.read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		s.end(io.EOF)
	default:
		op := OpRead
		if errors.Is(err, ErrMalformedChunk) || errors.Is(err, ErrMalformedHead) {
			op = OpProtocol
		}
		s.err = s.call.fail(op, err)
		s.call.abandon()
		s.call = nil
	}
	if s.call == nil {
		err = s.err
	}
	return n, err
}

// read returns io.EOF at the end of the body, possibly with its last bytes.
func (s *stream) read(p []byte) (int, error) {
	if s.chunked {
		return s.readChunked(p)
	}
	if s.left < 0 {
		return s.call.read(p)
	}
	n, err := s.call.read(p[:min(int64(len(p)), s.left)])
	if s.left -= int64(n); s.left == 0 {
		return n, io.EOF
	}
	return n, unexpected(err)
}

func (s *stream) readChunked(p []byte) (int, error) {
	for {
		if err := s.frame(); err != nil {
			return 0, err
		}
		if s.dec.state == chunkDone {
			return 0, io.EOF
		}
		if s.dec.state == chunkData {
			n, err := s.call.read(p[:min(int64(len(p)), s.dec.left)])
			s.dec.take(n)
			if err == nil {
				err = s.frame()
			}
			if err == nil && s.dec.state == chunkDone {
				err = io.EOF
			}
			return n, unexpectedUnless(s.dec.state == chunkDone, err)
		}
		if err := s.call.fill(s.dec.limit); err != nil {
			return 0, unexpected(err)
		}
	}
}

// frame passes over framing that has arrived.
func (s *stream) frame() error {
	k := s.call
	n, err := s.dec.frame(k.in[k.r:k.w])
	k.r += n
	return err
}

// read returns buffered bytes, or reads past the buffer.
func (k *call) read(p []byte) (int, error) {
	if k.r < k.w {
		n := copy(p, k.in[k.r:k.w])
		k.r += n
		return n, nil
	}
	return k.conn.Read(p)
}

// end finishes the call after the body's end.
func (s *stream) end(err error) {
	k := s.call
	s.call, s.err = nil, err
	if s.left < 0 && !s.chunked {
		k.abandon()
		return
	}
	k.finish()
}

// Close gives up what has not been read, and with it the connection.
func (s *stream) Close() error {
	if s.call != nil {
		s.call.abandon()
		s.call, s.err = nil, net.ErrClosed
	}
	return nil
}

func unexpected(err error) error { return unexpectedUnless(false, err) }

// unexpectedUnless makes an end of the connection within a body an error.
func unexpectedUnless(ended bool, err error) error {
	if !ended && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
