package trial

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/upstream"
)

// backend answers with the target that it is asked for.
type backend struct{}

func (backend) Do(_ context.Context, req *upstream.Request, resp *upstream.Response) error {
	resp.Status = 200
	resp.Header.Add([]byte("Content-Type"), []byte("text/plain"))
	resp.Header.Add([]byte("Set-Cookie"), []byte("a=1"))
	resp.Header.Add([]byte("Set-Cookie"), []byte("b=2"))
	resp.Body.Bytes = slices.Concat(req.Method, []byte{' '}, req.RequestTarget)
	return nil
}

// echo answers with its event.
type echo struct{}

func (echo) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	body := strings.NewReplacer(`\\`, `\\\\`, `"`, `\"`).Replace(string(in.Payload))
	out.Payload = []byte(`{"statusCode":200,"body":"` + body + `"}`)
	return nil
}

func runner() *Runner {
	return New(compile.World{
		Backends: backend{}, Buckets: throttle.NewBuckets(), Metrics: telemetry.New(), Log: slog.New(slog.DiscardHandler),
		Functions: func(gateway.FunctionRef, lambda.Caller) compile.Function { return echo{} },
	})
}

func api() gateway.RestSnapshot {
	method := func(in *gateway.RestIntegration) *gateway.Method {
		return &gateway.Method{Authorization: gateway.AuthorizationNone, Integration: in}
	}
	return gateway.RestSnapshot{API: gateway.RestAPI{ID: "api"}, Resources: []gateway.Resource{
		{ID: "pet", Path: "/pets/{petId}", Methods: map[string]*gateway.Method{"ANY": method(&gateway.RestIntegration{
			Type: gateway.RestHTTPProxy, Method: "ANY", URI: "http://one.example/${stageVariables.v}/{id}", TimeoutMillis: 1000,
			RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.petId"},
		})}},
		{ID: "fn", Path: "/fn", Methods: map[string]*gateway.Method{"GET": method(&gateway.RestIntegration{
			Type: gateway.RestAWSProxy, Method: "POST", URI: "arn:aws:lambda:eu-west-1:1:function:f", TimeoutMillis: 1000,
		})}},
	}}
}

func trialOf(resource, target string) *Method {
	return &Method{
		Tenant: gateway.Tenant{Account: "1", Region: "eu-west-1"}, API: api(), ResourceID: resource, Verb: "GET",
		StageVariables: map[string]string{"v": "1"}, Request: Request{Target: target},
		Caller: Caller{AccessKeyID: "AK", ARN: "arn:aws:iam::1:user/me", UserAgent: "sdk"},
	}
}

// TestMethod: which paths are called, and what the log calls them, is recorded (test_invoke_test_method).
func TestMethod(t *testing.T) {
	for target, want := range map[string]struct{ body, path, vars, query string }{
		"/pets/123":         {"GET /1/123", "/pets/123", "{petId=123}", "{}"},
		"/pets/123?foo=bar": {"GET /1/123?foo=bar", "/pets/123", "{petId=123}", "{foo=bar}"},
		"":                  {"GET /1/{petId}", "/pets/{petId}", "{petId={petId}}", "{}"},
		"/random/test":      {"GET /1/", "/random/test", "{}", "{}"},
		"pets/a b\r\nX: y":  {"GET /1/a%20b%0D%0AX:%20y", "/pets/a%20b%0D%0AX:%20y", "{petId=a%20b%0D%0AX:%20y}", "{}"},
	} {
		got, err := runner().Method(t.Context(), trialOf("pet", target))
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != 200 || got.Body != want.body {
			t.Errorf("%q: %d %q, want %q", target, got.Status, got.Body, want.body)
		}
		for _, line := range []string{
			"HTTP Method: GET, Resource Path: " + want.path, "Method request path: " + want.vars, "Method request query string: " + want.query,
			"Method request headers: {}", "Method response body after transformations: " + want.body, "Successfully completed execution",
		} {
			if !strings.Contains(got.Log, " UTC 20") || !strings.Contains(got.Log, " : "+line+"\n") {
				t.Errorf("%q: no line %q in\n%s", target, line, got.Log)
			}
		}
		if !regexp.MustCompile(`^Execution log for request [0-9a-f-]{36}\n`).MatchString(got.Log) {
			t.Errorf("the log begins with %.60s", got.Log)
		}
		header := []Field{{"Content-Type", "text/plain"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"x-amzn-Remapped-Content-Length", "0"}}
		if !slices.Equal(got.Header, header) {
			t.Errorf("header %v", got.Header)
		}
	}
}

// TestFailure: headers and lines are recorded (test_failed_invoke_test_method).
func TestFailure(t *testing.T) {
	m := trialOf("pet", "/pets/1")
	m.StageVariables = nil
	got, err := runner().Method(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != 500 || got.Body != `{"message": "Internal server error"}` || !slices.Equal(got.Header, []Field{{"x-amzn-ErrorType", "InternalServerErrorException"}}) {
		t.Errorf("got %+v", got)
	}
	log := regexp.MustCompile(`(?m)^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : |[0-9a-f-]{36}`).ReplaceAllString(got.Log, "")
	if want := `Execution log for request 
Starting execution for request: 
HTTP Method: GET, Resource Path: /pets/1
Method request path: {petId=1}
Method request query string: {}
Method request headers: {}
Method request body before transformations: 
Execution failed due to configuration error: Invalid endpoint address
Method completed with status: 500
`; log != want {
		t.Errorf("got %s", log)
	}
}

// TestEvent: members are those of events in public repositories; see the constants of package exchange.
func TestEvent(t *testing.T) {
	m := trialOf("fn", "/fn")
	m.Header = []Field{{"X-Own", "1"}}
	got, err := runner().Method(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{
		`"stage":"test-invoke-stage"`, `"domainName":"testPrefix.testDomainName"`, `"domainPrefix":"testPrefix"`, `"path":"/fn","accountId":"1"`,
		`"apiKey":"test-invoke-api-key","apiKeyId":"test-invoke-api-key-id"`, `"sourceIp":"test-invoke-source-ip"`, `"userAgent":"sdk"`,
		`"accessKey":"AK"`, `"caller":"AK"`, `"userArn":"arn:aws:iam::1:user/me"`, `"stageVariables":{"v":"1"}`,
	} {
		if !strings.Contains(got.Body, member) {
			t.Errorf("no %s in %s", member, got.Body)
		}
	}
	if strings.Contains(got.Body, "deploymentId") {
		t.Error("a deployment")
	}
	if !strings.Contains(got.Log, "Method request headers: {X-Own=1}\n") || strings.Contains(got.Log, "API Key") {
		t.Errorf("log %s", got.Log)
	}
}

func TestRefusals(t *testing.T) {
	for name, change := range map[string]func(*Method){
		"a header of two":       func(m *Method) { m.Header = []Field{{"A", "1\r\nB: 2"}} },
		"a name that is none":   func(m *Method) { m.Header = []Field{{"A B", "1"}} },
		"a header with no name": func(m *Method) { m.Header = []Field{{"", "1"}} },
	} {
		m := trialOf("fn", "")
		change(m)
		if _, err := runner().Method(t.Context(), m); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range []*Method{trialOf("gone", ""), {API: api(), ResourceID: "fn", Verb: "POST"}} {
		if _, err := runner().Method(t.Context(), m); err == nil {
			t.Error("called what is not there")
		}
	}
}

func FuzzTarget(f *testing.F) {
	f.Add("/pets/1?x=y", "X-A", "1")
	f.Add("\r\n", "", "\x00")
	f.Fuzz(func(t *testing.T, target, name, value string) {
		m := trialOf("pet", target)
		m.Header = []Field{{name, value}}
		x, err := m.exchange("/pets/{petId}")
		if err != nil {
			return
		}
		sent := slices.Concat(x.Request.Path, x.Request.Query)
		if x.Request.Path[0] != '/' || slices.ContainsFunc(sent, func(c byte) bool { return c <= ' ' || c >= 0x7f }) {
			t.Errorf("target %q", sent)
		}
	})
}
