package apigateway

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// stageChange is a stage being patched, with a view of what it names.
type stageChange struct {
	*gateway.RestStage
	reader reader
	apiID  string
}

// stagePatches are UpdateStage's.
func stagePatches() patch.Table[stageChange] {
	type s = stageChange
	rows := []patch.Row[s]{
		patch.Do("/deploymentId", patch.Replace, "string", func(x *s, c patch.Change) error {
			x.DeploymentID = c.Value
			return x.reader.checkDeployed(x.apiID, c.Value)
		}),
		patch.Do("/deploymentId", patch.Copy, "string", promote),
		patch.Field("/description", patch.Replace, patch.Text(), func(x *s) *string { return &x.Description }),
		patch.Field("/cacheClusterEnabled", patch.Replace, patch.Flag(), func(x *s) *bool { return &x.CacheEnabled }),
		patch.Field("/cacheClusterSize", patch.Replace, patch.Enum("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"),
			func(x *s) *string { return &x.CacheSize }),
		patch.Field("/clientCertificateId", patch.Replace, patch.Text(), func(x *s) *string { return &x.ClientCertificateID }),
		patch.Field("/documentationVersion", patch.Replace, patch.Text(), func(x *s) *string { return &x.DocumentationVersion }),
		patch.Field("/tracingEnabled", patch.Replace, patch.Flag(), func(x *s) *bool { return &x.Tracing }),
		patch.Do("/variables", patch.Replace|patch.Remove, "string", setVariables),
		patch.Do("/variables", patch.Copy, "string", promote),
		patch.Map("/variables/{name}", patch.Replace|patch.Remove, patch.Entry[s, string]{
			Field: func(x *s) *map[string]string { return &x.Variables }, Kind: patch.Text(),
		}),
	}
	rows = append(rows, accessLogPatches()...)
	rows = append(rows, canaryPatches()...)
	return patch.Table[s]{Rows: append(rows, methodSettingPatches()...), Refuse: refuseStagePatch}
}

// setVariables puts the map of a JSON document in the place of all variables, or removes them.
func setVariables(x *stageChange, c patch.Change) error {
	x.Variables = nil
	if c.Op == patch.Remove || c.Value == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(c.Value), &x.Variables); err != nil {
		return badRequest("Invalid patch value '%s' specified for path /variables: must be a JSON object of strings", c.Value)
	}
	return nil
}

func accessLogPatches() []patch.Row[stageChange] {
	type s = stageChange
	value := patch.Text().Then(func(value string) error { // recorded: test_stage_access_log_settings_validation
		if value == "" {
			return badRequest("Access Log value must not be empty")
		}
		return nil
	})
	log := func(x *s) *gateway.AccessLog {
		if x.AccessLog == nil {
			x.AccessLog = &gateway.AccessLog{}
		}
		return x.AccessLog
	}
	return []patch.Row[s]{
		patch.Do("/accessLogSettings", patch.Remove, "-", func(x *s, _ patch.Change) error {
			x.AccessLog = nil
			return nil
		}),
		patch.Field("/accessLogSettings/destinationArn", patch.Add|patch.Replace, value, func(x *s) *string { return &log(x).Destination }),
		patch.Field("/accessLogSettings/format", patch.Add|patch.Replace, value, func(x *s) *string { return &log(x).Format }),
	}
}

// canaryPatches make a canary where there is none, of the stage's own deployment (recorded: test_create_canary_deployment_by_stage_update).
func canaryPatches() []patch.Row[stageChange] {
	type s = stageChange
	const at = "/canarySettings"
	canary := func(x *s) *gateway.CanarySettings {
		if x.Canary == nil {
			x.Canary = &gateway.CanarySettings{DeploymentID: x.DeploymentID}
		}
		return x.Canary
	}
	return []patch.Row[s]{
		patch.Do(at, patch.Remove, "-", func(x *s, _ patch.Change) error {
			x.Canary = nil
			return nil
		}),
		patch.Field(at+"/deploymentId", patch.Replace, patch.Text(), func(x *s) *string { return &canary(x).DeploymentID }),
		patch.Field(at+"/percentTraffic", patch.Replace, patch.Double(), func(x *s) *float64 { return &canary(x).Percent }),
		patch.Do(at+"/stageVariableOverrides/{name}", patch.Remove, "string", func(x *s, c patch.Change) error {
			if x.Canary == nil {
				return noMethodSetting(c)
			}
			delete(x.Canary.Overrides, c.Key(0))
			return nil
		}),
		patch.Map(at+"/stageVariableOverrides/{name}", patch.Replace, patch.Entry[s, string]{
			Field: func(x *s) *map[string]string { return &canary(x).Overrides }, Kind: patch.Text(),
		}),
		patch.Field(at+"/useStageCache", patch.Replace, patch.Flag(), func(x *s) *bool { return &canary(x).UseStageCache }),
	}
}

// promote copies a canary's deployment or its variables to the stage; the canary stays (recorded: test_update_stage_with_copy_ops).
func promote(x *stageChange, c patch.Change) error {
	if want := map[string]string{"/deploymentId": canaryDeployment, "/variables": canaryVariables}[c.Path]; c.From != want {
		return refuseCopy(c)
	}
	if x.Canary == nil {
		return badRequest("Promotion not available. Canary does not exist.")
	}
	if c.Path == "/deploymentId" {
		x.DeploymentID = x.Canary.DeploymentID
		return nil
	}
	if len(x.Canary.Overrides) > 0 {
		x.Variables = orEmpty(maps.Clone(x.Variables))
		maps.Copy(x.Variables, x.Canary.Overrides)
	}
	return nil
}

// What a promotion copies.
const (
	canaryDeployment = "/canarySettings/deploymentId"
	canaryVariables  = "/canarySettings/stageVariableOverrides"
)

func refuseCopy(c patch.Change) error {
	return badRequest("Invalid copy operation with path: %s and from %s. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [%s, %s]",
		c.Path, c.From, canaryDeployment, canaryVariables)
}

// methodSettingPatches change the settings of a method, or of all of them: "/*/*".
func methodSettingPatches() []patch.Row[stageChange] {
	type m = gateway.MethodSettings
	const replace = patch.Replace
	fails := patch.Enum(gen.UnauthorizedCacheControlHeaderStrategyFailWith403, gen.UnauthorizedCacheControlHeaderStrategySucceedWithResponseHeader,
		gen.UnauthorizedCacheControlHeaderStrategySucceedWithoutResponseHeader)
	return []patch.Row[stageChange]{
		methodSetting("metrics/enabled", patch.Flag(), func(s *m, v bool) { s.Metrics = v }),
		methodSetting("logging/dataTrace", patch.Flag(), func(s *m, v bool) { s.DataTrace = v }),
		patch.Do("/{resource}/{method}/logging/loglevel", replace, "enum", setLogLevel),
		methodSetting("throttling/burstLimit", patch.Integer().Then(notBelow(-1)), func(s *m, v int) { s.Burst = v }),
		methodSetting("throttling/rateLimit", patch.Double().Then(notBelow(-1.0)), func(s *m, v float64) { s.Rate = v }),
		methodSetting("caching/ttlInSeconds", patch.Integer().Then(cacheTTL), func(s *m, v int) { s.CacheTTLSeconds = v }),
		methodSetting("caching/enabled", patch.Flag(), func(s *m, v bool) { s.Caching = v }),
		methodSetting("caching/dataEncrypted", patch.Flag(), func(s *m, v bool) { s.CacheEncrypted = v }),
		methodSetting("caching/requireAuthorizationForCacheControl", patch.Flag(), func(s *m, v bool) { s.RequireAuthorizationForCacheControl = v }),
		methodSetting("caching/unauthorizedCacheControlHeaderStrategy", fails,
			func(s *m, v gen.UnauthorizedCacheControlHeaderStrategy) { s.UnauthorizedCacheControl = string(v) }),
		patch.Do("/{resource}/{method}", patch.Remove, "-", func(x *stageChange, c patch.Change) error {
			key := settingKey(c)
			if _, ok := x.MethodSettings[key]; !ok {
				return noMethodSetting(c)
			}
			delete(x.MethodSettings, key)
			return nil
		}),
	}
}

func methodSetting[V any](leaf string, kind patch.Kind[V], set func(*gateway.MethodSettings, V)) patch.Row[stageChange] {
	return patch.Do("/{resource}/{method}/"+leaf, patch.Replace, kind.Name, func(x *stageChange, c patch.Change) error {
		v, err := kind.Parse(c)
		if err == nil {
			x.changeSettings(c, func(s *gateway.MethodSettings) { set(s, v) })
		}
		return err
	})
}

// changeSettings changes an entry, or makes one: it starts as that of all methods (recorded: test_create_update_stages).
func (x *stageChange) changeSettings(c patch.Change, set func(*gateway.MethodSettings)) {
	key := settingKey(c)
	settings, ok := x.MethodSettings[key]
	if !ok {
		settings, ok = x.MethodSettings["*/*"]
	}
	if !ok {
		settings = gateway.DefaultMethodSettings()
	}
	set(&settings)
	x.MethodSettings = orEmpty(x.MethodSettings)
	x.MethodSettings[key] = settings
}

// settingKey is how AWS shows a method: as it was sent, "~1pets/GET".
func settingKey(c patch.Change) string { return c.Raw(0) + "/" + c.Raw(1) }

// setLogLevel wants the account's role for anything but OFF; the text is that of Miserlou/Zappa issue 1946.
func setLogLevel(x *stageChange, c patch.Change) error {
	level, err := patch.Enum("OFF", "ERROR", "INFO").Parse(c)
	if err != nil {
		return err
	}
	account, err := x.reader.account()
	if err != nil {
		return err
	}
	if level != "OFF" && account.CloudWatchRoleARN == "" {
		return badRequest("CloudWatch Logs role ARN must be set in account settings to enable logging")
	}
	x.changeSettings(c, func(s *gateway.MethodSettings) { s.LoggingLevel = level })
	return nil
}

func notBelow[N int | float64](least N) func(N) error {
	return func(n N) error {
		if n < least {
			return badRequest("Invalid throttling limit: %v", n)
		}
		return nil
	}
}

func cacheTTL(seconds int) error {
	if seconds < 0 || seconds > gateway.MaxCacheTTL {
		return badRequest("Invalid cache TTL specified: must be from 0 to %d seconds", gateway.MaxCacheTTL)
	}
	return nil
}

// refuseStagePatch has AWS's order and texts (recorded: test_create_update_stages, test_update_stage_canary_deployment_validation,
// test_stage_access_log_settings_validation).
func refuseStagePatch(_ []patch.Spec, known *patch.Spec, c patch.Change) error {
	segments := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
	switch {
	case c.Op == patch.Copy:
		return refuseCopy(c)
	case c.Op == patch.Remove:
		return noMethodSetting(c)
	case segments[0] == "accessLogSettings":
		return badRequest("Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]")
	case c.Op != patch.Replace && known != nil:
		return badRequest("Invalid %s operation with path: %s", c.Operator, c.Path)
	case len(segments) > 2: // aws-sdk-java issue 1823
		return badRequest("Invalid method setting path: %s. Must be one of: [.../metrics/enabled, .../logging/dataTrace, .../logging/loglevel,"+
			".../throttling/burstLimit, .../throttling/rateLimit, .../caching/ttlInSeconds, .../caching/enabled, .../caching/dataEncrypted, "+
			".../caching/requireAuthorizationForCacheControl, .../caching/unauthorizedCacheControlHeaderStrategy]", strings.Join(segments[2:], "/"))
	}
	return badRequest("Invalid method setting path: %s. Must be one of: [%s]", c.Path, stagePaths)
}

func noMethodSetting(c patch.Change) error {
	return badRequest("Cannot remove method setting %s because there is no method setting for this method ", strings.TrimPrefix(c.Path, "/"))
}

// stagePaths is AWS's list as AWS writes it, without the commas that it lacks (recorded: test_create_update_stages).
const stagePaths = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, " +
	"/accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, " +
	"/{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit" +
	"/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, " +
	"/{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
	"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, " +
	"/*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, " +
	"/*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, " +
	"/*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled"
