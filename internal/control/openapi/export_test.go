package openapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

var exportOptions = ExportOptions{
	Extensions: true,
	URL:        "https://abcdefghij.execute-api.us-east-2.amazonaws.com",
	Time:       time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
}

// The golden files have AWS's layout (aws-behaviour-http-api.md, fact 69; CX:26017641741, CX:43413526664 and CX:9222701705).
func TestExportGolden(t *testing.T) {
	for _, c := range []struct {
		golden     string
		output     OutputType
		extensions bool
	}{
		{"everything.json", JSON, true}, {"everything.yaml", YAML, true}, {"everything-plain.json", JSON, false},
	} {
		t.Run(c.golden, func(t *testing.T) {
			doc, err := os.ReadFile("testdata/everything.yaml")
			if err != nil {
				t.Fatal(err)
			}
			def, err := Read(doc, caseOptions(doc))
			if err != nil {
				t.Fatal(err)
			}
			opts := exportOptions
			opts.Output, opts.Extensions = c.output, c.extensions
			got, err := Export(def, opts)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, "testdata/export/"+c.golden, string(got))
		})
	}
}

// Fact 69: the version is a date if the API has none.
func TestExportVersion(t *testing.T) {
	got, err := Export(&Definition{Name: "t"}, exportOptions)
	const want = `    "version" : "2026-01-02 03:04:05UTC"`
	if err != nil || !strings.Contains(string(got), want) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestExportRefuses(t *testing.T) {
	jwt := &Authorizer{Name: "jwt"}
	for _, c := range []struct {
		name, want string
		def        Definition
	}{
		{"same route", "Duplicate key 'get'", Definition{Routes: []Route{{Key: "GET /a"}, {Key: "GET /a"}}}},
		{"same authorizer", "Duplicate key 'jwt'", Definition{Authorizers: []*Authorizer{jwt, jwt}}},
		{"long path", "A key is longer than", Definition{Routes: []Route{{Key: "GET /" + strings.Repeat("a", 11<<10)}}}},
		{"no authorizer", "has no authorizer", Definition{Routes: []Route{{Key: "GET /", Authorization: gateway.JWT}}}},
		{"two defaults", "would be the default route", Definition{Routes: []Route{{Key: "ANY /$default"}}}},
		{"broken extension", "Invalid JSON", Definition{Extensions: map[string]json.RawMessage{FeatureRateLimit: []byte("{")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := Export(&c.def, exportOptions); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
	if _, err := Export(&Definition{}, ExportOptions{Output: "XML"}); err == nil {
		t.Error("XML is accepted")
	}
}

// An authorizer that is not among the definition's must not make its routes public.
func TestForeignAuthorizerFailsClosed(t *testing.T) {
	route := Route{Key: "GET /", Authorization: gateway.JWT, Authorizer: &Authorizer{Name: "foreign"}}
	doc, err := Export(&Definition{Name: "t", Routes: []Route{route}}, exportOptions)
	if err != nil {
		t.Fatal(err)
	}
	def, err := Read(doc, Options{Built: Everything()})
	if err != nil || len(def.Routes) != 0 || len(def.Warnings) != 1 {
		t.Errorf("%v, %+v", err, def)
	}
}

func TestRoundTripOfCases(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.[yj]*")
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		opts := caseOptions(doc)
		opts.Built = Everything()
		if def, err := Read(doc, opts); err == nil {
			checkRoundTrip(t, file, def)
		}
	}
}

func TestRoundTripOfGenerated(t *testing.T) {
	for seed := range uint64(500) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		checkRoundTrip(t, fmt.Sprintf("seed %d", seed), g.definition())
	}
}

// checkRoundTrip exports def in both formats, imports it again and compares; and exports are the same for the same API.
func checkRoundTrip(t *testing.T, name string, def *Definition) {
	t.Helper()
	want := canonical(t, def)
	for _, output := range []OutputType{JSON, YAML} {
		opts := exportOptions
		opts.Output = output
		doc, err := Export(def, opts)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkParses(t, doc, output)
		again, err := Read(doc, caseOptions(nil))
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, doc)
		}
		if diff := cmp.Diff(want, canonical(t, again)); diff != "" {
			t.Fatalf("%s (-want +got)\n%s\n%s", name, diff, doc)
		}
		if second, err := Export(again, opts); err != nil || string(second) != string(doc) {
			t.Fatalf("%s: exports differ: %v\n%s", name, err, cmp.Diff(string(doc), string(second)))
		}
	}
}

// checkParses holds a document to a parser of the format.
func checkParses(t *testing.T, doc []byte, output OutputType) {
	t.Helper()
	var v any
	err := yaml.Unmarshal(doc, &v)
	if output == JSON {
		err = json.Unmarshal(doc, &v)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
}

// canonical renders what an export keeps, as JSON.
func canonical(t *testing.T, def *Definition) string {
	t.Helper()
	type route struct {
		Route
		Sharers []string
	}
	c := *def
	c.Unbuilt, c.Warnings, c.Info = nil, nil, nil
	if c.Version == "" {
		c.Version = exportOptions.Time.Format("2006-01-02 15:04:05UTC")
	}
	c.Authorizers = slices.Clone(def.Authorizers)
	for i, a := range c.Authorizers {
		c.Authorizers[i] = unplaced(a)
	}
	sharers := map[*Integration][]string{}
	for _, r := range def.Routes {
		sharers[r.Integration] = append(sharers[r.Integration], r.Key)
	}
	var routes []route
	for _, r := range def.Routes {
		out := route{Route: r, Sharers: slices.Sorted(slices.Values(sharers[r.Integration]))}
		out.Line, out.Column, out.Authorizer = 0, 0, unplaced(r.Authorizer)
		if r.Integration == nil {
			out.Sharers = nil
		} else {
			out.Integration = unnamed(r.Integration)
		}
		routes = append(routes, out)
	}
	slices.SortFunc(routes, func(a, b route) int { return strings.Compare(a.Key, b.Key) })
	var unused []*Integration
	for _, in := range def.Integrations {
		if sharers[in] == nil {
			unused = append(unused, unnamed(in))
		}
	}
	slices.SortFunc(unused, func(a, b *Integration) int { return strings.Compare(fmt.Sprint(*a), fmt.Sprint(*b)) })
	c.Routes, c.Integrations = nil, nil
	b, err := json.MarshalIndent(struct {
		Definition Definition
		Routes     []route
		Unused     []*Integration
	}{c, routes, unused}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func unplaced(a *Authorizer) *Authorizer {
	if a == nil {
		return nil
	}
	out := *a
	out.Line, out.Column = 0, 0
	return &out
}

func unnamed(in *Integration) *Integration {
	out := *in
	out.Name, out.Line, out.Column = "", 0, 0
	return &out
}

// generator makes definitions that an import could have made.
type generator struct{ *rand.Rand }

func (g generator) definition() *Definition {
	def := &Definition{Name: "n" + g.text(), Version: g.maybe(), Description: g.maybe(), BasePath: g.pick("", "/base", "/a/b")}
	def.DisableExecuteAPIEndpoint = g.IntN(2) == 0
	for range g.IntN(3) {
		if def.Tags == nil {
			def.Tags = map[string]string{}
		}
		def.Tags["k"+g.text()] = g.maybe()
	}
	if g.IntN(2) == 0 {
		def.CORS = &gateway.CORS{AllowOrigins: g.texts(), AllowMethods: g.texts(), AllowHeaders: g.texts(),
			ExposeHeaders: g.texts(), AllowCredentials: g.IntN(2) == 0}
		if g.IntN(2) == 0 {
			def.CORS.MaxAge = new(g.IntN(86400) - 1)
		}
	}
	for i := range g.IntN(4) {
		def.Authorizers = append(def.Authorizers, &Authorizer{Name: fmt.Sprint(i, g.text()), Issuer: "i" + g.text(),
			Audience: g.texts(), IdentitySource: g.texts()})
	}
	for i := range g.IntN(3) {
		def.Authorizers = append(def.Authorizers, &Authorizer{Name: fmt.Sprint("f", i, g.text()), Type: gateway.LambdaAuthorizer, IdentitySource: g.texts(),
			URI: g.maybe(), PayloadVersion: g.pick("", "1.0", "2.0"), Credentials: g.maybe(), SimpleResponses: g.IntN(2) == 0, TTLSeconds: g.IntN(3) * 300})
	}
	for i := range g.IntN(5) {
		in := g.integration()
		in.Name = g.pick("", fmt.Sprint("name", i), "unusedIntegration_abcdefg")
		def.Integrations = append(def.Integrations, in)
	}
	def.Extensions = g.extensions()
	g.routes(def)
	return def
}

func (g generator) routes(def *Definition) {
	keys := []string{"$default", "ANY /", "GET /", "GET /default", "GET /null", "ANY /_", "POST /a/{x}", "PUT /a/{x}", "PATCH /a/b",
		"ANY /a/{p+}", "OPTIONS /{proxy+}", "DELETE /:a:", "HEAD /" + strings.Repeat("a", 1200), "GET /yes", "GET /a.b-c"}
	g.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys[:g.IntN(len(keys))] {
		r := Route{Key: key, OperationName: g.maybe(), Extensions: g.extensions()}
		if n := len(def.Integrations); n > 0 && g.IntN(4) > 0 {
			r.Integration = def.Integrations[g.IntN(n)]
		}
		switch g.IntN(3) {
		case 0:
			r.Authorization = gateway.IAM
		case 1:
			if n := len(def.Authorizers); n > 0 {
				r.Authorizer = def.Authorizers[g.IntN(n)]
				if r.Authorization = r.Authorizer.authorization(); r.Authorization == gateway.JWT {
					r.Scopes = g.texts()
				}
			}
		}
		def.Routes = append(def.Routes, r)
	}
}

func (g generator) integration() *Integration {
	in := &Integration{Type: g.pick(TypeAWSProxy, TypeHTTPProxy), Subtype: g.maybe(), Method: g.pick("", "GET", "ANY"),
		URI: g.maybe(), PayloadVersion: g.pick("", "1.0", "2.0"), ConnectionType: g.pick("", "INTERNET", "VPC_LINK"),
		ConnectionID: g.maybe(), Credentials: g.maybe(), Description: g.maybe(), TimeoutMillis: g.IntN(3) * 1000,
		ServerNameToVerify: g.maybe()}
	if g.IntN(2) == 0 {
		in.RequestParameters = map[string]string{}
		for range g.IntN(3) {
			in.RequestParameters["append:header."+g.text()] = g.text()
		}
	}
	if g.IntN(2) == 0 {
		in.ResponseParameters = map[string]map[string]string{"200": {"overwrite:statuscode": g.text()}, "404": {}}
	}
	return in
}

func (g generator) extensions() map[string]json.RawMessage {
	if g.IntN(3) > 0 {
		return nil
	}
	quoted := string(document.AppendCompact(nil, document.NewText(g.text())))
	return map[string]json.RawMessage{
		g.pick(FeatureRateLimit, FeatureValidation): json.RawMessage(g.pick("{}", `{"a":[1,-0.5e+10,[],{},[[true]],null,""]}`,
			"{"+quoted+":{"+quoted+":["+quoted+",{"+quoted+":false}]}}")),
	}
}

// text returns what trips writers: quotes, indicators, line ends, what looks like another type, and other characters.
func (g generator) text() string {
	const alphabet = "ab1 \"'\\\n\r\t:#-?{}[],&*!|>%@`~$/.=<\u0001\u007f\u0085\u00a0\u2028\ufeff\ufffd\u00e9\U0001f600"
	if g.IntN(4) == 0 {
		return g.pick("null", "true", "1.0", "0x1F", "2024-01-02", "<<", "~", "yes", "${AWS::X}", ".inf", "- a", "a: b", "=")
	}
	letters := []rune(alphabet)
	var b strings.Builder
	for range 1 + g.IntN(8) {
		b.WriteRune(letters[g.IntN(len(letters))])
	}
	return b.String()
}

func (g generator) maybe() string {
	if g.IntN(3) == 0 {
		return ""
	}
	return g.text()
}

func (g generator) texts() []string {
	var texts []string
	for range g.IntN(3) {
		texts = append(texts, g.text())
	}
	return texts
}

func (g generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

// FuzzExport imports any document, exports it and imports that: from then on nothing changes.
func FuzzExport(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.[yj]*")
	exports, _ := filepath.Glob("testdata/export/*")
	for _, file := range append(files, exports...) {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		def, err := Read(doc, caseOptions(doc))
		if err != nil {
			return
		}
		checkRoundTrip(t, "fuzz", def)
	})
}
