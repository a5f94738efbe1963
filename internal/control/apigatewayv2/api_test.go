package apigatewayv2

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// TestQuickCreate: a target makes an integration, a route and a stage, all managed, and an update changes them.
func TestQuickCreate(t *testing.T) {
	f := newFixture(t)
	api := *do(f, f.CreateApi, gen.CreateApiInput{
		Name: new("q"), ProtocolType: new(gen.ProtocolTypeHttp), Target: new("http://one"), RouteKey: new("GET /x"),
	}).ApiId
	do(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, Target: new("http://two"), RouteKey: new("POST /y")})
	routes := do(f, f.GetRoutes, gen.GetRoutesInput{ApiId: api}).Items
	integrations := do(f, f.GetIntegrations, gen.GetIntegrationsInput{ApiId: api}).Items
	stages := do(f, f.GetStages, gen.GetStagesInput{ApiId: api}).Items
	if len(routes) != 1 || *routes[0].RouteKey != "POST /y" || !*routes[0].ApiGatewayManaged ||
		*routes[0].Target != "integrations/"+*integrations[0].IntegrationId {
		t.Errorf("routes are %+v", routes)
	}
	if len(integrations) != 1 || *integrations[0].IntegrationUri != "http://two" || !*integrations[0].ApiGatewayManaged ||
		*integrations[0].IntegrationMethod != "ANY" || *integrations[0].TimeoutInMillis != 30000 {
		t.Errorf("integrations are %+v", integrations)
	}
	if len(stages) != 1 || *stages[0].StageName != "$default" || !*stages[0].AutoDeploy || !*stages[0].ApiGatewayManaged {
		t.Errorf("stages are %+v", stages)
	}
}

// TestDeleteApiLeavesNothing: no document of an API outlives it, and its id is free.
func TestDeleteApiLeavesNothing(t *testing.T) {
	f := newFixture(t)
	for range 2 {
		api := *do(f, f.CreateApi, gen.CreateApiInput{
			Name: new("d"), ProtocolType: new(gen.ProtocolTypeHttp), Target: new("http://one"),
			Tags: map[string]string{gateway.CustomIDTag: "mine"},
		}).ApiId
		f.route(api, "GET /")
		f.integration(api)
		f.authorizer(api, "a")
		f.model(api, "M")
		do(f, f.DeleteApi, gen.DeleteApiInput{ApiId: api})
		err := f.Store.View(t.Context(), func(r store.Reader) error {
			for _, kind := range []string{
				"api", "route", "route.key", "integration", "stage", "deployment", "snapshot", "api-id", "authorizer", "model", "model.name",
			} {
				docs, err := r.List(store.Range{Kind: kind, AnyTenant: true, AnyParent: true})
				if err != nil {
					return err
				}
				for _, d := range docs {
					t.Errorf("%v is left", d.Key)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestIDs: fact 48.
func TestIDs(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	route := f.route(api, "GET /")
	for what, id := range map[string]struct {
		text string
		want int
	}{
		"api": {api, 10}, "route": {route, 7}, "integration": {f.integration(api), 7},
		"authorizer": {f.authorizer(api, "a"), 6}, "VPC link": {f.vpcLink("l"), 6},
		"deployment": {*do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api}).DeploymentId, 6},
	} {
		if len(id.text) != id.want || !consistsOf(id.text, "", id.want) || id.text != strings.ToLower(id.text) {
			t.Errorf("%s %q", what, id.text)
		}
	}
}

// TestDefaults: fact 66.
func TestDefaults(t *testing.T) {
	f := newFixture(t)
	out := do(f, f.CreateApi, gen.CreateApiInput{Name: new("n"), ProtocolType: new(gen.ProtocolTypeHttp)})
	want := gen.CreateApiOutput{
		ApiEndpoint: new("http://" + *out.ApiId + ".eu-west-1"), ApiId: out.ApiId,
		ApiKeySelectionExpression: new("$request.header.x-api-key"), CreatedDate: out.CreatedDate,
		DisableExecuteApiEndpoint: new(false), IpAddressType: new(gen.IpAddressTypeIpv4), Name: new("n"),
		ProtocolType: new(gen.ProtocolTypeHttp), RouteSelectionExpression: new("$request.method $request.path"),
		Tags: map[string]string{},
	}
	if diff := cmp.Diff(&want, out); diff != "" {
		t.Error(diff)
	}
	if out.CreatedDate.Nanosecond() != 0 {
		t.Errorf("created %v", out.CreatedDate)
	}
	stage := f.stage(*out.ApiId, "s", false)
	if stage.AutoDeploy != nil || stage.DefaultRouteSettings == nil || *stage.DefaultRouteSettings.DetailedMetricsEnabled ||
		stage.DefaultRouteSettings.LoggingLevel != nil || stage.RouteSettings == nil || stage.StageVariables == nil {
		t.Errorf("got %+v", stage)
	}
}

// TestRouteSelection: the braces are another spelling of the one expression that there is (fact 66).
func TestRouteSelection(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	for _, good := range []string{"", "$request.method $request.path", "${request.method} ${request.path}"} {
		do(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, RouteSelectionExpression: &good})
	}
	err := fails(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, RouteSelectionExpression: new("$request.body.action")})
	if refusal(t, err).Status != 400 {
		t.Errorf("got %v", err)
	}
}

// TestPages: a listing in pages holds everything once.
func TestPages(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	var want []string
	for n := range 7 {
		want = append(want, f.route(api, fmt.Sprintf("GET /%d", n)))
	}
	slices.Sort(want)
	for _, size := range []string{"1", "2", "7", "8", ""} {
		var got []string
		in := gen.GetRoutesInput{ApiId: api, MaxResults: &size}
		for range len(want) + 1 {
			page := do(f, f.GetRoutes, in)
			for _, r := range page.Items {
				got = append(got, *r.RouteId)
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %q: %s", size, diff)
		}
	}
}

// TestTags: limits, and what tagging and untagging leave.
func TestTags(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	arn := gateway.APIARN("eu-west-1", api)
	full := map[string]string{}
	for n := range gateway.MaxTags {
		full[fmt.Sprint("k", n)] = strings.Repeat("v", 256)
	}
	do(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: full})
	do(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"k1": "again"}})
	for name, tags := range map[string]map[string]string{
		"one too many": {"more": "x"}, "long key": {strings.Repeat("k", 129): ""}, "long value": {"k1": strings.Repeat("v", 257)},
		"empty key": {"": "x"},
	} {
		if err := fails(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: tags}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	do(f, f.UntagResource, gen.UntagResourceInput{ResourceArn: arn, TagKeys: slices.Collect(maps.Keys(full))[1:]})
	if got := do(f, f.GetTags, gen.GetTagsInput{ResourceArn: arn}).Tags; len(got) != 1 {
		t.Errorf("left are %v", got)
	}
	f.stage(api, "s", false)
	stage := gateway.StageARN("eu-west-1", api, "s")
	do(f, f.TagResource, gen.TagResourceInput{ResourceArn: stage, Tags: map[string]string{"a": "b"}})
	if got := do(f, f.GetStage, gen.GetStageInput{ApiId: api, StageName: "s"}).Tags; got["a"] != "b" {
		t.Errorf("the stage has %v", got)
	}
}

// TestTagLengths: characters are counted, not bytes.
func TestTagLengths(t *testing.T) {
	f := newFixture(t)
	arn := gateway.APIARN("eu-west-1", f.api())
	do(f, f.TagResource, gen.TagResourceInput{
		ResourceArn: arn, Tags: map[string]string{strings.Repeat("ü", 128): strings.Repeat("ü", 256)},
	})
}
