// Package apigateway is the control plane of REST APIs: the operations of AWS's service of that name (2015-07-09), a file
// per resource. A handler checks its input, changes documents in one transaction, and returns when the change is live.
//
// Updates are tables of patch operations (package patch); patches.go lists them.
//
// It may import gateway, state, store, policy (to read resource policies), patch, openapi/rest (imports and exports), trial, wire and its
// generated types.
package apigateway

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// Live tells when a commit is being served.
type Live interface {
	Wait(ctx context.Context, revision int64) error
}

// Verdicts is what authorizers' functions have answered.
type Verdicts interface {
	// Reset forgets the answers for a stage of an API.
	Reset(region, api, stage string)
}

// Usage knows how often keys have called.
type Usage interface {
	// Used returns the calls of a plan's key on each of n days, of which the first is that of from.
	Used(tenant gateway.Tenant, of gateway.MemberID, from time.Time, n int) []int
}

// Options is what the service stands on.
type Options struct {
	Store store.Store
	Live  Live
	Cache Cache
	// Endpoint returns the URL under which an API takes calls.
	Endpoint func(region, apiID string) string
	Usage    Usage
	Quotas   gateway.RestQuotas
	// Verdicts are forgotten by FlushStageAuthorizersCache.
	Verdicts Verdicts
	// Trials make the calls of TestInvokeMethod.
	Trials Trials
	Now    func() time.Time
}

// Service implements the operations.
type Service struct {
	Options
}

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service { return &Service{Options: opts} }

// view calls fn with one state of the caller's documents.
func (s *Service) view(ctx context.Context, call *wire.Call, fn func(reader) error) error {
	err := s.Store.View(ctx, func(r store.Reader) error {
		return fn(reader{Reader: r, tenant: call.Tenant})
	})
	return modelled(err)
}

// part names what belongs to something else: to an API, or to a usage plan.
type part struct{ parent, id string }

// readPart reads a part with get, one of the reader's methods.
func readPart[T any](ctx context.Context, s *Service, call *wire.Call, of part, get func(r reader, parent, id string) (T, error)) (found T, err error) {
	err = s.view(ctx, call, func(r reader) (err error) {
		found, err = get(r, of.parent, of.id)
		return err
	})
	return found, err
}

// update calls fn in a transaction and returns when what it wrote is live.
func (s *Service) update(ctx context.Context, call *wire.Call, fn func(writer) error) error {
	revision, err := s.Store.Update(ctx, func(tx store.Tx) error {
		return fn(writer{reader: reader{Reader: tx, tenant: call.Tenant}, tx: tx, now: s.Now().UTC().Truncate(time.Second)})
	})
	if err != nil {
		return modelled(err)
	}
	return s.Live.Wait(ctx, revision)
}
