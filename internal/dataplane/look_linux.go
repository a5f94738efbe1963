package dataplane

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// gone reports whether the peer has closed its side, even if unread input stands before the end.
func gone(socket syscall.RawConn) bool {
	return poll(socket, unix.POLLRDHUP)&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

// pending reports whether there is unread input.
func pending(socket syscall.RawConn) bool { return poll(socket, unix.POLLIN)&unix.POLLIN != 0 }

func poll(socket syscall.RawConn, events int16) int16 {
	fds := [1]unix.PollFd{{Events: events}}
	err := socket.Control(func(fd uintptr) {
		fds[0].Fd = int32(fd) //nolint:gosec // a descriptor is a C int
		if _, err := unix.Poll(fds[:], 0); err != nil {
			fds[0].Revents = 0 // interrupted: the next sweep looks again
		}
	})
	if err != nil {
		return 0 // closed by us meanwhile
	}
	return fds[0].Revents
}
