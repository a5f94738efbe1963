package apigateway

import (
	"archive/zip"
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/state"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func documented(kind gen.DocumentationPartType, properties string) gen.CreateDocumentationPartInput {
	return gen.CreateDocumentationPartInput{Location: &gen.DocumentationPartLocation{Type: &kind}, Properties: &properties}
}

// TestDocumentationParts follows test_documentation_part_lifecycle and the tests of its refusals, recorded on AWS.
func TestDocumentationParts(t *testing.T) {
	f := newFixture(t)
	api := *f.api().Id
	in := documented("API", `{ "description": "Sample API description" }`)
	in.RestApiId = api
	made := do(f, f.CreateDocumentationPart, in)
	if len(*made.Id) != 6 || *made.Location.Type != "API" || made.Location.Path != nil || *made.Properties != *in.Properties {
		t.Errorf("made %+v", made)
	}
	update := func(lines ...string) gen.UpdateDocumentationPartInput {
		return gen.UpdateDocumentationPartInput{RestApiId: api, DocumentationPartId: *made.Id, PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateDocumentationPart, update(`replace /properties {"description":"Updated"}`)); *got.Properties != `{"description":"Updated"}` {
		t.Errorf("updated %+v", got)
	}
	method := documented("METHOD", `{}`)
	method.RestApiId, method.Location.Path, method.Location.Method = api, new("/"), new("GET")
	do(f, f.CreateDocumentationPart, method)
	list := func(change func(*gen.GetDocumentationPartsInput)) int {
		in := gen.GetDocumentationPartsInput{RestApiId: api}
		change(&in)
		return len(do(f, f.GetDocumentationParts, in).Items)
	}
	if list(func(*gen.GetDocumentationPartsInput) {}) != 2 || list(func(i *gen.GetDocumentationPartsInput) { i.Type = new(gen.DocumentationPartTypeMethod) }) != 1 ||
		list(func(i *gen.GetDocumentationPartsInput) { i.Path = new("/") }) != 1 || list(func(i *gen.GetDocumentationPartsInput) { i.NameQuery = new("x") }) != 0 ||
		list(func(i *gen.GetDocumentationPartsInput) { i.LocationStatus = new(gen.LocationStatusTypeDocumented) }) != 2 {
		t.Error("the filters are wrong")
	}
	const bad, gone, noAPI = "BadRequestException: ", "NotFoundException: Invalid Documentation part identifier specified", "NotFoundException: Invalid API identifier specified 111111111111:api_id"
	for op, want := range map[string]string{
		"add /properties x":        bad + "Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations",
		"replace /invalidPath x":   bad + "Invalid patch path  '/invalidPath' specified for op 'replace'. Must be one of: [/properties]",
		"replace /properties -":    bad + "Documentation part properties must be non-empty",
		"replace /properties []":   bad + "Documentation part properties must be a JSON object",
		"replace /properties {\"a": bad + "Documentation part properties must be a JSON object",
	} {
		refused(t, attempt(f, f.UpdateDocumentationPart, update(op)), want)
	}
	refused(t, attempt(f, f.GetDocumentationPart, gen.GetDocumentationPartInput{RestApiId: "api_id", DocumentationPartId: *made.Id}), gone)
	refused(t, attempt(f, f.UpdateDocumentationPart, gen.UpdateDocumentationPartInput{RestApiId: "api_id", DocumentationPartId: *made.Id}), gone)
	refused(t, attempt(f, f.GetDocumentationParts, gen.GetDocumentationPartsInput{RestApiId: "api_id"}), noAPI)
	refused(t, attempt(f, f.DeleteDocumentationPart, gen.DeleteDocumentationPartInput{RestApiId: "api_id", DocumentationPartId: *made.Id}), noAPI)
	refused(t, attempt(f, f.GetDocumentationParts, gen.GetDocumentationPartsInput{RestApiId: api, LocationStatus: new(gen.LocationStatusTypeUndocumented)}),
		"NotImplementedException: apigateway:GetDocumentationParts with the location status UNDOCUMENTED is not built in Dipylon yet.")
	for name, tt := range map[string]struct {
		change func(*gen.CreateDocumentationPartInput)
		want   string
	}{
		"unknown API":      {func(i *gen.CreateDocumentationPartInput) { i.RestApiId = "api_id" }, noAPI},
		"twice":            {func(*gen.CreateDocumentationPartInput) {}, "ConflictException: Documentation part already exists for the specified location: type 'API'."},
		"empty properties": {func(i *gen.CreateDocumentationPartInput) { i.Properties = new("") }, bad + "Documentation part properties must be non-empty"},
		"path of an API":   {func(i *gen.CreateDocumentationPartInput) { i.Location.Path = new("/") }, bad + "Invalid documentation part location: the type API has no path"},
		"model's name":     {func(i *gen.CreateDocumentationPartInput) { i.Location.Type = new(gen.DocumentationPartTypeModel) }, bad + "Invalid documentation part location: the type MODEL needs a name"},
		"status": {func(i *gen.CreateDocumentationPartInput) {
			i.Location.Type, i.Location.StatusCode = new(gen.DocumentationPartTypeMethod), new("200")
		}, bad + "Invalid documentation part location: the type METHOD has no statusCode"},
	} {
		t.Run(name, func(t *testing.T) {
			in := documented("API", "{}")
			in.RestApiId = api
			tt.change(&in)
			refused(t, attempt(f, f.CreateDocumentationPart, in), tt.want)
		})
	}
	do(f, f.DeleteDocumentationPart, gen.DeleteDocumentationPartInput{RestApiId: api, DocumentationPartId: *made.Id})
	refused(t, attempt(f, f.DeleteDocumentationPart, gen.DeleteDocumentationPartInput{RestApiId: api, DocumentationPartId: *made.Id}), gone)
}

// TestImportDocumentation follows test_import_documentation_parts and test_import_documentation_parts_bad_file, recorded on AWS.
func TestImportDocumentation(t *testing.T) {
	f := newFixture(t)
	api := *f.api().Id
	const file = `{"openapi": "3.0.0", "x-amazon-apigateway-documentation": {"version": "1.0.3", "documentationParts": [
		{"location": {"type": "API"}, "properties": {"description": "API description", "info": {"version": "3"}}},
		{"location": {"type": "METHOD", "path": "/", "method": "GET"}, "properties": {"description": "Method description."}},
		{"location": {"type": "MODEL", "name": "Empty"}, "properties": {"title": "Empty Schema"}},
		{"location": {"type": "RESPONSE", "path": "/", "method": "GET", "statusCode": "200"}, "properties": "{\"description\":\"200 response\"}"}]}}`
	in := gen.ImportDocumentationPartsInput{RestApiId: api, Body: []byte(file), Mode: new(gen.PutModeOverwrite), FailOnWarnings: new(true)}
	out := do(f, f.ImportDocumentationParts, in)
	if len(out.Ids) != 4 || out.Warnings != nil {
		t.Fatalf("imported %+v", out)
	}
	in.Mode = new(gen.PutModeMerge)
	if again := do(f, f.ImportDocumentationParts, in); !has(again.Ids, out.Ids...) {
		t.Errorf("merged: %v, want %v", again.Ids, out.Ids)
	}
	if got := do(f, f.GetDocumentationPart, gen.GetDocumentationPartInput{RestApiId: api, DocumentationPartId: out.Ids[0]}); *got.Properties != `{"description":"API description","info":{"version":"3"}}` {
		t.Errorf("have %s", *got.Properties)
	}
	in.Body = []byte("openapi: 3.0.0\nx-amazon-apigateway-documentation:\n  documentationParts:\n  - location: {type: API}\n    properties: {a: 1}\n  - location: {type: NO}\n    properties: {a: 1}\n  - properties: {}\n")
	refused(t, attempt(f, f.ImportDocumentationParts, in), "BadRequestException: Warnings found during import: Documentation part 2: ...")
	in.FailOnWarnings, in.Mode = nil, new(gen.PutModeOverwrite)
	if out := do(f, f.ImportDocumentationParts, in); len(out.Ids) != 1 || len(out.Warnings) != 2 {
		t.Errorf("imported %+v", out)
	}
	if list := do(f, f.GetDocumentationParts, gen.GetDocumentationPartsInput{RestApiId: api}); len(list.Items) != 1 {
		t.Errorf("have %+v", list.Items)
	}
	for name, body := range map[string]string{
		"YAML": "test:\n    value:\n        - \"value ... \\\"escaped\\\": $var, \"dt\": $(var +\"%a\")}\\\"\n",
		"JSON": `{"a": `, "empty": "", "a list": "[]", "text": "hello",
	} {
		in.Body = []byte(body)
		t.Run(name, func(t *testing.T) {
			refused(t, attempt(f, f.ImportDocumentationParts, in), "BadRequestException: Unable to build importer with provided input.")
		})
	}
	in.Body, in.RestApiId = []byte(file), "api_id"
	refused(t, attempt(f, f.ImportDocumentationParts, in), "NotFoundException: Invalid API identifier specified 111111111111:api_id")
}

// FuzzReadDocumentation: a file gives parts that can be stored, or an error that AWS has.
func FuzzReadDocumentation(f *testing.F) {
	f.Add([]byte(`{"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"API"},"properties":{"a":1}}]}}`))
	f.Add([]byte("x-amazon-apigateway-documentation:\n  documentationParts: [{location: 1, properties: []}, null]\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		parts, _, err := readDocumentation(body)
		if err != nil {
			refused(t, err, "BadRequestException: ...")
		}
		for _, part := range parts {
			if err := checkPart(part); err != nil {
				t.Errorf("%+v: %v", part, err)
			}
		}
	})
}

// TestDocumentationVersions follows test_documentation_parts_and_versions, recorded on AWS.
func TestDocumentationVersions(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	in := documented("API", `{"foo":"bar"}`)
	in.RestApiId = tr.api
	do(f, f.CreateDocumentationPart, in)
	create := gen.CreateDocumentationVersionInput{RestApiId: tr.api, DocumentationVersion: new("v123"), StageName: new("dev")}
	made := do(f, f.CreateDocumentationVersion, create)
	if *made.Version != "v123" || made.Description != nil || made.CreatedDate == nil {
		t.Errorf("made %+v", made)
	}
	if got := do(f, f.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "dev"}); *got.DocumentationVersion != "v123" {
		t.Errorf("the stage has %+v", got)
	}
	got := do(f, f.UpdateDocumentationVersion, gen.UpdateDocumentationVersionInput{RestApiId: tr.api, DocumentationVersion: "v123", PatchOperations: ops("replace /description doc version new")})
	if *got.Description != "doc version new" || !got.CreatedDate.Equal(*made.CreatedDate) {
		t.Errorf("updated %+v", got)
	}
	if list := do(f, f.GetDocumentationVersions, gen.GetDocumentationVersionsInput{RestApiId: tr.api}); len(list.Items) != 1 {
		t.Errorf("listed %+v", list)
	}
	refused(t, attempt(f, f.CreateDocumentationVersion, create), "ConflictException: ...")
	create.DocumentationVersion = new("")
	refused(t, attempt(f, f.CreateDocumentationVersion, create), "BadRequestException: ...")
	create.DocumentationVersion, create.StageName = new("v2"), new("other")
	refused(t, attempt(f, f.CreateDocumentationVersion, create), "NotFoundException: Invalid stage identifier specified")
	do(f, f.DeleteDocumentationVersion, gen.DeleteDocumentationVersionInput{RestApiId: tr.api, DocumentationVersion: "v123"})
	if got := do(f, f.GetStage, gen.GetStageInput{RestApiId: tr.api, StageName: "dev"}); got.DocumentationVersion != nil {
		t.Errorf("the stage has %+v", got)
	}
	const missing = "NotFoundException: Invalid Documentation version specified"
	refused(t, attempt(f, f.GetDocumentationVersion, gen.GetDocumentationVersionInput{RestApiId: tr.api, DocumentationVersion: "v123"}), missing)
	refused(t, attempt(f, f.UpdateDocumentationVersion, gen.UpdateDocumentationVersionInput{RestApiId: tr.api, DocumentationVersion: "v2"}), missing)
	refused(t, attempt(f, f.DeleteDocumentationVersion, gen.DeleteDocumentationVersionInput{RestApiId: "other", DocumentationVersion: "v123"}), missing)
}

// TestClientCertificates: the pair is real, holds for a year, and the key is not shown.
func TestClientCertificates(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	made := do(f, f.GenerateClientCertificate, gen.GenerateClientCertificateInput{Description: new("d")})
	block, rest := pem.Decode([]byte(*made.PemEncodedCertificate))
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Fatalf("the certificate is %q", *made.PemEncodedCertificate)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := certificate.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 2048 || certificate.Subject.String() != "CN=ApiGateway,L=Seattle,C=US" ||
		!certificate.NotAfter.Equal(*made.ExpirationDate) || !made.ExpirationDate.Equal(f.now.Truncate(time.Second).AddDate(1, 0, 0)) || certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature) != nil {
		t.Errorf("the certificate is of %s until %s", certificate.Subject, certificate.NotAfter)
	}
	err = f.view(t.Context(), f.call, func(r reader) error {
		stored, err := state.ClientCertificates().Get(r, r.key("", *made.ClientCertificateId))
		if err == nil {
			_, err = tls.X509KeyPair([]byte(stored.Certificate), []byte(stored.PrivateKey))
		}
		return err
	})
	if err != nil {
		t.Errorf("the pair does not belong together: %v", err)
	}
	if got := tr.patchStage("replace /clientCertificateId " + *made.ClientCertificateId); *got.ClientCertificateId != *made.ClientCertificateId {
		t.Errorf("the stage has %+v", got)
	}
	remove := gen.DeleteClientCertificateInput{ClientCertificateId: *made.ClientCertificateId}
	refused(t, attempt(f, f.DeleteClientCertificate, remove), "BadRequestException: Client certificate "+*made.ClientCertificateId+" is used by stage dev...")
	tr.patchStage("replace /clientCertificateId ") // Terraform's way to detach it
	got := do(f, f.UpdateClientCertificate, gen.UpdateClientCertificateInput{ClientCertificateId: *made.ClientCertificateId, PatchOperations: ops("replace /description e")})
	if *got.Description != "e" || *got.PemEncodedCertificate != *made.PemEncodedCertificate {
		t.Errorf("updated %+v", got)
	}
	if list := do(f, f.GetClientCertificates, gen.GetClientCertificatesInput{}); len(list.Items) != 1 {
		t.Errorf("listed %+v", list)
	}
	do(f, f.DeleteClientCertificate, remove)
	const missing = "NotFoundException: Invalid Client Certificate identifier specified"
	refused(t, attempt(f, f.DeleteClientCertificate, remove), missing)
	refused(t, attempt(f, f.GetClientCertificate, gen.GetClientCertificateInput{ClientCertificateId: "x"}), missing)
	refused(t, attempt(f, f.UpdateClientCertificate, gen.UpdateClientCertificateInput{ClientCertificateId: "x"}), missing)
	refused(t, attempt(f, f.GenerateClientCertificate, gen.GenerateClientCertificateInput{Tags: map[string]string{"": ""}}), "BadRequestException: Invalid tag...")
}

// TestVPCLinks follows TestApiGatewayVpcLink's tests, recorded on AWS.
func TestVPCLinks(t *testing.T) {
	tr := newDeployable(t)
	f := tr.fixture
	const arn = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/n/1"
	made := do(f, f.CreateVpcLink, gen.CreateVpcLinkInput{Name: new("l"), TargetArns: []string{arn}})
	if *made.Status != "PENDING" || made.StatusMessage != nil || made.Tags != nil || !has(made.TargetArns, arn) {
		t.Errorf("made %+v", made)
	}
	got := do(f, f.GetVpcLink, gen.GetVpcLinkInput{VpcLinkId: *made.Id})
	if *got.Status != "AVAILABLE" || *got.StatusMessage != "Your vpc link is ready for use" || got.Tags == nil {
		t.Errorf("got %+v", got)
	}
	if list := do(f, f.GetVpcLinks, gen.GetVpcLinksInput{}); len(list.Items) != 1 || list.Items[0].Tags != nil || *list.Items[0].Status != "AVAILABLE" {
		t.Errorf("listed %+v", list)
	}
	update := func(lines ...string) gen.UpdateVpcLinkInput {
		return gen.UpdateVpcLinkInput{VpcLinkId: *made.Id, PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateVpcLink, update("replace /name l-updated", "replace /description d")); *got.Name != "l-updated" || *got.Description != "d" || *got.Status != "AVAILABLE" || got.Tags == nil {
		t.Errorf("updated %+v", got)
	}
	const bad, missing = "BadRequestException: ", "NotFoundException: Invalid Vpc Link identifier specified"
	for name, tt := range map[string]struct {
		in   gen.CreateVpcLinkInput
		want string
	}{
		"ARN":       {gen.CreateVpcLinkInput{Name: new("l"), TargetArns: []string{"invalid-arn"}}, bad + "Invalid ARN. ARN is not well formed invalid-arn"},
		"no name":   {gen.CreateVpcLinkInput{Name: new(""), TargetArns: []string{arn}}, bad + "Name cannot be empty"},
		"no target": {gen.CreateVpcLinkInput{Name: new("l"), TargetArns: []string{}}, bad + "At least one target ARN must be specified"},
		"tag":       {gen.CreateVpcLinkInput{Name: new("l"), TargetArns: []string{arn}, Tags: map[string]string{"aws:x": "y"}}, bad + "Invalid tag..."},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(f, f.CreateVpcLink, tt.in), tt.want) })
	}
	refused(t, attempt(f, f.UpdateVpcLink, update("replace /targetArns x")), bad+"Invalid patch path  '/targetArns' specified for op 'replace'. Must be one of: [/name, /description]")
	refused(t, attempt(f, f.UpdateVpcLink, update("replace /name -")), bad+"Name cannot be empty")
	do(f, f.PutIntegration, gen.PutIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"], HttpMethod: "GET", Type: new(gen.IntegrationTypeHttpProxy), IntegrationHttpMethod: new("GET"), Uri: new("http://example.com"), ConnectionType: new(gen.ConnectionTypeVpcLink), ConnectionId: made.Id})
	refused(t, attempt(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: *made.Id}), bad+"Cannot delete vpc link. Vpc link '"+*made.Id+"', is referenced in [GET:"+tr.ids["/pets"]+"] in format of [Method:Resource].")
	tr.method("/pets", "POST", nil)
	do(f, f.DeleteMethod, gen.DeleteMethodInput{RestApiId: tr.api, ResourceId: tr.ids["/pets"], HttpMethod: "GET"})
	do(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: *made.Id})
	refused(t, attempt(f, f.DeleteVpcLink, gen.DeleteVpcLinkInput{VpcLinkId: *made.Id}), missing)
	refused(t, attempt(f, f.GetVpcLink, gen.GetVpcLinkInput{VpcLinkId: "x"}), missing)
	refused(t, attempt(f, f.UpdateVpcLink, gen.UpdateVpcLinkInput{VpcLinkId: "x"}), missing)
}

// TestSDK: the archive holds a client of the stage's methods. test/script runs it.
func TestSDK(t *testing.T) {
	tr := newTree(t, "/pets", "/pets/{petId}", "/{proxy+}")
	f := tr.fixture
	tr.mock("/", "GET")
	tr.mock("/pets/{petId}", "GET")
	tr.mock("/{proxy+}", "ANY")
	tr.deploy(func(in *gen.CreateDeploymentInput) { in.StageName = new("dev") })
	out := do(f, f.GetSdk, gen.GetSdkInput{RestApiId: tr.api, StageName: "dev", SdkType: "javascript"})
	if *out.ContentType != "application/octet-stream" || *out.ContentDisposition != `attachment; filename="javascript_2026-01-02_03-04Z.zip"` {
		t.Errorf("answered %s %s", *out.ContentType, *out.ContentDisposition)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Body), int64(len(out.Body)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := archive.Open("apiGateway-js-sdk/apigClient.js")
	if err != nil {
		t.Fatal(err)
	}
	source, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name": "rootGet"`, `"name": "petsPetIdGet"`, `"name": "proxyPost"`, `"url": "http://` + tr.api + `.execute-api.eu-west-1.localhost/dev"`} {
		if !strings.Contains(string(source), want) {
			t.Errorf("%s is missing in %s", want, source)
		}
	}
	refused(t, attempt(f, f.GetSdk, gen.GetSdkInput{RestApiId: tr.api, StageName: "dev", SdkType: "java"}), "NotImplementedException: apigateway:GetSdk with the type java is not built in Dipylon yet.")
	refused(t, attempt(f, f.GetSdk, gen.GetSdkInput{RestApiId: tr.api, StageName: "dev", SdkType: "cobol"}), "NotFoundException: Invalid SDK type specified: cobol")
	refused(t, attempt(f, f.GetSdk, gen.GetSdkInput{RestApiId: tr.api, StageName: "x", SdkType: "javascript"}), "NotFoundException: Invalid stage identifier specified")
	if types := do(f, f.GetSdkTypes, gen.GetSdkTypesInput{}); len(types.Items) != 6 {
		t.Errorf("types %+v", types)
	}
	if ruby := do(f, f.GetSdkType, gen.GetSdkTypeInput{Id: "ruby"}); *ruby.FriendlyName != "Ruby" || *ruby.ConfigurationProperties[0].Name != "service.name" {
		t.Errorf("ruby %+v", ruby)
	}
	refused(t, attempt(f, f.GetSdkType, gen.GetSdkTypeInput{Id: "cobol"}), "NotFoundException: Invalid SDK type specified: cobol")
}
