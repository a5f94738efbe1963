package upstream

import (
	"context"
	"errors"
	"net"
)

// Op is what was being done when a call failed.
type Op string

// The operations, in the order in which a call goes through them.
const (
	// OpRequest is a request that cannot be sent as it is: a line break in a field, a space in the target.
	OpRequest Op = "request"
	// OpBody is the request body's own reader; the back end is not to blame.
	OpBody Op = "body"
	// OpWait is waiting for a connection under [Options.MaxConnsPerHost].
	OpWait Op = "wait"
	// OpDial is resolving the name and connecting.
	OpDial Op = "dial"
	// OpTLS is the handshake, certificate verification included.
	OpTLS Op = "tls"
	// OpWrite is sending the request.
	OpWrite Op = "write"
	// OpRead is receiving the response.
	OpRead Op = "read"
	// OpProtocol is a response that is not HTTP/1.x, or is framed so that it cannot be trusted.
	OpProtocol Op = "protocol"
)

// Error is the only type of error that [Client.Do] and the body of a response return, besides io.EOF. It wraps the
// cause: context.Canceled when the context ended, the body reader's own error under [OpBody].
type Error struct {
	Op Op
	// Timeout tells that the deadline, the connect timeout or the stream's idle timeout passed.
	Timeout bool
	// Reused tells that the connection had served an earlier call.
	Reused bool
	Err    error

	// untouched: the connection accepted nothing of the request. unanswered: not a byte of a response arrived.
	untouched, unanswered bool
}

// Error implements error.
func (e *Error) Error() string { return "upstream " + string(e.Op) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Causes of protocol errors and refusals; they stand wrapped in an [Error].
var (
	ErrClosed           = errors.New("client is closed")
	ErrMalformedRequest = errors.New("request head is malformed")
	ErrMalformedHead    = errors.New("response head is malformed")
	ErrHeadTooLarge     = errors.New("response head is too large")
	ErrAmbiguousLength  = errors.New("response has an ambiguous or malformed length")
	ErrMalformedChunk   = errors.New("response body is chunked wrongly")
	ErrUnexpectedStatus = errors.New("response has an unexpected informational status")
	ErrBodyLength       = errors.New("request body is not as long as was announced")
)

// fail wraps err; a context that has ended takes precedence, because closing the connection is how it is enforced.
func fail(ctx context.Context, op Op, err error) *Error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Error{Op: op, Timeout: isTimeout(err), Err: err}
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
