package apigatewayv2

import (
	"fmt"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// TestDeploymentsNewestFirst: fact 65, within one second too.
func TestDeploymentsNewestFirst(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	f.route(api, "GET /")
	var made []string
	for range 7 {
		f.now = f.now.Add(time.Millisecond)
		made = append(made, *do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api}).DeploymentId)
	}
	for i, d := range f.deployments(api) {
		if want := made[len(made)-1-i]; *d.DeploymentId != want {
			t.Errorf("%d is %s, want %s", i, *d.DeploymentId, want)
		}
		if d.CreatedDate.Nanosecond() != 0 {
			t.Errorf("AWS shows whole seconds, not %v", d.CreatedDate)
		}
	}
}

// TestPagesOfDeployments: a page goes on where the last ended, though what it ended with is gone.
func TestPagesOfDeployments(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	f.route(api, "GET /")
	for n := range 5 {
		f.now = f.now.Add(time.Second)
		do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, Description: new(fmt.Sprint(n))})
	}
	var got string
	in := gen.GetDeploymentsInput{ApiId: api, MaxResults: new("2")}
	for range 5 {
		page := do(f, f.GetDeployments, in)
		for _, d := range page.Items {
			got += *d.Description
			do(f, f.DeleteDeployment, gen.DeleteDeploymentInput{ApiId: api, DeploymentId: *d.DeploymentId})
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if got != "43210" {
		t.Errorf("pages hold %s", got)
	}
}

// TestAutomaticDeploymentsArePruned: of those that nobody asked for and no stage uses, the newest are kept.
func TestAutomaticDeploymentsArePruned(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	f.route(api, "GET /0")
	wanted := *do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, Description: new("wanted")}).DeploymentId
	f.now = f.now.Add(time.Second)
	f.stage(api, "auto", true)
	used := f.deployments(api)[0].DeploymentId
	do(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new("kept"), DeploymentId: used})
	const changes = keptAutomatic + 5
	for n := range changes {
		f.now = f.now.Add(time.Second)
		f.route(api, fmt.Sprintf("GET /%d", n+1))
	}
	have := map[string]bool{}
	all := f.deployments(api)
	for _, d := range all {
		have[*d.DeploymentId] = true
	}
	current := *do(f, f.GetStage, gen.GetStageInput{ApiId: api, StageName: "auto"}).DeploymentId
	if !have[wanted] || !have[*used] || !have[current] {
		t.Errorf("one that is wanted (%t) or used (%t, %t) is gone", have[wanted], have[*used], have[current])
	}
	if want := keptAutomatic + 3; len(all) != want {
		t.Errorf("%d are left, want %d", len(all), want)
	}
	err := f.Store.View(t.Context(), func(r store.Reader) error {
		snapshots, err := state.Snapshots().List(r, store.Range{Tenant: f.call.Tenant.String(), Parent: api})
		if len(snapshots.Items) != len(all) {
			t.Errorf("%d deployments have %d snapshots", len(all), len(snapshots.Items))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStageWithoutRoutes: a stage that deploys itself says why it could not, and goes on with what it has.
func TestStageWithoutRoutes(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	stage := f.stage(api, "$default", true)
	const failed = "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
	if *stage.LastDeploymentStatusMessage != failed || stage.DeploymentId != nil {
		t.Errorf("got %q, %v", *stage.LastDeploymentStatusMessage, stage.DeploymentId)
	}
	route := f.route(api, "GET /")
	before := do(f, f.GetStage, gen.GetStageInput{ApiId: api, StageName: "$default"})
	if want := "Successfully deployed stage with deployment ID '" + *before.DeploymentId + "'"; *before.LastDeploymentStatusMessage != want {
		t.Errorf("got %q", *before.LastDeploymentStatusMessage) // fact 65
	}
	do(f, f.DeleteRoute, gen.DeleteRouteInput{ApiId: api, RouteId: route})
	after := do(f, f.GetStage, gen.GetStageInput{ApiId: api, StageName: "$default"})
	if *after.LastDeploymentStatusMessage != failed || *after.DeploymentId != *before.DeploymentId {
		t.Errorf("got %q, %s", *after.LastDeploymentStatusMessage, *after.DeploymentId)
	}
}

// TestSnapshotsAreFrozen: a deployment keeps what it took, whatever is changed or deleted later.
func TestSnapshotsAreFrozen(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	id := f.integration(api)
	do(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), Target: new("integrations/" + id)})
	d := *do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api}).DeploymentId
	do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{ApiId: api, IntegrationId: id, IntegrationUri: new("http://other/")})
	f.route(api, "GET /new")
	err := f.Store.View(t.Context(), func(r store.Reader) error {
		got, err := state.Snapshots().Get(r, store.At(f.call.Tenant.String(), api, d))
		if len(got.Routes) != 1 || len(got.Integrations) != 1 || got.Integrations[0].URI != "http://h/" {
			t.Errorf("got %+v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
