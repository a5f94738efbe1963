package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// swapREST is swap for a REST API.
func (r *Rollout) swapREST(ctx context.Context, id apiID) error {
	var api gateway.RestAPI
	var stages []compile.RestStage
	err := r.store.View(ctx, func(rd store.Reader) error {
		var err error
		if api, err = state.RestAPIs().Get(rd, store.At(id.tenant.String(), "", id.id)); err != nil {
			return err
		}
		stages, err = readRestStages(rd, id.tenant, api)
		return err
	})
	if errors.Is(err, store.ErrNotFound) && api.ID == "" {
		r.forget(id)
		return nil
	}
	if err != nil {
		return err
	}
	next := &program.API{
		ID: api.ID, Account: id.tenant.Account, Region: id.tenant.Region, REST: true,
		Stages:   make(map[string]*program.Program, len(stages)),
		NotFound: compile.RestAnswering(exchange.KindUnknownAPI, api.ID, r.world),
		Disabled: api.DisableDefaultEndpoint,
	}
	for _, s := range stages {
		if next.Stages[s.Stage.Name], err = compile.RestAPI(s, r.world); err != nil {
			return fmt.Errorf("stage %s: %w", s.Stage.Name, err)
		}
	}
	r.table.Put(next)
	return nil
}

// readRestStages returns an API's stages with what their deployments froze.
func readRestStages(rd store.Reader, tenant gateway.Tenant, api gateway.RestAPI) ([]compile.RestStage, error) {
	all, err := state.RestStages().List(rd, store.Range{Tenant: tenant.String(), Parent: api.ID})
	if err != nil {
		return nil, err
	}
	stages := make([]compile.RestStage, 0, len(all.Items))
	for _, item := range all.Items {
		snapshot, err := state.RestSnapshots().Get(rd, store.At(tenant.String(), api.ID, item.Value.DeploymentID))
		if err != nil {
			return nil, fmt.Errorf("stage %s: %w", item.Value.Name, err)
		}
		stages = append(stages, compile.RestStage{Tenant: tenant, API: api, Stage: item.Value, Snapshot: snapshot})
	}
	return stages, nil
}
