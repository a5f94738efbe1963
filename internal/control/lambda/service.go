// Package lambda is the control plane of Lambda functions: the operations of AWS's service of that name, a file per
// resource. A handler checks its input, changes documents in one transaction, and returns when the change is live. What
// takes longer, unpacking code, is done behind the answer, as on AWS: a function is Pending, or its update InProgress,
// until then.
//
// It may import gateway, state, store, jsontext, lambda, objects, wire and its generated types.
package lambda

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/objects"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// Live tells when a commit is being served.
type Live interface {
	Wait(ctx context.Context, revision int64) error
}

// Functions runs functions. Errors are those of package lambda.
type Functions interface {
	// Invoke runs one call and waits for it.
	Invoke(ctx context.Context, ref gateway.FunctionRef, in *lambda.Invocation, out *lambda.Result) error
	// Enqueue accepts an asynchronous call.
	Enqueue(ctx context.Context, ref gateway.FunctionRef, in *lambda.Invocation) error
	// Check says whether a function could be called.
	Check(ref gateway.FunctionRef) error
	// Warmed tells how many workers of a version or alias are initialised.
	Warmed(ref gateway.FunctionRef) int
}

// Code keeps the zips of functions and layers.
type Code interface {
	// Keep stores a zip, unless it is one that cannot be unpacked: that is a [*lambda.BadCode].
	Keep(zip []byte) (gateway.FunctionCode, error)
	// Prepare unpacks what a version runs: its code and its layers. What is wrong with them is a [*lambda.BadCode].
	Prepare(ctx context.Context, v gateway.FunctionVersion) error
	// Open returns a zip with its length.
	Open(sha256 string) (zip io.ReadCloser, size int64, err error)
}

// Objects are those of an S3-compatible server.
type Objects interface {
	// Get reads an object of at most limit bytes. What the server refuses is an [*objects.Error].
	Get(ctx context.Context, o objects.Object, limit int64) ([]byte, error)
}

// Options is what the service stands on.
type Options struct {
	Store     store.Store
	Live      Live
	Functions Functions
	Code      Code
	Objects   Objects
	// Concurrency is how many calls of an account and region may run at once.
	Concurrency int
	Now         func() time.Time
	Log         *slog.Logger
}

// Service implements the operations.
type Service struct {
	Options
	preparing preparing
	// linkKey signs the links to zips. It dies with the process, as the links do within minutes.
	linkKey [32]byte
}

var _ gen.Handler = (*Service)(nil)

// New returns the service. It makes functions ready from [Service.Start] on.
func New(opts Options) *Service {
	s := &Service{Options: opts}
	s.preparing.init()
	newLinkKey(&s.linkKey)
	return s
}

// view calls fn with one state of the caller's documents.
func (s *Service) view(ctx context.Context, call *wire.Call, fn func(reader) error) error {
	err := s.Store.View(ctx, func(r store.Reader) error {
		return fn(reader{Reader: r, tenant: call.Tenant})
	})
	return modelled(err)
}

// update calls fn in a transaction and returns when what it wrote is live.
func (s *Service) update(ctx context.Context, call *wire.Call, fn func(writer) error) error {
	revision, err := s.Store.Update(ctx, func(tx store.Tx) error { return fn(s.writer(tx, call.Tenant)) })
	if err != nil {
		return modelled(err)
	}
	return s.Live.Wait(ctx, revision)
}

func (s *Service) writer(tx store.Tx, tenant gateway.Tenant) writer {
	return writer{reader: reader{Reader: tx, tenant: tenant}, tx: tx, now: s.now()}
}

// now is the time in the resolution that AWS shows.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
