//go:build unix

package runtimeapi

import (
	"errors"
	"io"
	"syscall"
)

const rawSupported = true

// rawRead reads without waiting; it is not ready if it would have had to. The end of the stream is io.EOF.
func rawRead(fd uintptr, b []byte) (n int, ready bool, err error) {
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

// rawWrite writes what it can without waiting, which may be nothing.
func rawWrite(fd uintptr, b []byte) (int, error) {
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
