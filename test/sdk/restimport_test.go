package sdk

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// TestRestImportAndExport puts a document into an API, deploys and exports it, and imports the export.
func TestRestImportAndExport(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	const document = `
openapi: 3.0.1
info: {title: pets, version: "1"}
paths:
  /pets: {get: {responses: {200: {description: ok}}, x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}
`
	put := must(r.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: r.id, Mode: types.PutModeMerge, Body: []byte(document), FailOnWarnings: true}))
	equal(t, "name", *put.Name, "pets")
	equal(t, "root", *put.RootResourceId, *r.root)
	must(r.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: r.id, StageName: aws.String("v1")}))
	export := must(r.GetExport(ctx, &apigateway.GetExportInput{
		RestApiId: r.id, StageName: aws.String("v1"), ExportType: aws.String("oas30"),
		Parameters: map[string]string{"extensions": "apigateway"},
	}))
	equal(t, "disposition", *export.ContentDisposition, `attachment; filename="oas30_1.json"`)
	if !strings.HasPrefix(string(export.Body), "{\n  \"openapi\" : \"3.0.1\"") {
		t.Errorf("exported %.200s", export.Body)
	}
	again := must(r.ImportRestApi(ctx, &apigateway.ImportRestApiInput{Body: export.Body, FailOnWarnings: true, Parameters: map[string]string{"basepath": "prepend"}}))
	resources := must(r.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: again.Id}))
	equal(t, "resources", len(resources.Items), 3)
	_, err := r.PutRestApi(ctx, &apigateway.PutRestApiInput{RestApiId: r.id, Body: []byte("a: [")})
	if _, refused := errors.AsType[*types.BadRequestException](err); !refused {
		t.Errorf("got %v", err)
	}
}
