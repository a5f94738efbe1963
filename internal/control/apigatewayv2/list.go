package apigatewayv2

import (
	"context"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
)

// listing is what a client says about paging.
type listing struct {
	maxResults, nextToken *string
}

// list calls fn with the range of an API's documents that the client asks for.
func (s *Service) list(ctx context.Context, call *wire.Call, apiID string, want listing, fn func(reader, store.Range) error) error {
	rng, err := page(want.maxResults, want.nextToken)
	if err != nil {
		return err
	}
	return s.view(ctx, call, func(r reader) error {
		if _, err := r.api(apiID); err != nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), apiID
		return fn(r, rng)
	})
}
