package apigatewayv2

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// CreateStage makes a stage; with automatic deployment it serves the API as it is.
func (s *Service) CreateStage(ctx context.Context, call *wire.Call, in *gen.CreateStageInput) (*gen.CreateStageOutput, error) {
	settings := stageSettings{
		AccessLogSettings: in.AccessLogSettings, ClientCertificateId: in.ClientCertificateId,
		DefaultRouteSettings: in.DefaultRouteSettings, RouteSettings: in.RouteSettings,
		AutoDeploy: in.AutoDeploy, DeploymentId: in.DeploymentId, Description: in.Description, StageVariables: in.StageVariables,
	}
	var stage gateway.Stage
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if err := s.checkNewStage(w, in); err != nil {
			return err
		}
		stage = gateway.Stage{Name: *in.StageName, Tags: maps.Clone(in.Tags), CreatedAt: w.now}
		return w.saveStage(in.ApiId, &stage, settings)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateStageOutput(stageOutput(stage))), nil
}

// checkNewStage has fact 62's text for names.
func (s *Service) checkNewStage(w writer, in *gen.CreateStageInput) error {
	name := text(in.StageName)
	if name != gateway.DefaultStage && !consistsOf(name, "_", 128) || name == "" {
		return badRequest("Stage name only allows a-zA-Z0-9_")
	}
	if err := checkTags(in.Tags); err != nil {
		return err
	}
	if _, err := state.Stages().Get(w, w.key(in.ApiId, name)); !errors.Is(err, store.ErrNotFound) {
		if err == nil {
			err = conflict("Stage already exists")
		}
		return err
	}
	stages, err := w.stages(in.ApiId)
	if err == nil && len(stages) >= s.Quotas.StagesPerAPI {
		return badRequest("Maximum number of stages for this API has been reached: %d", s.Quotas.StagesPerAPI)
	}
	return err
}

// stageSettings are the members that CreateStage and UpdateStage share.
type stageSettings struct {
	AccessLogSettings    *gen.AccessLogSettings
	ClientCertificateId  *string
	DefaultRouteSettings *gen.RouteSettings
	RouteSettings        map[string]gen.RouteSettings
	AutoDeploy           *bool
	DeploymentId         *string
	Description          *string
	StageVariables       map[string]string
}

func (in stageSettings) check() error {
	if text(in.ClientCertificateId) != "" {
		return badRequest("ClientCertificateId is not supported for HTTP APIs")
	}
	if in.DefaultRouteSettings != nil {
		if err := checkRouteSettings(*in.DefaultRouteSettings); err != nil {
			return err
		}
	}
	for _, settings := range in.RouteSettings {
		if err := checkRouteSettings(settings); err != nil {
			return err
		}
	}
	return checkVariables(in.StageVariables)
}

// checkRouteSettings refuses what only WebSocket APIs have, and limits that cannot be.
func checkRouteSettings(in gen.RouteSettings) error {
	level := text(in.LoggingLevel)
	switch {
	case in.DataTraceEnabled != nil && *in.DataTraceEnabled, level != "" && level != string(gen.LoggingLevelOff):
		return badRequest("Execution logs are not supported on protocolType HTTP")
	case in.ThrottlingBurstLimit != nil && *in.ThrottlingBurstLimit < 0:
		return badRequest("Invalid throttling burst limit: %d", *in.ThrottlingBurstLimit)
	case in.ThrottlingRateLimit != nil && *in.ThrottlingRateLimit < 0:
		return badRequest("Invalid throttling rate limit: %g", *in.ThrottlingRateLimit)
	}
	return nil
}

func settingsOf(in gen.RouteSettings) gateway.RouteSettings {
	out := gateway.RouteSettings{
		Rate: in.ThrottlingRateLimit, DetailedMetrics: in.DetailedMetricsEnabled != nil && *in.DetailedMetricsEnabled,
	}
	if in.ThrottlingBurstLimit != nil {
		out.Burst = new(int(*in.ThrottlingBurstLimit))
	}
	return out
}

func settingsOutput(s gateway.RouteSettings) gen.RouteSettings {
	out := gen.RouteSettings{DetailedMetricsEnabled: &s.DetailedMetrics, ThrottlingRateLimit: s.Rate}
	if s.Burst != nil {
		out.ThrottlingBurstLimit = new(int32(min(*s.Burst, math.MaxInt32))) //nolint:gosec // bounded
	}
	return out
}

// applySettings changes the stage's settings to what is given. A route key must be that of a route (fact 61).
func (w writer) applySettings(apiID string, stage *gateway.Stage, in stageSettings) error {
	if in.DefaultRouteSettings != nil {
		stage.DefaultSettings = settingsOf(*in.DefaultRouteSettings)
	}
	if len(in.RouteSettings) == 0 {
		return nil
	}
	routes, err := w.routes(apiID)
	if err != nil {
		return err
	}
	settings := maps.Clone(stage.RouteSettings)
	if settings == nil {
		settings = map[string]gateway.RouteSettings{}
	}
	for key, s := range in.RouteSettings {
		if !slices.ContainsFunc(routes, func(r gateway.Route) bool { return r.Key == key }) {
			return notFound("Unable to find Route by key %s within the provided RouteSettings", key)
		}
		settings[key] = settingsOf(s)
	}
	stage.RouteSettings = settings
	return nil
}

// checkVariables follows https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html and the pattern of
// stage variables' values in the API reference.
func checkVariables(vars map[string]string) error {
	if len(vars) > gateway.MaxStageVariables {
		return badRequest("A stage can have at most %d stage variables", gateway.MaxStageVariables)
	}
	for k, v := range vars {
		if k == "" || !consistsOf(k, "_", 64) {
			return badRequest("Stage variable name %q is invalid. Please use only alphanumeric characters and underscores.", k)
		}
		if !consistsOf(v, "-._~:/?#&=,", 2048) {
			return badRequest("Stage variable value for %q is invalid. Please use values with alphanumeric characters and the symbols - . _ ~ : / ? # & = and ,", k)
		}
	}
	return nil
}

// saveStage applies what is given, keeps the stage and deploys it if it deploys itself.
func (w writer) saveStage(apiID string, stage *gateway.Stage, in stageSettings) error {
	if err := in.check(); err != nil {
		return err
	}
	if err := w.applySettings(apiID, stage, in); err != nil {
		return err
	}
	if err := applyAccessLog(stage, in.AccessLogSettings); err != nil {
		return err
	}
	set(&stage.Description, in.Description)
	wasAutomatic := stage.AutoDeploy
	setFlag(&stage.AutoDeploy, in.AutoDeploy)
	if in.StageVariables != nil {
		stage.Variables = withoutEmpty(stage.Variables, in.StageVariables)
	}
	if id := text(in.DeploymentId); id != "" && id != stage.DeploymentID {
		if stage.AutoDeploy { // fact 64
			return badRequest("Deployment ID cannot be set on this stage %s:%s because AutoDeploy is enabled.", w.tenant.Account, apiID)
		}
		if _, err := w.deployment(apiID, id); err != nil {
			return err
		}
		stage.DeploymentID = id
	}
	stage.UpdatedAt = w.now
	if stage.AutoDeploy && !wasAutomatic {
		return w.deployTo(apiID, []*gateway.Stage{stage})
	}
	return w.putStage(apiID, *stage)
}

// withoutEmpty lays changes over variables; the clients of AWS delete a variable by giving it an empty value.
func withoutEmpty(vars, changes map[string]string) map[string]string {
	merged := maps.Clone(vars)
	if merged == nil {
		merged = map[string]string{}
	}
	for k, v := range changes {
		if v == "" {
			delete(merged, k)
		} else {
			merged[k] = v
		}
	}
	return merged
}

// GetStage returns a stage.
func (s *Service) GetStage(ctx context.Context, call *wire.Call, in *gen.GetStageInput) (*gen.GetStageOutput, error) {
	stage, err := readPart(ctx, s, call, part{in.ApiId, in.StageName}, reader.stage)
	if err != nil {
		return nil, err
	}
	return new(gen.GetStageOutput(stageOutput(stage))), nil
}

// GetStages lists an API's stages.
func (s *Service) GetStages(ctx context.Context, call *wire.Call, in *gen.GetStagesInput) (*gen.GetStagesOutput, error) {
	var out gen.GetStagesOutput
	err := s.list(ctx, call, in.ApiId, listing{in.MaxResults, in.NextToken}, func(r reader, rng store.Range) error {
		list, err := state.Stages().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, stageOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateStage changes what is given; it is live when the call returns.
func (s *Service) UpdateStage(ctx context.Context, call *wire.Call, in *gen.UpdateStageInput) (*gen.UpdateStageOutput, error) {
	settings := stageSettings{
		AccessLogSettings: in.AccessLogSettings, ClientCertificateId: in.ClientCertificateId,
		DefaultRouteSettings: in.DefaultRouteSettings, RouteSettings: in.RouteSettings,
		AutoDeploy: in.AutoDeploy, DeploymentId: in.DeploymentId, Description: in.Description, StageVariables: in.StageVariables,
	}
	var stage gateway.Stage
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if stage, err = w.stage(in.ApiId, in.StageName); err != nil {
			return err
		}
		return w.saveStage(in.ApiId, &stage, settings)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateStageOutput(stageOutput(stage))), nil
}

// DeleteStage removes a stage.
func (s *Service) DeleteStage(ctx context.Context, call *wire.Call, in *gen.DeleteStageInput) (*gen.DeleteStageOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if _, err := w.stage(in.ApiId, in.StageName); err != nil {
			return err
		}
		return state.Stages().Delete(w.tx, w.key(in.ApiId, in.StageName))
	})
	return &gen.DeleteStageOutput{}, err
}

// DeleteRouteSettings takes a route's own settings off a stage; the stage's default holds again.
func (s *Service) DeleteRouteSettings(ctx context.Context, call *wire.Call, in *gen.DeleteRouteSettingsInput) (*gen.DeleteRouteSettingsOutput, error) {
	err := s.updateStage(ctx, call, in.ApiId, in.StageName, func(stage *gateway.Stage) error {
		if _, ok := stage.RouteSettings[in.RouteKey]; !ok {
			return notFound("Unable to find Route by key %s within the provided RouteSettings", in.RouteKey)
		}
		stage.RouteSettings = maps.Clone(stage.RouteSettings)
		delete(stage.RouteSettings, in.RouteKey)
		return nil
	})
	return &gen.DeleteRouteSettingsOutput{}, err
}

// DeleteAccessLogSettings ends a stage's access log.
func (s *Service) DeleteAccessLogSettings(ctx context.Context, call *wire.Call, in *gen.DeleteAccessLogSettingsInput) (*gen.DeleteAccessLogSettingsOutput, error) {
	err := s.updateStage(ctx, call, in.ApiId, in.StageName, func(stage *gateway.Stage) error {
		stage.AccessLog = nil
		return nil
	})
	return &gen.DeleteAccessLogSettingsOutput{}, err
}

// updateStage changes a stage's live settings.
func (s *Service) updateStage(ctx context.Context, call *wire.Call, apiID, name string, change func(*gateway.Stage) error) error {
	return s.update(ctx, call, func(w writer) error {
		if _, err := w.api(apiID); err != nil {
			return err
		}
		stage, err := w.stage(apiID, name)
		if err != nil {
			return err
		}
		if err := change(&stage); err != nil {
			return err
		}
		stage.UpdatedAt = w.now
		return w.putStage(apiID, stage)
	})
}

func stageOutput(stage gateway.Stage) gen.Stage {
	return gen.Stage{
		ApiGatewayManaged:           trueOnly(stage.Managed),
		AutoDeploy:                  trueOnly(stage.AutoDeploy),
		CreatedDate:                 &stage.CreatedAt,
		AccessLogSettings:           accessLogOutput(stage.AccessLog),
		DefaultRouteSettings:        new(settingsOutput(stage.DefaultSettings)),
		DeploymentId:                optional(stage.DeploymentID),
		Description:                 optional(stage.Description),
		LastDeploymentStatusMessage: optional(stage.LastStatus),
		LastUpdatedDate:             &stage.UpdatedAt,
		RouteSettings:               routeSettingsOutput(stage.RouteSettings),
		StageName:                   &stage.Name,
		StageVariables:              orEmpty(stage.Variables),
		Tags:                        orEmpty(stage.Tags),
	}
}

func routeSettingsOutput(settings map[string]gateway.RouteSettings) map[string]gen.RouteSettings {
	out := make(map[string]gen.RouteSettings, len(settings))
	for key, s := range settings {
		out[key] = settingsOutput(s)
	}
	return out
}
