package backend

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/upstream"
)

// outcome is what a call says about its member.
type outcome int

const (
	answered outcome = iota
	failed
	// undecided: the call ended for a reason of its own.
	undecided
)

// verdict judges the outcome of a call.
func verdict(err error) outcome {
	if err == nil {
		return answered
	}
	var e *upstream.Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, upstream.ErrClosed) {
		return undecided
	}
	switch e.Op {
	case upstream.OpDial, upstream.OpProtocol:
		return failed
	case upstream.OpTLS:
		if isDisagreement(err) {
			return undecided
		}
		return failed
	case upstream.OpWrite, upstream.OpRead:
		// A member that restarts closes its old connections, and calls on them fail all at once. Whether it is there
		// the next new connection will tell.
		if e.Reused && !e.Timeout {
			return undecided
		}
		return failed
	case upstream.OpRequest, upstream.OpBody, upstream.OpWait:
		return undecided
	}
	return undecided
}

// isDisagreement tells a member that answers, but not as this integration's TLS configuration wants it: another
// integration's may differ.
func isDisagreement(err error) bool {
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &plain)
}

// MayRetry reports whether a call that failed can be made again on another member: the back end has seen nothing of it, its
// body is still whole, and there is time left.
func MayRetry(req *upstream.Request, err error) bool {
	var e *upstream.Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, upstream.ErrClosed) {
		return false
	}
	if req.Body != nil && req.Body.Stream != nil {
		return false // its beginning has been read
	}
	if !req.Deadline.IsZero() && !time.Now().Before(req.Deadline) {
		return false
	}
	return e.Op == upstream.OpDial || e.Op == upstream.OpTLS || e.Op == upstream.OpWait
}
