package apigateway

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// deployed imports a document and deploys it to the stage "local".
func (f *fixture) deployed(body []byte) (apiID string) {
	f.Helper()
	api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: body})
	do(f, f.CreateDeployment, gen.CreateDeploymentInput{RestApiId: *api.Id, StageName: new("local")})
	return *api.Id
}

// TestExportsAreAWSs exports what the documents of testdata/export make and compares with what AWS exported.
func TestExportsAreAWSs(t *testing.T) {
	files, err := filepath.Glob("testdata/export/*.recorded")
	if err != nil || len(files) != 8 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	for _, file := range files {
		name, format, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".recorded"), ".")
		t.Run(name+" "+format, func(t *testing.T) {
			body, err := os.ReadFile("testdata/export/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			f.Endpoint = func(string, string) string { return "https://API.execute-api.us-east-1.amazonaws.com" }
			kind, extensions, _ := strings.Cut(format, "-")
			out := do(f, f.GetExport, gen.GetExportInput{
				RestApiId: f.deployed(body), StageName: "local", ExportType: kind, Parameters: map[string]string{"extensions": extensions},
			})
			var got, want any
			if err := json.Unmarshal(out.Body, &got); err != nil {
				t.Fatal(err)
			}
			read(t, file, &want)
			version := map[string]string{"petstore": "2026-01-02T03:04:05Z", "pets": "1.0.0"}[name]
			want = unordered(want)
			if info := want.(map[string]any)["info"].(map[string]any); info["version"] == "date" {
				info["version"] = version
			}
			compare(t, "export", unordered(got), want)
			compare(t, "type", *out.ContentType, "application/octet-stream")
			compare(t, "disposition", *out.ContentDisposition, `attachment; filename="`+kind+"_"+version+`.json"`)
		})
	}
}

// unordered makes objects of lists of parameters, whose order AWS leaves to chance.
func unordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if list, ok := child.([]any); ok && key == "parameters" {
				child = byName(list)
			}
			v[key] = unordered(child)
		}
	case []any:
		for i := range v {
			v[i] = unordered(v[i])
		}
	}
	return v
}

var update = flag.Bool("update", false, "rewrite the golden files")

// TestExportGolden shows all that exports can say, as they say it.
func TestExportGolden(t *testing.T) {
	body, err := os.ReadFile("testdata/export/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	f.Endpoint = func(region, apiID string) string {
		return "https://abcdefghij.execute-api." + region + ".amazonaws.com"
	}
	api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: body, FailOnWarnings: new(true), Parameters: map[string]string{"endpointConfigurationTypes": "PRIVATE"}})
	do(f, f.CreateDeployment, gen.CreateDeploymentInput{RestApiId: *api.Id, StageName: new("v1")})
	do(f, f.CreateDocumentationVersion, gen.CreateDocumentationVersionInput{RestApiId: *api.Id, DocumentationVersion: new("2026"), StageName: new("v1")})
	do(f, f.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: *api.Id, PatchOperations: ops("replace /name later")}) // not deployed
	for name, in := range map[string]gen.GetExportInput{
		"everything.swagger.json": {ExportType: "swagger", Parameters: map[string]string{"extensions": "apigateway"}},
		"everything.oas30.yaml":   {ExportType: "oas30", Accepts: new("application/yaml"), Parameters: map[string]string{"extensions": "integrations,authorizers,validators,gatewayresponses,documentation"}},
		"plain.oas30.json":        {ExportType: "oas30", Accepts: new("application/json")},
		"plain.swagger.yaml":      {ExportType: "swagger", Accepts: new("application/yaml")},
	} {
		in.RestApiId, in.StageName = *api.Id, "v1"
		out := do(f, f.GetExport, in)
		golden, body := "testdata/export/golden/"+name, bytes.ReplaceAll(out.Body, []byte(*api.Id), []byte("abcdefghij"))
		if *update {
			if err := os.WriteFile(golden, body, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, name, string(body), string(want))
	}
}

func TestExportRefusals(t *testing.T) {
	f := newFixture(t)
	api := f.deployed(wholeDocument(1))
	for _, tt := range []struct {
		in   gen.GetExportInput
		want string
	}{
		{gen.GetExportInput{RestApiId: api, StageName: "local", ExportType: "wsdl"}, "BadRequestException: Invalid export type specified: wsdl. Valid options are oas30, swagger"},
		{gen.GetExportInput{RestApiId: api, StageName: "other", ExportType: "oas30"}, "NotFoundException: Invalid stage identifier specified"},
		{gen.GetExportInput{RestApiId: api, StageName: "local", ExportType: "oas30", Parameters: map[string]string{"extensions": "x"}}, "BadRequestException: Invalid extension specified: x"},
	} {
		refused(t, attempt(f, f.GetExport, tt.in), tt.want)
	}
}

// TestExportForPostman: Postman imports the plain definition; with others beside it the extension changes nothing.
func TestExportForPostman(t *testing.T) {
	f := newFixture(t)
	api := f.deployed(wholeDocument(1))
	for extensions, as := range map[string]string{"postman": "", "integrations, postman": "integrations"} {
		export := func(extensions string) string {
			return string(do(f, f.GetExport, gen.GetExportInput{
				RestApiId: api, StageName: "local", ExportType: "swagger", Parameters: map[string]string{"extensions": extensions},
			}).Body)
		}
		if got, want := export(extensions), export(as); got != want {
			t.Errorf("%s: got %s, want %s", extensions, got, want)
		}
	}
}
