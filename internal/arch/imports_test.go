package arch

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// arrows says which packages of this module each package may import, besides the standard library. An arrow may be
// added when a package's doc and ARCHITECTURE.md are changed with it; it may never point back up. "*" at the end stands
// for anything below.
const arrows = `
internal/exchange
internal/gateway
internal/config
internal/telemetry
internal/bucket
internal/strictjson
internal/rawio
internal/bundle
internal/jsontext
internal/store
internal/arch

internal/store/storetest    internal/store
internal/store/sqlite       internal/store
internal/state              internal/gateway internal/store

internal/content            internal/exchange
internal/upstream           internal/exchange internal/rawio
internal/backend            internal/exchange internal/upstream
internal/jwt
internal/jwt/devissuer
internal/policy
internal/spool              internal/gateway
internal/role               internal/gateway internal/policy
internal/lambda             internal/gateway internal/policy internal/spool
internal/lambda/event       internal/content internal/exchange internal/jsontext
internal/lambda/remote      internal/exchange internal/gateway internal/lambda internal/sigv4 internal/upstream
internal/lambda/runtimes    internal/gateway internal/lambda
internal/lambda/code        internal/gateway internal/lambda
internal/selection          internal/exchange internal/java internal/jsonpath internal/jsontext
internal/sns                internal/gateway internal/jsontext internal/lambda internal/sigv4 internal/spool
internal/sns/filter
internal/logs               internal/gateway
internal/metrics            internal/gateway internal/store
internal/metrics/math
internal/metrics/chart
internal/metrics/feed       internal/gateway internal/metrics internal/telemetry
internal/alarm              internal/gateway internal/java internal/metrics internal/metrics/query internal/state internal/store
internal/metrics/query      internal/gateway internal/metrics internal/metrics/math
internal/logs/pattern       internal/jsontext
internal/logs/insights      internal/jsontext
internal/logs/ship          internal/gateway
internal/tracing            internal/exchange
internal/java
internal/java/javatest
internal/jsonpath           internal/java
internal/vtl                internal/java internal/jsonpath
internal/draft4             internal/java
internal/template           internal/content internal/exchange internal/java internal/vtl
internal/lambda/sandbox     internal/rawio
internal/lambda/runtimeapi  internal/rawio
internal/lambda/host        internal/gateway internal/jsontext internal/lambda internal/lambda/runtimeapi internal/lambda/sandbox
internal/usage              internal/bucket internal/gateway internal/store
internal/program            internal/exchange internal/gateway internal/telemetry internal/tracing
internal/step/*             internal/exchange internal/gateway
internal/step/throttle      internal/exchange internal/bucket
internal/step/ratelimit     internal/exchange internal/bucket internal/strictjson
internal/step/validate      internal/draft4 internal/exchange internal/strictjson
internal/step/apikey        internal/exchange internal/usage
internal/step/integrate     internal/content internal/exchange internal/gateway internal/jsontext internal/upstream internal/awsservice internal/backend internal/java internal/jsonpath internal/lambda internal/lambda/event
internal/step/respond       internal/exchange internal/gateway internal/jsontext
internal/step/mapping       internal/content internal/exchange internal/gateway internal/selection internal/template
internal/step/accesslog     internal/exchange internal/gateway internal/selection
internal/awsservice         internal/exchange internal/sigv4
internal/step/authorize     internal/exchange internal/gateway internal/jwt internal/lambda internal/lambda/event internal/policy internal/selection internal/sigv4
internal/objects            internal/sigv4
internal/compile            internal/content internal/draft4 internal/exchange internal/gateway internal/program internal/telemetry internal/step/* internal/awsservice internal/jwt internal/lambda internal/lambda/event internal/policy internal/selection internal/template internal/usage internal/tracing
internal/rollout            internal/compile internal/exchange internal/gateway internal/lambda internal/program internal/state internal/store internal/usage
internal/trial              internal/compile internal/exchange internal/gateway internal/program internal/step/authorize
internal/dataplane          internal/exchange internal/program

internal/sigv4
internal/wire               internal/gateway
internal/wire/gen/*         internal/wire
internal/wire/wiretest
internal/wire/wiretest/gen/* internal/wire
internal/control/openapi/document
internal/control/openapi    internal/gateway internal/control/openapi/document
internal/control/openapi/rest internal/gateway internal/control/openapi/document
internal/control/apigatewayv2 internal/gateway internal/state internal/store internal/compile internal/control/openapi internal/wire internal/wire/gen/apigatewayv2
internal/control/apigateway/patch internal/wire/gen/apigateway
internal/control/apigateway internal/draft4 internal/gateway internal/state internal/store internal/policy internal/control/apigateway/patch internal/control/openapi/rest internal/control/openapi/document internal/trial internal/wire internal/wire/gen/apigateway
internal/control/lambda     internal/gateway internal/lambda internal/objects internal/state internal/store internal/wire internal/wire/gen/lambda internal/jsontext
internal/control/iam        internal/gateway internal/state internal/store internal/policy internal/wire internal/wire/gen/iam
internal/control/logs       internal/gateway internal/logs internal/logs/insights internal/logs/pattern internal/metrics internal/state internal/store internal/wire internal/wire/gen/logs
internal/control/cloudwatch internal/alarm internal/gateway internal/metrics internal/metrics/chart internal/metrics/query internal/state internal/store internal/wire internal/wire/gen/cloudwatch
internal/control/sns        internal/gateway internal/policy internal/sns internal/sns/filter internal/state internal/store internal/wire internal/wire/gen/sns
internal/control/sts        internal/wire internal/wire/gen/sts

internal/app                internal/*
cmd/dipylon                 internal/app internal/bundle internal/config internal/exchange internal/gateway
examples/*
tools/wiregen
bench                       bench/*
test/*                      test/* internal/app internal/config
`

// modules says which packages may import what is neither ours nor the standard library's. Tests may import more: AWS's
// clients are their oracle.
const modules = `
cmd/dipylon              github.com/alecthomas/kong github.com/aws/aws-sdk-go-v2 go.yaml.in/yaml/v4
examples/hello/hello     github.com/aws/aws-lambda-go
bench                    github.com/aws/aws-sdk-go-v2
test/*                   github.com/aws/aws-sdk-go-v2 github.com/aws/aws-lambda-go
internal/control/openapi/document go.yaml.in/yaml/v4
internal/dataplane       golang.org/x/sys
internal/lambda/sandbox  golang.org/x/sys
internal/metrics         github.com/DataDog/sketches-go
internal/step/validate   github.com/santhosh-tekuri/jsonschema/v6
internal/store/sqlite    github.com/gofrs/flock modernc.org/sqlite
internal/telemetry       github.com/prometheus/client_golang
internal/metrics/chart   golang.org/x/image
internal/tracing         go.opentelemetry.io/otel
internal/wire            github.com/fxamacker/cbor/v2 github.com/google/uuid
`

// TestImports holds every import to the arrows.
func TestImports(t *testing.T) {
	ours, others := parseRules(t, arrows), parseRules(t, modules)
	for _, f := range readTree(t) {
		allowed, ok := ours.find(f.dir())
		if !ok {
			t.Errorf("%s: no arrows for this package: say in internal/arch/imports_test.go what it may import", f.dir())
			continue
		}
		for _, imported := range f.imports() {
			own, isOurs := strings.CutPrefix(imported, module+"/")
			switch {
			case f.test:
				checkTestImport(t, f, own)
			case isOurs && !matchesAny(allowed, own):
				t.Errorf("%s: %s may not import %s: move the code, or have the importer own a small interface that internal/app fills", f.path, f.dir(), own)
			case !isOurs && strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
				list, _ := others.find(f.dir())
				if !slices.ContainsFunc(list, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") }) {
					t.Errorf("%s: %s may not import %s: see docs/decisions/0005-dependencies.md for how a dependency is admitted", f.path, f.dir(), imported)
				}
			}
		}
	}
}

// checkTestImport keeps tests of a part from starting the whole.
func checkTestImport(t *testing.T, f *file, own string) {
	t.Helper()
	whole := own == "internal/app"
	from := f.dir()
	if whole && from != "internal/app" && !strings.HasPrefix(from, "cmd/") && !strings.HasPrefix(from, "test/") {
		t.Errorf("%s: tests of a part do not start the whole: put the case under test/", f.path)
	}
}

// TestArrowsAreOfPackages finds arrows that outlived their package.
func TestArrowsAreOfPackages(t *testing.T) {
	files := readTree(t)
	for _, rules := range []rules{parseRules(t, arrows), parseRules(t, modules)} {
		for pattern := range rules {
			if !slices.ContainsFunc(files, func(f *file) bool { return matches(pattern, f.dir()) }) {
				t.Errorf("there is no package %s: take it out of internal/arch/imports_test.go", pattern)
			}
		}
	}
}

// TestStepsAreApart says again, for every step to come, what the arrows say of today's.
func TestStepsAreApart(t *testing.T) {
	const steps = "internal/step/"
	for _, f := range readTree(t) {
		if !strings.HasPrefix(f.path, steps) || f.test {
			continue
		}
		for _, imported := range f.imports() {
			own, _ := strings.CutPrefix(imported, module+"/")
			for _, forbidden := range []string{steps, "internal/store", "internal/state", "internal/wire", "internal/control"} {
				if strings.HasPrefix(own, forbidden) {
					t.Errorf("%s: a step imports no %s*: give it what it needs when internal/compile makes it", f.path, forbidden)
				}
			}
		}
	}
}

// httpPackages may use the types of net/http, and fasthttp nobody may but in tests. Names of statuses and methods are
// everybody's.
var httpPackages = []string{
	"cmd/dipylon", "bench", "test/*", "internal/app", "internal/dataplane", "internal/telemetry", "internal/wire", "internal/sigv4",
	"internal/jwt", "internal/jwt/devissuer", "internal/objects", "internal/logs/ship", "internal/sns",
}

// TestHTTPTypesStayAtTheEdge keeps the exchange independent of the HTTP stack.
func TestHTTPTypesStayAtTheEdge(t *testing.T) {
	for _, f := range readTree(t) {
		if f.test || matchesAny(httpPackages, f.dir()) || !slices.Contains(f.imports(), "net/http") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			name := sel.Sel.Name
			if ok && pkg.Name == "http" && !strings.HasPrefix(name, "Status") && !strings.HasPrefix(name, "Method") {
				t.Errorf("%s: http.%s stays in %s: the data plane speaks of internal/exchange, the control plane of internal/wire",
					f.set.Position(sel.Pos()), name, strings.Join(httpPackages, ", "))
			}
			return true
		})
	}
}

// rules maps a package, or a pattern, to a list.
type rules map[string][]string

func parseRules(t *testing.T, text string) rules {
	t.Helper()
	r := rules{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if _, twice := r[fields[0]]; twice {
			t.Errorf("%s stands twice in internal/arch/imports_test.go", fields[0])
		}
		r[fields[0]] = fields[1:]
	}
	return r
}

// find returns the list of the package itself, or of the longest pattern that takes it.
func (r rules) find(dir string) ([]string, bool) {
	if list, ok := r[dir]; ok {
		return list, true
	}
	for at := dir; at != "."; at = path.Dir(at) {
		if list, ok := r[at+"/*"]; ok {
			return list, true
		}
	}
	return nil, false
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
