//go:build !unix

package dataplane

import "syscall"

// gone would report whether the peer has left; this system offers no look without reading, so an abort shows only when the
// response is written.
func gone(syscall.RawConn) bool { return false }

func pending(syscall.RawConn) bool { return false }
