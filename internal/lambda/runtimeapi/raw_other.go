//go:build !unix

package runtimeapi

import "errors"

const rawSupported = false

func rawRead(uintptr, []byte) (int, bool, error) { return 0, true, errors.ErrUnsupported }
func rawWrite(uintptr, []byte) (int, error)      { return 0, errors.ErrUnsupported }
