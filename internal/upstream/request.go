package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// inlineBody is how much of a body is copied behind the head, to leave in the same write.
const inlineBody = 32 << 10

// outgoing is a request made ready: first is its head with the beginning of its body, then what follows from memory
// or from a stream. Sending does not change it as long as there is no stream.
type outgoing struct {
	first []byte
	rest  []byte
	// stream has left bytes to come; -1: unknown, to be sent in chunks.
	stream io.Reader
	left   int64
}

// whole reports whether the request can be sent again.
func (o *outgoing) whole() bool { return o.stream == nil }

// short reports whether first is all.
func (o *outgoing) short() bool { return o.stream == nil && len(o.rest) == 0 }

// reset forgets the request and keeps the memory.
func (o *outgoing) reset() { *o = outgoing{first: o.first[:0]} }

// prepare builds the request. It reads a stream once, so that a body that ends within the first read is sent whole,
// with its length.
func (k *call) prepare(req *Request) error {
	k.out.reset()
	body := req.Body
	switch {
	case body == nil || body.Stream != nil && body.Size == 0:
		return k.prepareBytes(req, nil)
	case body.Stream == nil:
		return k.prepareBytes(req, body.Bytes)
	}
	return k.prepareStream(req, body)
}

func (k *call) prepareBytes(req *Request, body []byte) error {
	inline := min(len(body), inlineBody)
	if err := k.out.head(req, int64(len(body))); err != nil {
		return err
	}
	k.out.first = append(k.out.first, body[:inline]...)
	k.out.rest = body[inline:]
	return nil
}

func (k *call) prepareStream(req *Request, body *exchange.Body) error {
	piece := k.client.piece()
	defer k.client.pieces.Put(piece)
	buf := piece[:]
	if body.Size > 0 && body.Size < int64(len(buf)) {
		buf = buf[:body.Size]
	}
	n, err := readSome(body.Stream, buf)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return &Error{Op: OpBody, Timeout: isTimeout(err), Err: err}
	case err != nil && body.Size > int64(n):
		return &Error{Op: OpBody, Err: ErrBodyLength}
	case err != nil || int64(n) == body.Size:
		return k.prepareBytes(req, buf[:n])
	}
	if err := k.out.head(req, body.Size); err != nil {
		return err
	}
	k.out.stream, k.out.left = body.Stream, -1
	if body.Size > 0 {
		k.out.left = body.Size - int64(n)
		k.out.first = append(k.out.first, buf[:n]...)
		return nil
	}
	k.out.first = strconv.AppendInt(k.out.first, int64(n), 16)
	k.out.first = append(k.out.first, "\r\n"...)
	k.out.first = append(k.out.first, buf[:n]...)
	k.out.first = append(k.out.first, "\r\n"...)
	return nil
}

// readSome reads at least a byte, or fails; io.EOF may come with the last bytes.
func readSome(r io.Reader, b []byte) (int, error) {
	for range maxEmptyReads {
		if n, err := r.Read(b); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

const maxEmptyReads = 100

// head appends the request's head with that body length, -1 for chunked. It refuses what would make the head mean
// something else than it says.
func (o *outgoing) head(req *Request, length int64) error {
	if !isToken(req.Method) {
		return &Error{Op: OpRequest, Err: fmt.Errorf("%w: method", ErrMalformedRequest)}
	}
	if len(req.RequestTarget) == 0 || bytes.IndexByte(req.RequestTarget, ' ') >= 0 || !isValue(req.RequestTarget) {
		return &Error{Op: OpRequest, Err: fmt.Errorf("%w: target", ErrMalformedRequest)}
	}
	b := o.first
	b = append(b, req.Method...)
	b = append(b, ' ')
	b = append(b, req.RequestTarget...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, req.Host...)
	b = append(b, "\r\n"...)
	lines := 2
	if req.Header != nil {
		for _, f := range req.Header.Fields() {
			if classify(f.Name) != endToEnd {
				continue
			}
			if !isToken(f.Name) {
				return &Error{Op: OpRequest, Err: fmt.Errorf("%w: field name %q", ErrMalformedRequest, f.Name)}
			}
			b = append(b, f.Name...)
			b = append(b, ": "...)
			b = append(b, f.Value...)
			b = append(b, "\r\n"...)
			lines++
		}
	}
	o.first = b
	// Values are checked all at once: one that broke out of its line would have added to the lines.
	if bytes.Count(b, lf) != lines || bytes.Count(b, cr) != lines || bytes.IndexByte(b, 0) >= 0 {
		return &Error{Op: OpRequest, Err: fmt.Errorf("%w: line break or NUL in a field", ErrMalformedRequest)}
	}
	o.framing(req.Method, length)
	return nil
}

var (
	lf = []byte{'\n'}
	cr = []byte{'\r'}
)

// framing ends the head. A request without a body says so only where one would be expected (RFC 9110, section 8.6).
func (o *outgoing) framing(method []byte, length int64) {
	switch {
	case length < 0:
		o.first = append(o.first, "Transfer-Encoding: chunked\r\n"...)
	case length > 0 || expectsBody(method):
		o.first = append(o.first, "Content-Length: "...)
		o.first = strconv.AppendInt(o.first, length, 10)
		o.first = append(o.first, "\r\n"...)
	}
	o.first = append(o.first, "\r\n"...)
}

func expectsBody(method []byte) bool {
	switch string(method) {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}
