package compile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
)

// TestExtensions: a stage's tags go before the API's, those before what was imported, and a route's own validation before
// all of them. Validation that asks for a header shows which one holds by the header that is missing.
func TestExtensions(t *testing.T) {
	asks := func(name string) string { return `{"headers":{"` + name + `":{"required":true}}}` }
	in := stageOf(nil,
		gateway.Route{Key: "GET /own", IntegrationID: "one", Extensions: map[string]json.RawMessage{"x-dipylon-validation": json.RawMessage(asks("Own"))}},
		gateway.Route{Key: "GET /free", IntegrationID: "one", Extensions: map[string]json.RawMessage{"x-dipylon-validation": json.RawMessage(`{}`)}},
		gateway.Route{Key: "GET /a", IntegrationID: "one"})
	expect := func(want map[string]string) {
		t.Helper()
		p, err := HTTPAPI(in, world(&backends{}))
		if err != nil {
			t.Fatal(err)
		}
		for path, header := range want {
			x := run(p, "GET", path)
			if asked := strings.Contains(string(x.Response.Body.Bytes), `"headers/`+header+`"`); asked == (header == "") {
				t.Errorf("%s: want %q to be missing: %s", path, header, x.Response.Body.Bytes)
			}
		}
	}
	expect(map[string]string{"/own": "Own", "/free": "", "/a": ""})
	in.API.Extensions = map[string]json.RawMessage{"x-dipylon-validation": json.RawMessage(asks("Root"))}
	expect(map[string]string{"/own": "Own", "/free": "", "/a": "Root"})
	in.API.Tags = map[string]string{"x-dipylon-validation": asks("Tag"), "other": "{"}
	expect(map[string]string{"/own": "Own", "/free": "", "/a": "Tag"})
	in.Stage.Tags = map[string]string{"x-dipylon-validation": asks("Stage")}
	expect(map[string]string{"/own": "Own", "/free": "", "/a": "Stage"})
	if got := string(in.API.Extensions["x-dipylon-validation"]); got != asks("Root") {
		t.Errorf("compiling changed the API: %s", got)
	}
}

func TestCheckExtensions(t *testing.T) {
	for raw, want := range map[string]string{
		`{"x-dipylon-rate-limit":{"by":"ip","rate":1}}`: "",
		`{"x-dipylon-rate-limit":{"by":"ip"}}`:          "x-dipylon-rate-limit: ",
		`{"x-dipylon-validation":{"bodies":{}}}`:        "x-dipylon-validation: ",
		`{"x-dipylon-cache":{}}`:                        "x-dipylon-cache: there is no such extension",
	} {
		var extensions map[string]json.RawMessage
		if err := json.Unmarshal([]byte(raw), &extensions); err != nil {
			t.Fatal(err)
		}
		err := CheckExtensions(extensions)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}
