//go:build unix

package dataplane

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// waiter lets a plain connection wait for its next call without a buffer: it takes one only when there is something to
// read. Most connections are idle most of the time, and the buffer would be most of what they cost.
type waiter struct {
	in   *input
	err  error
	read func(fd uintptr) bool // tryRead; kept, since making it allocates
}

// wait reads the first bytes of a call.
func (c *conn) wait() error {
	if c.isTLS || c.look == nil {
		_, err := c.in.fill()
		return err
	}
	w := &c.waiter
	if w.read == nil {
		w.read = w.tryRead
	}
	w.err = nil
	if err := c.look.Read(w.read); err != nil {
		return err
	}
	return w.err
}

// tryRead reads what is there. It reports false if there is nothing yet.
func (w *waiter) tryRead(fd uintptr) bool {
	in := w.in
	in.take()
	n, err := unix.Read(int(fd), in.buf)
	for errors.Is(err, unix.EINTR) {
		n, err = unix.Read(int(fd), in.buf)
	}
	switch {
	case n > 0:
		in.w = n
		return true
	case err == nil:
		w.err = io.EOF
	case errors.Is(err, unix.EAGAIN):
		in.giveBack()
		return false
	default:
		w.err = os.NewSyscallError("read", err)
	}
	in.giveBack()
	return true
}
