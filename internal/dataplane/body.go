package dataplane

import (
	"io"

	"github.com/dipylon/dipylon/internal/exchange"
)

var errMalformed = exchange.ErrBodyMalformed

// body reads the request body of the call in flight, however it is framed, and stands in its Body.Stream. Each connection
// has one and uses it again.
type body struct {
	c       *conn
	block   *[]byte // what was read ahead of a chunked body, if anything
	prefix  []byte  // of the block, what is still to be given out
	left    int64   // of the body, or of the chunk
	total   int64   // payload of all chunks so far
	excess  int     // bytes spent on chunk lines beyond what is reasonable
	chunked bool
	expect  bool // the client waits for 100 Continue
	ended   bool // the last byte of the message has been read
	err     error
}

// start prepares b for a request whose head has been read.
func (b *body) start(h *head) {
	*b = body{c: b.c, chunked: h.chunked, expect: h.expect}
	if h.length > 0 {
		b.left = h.length
	}
	if !b.chunked && b.left == 0 {
		b.ended, b.err = true, io.EOF
	}
}

// Read implements io.Reader. It ends with [exchange.ErrBodyTooLarge] or [exchange.ErrBodyMalformed] where that is why.
func (b *body) Read(p []byte) (int, error) {
	if len(b.prefix) > 0 {
		n := copy(p, b.prefix)
		b.prefix = b.prefix[n:]
		return n, nil
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if err := b.invite(); err != nil {
		return 0, b.fail(err)
	}
	if err := b.c.enter(phaseBody); err != nil {
		return 0, b.fail(err)
	}
	n, err := b.read(p)
	if timeout := b.c.enter(phaseCall); timeout != nil && err == nil {
		err = timeout
	}
	return n, b.fail(err)
}

// Close implements io.Closer. What was not read is the connection's business.
func (b *body) Close() error { return nil }

// fail remembers how the body ended. A timeout is the body's end only: there is still a response to be written.
func (b *body) fail(err error) error {
	if b.err == nil {
		if isTimeout(err) {
			b.c.revive(phaseCall)
		}
		b.err = err
	}
	return err
}

// invite answers the client's expectation, once, when its body is wanted.
func (b *body) invite() error {
	if !b.expect {
		return nil
	}
	b.expect = false
	if b.c.in.buffered() > 0 {
		return nil // the client did not wait
	}
	return b.c.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
}

func (b *body) read(p []byte) (int, error) {
	if b.chunked && b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
	}
	n, err := b.c.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left > 0 && n > 0:
		return n, nil
	case b.left > 0:
		return n, unexpected(err)
	case b.chunked:
		return n, b.endChunk()
	default:
		b.ended = true
		return n, io.EOF
	}
}

// nextChunk reads a chunk's size, or the trailer section and the body's end.
func (b *body) nextChunk() error {
	line, err := b.c.in.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, err := chunkSize(line)
	if err != nil {
		return err
	}
	b.excess = max(0, b.excess+len(line)-16-int(min(size, maxChunkLine)))
	b.total += size
	switch {
	case b.excess > maxChunkExcess:
		return errMalformed
	case b.total > b.c.srv.limits.MaxBody:
		return exchange.ErrBodyTooLarge
	case size == 0:
		return b.skipTrailers()
	}
	b.left = size
	return nil
}

// A chunk's line may carry extensions, which mean nothing here. The excess bounds what a client may make us read in
// extensions that come with next to no payload.
const (
	maxChunkLine   = 1 << 10
	maxChunkExcess = 16 << 10
	maxChunkDigits = 15
)

// chunkSize reads hexadecimal digits up to the line's end or an extension.
func chunkSize(line []byte) (int64, error) {
	size, i := int64(0), 0
	for ; i < len(line) && line[i] != ';'; i++ {
		digit := hexValue(line[i])
		if digit < 0 || i == maxChunkDigits {
			return 0, errMalformed
		}
		size = size<<4 | int64(digit)
	}
	if i == 0 || !isValue(line[i:]) {
		return 0, errMalformed
	}
	return size, nil
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// endChunk reads the line end behind a chunk's payload.
func (b *body) endChunk() error {
	line, err := b.c.in.line(len("\r\n"))
	if err == nil && len(line) > 0 {
		err = errMalformed
	}
	return err
}

// skipTrailers reads and drops trailer fields (RFC 9110, 6.5.1, lets a recipient do so), yet checks their form.
func (b *body) skipTrailers() error {
	for size := 0; size <= b.c.srv.limits.MaxHead; {
		line, err := b.c.in.line(b.c.srv.limits.MaxHead)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			b.ended = true
			return io.EOF
		}
		size += len(line)
		colon := 0
		for colon < len(line) && line[colon] != ':' {
			colon++
		}
		if colon == 0 || colon == len(line) || !all(line[:colon], nameByte) || !isValue(line[colon+1:]) {
			return errMalformed
		}
	}
	return errMalformed
}

// attach puts the request's body into x: whole if it is small, else as a stream. A client that waits for 100 Continue
// gets it only when the handler reads, so its body is always a stream.
func (b *body) attach(x *exchange.Exchange) error {
	switch {
	case b.ended:
		return nil
	case b.expect && b.c.in.buffered() == 0:
		x.Request.Body = exchange.Body{Stream: b, Size: b.size()}
		b.c.in.detach() // the head stays where it is while the body is read
	case b.chunked:
		return b.attachChunked(x)
	case b.left <= int64(b.c.in.buffered()):
		in := &b.c.in
		x.Request.Body.Bytes = in.buf[in.r : in.r+int(b.left) : in.r+int(b.left)]
		in.r += int(b.left)
		b.left, b.ended, b.err = 0, true, io.EOF
	case b.left <= smallBody:
		x.Request.Body.Bytes = x.Alloc(int(b.left))
		_, err := io.ReadFull(b, x.Request.Body.Bytes)
		return err
	default:
		x.Request.Body = exchange.Body{Stream: b, Size: b.left}
	}
	return nil
}

func (b *body) size() int64 {
	if b.chunked {
		return -1
	}
	return b.left
}

// attachChunked reads ahead: a body that ends within the block is whole, a longer one begins with it.
func (b *body) attachChunked(x *exchange.Exchange) error {
	b.c.in.detach()
	b.block = b.c.srv.blocks.Get().(*[]byte)
	n, err := io.ReadFull(b, *b.block)
	switch {
	case err == nil:
		b.prefix = *b.block
		x.Request.Body = exchange.Body{Stream: b, Size: -1}
	case b.ended:
		x.Request.Body.Bytes = (*b.block)[:n]
	default:
		return b.err
	}
	return nil
}

// release gives back what the call's body occupied.
func (b *body) release() {
	if b.block != nil {
		b.c.srv.blocks.Put(b.block)
		b.block, b.prefix = nil, nil
	}
}

// discard reads what the handler left of a body, up to limit bytes, and reports whether the connection stands at the
// beginning of the next request.
func (b *body) discard(limit int64) bool {
	if b.ended {
		return true
	}
	if b.err != nil || b.expect || b.left > limit {
		return false
	}
	b.prefix = nil
	_, _ = io.CopyN(io.Discard, b, limit) // b.ended tells more than the error does
	return b.ended
}
