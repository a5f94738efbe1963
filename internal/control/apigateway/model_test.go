package apigateway

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestModels follows test_model_lifecycle and test_update_model, recorded on AWS.
func TestModels(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	list := do(f, f.GetModels, gen.GetModelsInput{RestApiId: tr.api}).Items
	if len(list) != 2 || *list[0].Name != "Empty" || *list[1].Name != "Error" || *list[0].Description != "This is a default empty schema model" {
		t.Errorf("an API has the models %+v", list)
	}
	for _, model := range list {
		if !json.Valid([]byte(*model.Schema)) {
			t.Errorf("%s: %s", *model.Name, *model.Schema)
		}
	}
	tr.model("MySchema", `{"title":"MySchema","type":"object"}`)
	got := do(f, f.UpdateModel, gen.UpdateModelInput{RestApiId: tr.api, ModelName: "MySchema", PatchOperations: ops(`replace /schema {"title":"Updated schema"}`, "replace /description -")})
	if *got.Schema != `{"title":"Updated schema"}` || got.Description != nil || len(*got.Id) != 6 {
		t.Errorf("updated %+v", got)
	}
	do(f, f.DeleteModel, gen.DeleteModelInput{RestApiId: tr.api, ModelName: "MySchema"})
	refused(t, attempt(f, f.GetModel, gen.GetModelInput{RestApiId: tr.api, ModelName: "MySchema"}), "NotFoundException: Invalid model name specified: MySchema")
}

func TestModelRefusals(t *testing.T) {
	tr := newTree(t)
	f := tr.fixture
	tr.model("MySchema", "{}")
	const bad, invalid = "BadRequestException: ", "BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : ["
	for name, tt := range map[string]struct{ api, name, contentType, schema, want string }{
		// recorded: test_model_validation
		"unknown API":       {"abcde0", "M", "", "{}", "NotFoundException: Invalid API identifier specified 111111111111:abcde0"},
		"name is taken":     {"", "MySchema", "", "{}", "ConflictException: Model name already exists for this REST API"},
		"no name":           {"", "", "", "{}", bad + "Model name must be non-empty"},
		"no schema":         {"", "M", "", "", bad + "Model schema must have at least 1 property or array items defined"},
		"no schema of XML":  {"", "M", "application/xml", "", bad + "Model schema must have at least 1 property or array items defined"},
		"name of signs":     {"", "My-Schema", "", "{}", bad + "Model name must be alphanumeric: My-Schema"},
		"no JSON":           {"", "M", "", "{", invalid + "Invalid model schema specified]"},
		"no object":         {"", "M", "", "[]", invalid + "Invalid model schema specified]"},
		"two documents":     {"", "M", "", "{} {}", invalid + "Invalid model schema specified]"},
		"nested too deeply": {"", "M", "", strings.Repeat(`{"not":`, 101) + "{}" + strings.Repeat("}", 101), invalid + "Invalid model schema specified]"},
		// aws-cdk issues 18715 and 27433
		"equal values":       {"", "M", "", `{"enum":["A","A"]}`, invalid + "Invalid model schema specified]"},
		"requires nothing":   {"", "M", "", `{"type":"object","required":[],"properties":{"a":{"type":"string"}}}`, invalid + "Invalid model schema specified]"},
		"a type of its own":  {"", "M", "", `{"type":"file"}`, invalid + "Invalid model schema specified]"},
		"other keywords":     {"", "M", "", `{"properties":{"a":{"example":1,"const":1}}}`, invalid + `Invalid model schema specified. Unsupported keyword(s): ["const","example"]]`},
		"foreign references": {"", "M", "", `{"$ref":"other.json","items":{"$ref":"x"}}`, invalid + "Model reference must be in canonical form, Model reference must be in canonical form]"},
		"unknown reference":  {"", "M", "", `{"$ref":"@Nothing"}`, invalid + "Invalid model reference specified: ..."},
		"no content type":    {"", "M", "json", "{}", bad + "Validation Result: warnings : [], errors : [Invalid content type specified: json]"},
		"too long":           {"", "M", "", `{"title":"` + strings.Repeat("x", 400<<10) + `"}`, bad + "The schema of a model has at most..."},
	} {
		t.Run(name, func(t *testing.T) {
			in := gen.CreateModelInput{RestApiId: tr.api, Name: &tt.name, ContentType: new("application/json"), Schema: new(strings.ReplaceAll(tt.schema, "@", rest.ModelURL(tr.api, "")))}
			if tt.api != "" {
				in.RestApiId = tt.api
			}
			if tt.contentType != "" {
				in.ContentType = &tt.contentType
			}
			refused(t, attempt(f, f.CreateModel, in), tt.want)
		})
	}
	// recorded: test_update_model
	for op, want := range map[string]string{
		"add /wrong-path x":      bad + "Invalid patch path  '/wrong-path' specified for op 'add'. Please choose supported operations",
		"replace /name x":        bad + "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
		"replace /schema -":      bad + "Model schema must have at least 1 property or array items defined",
		"replace /schema {\"a":   invalid + "Invalid model schema specified]",
		"replace /schema \"{}\"": invalid + "Invalid model schema specified]",
	} {
		refused(t, attempt(f, f.UpdateModel, gen.UpdateModelInput{RestApiId: tr.api, ModelName: "MySchema", PatchOperations: ops(op)}), want)
	}
	refused(t, attempt(f, f.UpdateModel, gen.UpdateModelInput{RestApiId: "wrong", ModelName: "mySchema"}), "NotFoundException: Invalid model name specified: mySchema")
	refused(t, attempt(f, f.GetModels, gen.GetModelsInput{RestApiId: "abcde0"}), "NotFoundException: Invalid API identifier specified 111111111111:abcde0")
}

// TestModelsInUse: recorded in test_put_method_model; aws-apigateway-importer issue 113 has the text of responses.
func TestModelsInUse(t *testing.T) {
	tr := newTree(t, "/test")
	f := tr.fixture
	for _, name := range []string{"Asked", "Answered", "Part"} {
		tr.model(name, "{}")
	}
	tr.model("Whole", `{"items":{"$ref":"`+rest.ModelURL(tr.api, "Part")+`"}}`)
	tr.method("/", "ANY", func(in *gen.PutMethodInput) { in.RequestModels = map[string]string{"application/json": "Asked"} })
	tr.method("/test", "GET", nil)
	do(f, f.PutMethodResponse, gen.PutMethodResponseInput{
		RestApiId: tr.api, ResourceId: tr.ids["/test"], HttpMethod: "GET", StatusCode: "200", ResponseModels: map[string]string{"application/json": "Answered"},
	})
	remove := func(name string) error {
		return attempt(f, f.DeleteModel, gen.DeleteModelInput{RestApiId: tr.api, ModelName: name})
	}
	refused(t, remove("Asked"), "ConflictException: Cannot delete model 'Asked', is referenced in method request: //ANY")
	refused(t, remove("Answered"), "ConflictException: Cannot delete model 'Answered', is referenced in method response: /test/GET")
	refused(t, remove("Part"), "ConflictException: Cannot delete model 'Part', is referenced in model: Whole")
	for _, name := range []string{"Whole", "Part"} {
		if err := remove(name); err != nil {
			t.Error(err)
		}
	}
	do(f, f.DeleteMethod, gen.DeleteMethodInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "ANY"})
	if err := remove("Asked"); err != nil {
		t.Error(err)
	}
}

// TestFlatten: models that are named stand in the definitions, also those that name one another.
func TestFlatten(t *testing.T) {
	tr := newTree(t)
	ref := func(name string) string { return `{"$ref":"` + rest.ModelURL(tr.api, name) + `"}` }
	tr.model("B", `{"type":"object","definitions":{"c":{"type":"string"}},"properties":{"c":{"$ref":"#/definitions/c"}}}`)
	tr.model("A", `{"type":"object","properties":{"z":`+ref("B")+`,"a":{"type":"array","items":`+ref("A")+`}}}`)
	tr.model("Alone", `{ "type": "object" }`)
	flat := func(name string) string {
		return *do(tr.fixture, tr.GetModel, gen.GetModelInput{RestApiId: tr.api, ModelName: name, Flatten: new(true)}).Schema
	}
	const self = `{"type":"object","properties":{"z":{"$ref":"#/definitions/B"},"a":{"type":"array","items":{"$ref":"#/definitions/A"}}}`
	const want = self + `,"definitions":{"A":` + self + `},"B":{"type":"object","definitions":{"c":{"type":"string"}},"properties":{"c":{"$ref":"#/definitions/B/definitions/c"}}}}}`
	if got := flat("A"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := flat("Alone"); got != `{ "type": "object" }` {
		t.Errorf("what names nothing is left as it is: %s", got)
	}
}

func TestModelTemplate(t *testing.T) {
	tr := newTree(t)
	tr.model("Pet", `{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"price":{"type":"number"},"sold":{"type":"boolean"}}}`)
	tr.model("Pets", `{"type":"array","items":{"$ref":"`+rest.ModelURL(tr.api, "Pet")+`"}}`)
	tr.model("Loop", `{"properties":{"next":{"$ref":"#"}}}`)
	template := func(name string) string {
		return *do(tr.fixture, tr.GetModelTemplate, gen.GetModelTemplateInput{RestApiId: tr.api, ModelName: name}).Value
	}
	if got := template("Empty"); got != "#set($inputRoot = $input.path('$'))\n{\n}" { // AWS CLI's example for get-model-template
		t.Errorf("got %s", got)
	}
	if got, want := template("Pet"), "#set($inputRoot = $input.path('$'))\n{\n  \"id\" : 42,\n  \"name\" : \"foo\",\n  \"price\" : 3.14,\n  \"sold\" : true\n}"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := template("Pets"); !strings.Contains(got, "#foreach($elem in $inputRoot)") || !strings.Contains(got, `"id" : 42`) || strings.Count(got, "#end") != 2 {
		t.Errorf("got %s", got)
	}
	if got := template("Loop"); strings.Count(got, "next") != maxSampleDepth {
		t.Errorf("got %s", got)
	}
}

// FuzzModel: whatever a schema is, it is refused, or flattened to JSON and made a template of.
func FuzzModel(f *testing.F) {
	for _, seed := range []string{`{}`, `{"$ref":"#"}`, `{"type":["object"],"properties":{"a":{"items":[]}}}`, `{"a":1e400,"b":"é","c":[null,true]}`, `{"type":{},"properties":[]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, schema string) {
		tree, err := parseTree(schema)
		if err != nil {
			return
		}
		within(tree, "#/definitions/X")
		written := tree.String()
		if !json.Valid([]byte(written)) {
			t.Fatalf("%q became %q", schema, written)
		}
		again, err := parseTree(written)
		if err != nil || again.String() != written {
			t.Fatalf("%q: %v", written, err)
		}
		if template, err := sampleTemplate(schema); err != nil || len(template) > 4*maxSample {
			t.Fatalf("%d bytes of template: %v", len(template), err)
		}
	})
}
