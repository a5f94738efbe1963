//go:build !unix

package rawio

import "errors"

// Supported tells whether Read and Write work on this system.
const Supported = false

// Read is not supported here.
func Read(uintptr, []byte) (int, bool, error) { return 0, true, errors.ErrUnsupported }

// Write is not supported here.
func Write(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
