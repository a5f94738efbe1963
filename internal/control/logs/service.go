// Package logs is the control plane of log groups: CloudWatch Logs' operations, a file per resource. What groups were told
// are documents; their events are in a [logs.Store].
//
// It may import gateway, state, store, logs, logs/insights, logs/pattern, metrics, wire and its generated types.
package logs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// Options is what the service stands on.
type Options struct {
	Store store.Store
	Logs  *logs.Store
	// Points get what metric filters measure; nil for nothing.
	Points *metrics.Store
	// Flush writes what calls and functions have logged and is not kept yet; nil where nobody else logs.
	Flush func()
	Now   func() time.Time
}

// Service implements the operations.
type Service struct {
	Options
	queries queries
	meters  meters
}

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service {
	return &Service{Options: opts, meters: meters{groups: map[gateway.LogGroupID][]meter{}}}
}

// Load makes the events fit the groups that there are: it tells each log how long it is kept, and drops those of groups
// that are gone. It is to be called before anything is logged.
func (s *Service) Load(ctx context.Context) error {
	return s.Store.View(ctx, func(r store.Reader) error {
		for _, id := range s.Logs.Groups() {
			group, err := state.LogGroups().Get(r, keyOf(id))
			switch {
			case errors.Is(err, store.ErrNotFound):
				err = s.Logs.Drop(id)
			case err == nil:
				s.Logs.Log(id).Keep(retention(group))
			}
			if err != nil {
				return fmt.Errorf("log group %s: %w", id.Name, err)
			}
		}
		return s.loadMeters(r)
	})
}

func retention(g gateway.LogGroup) time.Duration {
	return time.Duration(g.RetentionDays) * 24 * time.Hour
}

// Ensure makes a group that there is not: AWS does so for the logs of functions and of executions.
func (s *Service) Ensure(ctx context.Context, id gateway.LogGroupID) error {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		err := state.LogGroups().Create(tx, keyOf(id), gateway.LogGroup{Name: id.Name, Class: gateway.LogGroupStandard, CreatedAt: s.Now().UTC()})
		if errors.Is(err, store.ErrExists) {
			return nil
		}
		return err
	})
	return err
}

func keyOf(id gateway.LogGroupID) store.Key {
	return store.At(gateway.Tenant{Account: id.Account, Region: id.Region}.String(), "", id.Name)
}

// idOf names a group of the caller's tenant: by its name, or by its ARN, which has to be of that tenant.
func idOf(call *wire.Call, identifier string) (gateway.LogGroupID, error) {
	if id, ok := gateway.ParseLogGroupARN(identifier); ok {
		if id.Region != call.Tenant.Region || id.Account != call.Tenant.Account {
			return id, noGroup()
		}
		return id, nil
	}
	id := gateway.LogGroupID{Region: call.Tenant.Region, Account: call.Tenant.Account, Name: identifier}
	if !id.Valid() {
		return id, noGroup()
	}
	return id, nil
}

// either returns the one of two ways to name a group that the caller has used.
func either(call *wire.Call, name, identifier *string) (gateway.LogGroupID, error) {
	switch {
	case name != nil && identifier != nil:
		return gateway.LogGroupID{}, invalid("Only one of logGroupName or logGroupIdentifier can be specified")
	case name != nil:
		return idOf(call, *name)
	case identifier != nil:
		return idOf(call, *identifier)
	}
	return gateway.LogGroupID{}, invalid("Either logGroupName or logGroupIdentifier must be specified")
}

// group finds a group.
func group(r store.Reader, id gateway.LogGroupID) (gateway.LogGroup, error) {
	g, err := state.LogGroups().Get(r, keyOf(id))
	if errors.Is(err, store.ErrNotFound) {
		return g, noGroup()
	}
	return g, err
}

// exists is for operations on what is in a group.
func (s *Service) exists(ctx context.Context, id gateway.LogGroupID) error {
	return s.Store.View(ctx, func(r store.Reader) error {
		_, err := group(r, id)
		return err
	})
}

// change stores what change makes of a group.
func (s *Service) change(ctx context.Context, id gateway.LogGroupID, change func(*gateway.LogGroup) error) (gateway.LogGroup, error) {
	var g gateway.LogGroup
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		var err error
		if g, err = group(tx, id); err != nil {
			return err
		}
		if err := change(&g); err != nil {
			return err
		}
		return state.LogGroups().Put(tx, keyOf(id), g)
	})
	return g, modelled(err)
}
