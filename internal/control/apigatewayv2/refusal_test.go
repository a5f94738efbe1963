package apigatewayv2

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// refusalCase is a bad input with the error that AWS has for it. source is a fact of aws-behaviour-http-api.md, or where
// else the text is from; the texts without one are Dipylon's.
type refusalCase struct {
	name, source string
	call         func(f *fixture, api string) error
	code         string
	message      string
}

var refusals = []refusalCase{
	{
		"unknown API", "fact 60",
		func(f *fixture, _ string) error { return fails(f, f.GetApi, gen.GetApiInput{ApiId: "nothing"}) },
		"NotFoundException", "Invalid API identifier specified 000000000000:nothing",
	}, {
		"unknown API when listing", "fact 60",
		func(f *fixture, _ string) error { return fails(f, f.GetStages, gen.GetStagesInput{ApiId: "nothing"}) },
		"NotFoundException", "Invalid API identifier specified 000000000000:nothing",
	}, {
		"unknown API when writing", "fact 60",
		func(f *fixture, _ string) error {
			return fails(f, f.CreateIntegration, integrationInput("nothing", "http://h"))
		},
		"NotFoundException", "Invalid API identifier specified 000000000000:nothing",
	}, {
		"unknown protocol", "moto, tests of create_api",
		func(f *fixture, _ string) error {
			return fails(f, f.CreateApi, gen.CreateApiInput{Name: new("n"), ProtocolType: new(gen.ProtocolType("FTP"))})
		},
		"BadRequestException", "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
	}, {
		"WebSocket API", "",
		func(f *fixture, _ string) error {
			return fails(f, f.CreateApi, gen.CreateApiInput{Name: new("n"), ProtocolType: new(gen.ProtocolTypeWebsocket)})
		},
		"NotImplementedException", "Dipylon does not build WebSocket APIs yet; see COMPATIBILITY.md.",
	}, {
		"credentials of an integration", "",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, CredentialsArn: new("arn:aws:iam::1:role/r")})
		},
		"BadRequestException", "Target, RouteKey and CredentialsArn can be updated only for an API that was made by quick create",
	}, {
		"custom id", "",
		func(f *fixture, _ string) error {
			return fails(f, f.CreateApi, gen.CreateApiInput{
				Name: new("n"), ProtocolType: new(gen.ProtocolTypeHttp), Tags: map[string]string{gateway.CustomIDTag: "No"},
			})
		},
		"BadRequestException", "a custom API id consists of lower-case letters, digits and inner hyphens",
	}, {
		"target of an API that was not made with one", "",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, Target: new("http://h")})
		},
		"BadRequestException", "Target, RouteKey and CredentialsArn can be updated only for an API that was made by quick create",
	}, {
		"route key", "fact 49",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET pets")})
		},
		"BadRequestException", `The provided route key is not formatted properly for HTTP protocol. ` +
			`Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"`,
	}, {
		"no route key", "fact 49",
		func(f *fixture, api string) error { return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api}) },
		"BadRequestException", "Route key is required",
	}, {
		"long route key", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /" + strings.Repeat("a/", 3000) + "a")})
		},
		"BadRequestException", "A name is too long or holds characters that no name can have",
	}, {
		"route key twice", "anomalyco/sst issue 5031",
		func(f *fixture, api string) error {
			f.route(api, "GET /pets")
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /pets")})
		},
		"ConflictException", "Route with key GET /pets already exists for this API",
	}, {
		"route key twice by update", "anomalyco/sst issue 5031",
		func(f *fixture, api string) error {
			f.route(api, "GET /pets")
			return fails(f, f.UpdateRoute, gen.UpdateRouteInput{ApiId: api, RouteId: f.route(api, "GET /b"), RouteKey: new("GET /pets")})
		},
		"ConflictException", "Route with key GET /pets already exists for this API",
	}, {
		"variable of another name", "plutomi/plutomi issue 271",
		func(f *fixture, api string) error {
			f.route(api, "GET /pets/{id}")
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /pets/{pet}")})
		},
		"ConflictException", `The provided route key "GET /pets/{pet}" has a conflicting variable on the same hierarchical level as "GET /pets/{id}"`,
	}, {
		"target's form", "fact 50",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), Target: new("integration/x")})
		},
		"BadRequestException", "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.",
	}, {
		"dangling target", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), Target: new("integrations/x")})
		},
		"BadRequestException", "Invalid Integration identifier specified x",
	}, {
		"API key", "fact 52",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), ApiKeyRequired: new(true)})
		},
		"BadRequestException", "ApiKeyRequired is not currently supported for HTTP APIs.",
	}, {
		"scopes without an authorizer", "fact 52",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateRoute, gen.UpdateRouteInput{ApiId: api, RouteId: f.route(api, "GET /"), AuthorizationScopes: []string{"s"}})
		},
		"BadRequestException", "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type",
	}, {
		"models", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), ModelSelectionExpression: new("x")})
		},
		"BadRequestException", "Models, request parameters and route responses are not supported for HTTP APIs",
	}, {
		"unknown route", "",
		func(f *fixture, api string) error {
			return fails(f, f.DeleteRoute, gen.DeleteRouteInput{ApiId: api, RouteId: "x"})
		},
		"NotFoundException", "Invalid Route identifier specified x",
	}, {
		"integration type", "fact 53",
		func(f *fixture, api string) error {
			return fails(f, f.CreateIntegration, gen.CreateIntegrationInput{ApiId: api, IntegrationType: new(gen.IntegrationTypeMock)})
		},
		"BadRequestException", "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)",
	}, {
		"payload format", "fact 54", integrationWith(func(in *gen.CreateIntegrationInput) { in.PayloadFormatVersion = new("3.0") }),
		"BadRequestException", "Unsupported PayloadFormatVersion: 3.0",
	}, {
		"payload format 2.0", "fact 54", integrationWith(func(in *gen.CreateIntegrationInput) { in.PayloadFormatVersion = new("2.0") }),
		"BadRequestException", "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
	}, {
		"timeout too short", "fact 54", integrationWith(func(in *gen.CreateIntegrationInput) { in.TimeoutInMillis = new(int32(49)) }),
		"BadRequestException", "Timeout should be between 50 ms and 30000 ms",
	}, {
		"timeout too long", "fact 54", integrationWith(func(in *gen.CreateIntegrationInput) { in.TimeoutInMillis = new(int32(30001)) }),
		"BadRequestException", "Timeout should be between 50 ms and 30000 ms",
	}, {
		"VPC link without id", "fact 54",
		integrationWith(func(in *gen.CreateIntegrationInput) { in.ConnectionType = new(gen.ConnectionTypeVpcLink) }),
		"BadRequestException", "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK",
	}, {
		"VPC link", "", integrationWith(func(in *gen.CreateIntegrationInput) { in.ConnectionId = new("abcdef") }),
		"BadRequestException", "ConnectionId is for the ConnectionType VPC_LINK",
	}, {
		"service integration", "fact 54",
		integrationWith(func(in *gen.CreateIntegrationInput) {
			in.IntegrationType, in.IntegrationUri, in.IntegrationSubtype = new(gen.IntegrationTypeAwsProxy), nil, new("SQS-Nothing")
		}),
		"BadRequestException", "Operation: SQS-Nothing is not supported.",
	}, {
		"parameter mapping", "",
		integrationWith(func(in *gen.CreateIntegrationInput) {
			in.ResponseParameters = map[string]map[string]string{"700": {"append:header.a": "b"}}
		}),
		"BadRequestException", "Status Code 700 is not valid",
	}, {
		"templates", "",
		integrationWith(func(in *gen.CreateIntegrationInput) { in.RequestTemplates = map[string]string{"a/b": "c"} }),
		"BadRequestException", "Templates, content handling and passthrough behavior are not supported for HTTP APIs",
	}, {
		"no method", "", integrationWith(func(in *gen.CreateIntegrationInput) { in.IntegrationMethod = nil }),
		"BadRequestException", "HttpMethod must be specified for integration of type HTTP_PROXY",
	}, {
		"unknown method", "", integrationWith(func(in *gen.CreateIntegrationInput) { in.IntegrationMethod = new("FETCH") }),
		"BadRequestException", "Invalid HTTP method specified: FETCH",
	}, {
		"no URL", "", integrationWith(func(in *gen.CreateIntegrationInput) { in.IntegrationUri = new("ftp://h") }),
		"BadRequestException", "Invalid HTTP endpoint specified for URI: the URI is no http or https URL",
	}, {
		"integration in use", "fact 58",
		func(f *fixture, api string) error {
			id := f.integration(api)
			do(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), Target: new("integrations/" + id)})
			err := fails(f, f.DeleteIntegration, gen.DeleteIntegrationInput{ApiId: api, IntegrationId: id})
			route := *do(f, f.GetRoutes, gen.GetRoutesInput{ApiId: api}).Items[0].RouteId
			return replaceText(err, route, "ROUTE")
		},
		"ConflictException", "Cannot delete Integration because it is referenced by the following Routes with Ids: [ROUTE]",
	}, {
		"stage name", "fact 62",
		func(f *fixture, api string) error {
			return fails(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new("a-b")})
		},
		"BadRequestException", "Stage name only allows a-zA-Z0-9_",
	}, {
		"long stage name", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new(strings.Repeat("a", 129))})
		},
		"BadRequestException", "Stage name only allows a-zA-Z0-9_",
	}, {
		"stage twice", "",
		func(f *fixture, api string) error {
			f.stage(api, "s", false)
			return fails(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new("s")})
		},
		"ConflictException", "Stage already exists",
	}, {
		"deployment of a stage that deploys itself", "fact 64",
		func(f *fixture, api string) error {
			f.route(api, "GET /")
			f.stage(api, "s", true)
			id := do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api}).DeploymentId
			return replaceText(fails(f, f.UpdateStage, gen.UpdateStageInput{ApiId: api, StageName: "s", DeploymentId: id}), api, "API")
		},
		"BadRequestException", "Deployment ID cannot be set on this stage 000000000000:API because AutoDeploy is enabled.",
	}, {
		"deployment to a stage that deploys itself", "fact 64",
		func(f *fixture, api string) error {
			f.route(api, "GET /")
			f.stage(api, "s", true)
			return replaceText(fails(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, StageName: new("s")}), api, "API")
		},
		"BadRequestException", "Deployment ID cannot be set on this stage 000000000000:API because AutoDeploy is enabled.",
	}, {
		"unknown deployment", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new("s"), DeploymentId: new("abcdef")})
		},
		"NotFoundException", "Invalid Deployment identifier specified abcdef",
	}, {
		"access logs", "fact 63",
		func(f *fixture, api string) error {
			return fails(f, f.CreateStage, gen.CreateStageInput{
				ApiId: api, StageName: new("s"), AccessLogSettings: &gen.AccessLogSettings{
					DestinationArn: new("arn:aws:logs:eu-west-1:000000000000:log-group:x"), Format: new("$context.status")},
			})
		},
		"BadRequestException", "Access Log format must include either $context.requestId or $context.extendedRequestId",
	}, {
		"nothing to deploy", "terraform-provider-aws, reports of its users",
		func(f *fixture, api string) error {
			return fails(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api})
		},
		"BadRequestException", "Unable to deploy API because no routes exist in this API",
	}, {
		"deployment to an unknown stage", "",
		func(f *fixture, api string) error {
			f.route(api, "GET /")
			return fails(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, StageName: new("s")})
		},
		"NotFoundException", "Invalid stage identifier specified",
	}, {
		"deployment in use", "hashicorp/terraform issue 25495",
		func(f *fixture, api string) error {
			f.route(api, "GET /")
			f.stage(api, "s", false)
			id := *do(f, f.CreateDeployment, gen.CreateDeploymentInput{ApiId: api, StageName: new("s")}).DeploymentId
			return fails(f, f.DeleteDeployment, gen.DeleteDeploymentInput{ApiId: api, DeploymentId: id})
		},
		"BadRequestException", "Active stages pointing to this deployment must be moved or deleted",
	}, {
		"ARN of another region", "",
		func(f *fixture, api string) error {
			return fails(f, f.GetTags, gen.GetTagsInput{ResourceArn: gateway.APIARN("us-east-1", api)})
		},
		"BadRequestException", "Invalid resource ARN: arn:aws:apigateway:us-east-1::/apis/API",
	}, {
		"ARN of something else", "",
		func(f *fixture, api string) error {
			return fails(f, f.GetTags, gen.GetTagsInput{ResourceArn: gateway.APIARN("eu-west-1", api) + "/routes/x"})
		},
		"BadRequestException", "Invalid resource ARN: arn:aws:apigateway:eu-west-1::/apis/API/routes/x",
	}, {
		"reserved tag", "developer guide, apigateway-tagging-supported-resources",
		func(f *fixture, api string) error {
			return fails(f, f.TagResource, gen.TagResourceInput{
				ResourceArn: gateway.APIARN("eu-west-1", api), Tags: map[string]string{"AWS:x": "1"},
			})
		},
		"BadRequestException", `Invalid tag key "AWS:x": the prefix aws: is reserved`,
	}, {
		"page size", "",
		func(f *fixture, _ string) error {
			return fails(f, f.GetApis, gen.GetApisInput{MaxResults: new("501")})
		},
		"BadRequestException", `Invalid MaxResults "501": must be a number from 1 to 500`,
	}, {
		"page token", "",
		func(f *fixture, api string) error {
			return fails(f, f.GetDeployments, gen.GetDeploymentsInput{ApiId: api, NextToken: new("?")})
		},
		"BadRequestException", "Invalid NextToken",
	}, {
		"basepath", "",
		func(f *fixture, _ string) error {
			return fails(f, f.ImportApi, gen.ImportApiInput{Body: new("{}"), Basepath: new("sideways")})
		},
		"BadRequestException", `Invalid basepath "sideways": must be one of ignore, prepend, split`,
	},
}

// integrationWith creates an integration that is good but for one thing.
func integrationWith(change func(*gen.CreateIntegrationInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := integrationInput(api, "http://h/")
		change(&in)
		return fails(f, f.CreateIntegration, in)
	}
}

// replaceText changes an error's text where it holds a random id.
func replaceText(err error, old, with string) error {
	switch e := err.(type) { //nolint:errorlint // the generated types are never wrapped here
	case *gen.ConflictException:
		e.Message = strings.ReplaceAll(e.Message, old, with)
	case *gen.BadRequestException:
		e.Message = strings.ReplaceAll(e.Message, old, with)
	}
	return err
}

func TestRefusals(t *testing.T) { checkRefusals(t, refusals) }

func checkRefusals(t *testing.T, cases []refusalCase) {
	t.Helper()
	statuses := map[string]int{
		"BadRequestException": 400, "NotFoundException": 404, "ConflictException": 409, "NotImplementedException": 501,
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			api := f.api()
			err := c.call(f, api)
			if err == nil {
				t.Fatal("it is accepted")
			}
			got := refusal(t, replaceText(err, api, "API"))
			if got.Code != c.code || got.Message != c.message || got.Status != statuses[c.code] {
				t.Errorf("got  %d %s: %s\nwant %d %s: %s (%s)", got.Status, got.Code, got.Message, statuses[c.code], c.code, c.message, c.source)
			}
		})
	}
}

// TestQuotas: each quota lets in what it says and not one more.
func TestQuotas(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	for n := range f.Quotas.RoutesPerAPI {
		f.route(api, fmt.Sprintf("GET /%d", n))
	}
	for range f.Quotas.IntegrationsPerAPI {
		f.integration(api)
	}
	for n := range f.Quotas.StagesPerAPI {
		f.stage(api, fmt.Sprintf("s%d", n), false)
	}
	for n := range f.Quotas.AuthorizersPerAPI {
		f.authorizer(api, fmt.Sprintf("a%d", n))
	}
	for what, err := range map[string]error{
		"routes for this API has been reached: 30":      fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /x")}),
		"integrations for this API has been reached: 4": fails(f, f.CreateIntegration, integrationInput(api, "http://h")),
		"authorizers for this API has been reached: 5":  fails(f, f.CreateAuthorizer, authorizerInput(api, "x")),
		"stages for this API has been reached: 3":       fails(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: new("x")}),
	} {
		if got := refusal(t, err); got.Status != 400 || got.Message != "Maximum number of "+what {
			t.Errorf("got %d %s", got.Status, got.Message)
		}
	}
}

// TestStageVariables: names and values have a form (API reference, CreateStage).
func TestStageVariables(t *testing.T) {
	many := map[string]string{}
	for n := range gateway.MaxStageVariables + 1 {
		many[fmt.Sprintf("v%d", n)] = "x"
	}
	for _, c := range []struct {
		name string
		vars map[string]string
		ok   bool
	}{
		{"none", map[string]string{}, true},
		{"all symbols", map[string]string{"A_z9": "aZ09-._~:/?#&=,"}, true},
		{"longest", map[string]string{strings.Repeat("n", 64): strings.Repeat("v", 2048)}, true},
		{"hyphen in the name", map[string]string{"a-b": "x"}, false},
		{"empty name", map[string]string{"": "x"}, false},
		{"long name", map[string]string{strings.Repeat("n", 65): "x"}, false},
		{"space in the value", map[string]string{"a": "b c"}, false},
		{"letter of another alphabet", map[string]string{"a": "ü"}, false},
		{"newline at the end", map[string]string{"a": "b\n"}, false},
		{"long value", map[string]string{"a": strings.Repeat("v", 2049)}, false},
		{"too many", many, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			err := fails(f, f.CreateStage, gen.CreateStageInput{ApiId: f.api(), StageName: new("s"), StageVariables: c.vars})
			if (err == nil) != c.ok {
				t.Fatalf("got %v", err)
			}
			if err != nil && refusal(t, err).Status != 400 {
				t.Errorf("got %v", err)
			}
		})
	}
}
