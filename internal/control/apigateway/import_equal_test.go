package apigateway

import (
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestImportsEqualCalls makes the API of the document below by calls, one for each part of it: both freeze to the same.
func TestImportsEqualCalls(t *testing.T) {
	const doc = `
openapi: 3.0.1
info: {title: same, version: "1", description: d}
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}
x-amazon-apigateway-gateway-responses: {THROTTLED: {responseTemplates: {application/json: slow}}}
components:
  schemas: {Pet: {type: object}}
  securitySchemes:
    token:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/invocations"}
paths:
  /pets/{id}:
    post:
      operationId: change
      security: [{token: []}]
      parameters: [{name: q, in: query, required: true}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {200: {description: ok, headers: {X: {schema: {type: string}}}, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
      x-amazon-apigateway-request-validator: all
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://example.com/{id}
        requestParameters: {integration.request.path.id: method.request.path.id}
        responses: {5\d\d: {statusCode: 200, responseParameters: {method.response.header.X: "'x'"}, responseTemplates: {application/json: "{}"}}}
`
	f := newFixture(t)
	imported := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: []byte(doc), FailOnWarnings: new(true)})
	made := f.makeSame()
	compare(t, "snapshot", named(t, f.snapshot(*imported.Id)), named(t, f.snapshot(made)))
}

// makeSame makes the API of TestImportsEqualCalls.
func (f *fixture) makeSame() (apiID string) {
	f.Helper()
	api := do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("same"), Version: new("1"), Description: new("d")})
	id, json := *api.Id, "application/json"
	for _, name := range []string{"Empty", "Error"} { // those of the document alone (fact 48)
		do(f, f.DeleteModel, gen.DeleteModelInput{RestApiId: id, ModelName: name})
	}
	do(f, f.CreateModel, gen.CreateModelInput{RestApiId: id, Name: new("Pet"), ContentType: &json, Schema: new(`{"type":"object"}`)})
	validator := do(f, f.CreateRequestValidator, gen.CreateRequestValidatorInput{
		RestApiId: id, Name: new("all"), ValidateRequestBody: new(true), ValidateRequestParameters: new(true),
	})
	authorizer := do(f, f.CreateAuthorizer, gen.CreateAuthorizerInput{
		RestApiId: id, Name: new("token"), Type: new(gen.AuthorizerTypeToken), IdentitySource: new("method.request.header.Authorization"),
		AuthorizerUri: new("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/invocations"),
	})
	do(f, f.PutGatewayResponse, gen.PutGatewayResponseInput{RestApiId: id, ResponseType: "THROTTLED", ResponseTemplates: map[string]string{json: "slow"}})
	pets := do(f, f.CreateResource, gen.CreateResourceInput{RestApiId: id, ParentId: *api.RootResourceId, PathPart: new("pets")})
	pet := *do(f, f.CreateResource, gen.CreateResourceInput{RestApiId: id, ParentId: *pets.Id, PathPart: new("{id}")}).Id
	do(f, f.PutMethod, gen.PutMethodInput{
		RestApiId: id, ResourceId: pet, HttpMethod: "POST", AuthorizationType: new("CUSTOM"), AuthorizerId: authorizer.Id, OperationName: new("change"),
		RequestParameters: map[string]bool{"method.request.querystring.q": true, "method.request.path.id": true},
		RequestModels:     map[string]string{json: "Pet"}, RequestValidatorId: validator.Id,
	})
	do(f, f.PutMethodResponse, gen.PutMethodResponseInput{
		RestApiId: id, ResourceId: pet, HttpMethod: "POST", StatusCode: "200", ResponseModels: map[string]string{json: "Pet"},
		ResponseParameters: map[string]bool{"method.response.header.X": false},
	})
	do(f, f.PutIntegration, gen.PutIntegrationInput{
		RestApiId: id, ResourceId: pet, HttpMethod: "POST", Type: new(gen.IntegrationTypeHttp), IntegrationHttpMethod: new("POST"), Uri: new("http://example.com/{id}"),
		RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"},
	})
	do(f, f.PutIntegrationResponse, gen.PutIntegrationResponseInput{
		RestApiId: id, ResourceId: pet, HttpMethod: "POST", StatusCode: "200", SelectionPattern: new(`5\d\d`),
		ResponseParameters: map[string]string{"method.response.header.X": "'x'"}, ResponseTemplates: map[string]string{json: "{}"},
	})
	return id
}
