package apigateway

import (
	"context"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
)

// listing is what a client asks of a list of an API's parts.
type listing struct {
	apiID    string
	limit    *int32
	position *string
}

// list calls fn with the range of an API's documents that the client asks for.
func (s *Service) list(ctx context.Context, call *wire.Call, want listing, fn func(reader, store.Range) error) error {
	rng, err := page(want.limit, want.position)
	if err != nil {
		return err
	}
	return s.view(ctx, call, func(r reader) error {
		if _, err := r.api(want.apiID); err != nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), want.apiID
		return fn(r, rng)
	})
}

// listOwn calls fn with the range of the caller's own documents that the client asks for.
func (s *Service) listOwn(ctx context.Context, call *wire.Call, want listing, fn func(reader, store.Range) error) error {
	rng, err := page(want.limit, want.position)
	if err != nil {
		return err
	}
	return s.view(ctx, call, func(r reader) error {
		rng.Tenant = r.tenant.String()
		return fn(r, rng)
	})
}
