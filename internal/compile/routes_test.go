package compile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/throttle"
)

const listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/lb/1/2"

// wholeWorld has everything that a route can ask for; lines are what access logs wrote, once it is closed.
func wholeWorld(t *testing.T, b *backends) (w World, lines func() string) {
	t.Helper()
	w = world(b)
	var err error
	if w.Groups, err = backend.New(backend.Options{Groups: map[string]backend.Config{listener: {Addresses: []string{"10.0.0.1:80"}}}}); err != nil {
		t.Fatal(err)
	}
	w.Issuers = jwt.New(jwt.Options{})
	t.Cleanup(w.Issuers.Close)
	var written bytes.Buffer
	w.AccessLogs = accesslog.OpenSink(accesslog.SinkOptions{Stdout: &written})
	w.AccountLimit = &throttle.Limit{Rate: 100, Burst: 100}
	w.Services = Services{
		Endpoints:   map[string]string{"sqs": "http://sqs.example"},
		Credentials: func(role string) (keyID, secret, token string, ok bool) { return "a", "b", "", role == "arn:known" },
	}
	return w, func() string {
		w.AccessLogs.Close()
		return written.String()
	}
}

func wholeStage(routes ...gateway.Route) Stage {
	in := stageOf(nil, routes...)
	in.Tenant = gateway.Tenant{Account: "000000000000", Region: "us-east-1"}
	in.Stage.AccessLog = &gateway.AccessLog{
		Destination: "arn:aws:logs:us-east-1:000000000000:log-group:g", Format: "$context.requestId $context.routeKey $context.status $context.authorizer.error",
	}
	in.Snapshot.Authorizers = []gateway.Authorizer{
		{ID: "jwt", Name: "jwt", Issuer: "http://127.0.0.1:1/", Audience: []string{"me"}, IdentitySource: []string{"$request.header.Authorization"}},
		{ID: "odd", Name: "odd", Issuer: "http://127.0.0.1:1/", Audience: []string{"me"}, IdentitySource: []string{"nonsense"}},
	}
	in.Snapshot.Integrations = append(in.Snapshot.Integrations,
		gateway.Integration{
			ID: "mapped", Type: gateway.HTTPProxy, URI: listener, VPCLinkID: "link", TimeoutMillis: 1000,
			RequestParameters:  map[string]string{"overwrite:path": "/mapped"},
			ResponseParameters: map[string]map[string]string{"200": {"overwrite:statuscode": "202"}},
		},
		gateway.Integration{ID: "nowhere", Type: gateway.HTTPProxy, URI: "arn:other", VPCLinkID: "link", TimeoutMillis: 1000},
		gateway.Integration{ID: "badmap", Type: gateway.HTTPProxy, URI: "http://h/", TimeoutMillis: 1000, RequestParameters: map[string]string{"nonsense": "x"}},
		service("sqs", "SQS-PurgeQueue", "arn:known"), service("stranger", "SQS-PurgeQueue", "arn:stranger"), service("none", "SQS-Nothing", "arn:known"),
	)
	return in
}

func service(id, subtype, role string) gateway.Integration {
	return gateway.Integration{
		ID: id, Type: gateway.AWSProxy, Subtype: subtype, CredentialsARN: role, PayloadVersion: "1.0", TimeoutMillis: 1000,
		RequestParameters: map[string]string{"QueueUrl": "http://sqs.example/1/q"},
	}
}

// TestOrderOfAllSteps: a route that has everything has it in the order of pipeline.go.
func TestOrderOfAllSteps(t *testing.T) {
	w, _ := wholeWorld(t, &backends{})
	p, err := HTTPAPI(wholeStage(gateway.Route{Key: "GET /", IntegrationID: "mapped", Authorization: gateway.JWT, AuthorizerID: "jwt"}), w)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Match([]byte("GET"), []byte("/"))
	var names []string
	for _, s := range append(append(append([]exchange.Step{}, r.Request...), exchange.Step{Name: "|", Detail: "|"}), r.Always...) {
		names = append(names, s.Name)
		if s.Detail == "" {
			t.Errorf("step %s does not say what it was compiled to", s.Name)
		}
	}
	if got := strings.Join(names, " "); got != "authorize throttle mapping integrate | mapping respond accesslog" {
		t.Errorf("got %s", got)
	}
}

// TestRoutesFailClosed: what cannot be decided, called or mapped refuses; nothing of it is let through, and the other
// routes serve. Every answer is logged.
func TestRoutesFailClosed(t *testing.T) {
	var b backends
	w, lines := wholeWorld(t, &b)
	p, err := HTTPAPI(wholeStage(
		gateway.Route{Key: "GET /mapped", IntegrationID: "mapped"},
		gateway.Route{Key: "GET /service", IntegrationID: "sqs"},
		gateway.Route{Key: "GET /nowhere", IntegrationID: "nowhere"},
		gateway.Route{Key: "GET /badmap", IntegrationID: "badmap"},
		gateway.Route{Key: "GET /stranger", IntegrationID: "stranger"},
		gateway.Route{Key: "GET /noservice", IntegrationID: "none"},
		gateway.Route{Key: "GET /jwt", IntegrationID: "one", Authorization: gateway.JWT, AuthorizerID: "jwt"},
		gateway.Route{Key: "GET /gone", IntegrationID: "mapped", Authorization: gateway.JWT, AuthorizerID: "gone"},
		gateway.Route{Key: "GET /odd", IntegrationID: "mapped", Authorization: gateway.JWT, AuthorizerID: "odd"},
		gateway.Route{Key: "GET /unknown", IntegrationID: "mapped", Authorization: "CUSTOM"},
	), w)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, target, cause string
		status              int
	}{
		{"/mapped", "/mapped", "", 202},
		{"/service", "sqs.example/", "", 200},
		{"/nowhere", "", "no entry of the setting backends has the ARN arn:other", 503},
		{"/badmap", "", "nonsense", 500},
		{"/stranger", "", "arn:stranger", 500},
		{"/noservice", "", "SQS-Nothing", 500},
		{"/jwt", "", "unauthorized", 401},
		{"/gone", "", "unauthorized", 401},
		{"/odd", "", "unauthorized", 401},
		{"/unknown", "", "unauthorized", 401},
	} {
		b.target = ""
		x := run(p, "GET", c.path)
		cause := ""
		if x.Fault != nil {
			cause = x.Fault.Error()
		}
		if x.Response.Status != c.status || !strings.HasSuffix(b.target, c.target) || c.target == "" && b.target != "" || !strings.Contains(cause, c.cause) {
			t.Errorf("%s: %d, called %q, %s", c.path, x.Response.Status, b.target, cause)
		}
	}
	if log := lines(); strings.Count(log, "\n") != 10 || !strings.Contains(log, "id GET /jwt 401 missing: token not provided\n") {
		t.Errorf("the log is\n%s", log)
	}
}

// TestAccessLogThatCannotBe: the control plane refuses it, so a stage that has it does not compile.
func TestAccessLogThatCannotBe(t *testing.T) {
	for _, log := range []gateway.AccessLog{
		{Destination: "arn:aws:s3:::b", Format: "$context.requestId"},
		{Destination: "arn:aws:logs:us-east-1:000000000000:log-group:g", Format: "$context.status"},
	} {
		w, _ := wholeWorld(t, &backends{})
		in := wholeStage()
		in.Stage.AccessLog = &log
		if _, err := HTTPAPI(in, w); err == nil {
			t.Errorf("%+v compiles", log)
		}
		if CheckAccessLog(log.Destination, log.Format) == nil {
			t.Errorf("%+v is accepted", log)
		}
	}
}
