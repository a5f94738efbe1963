package apigateway

import (
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// checkStage checks a stage as it would be stored.
func (r reader) checkStage(apiID string, stage gateway.RestStage) error {
	if err := checkVariables(stage.Variables); err != nil {
		return err
	}
	if id := stage.ClientCertificateID; id != "" {
		_, err := state.ClientCertificates().Get(r, r.key("", id))
		if err := orNotFound(err, badRequest("Invalid Client Certificate identifier specified")); err != nil {
			return err
		}
	}
	if version := stage.DocumentationVersion; version != "" {
		_, err := state.DocumentationVersions().Get(r, r.key(apiID, version))
		if err := orNotFound(err, badRequest("Invalid Documentation version specified")); err != nil {
			return err
		}
	}
	if canary := stage.Canary; canary != nil {
		if canary.Percent < 0 || canary.Percent > 100 {
			return badRequest("Invalid percentTraffic specified: must be from 0.0 to 100.0")
		}
		if err := checkVariables(canary.Overrides); err != nil {
			return err
		}
		if err := r.checkDeployed(apiID, canary.DeploymentID); err != nil {
			return err
		}
	}
	return checkRestAccessLog(stage.AccessLog)
}

// checkVariables has the texts of serverless issue 6133 and of sirceljm/aws-lambda-blog issue 10, the characters of the API
// reference, and the lengths of the quotas page.
func checkVariables(variables map[string]string) error {
	if len(variables) > gateway.MaxStageVariables {
		return badRequest("A stage can have at most %d stage variables", gateway.MaxStageVariables)
	}
	for name, value := range variables {
		if name == "" || !consistsOf(name, "_", 64) {
			return badRequest("Invalid stage variable name: %s.  Please use names with only word characters.", name)
		}
		if value == "" || !consistsOf(value, " -._~:/?#&=,", 512) {
			return badRequest("Invalid stage variable value: %s.  Please use values with alphanumeric characters and the symbols "+
				"' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.", value)
		}
	}
	return nil
}

// checkRestAccessLog takes the ARN of a log group or of a delivery stream that access logs may go to. The start of the first
// text is that of cdkd's source, the second is that of the Terraform provider.
func checkRestAccessLog(log *gateway.AccessLog) error {
	if log == nil {
		return nil
	}
	if arn := log.Destination; arn != "" {
		parts := strings.SplitN(arn, ":", 6)
		isLog := len(parts) == 6 && parts[2] == "logs" && strings.HasPrefix(parts[5], "log-group:")
		isStream := len(parts) == 6 && parts[2] == "firehose" && strings.HasPrefix(parts[5], "deliverystream/amazon-apigateway-")
		name := arn[strings.LastIndexAny(arn, ":/")+1:]
		if parts[0] != "arn" || !isLog && !isStream || name == "" || strings.Contains(name, "*") {
			return badRequest("Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.' and name a log group, " +
				"or a delivery stream whose name starts with amazon-apigateway-")
		}
	}
	if f := log.Format; f != "" && !strings.Contains(f, "$context.requestId") && !strings.Contains(f, "$context.extendedRequestId") {
		return badRequest("Access Log format must include either $context.requestId or $context.extendedRequestId")
	}
	return nil
}

// stageOutput is a stage as every operation shows it (recorded: test_create_update_stages).
func stageOutput(stage gateway.RestStage) *gen.Stage {
	out := gen.Stage{
		CacheClusterEnabled:  &stage.CacheEnabled,
		CacheClusterSize:     optional(gen.CacheClusterSize(stage.CacheSize)),
		CacheClusterStatus:   new(gen.CacheClusterStatusNotAvailable),
		CanarySettings:       canaryOutput(stage.Canary),
		ClientCertificateId:  optional(stage.ClientCertificateID),
		CreatedDate:          &stage.CreatedAt,
		DeploymentId:         &stage.DeploymentID,
		Description:          optional(stage.Description),
		DocumentationVersion: optional(stage.DocumentationVersion),
		LastUpdatedDate:      &stage.UpdatedAt,
		MethodSettings:       map[string]gen.MethodSetting{},
		StageName:            &stage.Name,
		Tags:                 filled(stage.Tags),
		TracingEnabled:       &stage.Tracing,
		Variables:            filled(stage.Variables),
		WebAclArn:            optional(stage.WebACLARN),
	}
	if stage.CacheEnabled {
		out.CacheClusterStatus = new(gen.CacheClusterStatusAvailable)
	}
	if log := stage.AccessLog; log != nil {
		out.AccessLogSettings = &gen.AccessLogSettings{DestinationArn: optional(log.Destination), Format: optional(log.Format)}
	}
	for key, settings := range stage.MethodSettings {
		out.MethodSettings[key] = settingsOutput(settings)
	}
	return &out
}

func canaryOutput(canary *gateway.CanarySettings) *gen.CanarySettings {
	if canary == nil {
		return nil
	}
	return &gen.CanarySettings{
		DeploymentId: &canary.DeploymentID, PercentTraffic: &canary.Percent, StageVariableOverrides: filled(canary.Overrides),
		UseStageCache: &canary.UseStageCache,
	}
}

func settingsOutput(m gateway.MethodSettings) gen.MethodSetting {
	return gen.MethodSetting{
		CacheDataEncrypted:                     &m.CacheEncrypted,
		CacheTtlInSeconds:                      number(m.CacheTTLSeconds),
		CachingEnabled:                         &m.Caching,
		DataTraceEnabled:                       &m.DataTrace,
		LoggingLevel:                           optional(m.LoggingLevel),
		MetricsEnabled:                         &m.Metrics,
		RequireAuthorizationForCacheControl:    &m.RequireAuthorizationForCacheControl,
		ThrottlingBurstLimit:                   number(m.Burst),
		ThrottlingRateLimit:                    &m.Rate,
		UnauthorizedCacheControlHeaderStrategy: optional(gen.UnauthorizedCacheControlHeaderStrategy(m.UnauthorizedCacheControl)),
	}
}
