package openapi

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/gateway"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A case is testdata/NAME.yaml or NAME.json beside NAME.golden. A first line "# basepath: split" sets the mode; with a line
// "# built: nothing", the caller has built nothing.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.[yj]*")
	if err != nil || len(files) < 5 {
		t.Fatalf("cases: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if def, err := Read(doc, caseOptions(doc)); err != nil {
				got = fmt.Sprintf("error: %v\n", err)
			} else {
				got = describe(def)
			}
			compareGolden(t, strings.TrimSuffix(file, filepath.Ext(file))+".golden", got)
		})
	}
}

func caseOptions(doc []byte) Options {
	opts := Options{Tenant: gateway.Tenant{Account: "123456789012", Region: "us-east-2"}, Built: Everything()}
	if mode, ok := strings.CutPrefix(string(doc), "# basepath: "); ok {
		first, _, _ := strings.Cut(mode, "\n")
		opts.BasePath = BasePathMode(first)
	}
	if strings.Contains(string(doc), "# built: nothing\n") {
		opts.Built = nil
	}
	return opts
}

func compareGolden(t *testing.T, golden, got string) {
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// describe renders everything that a definition says.
func describe(d *Definition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name %q version %q description %q base path %q", d.Name, d.Version, d.Description, d.BasePath)
	if d.DisableExecuteAPIEndpoint {
		b.WriteString(" default endpoint off")
	}
	b.WriteString("\n")
	for _, key := range slices.Sorted(maps.Keys(d.Tags)) {
		fmt.Fprintf(&b, "tag %q = %q\n", key, d.Tags[key])
	}
	if d.CORS != nil {
		age := "none"
		if d.CORS.MaxAge != nil {
			age = fmt.Sprint(*d.CORS.MaxAge)
		}
		fmt.Fprintf(&b, "CORS origins %q methods %q headers %q exposed %q age %s credentials %t\n", d.CORS.AllowOrigins,
			d.CORS.AllowMethods, d.CORS.AllowHeaders, d.CORS.ExposeHeaders, age, d.CORS.AllowCredentials)
	}
	writeExtensions(&b, d.Extensions)
	for _, a := range d.Authorizers {
		if a.Type == gateway.LambdaAuthorizer {
			fmt.Fprintf(&b, "authorizer %q at %d:%d: function %q payload %q simple %t TTL %d credentials %q at %q\n", a.Name, a.Line, a.Column,
				a.URI, a.PayloadVersion, a.SimpleResponses, a.TTLSeconds, a.Credentials, a.IdentitySource)
			continue
		}
		fmt.Fprintf(&b, "authorizer %q at %d:%d: %q audience %q at %q\n", a.Name, a.Line, a.Column, a.Issuer, a.Audience, a.IdentitySource)
	}
	for _, r := range d.Routes {
		target := "no target"
		if r.Integration != nil {
			target = fmt.Sprintf("integration %d", slices.Index(d.Integrations, r.Integration))
		}
		fmt.Fprintf(&b, "route %q at %d:%d operation %q -> %s\n", r.Key, r.Line, r.Column, r.OperationName, target)
		if r.Authorization != gateway.Anyone {
			fmt.Fprintf(&b, "\tfor %s scopes %q", r.Authorization, r.Scopes)
			if r.Authorizer != nil {
				fmt.Fprintf(&b, " by %q", r.Authorizer.Name)
			}
			b.WriteString("\n")
		}
		writeExtensions(&b, r.Extensions)
	}
	for i, in := range d.Integrations {
		fmt.Fprintf(&b, "integration %d at %d:%d name %q: %s %s %s\n", i, in.Line, in.Column, in.Name, in.Type, in.Method, in.URI)
		fmt.Fprintf(&b, "\tpayload %q timeout %d", in.PayloadVersion, in.TimeoutMillis)
		for _, field := range [][2]string{{"subtype", in.Subtype}, {"connection", in.ConnectionType}, {"id", in.ConnectionID},
			{"credentials", in.Credentials}, {"description", in.Description}, {"tls", in.ServerNameToVerify}} {
			if field[1] != "" {
				fmt.Fprintf(&b, " %s %q", field[0], field[1])
			}
		}
		b.WriteString("\n")
		writeParameters(&b, "request", in.RequestParameters)
		for _, status := range slices.Sorted(maps.Keys(in.ResponseParameters)) {
			writeParameters(&b, "response "+status, in.ResponseParameters[status])
		}
	}
	for _, f := range d.Unbuilt {
		fmt.Fprintf(&b, "unbuilt %d:%d %s in %q\n", f.Line, f.Column, f.Name, f.Where)
	}
	for _, n := range d.Warnings {
		fmt.Fprintf(&b, "warning %d:%d %s\n", n.Line, n.Column, n.Message)
	}
	for _, n := range d.Info {
		fmt.Fprintf(&b, "info %d:%d %s\n", n.Line, n.Column, n.Message)
	}
	return b.String()
}

func writeParameters(b *strings.Builder, kind string, parameters map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		fmt.Fprintf(b, "\t%s %q = %q\n", kind, key, parameters[key])
	}
}

func writeExtensions(b *strings.Builder, extensions map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		fmt.Fprintf(b, "\t%s = %s\n", name, extensions[name])
	}
}
