// Package monitoring holds the examples for Prometheus and Grafana to what a running server shows at /metrics.
package monitoring

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	rest "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	functions "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"go.yaml.in/yaml/v4"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/test/harness"
)

const examples = "../../examples/monitoring/"

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestNames: every series and label that the dashboard and the rules name is one of a server that has been used.
func TestNames(t *testing.T) {
	known := scrape(t)
	expressions := append(dashboard(t), rules(t)...)
	if len(expressions) < 60 {
		t.Fatalf("only %d expressions were found", len(expressions))
	}
	for _, e := range expressions {
		check(t, e, known)
	}
}

// TestCheck: the check of the other test finds what it is there for.
func TestCheck(t *testing.T) {
	known := map[string][]string{"dipylon_a_total": {"api"}}
	for expression, want := range map[string]int{
		`sum by (api) (rate(dipylon_a_total{api=~"x{2}, y=z"}[5m]))`: 0,
		`dipylon_b_total`:                          1,
		`rate(dipylon_a_total{stage="x"}[5m])`:     1,
		`sum by (api, stage) (dipylon_a_total)`:    1,
		`histogram_quantile(0.9, dipylon_a_total)`: 0,
	} {
		if got := problems(expression, known); len(got) != want {
			t.Errorf("%s: %v", expression, got)
		}
	}
}

func check(t *testing.T, expression string, known map[string][]string) {
	t.Helper()
	for _, p := range problems(expression, known) {
		t.Errorf("%s: %s", strings.Join(strings.Fields(expression), " "), p)
	}
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	series   = regexp.MustCompile(`\b((?:dipylon|process|go)_\w+)(?:\{([^}]*)\})?`)
	label    = regexp.MustCompile(`(\w+)\s*[=!]`)
	grouping = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

func problems(expression string, known map[string][]string) (found []string) {
	expression = quoted.ReplaceAllString(expression, `""`)
	var all []string
	for _, m := range series.FindAllStringSubmatch(expression, -1) {
		labels, ok := known[m[1]]
		if !ok {
			found = append(found, "no series "+m[1])
			continue
		}
		all = append(all, labels...)
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(labels, l[1]) {
				found = append(found, m[1]+" has no label "+l[1])
			}
		}
	}
	for _, m := range grouping.FindAllStringSubmatch(expression, -1) {
		for _, l := range strings.Split(m[1], ",") {
			if l = strings.TrimSpace(l); len(found) == 0 && !slices.Contains(all, l) {
				found = append(found, "nothing has the label "+l)
			}
		}
	}
	return found
}

// dashboard returns the dashboard's expressions and what its variables ask for.
func dashboard(t *testing.T) (expressions []string) {
	t.Helper()
	type target struct{ Expr string }
	var d struct {
		Panels []struct {
			Title   string
			Type    string
			Targets []target
		}
		Templating struct {
			List []struct{ Definition string }
		}
		Annotations struct{ List []target }
	}
	if err := json.Unmarshal(must(os.ReadFile(examples+"dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		if len(p.Targets) == 0 && p.Type != "row" {
			t.Errorf("the panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	for _, v := range d.Templating.List {
		expressions = append(expressions, v.Definition)
	}
	for _, a := range d.Annotations.List {
		expressions = append(expressions, a.Expr)
	}
	return expressions
}

// rules returns the rules' expressions, and asks of each rule what an alert needs.
func rules(t *testing.T) (expressions []string) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Load(must(os.ReadFile(examples+"alerts.yaml")), &file, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("the rule %q of %s has no name, severity or summary", r.Alert, g.Name)
			}
			expressions = append(expressions, r.Expr)
		}
	}
	return expressions
}

// scrape returns the series of a server that has been used, with their labels.
func scrape(t *testing.T) map[string][]string {
	t.Helper()
	const listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2"
	s := harness.Start(t, func(c *config.Config) {
		c.Backends = map[string]config.Backend{listener: {Addresses: []string{"127.0.0.1:1"}}}
	})
	use(t, s)
	resp := must(http.Get("http://" + s.ControlAddr() + "/metrics"))
	defer resp.Body.Close()
	known := map[string][]string{}
	line := regexp.MustCompile(`(?m)^([a-z]\w*)(?:\{(.*)\})? `)
	for _, m := range line.FindAllStringSubmatch(string(must(io.ReadAll(resp.Body))), -1) {
		known[m[1]] = nil
		for _, l := range label.FindAllStringSubmatch(quoted.ReplaceAllString(m[2], `""`), -1) {
			known[m[1]] = append(known[m[1]], l[1])
		}
	}
	return known
}

// use makes one of everything that has series of its own: an HTTP API with detailed metrics that refuses a call, a REST
// API's stage with a cache, a function.
func use(t *testing.T, s *harness.Server) {
	t.Helper()
	ctx, api := t.Context(), s.Client()
	made := must(api.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1"),
	}))
	must(api.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{
		ApiId: made.ApiId, StageName: aws.String("$default"), DefaultRouteSettings: &types.RouteSettings{DetailedMetricsEnabled: aws.Bool(true)},
	}))
	resp := must(http.Get("http://" + s.HTTPAddr() + "/_aws/execute-api/" + *made.ApiId + "/$default/"))
	resp.Body.Close()

	endpoint, keys := aws.String("http://"+s.ControlAddr()), credentials.NewStaticCredentialsProvider("test", "test", "")
	v1 := apigateway.New(apigateway.Options{Region: harness.Region, BaseEndpoint: endpoint, Credentials: keys})
	r := must(v1.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("r")}))
	root := must(v1.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: r.Id})).Items[0].Id
	must(v1.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: r.Id, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")}))
	must(v1.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: r.Id, ResourceId: root, HttpMethod: aws.String("GET"), Type: rest.IntegrationTypeMock}))
	d := must(v1.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: r.Id}))
	must(v1.CreateStage(ctx, &apigateway.CreateStageInput{
		RestApiId: r.Id, DeploymentId: d.Id, StageName: aws.String("s"), CacheClusterEnabled: true, CacheClusterSize: rest.CacheClusterSizeSize0Point5Gb,
	}))
	must(v1.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: r.Id, StageName: aws.String("s"), PatchOperations: []rest.PatchOperation{
		{Op: rest.OpReplace, Path: aws.String("/*/*/caching/enabled"), Value: aws.String("true")},
		{Op: rest.OpReplace, Path: aws.String("/*/*/metrics/enabled"), Value: aws.String("true")},
	}}))

	fn := lambda.New(lambda.Options{Region: harness.Region, BaseEndpoint: endpoint, Credentials: keys})
	must(fn.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("f"), Handler: aws.String("index.handler"), Runtime: functions.RuntimePython312,
		Role: aws.String("arn:aws:iam::000000000000:role/r"), Code: &functions.FunctionCode{ZipFile: zipped()},
	}))
}

// zipped is a zip of a function that is never called.
func zipped() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	must(w.Create("index.py"))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
