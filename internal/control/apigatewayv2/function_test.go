package apigatewayv2

import (
	"reflect"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

const (
	functionARN = "arn:aws:lambda:eu-west-1:000000000000:function:f"
	invokeARN   = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" + functionARN + "/invocations"
)

func functionInput(api, uri string) gen.CreateIntegrationInput {
	return gen.CreateIntegrationInput{ApiId: api, IntegrationType: new(gen.IntegrationTypeAwsProxy), IntegrationUri: &uri, PayloadFormatVersion: new("2.0")}
}

func requestInput(api, name string) gen.CreateAuthorizerInput {
	return gen.CreateAuthorizerInput{
		ApiId: api, Name: &name, AuthorizerType: new(gen.AuthorizerTypeRequest), AuthorizerUri: new(invokeARN),
		AuthorizerPayloadFormatVersion: new("2.0"), IdentitySource: []string{"$request.header.Authorization"},
	}
}

func requestWith(change func(*gen.CreateAuthorizerInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := requestInput(api, "a")
		change(&in)
		return fails(f, f.CreateAuthorizer, in)
	}
}

func functionWith(change func(*gen.CreateIntegrationInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := functionInput(api, functionARN)
		change(&in)
		return fails(f, f.CreateIntegration, in)
	}
}

func routeWith(in gen.CreateRouteInput) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in.ApiId, in.RouteKey, in.AuthorizationType = api, new("GET /"), new(gen.AuthorizationTypeCustom)
		if text(in.AuthorizerId) == "jwt" {
			in.AuthorizerId = new(f.authorizer(api, "jwt"))
		}
		if text(in.AuthorizerId) == "request" {
			in.AuthorizerId = do(f, f.CreateAuthorizer, requestInput(api, "request")).AuthorizerId
		}
		return fails(f, f.CreateRoute, in)
	}
}

const customNeeds = "Setting the authorization type to CUSTOM requires a valid authorizer."

var functionRefusals = []refusalCase{
	{
		"payload version of a function", "fact 54",
		functionWith(func(in *gen.CreateIntegrationInput) { in.PayloadFormatVersion = new("3.0") }),
		badRequestCode, "Unsupported PayloadFormatVersion: 3.0",
	}, {
		"function that is none", "clients report the text of REST APIs",
		functionWith(func(in *gen.CreateIntegrationInput) { in.IntegrationUri = new("arn:aws:sqs:eu-west-1:000000000000:q") }),
		badRequestCode, "Invalid ARN specified in the request",
	}, {
		"function without a URI", "",
		functionWith(func(in *gen.CreateIntegrationInput) { in.IntegrationUri = nil }),
		badRequestCode, "Invalid ARN specified in the request",
	}, {
		"timeout of a function", "fact 54",
		functionWith(func(in *gen.CreateIntegrationInput) { in.TimeoutInMillis = new(int32(49)) }),
		badRequestCode, "Timeout should be between 50 ms and 30000 ms",
	}, {
		"method of a function", "",
		functionWith(func(in *gen.CreateIntegrationInput) { in.IntegrationMethod = new("FETCH") }),
		badRequestCode, "Invalid HTTP method specified: FETCH",
	}, {
		"TLS of a function", "",
		functionWith(func(in *gen.CreateIntegrationInput) { in.TlsConfig = &gen.TlsConfigInput{ServerNameToVerify: new("x")} }),
		badRequestCode, "ConnectionId and TlsConfig are for private integrations",
	}, {
		"function as HTTP_PROXY", "",
		functionWith(func(in *gen.CreateIntegrationInput) {
			in.IntegrationType, in.IntegrationMethod, in.PayloadFormatVersion = new(gen.IntegrationTypeHttpProxy), new("GET"), nil
		}),
		badRequestCode, "Invalid HTTP endpoint specified for URI: the URI is no http or https URL",
	}, {
		"authorizer without URI", "fact 56",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerUri = nil }),
		badRequestCode, "AuthorizerUri is a required field in an Authorizer",
	}, {
		"authorizer without payload version", "fact 56",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerPayloadFormatVersion = nil }),
		badRequestCode, "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
	}, {
		"authorizer's payload version", "",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerPayloadFormatVersion = new("3.0") }),
		badRequestCode, "Unsupported AuthorizerPayloadFormatVersion: 3.0",
	}, {
		"simple responses in 1.0", "fact 56",
		requestWith(func(in *gen.CreateAuthorizerInput) {
			in.AuthorizerPayloadFormatVersion, in.EnableSimpleResponses = new("1.0"), new(true)
		}),
		badRequestCode, `EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".`,
	}, {
		"authorizer's TTL", "badmintoncryer/cdk-preflight pf-apigwv2-authorizer-ttl-range",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerResultTtlInSeconds = new(int32(3601)) }),
		badRequestCode, "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
	}, {
		"TTL without identity source", "fact 56",
		requestWith(func(in *gen.CreateAuthorizerInput) {
			in.AuthorizerResultTtlInSeconds, in.IdentitySource = new(int32(300)), nil
		}),
		badRequestCode, "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
	}, {
		"authorizer's identity source", "badmintoncryer/cdk-preflight pf-apigwv2-http-identity-source-expression",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.IdentitySource = []string{"header.Authorization"} }),
		badRequestCode, "Invalid identity source expression: header.Authorization. The source must be a request header, request querystring, stage variable or context parameter",
	}, {
		"authorizer's URI that is a function's ARN", "clients report the text of REST APIs",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerUri = new(functionARN) }),
		badRequestCode, "Invalid Authorizer URI: " + functionARN + ". Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.",
	}, {
		"JWT configuration of a Lambda authorizer", "",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.JwtConfiguration = &gen.JWTConfiguration{Issuer: new("i")} }),
		badRequestCode, "JwtConfiguration is for JWT authorizers",
	}, {
		"validation of a Lambda authorizer's identity", "",
		requestWith(func(in *gen.CreateAuthorizerInput) { in.IdentityValidationExpression = new(".*") }),
		badRequestCode, "IdentityValidationExpression is not supported for HTTP APIs",
	},
	// The family of fact 51.
	{"custom route without authorizer", "", routeWith(gen.CreateRouteInput{}), badRequestCode, customNeeds},
	{
		"custom route with an unknown authorizer", "serverless/serverless issue 1056",
		routeWith(gen.CreateRouteInput{AuthorizerId: new("nothing")}), badRequestCode, "Invalid authorizer ID specified. " + customNeeds,
	},
	{
		"custom route with a JWT authorizer", "",
		routeWith(gen.CreateRouteInput{AuthorizerId: new("jwt")}), badRequestCode, "Invalid authorizer ID specified. " + customNeeds,
	},
	{
		"custom route with scopes", "fact 52",
		routeWith(gen.CreateRouteInput{AuthorizerId: new("request"), AuthorizationScopes: []string{"a"}}),
		badRequestCode, "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type",
	},
	{
		"JWT route with a Lambda authorizer", "fact 51",
		func(f *fixture, api string) error {
			id := do(f, f.CreateAuthorizer, requestInput(api, "a")).AuthorizerId
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), AuthorizationType: new(gen.AuthorizationTypeJwt), AuthorizerId: id})
		},
		badRequestCode, "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.",
	},
}

func TestFunctionRefusals(t *testing.T) { checkRefusals(t, functionRefusals) }

func TestFunctionIntegration(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	made := do(f, f.CreateIntegration, gen.CreateIntegrationInput{
		ApiId: api, IntegrationType: new(gen.IntegrationTypeAwsProxy), IntegrationUri: new(invokeARN), IntegrationMethod: new("POST"),
		RequestParameters: map[string]string{"overwrite:header.x": "$context.authorizer.k"},
	})
	if *made.PayloadFormatVersion != "1.0" || *made.TimeoutInMillis != 30000 || *made.IntegrationUri != invokeARN || *made.IntegrationMethod != "POST" {
		t.Errorf("made %+v", made)
	}
	changed := do(f, f.UpdateIntegration, gen.UpdateIntegrationInput{
		ApiId: api, IntegrationId: *made.IntegrationId, PayloadFormatVersion: new("2.0"),
		IntegrationUri: new("arn:aws:lambda:eu-west-1:000000000000:function:${stageVariables.f}:live"),
	})
	if *changed.PayloadFormatVersion != "2.0" || !strings.HasSuffix(*changed.IntegrationUri, ":live") {
		t.Errorf("changed %+v", changed)
	}
}

// TestQuickCreateOfFunction: a function's ARN as target is called in format 2.0 (developer guide, "Create an HTTP API by
// using the AWS CLI"), and UpdateApi changes from one kind of target to the other.
func TestQuickCreateOfFunction(t *testing.T) {
	f := newFixture(t)
	api := *do(f, f.CreateApi, gen.CreateApiInput{Name: new("a"), ProtocolType: new(gen.ProtocolTypeHttp), Target: new(functionARN)}).ApiId
	check := func(want gateway.Integration) {
		t.Helper()
		snapshot := f.snapshot(api, "$default")
		if len(snapshot.Integrations) != 1 || len(snapshot.Routes) != 1 || snapshot.Routes[0].Key != "$default" {
			t.Fatalf("got %+v", snapshot)
		}
		got := snapshot.Integrations[0]
		want.ID, want.TimeoutMillis, want.Managed = got.ID, 30000, true
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	check(gateway.Integration{Type: gateway.AWSProxy, Method: "POST", URI: functionARN, PayloadVersion: "2.0"})
	do(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, Target: new("http://h/")})
	check(gateway.Integration{Type: gateway.HTTPProxy, Method: "ANY", URI: "http://h/", PayloadVersion: "1.0"})
	do(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, Target: new(invokeARN)})
	check(gateway.Integration{Type: gateway.AWSProxy, Method: "POST", URI: invokeARN, PayloadVersion: "2.0"})
}

func TestLambdaAuthorizer(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	in := requestInput(api, "guard")
	in.AuthorizerResultTtlInSeconds, in.EnableSimpleResponses = new(int32(300)), new(true)
	in.IdentitySource = []string{"$request.header.Authorization", "$context.routeKey", "$stageVariables.tenant"}
	id := *do(f, f.CreateAuthorizer, in).AuthorizerId
	got := do(f, f.GetAuthorizer, gen.GetAuthorizerInput{ApiId: api, AuthorizerId: id})
	if *got.AuthorizerType != gen.AuthorizerTypeRequest || *got.AuthorizerUri != invokeARN || *got.AuthorizerPayloadFormatVersion != "2.0" ||
		*got.AuthorizerResultTtlInSeconds != 300 || !*got.EnableSimpleResponses || got.JwtConfiguration != nil || len(got.IdentitySource) != 3 {
		t.Errorf("got %+v", got)
	}
	f.stage(api, "live", true)
	do(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), AuthorizationType: new(gen.AuthorizationTypeCustom), AuthorizerId: &id})
	want := gateway.Authorizer{
		ID: id, Name: "guard", Type: gateway.LambdaAuthorizer, IdentitySource: in.IdentitySource, URI: invokeARN, PayloadVersion: "2.0",
		SimpleResponses: true, TTLSeconds: 300,
	}
	if s := f.snapshot(api, "live"); len(s.Authorizers) != 1 || !reflect.DeepEqual(s.Authorizers[0], want) || s.Routes[0].Authorization != gateway.Custom {
		t.Errorf("frozen: %+v", s)
	}
	changed := do(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{
		ApiId: api, AuthorizerId: id, AuthorizerResultTtlInSeconds: new(int32(0)), EnableSimpleResponses: new(false), AuthorizerPayloadFormatVersion: new("1.0"),
	})
	if *changed.AuthorizerResultTtlInSeconds != 0 || *changed.EnableSimpleResponses || *changed.AuthorizerPayloadFormatVersion != "1.0" {
		t.Errorf("changed %+v", changed)
	}
	do(f, f.ResetAuthorizersCache, gen.ResetAuthorizersCacheInput{ApiId: api, StageName: "live"})
	if err := fails(f, f.ResetAuthorizersCache, gen.ResetAuthorizersCacheInput{ApiId: api, StageName: "none"}); err == nil {
		t.Error("the cache of no stage is reset")
	}
	if len(f.resets) != 1 || f.resets[0] != "eu-west-1 "+api+" live" {
		t.Errorf("resets %q", f.resets)
	}
}

// TestImportOfFunctions: what an export says of functions, an import makes again.
func TestImportOfFunctions(t *testing.T) {
	const doc = `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"security":[{"guard":[]}],
		"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","payloadFormatVersion":"2.0","credentials":"arn:aws:iam::000000000000:role/r","uri":"` + invokeARN + `"}}}},
		"components":{"securitySchemes":{"guard":{"type":"apiKey","name":"a","in":"header","x-amazon-apigateway-authorizer":{"type":"request",
		"authorizerCredentials":"arn:aws:iam::000000000000:role/a","authorizerUri":"` + invokeARN + `","authorizerPayloadFormatVersion":"2.0","enableSimpleResponses":true,"identitySource":"$request.header.a","authorizerResultTtlInSeconds":60}}}}}`
	f := newFixture(t)
	made := do(f, f.ImportApi, gen.ImportApiInput{Body: new(doc), FailOnWarnings: new(true)})
	exported := do(f, f.ExportApi, gen.ExportApiInput{ApiId: *made.ApiId, Specification: "OAS30", OutputType: new("JSON")})
	again := do(f, f.ImportApi, gen.ImportApiInput{Body: new(string(exported.Body)), FailOnWarnings: new(true)})
	for _, api := range []string{*made.ApiId, *again.ApiId} {
		route := do(f, f.GetRoutes, gen.GetRoutesInput{ApiId: api}).Items[0]
		a := do(f, f.GetAuthorizers, gen.GetAuthorizersInput{ApiId: api}).Items[0]
		in := do(f, f.GetIntegrations, gen.GetIntegrationsInput{ApiId: api}).Items[0]
		if *route.AuthorizationType != gen.AuthorizationTypeCustom || *route.AuthorizerId != *a.AuthorizerId || *route.Target != "integrations/"+*in.IntegrationId {
			t.Errorf("route %+v", route)
		}
		if *a.AuthorizerUri != invokeARN || *a.AuthorizerResultTtlInSeconds != 60 || !*a.EnableSimpleResponses || *in.IntegrationUri != invokeARN || *in.PayloadFormatVersion != "2.0" {
			t.Errorf("authorizer %+v, integration %+v", a, in)
		}
		if *a.AuthorizerCredentialsArn != "arn:aws:iam::000000000000:role/a" || *in.CredentialsArn != "arn:aws:iam::000000000000:role/r" {
			t.Errorf("roles of authorizer %v, of integration %v", a.AuthorizerCredentialsArn, in.CredentialsArn)
		}
	}
	warned := do(f, f.ImportApi, gen.ImportApiInput{Body: new(strings.Replace(doc, `"authorizerUri":"`+invokeARN+`",`, "", 1))})
	if len(warned.Warnings) != 2 || !strings.Contains(warned.Warnings[0], "AuthorizerUri is a required field") || len(f.keys(*warned.ApiId)) != 0 {
		t.Errorf("warnings %q", warned.Warnings)
	}
}
