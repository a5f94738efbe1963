package apigateway

import (
	"maps"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// method makes a method without authorization.
func (tr tree) method(path, verb string, change func(*gen.PutMethodInput)) {
	tr.Helper()
	in := gen.PutMethodInput{RestApiId: tr.api, ResourceId: tr.ids[path], HttpMethod: verb, AuthorizationType: new("NONE")}
	if change != nil {
		change(&in)
	}
	do(tr.fixture, tr.PutMethod, in)
}

func (tr tree) model(name, schema string) {
	tr.Helper()
	do(tr.fixture, tr.CreateModel, gen.CreateModelInput{RestApiId: tr.api, Name: &name, ContentType: new("application/json"), Schema: &schema})
}

const functionURI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/invocations"

func (tr tree) tokenAuthorizer(name string) string {
	tr.Helper()
	return *do(tr.fixture, tr.CreateAuthorizer, gen.CreateAuthorizerInput{
		RestApiId: tr.api, Name: &name, Type: new(gen.AuthorizerTypeToken), AuthorizerUri: new(functionURI),
		IdentitySource: new("method.request.header.Authorization"),
	}).Id
}

// TestMethods follows test_method_lifecycle and test_update_method, recorded on AWS.
func TestMethods(t *testing.T) {
	tr := newTree(t)
	root, f := tr.ids["/"], tr.fixture
	made := do(f, f.PutMethod, gen.PutMethodInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "ANY", AuthorizationType: new("none")})
	if *made.ApiKeyRequired || *made.AuthorizationType != "NONE" || *made.HttpMethod != "ANY" || made.RequestParameters != nil || made.RequestModels != nil {
		t.Errorf("made %+v", made)
	}
	update := func(lines ...string) *gen.Method {
		t.Helper()
		return do(f, f.UpdateMethod, gen.UpdateMethodInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "ANY", PatchOperations: ops(lines...)})
	}
	got := update("add /requestParameters/method.request.querystring.optional true", "add /requestModels/application~1json Empty")
	if !maps.Equal(got.RequestModels, map[string]string{"application/json": "Empty"}) || !got.RequestParameters["method.request.querystring.optional"] {
		t.Errorf("added: %+v", got)
	}
	got = update("replace /authorizationType AWS_IAM", "replace /apiKeyRequired true", "replace /operationName ReplacedOperationName",
		"replace /requestParameters/method.request.querystring.optional false")
	if *got.AuthorizationType != "AWS_IAM" || !*got.ApiKeyRequired || *got.OperationName != "ReplacedOperationName" ||
		got.RequestParameters["method.request.querystring.optional"] {
		t.Errorf("replaced: %+v", got)
	}
	authorizer := tr.tokenAuthorizer("a")
	got = update("replace /authorizerId "+authorizer, "replace /authorizationType CUSTOM")
	if *got.AuthorizationType != "CUSTOM" || *got.AuthorizerId != authorizer {
		t.Errorf("authorized: %+v", got)
	}
	got = update("remove /requestParameters/method.request.querystring.optional", "remove /requestModels/application~1json")
	if got.RequestParameters != nil || got.RequestModels != nil {
		t.Errorf("removed: %+v", got)
	}
	got = update("replace /authorizationType NONE", "replace /apiKeyRequired whatever", "replace /authorizerId wrong")
	if got.AuthorizerId != nil || *got.ApiKeyRequired { // recorded: test_update_method_validation, skip-auth-id-with-wrong-type
		t.Errorf("opened: %+v", got)
	}
	do(f, f.DeleteMethod, gen.DeleteMethodInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "ANY"})
	const missing = "NotFoundException: Invalid Method identifier specified"
	refused(t, attempt(f, f.GetMethod, gen.GetMethodInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "ANY"}), missing)
	refused(t, attempt(f, f.DeleteMethod, gen.DeleteMethodInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "ANY"}), missing)
}

func TestMethodRefusals(t *testing.T) {
	tr := newTree(t, "/pets")
	tr.method("/pets", "GET", nil)
	authorizer := tr.tokenAuthorizer("a")
	const bad = "BadRequestException: "
	const requires = bad + "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
	const mapping = bad + "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: "
	for name, tt := range map[string]struct {
		change func(*gen.PutMethodInput)
		want   string
	}{
		// recorded: test_put_method_validation, test_method_request_parameters, test_put_integration_request_parameter_bool_type
		"unknown API":        {func(in *gen.PutMethodInput) { in.RestApiId = "wrong" }, "NotFoundException: Invalid Resource identifier specified"},
		"unknown resource":   {func(in *gen.PutMethodInput) { in.ResourceId = "wrong" }, "NotFoundException: Invalid Resource identifier specified"},
		"unknown verb":       {func(in *gen.PutMethodInput) { in.HttpMethod = "wrong" }, bad + "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		"verb in lower case": {func(in *gen.PutMethodInput) { in.HttpMethod = "post" }, bad + "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		"no authorizer":      {func(in *gen.PutMethodInput) { in.AuthorizationType = new("CUSTOM") }, requires},
		"unknown authorizer": {func(in *gen.PutMethodInput) { in.AuthorizationType, in.AuthorizerId = new("CUSTOM"), new("wrong") }, requires},
		"other authorizer": {func(in *gen.PutMethodInput) {
			in.AuthorizationType, in.AuthorizerId = new("COGNITO_USER_POOLS"), &authorizer
		}, requires},
		"unknown type":      {func(in *gen.PutMethodInput) { in.AuthorizationType = new("BASIC") }, bad + "Invalid authorization type specified..."},
		"unknown validator": {func(in *gen.PutMethodInput) { in.RequestValidatorId = new("wrong") }, bad + "Invalid Request Validator identifier specified"},
		"unknown model":     {func(in *gen.PutMethodInput) { in.RequestModels = map[string]string{"application/json": "petModel"} }, bad + "Invalid model identifier specified: petModel"},
		"no content type":   {func(in *gen.PutMethodInput) { in.RequestModels = map[string]string{"json": "Empty"} }, bad + "Validation Result: warnings : [], errors : [Invalid content type specified: json]"},
		"one name twice": {func(in *gen.PutMethodInput) {
			in.RequestParameters = map[string]bool{"method.request.querystring.optional": false, "method.request.header.optional": false}
		}, bad + "Parameter names must be unique across querystring, header and path"},
		"no parameter": {func(in *gen.PutMethodInput) { in.RequestParameters = map[string]bool{"true": true} }, mapping + "true]"},
		"no name":      {func(in *gen.PutMethodInput) { in.RequestParameters = map[string]bool{"method.request.header.": true} }, mapping + "method.request.header.]"},
		"no such name": {func(in *gen.PutMethodInput) {
			in.RequestParameters = map[string]bool{"method.request.querystring.filter[a]": false}
		}, bad + "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$]"},
		"body as a parameter": {func(in *gen.PutMethodInput) { in.RequestParameters = map[string]bool{"method.request.body.x": true} }, mapping + "method.request.body.x]"},
		"method is there":     {func(in *gen.PutMethodInput) { in.HttpMethod = "GET" }, "ConflictException: Method already exists for this resource"},
	} {
		t.Run(name, func(t *testing.T) {
			in := gen.PutMethodInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"], HttpMethod: "POST", AuthorizationType: new("NONE")}
			tt.change(&in)
			refused(t, attempt(tr.fixture, tr.PutMethod, in), tt.want)
		})
	}
	for name, tt := range map[string]struct{ op, want string }{
		// recorded: test_update_method_validation
		"unknown path":          {"add /httpMethod x", bad + "Invalid patch path /httpMethod"},
		"all parameters":        {"add /requestParameters x", bad + "Invalid patch path /requestParameters"},
		"slash in a type":       {"add /requestModels/application/json Empty", bad + "Invalid patch path /requestModels/application/json"},
		"add a name":            {"add /operationName x", bad + "Invalid patch operation specified. Must be one of: [replace]"},
		"add a validator":       {"add /requestValidatorId x", bad + "Invalid patch operation specified. Must be one of: [replace]"},
		"no authorizer":         {"replace /authorizationType CUSTOM", requires},
		"unknown validator":     {"replace /requestValidatorId wrong", bad + "Invalid Request Validator identifier specified"},
		"unknown model":         {"add /requestModels/application~1json petModel", bad + "Invalid model identifier specified: petModel"},
		"parameter not there":   {"remove /requestParameters/method.request.header.X", "NotFoundException: Invalid parameter name specified"},
		"model not there":       {"replace /requestModels/application~1json Empty", "NotFoundException: Content-Type specified was not found"},
		"parameter of no name":  {"add /requestParameters/method.request.header.a*b true", bad + "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$]"},
		"parameter of no place": {"add /requestParameters/X true", mapping + "X]"},
		"unknown type":          {"replace /authorizationType BASIC", bad + "Invalid patch value 'BASIC'..."},
	} {
		t.Run("update/"+name, func(t *testing.T) {
			refused(t, attempt(tr.fixture, tr.UpdateMethod, gen.UpdateMethodInput{
				RestApiId: tr.api, ResourceId: tr.ids["/pets"], HttpMethod: "GET", PatchOperations: ops(tt.op),
			}), tt.want)
		})
	}
	for name, of := range map[string][3]string{
		"API": {"wrong", tr.ids["/pets"], "GET"}, "resource": {tr.api, "wrong", "GET"}, "method": {tr.api, tr.ids["/pets"], "PUT"},
	} {
		want := "NotFoundException: Invalid Resource identifier specified"
		if name == "method" {
			want = "NotFoundException: Invalid Method identifier specified"
		}
		t.Run("unknown "+name, func(t *testing.T) {
			refused(t, attempt(tr.fixture, tr.UpdateMethod, gen.UpdateMethodInput{RestApiId: of[0], ResourceId: of[1], HttpMethod: of[2]}), want)
			refused(t, attempt(tr.fixture, tr.GetMethodResponse, gen.GetMethodResponseInput{RestApiId: of[0], ResourceId: of[1], HttpMethod: of[2], StatusCode: "200"}), want)
		})
	}
}

// TestMethodResponses follows test_lifecycle_method_response and test_update_method_response, recorded on AWS.
func TestMethodResponses(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", nil)
	f, root := tr.fixture, tr.ids["/"]
	made := do(f, f.PutMethodResponse, gen.PutMethodResponseInput{
		RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200", ResponseModels: map[string]string{}, ResponseParameters: map[string]bool{},
	})
	if *made.StatusCode != "200" || made.ResponseModels == nil || made.ResponseParameters == nil {
		t.Errorf("empty maps that were given are shown: %+v", made)
	}
	update := func(lines ...string) gen.UpdateMethodResponseInput {
		return gen.UpdateMethodResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200", PatchOperations: ops(lines...)}
	}
	got := do(f, f.UpdateMethodResponse, update("add /responseModels/application~1json Empty", "add /responseParameters/method.response.header.my-header true"))
	if got.ResponseModels["application/json"] != "Empty" || !got.ResponseParameters["method.response.header.my-header"] {
		t.Errorf("added: %+v", got)
	}
	got = do(f, f.UpdateMethodResponse, update("remove /responseModels/application~1json", "remove /responseParameters/method.response.header.my-header"))
	if got.ResponseModels != nil || got.ResponseParameters != nil {
		t.Errorf("removed: %+v", got)
	}
	// recorded: test_update_method_wrong_param_names, test_update_method_lack_response_parameters_and_models
	for op, want := range map[string]string{
		"replace /responseParameters/wrong true":         "NotFoundException: Invalid parameter name specified",
		"remove /responseParameters/wrong true":          "NotFoundException: Invalid parameter name specified",
		"replace /responseModels/wrong Empty":            "NotFoundException: Content-Type specified was not found",
		"remove /responseModels/application~1json":       "NotFoundException: Content-Type specified was not found",
		"remove /wrong/method.response.header.my-header": "BadRequestException: Invalid patch path /wrong/method.response.header.my-header",
		"add /responseParameters/wrong true":             "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: wrong]",
		"add /responseModels/application~1json Pet":      "BadRequestException: Invalid model identifier specified: Pet",
	} {
		refused(t, attempt(f, f.UpdateMethodResponse, update(op)), want)
	}
	again := gen.PutMethodResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200"}
	refused(t, attempt(f, f.PutMethodResponse, again), "ConflictException: Response already exists for this resource")
	do(f, f.DeleteMethodResponse, gen.DeleteMethodResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200"})
	refused(t, attempt(f, f.DeleteMethodResponse, gen.DeleteMethodResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200"}),
		"NotFoundException: Invalid Response status code specified")
	refused(t, attempt(f, f.UpdateMethodResponse, update()), "NotFoundException: Invalid Response status code specified")
}
