package exchange

import (
	"errors"
	"io"
)

// Body is a payload: whole, in Bytes, when Stream is nil; else still to be read from Stream, of Size bytes or, when
// Size is -1, of unknown length.
//
// The answer to HEAD has no payload: there Size, without Bytes and Stream, is the length that GET would have had, -1 if it
// is not known.
//
// The reader of a request's Stream returns [ErrBodyTooLarge] past the limit and [ErrBodyMalformed] for broken framing.
type Body struct {
	Bytes  []byte
	Stream io.ReadCloser
	Size   int64
	// Ahead is what [Body.ReadAhead] has read of Stream, which delivers it nevertheless.
	Ahead []byte
}

// Len returns the payload's length in bytes, or -1 when it is not known.
func (b *Body) Len() int64 {
	if b.Stream != nil {
		return b.Size
	}
	return int64(len(b.Bytes))
}

// Known is as much of the payload as is known without reading on.
func (b *Body) Known() []byte {
	if b.Stream != nil {
		return b.Ahead
	}
	return b.Bytes
}

// Close releases the stream, if there is one.
func (b *Body) Close() error {
	if b.Stream == nil {
		return nil
	}
	return b.Stream.Close()
}

// ReadAhead makes the first limit bytes of the payload known in [Body.Ahead] before anybody reads Stream. A payload that
// ends within them becomes whole, in Bytes. The error is the stream's; the body is of no use then.
func (b *Body) ReadAhead(limit int64) error {
	if b.Stream == nil || int64(len(b.Ahead)) >= limit {
		return nil
	}
	if r, ok := b.Stream.(*resumed); ok {
		b.Stream, r.ReadCloser = r.ReadCloser, nil // what was read ahead before is in Ahead
	}
	for int64(len(b.Ahead)) < limit {
		b.Ahead = grow(b.Ahead, limit)
		n, err := b.Stream.Read(b.Ahead[len(b.Ahead):min(int64(cap(b.Ahead)), limit)])
		b.Ahead = b.Ahead[:len(b.Ahead)+n]
		if errors.Is(err, io.EOF) {
			return b.becomeWhole()
		}
		if err != nil {
			return err
		}
	}
	b.Stream = &resumed{ReadCloser: b.Stream, ahead: b.Ahead}
	return nil
}

// becomeWhole is for a stream that has ended.
func (b *Body) becomeWhole() error {
	if b.Size >= 0 && b.Size != int64(len(b.Ahead)) {
		return io.ErrUnexpectedEOF
	}
	err := b.Stream.Close()
	*b = Body{Bytes: b.Ahead}
	return err
}

// grow makes room for another read, doubling up to limit.
func grow(b []byte, limit int64) []byte {
	const first = 16 << 10
	if len(b) < cap(b) {
		return b
	}
	bigger := make([]byte, len(b), min(limit, max(first, 2*int64(cap(b)))))
	copy(bigger, b)
	return bigger
}

// resumed is a stream that begins with what was read ahead.
type resumed struct {
	io.ReadCloser
	ahead []byte
}

// Read implements io.Reader.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.ahead) == 0 {
		return r.ReadCloser.Read(p)
	}
	n := copy(p, r.ahead)
	r.ahead = r.ahead[n:]
	return n, nil
}
