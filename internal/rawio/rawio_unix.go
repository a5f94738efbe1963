//go:build unix

// Package rawio reads and writes file descriptors without waiting, for those who hold one by syscall.RawConn and wait in
// one call for what comes next.
//
// It may use the standard library only.
package rawio

import (
	"errors"
	"io"
	"syscall"
)

// Supported tells whether Read and Write work on this system.
const Supported = true

// Read reads without waiting; it is not ready if it would have had to. The end of the stream is io.EOF.
func Read(fd uintptr, b []byte) (n int, ready bool, err error) {
	for {
		n, err := syscall.Read(int(fd), b)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, false, nil
		case err != nil:
			return 0, true, err
		case n == 0:
			return 0, true, io.EOF
		}
		return n, true, nil
	}
}

// Write writes what it can without waiting, which may be nothing.
func Write(fd uintptr, b []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), b)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, err
		}
		return n, nil
	}
}
