package apigateway

import (
	"slices"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestRequestValidators follows test_request_validator_lifecycle and its refusals, recorded on AWS.
func TestRequestValidators(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	v := do(f, f.CreateRequestValidator, gen.CreateRequestValidatorInput{RestApiId: tr.api, Name: new("v")})
	if *v.ValidateRequestBody || *v.ValidateRequestParameters || *v.Name != "v" || len(*v.Id) != 6 {
		t.Errorf("made %+v", v)
	}
	update := func(lines ...string) gen.UpdateRequestValidatorInput {
		return gen.UpdateRequestValidatorInput{RestApiId: tr.api, RequestValidatorId: *v.Id, PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateRequestValidator, update("replace /validateRequestBody true", "replace /validateRequestParameters true")); !*got.ValidateRequestBody || !*got.ValidateRequestParameters {
		t.Errorf("updated %+v", got)
	}
	if got := do(f, f.UpdateRequestValidator, update("replace /validateRequestBody -")); *got.ValidateRequestBody {
		t.Error("no value is not false")
	}
	const bad = "BadRequestException: "
	for op, want := range map[string]string{
		"add /validateRequestBody true":    bad + "Invalid patch path  '/validateRequestBody' specified for op 'add'. Please choose supported operations",
		"remove /validateRequestBody true": bad + "Invalid patch path  '/validateRequestBody' specified for op 'remove'. Please choose supported operations",
		"replace /invalidPath true":        bad + "Invalid patch path  '/invalidPath' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
		"replace /name -":                  bad + "Request Validator name cannot be blank",
	} {
		refused(t, attempt(f, f.UpdateRequestValidator, update(op)), want)
	}
	tr.method("/", "GET", func(in *gen.PutMethodInput) { in.RequestValidatorId = v.Id })
	refused(t, attempt(f, f.DeleteRequestValidator, gen.DeleteRequestValidatorInput{RestApiId: tr.api, RequestValidatorId: *v.Id}),
		"ConflictException: Cannot delete request validator 'v', is referenced in method: GET//")
	do(f, f.UpdateMethod, gen.UpdateMethodInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET", PatchOperations: ops("replace /requestValidatorId -")})
	do(f, f.DeleteRequestValidator, gen.DeleteRequestValidatorInput{RestApiId: tr.api, RequestValidatorId: *v.Id})
	if list := do(f, f.GetRequestValidators, gen.GetRequestValidatorsInput{RestApiId: tr.api}); list.Items == nil || len(list.Items) != 0 {
		t.Errorf("an empty list is shown as such: %+v", list)
	}
	const missing = "NotFoundException: Invalid Request Validator identifier specified"
	refused(t, attempt(f, f.GetRequestValidator, gen.GetRequestValidatorInput{RestApiId: tr.api, RequestValidatorId: *v.Id}), missing)
	refused(t, attempt(f, f.GetRequestValidator, gen.GetRequestValidatorInput{RestApiId: "wrong", RequestValidatorId: *v.Id}), missing)
	refused(t, attempt(f, f.DeleteRequestValidator, gen.DeleteRequestValidatorInput{RestApiId: "wrong", RequestValidatorId: *v.Id}), missing)
	refused(t, attempt(f, f.CreateRequestValidator, gen.CreateRequestValidatorInput{RestApiId: "wrong"}), bad+"Invalid REST API identifier specified")
	refused(t, attempt(f, f.GetRequestValidators, gen.GetRequestValidatorsInput{RestApiId: "api_id"}), "NotFoundException: Invalid API identifier specified 111111111111:api_id")
	for range maxValidators {
		do(f, f.CreateRequestValidator, gen.CreateRequestValidatorInput{RestApiId: tr.api})
	}
	refused(t, attempt(f, f.CreateRequestValidator, gen.CreateRequestValidatorInput{RestApiId: tr.api}), "LimitExceededException: Maximum number of request validators...")
}

const poolARN = "arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_ABC123"

// authorizerInput is complete for its type.
func (tr tree) authorizerInput(kind gen.AuthorizerType, name string) gen.CreateAuthorizerInput {
	in := gen.CreateAuthorizerInput{RestApiId: tr.api, Name: &name, Type: &kind, IdentitySource: new("method.request.header.Auth")}
	if kind == gen.AuthorizerTypeCognitoUserPools {
		in.ProviderARNs = []string{poolARN}
	} else {
		in.AuthorizerUri = new(functionURI)
	}
	return in
}

// TestAuthorizers shows the answers: recorded in test_apigateway_with_custom_authorization_method and
// test_import_with_cognito_auth_identity_source.
func TestAuthorizers(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	token := do(f, f.CreateAuthorizer, tr.authorizerInput(gen.AuthorizerTypeToken, "lambda_authorizer"))
	if *token.AuthType != "custom" || *token.Type != "TOKEN" || *token.IdentitySource != "method.request.header.Auth" || token.AuthorizerResultTtlInSeconds != nil || token.ProviderARNs != nil {
		t.Errorf("made %+v", token)
	}
	in := tr.authorizerInput(gen.AuthorizerTypeCognitoUserPools, "pools")
	in.AuthorizerCredentials = new(roleARN)
	if pools := do(f, f.CreateAuthorizer, in); *pools.AuthType != "cognito_user_pools" || !has(pools.ProviderARNs, poolARN) || pools.AuthorizerUri != nil || pools.AuthorizerCredentials != nil {
		t.Errorf("made %+v", pools)
	}
	in = tr.authorizerInput(gen.AuthorizerTypeRequest, "request")
	in.IdentitySource, in.AuthorizerResultTtlInSeconds = new("method.request.header.A, method.request.querystring.b,context.identity.sourceIp,stageVariables.c"), new(int32(60))
	request := do(f, f.CreateAuthorizer, in)
	if *request.AuthorizerResultTtlInSeconds != 60 {
		t.Errorf("made %+v", request)
	}
	got := do(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{RestApiId: tr.api, AuthorizerId: *request.Id, PatchOperations: ops(
		"replace /authorizerResultTtlInSeconds 0", "remove /identitySource", "replace /name n", "replace /authorizerCredentials "+roleARN, "replace /identityValidationExpression ^x",
		"replace /authType awsSigv4", "replace /authorizerUri "+functionURI,
	)})
	if *got.AuthorizerResultTtlInSeconds != 0 || got.IdentitySource != nil || *got.Name != "n" || *got.AuthorizerCredentials != roleARN || *got.AuthType != "awsSigv4" {
		t.Errorf("updated %+v", got)
	}
	got = do(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{RestApiId: tr.api, AuthorizerId: *request.Id, PatchOperations: ops(
		"replace /type COGNITO_USER_POOLS", "add /providerARNs "+poolARN, "add /providerARNs "+poolARN+"2", "remove /providerARNs "+poolARN,
	)})
	if *got.Type != "COGNITO_USER_POOLS" || !has(got.ProviderARNs, poolARN+"2") {
		t.Errorf("updated %+v", got)
	}
	if list := do(f, f.GetAuthorizers, gen.GetAuthorizersInput{RestApiId: tr.api}); len(list.Items) != 3 {
		t.Errorf("listed %+v", list)
	}
	tr.method("/", "GET", func(in *gen.PutMethodInput) { in.AuthorizationType, in.AuthorizerId = new("CUSTOM"), token.Id })
	refused(t, attempt(f, f.DeleteAuthorizer, gen.DeleteAuthorizerInput{RestApiId: tr.api, AuthorizerId: *token.Id}),
		"ConflictException: Cannot delete authorizer 'lambda_authorizer', is referenced in method: GET//") // terraform-provider-aws issue 14812
	do(f, f.DeleteAuthorizer, gen.DeleteAuthorizerInput{RestApiId: tr.api, AuthorizerId: *request.Id})
	const missing = "NotFoundException: Invalid Authorizer identifier specified"
	refused(t, attempt(f, f.GetAuthorizer, gen.GetAuthorizerInput{RestApiId: tr.api, AuthorizerId: *request.Id}), missing)
	refused(t, attempt(f, f.DeleteAuthorizer, gen.DeleteAuthorizerInput{RestApiId: tr.api, AuthorizerId: *request.Id}), missing)
}

func TestAuthorizerRefusals(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	do(f, f.CreateAuthorizer, tr.authorizerInput(gen.AuthorizerTypeToken, "taken"))
	const bad, noURI = "BadRequestException: ", "BadRequestException: Invalid Authorizer URI: "
	token, request, pools := gen.AuthorizerTypeToken, gen.AuthorizerTypeRequest, gen.AuthorizerTypeCognitoUserPools
	type in = gen.CreateAuthorizerInput
	for name, tt := range map[string]struct {
		kind   gen.AuthorizerType
		change func(*in)
		want   string
	}{
		// recorded: test_authorizer_crud_no_api
		"unknown API":        {token, func(i *in) { i.RestApiId = "test-fake-rest-id" }, "ConflictException: Unable to complete operation due to concurrent modification. Please try again later."},
		"URI before the API": {token, func(i *in) { i.RestApiId, i.AuthorizerUri = "wrong", new("wrong") }, noURI + "..."},
		// serverless issue 4428
		"token of a query":   {token, func(i *in) { i.IdentitySource = new("method.request.querystring.key") }, bad + "Invalid token source expression: method.request.querystring.key. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'."},
		"no token":           {token, func(i *in) { i.IdentitySource = nil }, bad + "Invalid token source expression: ..."},
		"no URI":             {token, func(i *in) { i.AuthorizerUri = nil }, noURI + "..."},
		"function's own ARN": {request, func(i *in) { i.AuthorizerUri = new("arn:aws:lambda:eu-west-1:111111111111:function:f") }, noURI + "..."},
		"name is taken":      {pools, func(i *in) { i.Name = new("taken") }, "ConflictException: Authorizer name must be unique. Authorizer taken already exists in this RestApi."},
		"blank name":         {token, func(i *in) { i.Name = new(" ") }, bad + "Authorizer name cannot be blank"},
		"negative TTL":       {token, func(i *in) { i.AuthorizerResultTtlInSeconds = new(int32(-1)) }, bad + "Authorizer result TTL must be between 0 and 3600 seconds"},
		"TTL of two hours":   {request, func(i *in) { i.AuthorizerResultTtlInSeconds = new(int32(7200)) }, bad + "Authorizer result TTL must be between 0 and 3600 seconds"},
		"cache of nobody":    {request, func(i *in) { i.IdentitySource = nil }, bad + "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"},
		"identity of a body": {request, func(i *in) { i.IdentitySource = new("method.request.header.A,method.request.body") }, bad + "Invalid identity source expression: method.request.body"},
		"static identity":    {request, func(i *in) { i.IdentitySource = new("'x'") }, bad + "Invalid identity source expression: 'x'"},
		"no pools":           {pools, func(i *in) { i.ProviderARNs = nil }, bad + "Invalid provider ARNs..."},
		"no pool":            {pools, func(i *in) { i.ProviderARNs = []string{roleARN} }, bad + "Invalid ARN specified in the request"},
		"no expression":      {token, func(i *in) { i.IdentityValidationExpression = new("(") }, bad + "Invalid identity validation expression specified: ("},
		"role of words":      {token, func(i *in) { i.AuthorizerCredentials = new("role") }, bad + "Invalid ARN specified in the request"},
	} {
		t.Run(name, func(t *testing.T) {
			in := tr.authorizerInput(tt.kind, name)
			tt.change(&in)
			refused(t, attempt(f, f.CreateAuthorizer, in), tt.want)
		})
	}
	refused(t, attempt(f, f.GetAuthorizers, gen.GetAuthorizersInput{RestApiId: "test-fake-rest-id"}), "NotFoundException: Invalid API identifier specified 111111111111:test-fake-rest-id")
	id := *do(f, f.CreateAuthorizer, tr.authorizerInput(pools, "p")).Id
	for op, want := range map[string]string{
		"remove /providerARNs " + poolARN:           bad + "Invalid provider ARNs...",
		"replace /providerARNs " + poolARN:          bad + "Invalid patch path  '/providerARNs' specified for op 'replace'. Must be one of: [/name, /type, ...",
		"copy /name x":                              bad + "Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations",
		"replace /name taken":                       "ConflictException: Authorizer name must be unique...",
		"replace /authorizerResultTtlInSeconds abc": bad + "Invalid patch value 'abc'...",
	} {
		refused(t, attempt(f, f.UpdateAuthorizer, gen.UpdateAuthorizerInput{RestApiId: tr.api, AuthorizerId: id, PatchOperations: ops(op)}), want)
	}
	for i := range f.Quotas.AuthorizersPerAPI - 2 {
		do(f, f.CreateAuthorizer, tr.authorizerInput(token, string(rune('a'+i))))
	}
	refused(t, attempt(f, f.CreateAuthorizer, tr.authorizerInput(token, "over")), "LimitExceededException: Maximum number of authorizers...")
}

// TestGatewayResponses follows test_gateway_response_crud and test_update_gateway_response, recorded on AWS (fact 6).
func TestGatewayResponses(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	list := do(f, f.GetGatewayResponses, gen.GetGatewayResponsesInput{RestApiId: tr.api, Limit: new(int32(500))}).Items
	statuses := map[string]string{}
	for _, r := range list {
		if !*r.DefaultResponse || r.ResponseParameters == nil || r.ResponseTemplates["application/json"] != `{"message":$context.error.messageString}` {
			t.Errorf("the default is %+v", r)
		}
		statuses[string(*r.ResponseType)] = text(r.StatusCode)
	}
	for kind, want := range map[string]string{
		"DEFAULT_4XX": "", "DEFAULT_5XX": "", "INTEGRATION_FAILURE": "504", "INTEGRATION_TIMEOUT": "504", "AUTHORIZER_FAILURE": "500", "THROTTLED": "429",
		"UNSUPPORTED_MEDIA_TYPE": "415", "REQUEST_TOO_LARGE": "413", "EXPIRED_TOKEN": "403", "UNAUTHORIZED": "401", "RESOURCE_NOT_FOUND": "404", "BAD_REQUEST_BODY": "400",
	} {
		if statuses[kind] != want {
			t.Errorf("%s has %q, want %q", kind, statuses[kind], want)
		}
	}
	if len(list) != 21 || !slices.IsSortedFunc(list, func(a, b gen.GatewayResponse) int {
		return slices.Compare([]byte(*a.ResponseType), []byte(*b.ResponseType))
	}) {
		t.Errorf("%d types", len(list))
	}
	put := do(f, f.PutGatewayResponse, gen.PutGatewayResponseInput{
		RestApiId: tr.api, ResponseType: gen.GatewayResponseTypeMissingAuthenticationToken, StatusCode: new("404"),
		ResponseParameters: map[string]string{
			"gatewayresponse.header.x-request-path": "method.request.path.petId", "gatewayresponse.header.Access-Control-Allow-Origin": "'a.b.c'",
			"gatewayresponse.header.x-request-query": "method.request.querystring.q", "gatewayresponse.header.x-request-header": "method.request.header.Accept",
		},
	})
	if *put.DefaultResponse || *put.StatusCode != "404" || len(put.ResponseParameters) != 4 || len(put.ResponseTemplates) != 0 {
		t.Errorf("put %+v", put)
	}
	update := func(kind gen.GatewayResponseType, lines ...string) gen.UpdateGatewayResponseInput {
		return gen.UpdateGatewayResponseInput{RestApiId: tr.api, ResponseType: kind, PatchOperations: ops(lines...)}
	}
	// What was not set starts from its default, and is set from then on.
	got := do(f, f.UpdateGatewayResponse, update(gen.GatewayResponseTypeDefault4xx, "replace /statusCode 444"))
	if *got.DefaultResponse || *got.StatusCode != "444" || got.ResponseParameters == nil || len(got.ResponseTemplates) != 1 {
		t.Errorf("updated %+v", got)
	}
	if got := do(f, f.GetGatewayResponse, gen.GetGatewayResponseInput{RestApiId: tr.api, ResponseType: gen.GatewayResponseTypeDefault4xx}); *got.DefaultResponse || *got.StatusCode != "444" {
		t.Errorf("got %+v", got)
	}
	const bad, mapping = "BadRequestException: ", "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	for op, want := range map[string]string{
		"add /statusCode 444":    bad + "Invalid patch path /statusCode",
		"remove /statusCode 444": bad + "Invalid patch path /statusCode",
		"replace /wrongPath x":   bad + "Invalid patch path /wrongPath",
		"replace /responseParameters/gatewayresponse.header.wrong 'x'": "NotFoundException: Invalid parameter name specified",
		"replace /responseTemplates/application~1json -":               bad + "Invalid null or empty value in responseTemplates",
		"add /responseParameters/gatewayresponse.header.X -":           bad + "Invalid null or empty value in responseParameters",
		"replace /statusCode 99":                                       bad + "Invalid status code specified: 99",
		"add /responseParameters/method.response.header.X 'x'":         mapping + "Invalid mapping expression specified: method.response.header.X]",
		"add /responseParameters/gatewayresponse.header.X x":           mapping + "Invalid mapping expression specified: x]",
		"add /responseTemplates/123 x":                                 bad + "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
	} {
		refused(t, attempt(f, f.UpdateGatewayResponse, update(gen.GatewayResponseTypeDefault4xx, op)), want)
	}
	remove := gen.DeleteGatewayResponseInput{RestApiId: tr.api, ResponseType: gen.GatewayResponseTypeDefault4xx}
	do(f, f.DeleteGatewayResponse, remove)
	refused(t, attempt(f, f.DeleteGatewayResponse, remove), "NotFoundException: Gateway response type not defined on api")
	const noAPI = "NotFoundException: Invalid API identifier specified 111111111111:fake-api-id"
	refused(t, attempt(f, f.GetGatewayResponses, gen.GetGatewayResponsesInput{RestApiId: "fake-api-id"}), noAPI)
	refused(t, attempt(f, f.GetGatewayResponse, gen.GetGatewayResponseInput{RestApiId: "fake-api-id", ResponseType: "DEFAULT_4XX"}), noAPI)
	refused(t, attempt(f, f.PutGatewayResponse, gen.PutGatewayResponseInput{RestApiId: "fake-api-id", ResponseType: "DEFAULT_4XX"}), noAPI)
}

// TestGatewayResponsePaging: the list is made of defaults and of what is set, and comes in pages all the same.
func TestGatewayResponsePaging(t *testing.T) {
	tr := newTree(t)
	var kinds []gen.GatewayResponseType
	var position *string
	for range 4 {
		page := do(tr.fixture, tr.GetGatewayResponses, gen.GetGatewayResponsesInput{RestApiId: tr.api, Limit: new(int32(8)), Position: position})
		for _, r := range page.Items {
			kinds = append(kinds, *r.ResponseType)
		}
		if position = page.Position; position == nil {
			break
		}
	}
	if want := len(gateway.DefaultGatewayResponses()); len(kinds) != want || len(slices.Compact(kinds)) != want {
		t.Errorf("got %v", kinds)
	}
}
