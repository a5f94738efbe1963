package apigatewayv2

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// TestUpdateAuthorizer changes each member and leaves the others, empty strings too: fact 48 and values.go.
func TestUpdateAuthorizer(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	id := f.authorizer(api, "a")
	want := gen.UpdateAuthorizerOutput{
		AuthorizerId: &id, AuthorizerType: new(gen.AuthorizerTypeJwt), Name: new("a"), IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &gen.JWTConfiguration{Issuer: new("https://issuer"), Audience: []string{"me"}},
	}
	for _, step := range []struct {
		in     gen.UpdateAuthorizerInput
		change func()
	}{
		{gen.UpdateAuthorizerInput{}, func() {}},
		{gen.UpdateAuthorizerInput{
			Name: new(""), AuthorizerUri: new(""), AuthorizerCredentialsArn: new(""), AuthorizerPayloadFormatVersion: new(""),
			IdentityValidationExpression: new(""), AuthorizerResultTtlInSeconds: new(int32(0)), EnableSimpleResponses: new(false),
		}, func() {}},
		{gen.UpdateAuthorizerInput{Name: new("b")}, func() { want.Name = new("b") }},
		{gen.UpdateAuthorizerInput{IdentitySource: []string{"$request.querystring.t", "$request.header.x-t"}}, func() {
			want.IdentitySource = []string{"$request.querystring.t", "$request.header.x-t"}
		}},
		{gen.UpdateAuthorizerInput{JwtConfiguration: &gen.JWTConfiguration{Audience: []string{"you", "they"}}}, func() {
			want.JwtConfiguration = &gen.JWTConfiguration{Issuer: new("https://issuer"), Audience: []string{"you", "they"}}
		}},
		{gen.UpdateAuthorizerInput{JwtConfiguration: &gen.JWTConfiguration{Issuer: new("https://other")}}, func() {
			want.JwtConfiguration.Issuer = new("https://other")
		}},
	} {
		step.in.ApiId, step.in.AuthorizerId = api, id
		step.change()
		if diff := cmp.Diff(&want, do(f, f.UpdateAuthorizer, step.in)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(gen.GetAuthorizerOutput(want), *do(f, f.GetAuthorizer, gen.GetAuthorizerInput{ApiId: api, AuthorizerId: id})); diff != "" {
			t.Error(diff)
		}
	}
}

// TestAuthorizersAreFrozen: what a deployment took of an authorizer stays; a stage that deploys itself has what is.
func TestAuthorizersAreFrozen(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	id := f.authorizer(api, "a")
	do(f, f.CreateRoute, gen.CreateRouteInput{
		ApiId: api, RouteKey: new("GET /"), AuthorizationType: new(gen.AuthorizationTypeJwt), AuthorizerId: &id, AuthorizationScopes: []string{"s"},
	})
	f.stage(api, "manual", false)
	f.stage(api, "auto", true)
	do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, StageName: new("manual")})
	do(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{
		ApiId: api, AuthorizerId: id, JwtConfiguration: &gen.JWTConfiguration{Audience: []string{"you"}},
	})
	for stage, want := range map[string]string{"manual": "me", "auto": "you"} {
		got := f.snapshot(api, stage)
		if len(got.Authorizers) != 1 || !slices.Equal(got.Authorizers[0].Audience, []string{want}) || got.Routes[0].AuthorizerID != id {
			t.Errorf("%s has %+v", stage, got)
		}
	}
	do(f, f.UpdateRoute, gen.UpdateRouteInput{
		ApiId: api, RouteId: f.keys(api)["GET /"], AuthorizationType: new(gen.AuthorizationTypeNone), AuthorizerId: new(""), AuthorizationScopes: []string{},
	})
	do(f, f.DeleteAuthorizer, gen.DeleteAuthorizerInput{ApiId: api, AuthorizerId: id})
	if got := f.snapshot(api, "manual"); len(got.Authorizers) != 1 || len(got.Routes[0].Scopes) != 1 {
		t.Errorf("a deployment lost %+v", got)
	}
}

// TestUpdateModel changes each member; a description can be emptied, the rest cannot.
func TestUpdateModel(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	id := *do(f, f.CreateModel, gen.CreateModelInput{ApiId: api, Name: new("M"), Schema: new("{}"), Description: new("d")}).ModelId
	got := do(f, f.UpdateModel, gen.UpdateModelInput{ApiId: api, ModelId: id, Name: new(""), Schema: new(""), ContentType: new("")})
	want := gen.UpdateModelOutput{ModelId: &id, Name: new("M"), Schema: new("{}"), Description: new("d"), ContentType: new("application/json")}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
	got = do(f, f.UpdateModel, gen.UpdateModelInput{
		ApiId: api, ModelId: id, Name: new("N"), Schema: new("true"), ContentType: new("text/json"), Description: new(""),
	})
	want = gen.UpdateModelOutput{ModelId: &id, Name: new("N"), Schema: new("true"), ContentType: new("text/json")}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Error(diff)
	}
	f.model(api, "M") // the name is free again
}

// TestVPCLinks: a link is ready at once, and only its name and its tags change.
func TestVPCLinks(t *testing.T) {
	f := newFixture(t)
	made := do(f, f.CreateVpcLink, gen.CreateVpcLinkInput{Name: new("l"), SubnetIds: []string{"a", "b"}, Tags: map[string]string{"a": "b"}})
	want := gen.GetVpcLinkOutput{
		CreatedDate: made.CreatedDate, Name: new("m"), SecurityGroupIds: []string{}, SubnetIds: []string{"a", "b"}, Tags: map[string]string{"c": "d"},
		VpcLinkId: made.VpcLinkId, VpcLinkStatus: new(gen.VpcLinkStatusAvailable), VpcLinkStatusMessage: made.VpcLinkStatusMessage,
		VpcLinkVersion: new(gen.VpcLinkVersionV2),
	}
	do(f, f.UpdateVpcLink, gen.UpdateVpcLinkInput{VpcLinkId: *made.VpcLinkId, Name: new("")})
	do(f, f.UpdateVpcLink, gen.UpdateVpcLinkInput{VpcLinkId: *made.VpcLinkId, Name: new("m")})
	arn := "arn:aws:apigateway:eu-west-1::/vpclinks/" + *made.VpcLinkId
	do(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"c": "d"}})
	do(f, f.UntagResource, gen.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}})
	if diff := cmp.Diff(&want, do(f, f.GetVpcLink, gen.GetVpcLinkInput{VpcLinkId: *made.VpcLinkId})); diff != "" {
		t.Error(diff)
	}
	if got := do(f, f.GetTags, gen.GetTagsInput{ResourceArn: arn}).Tags; len(got) != 1 || got["c"] != "d" {
		t.Errorf("tags are %v", got)
	}
	f.call.Tenant.Region = "us-east-1"
	if n := len(do(f, f.GetVpcLinks, gen.GetVpcLinksInput{}).Items); n != 0 {
		t.Errorf("another region has %d", n)
	}
}

// TestVPCLinkIsFree: an integration holds its link, and gives it up when it is changed or deleted.
func TestVPCLinkIsFree(t *testing.T) {
	f := newFixture(t)
	api, link := f.api(), f.vpcLink("l")
	id := *do(f, f.CreateIntegration, privateInput(api, link)).IntegrationId
	if fails(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: link}) == nil {
		t.Error("a link in use can be deleted")
	}
	do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{
		ApiId: api, IntegrationId: id, ConnectionType: new(gen.ConnectionTypeInternet), ConnectionId: new(""), IntegrationUri: new("http://h/"),
	})
	do(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: link})
	other := f.vpcLink("m")
	do(f, f.CreateIntegration, privateInput(api, other))
	do(f, f.DeleteApi, gen.DeleteApiInput{ApiId: api})
	do(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: other})
}

// TestConnections: an update may give the connection's type or id alone; Terraform sends only what changed.
func TestConnections(t *testing.T) {
	const needsLink, noLink = "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK", "ConnectionId is for the ConnectionType VPC_LINK"
	vpc, internet := new(gen.ConnectionTypeVpcLink), new(gen.ConnectionTypeInternet)
	for _, c := range []struct {
		name    string
		private bool
		kind    *gen.ConnectionType
		link    string // "other" stands for the other link
		uri     string
		want    string // "one", "other", empty for none; or the refusal
	}{
		{"nothing of a private one", true, nil, "", "", "one"},
		{"nothing of a public one", false, nil, "", "", ""},
		{"the type again", true, vpc, "", "", "one"},
		{"another link alone", true, nil, "other", "", "other"},
		{"type and link", true, vpc, "other", "", "other"},
		{"to the internet", true, internet, "", "http://h/", ""},
		{"to the internet with a link", true, internet, "other", "http://h/", noLink},
		{"a link of a public one", false, nil, "other", "", noLink},
		{"private without a link", false, vpc, "", "", needsLink},
		{"to a link", false, vpc, "other", "arn:aws:servicediscovery:eu-west-1:000000000000:service/s", "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			api, links := f.api(), map[string]string{"": "", "one": f.vpcLink("one"), "other": f.vpcLink("other")}
			in := integrationInput(api, "http://h/")
			if c.private {
				in = privateInput(api, links["one"])
			}
			out, err := f.UpdateIntegration(t.Context(), f.call, &gen.UpdateIntegrationInput{
				ApiId: api, IntegrationId: *do(f, f.CreateIntegration, in).IntegrationId,
				ConnectionType: c.kind, ConnectionId: optional(links[c.link]), IntegrationUri: optional(c.uri),
			})
			if err != nil {
				if got := refusal(t, err); got.Message != c.want {
					t.Errorf("got %s", got.Message)
				}
				return
			}
			if text(out.ConnectionId) != links[c.want] || (*out.ConnectionType == *vpc) != (c.want != "") {
				t.Errorf("got %s %q", *out.ConnectionType, text(out.ConnectionId))
			}
		})
	}
}

// TestUpdateIntegration changes each member of an integration.
func TestUpdateIntegration(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	id := f.integration(api)
	do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{
		ApiId: api, IntegrationId: id, Description: new("d"), IntegrationMethod: new("ANY"), IntegrationUri: new("https://h/{a}"),
		TimeoutInMillis: new(int32(50)), TlsConfig: &gen.TlsConfigInput{ServerNameToVerify: new("n")},
		RequestParameters:  map[string]string{"append:header.a": "1", "remove:header.b": "''"},
		ResponseParameters: map[string]map[string]string{"200": {"append:header.a": "1"}, "404": {"overwrite:statuscode": "410"}},
	})
	// An empty value takes a mapping out, an empty map a status code (developer guide, http-api-parameter-mapping).
	got := do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{
		ApiId: api, IntegrationId: id, Description: new(""), IntegrationMethod: new(""), IntegrationUri: new(""), ConnectionId: new(""),
		CredentialsArn: new(""), IntegrationSubtype: new(""), PayloadFormatVersion: new(""),
		RequestParameters:  map[string]string{"append:header.a": "", "append:header.none": "", "overwrite:path": "/x"},
		ResponseParameters: map[string]map[string]string{"200": {}, "404": {"append:header.b": "2"}, "500": {}},
	})
	want := &gen.UpdateIntegrationOutput{
		ConnectionType: new(gen.ConnectionTypeInternet), IntegrationId: &id, IntegrationMethod: new("ANY"), IntegrationType: new(gen.IntegrationTypeHttpProxy),
		IntegrationUri: new("https://h/{a}"), PayloadFormatVersion: new("1.0"), TimeoutInMillis: new(int32(50)),
		TlsConfig:          &gen.TlsConfig{ServerNameToVerify: new("n")},
		RequestParameters:  map[string]string{"remove:header.b": "''", "overwrite:path": "/x"},
		ResponseParameters: map[string]map[string]string{"404": {"overwrite:statuscode": "410", "append:header.b": "2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{
		ApiId: api, IntegrationId: id, TlsConfig: &gen.TlsConfigInput{},
		RequestParameters: map[string]string{"remove:header.b": "", "overwrite:path": ""}, ResponseParameters: map[string]map[string]string{"404": {}},
	})
	if got.TlsConfig != nil || got.RequestParameters != nil || got.ResponseParameters != nil {
		t.Errorf("left are %+v, %v, %v", got.TlsConfig, got.RequestParameters, got.ResponseParameters)
	}
}

// TestStageSettings: the default is replaced whole, an entry replaces that of its route, and entries of other routes stay
// (fact 74).
func TestStageSettings(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	f.route(api, "GET /a")
	f.route(api, "GET /b")
	do(f, f.CreateStage, gen.CreateStageInput{
		ApiId: api, StageName: new("s"), AutoDeploy: new(true),
		DefaultRouteSettings: &gen.RouteSettings{ThrottlingBurstLimit: new(int32(5)), ThrottlingRateLimit: new(1.5), DetailedMetricsEnabled: new(true)},
		RouteSettings:        map[string]gen.RouteSettings{"GET /a": {ThrottlingBurstLimit: new(int32(0)), ThrottlingRateLimit: new(0.0)}},
		AccessLogSettings:    &gen.AccessLogSettings{DestinationArn: new("arn:aws:logs:eu-west-1:1:log-group:g"), Format: new("$context.requestId")},
	})
	got := do(f, f.UpdateStage, gen.UpdateStageInput{
		ApiId: api, StageName: "s", Description: new("d"), DefaultRouteSettings: &gen.RouteSettings{ThrottlingBurstLimit: new(int32(7))},
		RouteSettings:     map[string]gen.RouteSettings{"GET /b": {DetailedMetricsEnabled: new(true)}},
		AccessLogSettings: &gen.AccessLogSettings{Format: new("$context.requestId $context.status"), DestinationArn: new("")},
	})
	want := &gen.UpdateStageOutput{
		DefaultRouteSettings: &gen.RouteSettings{ThrottlingBurstLimit: new(int32(7)), DetailedMetricsEnabled: new(false)},
		RouteSettings: map[string]gen.RouteSettings{
			"GET /a": {ThrottlingBurstLimit: new(int32(0)), ThrottlingRateLimit: new(0.0), DetailedMetricsEnabled: new(false)},
			"GET /b": {DetailedMetricsEnabled: new(true)},
		},
		AccessLogSettings: &gen.AccessLogSettings{DestinationArn: new("arn:aws:logs:eu-west-1:1:log-group:g"), Format: new("$context.requestId $context.status")},
		Description:       new("d"), AutoDeploy: new(true), StageName: new("s"), StageVariables: map[string]string{}, Tags: map[string]string{},
		CreatedDate: got.CreatedDate, LastUpdatedDate: got.LastUpdatedDate, DeploymentId: got.DeploymentId,
		LastDeploymentStatusMessage: got.LastDeploymentStatusMessage,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	do(f, f.DeleteRouteSettings, gen.DeleteRouteSettingsInput{ApiId: api, StageName: "s", RouteKey: "GET /a"})
	do(f, f.DeleteAccessLogSettings, gen.DeleteAccessLogSettingsInput{ApiId: api, StageName: "s"})
	left := do(f, f.GetStage, gen.GetStageInput{ApiId: api, StageName: "s"})
	if left.AccessLogSettings != nil || len(left.RouteSettings) != 1 || left.RouteSettings["GET /b"].DetailedMetricsEnabled == nil {
		t.Errorf("left are %+v", left)
	}
	do(f, f.UpdateStage, gen.UpdateStageInput{ApiId: api, StageName: "s", AccessLogSettings: &gen.AccessLogSettings{Format: new(""), DestinationArn: new("")}})
}

// TestPagesOfResources: authorizers, models and VPC links come in pages that hold each once.
func TestPagesOfResources(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	want := map[string][]string{}
	for n := range 5 {
		want["authorizers"] = append(want["authorizers"], f.authorizer(api, fmt.Sprint("a", n)))
		want["models"] = append(want["models"], f.model(api, fmt.Sprint("m", n)))
		want["VPC links"] = append(want["VPC links"], f.vpcLink("l"))
	}
	size := new("2")
	for what, page := range map[string]func(token *string) ([]string, *string){
		"authorizers": func(token *string) ([]string, *string) {
			out := do(f, f.GetAuthorizers, gen.GetAuthorizersInput{ApiId: api, MaxResults: size, NextToken: token})
			return ids(out.Items, func(a gen.Authorizer) *string { return a.AuthorizerId }), out.NextToken
		},
		"models": func(token *string) ([]string, *string) {
			out := do(f, f.GetModels, gen.GetModelsInput{ApiId: api, MaxResults: size, NextToken: token})
			return ids(out.Items, func(m gen.Model) *string { return m.ModelId }), out.NextToken
		},
		"VPC links": func(token *string) ([]string, *string) {
			out := do(f, f.GetVpcLinks, gen.GetVpcLinksInput{MaxResults: size, NextToken: token})
			return ids(out.Items, func(l gen.VpcLink) *string { return l.VpcLinkId }), out.NextToken
		},
	} {
		var got []string
		for items, token := page(nil); ; items, token = page(token) {
			if got = append(got, items...); token == nil || len(got) > 5 {
				break
			}
		}
		slices.Sort(want[what])
		if diff := cmp.Diff(want[what], got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func ids[T any](items []T, id func(T) *string) []string {
	var out []string
	for _, item := range items {
		out = append(out, *id(item))
	}
	return out
}

// TestImportWithoutIssuer: fact 68, without failOnWarnings. The other routes are there.
func TestImportWithoutIssuer(t *testing.T) {
	f := newFixture(t)
	api := *do(f, f.ImportApi, gen.ImportApiInput{Body: securedDocument()}).ApiId
	if routes := f.keys(api); len(routes) != 2 {
		t.Errorf("routes are %v", routes)
	}
	f.issuerIs = map[string]error{"https://issuer": fmt.Errorf("no answer")}
	out := do(f, f.ReimportApi, gen.ReimportApiInput{ApiId: api, Body: securedDocument()})
	if routes := f.keys(api); len(routes) != 1 || routes["GET /b"] == "" {
		t.Errorf("routes are %v", routes)
	}
	if n := len(do(f, f.GetAuthorizers, gen.GetAuthorizersInput{ApiId: api}).Items); n != 0 || len(out.Warnings) != 2 {
		t.Errorf("%d authorizers, warnings %q", n, out.Warnings)
	}
}
