package apigatewayv2

import (
	"fmt"
	"strings"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// document is an OpenAPI document with a GET route for each path; a path that begins with "!" gets an integration that
// HTTP APIs refuse.
func document(paths ...string) *string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{`)
	for i, path := range paths {
		if i > 0 {
			b.WriteByte(',')
		}
		path, broken := strings.CutPrefix(path, "!")
		version := map[bool]string{false: "1.0", true: "2.0"}[broken]
		fmt.Fprintf(&b, `%q:{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://h/",`+
			`"payloadFormatVersion":%q}}}`, path, version)
	}
	b.WriteString("}}")
	return new(b.String())
}

func (f *fixture) keys(api string) map[string]string {
	f.Helper()
	keys := map[string]string{}
	for _, r := range do(f, f.GetRoutes, gen.GetRoutesInput{ApiId: api}).Items {
		keys[*r.RouteKey] = *r.RouteId
	}
	return keys
}

// TestReimport replaces routes and integrations, keeps the ids of the routes that stay, and deploys.
func TestReimport(t *testing.T) {
	f := newFixture(t)
	api := *do(f, f.ImportApi, gen.ImportApiInput{Body: document("/stays", "/goes")}).ApiId
	if n := len(do(f, f.GetStages, gen.GetStagesInput{ApiId: api}).Items); n != 0 {
		t.Errorf("an import made %d stages", n)
	}
	f.stage(api, "$default", true)
	before := f.keys(api)
	deployed := len(f.deployments(api))
	out := do(f, f.ReimportApi, gen.ReimportApiInput{ApiId: api, Body: document("/stays", "/comes")})
	after := f.keys(api)
	if len(after) != 2 || after["GET /stays"] != before["GET /stays"] || after["GET /comes"] == "" {
		t.Errorf("before %v, after %v", before, after)
	}
	if n := len(do(f, f.GetIntegrations, gen.GetIntegrationsInput{ApiId: api}).Items); n != 2 {
		t.Errorf("%d integrations", n)
	}
	if len(f.deployments(api)) != deployed+1 {
		t.Errorf("%d deployments, were %d", len(f.deployments(api)), deployed)
	}
	if len(out.Warnings) != 0 {
		t.Errorf("warnings: %v", out.Warnings)
	}
}

// TestImportWarnings: an integration that cannot be leaves its route without a target, and the API says so until the next
// import (facts 54 and 68).
func TestImportWarnings(t *testing.T) {
	f := newFixture(t)
	out := do(f, f.ImportApi, gen.ImportApiInput{Body: document("/good", "!/bad")})
	const warning = "Unable to create integration for resource at path 'GET /bad': " +
		"PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY. Ignoring."
	if len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], warning) {
		t.Errorf("warnings: %q", out.Warnings)
	}
	api := *out.ApiId
	for _, r := range do(f, f.GetRoutes, gen.GetRoutesInput{ApiId: api}).Items {
		if (r.Target == nil) != (*r.RouteKey == "GET /bad") {
			t.Errorf("route %s has target %v", *r.RouteKey, r.Target)
		}
	}
	if got := do(f, f.GetApi, gen.GetApiInput{ApiId: api}).Warnings; len(got) != 1 {
		t.Errorf("the API forgot its warnings: %q", got)
	}
	if got := do(f, f.ReimportApi, gen.ReimportApiInput{ApiId: api, Body: document("/good")}).Warnings; len(got) != 0 {
		t.Errorf("the API keeps old warnings: %q", got)
	}
	err := fails(f, f.ReimportApi, gen.ReimportApiInput{ApiId: api, Body: document("!/bad"), FailOnWarnings: new(true)})
	if got := refusal(t, err); got.Status != 400 || !strings.HasPrefix(got.Message, "Warnings found during import") {
		t.Errorf("got %v", got)
	}
	if keys := f.keys(api); len(keys) != 1 || keys["GET /good"] == "" {
		t.Errorf("the refused import changed the routes: %v", keys)
	}
}

// TestImportOfConflictingRoutes: of two routes for the same calls the first stays, with a warning.
func TestImportOfConflictingRoutes(t *testing.T) {
	f := newFixture(t)
	out := do(f, f.ImportApi, gen.ImportApiInput{Body: document("/{a}", "/{b}")})
	if keys := f.keys(*out.ApiId); len(keys) != 1 || keys["GET /{a}"] == "" {
		t.Errorf("routes: %v", keys)
	}
	if len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "Unable to create route for resource at path 'GET /{b}'") {
		t.Errorf("warnings: %q", out.Warnings)
	}
}

// TestImportRefusals: documents that cannot be imported are the caller's error and make nothing.
func TestImportRefusals(t *testing.T) {
	f := newFixture(t)
	many := make([]string, f.Quotas.RoutesPerAPI+1)
	for i := range many {
		many[i] = fmt.Sprintf("/%d", i)
	}
	for name, body := range map[string]*string{
		"empty": new(""), "none": nil, "text": new("hello"), "swagger": new(`{"swagger":"2.0"}`), "broken": new(`{"openapi":`),
		"no paths": new(`{"openapi":"3.0.1","info":{"title":"t","version":"1"}}`),
		"quota":    document(many...), "quota of integrations": document(many[:f.Quotas.IntegrationsPerAPI+1]...),
		"aliases": new("a: &a [*a]"), "deep": new(strings.Repeat("[", 10000)),
	} {
		err := fails(f, f.ImportApi, gen.ImportApiInput{Body: body})
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		if got := refusal(t, err); got.Status/100 != 4 || got.Message == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if apis := do(f, f.GetApis, gen.GetApisInput{}).Items; len(apis) != 0 {
		t.Errorf("%d APIs were made", len(apis))
	}
}
