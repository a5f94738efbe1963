package apigateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// newStage is a deployable API with a deployment and the stage dev of it.
func newStage(t testing.TB) (tr tree, deployment string) {
	t.Helper()
	tr = newDeployable(t)
	deployment = tr.deploy()
	do(tr.fixture, tr.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("dev"), DeploymentId: &deployment})
	return tr, deployment
}

func (tr tree) patchStage(lines ...string) *gen.Stage {
	tr.Helper()
	return do(tr.fixture, tr.UpdateStage, gen.UpdateStageInput{RestApiId: tr.api, StageName: "dev", PatchOperations: ops(lines...)})
}

// TestStages: answers as recorded in test_create_update_stages and test_get_stages_filters_by_deployment_id.
func TestStages(t *testing.T) {
	tr := newDeployable(t)
	f, first, second := tr.fixture, tr.deploy(), tr.deploy()
	made := do(f, f.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("s1"), DeploymentId: &first, Description: new("my stage"), Tags: map[string]string{"k": "v"}})
	if *made.CacheClusterEnabled || *made.CacheClusterStatus != "NOT_AVAILABLE" || made.CacheClusterSize != nil || *made.DeploymentId != first ||
		*made.Description != "my stage" || made.MethodSettings == nil || len(made.MethodSettings) != 0 || *made.TracingEnabled || made.Variables != nil ||
		made.AccessLogSettings != nil || made.CanarySettings != nil || made.Tags["k"] != "v" || !made.CreatedDate.Equal(*made.LastUpdatedDate) {
		t.Errorf("made %+v", made)
	}
	do(f, f.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("s-2"), DeploymentId: &second, Variables: map[string]string{}})
	for id, want := range map[string]int{"": 2, first: 1, second: 1, "other": 0} {
		if list := do(f, f.GetStages, gen.GetStagesInput{RestApiId: tr.api, DeploymentId: &id}); len(list.Item) != want {
			t.Errorf("of the deployment %q: %d stages, want %d", id, len(list.Item), want)
		}
	}
	f.now = f.now.Add(time.Minute)
	got := do(f, f.UpdateStage, gen.UpdateStageInput{RestApiId: tr.api, StageName: "s1", PatchOperations: ops("replace /deploymentId "+second, "replace /cacheClusterEnabled true")})
	if *got.DeploymentId != second || *got.CacheClusterSize != "0.5" || *got.CacheClusterStatus != "AVAILABLE" || !got.LastUpdatedDate.After(*got.CreatedDate) {
		t.Errorf("updated %+v", got)
	}
	do(f, f.FlushStageCache, gen.FlushStageCacheInput{RestApiId: tr.api, StageName: "s1"})
	if want := "eu-west-1/" + tr.api + "/s1"; !slices.Equal(f.flushed, []string{want}) {
		t.Errorf("flushed %v, want %s", f.flushed, want)
	}
	do(f, f.FlushStageAuthorizersCache, gen.FlushStageAuthorizersCacheInput{RestApiId: tr.api, StageName: "s1"})
	if want := "eu-west-1/" + tr.api + "/s1"; f.forgotten != want {
		t.Errorf("forgotten %s, want %s", f.forgotten, want)
	}
	do(f, f.DeleteStage, gen.DeleteStageInput{RestApiId: tr.api, StageName: "s1"})
	const missing = "NotFoundException: Invalid stage identifier specified"
	refused(t, attempt(f, f.DeleteStage, gen.DeleteStageInput{RestApiId: tr.api, StageName: "s1"}), missing)
	refused(t, attempt(f, f.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "s1"}), missing)
	refused(t, attempt(f, f.UpdateStage, gen.UpdateStageInput{RestApiId: "wrong", StageName: "s1"}), missing)
	refused(t, attempt(f, f.FlushStageCache, gen.FlushStageCacheInput{RestApiId: tr.api, StageName: "s1"}), missing)
	refused(t, attempt(f, f.FlushStageAuthorizersCache, gen.FlushStageAuthorizersCacheInput{RestApiId: tr.api, StageName: "s1"}), missing)
}

func TestStageRefusals(t *testing.T) {
	tr, deployment := newStage(t)
	f := tr.fixture
	const bad = "BadRequestException: "
	type in = gen.CreateStageInput
	for name, tt := range map[string]struct {
		change func(*in)
		want   string
	}{
		"taken":               {func(i *in) { i.StageName = new("dev") }, "ConflictException: Stage already exists"},
		"no name":             {func(i *in) { i.StageName = new("") }, bad + "Stage name only allows a-zA-Z0-9_"},
		"name of HTTP APIs":   {func(i *in) { i.StageName = new("$default") }, bad + "Stage name only allows a-zA-Z0-9_"},
		"long name":           {func(i *in) { i.StageName = new(strings.Repeat("s", 129)) }, bad + "Stage name only allows a-zA-Z0-9_"},
		"no deployment":       {func(i *in) { i.DeploymentId = new("") }, bad + "DeploymentId cannot be empty"},
		"unknown deployment":  {func(i *in) { i.DeploymentId = new("abcdef") }, "NotFoundException: Invalid Deployment identifier specified"},
		"unknown API":         {func(i *in) { i.RestApiId = "wrong" }, "NotFoundException: Invalid API identifier specified 111111111111:wrong"},
		"canary's deployment": {func(i *in) { i.CanarySettings = &gen.CanarySettings{DeploymentId: new("deploy")} }, bad + "Deployment id does not exist"}, // recorded: test_create_canary_deployment
		"canary's share":      {func(i *in) { i.CanarySettings = &gen.CanarySettings{PercentTraffic: new(101.0)} }, bad + "Invalid percentTraffic..."},
		"canary's variable": {func(i *in) {
			i.CanarySettings = &gen.CanarySettings{StageVariableOverrides: map[string]string{"a": ""}}
		}, bad + "Invalid stage variable value: .  Please..."},
		"variable's value":      {func(i *in) { i.Variables = map[string]string{"a": ""} }, bad + "Invalid stage variable value: .  Please..."},
		"documentation version": {func(i *in) { i.DocumentationVersion = new("v1") }, bad + "Invalid Documentation version specified"},
		"tag":                   {func(i *in) { i.Tags = map[string]string{"aws:x": "y"} }, bad + "Invalid tag key..."},
	} {
		t.Run(name, func(t *testing.T) {
			i := in{RestApiId: tr.api, StageName: new("other"), DeploymentId: &deployment}
			tt.change(&i)
			refused(t, attempt(f, f.CreateStage, i), tt.want)
		})
	}
	for i := range f.Quotas.StagesPerAPI - 1 {
		do(f, f.CreateStage, in{RestApiId: tr.api, StageName: new(fmt.Sprint("s", i)), DeploymentId: &deployment})
	}
	refused(t, attempt(f, f.CreateStage, in{RestApiId: tr.api, StageName: new("more"), DeploymentId: &deployment}), "LimitExceededException: Maximum number of stages...")
}

// TestMethodSettings follows test_create_update_stages and test_update_stage_remove_wildcard, recorded on AWS.
func TestMethodSettings(t *testing.T) {
	tr, _ := newStage(t)
	got := tr.patchStage("replace /description stage new", "replace /variables/var1 test", "replace /variables/var2 test2", "replace /*/*/throttling/burstLimit 123",
		"replace /*/*/caching/enabled true", "replace /tracingEnabled true", "replace /test/GET/throttling/burstLimit 124")
	if *got.Description != "stage new" || !maps.Equal(got.Variables, map[string]string{"var1": "test", "var2": "test2"}) || !*got.TracingEnabled {
		t.Errorf("updated %+v", got)
	}
	all, one := got.MethodSettings["*/*"], got.MethodSettings["test/GET"]
	if *all.CacheDataEncrypted || *all.CacheTtlInSeconds != 300 || !*all.CachingEnabled || *all.DataTraceEnabled || *all.MetricsEnabled || !*all.RequireAuthorizationForCacheControl ||
		*all.ThrottlingBurstLimit != 123 || *all.ThrottlingRateLimit != 10000 || *all.UnauthorizedCacheControlHeaderStrategy != "SUCCEED_WITH_RESPONSE_HEADER" || all.LoggingLevel != nil {
		t.Errorf("all methods have %+v", all)
	}
	if *one.ThrottlingBurstLimit != 124 || !*one.CachingEnabled {
		t.Errorf("a method starts as all do: %+v", one)
	}
	got = tr.patchStage("replace /*/*/throttling/burstLimit 100")
	if *got.MethodSettings["*/*"].ThrottlingBurstLimit != 100 || *got.MethodSettings["test/GET"].ThrottlingBurstLimit != 124 {
		t.Errorf("what is there stays: %+v", got.MethodSettings)
	}
	got = tr.patchStage("remove /*/*", "remove /test/GET")
	if got.MethodSettings == nil || len(got.MethodSettings) != 0 {
		t.Errorf("left: %+v", got.MethodSettings)
	}
	got = tr.patchStage("replace /~1pets~1{id}/GET/metrics/enabled true", "replace /~1/GET/caching/ttlInSeconds 0", "replace /~1pets~1{id}/GET/logging/dataTrace true",
		"replace /~1pets~1{id}/GET/throttling/rateLimit 0.5", "replace /~1/GET/caching/dataEncrypted true", "replace /~1/GET/caching/requireAuthorizationForCacheControl false",
		"replace /~1/GET/caching/unauthorizedCacheControlHeaderStrategy FAIL_WITH_403", "replace /~1/GET/logging/loglevel OFF")
	pets, root := got.MethodSettings["~1pets~1{id}/GET"], got.MethodSettings["~1/GET"]
	if !*pets.MetricsEnabled || !*pets.DataTraceEnabled || *pets.ThrottlingRateLimit != 0.5 || *root.CacheTtlInSeconds != 0 || !*root.CacheDataEncrypted ||
		*root.RequireAuthorizationForCacheControl || *root.UnauthorizedCacheControlHeaderStrategy != "FAIL_WITH_403" || *root.LoggingLevel != "OFF" {
		t.Errorf("have %+v and %+v", pets, root)
	}
}

// TestStagePatchRefusals: recorded in test_create_update_stages, test_stage_access_log_settings_validation,
// test_update_stage_canary_deployment_validation and test_update_stage_with_copy_ops, where no other source stands.
func TestStagePatchRefusals(t *testing.T) {
	tr, _ := newStage(t)
	const bad, logs, remove, must = "BadRequestException: ", "BadRequestException: Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
		"BadRequestException: Cannot remove method setting ", ". Must be one of: [/deploymentId, /description, ..."
	const none = " because there is no method setting for this method "
	for op, want := range map[string]string{
		"replace /documentation_version 123":                       bad + "Invalid method setting path: /documentation_version" + must,
		"replace /tags/tag1 value1":                                bad + "Invalid method setting path: /tags/tag1" + must,
		"replace /canarySettings x":                                bad + "Invalid method setting path: /canarySettings" + must,
		"replace /canarySettings/badPath x":                        bad + "Invalid method setting path: /canarySettings/badPath" + must,
		"replace /methodSettings {}":                               bad + "Invalid method setting path: /methodSettings" + must,
		"remove /*/*":                                              remove + "*/*" + none,
		"remove /accessLogSettings/randomValue":                    remove + "accessLogSettings/randomValue" + none,
		"remove /accessLogSettings/*":                              remove + "accessLogSettings/*" + none,
		"remove /accessLogSettings/destinationArn":                 remove + "accessLogSettings/destinationArn" + none,
		"remove /canarySettings/stageVariableOverrides":            remove + "canarySettings/stageVariableOverrides" + none,
		"remove /canarySettings/badPath":                           remove + "canarySettings/badPath" + none,
		"remove /*/*/throttling/rateLimit":                         remove + "*/*/throttling/rateLimit" + none,
		"add /accessLogSettings x":                                 logs,
		"replace /accessLogSettings x":                             logs,
		"add /accessLogSettings/* x":                               logs,
		"replace /accessLogSettings/* x":                           logs,
		"add /accessLogSettings/randomValue x":                     logs,
		"replace /accessLogSettings/randomValue x":                 logs,
		"replace /accessLogSettings/destinationArn ":               bad + "Access Log value must not be empty",
		"replace /accessLogSettings/format ":                       bad + "Access Log value must not be empty",
		"add /canarySettings/deploymentId x":                       bad + "Invalid add operation with path: /canarySettings/deploymentId",
		"replace /canarySettings/deploymentId deploy":              bad + "Deployment id does not exist",
		"replace /deploymentId deploy":                             bad + "Deployment id does not exist",
		"copy /deploymentId < /canarySettings/deploymentId":        bad + "Promotion not available. Canary does not exist.",
		"copy /variables < /canarySettings/stageVariableOverrides": bad + "Promotion not available. Canary does not exist.",
		"copy /canarySettings/stageVariableOverrides < /variables": bad + "Invalid copy operation with path: /canarySettings/stageVariableOverrides and from /variables. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]",
		"copy /variables < /canarySettings/deploymentId":           bad + "Invalid copy operation with path: /variables and from /canarySettings/deploymentId...",
		"replace /*/*/accessLogSettings/format x":                  bad + "Invalid method setting path: accessLogSettings/format. Must be one of: [.../metrics/enabled...", // aws-sdk-java issue 1823
		"replace /*/*/logging/loglevel INFO":                       bad + "CloudWatch Logs role ARN must be set in account settings to enable logging",                     // Zappa issue 1946
		"replace /accessLogSettings/destinationArn arn:aws:logs:eu-west-1:111111111111:log-group:g:*": bad + "Access log destination must only contain characters a-z, ...", // cdkd
		"replace /accessLogSettings/destinationArn arn:aws:s3:::bucket":                               bad + "Access log destination must only contain characters a-z, ...",
		"replace /accessLogSettings/format $context.path":                                             bad + "Access Log format must include either $context.requestId or $context.extendedRequestId",
		"replace /variables/a-b v":                        bad + "Invalid stage variable name: a-b.  Please use names with only word characters.", // serverless issue 6133
		"replace /variables/a":                            bad + "Invalid stage variable value: .  Please use values...",
		"replace /variables []":                           bad + "Invalid patch value '[]'...",
		"replace /cacheClusterSize 7":                     bad + "Invalid patch value '7'...",
		"replace /*/*/caching/ttlInSeconds 3601":          bad + "Invalid cache TTL...",
		"replace /*/*/throttling/burstLimit -2":           bad + "Invalid throttling limit: -2",
		"replace /*/*/throttling/rateLimit x":             bad + "Invalid patch value 'x'...",
		"replace /*/*/logging/loglevel DEBUG":             bad + "Invalid patch value 'DEBUG'...",
		"replace /canarySettings/percentTraffic 100.5":    bad + "Invalid percentTraffic...",
		"replace /clientCertificateId nothing":            bad + "Invalid Client Certificate identifier specified",
		"replace /documentationVersion nothing":           bad + "Invalid Documentation version specified",
		"remove /canarySettings/stageVariableOverrides/a": remove + "canarySettings/stageVariableOverrides/a" + none,
		"replace pets/GET/caching/enabled true":           bad + "Invalid method setting path: caching/enabled...",
	} {
		t.Run(op, func(t *testing.T) {
			err := attempt(tr.fixture, tr.UpdateStage, gen.UpdateStageInput{RestApiId: tr.api, StageName: "dev", PatchOperations: ops("replace /description changed", op)})
			refused(t, err, want)
			if got := do(tr.fixture, tr.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "dev"}); got.Description != nil {
				t.Error("a part of a refused update was applied")
			}
		})
	}
}

// TestStagePathsOfAWS compares with the whole of what AWS answered (recorded: test_create_update_stages).
func TestStagePathsOfAWS(t *testing.T) {
	const recorded = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, /{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled"
	if stagePaths != recorded {
		t.Errorf("have %s", stagePaths)
	}
}

// TestAccessLogSettings follows test_stage_access_log_settings, recorded on AWS.
func TestAccessLogSettings(t *testing.T) {
	tr, _ := newStage(t)
	const group = "arn:aws:logs:eu-west-1:111111111111:log-group:/g"
	if got := tr.patchStage("add /accessLogSettings/destinationArn " + group).AccessLogSettings; *got.DestinationArn != group || got.Format != nil {
		t.Errorf("set %+v", got)
	}
	const format = "$context.requestId $context.identity.sourceIp"
	if got := tr.patchStage("replace /accessLogSettings/destinationArn "+group+"a", "add /accessLogSettings/format "+format).AccessLogSettings; *got.DestinationArn != group+"a" || *got.Format != format {
		t.Errorf("set %+v", got)
	}
	if got := tr.patchStage("remove /accessLogSettings").AccessLogSettings; got != nil {
		t.Errorf("left %+v", got)
	}
}

// TestCanaries follows test_create_canary_deployment_by_stage_update and test_update_stage_with_copy_ops, recorded on AWS.
func TestCanaries(t *testing.T) {
	tr, first := newStage(t)
	second := tr.deploy()
	tr.patchStage("replace /variables/testVar test", "replace /variables/testVar2 test2")
	if c := tr.patchStage("replace /canarySettings/deploymentId " + second).CanarySettings; *c.DeploymentId != second || *c.PercentTraffic != 0 || *c.UseStageCache || c.StageVariableOverrides != nil {
		t.Errorf("by deployment: %+v", c)
	}
	if got := tr.patchStage("remove /canarySettings"); got.CanarySettings != nil {
		t.Errorf("left %+v", got.CanarySettings)
	}
	if c := tr.patchStage("replace /canarySettings/percentTraffic 50").CanarySettings; *c.DeploymentId != first || *c.PercentTraffic != 50 {
		t.Errorf("by share: %+v", c)
	}
	got := tr.patchStage("replace /canarySettings/percentTraffic 0.0", "copy /deploymentId < /canarySettings/deploymentId", "copy /variables < /canarySettings/stageVariableOverrides")
	if *got.DeploymentId != first || len(got.Variables) != 2 || got.CanarySettings == nil {
		t.Errorf("nothing to promote: %+v", got)
	}
	tr.patchStage("replace /canarySettings/deploymentId "+second, "replace /canarySettings/stageVariableOverrides/testVar override", "replace /canarySettings/useStageCache true")
	got = tr.patchStage("copy /deploymentId < /canarySettings/deploymentId", "copy /variables < /canarySettings/stageVariableOverrides")
	if *got.DeploymentId != second || !maps.Equal(got.Variables, map[string]string{"testVar": "override", "testVar2": "test2"}) || *got.CanarySettings.DeploymentId != second ||
		got.CanarySettings.StageVariableOverrides["testVar"] != "override" || !*got.CanarySettings.UseStageCache {
		t.Errorf("promoted: %+v", got)
	}
	if c := tr.patchStage("remove /canarySettings/stageVariableOverrides/testVar", "remove /variables").CanarySettings; c.StageVariableOverrides != nil {
		t.Errorf("left %+v", c)
	}
}

// TestTwentyClientsPatchOneStage: nothing is lost.
func TestTwentyClientsPatchOneStage(t *testing.T) {
	tr, _ := newStage(t)
	const clients = 20
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i := range clients {
		all.Go(func() {
			in := gen.UpdateStageInput{RestApiId: tr.api, StageName: "dev", PatchOperations: ops(fmt.Sprintf("replace /variables/v%d x", i), fmt.Sprintf("replace /m%d/GET/throttling/burstLimit %d", i, i))}
			_, errs[i] = tr.UpdateStage(tr.Context(), tr.call, &in)
		})
	}
	all.Wait()
	got := do(tr.fixture, tr.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "dev"})
	for i := range clients {
		if errs[i] != nil || got.Variables[fmt.Sprint("v", i)] != "x" || *got.MethodSettings[fmt.Sprintf("m%d/GET", i)].ThrottlingBurstLimit != int32(i) {
			t.Errorf("client %d: %v", i, errs[i])
		}
	}
}
