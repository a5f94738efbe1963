package compile

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/step/ratelimit"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/upstream"
)

// backends is one that notes what it is sent and answers 200, or what it is told to.
type backends struct {
	target, sent string
	status       int
	fields       []exchange.Field
	answer       string
}

func (b *backends) Do(_ context.Context, req *upstream.Request, resp *upstream.Response) error {
	b.target, b.sent = string(req.Host)+string(req.RequestTarget), ""
	for _, f := range req.Header.Fields() {
		b.sent += string(f.Name) + ": " + string(f.Value) + "|"
	}
	b.sent += string(req.Body.Bytes)
	resp.Status = cmp.Or(b.status, 200)
	for _, f := range b.fields {
		resp.Header.Add(f.Name, f.Value)
	}
	resp.Body.Bytes = []byte(b.answer)
	return nil
}

func world(b *backends) World {
	return World{Backends: b, Buckets: throttle.NewBuckets(), Limiters: ratelimit.NewLimiters(0), Metrics: telemetry.New(), Log: slog.New(slog.DiscardHandler)}
}

func stageOf(variables map[string]string, routes ...gateway.Route) Stage {
	return Stage{
		API: gateway.API{ID: "api"}, Stage: gateway.Stage{Name: "prod", Variables: variables},
		Snapshot: gateway.Snapshot{Routes: routes, Integrations: []gateway.Integration{
			{ID: "one", Type: gateway.HTTPProxy, URI: "http://one.example/{id}", TimeoutMillis: 1000},
			{ID: "two", Type: gateway.HTTPProxy, URI: "http://${stageVariables.host}/two", TimeoutMillis: 1000},
			{ID: "odd", Type: "MOCK"},
		}},
	}
}

func run(p *program.Program, method, path string) *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("id")}
	x.Request.Method, x.Request.Path = []byte(method), []byte(path)
	p.Run(context.Background(), x, []byte(path))
	return x
}

func TestHTTPAPI(t *testing.T) {
	var b backends
	p, err := HTTPAPI(stageOf(map[string]string{"host": "two.example"},
		gateway.Route{Key: "GET /one/{id}", IntegrationID: "one"},
		gateway.Route{Key: "GET /two", IntegrationID: "two"},
		gateway.Route{Key: "GET /none"},
		gateway.Route{Key: "GET /odd", IntegrationID: "odd"},
		gateway.Route{Key: "GET /novar", IntegrationID: "one"},
	), world(&b))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		path   string
		status int
		want   string // what was called, or part of the fault
	}{
		{"/one/7", 200, "one.example/7"},
		{"/two", 200, "two.example/two"},
		// A route that cannot be integrated fails alone; the others serve.
		{"/none", 500, "no integration is attached"},
		{"/odd", 500, "not built"},
		{"/novar", 500, "{id}"},
		{"/elsewhere", 404, "route_not_found"},
	}
	for _, c := range cases {
		b.target = ""
		x := run(p, "GET", c.path)
		got := b.target
		if x.Fault != nil {
			got = x.Fault.Error()
		}
		if x.Response.Status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: %d %s", c.path, x.Response.Status, got)
		}
		if !x.Response.Header.Has("Apigw-Requestid") {
			t.Errorf("%s: no request id", c.path)
		}
	}
}

func TestHTTPAPIMissingStageVariable(t *testing.T) {
	p, err := HTTPAPI(stageOf(nil, gateway.Route{Key: "GET /two", IntegrationID: "two"}), world(&backends{}))
	if err != nil {
		t.Fatal(err)
	}
	if x := run(p, "GET", "/two"); x.Response.Status != 500 {
		t.Errorf("got %d", x.Response.Status)
	}
}

func TestHTTPAPIRefusesWhatTheControlPlaneWould(t *testing.T) {
	for _, routes := range [][]gateway.Route{
		{{Key: "nonsense"}},
		{{Key: "GET /{a}"}, {Key: "GET /{b}"}},
	} {
		if _, err := HTTPAPI(stageOf(nil, routes...), world(&backends{})); err == nil {
			t.Errorf("%v compiles", routes)
		}
	}
}

// The order of steps is part of the contract of pipeline.go and of ARCHITECTURE.md.
func TestPipeline(t *testing.T) {
	w := world(&backends{})
	names := func(steps []exchange.Step) string {
		var out []string
		for _, s := range steps {
			out = append(out, s.Name)
			if s.Detail == "" {
				t.Errorf("step %s does not say what it was compiled to", s.Name)
			}
		}
		return strings.Join(out, " ")
	}
	p, err := HTTPAPI(stageOf(nil, gateway.Route{Key: "GET /one/{id}", IntegrationID: "one"}), w)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Match([]byte("GET"), []byte("/one/1"))
	if got := names(r.Request) + " | " + names(r.Always); got != "integrate | respond" {
		t.Errorf("got %s", got)
	}
	w.Observe = func(*exchange.Exchange) {}
	p = Answering(exchange.KindUnknownAPI, "", "", w)
	if got := names(p.NoRoute.Request) + " | " + names(p.NoRoute.Always); got != "route | respond observe" {
		t.Errorf("got %s", got)
	}
}

func TestObserve(t *testing.T) {
	w := world(&backends{})
	var seen []int
	w.Observe = func(x *exchange.Exchange) { seen = append(seen, x.Response.Status) }
	p := Answering(exchange.KindUnknownAPI, "", "", w)
	var fault *exchange.Fault
	if x := run(p, "GET", "/"); len(seen) != 1 || seen[0] != 403 || !errors.As(x.Fault, &fault) {
		t.Errorf("seen %v", seen)
	}
}

// TestDetailedMetrics: a route's settings, else the stage's default, say whether it is measured by itself.
func TestDetailedMetrics(t *testing.T) {
	in := stageOf(nil, gateway.Route{Key: "GET /a", IntegrationID: "odd"}, gateway.Route{Key: "GET /b", IntegrationID: "odd"})
	in.Stage.DefaultSettings.DetailedMetrics = true
	in.Stage.RouteSettings = map[string]gateway.RouteSettings{"GET /b": {}}
	p, err := HTTPAPI(in, world(&backends{}))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/a": true, "/b": false, "/elsewhere": false} {
		if got := p.Match([]byte("GET"), []byte(path)).Metrics != nil; got != want {
			t.Errorf("%s: measured by itself: %v", path, got)
		}
	}
}
