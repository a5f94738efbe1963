// Package rollout makes configuration live: it watches the store, compiles what a change touches beside the running
// programs and swaps them in. A change that does not compile leaves the last good program serving. Functions and roles it
// hands on to their directories in the same way.
//
// It stands between store and program and may import gateway, lambda, state, store, exchange, compile, program and usage.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// Rollout keeps a table of programs in step with the store.
type Rollout struct {
	store store.Store
	world compile.World
	table *program.Table
	log   *slog.Logger

	live Directories
	// served are the functions that were handed on, and accounts those whose roles were; Load and Run use them, which take
	// turns.
	served   map[functionID]bool
	accounts map[string]bool

	mu      sync.Mutex
	applied int64
	moved   chan struct{} // closed and replaced when applied grows
}

// Directories are what is live besides programs.
type Directories struct {
	Functions Functions
	Roles     Roles
}

// New returns a rollout that fills table and directories. Run does the work.
func New(s store.Store, world compile.World, table *program.Table, live Directories) *Rollout {
	return &Rollout{
		store: s, world: world, table: table, log: world.Log, moved: make(chan struct{}),
		live: live, served: map[functionID]bool{}, accounts: map[string]bool{},
	}
}

// Load compiles everything there is. It is called once, before Run.
func (r *Rollout) Load(ctx context.Context) error {
	revision, err := r.store.Revision(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(r.loadUsage(ctx), r.reloadAllRoles(ctx), r.reloadFunctions(ctx), r.reloadAll(ctx)); err != nil {
		return err
	}
	r.reached(revision)
	return nil
}

// Run follows the store until ctx ends or the store is closed. What fails is tried again.
func (r *Rollout) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.follow(ctx)
		if err == nil {
			continue
		}
		if errors.Is(err, store.ErrClosed) || ctx.Err() != nil {
			return
		}
		r.log.ErrorContext(ctx, "the store's changes cannot be followed; trying again", "error", err)
		pause(ctx, retryAfter)
	}
}

// follow makes the next changes live, after waiting for them.
func (r *Rollout) follow(ctx context.Context) error {
	changes, err := r.store.Changes(ctx, r.revision())
	if errors.Is(err, store.ErrCompacted) {
		return r.Load(ctx)
	}
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := r.changeUsage(ctx, changes); err != nil {
		return err
	}
	for _, account := range touched(changes, rolesOf) {
		r.reloadRoles(ctx, account)
	}
	for _, id := range touched(changes, functionOf) {
		r.reloadFunction(ctx, id)
	}
	for _, id := range touched(changes, apiOf) {
		r.reload(ctx, id)
	}
	r.reached(changes[len(changes)-1].Revision)
	return nil
}

// retryAfter is the pause after a failure of the store.
const retryAfter = time.Second

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Wait returns when every commit up to the revision is live on this node, or with ctx's error.
func (r *Rollout) Wait(ctx context.Context, revision int64) error {
	for {
		r.mu.Lock()
		applied, moved := r.applied, r.moved
		r.mu.Unlock()
		if applied >= revision {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Rollout) revision() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.applied
}

func (r *Rollout) reached(revision int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.applied = revision
	close(r.moved)
	r.moved = make(chan struct{})
}

// apiID names an API across tenants.
type apiID struct {
	tenant gateway.Tenant
	id     string
	rest   bool
}

// touched returns what changes concern, each once, in order.
func touched[ID comparable](changes []store.Change, of func(store.Key) (ID, bool)) []ID {
	var ids []ID
	seen := map[ID]bool{}
	for _, c := range changes {
		id, ok := of(c.Key)
		if ok && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// list returns what there is of a kind.
func list[ID any](ctx context.Context, s store.Store, kind string, of func(store.Key) (ID, bool)) ([]ID, error) {
	var ids []ID
	err := s.View(ctx, func(rd store.Reader) error {
		docs, err := rd.List(store.Range{Kind: kind, AnyTenant: true, AnyParent: true})
		for _, d := range docs {
			if id, ok := of(d.Key); ok {
				ids = append(ids, id)
			}
		}
		return err
	})
	return ids, err
}

// apiOf returns the API whose programs depend on a document. Routes, resources and integrations are not among them: they
// go live by a deployment, and so by their stage's document.
func apiOf(key store.Key) (apiID, bool) {
	tenant, ok := gateway.ParseTenant(key.Tenant)
	if !ok {
		return apiID{}, false
	}
	switch key.Kind {
	case state.KindAPI:
		return apiID{tenant: tenant, id: key.ID}, true
	case state.KindStage:
		return apiID{tenant: tenant, id: key.Parent}, true
	case state.KindRestAPI:
		return apiID{tenant: tenant, id: key.ID, rest: true}, true
	case state.KindRestStage:
		return apiID{tenant: tenant, id: key.Parent, rest: true}, true
	}
	return apiID{}, false
}

func (r *Rollout) reloadAll(ctx context.Context) error {
	ids, err := list(ctx, r.store, state.KindAPI, apiOf)
	if err != nil {
		return err
	}
	rest, err := list(ctx, r.store, state.KindRestAPI, apiOf)
	if err != nil {
		return err
	}
	ids = append(ids, rest...)
	live := map[apiID]bool{}
	for _, id := range ids {
		live[id] = true
		r.reload(ctx, id)
	}
	for _, api := range r.table.All() {
		if !live[apiID{gateway.Tenant{Account: api.Account, Region: api.Region}, api.ID, api.REST}] {
			r.table.Delete(api.ID, api.Region)
		}
	}
	return nil
}

// reload compiles one API anew and swaps it in. A failure keeps what is being served.
func (r *Rollout) reload(ctx context.Context, id apiID) {
	began := time.Now()
	err := r.swap(ctx, id)
	r.world.Metrics.RolledOut(began, err == nil)
	if err != nil && ctx.Err() == nil {
		r.log.ErrorContext(ctx, "rollout rejected; the last good program keeps serving", "api", id.id, "region", id.tenant.Region, "error", err)
	}
}

func (r *Rollout) swap(ctx context.Context, id apiID) error {
	if id.rest {
		return r.swapREST(ctx, id)
	}
	var api gateway.API
	var stages []compile.Stage
	gone := false
	err := r.store.View(ctx, func(rd store.Reader) error {
		var err error
		api, err = state.APIs().Get(rd, store.At(id.tenant.String(), "", id.id))
		if errors.Is(err, store.ErrNotFound) {
			gone = true
			return nil
		}
		if err != nil {
			return err
		}
		stages, err = readStages(rd, id.tenant, api)
		return err
	})
	if err != nil {
		return err
	}
	if gone {
		r.forget(id)
		return nil
	}
	next := &program.API{
		ID: api.ID, Account: id.tenant.Account, Region: id.tenant.Region,
		Stages:   make(map[string]*program.Program, len(stages)),
		NotFound: compile.Answering(exchange.KindRouteNotFound, api.ID, "", r.world),
		Health:   compile.Health(api.ID, false, r.world),
		Disabled: api.DisableDefaultEndpoint,
	}
	for _, s := range stages {
		if next.Stages[s.Stage.Name], err = compile.HTTPAPI(s, r.world); err != nil {
			return fmt.Errorf("stage %s: %w", s.Stage.Name, err)
		}
	}
	r.table.Put(next)
	return nil
}

// forget drops an API that was deleted, unless one of the other kind has taken its id.
func (r *Rollout) forget(id apiID) {
	if api := r.table.Find([]byte(id.id), []byte(id.tenant.Region)); api != nil && api.REST != id.rest {
		return
	}
	r.table.Delete(id.id, id.tenant.Region)
	r.world.Metrics.Forget(id.id)
	r.world.Buckets.Forget(id.tenant.Region, id.id)
	r.world.Limiters.Forget(id.tenant.Region, id.id)
	r.world.Authorizers.Reset(id.tenant.Region, id.id, "")
	r.world.Cache.Flush(id.tenant.Region, id.id, "")
}

// readStages returns the stages that have a deployment, with what it froze. The others serve nothing yet.
func readStages(rd store.Reader, tenant gateway.Tenant, api gateway.API) ([]compile.Stage, error) {
	all, err := state.Stages().List(rd, store.Range{Tenant: tenant.String(), Parent: api.ID})
	if err != nil {
		return nil, err
	}
	var stages []compile.Stage
	for _, item := range all.Items {
		s := item.Value
		if s.DeploymentID == "" {
			continue
		}
		snapshot, err := state.Snapshots().Get(rd, store.At(tenant.String(), api.ID, s.DeploymentID))
		if err != nil {
			return nil, err
		}
		stages = append(stages, compile.Stage{Tenant: tenant, API: api, Stage: s, Snapshot: snapshot})
	}
	return stages, nil
}
