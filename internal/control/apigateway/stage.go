package apigateway

import (
	"context"
	"errors"
	"maps"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// stage returns a stage. The text is that of serverless-domain-manager issue 92.
func (r reader) stage(apiID, name string) (gateway.RestStage, error) {
	stage, err := state.RestStages().Get(r, r.key(apiID, name))
	return stage, orNotFound(err, notFound("Invalid stage identifier specified"))
}

func (r reader) stages(apiID string) ([]gateway.RestStage, error) {
	return values(state.RestStages().List(r, r.children(apiID)))
}

// saveStage checks a stage as it will be and stores it.
func (w writer) saveStage(apiID string, stage *gateway.RestStage) error {
	if stage.CacheEnabled && stage.CacheSize == "" {
		stage.CacheSize = defaultCacheSize
	}
	if err := w.checkStage(apiID, *stage); err != nil {
		return err
	}
	stage.UpdatedAt = w.now
	return state.RestStages().Put(w.tx, w.key(apiID, stage.Name), *stage)
}

// defaultCacheSize is the smallest cache.
const defaultCacheSize = "0.5"

// CreateStage serves a deployment under a name.
func (s *Service) CreateStage(ctx context.Context, call *wire.Call, in *gen.CreateStageInput) (*gen.Stage, error) {
	stage := gateway.RestStage{
		Name: *in.StageName, Description: text(in.Description), DeploymentID: *in.DeploymentId, Variables: filled(maps.Clone(in.Variables)),
		CacheEnabled: isTrue(in.CacheClusterEnabled), CacheSize: text(in.CacheClusterSize), Tracing: isTrue(in.TracingEnabled),
		DocumentationVersion: text(in.DocumentationVersion), Tags: maps.Clone(in.Tags), Canary: canaryOf(in.CanarySettings),
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if stage.DeploymentID == "" { // aws-cloudformation/cloudformation-coverage-roadmap issue 2419
			return badRequest("DeploymentId cannot be empty")
		}
		if _, err := w.deployment(in.RestApiId, stage.DeploymentID); err != nil {
			return err
		}
		if stage.Canary != nil && stage.Canary.DeploymentID == "" {
			stage.Canary.DeploymentID = stage.DeploymentID
		}
		if err := s.checkNewStage(w, in.RestApiId, stage); err != nil {
			return err
		}
		stage.CreatedAt = w.now
		return w.saveStage(in.RestApiId, &stage)
	})
	if err != nil {
		return nil, err
	}
	return stageOutput(stage), nil
}

func canaryOf(in *gen.CanarySettings) *gateway.CanarySettings {
	if in == nil {
		return nil
	}
	return &gateway.CanarySettings{
		DeploymentID: text(in.DeploymentId), Percent: or0(in.PercentTraffic), Overrides: filled(maps.Clone(in.StageVariableOverrides)),
		UseStageCache: isTrue(in.UseStageCache),
	}
}

// GetStage returns a stage.
func (s *Service) GetStage(ctx context.Context, call *wire.Call, in *gen.GetStageInput) (*gen.Stage, error) {
	stage, err := readPart(ctx, s, call, part{in.RestApiId, in.StageName}, reader.stage)
	if err != nil {
		return nil, err
	}
	return stageOutput(stage), nil
}

// GetStages lists an API's stages, or those of them that serve a deployment (recorded: test_get_stages_filters_by_deployment_id).
func (s *Service) GetStages(ctx context.Context, call *wire.Call, in *gen.GetStagesInput) (*gen.GetStagesOutput, error) {
	out := gen.GetStagesOutput{Item: []gen.Stage{}}
	err := s.view(ctx, call, func(r reader) error {
		if _, err := r.api(in.RestApiId); err != nil {
			return err
		}
		stages, err := r.stages(in.RestApiId)
		for _, stage := range stages {
			if id := text(in.DeploymentId); id == "" || id == stage.DeploymentID {
				out.Item = append(out.Item, *stageOutput(stage))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// UpdateStage changes a stage by patch operations.
func (s *Service) UpdateStage(ctx context.Context, call *wire.Call, in *gen.UpdateStageInput) (*gen.Stage, error) {
	var stage gateway.RestStage
	err := s.update(ctx, call, func(w writer) (err error) {
		if stage, err = w.stage(in.RestApiId, in.StageName); err != nil {
			return err
		}
		change := stageChange{RestStage: &stage, reader: w.reader, apiID: in.RestApiId}
		if err := stagePatches().Apply(&change, in.PatchOperations); err != nil {
			return err
		}
		return w.saveStage(in.RestApiId, &stage)
	})
	if err != nil {
		return nil, err
	}
	return stageOutput(stage), nil
}

// DeleteStage removes a stage.
func (s *Service) DeleteStage(ctx context.Context, call *wire.Call, in *gen.DeleteStageInput) (*gen.DeleteStageOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.stage(in.RestApiId, in.StageName); err != nil {
			return err
		}
		if err := w.leavePlans(in.RestApiId, in.StageName); err != nil {
			return err
		}
		return state.RestStages().Delete(w.tx, w.key(in.RestApiId, in.StageName))
	})
	return &gen.DeleteStageOutput{}, err
}

// Cache has the cached responses of stages.
type Cache interface {
	// Flush forgets those of a stage.
	Flush(region, api, stage string)
}

// FlushStageCache empties a stage's cache.
func (s *Service) FlushStageCache(ctx context.Context, call *wire.Call, in *gen.FlushStageCacheInput) (*gen.FlushStageCacheOutput, error) {
	err := s.view(ctx, call, func(r reader) error {
		_, err := r.stage(in.RestApiId, in.StageName)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Cache.Flush(call.Tenant.Region, in.RestApiId, in.StageName)
	return &gen.FlushStageCacheOutput{}, nil
}

// FlushStageAuthorizersCache forgets what the functions of a stage's authorizers have answered.
func (s *Service) FlushStageAuthorizersCache(ctx context.Context, call *wire.Call, in *gen.FlushStageAuthorizersCacheInput) (*gen.FlushStageAuthorizersCacheOutput, error) {
	err := s.view(ctx, call, func(r reader) error {
		_, err := r.stage(in.RestApiId, in.StageName)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Verdicts.Reset(call.Tenant.Region, in.RestApiId, in.StageName)
	return &gen.FlushStageAuthorizersCacheOutput{}, nil
}

// checkNewStage has the refusals that only creation knows. Texts: Miserlou/Zappa issue 356 and terraform-provider-aws issue 1153.
func (s *Service) checkNewStage(w writer, apiID string, stage gateway.RestStage) error {
	// The characters and the length are those of the API reference, CreateStage.
	if stage.Name == "" || !consistsOf(stage.Name, "-_", 128) {
		return badRequest("Stage name only allows a-zA-Z0-9_")
	}
	_, err := state.RestStages().Get(w, w.key(apiID, stage.Name))
	if err == nil {
		return conflict("Stage already exists")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	all, err := w.stages(apiID)
	if err == nil && len(all) >= s.Quotas.StagesPerAPI {
		return overLimit("stages")
	}
	return err
}
