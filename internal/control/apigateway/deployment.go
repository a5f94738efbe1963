package apigateway

import (
	"context"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func (r reader) deployment(apiID, id string) (gateway.RestDeployment, error) {
	d, err := state.RestDeployments().Get(r, r.key(apiID, id))
	return d, orNotFound(err, notFound("Invalid Deployment identifier specified"))
}

// checkDeployed wants a deployment that a stage or a canary can serve (recorded: test_update_stage_canary_deployment_validation).
func (r reader) checkDeployed(apiID, id string) error {
	_, err := state.RestDeployments().Get(r, r.key(apiID, id))
	return orNotFound(err, badRequest("Deployment id does not exist"))
}

// CreateDeployment freezes an API as it is. With a stage's name it makes the stage, or has it serve the deployment: all of
// its calls, or a part of them with canary settings.
func (s *Service) CreateDeployment(ctx context.Context, call *wire.Call, in *gen.CreateDeploymentInput) (*gen.Deployment, error) {
	made := gateway.RestDeployment{ID: newID(), Description: text(in.Description)}
	err := s.update(ctx, call, func(w writer) error {
		snapshot, err := w.freeze(in.RestApiId)
		if err != nil {
			return err
		}
		if in.CanarySettings != nil {
			if err := w.checkCanaryStage(in); err != nil {
				return err
			}
		}
		if made.Summary, err = summaryOf(snapshot.Resources); err != nil {
			return err
		}
		made.CreatedAt = w.now
		if err := state.RestSnapshots().Put(w.tx, w.key(in.RestApiId, made.ID), snapshot); err != nil {
			return err
		}
		if err := state.RestDeployments().Put(w.tx, w.key(in.RestApiId, made.ID), made); err != nil {
			return err
		}
		if text(in.StageName) == "" {
			return nil
		}
		return s.deployTo(w, in, made.ID)
	})
	if err != nil {
		return nil, err
	}
	return deploymentOutput(made, false), nil
}

// freeze reads everything of an API that a deployment keeps.
func (r reader) freeze(apiID string) (snapshot gateway.RestSnapshot, err error) {
	if snapshot.API, err = r.api(apiID); err != nil {
		return snapshot, err
	}
	all := r.children(apiID)
	for _, read := range []func() error{
		func() (err error) { snapshot.Resources, err = values(state.Resources().List(r, all)); return err },
		func() (err error) { snapshot.Models, err = values(state.RestModels().List(r, all)); return err },
		func() (err error) {
			snapshot.Validators, err = values(state.RequestValidators().List(r, all))
			return err
		},
		func() (err error) {
			snapshot.Authorizers, err = values(state.RestAuthorizers().List(r, all))
			return err
		},
		func() (err error) {
			snapshot.GatewayResponses, err = values(state.GatewayResponses().List(r, all))
			return err
		},
	} {
		if err := read(); err != nil {
			return snapshot, err
		}
	}
	return snapshot, nil
}

// summaryOf tells what is deployed, or why it cannot be: the texts are those of users' reports (getmoto/moto issue 9466,
// hashicorp/terraform-provider-aws issue 21210).
func summaryOf(resources []gateway.Resource) (map[string]map[string]gateway.MethodSummary, error) {
	summary := map[string]map[string]gateway.MethodSummary{}
	for _, resource := range resources {
		if len(resource.Methods) == 0 {
			continue
		}
		lines := map[string]gateway.MethodSummary{}
		for verb, method := range resource.Methods {
			if method.Integration == nil {
				return nil, badRequest("No integration defined for method")
			}
			lines[verb] = gateway.MethodSummary{Authorization: method.Authorization, APIKeyRequired: method.APIKeyRequired}
		}
		summary[resource.Path] = lines
	}
	if len(summary) == 0 {
		return nil, badRequest("The REST API doesn't contain any methods")
	}
	return summary, nil
}

// checkCanaryStage wants a stage for a canary (recorded: test_create_canary_deployment_validation).
func (r reader) checkCanaryStage(in *gen.CreateDeploymentInput) error {
	const invalid = "Invalid deployment content specified."
	name := text(in.StageName)
	if name == "" {
		shown := "null"
		if in.StageName != nil {
			shown = ""
		}
		return badRequest(invalid+"Non null and non empty stageName must be provided for canary deployment. Provided value is %s", shown)
	}
	_, err := state.RestStages().Get(r, r.key(in.RestApiId, name))
	return orNotFound(err, badRequest(invalid+"Stage %s must already be created before making a canary release deployment", name))
}

// deployTo makes the stage that a deployment names, or moves it there. What the call leaves out stays as it is.
func (s *Service) deployTo(w writer, in *gen.CreateDeploymentInput, id string) error {
	stage, err := state.RestStages().Get(w, w.key(in.RestApiId, *in.StageName))
	existed := err == nil
	if !existed {
		stage = gateway.RestStage{Name: *in.StageName, CreatedAt: w.now}
		if err := orNotFound(err, nil); err != nil {
			return err
		}
	}
	if canary := in.CanarySettings; canary != nil {
		stage.Canary = &gateway.CanarySettings{
			DeploymentID: id, Percent: or0(canary.PercentTraffic), Overrides: maps.Clone(canary.StageVariableOverrides),
			UseStageCache: isTrue(canary.UseStageCache),
		}
	} else {
		stage.DeploymentID = id
	}
	stage.Description = or(in.StageDescription, stage.Description)
	stage.CacheSize = or(in.CacheClusterSize, stage.CacheSize)
	if in.CacheClusterEnabled != nil {
		stage.CacheEnabled = *in.CacheClusterEnabled
	}
	if in.TracingEnabled != nil {
		stage.Tracing = *in.TracingEnabled
	}
	if len(in.Variables) > 0 {
		stage.Variables = maps.Clone(in.Variables)
	}
	if !existed {
		if err := s.checkNewStage(w, in.RestApiId, stage); err != nil {
			return err
		}
	}
	return w.saveStage(in.RestApiId, &stage)
}

// apiSummary asks GetDeployment and GetDeployments for the summary of what was deployed.
const apiSummary = "apisummary"

// GetDeployment returns a deployment, with a summary of its methods when that is embedded.
func (s *Service) GetDeployment(ctx context.Context, call *wire.Call, in *gen.GetDeploymentInput) (*gen.Deployment, error) {
	d, err := readPart(ctx, s, call, part{in.RestApiId, in.DeploymentId}, reader.deployment)
	if err != nil {
		return nil, err
	}
	return deploymentOutput(d, slices.Contains(in.Embed, apiSummary)), nil
}

// GetDeployments lists an API's deployments.
func (s *Service) GetDeployments(ctx context.Context, call *wire.Call, in *gen.GetDeploymentsInput) (*gen.GetDeploymentsOutput, error) {
	var out gen.GetDeploymentsOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		page, err := state.RestDeployments().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(d gateway.RestDeployment) gen.Deployment { return *deploymentOutput(d, false) })
		return err
	})
	return &out, err
}

// UpdateDeployment changes a deployment's description; what it froze never changes.
func (s *Service) UpdateDeployment(ctx context.Context, call *wire.Call, in *gen.UpdateDeploymentInput) (*gen.Deployment, error) {
	var d gateway.RestDeployment
	err := s.update(ctx, call, func(w writer) (err error) {
		if d, err = w.deployment(in.RestApiId, in.DeploymentId); err != nil {
			return err
		}
		if err := deploymentPatches().Apply(&d, in.PatchOperations); err != nil {
			return err
		}
		return state.RestDeployments().Put(w.tx, w.key(in.RestApiId, d.ID), d)
	})
	if err != nil {
		return nil, err
	}
	return deploymentOutput(d, false), nil
}

// deploymentPatches are UpdateDeployment's.
func deploymentPatches() patch.Table[gateway.RestDeployment] {
	return patch.Table[gateway.RestDeployment]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.RestDeployment]{
		patch.Field("/description", patch.Replace, patch.Text(), func(d *gateway.RestDeployment) *string { return &d.Description }),
	}}
}

// DeleteDeployment removes a deployment that no stage serves (recorded: test_create_delete_deployments).
func (s *Service) DeleteDeployment(ctx context.Context, call *wire.Call, in *gen.DeleteDeploymentInput) (*gen.DeleteDeploymentOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.deployment(in.RestApiId, in.DeploymentId); err != nil {
			return err
		}
		stages, err := w.stages(in.RestApiId)
		if err != nil {
			return err
		}
		for _, stage := range stages {
			if stage.DeploymentID == in.DeploymentId || stage.Canary != nil && stage.Canary.DeploymentID == in.DeploymentId {
				return badRequest("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		if err := state.RestSnapshots().Delete(w.tx, w.key(in.RestApiId, in.DeploymentId)); err != nil {
			return err
		}
		return state.RestDeployments().Delete(w.tx, w.key(in.RestApiId, in.DeploymentId))
	})
	return &gen.DeleteDeploymentOutput{}, err
}

func deploymentOutput(d gateway.RestDeployment, summary bool) *gen.Deployment {
	out := gen.Deployment{Id: &d.ID, Description: optional(d.Description), CreatedDate: &d.CreatedAt}
	if !summary {
		return &out
	}
	out.ApiSummary = map[string]map[string]gen.MethodSnapshot{}
	for path, methods := range d.Summary {
		lines := map[string]gen.MethodSnapshot{}
		for verb, m := range methods {
			lines[verb] = gen.MethodSnapshot{AuthorizationType: new(string(m.Authorization)), ApiKeyRequired: &m.APIKeyRequired}
		}
		out.ApiSummary[path] = lines
	}
	return &out
}
