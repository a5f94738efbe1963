// Package cloudwatch is the control plane of metrics and alarms: CloudWatch's operations, a file per resource. Points are in a
// [metrics.Store], dashboards and alarms are documents.
//
// It may import alarm, gateway, metrics, metrics/chart, metrics/query, state, store, wire and its generated types.
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
	Alarms Alarms
	Now    func() time.Time
}

// Alarms evaluates alarms.
type Alarms interface {
	// Wake has what was changed evaluated.
	Wake()
}

// Service implements the operations.
type Service struct{ Options }

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service { return &Service{Options: opts} }
