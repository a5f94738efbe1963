//go:build unix && !linux

package dataplane

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// gone reports whether the peer has closed its side and all it sent was read.
func gone(socket syscall.RawConn) bool {
	n, err := look(socket)
	return n == 0 && err == nil || errors.Is(err, unix.ECONNRESET)
}

// pending reports whether there is unread input.
func pending(socket syscall.RawConn) bool {
	n, err := look(socket)
	return n > 0 && err == nil
}

func look(socket syscall.RawConn) (n int, err error) {
	var b [1]byte
	if cerr := socket.Control(func(fd uintptr) {
		n, _, err = unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	}); cerr != nil {
		return 0, cerr
	}
	return n, err
}
