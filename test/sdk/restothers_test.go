package sdk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// TestRestDocumentation imports, changes and removes parts and versions.
func TestRestDocumentation(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	imported := must(r.ImportDocumentationParts(ctx, &apigateway.ImportDocumentationPartsInput{
		RestApiId: r.id, Mode: types.PutModeOverwrite,
		Body: []byte(`{"openapi":"3.0.0","x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"API"},"properties":{"description":"d"}}]}}`),
	}))
	equal(t, "imported", len(imported.Ids), 1)
	part := aws.String(imported.Ids[0])
	must(r.UpdateDocumentationPart(ctx, &apigateway.UpdateDocumentationPartInput{
		RestApiId: r.id, DocumentationPartId: part, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/properties", `{"description":"e"}`)},
	}))
	got := must(r.GetDocumentationPart(ctx, &apigateway.GetDocumentationPartInput{RestApiId: r.id, DocumentationPartId: part}))
	equal(t, "part", *got.Properties, `{"description":"e"}`)
	equal(t, "parts", len(must(r.GetDocumentationParts(ctx, &apigateway.GetDocumentationPartsInput{RestApiId: r.id})).Items), 1)

	version := aws.String("1")
	must(r.CreateDocumentationVersion(ctx, &apigateway.CreateDocumentationVersionInput{RestApiId: r.id, DocumentationVersion: version}))
	must(r.UpdateDocumentationVersion(ctx, &apigateway.UpdateDocumentationVersionInput{
		RestApiId: r.id, DocumentationVersion: version, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/description", "d")},
	}))
	equal(t, "version", *must(r.GetDocumentationVersion(ctx, &apigateway.GetDocumentationVersionInput{RestApiId: r.id, DocumentationVersion: version})).Description, "d")
	must(r.DeleteDocumentationVersion(ctx, &apigateway.DeleteDocumentationVersionInput{RestApiId: r.id, DocumentationVersion: version}))
	equal(t, "versions", len(must(r.GetDocumentationVersions(ctx, &apigateway.GetDocumentationVersionsInput{RestApiId: r.id})).Items), 0)
}

// TestAccessAssociations makes, rejects and removes those of a private domain name.
func TestAccessAssociations(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	domain := must(r.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{
		DomainName: aws.String("private.example.com"), CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/1"),
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypePrivate}},
	}))
	var arns []*string
	for _, endpoint := range []string{"vpce-1", "vpce-2"} {
		arns = append(arns, must(r.CreateDomainNameAccessAssociation(ctx, &apigateway.CreateDomainNameAccessAssociationInput{
			DomainNameArn: domain.DomainNameArn, AccessAssociationSource: &endpoint, AccessAssociationSourceType: types.AccessAssociationSourceTypeVpce,
		})).DomainNameAccessAssociationArn)
	}
	must(r.RejectDomainNameAccessAssociation(ctx, &apigateway.RejectDomainNameAccessAssociationInput{DomainNameArn: domain.DomainNameArn, DomainNameAccessAssociationArn: arns[0]}))
	must(r.DeleteDomainNameAccessAssociation(ctx, &apigateway.DeleteDomainNameAccessAssociationInput{DomainNameAccessAssociationArn: arns[1]}))
	equal(t, "associations", len(must(r.GetDomainNameAccessAssociations(ctx, &apigateway.GetDomainNameAccessAssociationsInput{})).Items), 0)
}

// TestRestOddments are the operations that no other test of REST APIs needs.
func TestRestOddments(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	get, status := aws.String("GET"), aws.String("200")
	must(r.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: r.id, ResourceId: r.root, HttpMethod: get, AuthorizationType: aws.String("NONE")}))
	must(r.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: r.id, ResourceId: r.root, HttpMethod: get, StatusCode: status}))
	equal(t, "status", *must(r.GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{RestApiId: r.id, ResourceId: r.root, HttpMethod: get, StatusCode: status})).StatusCode, "200")

	pair := must(r.GenerateClientCertificate(ctx, &apigateway.GenerateClientCertificateInput{}))
	must(r.UpdateClientCertificate(ctx, &apigateway.UpdateClientCertificateInput{
		ClientCertificateId: pair.ClientCertificateId, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/description", "d")},
	}))
	equal(t, "certificate", *must(r.GetClientCertificate(ctx, &apigateway.GetClientCertificateInput{ClientCertificateId: pair.ClientCertificateId})).Description, "d")
	equal(t, "certificates", len(must(r.GetClientCertificates(ctx, &apigateway.GetClientCertificatesInput{})).Items), 1)

	key := must(r.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("k"), Enabled: true}))
	equal(t, "key", *must(r.GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: key.Id, IncludeValue: aws.Bool(true)})).Value, *key.Value)
	plan := must(r.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{Name: aws.String("p")}))
	equal(t, "plan", *must(r.GetUsagePlan(ctx, &apigateway.GetUsagePlanInput{UsagePlanId: plan.Id})).Name, "p")
	must(r.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
	must(r.DeleteUsagePlanKey(ctx, &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id}))
	var missing *types.NotFoundException
	if _, err := r.GetUsagePlanKey(ctx, &apigateway.GetUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id}); !errors.As(err, &missing) {
		t.Errorf("a key that was taken out: %v", err)
	}
}

// TestEveryRestOperation: each operation of REST APIs that is built is driven by one of AWS's clients: by this SDK here, or by
// the AWS CLI or boto3 in a script.
func TestEveryRestOperation(t *testing.T) {
	var list struct {
		Services []struct {
			Package string
			Built   []string
		}
	}
	text, err := os.ReadFile("../../tools/wiregen/services.json")
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	var clients strings.Builder
	for _, pattern := range []string{"*_test.go", "../script/testdata/*.txtar"} {
		for _, file := range must(filepath.Glob(pattern)) {
			clients.Write(must(os.ReadFile(file)))
		}
	}
	upper := regexp.MustCompile(`([a-z0-9])([A-Z])`)
	for _, service := range list.Services {
		if service.Package != "apigateway" {
			continue
		}
		for _, operation := range service.Built {
			words := strings.ToLower(upper.ReplaceAllString(operation, "$1-$2"))
			by := regexp.MustCompile(`\b(r|c|client)\.` + operation + `\(|apigateway ` + words + `\b|\.` + strings.ReplaceAll(words, "-", "_") + `\(`)
			if !by.MatchString(clients.String()) {
				t.Errorf("no client drives %s", operation)
			}
		}
	}
}
