package dataplane

import (
	"errors"
	"io"
	"sync"
)

// input is the read side of a connection: the bytes buf[r:w] have arrived and are not consumed. It takes a buffer to read
// and gives it back when a call ends with nothing pending.
//
// The slices of a call's head point into the buffer. So while a call is in flight bytes are never moved; detach gives the
// bytes behind the head another buffer when the body has to be read through it.
type input struct {
	src   io.Reader
	pool  *sync.Pool // of *[]byte
	block *[]byte    // what pool lent; buf may have outgrown it
	kept  *[]byte    // the detached head's
	buf   []byte
	r, w  int
}

const bufferSize = 4 << 10

func (in *input) buffered() int { return in.w - in.r }

// fill reads more into the buffer. It reports whether unconsumed bytes were moved, which makes slices into them stale.
func (in *input) fill() (moved bool, err error) {
	switch {
	case in.buf == nil:
		in.take()
	case in.w == len(in.buf) && in.r > 0:
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r, moved = 0, true
	case in.w == len(in.buf):
		in.buf = append(in.buf, make([]byte, len(in.buf))...)
		moved = true
	}
	n, err := in.src.Read(in.buf[in.w:])
	in.w += n
	if n > 0 {
		return moved, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return moved, err
}

func (in *input) take() {
	in.block = in.pool.Get().(*[]byte)
	in.buf, in.r, in.w = *in.block, 0, 0
}

// detach leaves the current buffer to the head and goes on with another.
func (in *input) detach() {
	rest := in.buf[in.r:in.w]
	in.kept = in.block
	in.take()
	if len(rest) > len(in.buf) {
		in.buf = make([]byte, len(rest))
	}
	in.w = copy(in.buf, rest)
}

// release ends a call: what the head occupied may be used again, and without pending bytes the buffer is given back.
func (in *input) release() {
	if in.kept != nil {
		in.pool.Put(in.kept)
		in.kept = nil
	}
	if in.buffered() == 0 && in.block != nil {
		in.giveBack()
	}
}

func (in *input) giveBack() {
	in.pool.Put(in.block)
	in.block, in.buf, in.r, in.w = nil, nil, 0, 0
}

// Read takes what is buffered first and reads past the buffer else.
func (in *input) Read(p []byte) (int, error) {
	if in.buffered() == 0 {
		return in.src.Read(p)
	}
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	return n, nil
}

// line consumes and returns the next line, without its end. A line over limit bytes, or one that does not end in CR LF,
// is malformed.
func (in *input) line(limit int) ([]byte, error) {
	for seen := 0; ; {
		pending := in.buf[in.r:in.w]
		for i := seen; i < len(pending); i++ {
			if pending[i] != '\n' {
				continue
			}
			if i == 0 || pending[i-1] != '\r' || i > limit {
				return nil, errMalformed
			}
			in.r += i + 1
			return pending[:i-1], nil
		}
		seen = len(pending)
		if seen > limit {
			return nil, errMalformed
		}
		if _, err := in.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

// unexpected turns an end of the stream into what it is in the middle of a message.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
