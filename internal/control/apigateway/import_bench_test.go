package apigateway

import (
	"fmt"
	"strings"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// wholeDocument has n paths with two methods each that use all that methods can have.
func wholeDocument(n int) []byte {
	var b strings.Builder
	b.WriteString(`openapi: 3.0.1
info: {title: whole, version: "1"}
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}
x-amazon-apigateway-request-validator: all
components:
  schemas:
    Pet: {type: object, properties: {name: {type: string}, owner: {$ref: "#/components/schemas/Owner"}}}
    Owner: {type: object, properties: {pets: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer:
        type: cognito_user_pools
        providerARNs: ["arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_a"]
paths:
`)
	for i := range n {
		fmt.Fprintf(&b, "  /r%d:\n", i)
		for _, verb := range []string{"get", "post"} {
			fmt.Fprintf(&b, `    %[1]s:
      operationId: %[1]s%[2]d
      security: [{pool: [read]}, {key: []}]
      parameters: [{name: q, in: query, required: true}, {name: X, in: header}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        200: {description: ok, headers: {X: {schema: {type: string}}}, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        400: {description: bad, headers: {X: {schema: {type: string}}}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://example.com/r%[2]d
        requestParameters: {integration.request.header.Q: method.request.querystring.q}
        requestTemplates: {application/json: "{\"a\":$input.json('$.b')}"}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X: "'x'"}, responseTemplates: {application/json: "$input.json('$')"}}
          4\d{2}: {statusCode: 400, responseParameters: {method.response.header.X: "'y'"}}
`, verb, i)
		}
	}
	return []byte(b.String())
}

// BenchmarkImportAndDeploy is of an API of 300 resources; the target is 0.5 s.
func BenchmarkImportAndDeploy(b *testing.B) {
	f := newFixture(b)
	f.Quotas.ResourcesPerAPI = 300
	doc := wholeDocument(300)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: doc, FailOnWarnings: new(true)})
		do(f, f.CreateDeployment, gen.CreateDeploymentInput{RestApiId: *api.Id, StageName: new("test")})
	}
}
