package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// Functions take definitions of functions. A definition that is no good leaves the last one.
type Functions interface {
	Put(lambda.Definition) error
	Delete(tenant gateway.Tenant, name string)
}

// functionID names a function across tenants.
type functionID struct {
	tenant gateway.Tenant
	name   string
}

// functionOf returns the function that a document is part of.
func functionOf(key store.Key) (functionID, bool) {
	tenant, ok := gateway.ParseTenant(key.Tenant)
	if !ok {
		return functionID{}, false
	}
	switch key.Kind {
	case state.KindFunction:
		return functionID{tenant, key.ID}, true
	case state.KindFunctionVersion, state.KindFunctionAlias, state.KindFunctionPolicy, state.KindFunctionEvents, state.KindFunctionProvisioned:
		return functionID{tenant, key.Parent}, true
	}
	return functionID{}, false
}

// reloadFunction hands the function on as the store has it. A failure keeps what is being served.
func (r *Rollout) reloadFunction(ctx context.Context, id functionID) {
	began := time.Now()
	err := r.putFunction(ctx, id)
	r.world.Metrics.RolledOut(began, err == nil)
	if err != nil && ctx.Err() == nil {
		r.log.ErrorContext(ctx, "rollout rejected; the last good function keeps serving", "function", id.name, "region", id.tenant.Region, "error", err)
	}
}

func (r *Rollout) putFunction(ctx context.Context, id functionID) error {
	var def lambda.Definition
	err := r.store.View(ctx, func(rd store.Reader) error {
		var err error
		def, err = readFunction(rd, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		delete(r.served, id)
		r.live.Functions.Delete(id.tenant, id.name)
		return nil
	}
	if err != nil {
		return err
	}
	r.served[id] = true
	return r.live.Functions.Put(def)
}

// readFunction reads all documents of a function.
func readFunction(rd store.Reader, id functionID) (lambda.Definition, error) {
	tenant := id.tenant.String()
	def := lambda.Definition{Tenant: id.tenant}
	var err error
	if def.Function, err = state.Functions().Get(rd, store.At(tenant, "", id.name)); err != nil {
		return def, err
	}
	of := store.Range{Tenant: tenant, Parent: id.name}
	if def.Versions, err = values(state.FunctionVersions(), rd, of); err != nil {
		return def, fmt.Errorf("versions: %w", err)
	}
	if def.Aliases, err = values(state.FunctionAliases(), rd, of); err != nil {
		return def, fmt.Errorf("aliases: %w", err)
	}
	if def.Policies, err = byID(state.FunctionPolicies(), rd, of); err != nil {
		return def, fmt.Errorf("policies: %w", err)
	}
	if def.Events, err = byID(state.FunctionEvents(), rd, of); err != nil {
		return def, fmt.Errorf("event configurations: %w", err)
	}
	if def.Provisioned, err = byID(state.FunctionsProvisioned(), rd, of); err != nil {
		return def, fmt.Errorf("provisioned concurrencies: %w", err)
	}
	return def, nil
}

func values[T any](of store.Collection[T], rd store.Reader, in store.Range) ([]T, error) {
	list, err := of.List(rd, in)
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(list.Items))
	for _, item := range list.Items {
		all = append(all, item.Value)
	}
	return all, nil
}

func byID[T any](of store.Collection[T], rd store.Reader, in store.Range) (map[string]T, error) {
	list, err := of.List(rd, in)
	if err != nil {
		return nil, err
	}
	all := make(map[string]T, len(list.Items))
	for _, item := range list.Items {
		all[item.ID] = item.Value
	}
	return all, nil
}

// reloadFunctions hands all functions on, and forgets those that are no more.
func (r *Rollout) reloadFunctions(ctx context.Context) error {
	live, err := list(ctx, r.store, state.KindFunction, functionOf)
	if err != nil {
		return err
	}
	gone := make(map[functionID]bool, len(r.served))
	for id := range r.served {
		gone[id] = true
	}
	for _, id := range live {
		delete(gone, id)
		r.reloadFunction(ctx, id)
	}
	for id := range gone {
		delete(r.served, id)
		r.live.Functions.Delete(id.tenant, id.name)
	}
	return nil
}
