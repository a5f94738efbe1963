package dataplane

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Handler answers calls.
type Handler interface {
	// Serve answers x by filling x.Response. ctx ends when the client leaves (its cause is then [ErrClientGone]) or the
	// server gives up waiting; over HTTP/1.1 it belongs to the connection, so it does not end when Serve returns. The
	// listener closes x.Response.Body once it is written; x and everything reachable from it is reused after that, so nothing
	// may read the request's body any more when Serve returns, except x.Response.Body.
	Serve(ctx context.Context, x *exchange.Exchange)
	// Refuse renders f into x.Response for a call that the listener itself turns away. What of the request was read
	// before it was refused is in x.Request; the rest is zero.
	Refuse(x *exchange.Exchange, f *exchange.Fault)
}

// ErrClientGone is the cause of a call's context that ended because its client closed the connection.
var ErrClientGone = errors.New("client closed the connection")

// Limits bounds what a client may send and how long it may take. A zero field means its default, except MaxConns.
type Limits struct {
	// MaxBody is the largest request body in bytes; the default is AWS's payload quota, 10 MiB. One byte more is
	// refused with 413.
	MaxBody int64
	// MaxHead is the largest head in bytes, counted as AWS does: the request line and the values of all fields. The
	// default is AWS's quota for HTTP APIs, 10,240.
	MaxHead int
	// HeadTimeout is the time from a head's first byte (for a new connection: from accepting it, and again for the TLS
	// handshake) to its last. The default is 10 s.
	HeadTimeout time.Duration
	// BodyTimeout is the longest wait for the next bytes of a request body. The default is 30 s.
	BodyTimeout time.Duration
	// IdleTimeout is how long a keep-alive connection may stay without a call. The default is 75 s.
	IdleTimeout time.Duration
	// WriteTimeout is the longest that a client may take to accept the next 64 KiB of a response. The default is 30 s.
	WriteTimeout time.Duration
	// MaxConns is the number of connections per listener; more wait in the system's queue. 0 is no limit.
	MaxConns int
	// MaxStreams is the number of calls at a time on one HTTP/2 connection. The default is 128.
	MaxStreams uint32
}

func (l Limits) withDefaults() Limits {
	l.MaxBody = or(l.MaxBody, 10<<20)
	l.MaxHead = or(l.MaxHead, 10240)
	l.HeadTimeout = or(l.HeadTimeout, 10*time.Second)
	l.BodyTimeout = or(l.BodyTimeout, 30*time.Second)
	l.IdleTimeout = or(l.IdleTimeout, 75*time.Second)
	l.WriteTimeout = or(l.WriteTimeout, 30*time.Second)
	l.MaxStreams = or(l.MaxStreams, 128)
	return l
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// smallBody is the largest body, in bytes, that a handler gets whole in Body.Bytes.
const smallBody = 64 << 10
