// Package cloudwatch is the control plane of metrics: CloudWatch's operations, a file per resource. Points are in a
// [metrics.Store], dashboards are documents.
//
// It may import gateway, metrics, metrics/query, state, store, wire and its generated types.
package cloudwatch

import (
	"time"

	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// Options is what the service stands on.
type Options struct {
	Store  store.Store
	Points *metrics.Store
	Now    func() time.Time
}

// Service implements the operations.
type Service struct{ Options }

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service { return &Service{Options: opts} }
