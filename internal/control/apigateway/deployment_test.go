package apigateway

import (
	"testing"

	"github.com/dipylon/dipylon/internal/state"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// mock gives a method an integration that answers itself.
func (tr tree) mock(path, verb string) {
	tr.Helper()
	tr.method(path, verb, nil)
	do(tr.fixture, tr.PutIntegration, gen.PutIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids[path], HttpMethod: verb, Type: new(gen.IntegrationTypeMock)})
}

// newDeployable is an API that can be deployed.
func newDeployable(t testing.TB) tree {
	t.Helper()
	tr := newTree(t, "/pets")
	tr.mock("/pets", "GET")
	return tr
}

// deploy makes a deployment and returns its id.
func (tr tree) deploy(change ...func(*gen.CreateDeploymentInput)) string {
	tr.Helper()
	in := gen.CreateDeploymentInput{RestApiId: tr.api}
	for _, c := range change {
		c(&in)
	}
	return *do(tr.fixture, tr.CreateDeployment, in).Id
}

// TestDeployments: the answers are recorded (test_create_delete_deployments, test_create_update_deployments); the empty
// strings are those that Terraform sends (terraform-calls.jsonl).
func TestDeployments(t *testing.T) {
	tr := newDeployable(t)
	f := tr.fixture
	made := do(f, f.CreateDeployment, gen.CreateDeploymentInput{
		RestApiId: tr.api, Description: new(""), StageDescription: new(""), StageName: new(""), Variables: map[string]string{},
	})
	if made.Description != nil || made.ApiSummary != nil || len(*made.Id) != 6 || !made.CreatedDate.Equal(f.now.Truncate(1e9)) {
		t.Errorf("made %+v", made)
	}
	if stages := do(f, f.GetStages, gen.GetStagesInput{RestApiId: tr.api}); stages.Item == nil || len(stages.Item) != 0 {
		t.Errorf("an empty name makes no stage: %+v", stages)
	}
	get := gen.GetDeploymentInput{RestApiId: tr.api, DeploymentId: *made.Id}
	if got := do(f, f.GetDeployment, get); got.ApiSummary != nil {
		t.Errorf("the summary is there unasked: %+v", got)
	}
	get.Embed = []string{"apisummary"}
	if got := do(f, f.GetDeployment, get).ApiSummary; len(got) != 1 || *got["/pets"]["GET"].AuthorizationType != "NONE" || *got["/pets"]["GET"].ApiKeyRequired {
		t.Errorf("the summary is %+v", got)
	}
	got := do(f, f.UpdateDeployment, gen.UpdateDeploymentInput{RestApiId: tr.api, DeploymentId: *made.Id, PatchOperations: ops("replace /description d")})
	if *got.Description != "d" || !got.CreatedDate.Equal(*made.CreatedDate) {
		t.Errorf("updated: %+v", got)
	}
	second := tr.deploy(func(in *gen.CreateDeploymentInput) { in.StageName = new("s1") })
	if list := do(f, f.GetDeployments, gen.GetDeploymentsInput{RestApiId: tr.api}); len(list.Items) != 2 {
		t.Errorf("listed %+v", list)
	}
	remove := gen.DeleteDeploymentInput{RestApiId: tr.api, DeploymentId: second}
	const active = "BadRequestException: Active stages pointing to this deployment must be moved or deleted"
	refused(t, attempt(f, f.DeleteDeployment, remove), active)
	stage := gen.UpdateStageInput{RestApiId: tr.api, StageName: "s1", PatchOperations: ops("replace /canarySettings/percentTraffic 5", "replace /deploymentId "+*made.Id)}
	do(f, f.UpdateStage, stage)
	refused(t, attempt(f, f.DeleteDeployment, remove), active) // the canary's is still the second
	stage.PatchOperations = ops("remove /canarySettings")
	do(f, f.UpdateStage, stage)
	do(f, f.DeleteDeployment, remove)
	const missing = "NotFoundException: Invalid Deployment identifier specified"
	refused(t, attempt(f, f.DeleteDeployment, remove), missing)
	refused(t, attempt(f, f.GetDeployment, gen.GetDeploymentInput{RestApiId: "wrong", DeploymentId: second}), missing)
	refused(t, attempt(f, f.GetDeployments, gen.GetDeploymentsInput{RestApiId: "wrong"}), "NotFoundException: Invalid API identifier specified 111111111111:wrong")
}

func TestDeploymentRefusals(t *testing.T) {
	tr := newTree(t, "/pets")
	f := tr.fixture
	const bad = "BadRequestException: "
	create := func(change func(*gen.CreateDeploymentInput)) error {
		in := gen.CreateDeploymentInput{RestApiId: tr.api}
		change(&in)
		return attempt(f, f.CreateDeployment, in)
	}
	nothing := func(*gen.CreateDeploymentInput) {}
	refused(t, create(nothing), bad+"The REST API doesn't contain any methods")
	tr.method("/pets", "GET", nil)
	refused(t, create(nothing), bad+"No integration defined for method")
	do(f, f.PutIntegration, gen.PutIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"], HttpMethod: "GET", Type: new(gen.IntegrationTypeMock)})
	canary := &gen.DeploymentCanarySettings{PercentTraffic: new(50.0)}
	const content = bad + "Invalid deployment content specified."
	for name, tt := range map[string]struct {
		change func(*gen.CreateDeploymentInput)
		want   string
	}{
		"unknown API": {func(in *gen.CreateDeploymentInput) { in.RestApiId = "wrong" }, "NotFoundException: Invalid API identifier specified 111111111111:wrong"},
		// recorded: test_create_canary_deployment_validation
		"canary without a stage": {func(in *gen.CreateDeploymentInput) { in.CanarySettings = canary }, content + "Non null and non empty stageName must be provided for canary deployment. Provided value is null"},
		"canary of an empty one": {func(in *gen.CreateDeploymentInput) { in.CanarySettings, in.StageName = canary, new("") }, content + "Non null and non empty stageName must be provided for canary deployment. Provided value is "},
		"canary of no stage":     {func(in *gen.CreateDeploymentInput) { in.CanarySettings, in.StageName = canary, new("non-existing") }, content + "Stage non-existing must already be created before making a canary release deployment"},
		"stage's name":           {func(in *gen.CreateDeploymentInput) { in.StageName = new("a.b") }, bad + "Stage name only allows a-zA-Z0-9_"},
		"variable's name": {func(in *gen.CreateDeploymentInput) {
			in.StageName, in.Variables = new("s"), map[string]string{"a-b": "v"}
		}, bad + "Invalid stage variable name: a-b.  Please use names with only word characters."},
		"variable's value": {func(in *gen.CreateDeploymentInput) {
			in.StageName, in.Variables = new("s"), map[string]string{"a": "$LATEST"}
		}, bad + "Invalid stage variable value: $LATEST.  Please use values..."},
	} {
		t.Run(name, func(t *testing.T) { refused(t, create(tt.change), tt.want) })
	}
	if list := do(f, f.GetDeployments, gen.GetDeploymentsInput{RestApiId: tr.api}); len(list.Items) != 0 {
		t.Errorf("a refused deployment is there: %+v", list)
	}
}

// TestDeploymentIsFrozen: what an API becomes does not change what was deployed.
func TestDeploymentIsFrozen(t *testing.T) {
	tr := newDeployable(t)
	f := tr.fixture
	id := tr.deploy()
	do(f, f.DeleteResource, gen.DeleteResourceInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"]})
	do(f, f.DeleteModel, gen.DeleteModelInput{RestApiId: tr.api, ModelName: "Error"})
	do(f, f.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: tr.api, PatchOperations: ops("replace /name other")})
	err := f.view(t.Context(), f.call, func(r reader) error {
		snapshot, err := state.RestSnapshots().Get(r, r.key(tr.api, id))
		if err == nil && (len(snapshot.Resources) != 2 || len(snapshot.Models) != 2 || snapshot.API.Name != "a") {
			t.Errorf("the snapshot is %+v", snapshot)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeployToStage: a deployment makes its stage, and moves it later with what the call says and no more.
func TestDeployToStage(t *testing.T) {
	tr := newDeployable(t)
	f := tr.fixture
	first := tr.deploy(func(in *gen.CreateDeploymentInput) {
		in.StageName, in.StageDescription, in.Variables = new("s"), new("mine"), map[string]string{"v": "1"}
		in.CacheClusterEnabled, in.CacheClusterSize, in.TracingEnabled = new(true), new(gen.CacheClusterSize16), new(true)
	})
	stage := func() *gen.Stage { return do(f, f.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "s"}) }
	if s := stage(); *s.DeploymentId != first || *s.Description != "mine" || s.Variables["v"] != "1" || !*s.CacheClusterEnabled ||
		*s.CacheClusterSize != "1.6" || *s.CacheClusterStatus != "AVAILABLE" || !*s.TracingEnabled {
		t.Errorf("made %+v", s)
	}
	second := tr.deploy(func(in *gen.CreateDeploymentInput) { in.StageName = new("s") })
	if s := stage(); *s.DeploymentId != second || *s.Description != "mine" || s.Variables["v"] != "1" || !*s.TracingEnabled {
		t.Errorf("moved %+v", s)
	}
	// recorded: test_create_canary_deployment_with_stage
	third := tr.deploy(func(in *gen.CreateDeploymentInput) {
		in.StageName = new("s")
		in.CanarySettings = &gen.DeploymentCanarySettings{PercentTraffic: new(50.0), StageVariableOverrides: map[string]string{"v": "canary"}}
	})
	s := stage()
	if c := s.CanarySettings; *s.DeploymentId != second || *c.DeploymentId != third || *c.PercentTraffic != 50 || c.StageVariableOverrides["v"] != "canary" || *c.UseStageCache {
		t.Errorf("the canary is %+v", s.CanarySettings)
	}
}
