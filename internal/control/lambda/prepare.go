package lambda

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// maxPreparing is how many functions are made ready at once: it is work for disk and processor.
const maxPreparing = 4

// preparing is what goes on behind the answers.
type preparing struct {
	// ctx ends the work that is under way. What is left undone is done at the next start.
	ctx    context.Context //nolint:containedctx // the work outlives the requests that it is of
	cancel context.CancelFunc
	slots  chan struct{}

	mu      sync.Mutex
	stopped bool
	running sync.WaitGroup
}

func (p *preparing) init() {
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.slots = make(chan struct{}, maxPreparing)
}

// Start makes those functions ready that an earlier process left Pending or InProgress.
func (s *Service) Start(ctx context.Context) error {
	return s.Store.View(ctx, func(r store.Reader) error {
		all, err := state.Functions().List(r, store.Range{AnyTenant: true})
		for _, item := range all.Items {
			if tenant, ok := gateway.ParseTenant(item.Tenant); ok {
				s.prepare(tenant, item.ID)
			}
		}
		return err
	})
}

// Stop ends what is under way and returns when it has ended.
func (s *Service) Stop() {
	p := &s.preparing
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.cancel()
	p.running.Wait()
}

// prepare makes a function ready, behind the caller.
func (s *Service) prepare(tenant gateway.Tenant, name string) {
	p := &s.preparing
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	p.running.Go(func() {
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
		case <-p.ctx.Done():
			return
		}
		if err := s.makeReady(p.ctx, tenant, name); err != nil && p.ctx.Err() == nil {
			s.Log.Error("function not made ready", "function", gateway.FunctionARN(tenant, name, ""), "error", err)
		}
	})
}

// makeReady unpacks what waits and says what came of it.
func (s *Service) makeReady(ctx context.Context, tenant gateway.Tenant, name string) error {
	var waiting []gateway.FunctionVersion
	err := s.Store.View(ctx, func(r store.Reader) (err error) {
		_, waiting, err = (reader{Reader: r, tenant: tenant}).waiting(name)
		return err
	})
	if err != nil || len(waiting) == 0 {
		return orNotFound(err, nil)
	}
	outcomes := make([]error, len(waiting))
	for i, v := range waiting {
		if outcomes[i] = s.Code.Prepare(ctx, v); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		return s.writer(tx, tenant).settle(name, waiting, outcomes)
	})
	return err
}

// waiting returns a function with those of its versions that wait to be made ready.
func (r reader) waiting(name string) (gateway.Function, []gateway.FunctionVersion, error) {
	fn, err := state.Functions().Get(r, r.key("", name))
	if err != nil {
		return fn, nil, err
	}
	all, err := r.versions(name)
	all = append([]gateway.FunctionVersion{fn.Latest}, all...)
	return fn, slices.DeleteFunc(all, func(v gateway.FunctionVersion) bool { return !waits(v) }), err
}

func waits(v gateway.FunctionVersion) bool {
	return v.State == string(gen.StatePending) || v.UpdateStatus == string(gen.LastUpdateStatusInProgress)
}

// settle writes what came of preparing versions, as far as they are still the same.
func (w writer) settle(name string, prepared []gateway.FunctionVersion, outcomes []error) error {
	fn, now, err := w.waiting(name)
	if err != nil {
		return orNotFound(err, nil)
	}
	for _, v := range now {
		i := slices.IndexFunc(prepared, func(p gateway.FunctionVersion) bool {
			return p.Version == v.Version && p.ModifiedAt.Equal(v.ModifiedAt)
		})
		if i < 0 {
			continue
		}
		conclude(&v, outcomes[i])
		if v.Version != gateway.LatestVersion {
			if err := w.putVersion(name, v); err != nil {
				return err
			}
			continue
		}
		v.RevisionID = gateway.NewUUID()
		fn.Latest = v
		if err := w.putFunction(fn); err != nil {
			return err
		}
	}
	return nil
}

// conclude turns Pending and InProgress into what came of it.
func conclude(v *gateway.FunctionVersion, outcome error) {
	reason, code := "", ""
	if outcome != nil {
		reason, code = outcome.Error(), string(gen.StateReasonCodeInternalError)
		if _, ok := errors.AsType[*lambda.BadCode](outcome); ok {
			code = string(gen.StateReasonCodeInvalidZipFileException)
		}
	}
	if v.State == string(gen.StatePending) {
		v.State, v.StateReason, v.StateReasonCode = string(gen.StateActive), reason, code
		if outcome != nil {
			v.State = string(gen.StateFailed)
		}
	}
	v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = string(gen.LastUpdateStatusSuccessful), reason, code
	if outcome != nil {
		v.UpdateStatus = string(gen.LastUpdateStatusFailed)
	}
}

// pending is the state of a function that is being made.
func pending() (state, reason, code string) {
	return string(gen.StatePending), creating, string(gen.StateReasonCodeCreating)
}

// creating is AWS's reason of functions that are being made and, recorded, of those that are being updated.
const creating = "The function is being created."

// pend marks a version as new.
func (w writer) pend(v *gateway.FunctionVersion) {
	v.State, v.StateReason, v.StateReasonCode = pending()
	v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = "", "", ""
	v.RevisionID, v.ModifiedAt = gateway.NewUUID(), w.now
}

// revise marks a version as changed. One whose creation failed is made anew.
func (w writer) revise(v *gateway.FunctionVersion) {
	if v.State == string(gen.StateFailed) {
		w.pend(v)
		return
	}
	v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = string(gen.LastUpdateStatusInProgress), creating, string(gen.StateReasonCodeCreating)
	v.RevisionID, v.ModifiedAt = gateway.NewUUID(), w.now
}
