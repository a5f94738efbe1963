package apigatewayv2

import (
	"errors"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

const (
	badRequestCode = "BadRequestException"
	notFoundCode   = "NotFoundException"
	conflictCode   = "ConflictException"
)

// authorizerWith creates an authorizer that is good but for one thing.
func authorizerWith(change func(*gen.CreateAuthorizerInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := authorizerInput(api, "a")
		change(&in)
		return fails(f, f.CreateAuthorizer, in)
	}
}

// stageWith updates a stage with one thing that cannot be.
func stageWith(in gen.UpdateStageInput) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		f.route(api, "GET /")
		f.stage(api, "s", true)
		in.ApiId, in.StageName = api, "s"
		return fails(f, f.UpdateStage, in)
	}
}

// serviceWith creates an integration with an AWS service that is good but for one thing.
func serviceWith(change func(*gen.CreateIntegrationInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := serviceInput(api)
		change(&in)
		return fails(f, f.CreateIntegration, in)
	}
}

func serviceInput(api string) gen.CreateIntegrationInput {
	return gen.CreateIntegrationInput{
		ApiId: api, IntegrationType: new(gen.IntegrationTypeAwsProxy), IntegrationSubtype: new("SQS-SendMessage"),
		CredentialsArn: new("arn:aws:iam::000000000000:role/r"), PayloadFormatVersion: new("1.0"),
		RequestParameters: map[string]string{"QueueUrl": "$request.header.q", "MessageBody": "$request.body"},
	}
}

// privateWith creates a private integration that is good but for one thing.
func privateWith(change func(*gen.CreateIntegrationInput)) func(*fixture, string) error {
	return func(f *fixture, api string) error {
		in := privateInput(api, f.vpcLink("l"))
		change(&in)
		return fails(f, f.CreateIntegration, in)
	}
}

func privateInput(api, link string) gen.CreateIntegrationInput {
	in := integrationInput(api, "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/a/b/c")
	in.ConnectionType, in.ConnectionId = new(gen.ConnectionTypeVpcLink), &link
	return in
}

// resourceRefusals are those of authorizers, models, VPC links, stage settings and parameter mapping.
var resourceRefusals = []refusalCase{
	{
		"authorizer without configuration", "fact 56",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.JwtConfiguration = nil }),
		badRequestCode, "JwtConfiguration must not be null for JWT Authorizer",
	}, {
		"authorizer without issuer", "fact 56",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.JwtConfiguration.Issuer = new("") }),
		badRequestCode, "JwtConfiguration must not be null for JWT Authorizer",
	}, {
		"authorizer without audience", "",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.JwtConfiguration.Audience = nil }),
		badRequestCode, "Audience must be specified for JWT Authorizer",
	}, {
		"too many audiences", "quotas of HTTP APIs",
		authorizerWith(func(in *gen.CreateAuthorizerInput) {
			in.JwtConfiguration.Audience = make([]string, gateway.MaxAudiences+1)
		}),
		badRequestCode, "An authorizer can have at most 50 audiences",
	}, {
		"identity source in the body", "fact 56",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.IdentitySource = []string{"$request.body.token"} }),
		badRequestCode, "Invalid identity source expression: $request.body.token. The source must be a request header, request querystring, stage variable or context parameter",
	}, {
		"identity source without a name", "fact 56",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.IdentitySource = []string{"$request.header."} }),
		badRequestCode, "Invalid identity source expression: $request.header.. The source must be a request header, request querystring, stage variable or context parameter",
	}, {
		"no identity source", "",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.IdentitySource = nil }),
		badRequestCode, "Identity source is required for JWT Authorizer",
	}, {
		"time to live of a JWT authorizer", "",
		authorizerWith(func(in *gen.CreateAuthorizerInput) { in.AuthorizerResultTtlInSeconds = new(int32(300)) }),
		badRequestCode, "AuthorizerResultTtlInSeconds is not supported for JWT authorizers",
	}, {
		"issuer that does not answer", "fact 57; the text is jwt's",
		func(f *fixture, api string) error {
			f.issuerIs = map[string]error{"https://issuer": errors.New("Caught exception")}
			return fails(f, f.CreateAuthorizer, authorizerInput(api, "a"))
		},
		badRequestCode, "Caught exception",
	}, {
		"issuer of an update that does not answer", "fact 57",
		func(f *fixture, api string) error {
			f.issuerIs = map[string]error{"https://other": errors.New("Caught exception")}
			return fails(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{
				ApiId: api, AuthorizerId: f.authorizer(api, "a"), JwtConfiguration: &gen.JWTConfiguration{Issuer: new("https://other")},
			})
		},
		badRequestCode, "Caught exception",
	}, {
		"authorizer of an unknown API, whose issuer does not answer either", "fact 60",
		func(f *fixture, _ string) error {
			f.issuerIs = map[string]error{"https://issuer": errors.New("Caught exception")}
			return fails(f, f.CreateAuthorizer, authorizerInput("nothing", "a"))
		},
		notFoundCode, "Invalid API identifier specified 000000000000:nothing",
	}, {
		"authorizer's name twice", "",
		func(f *fixture, api string) error {
			f.authorizer(api, "a")
			return fails(f, f.CreateAuthorizer, authorizerInput(api, "a"))
		},
		badRequestCode, "Authorizer name must be unique. Authorizer a already exists in this API.",
	}, {
		"authorizer's name twice by update", "",
		func(f *fixture, api string) error {
			f.authorizer(api, "a")
			return fails(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{ApiId: api, AuthorizerId: f.authorizer(api, "b"), Name: new("a")})
		},
		badRequestCode, "Authorizer name must be unique. Authorizer a already exists in this API.",
	}, {
		"unknown authorizer", "",
		func(f *fixture, api string) error {
			return fails(f, f.GetAuthorizer, gen.GetAuthorizerInput{ApiId: api, AuthorizerId: "x"})
		},
		notFoundCode, "Invalid Authorizer identifier specified x",
	}, {
		"authorizer in use", "fact 58",
		func(f *fixture, api string) error {
			id := f.authorizer(api, "jwt")
			do(f, f.CreateRoute, gen.CreateRouteInput{
				ApiId: api, RouteKey: new("POST /x"), AuthorizationType: new(gen.AuthorizationTypeJwt), AuthorizerId: &id,
			})
			return fails(f, f.DeleteAuthorizer, gen.DeleteAuthorizerInput{ApiId: api, AuthorizerId: id})
		},
		conflictCode, "Cannot delete authorizer 'jwt', is referenced in route: POST /x",
	}, {
		"JWT route without an authorizer", "fact 51",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), AuthorizationType: new(gen.AuthorizationTypeJwt)})
		},
		badRequestCode, "Setting the authorization type to JWT requires a valid JWT authorizer.",
	}, {
		"JWT route with an unknown authorizer", "fact 51",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateRoute, gen.UpdateRouteInput{
				ApiId: api, RouteId: f.route(api, "GET /"), AuthorizationType: new(gen.AuthorizationTypeJwt), AuthorizerId: new("x"),
			})
		},
		badRequestCode, "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.",
	}, {
		"scopes of a route with AWS_IAM", "fact 52",
		func(f *fixture, api string) error {
			return fails(f, f.CreateRoute, gen.CreateRouteInput{
				ApiId: api, RouteKey: new("GET /"), AuthorizationType: new(gen.AuthorizationTypeAwsIam), AuthorizationScopes: []string{"s"},
			})
		},
		badRequestCode, "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type",
	}, {
		"cache of an unknown stage", "",
		func(f *fixture, api string) error {
			return fails(f, f.ResetAuthorizersCache, gen.ResetAuthorizersCacheInput{ApiId: api, StageName: "s"})
		},
		notFoundCode, "Invalid stage identifier specified",
	},

	{
		"model's name", "",
		func(f *fixture, api string) error {
			return fails(f, f.CreateModel, gen.CreateModelInput{ApiId: api, Name: new("a-b"), Schema: new("{}")})
		},
		badRequestCode, "Model name must be alphanumeric: a-b",
	}, {
		"model's schema", "",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateModel, gen.UpdateModelInput{ApiId: api, ModelId: f.model(api, "M"), Schema: new("{")})
		},
		badRequestCode, "Invalid model schema specified. Unable to parse the schema as JSON",
	}, {
		"model's name twice by update", "",
		func(f *fixture, api string) error {
			f.model(api, "M")
			return fails(f, f.UpdateModel, gen.UpdateModelInput{ApiId: api, ModelId: f.model(api, "N"), Name: new("M")})
		},
		conflictCode, "Model name already exists for this API: M",
	}, {
		"unknown model", "",
		func(f *fixture, api string) error {
			return fails(f, f.DeleteModel, gen.DeleteModelInput{ApiId: api, ModelId: "x"})
		},
		notFoundCode, "Invalid Model identifier specified x",
	},

	{
		"VPC link without subnets", "",
		func(f *fixture, _ string) error {
			return fails(f, f.CreateVpcLink, gen.CreateVpcLinkInput{Name: new("l"), SubnetIds: []string{}})
		},
		badRequestCode, "At least one subnet must be specified",
	}, {
		"unknown VPC link", "",
		func(f *fixture, _ string) error {
			return fails(f, f.UpdateVpcLink, gen.UpdateVpcLinkInput{VpcLinkId: "x", Name: new("l")})
		},
		notFoundCode, "Invalid VpcLink identifier specified x",
	}, {
		"unknown VPC link of an integration", "",
		privateWith(func(in *gen.CreateIntegrationInput) { in.ConnectionId = new("x") }),
		badRequestCode, "Invalid VpcLink identifier specified x",
	}, {
		"private integration with a URL", "",
		privateWith(func(in *gen.CreateIntegrationInput) { in.IntegrationUri = new("http://h/") }),
		badRequestCode, "Invalid integration URI for a private integration: want the ARN of a load balancer's listener or of a Cloud Map service",
	}, {
		"VPC link in use", "fact 58",
		func(f *fixture, api string) error {
			link := f.vpcLink("l")
			in := privateInput(api, link)
			in.IntegrationMethod = new("ANY")
			target := "integrations/" + *do(f, f.CreateIntegration, in).IntegrationId
			route := *do(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /"), Target: &target}).RouteId
			err := fails(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: link})
			return replaceText(replaceText(err, link, "LINK"), route, "ROUTE")
		},
		badRequestCode, "Cannot delete vpc link. Vpc link 'LINK', is referenced in [ANY:ROUTE] in format of [Method:Resource].",
	}, {
		"ARN of an unknown VPC link", "",
		func(f *fixture, _ string) error {
			return fails(f, f.GetTags, gen.GetTagsInput{ResourceArn: "arn:aws:apigateway:eu-west-1::/vpclinks/x"})
		},
		notFoundCode, "Invalid VpcLink identifier specified x",
	},

	{
		"settings of an unknown route", "fact 61",
		stageWith(gen.UpdateStageInput{RouteSettings: map[string]gen.RouteSettings{"GET /x": {}}}),
		notFoundCode, "Unable to find Route by key GET /x within the provided RouteSettings",
	}, {
		"execution logs", "",
		stageWith(gen.UpdateStageInput{DefaultRouteSettings: &gen.RouteSettings{LoggingLevel: new(gen.LoggingLevelInfo)}}),
		badRequestCode, "Execution logs are not supported on protocolType HTTP",
	}, {
		"negative rate of a route", "",
		stageWith(gen.UpdateStageInput{RouteSettings: map[string]gen.RouteSettings{"GET /": {ThrottlingRateLimit: new(-1.5)}}}),
		badRequestCode, "Invalid throttling rate limit: -1.5",
	}, {
		"negative burst", "",
		stageWith(gen.UpdateStageInput{DefaultRouteSettings: &gen.RouteSettings{ThrottlingBurstLimit: new(int32(-1))}}),
		badRequestCode, "Invalid throttling burst limit: -1",
	}, {
		"client certificate", "",
		stageWith(gen.UpdateStageInput{ClientCertificateId: new("abc")}),
		badRequestCode, "ClientCertificateId is not supported for HTTP APIs",
	}, {
		"log to a bucket", "",
		stageWith(gen.UpdateStageInput{AccessLogSettings: &gen.AccessLogSettings{DestinationArn: new("arn:aws:s3:::b"), Format: new("$context.requestId")}}),
		badRequestCode, "Invalid DestinationArn: arn:aws:s3:::b is not the ARN of a CloudWatch Logs log group",
	}, {
		"settings of a route that has none", "fact 61",
		func(f *fixture, api string) error {
			f.stage(api, "s", false)
			return fails(f, f.DeleteRouteSettings, gen.DeleteRouteSettingsInput{ApiId: api, StageName: "s", RouteKey: "GET /x"})
		},
		notFoundCode, "Unable to find Route by key GET /x within the provided RouteSettings",
	},

	{
		"reserved header", "quoted in public code: indexed documents 67201998134, 69566999133",
		integrationWith(func(in *gen.CreateIntegrationInput) {
			in.RequestParameters = map[string]string{"overwrite:header.X-Forwarded-For": "$request.header.X-Forwarded-For"}
		}),
		badRequestCode, mappingRefused + "Operations on header x-forwarded-for are restricted]",
	}, {
		"action of a response", "fact 72",
		integrationWith(func(in *gen.CreateIntegrationInput) {
			in.ResponseParameters = map[string]map[string]string{"200": {"append:statuscode": "403"}}
		}),
		badRequestCode, mappingRefused + "Invalid Response Actioned Parameter destination specified: append:statuscode]",
	}, {
		"status code of a mapping", "fact 72",
		integrationWith(func(in *gen.CreateIntegrationInput) {
			in.ResponseParameters = map[string]map[string]string{"199": {"append:header.a": "b"}}
		}),
		badRequestCode, "Status Code 199 is not valid",
	},

	{
		"service without a role", "fact 54", serviceWith(func(in *gen.CreateIntegrationInput) { in.CredentialsArn = new("") }),
		badRequestCode, "Role ARN must be specified for AWS integration configuration with Subtype: SQS-SendMessage",
	}, {
		"service's parameters", "cdk-preflight, pf-apigwv2-integration-subtype-required-parameters",
		serviceWith(func(in *gen.CreateIntegrationInput) { in.RequestParameters = nil }),
		badRequestCode, "Operation: SQS-SendMessage requires enabling passthrough, or defining all of the following parameters " +
			"in the parameter mapping: [MessageBody, QueueUrl]",
	}, {
		"service's timeout", "fact 54", serviceWith(func(in *gen.CreateIntegrationInput) { in.TimeoutInMillis = new(int32(30001)) }),
		badRequestCode, "Timeout should be between 50 ms and 30000 ms",
	}, {
		"service with a URI", "", serviceWith(func(in *gen.CreateIntegrationInput) { in.IntegrationUri = new("http://h/") }),
		badRequestCode, "IntegrationUri and ConnectionId are not supported with an IntegrationSubtype",
	}, {
		"role of a proxy", "", integrationWith(func(in *gen.CreateIntegrationInput) { in.CredentialsArn = new("arn") }),
		badRequestCode, "IntegrationSubtype and CredentialsArn are for integrations of type AWS_PROXY",
	}, {
		"required parameter taken out", "",
		func(f *fixture, api string) error {
			id := *do(f, f.CreateIntegration, serviceInput(api)).IntegrationId
			return fails(f, f.UpdateIntegration, gen.UpdateIntegrationInput{ApiId: api, IntegrationId: id, RequestParameters: map[string]string{"QueueUrl": ""}})
		},
		badRequestCode, "Operation: SQS-SendMessage requires enabling passthrough, or defining all of the following parameters " +
			"in the parameter mapping: [MessageBody, QueueUrl]",
	},

	{
		"credentials for every origin", "fact 55",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, CorsConfiguration: &gen.Cors{AllowOrigins: []string{"*"}, AllowCredentials: new(true)}})
		},
		badRequestCode, "allow-credentials is not supported if 'allow-origin' is *",
	}, {
		"origin without a scheme", "",
		func(f *fixture, api string) error {
			return fails(f, f.UpdateApi, gen.UpdateApiInput{ApiId: api, CorsConfiguration: &gen.Cors{AllowOrigins: []string{"a.example"}}})
		},
		badRequestCode, "Invalid format for origin a.example. Origin should begin with a valid scheme, or be *",
	},

	{
		"max age of an import", "",
		func(f *fixture, _ string) error {
			return fails(f, f.ImportApi, gen.ImportApiInput{
				Body: new(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"x-amazon-apigateway-cors":{"maxAge":86401},"paths":{}}`),
			})
		},
		badRequestCode, "Invalid max age in the CORS configuration: 86401. Must be between -1 and 86400",
	}, {
		"specification of an export", "",
		func(f *fixture, api string) error {
			return fails(f, f.ExportApi, gen.ExportApiInput{ApiId: api, Specification: "OAS20", OutputType: new("YAML")})
		},
		badRequestCode, "Invalid specification: OAS20. Must be one of [OAS30]",
	}, {
		"output of an export", "",
		func(f *fixture, api string) error {
			return fails(f, f.ExportApi, gen.ExportApiInput{ApiId: api, Specification: "OAS30", OutputType: new("TOML")})
		},
		badRequestCode, "Invalid outputType: TOML. Must be one of [JSON, YAML]",
	}, {
		"export of an unknown stage", "",
		func(f *fixture, api string) error {
			return fails(f, f.ExportApi, gen.ExportApiInput{ApiId: api, Specification: "OAS30", OutputType: new("YAML"), StageName: new("s")})
		},
		notFoundCode, "Invalid stage identifier specified",
	}, {
		"export of a stage that serves nothing", "",
		func(f *fixture, api string) error {
			f.stage(api, "s", false)
			return fails(f, f.ExportApi, gen.ExportApiInput{ApiId: api, Specification: "OAS30", OutputType: new("YAML"), StageName: new("s")})
		},
		badRequestCode, "Stage s has no deployment",
	}, {
		"import of an authorizer that fails", "fact 68",
		func(f *fixture, _ string) error {
			f.issuerIs = map[string]error{"https://issuer": errors.New("no answer")}
			return fails(f, f.ImportApi, gen.ImportApiInput{Body: securedDocument(), FailOnWarnings: new(true)})
		},
		badRequestCode, strings.Join([]string{
			"Warnings found during import:",
			"Unable to create Authorizer 'jwt': no answer. Ignoring.",
			"Unable to put method 'GET' on resource at path '/a': Invalid authorizer definition. " +
				"Setting the authorization type to JWT requires a valid authorizer. Ignoring.",
		}, "\n\t"),
	},
}

const mappingRefused = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["

// securedDocument has a route for holders of a token and one for everyone.
func securedDocument() *string {
	return new(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"security":[{"jwt":["s"]}],
		"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://h/","payloadFormatVersion":"1.0"}}},"/b":{"get":{}}},
		"components":{"securitySchemes":{"jwt":{"type":"oauth2","x-amazon-apigateway-authorizer":{"type":"jwt",
		"identitySource":"$request.header.Authorization","jwtConfiguration":{"issuer":"https://issuer","audience":["me"]}}}}}}`)
}

func TestResourceRefusals(t *testing.T) { checkRefusals(t, resourceRefusals) }
