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
		Health:   compile.Health(api.ID, true, r.world),
		Disabled: api.DisableDefaultEndpoint,
	}
	for _, s := range stages {
		if next.Stages[s.Stage.Name], err = compile.RestAPI(s, r.world); err != nil {
			return fmt.Errorf("stage %s: %w", s.Stage.Name, err)
		}
	}
	before := r.table.Find([]byte(id.id), []byte(id.tenant.Region))
	r.table.Put(next)
	r.flush(before, stages)
	return nil
}

// flush empties the caches of stages that have none any more, or are gone themselves.
func (r *Rollout) flush(before *program.API, now []compile.RestStage) {
	if before == nil {
		return
	}
	cached := map[string]bool{}
	for _, s := range now {
		cached[s.Stage.Name] = s.Stage.CacheEnabled
	}
	for name := range before.Stages {
		if !cached[name] {
			r.world.Cache.Flush(before.Region, before.ID, name)
		}
	}
}

// readRestStages returns an API's stages with what their deployments froze.
func readRestStages(rd store.Reader, tenant gateway.Tenant, api gateway.RestAPI) ([]compile.RestStage, error) {
	all, err := state.RestStages().List(rd, store.Range{Tenant: tenant.String(), Parent: api.ID})
	if err != nil {
		return nil, err
	}
	links, err := readLinks(rd, tenant)
	if err != nil {
		return nil, err
	}
	stages := make([]compile.RestStage, 0, len(all.Items))
	for _, item := range all.Items {
		stage := compile.RestStage{Tenant: tenant, API: api, Stage: item.Value, Links: links}
		if err := readReleases(rd, &stage); err != nil {
			return nil, fmt.Errorf("stage %s: %w", item.Value.Name, err)
		}
		if id := stage.Stage.ClientCertificateID; id != "" {
			certificate, err := state.ClientCertificates().Get(rd, store.At(tenant.String(), "", id))
			if err != nil {
				return nil, fmt.Errorf("stage %s, client certificate: %w", item.Value.Name, err)
			}
			stage.Certificate = &certificate
		}
		stages = append(stages, stage)
	}
	return stages, nil
}

// readLinks returns a tenant's VPC links, of which there are few.
func readLinks(rd store.Reader, tenant gateway.Tenant) (map[string]gateway.RestVPCLink, error) {
	all, err := state.RestVPCLinks().List(rd, store.Range{Tenant: tenant.String()})
	links := make(map[string]gateway.RestVPCLink, len(all.Items))
	for _, item := range all.Items {
		links[item.Value.ID] = item.Value
	}
	return links, err
}

// readReleases reads what the deployments of a stage and of its canary froze.
func readReleases(rd store.Reader, in *compile.RestStage) error {
	snapshot := func(deployment string) (gateway.RestSnapshot, error) {
		return state.RestSnapshots().Get(rd, store.At(in.Tenant.String(), in.API.ID, deployment))
	}
	var err error
	if in.Snapshot, err = snapshot(in.Stage.DeploymentID); err != nil {
		return err
	}
	canary := in.Stage.Canary
	if canary == nil || canary.DeploymentID == "" || canary.DeploymentID == in.Stage.DeploymentID {
		return nil
	}
	other, err := snapshot(canary.DeploymentID)
	in.CanarySnapshot = &other
	return err
}
