package apigateway

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestImportRefusals has what AWS answers to documents, and that nothing is left of them.
func TestImportRefusals(t *testing.T) {
	const head = `{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, `
	mock := `"x-amazon-apigateway-integration": {"type": "mock"}`
	for _, tt := range []struct {
		name, body, want string
		strict           bool
		parameters       map[string]string
	}{
		{
			name: "bad YAML", // recorded: test_import_api_bad_file
			body: "test:\n    value:\n        - \"value ... \\\"escaped\\\": $var, \\\"dt\\\": $(var +\"%a\")}\\\"\n        ",
			want: "BadRequestException: Invalid OpenAPI input.",
		},
		{name: "bad JSON", body: "{'key:value}", want: "BadRequestException: Invalid OpenAPI input."},
		{name: "empty", body: " ", want: "BadRequestException: Invalid OpenAPI input."},
		{name: "a version that AWS does not know", body: `{"openapi": "3.1.0", "info": {"title": "t"}}`, want: "BadRequestException: Invalid OpenAPI input."}, // aws/aws-cli issue 8191
		{
			name: "no title", body: `{"openapi": "3.0.1", "info": {"version": "1"}, "paths": {}}`,
			want: "BadRequestException: Errors found during import:\n\tUnable to update the API: API Name cannot be empty",
		},
		{ // localstack/localstack issue 4619
			name: "an integration that is none", body: head + `"paths": {"/": {"get": {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": "x"}}}}}}`,
			want: "BadRequestException: Unable to parse API definition because of a malformed integration at path /.",
		},
		{ // public reports of deployments by SAM and CDK
			name: "all errors, and the warnings",
			body: head + `"paths": {
				"/subject": {"get": {"x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:x"},
					"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Missing"}}}},
						"201": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}}},
				"/{id}": {}, "/{other}": {}},
				"components": {"schemas": {"Some_Type": {"type": "object"}, "Feed": {"$ref": "https://example.com/feed"}}}}`,
			want: "BadRequestException: Errors found during import:\n" +
				"\tUnable to create model for 'Some_Type': Model name must be alphanumeric: Some_Type\n" +
				"\tUnable to create model for 'Feed': Invalid model specified: Validation Result: warnings : [], errors : [Model reference must be in canonical form]\n" +
				"\tUnable to put integration on 'GET' for resource at path '/subject': AWS ARN for integration must contain path or action\n" +
				"\tUnable to create resource at path '/{other}': A sibling ({id}) of this resource already has a variable path part -- only one is allowed\n" +
				"Additionally, these warnings were found:\n" +
				"\tReference to model 'Missing' not found. Ignoring.\n" +
				"\tUnsupported model type 'StringSchema' in 201 response to method 'GET /subject'. Ignoring.",
		},
		{ // public reports: aws-api-gateway notes, README
			name: "security that REST APIs do not have", strict: true,
			body: head + `"paths": {"/": {"get": {` + mock + `, "security": [{"oauth": []}]}}}, "components": {"securitySchemes": {"oauth": {"type": "oauth2"}, "basicAuth": {"type": "http"}}}}`,
			want: "BadRequestException: Warnings found during import:\n\tUnsupported security definition type 'oauth2' for 'oauth'. Ignoring.\n" +
				"\tUnsupported security definition type 'http' for 'basicAuth'. Ignoring.",
		},
		{ // floci-io/floci pull request 3549
			name: "a parameter's name", body: head + `"paths": {"/": {"get": {` + mock + `, "parameters": [{"name": "page[size]", "in": "query"}]}}}}`,
			want: "BadRequestException: Errors found during import:\n\tUnable to put method 'GET' on resource at path '/': Invalid mapping expression specified: " +
				"Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$]",
		},
		{
			name: "an unknown validator", body: head + `"paths": {"/": {"get": {` + mock + `, "x-amazon-apigateway-request-validator": "all"}}}}`,
			want: "BadRequestException: Errors found during import:\n\tUnable to put method 'GET' on resource at path '/': Invalid Request Validator identifier specified",
		},
		{
			name: "basepath", body: head + `"paths": {}}`, parameters: map[string]string{"basepath": "keep"},
			want: `BadRequestException: Invalid basepath "keep": must be one of ignore, prepend, split`,
		},
		{
			name: "too many resources", body: head + `"paths": {"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v": {}}}`,
			want: "LimitExceededException: Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			api := f.api()
			before := f.revision()
			parameters := tt.parameters
			refused(t, attempt(f, f.ImportRestApi, gen.ImportRestApiInput{Body: []byte(tt.body), FailOnWarnings: &tt.strict, Parameters: parameters}), tt.want)
			refused(t, attempt(f, f.PutRestApi, gen.PutRestApiInput{
				RestApiId: *api.Id, Body: []byte(tt.body), FailOnWarnings: &tt.strict, Parameters: parameters, Mode: new(gen.PutMode("overwrite")),
			}), tt.want)
			if after := f.revision(); after != before {
				t.Errorf("the store went from revision %d to %d", before, after)
			}
		})
	}
}

// The documents of TestPutRestAPI.
const (
	firstDocument = `
swagger: "2.0"
info: {title: first, version: "1", description: d}
x-amazon-apigateway-binary-media-types: [image/heif]
x-amazon-apigateway-gateway-responses: {DEFAULT_4XX: {statusCode: 418}}
x-amazon-apigateway-minimum-compression-size: 10
x-amazon-apigateway-documentation: {documentationParts: [{location: {type: API}, properties: {a: 1}}]}
paths:
  /a:
    get: {responses: {200: {description: ok}, 206: {description: ok}}, x-amazon-apigateway-integration: {type: mock}}
    post: {responses: {200: {description: ok}, 206: {description: ok}}, x-amazon-apigateway-integration: {type: mock}}
  /b/{id}: {get: {x-amazon-apigateway-integration: {type: mock}}}
definitions: {One: {type: object}, Two: {type: object}}
`
	secondDocument = `
swagger: "2.0"
info: {title: second, version: "2"}
x-amazon-apigateway-binary-media-types: [image/png, image/jpg]
paths:
  /a:
    get: {responses: {200: {description: ok}, 400: {description: ok}}, x-amazon-apigateway-integration: {type: mock}}
  /c: {get: {x-amazon-apigateway-integration: {type: mock}}}
definitions: {Two: {type: array}, Three: {type: object}}
`
)

// TestPutRestAPI holds merging and overwriting to the developer guide ("Import an OpenAPI file to update an existing API
// definition") and to recordings (test_put_rest_api_mode_binary_media_types, test_import_rest_api_with_base_path_oas30).
func TestPutRestAPI(t *testing.T) {
	for _, tt := range []struct {
		mode      *gen.PutMode
		media     []string
		paths     []string
		models    []string
		compress  bool
		responses int
	}{
		{new(gen.PutMode("merge")), []string{"image/heif", "image/png", "image/jpg"}, []string{"/", "/a", "/b", "/b/{id}", "/c"}, []string{"One", "Three", "Two"}, true, 1},
		{nil, []string{"image/heif", "image/png", "image/jpg"}, []string{"/", "/a", "/b", "/b/{id}", "/c"}, []string{"One", "Three", "Two"}, true, 1},
		{new(gen.PutMode("overwrite")), []string{"image/png", "image/jpg"}, []string{"/", "/a", "/c"}, []string{"Three", "Two"}, false, 0},
	} {
		f := newFixture(t)
		made := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: []byte(firstDocument), Parameters: map[string]string{"endpointConfigurationTypes": "REGIONAL"}})
		id := *made.Id
		idsBefore := f.paths(id)
		put := do(f, f.PutRestApi, gen.PutRestApiInput{RestApiId: id, Body: []byte(secondDocument), Mode: tt.mode})
		if *put.Name != "second" || *put.Version != "2" || *put.RootResourceId != *made.RootResourceId || put.Tags == nil ||
			string(put.EndpointConfiguration.Types[0]) != "REGIONAL" || (put.MinimumCompressionSize != nil) != tt.compress || (put.Description != nil) != tt.compress {
			t.Errorf("%+v", put)
		}
		if !has(put.BinaryMediaTypes, tt.media...) {
			t.Errorf("media types %v, want %v", put.BinaryMediaTypes, tt.media)
		}
		paths := f.paths(id)
		if got := slices.Sorted(maps.Keys(paths)); !has(got, tt.paths...) {
			t.Errorf("paths %v, want %v", got, tt.paths)
		}
		a := paths["/a"]
		if *a.Id != *idsBefore["/a"].Id || *paths["/"].Id != *made.RootResourceId {
			t.Error("the ids of paths that stayed have changed")
		}
		if got := slices.Sorted(maps.Keys(a.ResourceMethods["GET"].MethodResponses)); !has(got, "200", "400") {
			t.Errorf("GET /a responds %v", got)
		}
		if _, there := a.ResourceMethods["POST"]; there != tt.compress {
			t.Errorf("POST /a: %v", there)
		}
		var names []string
		for _, model := range do(f, f.GetModels, gen.GetModelsInput{RestApiId: id}).Items {
			names = append(names, *model.Name)
		}
		if !has(names, tt.models...) {
			t.Errorf("models %v, want %v", names, tt.models)
		}
		custom := 0
		for _, response := range do(f, f.GetGatewayResponses, gen.GetGatewayResponsesInput{RestApiId: id}).Items {
			if !*response.DefaultResponse {
				custom++
			}
		}
		if custom != tt.responses {
			t.Errorf("%d gateway responses, want %d", custom, tt.responses)
		}
	}
}

func (f *fixture) paths(apiID string) map[string]gen.Resource {
	f.Helper()
	paths := map[string]gen.Resource{}
	for _, resource := range do(f, f.GetResources, gen.GetResourcesInput{RestApiId: apiID, Embed: []string{"methods"}}).Items {
		paths[*resource.Path] = resource
	}
	return paths
}

// TestPutRestAPIOfTerraform puts what Terraform sent, with authorizers and methods as it would then ask for them.
func TestPutRestAPIOfTerraform(t *testing.T) {
	body, err := os.ReadFile("testdata/terraform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	api := f.api()
	put := do(f, f.PutRestApi, gen.PutRestApiInput{RestApiId: *api.Id, Body: body, Mode: new(gen.PutMode("overwrite"))})
	if *put.RootResourceId != *api.RootResourceId || len(put.Warnings) > 0 {
		t.Errorf("root %s, want %s; warnings %v", *put.RootResourceId, *api.RootResourceId, put.Warnings)
	}
	users := f.paths(*api.Id)["/users"]
	get := users.ResourceMethods["GET"]
	if *get.OperationName != "listUsers" || get.RequestValidatorId == nil || !maps.Equal(get.RequestParameters, map[string]bool{
		"method.request.querystring.limit": false, "method.request.querystring.cursor": false,
	}) || get.MethodResponses["200"].ResponseModels["application/json"] != "UserList" {
		t.Errorf("%+v", get)
	}
	if model := users.ResourceMethods["POST"].RequestModels["application/json"]; model != "CreateUserRequest" {
		t.Errorf("POST takes %q", model)
	}
}

func TestImportSettings(t *testing.T) {
	const doc = `
openapi: 3.0.1
info: {title: t}
tags: [{name: team, x-amazon-apigateway-tag-value: core}, {name: pets, description: no tag}]
servers:
  - url: "https://x/{basePath}"
    variables: {basePath: {default: v1}}
    x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true, vpcEndpointIds: [vpce-1]}
x-amazon-apigateway-api-key-source: authorizer
x-amazon-apigateway-security-policy: SecurityPolicy_TLS13_1_3_2025_09
x-amazon-apigateway-endpoint-access-mode: STRICT
x-amazon-apigateway-policy:
  Version: "2012-10-17"
  Statement: [{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}]
paths:
  /x:
    get:
      security: [{key: []}, {iam: []}]
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: any
        uri: "https://${stageVariables.host}/${AWS::Region}/${AWS::AccountId}"
        tlsConfig: {insecureSkipVerification: true}
        timeoutInMillis: 1000
      responses: {2XX: {description: no status}, default: {description: ignored}}
components:
  securitySchemes:
    key: {type: apiKey, name: X-API-Key, in: header}
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
`
	f := newFixture(t)
	api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: []byte(doc), Parameters: map[string]string{"endpointConfigurationTypes": "PRIVATE", "basepath": "prepend"}})
	if *api.ApiKeySource != "AUTHORIZER" || !*api.DisableExecuteApiEndpoint || api.Tags["team"] != "core" || len(api.Tags) != 1 ||
		!has(api.EndpointConfiguration.VpcEndpointIds, "vpce-1") || *api.EndpointConfiguration.IpAddressType != "dualstack" ||
		*api.SecurityPolicy != "SecurityPolicy_TLS13_1_3_2025_09" || *api.EndpointAccessMode != "STRICT" || api.Policy == nil ||
		!strings.Contains(*api.Policy, *api.Id+`/*`) {
		t.Errorf("%+v", api)
	}
	if !has(api.Warnings, "Unsupported response code '2XX' in method 'GET /v1/x'. Ignoring.") {
		t.Errorf("warnings %q", api.Warnings)
	}
	get := f.paths(*api.Id)["/v1/x"].ResourceMethods["GET"]
	if in := get.MethodIntegration; *get.AuthorizationType != "AWS_IAM" || !*get.ApiKeyRequired || *in.TimeoutInMillis != 1000 || *in.HttpMethod != "ANY" ||
		*in.Uri != "https://${stageVariables.host}/eu-west-1/111111111111" || !*in.TlsConfig.InsecureSkipVerification {
		t.Errorf("%+v %+v", get, in)
	}
}
