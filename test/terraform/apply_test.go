package terraform

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// shared makes what needs nothing else: API key, role, topic, log group.
func (l *life) shared() {
	ctx := l.Context()
	key := must(l.v1.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{
		Name: aws.String("partner-api-key"), Description: aws.String("Managed by Terraform"), Enabled: true, Value: aws.String(""),
	}))
	l.key, l.value = key.Id, key.Value
	l.role = must(l.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("orders-lambda"), MaxSessionDuration: aws.Int32(3600), Path: aws.String("/"),
		Tags:                     []iamtypes.Tag{{Key: aws.String("Project"), Value: aws.String("orders")}},
		AssumeRolePolicyDocument: aws.String(`{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}],"Version":"2012-10-17"}`),
	})).Role.Arn
	l.topic = element(l, must(l.query("CreateTopic", "Name", "orders-alerts", "Tags.member.1.Key", "Project", "Tags.member.1.Value", "orders")), "TopicArn")
	l.group = aws.String("/aws/apigateway/orders")
	must(l.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: l.group, Tags: l.tags}))
	l.read("key", func() (any, error) {
		return l.v1.GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: l.key, IncludeValue: aws.Bool(true)})
	})
	for _, protocol := range []string{"Application", "Lambda", "HTTP", "Firehose", "SQS"} {
		must(l.query("SetTopicAttributes", "TopicArn", *l.topic, "AttributeName", protocol+"SuccessFeedbackSampleRate", "AttributeValue", "0"))
	}
	l.read("topic", func() (any, error) { return l.query("GetTopicAttributes", "TopicArn", *l.topic) })
	l.read("topic's tags", func() (any, error) { return l.query("ListTagsForResource", "ResourceArn", *l.topic) })
	l.subscribe()
	must(l.logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: l.group, RetentionInDays: aws.Int32(14)}))
	l.readRole()
	l.read("log group", func() (any, error) {
		out, err := l.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: l.group})
		if err != nil {
			return nil, err
		}
		for i := range out.LogGroups {
			out.LogGroups[i].StoredBytes = nil // grows by traffic; the provider does not look
		}
		return out, nil
	})
	l.read("log group's tags", func() (any, error) {
		return l.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: l.groupARN()})
	})
}

// groupARN is how a provider of 2026 names the group for its tags.
func (l *life) groupARN() *string {
	return aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + *l.group)
}

// subscribe waits until the endpoint has confirmed by itself, as endpoint_auto_confirms has it.
func (l *life) subscribe() {
	made := must(l.query("Subscribe", "TopicArn", *l.topic, "Protocol", "http", "Endpoint", l.subscriber.URL, "ReturnSubscriptionArn", "true"))
	l.subscription = element(l, made, "SubscriptionArn")
	deadline := time.Now().Add(time.Minute)
	for {
		got, err := l.query("GetSubscriptionAttributes", "SubscriptionArn", *l.subscription)
		if err == nil && !contains(got, "<key>PendingConfirmation</key><value>true</value>") {
			break
		}
		if time.Now().After(deadline) {
			l.Fatalf("the subscription is not confirmed: %v %s", err, got)
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.reread("topic") // it counts
	l.read("subscription", func() (any, error) { return l.query("GetSubscriptionAttributes", "SubscriptionArn", *l.subscription) })
}

func (l *life) readRole() {
	ctx, role := l.Context(), aws.String("orders-lambda")
	l.read("role", func() (any, error) {
		out, err := l.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: role})
		if err == nil {
			out.Role.RoleLastUsed = nil
		}
		return out, err
	})
	must(l.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("write-logs"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}]}`)}))
	l.read("role's policies", func() (any, error) {
		return l.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	})
	l.read("role's managed policies", func() (any, error) {
		return l.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})
	})
	l.read("role's policy", func() (any, error) {
		return l.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: role, PolicyName: aws.String("write-logs")})
	})
}

func (l *life) functions() {
	l.function(&lambda.CreateFunctionInput{
		FunctionName: aws.String("orders-api-function"), Runtime: lambdatypes.RuntimePython312, Tags: l.tags,
		Code: &lambdatypes.FunctionCode{ZipFile: apiZip(l.T, "one")},
	})
	l.function(&lambda.CreateFunctionInput{
		FunctionName: aws.String("orders-authorizer"), Runtime: lambdatypes.RuntimeNodejs20x,
		Code:        &lambdatypes.FunctionCode{ZipFile: authorizerZip(l.T)},
		Environment: &lambdatypes.Environment{Variables: map[string]string{"JWT_SECRET": secret}},
	})
}

func (l *life) function(in *lambda.CreateFunctionInput) {
	ctx, name := l.Context(), in.FunctionName
	in.Description, in.Handler, in.Role = aws.String(""), aws.String("index.handler"), l.role
	in.MemorySize, in.Timeout, in.PackageType = aws.Int32(128), aws.Int32(10), lambdatypes.PackageTypeZip
	must(l.lambda.CreateFunction(ctx, in))
	l.settle(name)
	l.read("function "+*name, func() (any, error) { return l.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name}) })
	l.sent("function "+*name, in, "Code", "Publish", "Tags")
	l.read("versions of "+*name, func() (any, error) {
		return l.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name, MaxItems: aws.Int32(10000)})
	})
	l.read("code signing of "+*name, func() (any, error) {
		return l.lambda.GetFunctionCodeSigningConfig(ctx, &lambda.GetFunctionCodeSigningConfigInput{FunctionName: name})
	})
}

// settle waits as the provider does: for the state and for the last update.
func (l *life) settle(name *string) {
	deadline := time.Now().Add(time.Minute)
	for {
		c := must(l.lambda.GetFunction(l.Context(), &lambda.GetFunctionInput{FunctionName: name})).Configuration
		if c.State == lambdatypes.StateActive && c.LastUpdateStatus == lambdatypes.LastUpdateStatusSuccessful {
			return
		}
		if time.Now().After(deadline) {
			l.Fatalf("%s is %s, %s", *name, c.State, c.LastUpdateStatus)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (l *life) permission(function, statement, source string) {
	ctx, name := l.Context(), &function
	must(l.lambda.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: name, StatementId: &statement, Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("apigateway.amazonaws.com"), SourceArn: aws.String("arn:aws:execute-api:" + region + ":" + account + ":" + source),
	}))
	l.read("policy of "+function, func() (any, error) {
		return l.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: name})
	})
	l.reread("function " + function) // its revision is another
	l.reread("versions of " + function)
}

// httpAPI is the HTTP API with its stage, authorizer, function and routes.
func (l *life) httpAPI() {
	ctx := l.Context()
	api := &apigatewayv2.CreateApiInput{
		Name: aws.String("orders-api"), ProtocolType: v2.ProtocolTypeHttp, Description: aws.String("HTTP API for orders"), Tags: l.tags,
		ApiKeySelectionExpression: aws.String("$request.header.x-api-key"), RouteSelectionExpression: aws.String("$request.method $request.path"),
		CorsConfiguration: &v2.Cors{
			AllowCredentials: aws.Bool(true), AllowHeaders: []string{"Authorization", "Content-Type", "X-Request-ID"},
			AllowMethods: []string{"POST", "PUT", "OPTIONS", "GET", "DELETE"}, AllowOrigins: []string{"https://app.example.com"},
			ExposeHeaders: []string{"X-Request-ID"}, MaxAge: aws.Int32(300),
		},
	}
	l.http = must(l.v2.CreateApi(ctx, api)).ApiId
	l.read("HTTP API", func() (any, error) { return l.v2.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: l.http}) })
	l.sent("HTTP API", api)
	l.stage = &apigatewayv2.CreateStageInput{
		ApiId: l.http, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true),
		AccessLogSettings: &v2.AccessLogSettings{
			DestinationArn: aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:" + *l.group),
			Format:         aws.String(`{"errorMessage":"$context.error.message","httpMethod":"$context.httpMethod","ip":"$context.identity.sourceIp","latency":"$context.responseLatency","protocol":"$context.protocol","requestId":"$context.requestId","requestTime":"$context.requestTime","responseLength":"$context.responseLength","routeKey":"$context.routeKey","status":"$context.status"}`),
		},
		DefaultRouteSettings: &v2.RouteSettings{DetailedMetricsEnabled: aws.Bool(false), ThrottlingBurstLimit: aws.Int32(1000), ThrottlingRateLimit: aws.Float64(500)},
	}
	must(l.v2.CreateStage(ctx, l.stage))
	authorizer := &apigatewayv2.CreateAuthorizerInput{
		ApiId: l.http, AuthorizerType: v2.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"}, Name: aws.String("cognito-jwt"),
		JwtConfiguration: &v2.JWTConfiguration{Audience: []string{client}, Issuer: aws.String(pool)},
	}
	l.jwt = must(l.v2.CreateAuthorizer(ctx, authorizer)).AuthorizerId
	l.read("authorizer", func() (any, error) {
		return l.v2.GetAuthorizer(ctx, &apigatewayv2.GetAuthorizerInput{ApiId: l.http, AuthorizerId: l.jwt})
	})
	l.sent("authorizer", authorizer, "ApiId")
	vpc := &apigatewayv2.CreateVpcLinkInput{
		Name: aws.String("orders-vpc-link"), SecurityGroupIds: []string{"sg-11f0df3fdeefde07a"},
		SubnetIds: []string{"subnet-ebec123778d6102ed", "subnet-9ba42705706c89893"},
	}
	l.link = must(l.v2.CreateVpcLink(ctx, vpc)).VpcLinkId
	link := l.read("VPC link", func() (any, error) { return l.v2.GetVpcLink(ctx, &apigatewayv2.GetVpcLinkInput{VpcLinkId: l.link}) })
	if status := link.(*apigatewayv2.GetVpcLinkOutput).VpcLinkStatus; status != v2.VpcLinkStatusAvailable {
		l.Errorf("the VPC link is %s", status)
	}
	l.sent("VPC link", vpc)
	l.httpIntegration = l.integration(&apigatewayv2.CreateIntegrationInput{
		ConnectionType: v2.ConnectionTypeInternet, IntegrationType: v2.IntegrationTypeAwsProxy, IntegrationUri: invokeARN("orders-api-function"),
		PayloadFormatVersion: aws.String("2.0"), TimeoutInMillis: aws.Int32(30000),
	})
	l.permission("orders-api-function", "AllowAPIGateway", *l.http+"/*/*")
	l.createUser = l.route("POST /users", l.httpIntegration, v2.AuthorizationTypeJwt)
	l.getUsers = l.route("GET /users", l.httpIntegration, v2.AuthorizationTypeJwt)
}

func (l *life) integration(in *apigatewayv2.CreateIntegrationInput) *string {
	in.ApiId = l.http
	id := must(l.v2.CreateIntegration(l.Context(), in)).IntegrationId
	l.read("integration "+*id, func() (any, error) {
		return l.v2.GetIntegration(l.Context(), &apigatewayv2.GetIntegrationInput{ApiId: l.http, IntegrationId: id})
	})
	l.sent("integration "+*id, in, "ApiId")
	return id
}

func (l *life) route(key string, integration *string, authorization v2.AuthorizationType) *string {
	in := &apigatewayv2.CreateRouteInput{
		ApiId: l.http, RouteKey: &key, Target: aws.String("integrations/" + *integration), AuthorizationType: authorization, ApiKeyRequired: aws.Bool(false),
	}
	if authorization == v2.AuthorizationTypeJwt {
		in.AuthorizerId = l.jwt
	}
	id := must(l.v2.CreateRoute(l.Context(), in)).RouteId
	l.read("route "+key, func() (any, error) {
		return l.v2.GetRoute(l.Context(), &apigatewayv2.GetRouteInput{ApiId: l.http, RouteId: id})
	})
	l.sent("route "+key, in, "ApiId")
	return id
}

// privateIntegration is the load balancer behind ANY /{proxy+}, the last that the provider made. Its stage it reads when all routes are there.
func (l *life) privateIntegration() {
	l.private = l.integration(&apigatewayv2.CreateIntegrationInput{
		ConnectionType: v2.ConnectionTypeVpcLink, ConnectionId: l.link, IntegrationType: v2.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"),
		IntegrationUri: aws.String(listener), PayloadFormatVersion: aws.String("1.0"),
		RequestParameters: map[string]string{
			"overwrite:header.X-Forwarded-For": "$request.header.X-Forwarded-For", "overwrite:header.X-Request-ID": "$context.requestId",
		},
	})
	l.proxy = l.route("ANY /{proxy+}", l.private, v2.AuthorizationTypeNone)
	l.read("stage", func() (any, error) {
		return l.v2.GetStage(l.Context(), &apigatewayv2.GetStageInput{ApiId: l.http, StageName: aws.String("$default")})
	})
	l.sent("stage", l.stage, "ApiId")
	l.reread("HTTP API")
}

// restAPI is the imported REST API with what is added to it, its deployment and its stage.
func (l *life) restAPI() {
	ctx := l.Context()
	l.rest = must(l.v1.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name: aws.String("orders-rest-api"), EndpointConfiguration: &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}, VpcEndpointIds: []string{}},
	})).Id
	must(l.v1.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: l.rest, Mode: v1.PutModeOverwrite, Body: l.definition()}))
	must(l.v1.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: l.rest, PatchOperations: []v1.PatchOperation{replace("/name", "orders-rest-api")}}))
	l.root = l.read("REST API", func() (any, error) { return l.v1.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: l.rest}) }).(*apigateway.GetRestApiOutput).RootResourceId
	l.rootOf()
	l.permission("orders-api-function", "AllowRestAPI", *l.rest+"/*/*")
	l.permission("orders-authorizer", "AllowAuthorizer", *l.rest+"/authorizers/*")
	token := &apigateway.CreateAuthorizerInput{
		RestApiId: l.rest, Name: aws.String("token"), Type: v1.AuthorizerTypeToken, AuthorizerUri: invokeARN("orders-authorizer"),
		IdentitySource: aws.String("method.request.header.Authorization"), AuthorizerResultTtlInSeconds: aws.Int32(60),
	}
	l.token = must(l.v1.CreateAuthorizer(ctx, token)).Id
	l.read("token authorizer", func() (any, error) {
		return l.v1.GetAuthorizer(ctx, &apigateway.GetAuthorizerInput{RestApiId: l.rest, AuthorizerId: l.token})
	})
	l.sent("token authorizer", token, "RestApiId")
	l.imports, l.me = l.resource("imports"), l.resource("me")
	l.method(l.imports, &apigateway.PutMethodInput{HttpMethod: aws.String("POST"), AuthorizationType: aws.String("NONE"), ApiKeyRequired: true})
	l.method(l.me, &apigateway.PutMethodInput{HttpMethod: aws.String("GET"), AuthorizationType: aws.String("CUSTOM"), AuthorizerId: l.token})
	l.methodIntegration(l.imports, &apigateway.PutIntegrationInput{HttpMethod: aws.String("POST"), Type: v1.IntegrationTypeAws, RequestTemplates: map[string]string{
		"application/json": "{\n  \"action\": \"createUser\",\n  \"body\": $input.json('$'),\n  \"requestId\": \"$context.requestId\",\n  \"sourceIp\": \"$context.identity.sourceIp\",\n  \"userAgent\": \"$context.identity.userAgent\",\n  \"claims\": {\n    \"sub\": \"$context.authorizer.claims.sub\",\n    \"email\": \"$context.authorizer.claims.email\"\n  }\n}\n",
	}})
	l.methodIntegration(l.me, &apigateway.PutIntegrationInput{HttpMethod: aws.String("GET"), Type: v1.IntegrationTypeAwsProxy})
	must(l.v1.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: l.rest, ResourceId: l.imports, HttpMethod: aws.String("POST"), StatusCode: aws.String("200")}))
	l.read("method response", func() (any, error) {
		return l.v1.GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{RestApiId: l.rest, ResourceId: l.imports, HttpMethod: aws.String("POST"), StatusCode: aws.String("200")})
	})
	l.template("#set($inputRoot = $input.path('$'))\n{\n  \"id\": \"$inputRoot.id\",\n  \"email\": \"$inputRoot.email\",\n  \"name\": \"$inputRoot.name\"\n}\n")
	l.deployment = l.deploy()
	prod := &apigateway.CreateStageInput{
		RestApiId: l.rest, DeploymentId: l.deployment, StageName: aws.String("prod"), Tags: l.tags, Variables: map[string]string{"release": "one"},
	}
	must(l.v1.CreateStage(ctx, prod))
	l.read("prod", func() (any, error) {
		return l.v1.GetStage(ctx, &apigateway.GetStageInput{RestApiId: l.rest, StageName: aws.String("prod")})
	})
	l.sent("prod", prod, "RestApiId")
}

// rootOf finds the root as a provider of 2026 does: among the resources, by its path.
func (l *life) rootOf() {
	for _, r := range must(l.v1.GetResources(l.Context(), &apigateway.GetResourcesInput{RestApiId: l.rest})).Items {
		if *r.Path == "/" && *r.Id == *l.root {
			return
		}
	}
	l.Errorf("no resource / with the id %s", *l.root)
}

func (l *life) resource(part string) *string {
	id := must(l.v1.CreateResource(l.Context(), &apigateway.CreateResourceInput{RestApiId: l.rest, ParentId: l.root, PathPart: &part})).Id
	l.read("resource "+part, func() (any, error) {
		out, err := l.v1.GetResource(l.Context(), &apigateway.GetResourceInput{RestApiId: l.rest, ResourceId: id})
		if err == nil {
			out.ResourceMethods = nil // those are resources of their own to Terraform
		}
		return out, err
	})
	return id
}

func (l *life) method(resource *string, in *apigateway.PutMethodInput) {
	in.RestApiId, in.ResourceId = l.rest, resource
	must(l.v1.PutMethod(l.Context(), in))
	l.read("method of "+*resource, func() (any, error) {
		out, err := l.v1.GetMethod(l.Context(), &apigateway.GetMethodInput{RestApiId: l.rest, ResourceId: resource, HttpMethod: in.HttpMethod})
		if err == nil {
			out.MethodIntegration, out.MethodResponses = nil, nil
		}
		return out, err
	})
	l.sent("method of "+*resource, in, "RestApiId", "ResourceId")
}

func (l *life) methodIntegration(resource *string, in *apigateway.PutIntegrationInput) {
	in.RestApiId, in.ResourceId, in.Uri = l.rest, resource, invokeARN("orders-api-function")
	in.ConnectionType, in.IntegrationHttpMethod, in.TimeoutInMillis = v1.ConnectionTypeInternet, aws.String("POST"), aws.Int32(29000)
	must(l.v1.PutIntegration(l.Context(), in))
	l.read("integration of "+*resource, func() (any, error) {
		out, err := l.v1.GetIntegration(l.Context(), &apigateway.GetIntegrationInput{RestApiId: l.rest, ResourceId: resource, HttpMethod: in.HttpMethod})
		if err == nil {
			out.IntegrationResponses = nil
		}
		return out, err
	})
	// The back end's method is told as httpMethod. The provider takes every connection that is not VPC_LINK for INTERNET.
	told := *in
	told.HttpMethod, told.IntegrationHttpMethod = in.IntegrationHttpMethod, nil
	l.sent("integration of "+*resource, told, "RestApiId", "ResourceId", "ConnectionType")
}

// template puts the integration response: an update is a new PUT.
func (l *life) template(text string) {
	ctx := l.Context()
	in := &apigateway.PutIntegrationResponseInput{
		RestApiId: l.rest, ResourceId: l.imports, HttpMethod: aws.String("POST"), StatusCode: aws.String("200"),
		ResponseTemplates: map[string]string{"application/json": text},
	}
	must(l.v1.PutIntegrationResponse(ctx, in))
	l.read("integration response", func() (any, error) {
		return l.v1.GetIntegrationResponse(ctx, &apigateway.GetIntegrationResponseInput{RestApiId: l.rest, ResourceId: l.imports, HttpMethod: aws.String("POST"), StatusCode: aws.String("200")})
	})
	l.sent("integration response", in, "RestApiId", "ResourceId", "HttpMethod")
}

func (l *life) deploy() *string {
	ctx := l.Context()
	id := must(l.v1.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{
		RestApiId: l.rest, Description: aws.String(""), StageDescription: aws.String(""), StageName: aws.String(""), Variables: map[string]string{},
	})).Id
	l.read("deployment", func() (any, error) {
		return l.v1.GetDeployment(ctx, &apigateway.GetDeploymentInput{RestApiId: l.rest, DeploymentId: id})
	})
	return id
}

// plans are the usage plans, and the key of one.
func (l *life) plans() {
	l.standard = l.usagePlan("standard-plan", "Standard rate limiting", 10000, 100, 50)
	l.premium = l.usagePlan("premium-plan", "Premium rate limiting", 100000, 500, 200)
	ctx := l.Context()
	must(l.v1.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: l.standard, KeyId: l.key, KeyType: aws.String("API_KEY")}))
	l.read("plan's key", func() (any, error) {
		return l.v1.GetUsagePlanKey(ctx, &apigateway.GetUsagePlanKeyInput{UsagePlanId: l.standard, KeyId: l.key})
	})
	l.reread("key")
}

func (l *life) usagePlan(name, description string, quota, burst int32, rate float64) *string {
	ctx := l.Context()
	in := &apigateway.CreateUsagePlanInput{
		Name: &name, Description: &description, ApiStages: []v1.ApiStage{{ApiId: l.rest, Stage: aws.String("prod")}},
		Quota: &v1.QuotaSettings{Limit: quota, Period: v1.QuotaPeriodTypeMonth}, Throttle: &v1.ThrottleSettings{BurstLimit: burst, RateLimit: rate},
	}
	id := must(l.v1.CreateUsagePlan(ctx, in)).Id
	l.read(name, func() (any, error) {
		return l.v1.GetUsagePlan(ctx, &apigateway.GetUsagePlanInput{UsagePlanId: id})
	})
	l.sent(name, in)
	return id
}

func replace(path, value string) v1.PatchOperation {
	return v1.PatchOperation{Op: v1.OpReplace, Path: &path, Value: &value}
}
