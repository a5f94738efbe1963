package apigateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// corpus are the documents that imports and exports are held to.
func corpus(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"../../../test/openapi/*.[jy]*", "testdata/import/*.[jy]*", "testdata/export/*.[jy]*", "testdata/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 40 {
		t.Fatalf("%d documents", len(files))
	}
	return files
}

// TestExportsImportAgain exports what each document of the corpus makes, in every format, and imports that: the API is equal.
func TestExportsImportAgain(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			f.Quotas.ResourcesPerAPI, f.Quotas.AuthorizersPerAPI = 300, 10
			kind := map[string]string{}
			if strings.Contains(string(body), "vpcEndpointIds") {
				kind["endpointConfigurationTypes"] = "PRIVATE"
			}
			api := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: body, Parameters: kind})
			before, want := f.snapshot(*api.Id), named(t, f.snapshot(*api.Id))
			for _, swagger := range []bool{true, false} {
				for _, yaml := range []bool{true, false} {
					export, err := rest.Export(&before, rest.ExportOptions{
						Swagger: swagger, YAML: yaml, URL: "https://example.com", Stage: "s", Integrations: true, Authorizers: true, Settings: true,
					})
					if err != nil {
						t.Fatal(err)
					}
					again := do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: export, FailOnWarnings: new(true), Parameters: kind})
					got := f.snapshot(*again.Id)
					got.API.Policy = strings.ReplaceAll(got.API.Policy, *api.Id, *again.Id) // a policy speaks of the API that it was written for
					compare(t, map[bool]string{true: "Swagger", false: "OpenAPI"}[swagger], named(t, got), want)
				}
			}
		})
	}
}

// snapshot is what a deployment would freeze.
func (f *fixture) snapshot(apiID string) (snapshot gateway.RestSnapshot) {
	f.Helper()
	if err := f.view(f.Context(), f.call, func(r reader) (err error) {
		snapshot, err = r.freeze(apiID)
		return err
	}); err != nil {
		f.Fatal(err)
	}
	return snapshot
}

// named returns a snapshot with names in the place of ids, sorted by them. Schemas are JSON, whose order says nothing.
func named(t *testing.T, s gateway.RestSnapshot) any {
	t.Helper()
	authorizers, validators, paths := map[string]string{}, map[string]string{}, map[string]string{}
	for i := range s.Authorizers {
		authorizers[s.Authorizers[i].ID], s.Authorizers[i].ID = s.Authorizers[i].Name, ""
	}
	for i := range s.Validators {
		validators[s.Validators[i].ID], s.Validators[i].ID = s.Validators[i].Name, ""
	}
	for _, resource := range s.Resources {
		paths[resource.ID] = resource.Path
	}
	for i, resource := range s.Resources {
		resource.ID, resource.ParentID = "", paths[resource.ParentID]
		resource.Methods = maps.Clone(resource.Methods)
		for verb, method := range resource.Methods {
			m := *method
			m.AuthorizerID, m.RequestValidatorID = authorizers[m.AuthorizerID], validators[m.RequestValidatorID]
			if m.Integration != nil {
				in := *m.Integration
				in.CacheNamespace = cmp.Or(paths[in.CacheNamespace], in.CacheNamespace)
				m.Integration = &in
			}
			resource.Methods[verb] = &m
		}
		s.Resources[i] = resource
	}
	slices.SortFunc(s.Resources, func(a, b gateway.Resource) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(s.Authorizers, func(a, b gateway.RestAuthorizer) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Validators, func(a, b gateway.RequestValidator) int { return strings.Compare(a.Name, b.Name) })
	for i := range s.Models {
		s.Models[i].ID = ""
	}
	s.API.Version = rest.Version(s.API)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), s.API.ID, "API")), &v); err != nil {
		t.Fatal(err)
	}
	api := v.(map[string]any)["API"].(map[string]any)
	for _, once := range []string{"ID", "RootResourceID", "Warnings"} {
		delete(api, once)
	}
	return lenient(v)
}
