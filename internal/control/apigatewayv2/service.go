// Package apigatewayv2 is the control plane of HTTP APIs: the operations of AWS's service of that name, a file per
// resource. A handler checks its input, changes documents in one transaction, and returns when the change is live.
//
// It may import gateway, state, store, compile (to ask whether something would), openapi, wire and its generated types.
package apigatewayv2

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// Live tells when a commit is being served.
type Live interface {
	Wait(ctx context.Context, revision int64) error
}

// Options is what the service stands on.
type Options struct {
	Store store.Store
	Live  Live
	// Endpoint returns the URL under which an API takes calls, without a slash at the end.
	Endpoint func(region, apiID string) string
	Quotas   gateway.Quotas
	// Issuers are asked when a JWT authorizer is made.
	Issuers Issuers
	// Verdicts are forgotten by ResetAuthorizersCache.
	Verdicts Verdicts
	// Mappable are the headers that parameter mappings may set although AWS reserves them.
	Mappable []string
	Now      func() time.Time
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

// part names what belongs to an API.
type part struct{ apiID, id string }

// readPart reads a part of an API with get, one of the reader's methods.
func readPart[T any](ctx context.Context, s *Service, call *wire.Call, of part, get func(r reader, apiID, id string) (T, error)) (found T, err error) {
	err = s.view(ctx, call, func(r reader) (err error) {
		if _, err = r.api(of.apiID); err != nil {
			return err
		}
		found, err = get(r, of.apiID, of.id)
		return err
	})
	return found, err
}

// update calls fn in a transaction and returns when what it wrote is live.
func (s *Service) update(ctx context.Context, call *wire.Call, fn func(writer) error) error {
	revision, err := s.Store.Update(ctx, func(tx store.Tx) error {
		exactly := s.Now().UTC()
		return fn(writer{
			reader: reader{Reader: tx, tenant: call.Tenant}, tx: tx, now: exactly.Truncate(time.Second), exactly: exactly,
		})
	})
	if err != nil {
		return modelled(err)
	}
	return s.Live.Wait(ctx, revision)
}

// now is the time in the resolution that AWS shows.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Second) }
