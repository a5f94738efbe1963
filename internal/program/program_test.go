package program

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// trace makes steps that write their names down.
type trace struct{ ran []string }

func (tr *trace) step(name string, run func(*exchange.Exchange) error) exchange.Step {
	return exchange.Step{Name: name, Run: func(_ context.Context, x *exchange.Exchange) error {
		tr.ran = append(tr.ran, name)
		if run == nil {
			return nil
		}
		return run(x)
	}}
}

func answer(status int) func(*exchange.Exchange) error {
	return func(x *exchange.Exchange) error {
		x.Response.Status = status
		return nil
	}
}

// program1 has one route with the given steps, and one step that always runs and turns a fault into its status.
func program1(t *testing.T, log *bytes.Buffer, tr *trace, steps ...exchange.Step) *Program {
	t.Helper()
	always := []exchange.Step{tr.step("always", func(x *exchange.Exchange) error {
		if x.Fault != nil {
			x.Response.Status = x.Fault.Kind.Default().Status
		}
		return nil
	})}
	p := &Program{
		APIID: "api", Stage: "prod", Metrics: telemetry.New().Stage("api", "prod"),
		Log: slog.New(slog.NewTextHandler(log, nil)),
		NoRoute: &Route{Always: always, Request: []exchange.Step{tr.step("noroute", func(*exchange.Exchange) error {
			return exchange.Refuse(exchange.KindRouteNotFound, nil)
		})}},
	}
	key, err := gateway.ParseRouteKey("GET /pets/{id}")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Router.Add(key, &Route{Key: "GET /pets/{id}", Request: steps, Always: always}); err != nil {
		t.Fatal(err)
	}
	return p
}

func exchangeFor(method string) *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("req-1"), Received: time.Now()}
	x.Request.Method, x.Request.Path = []byte(method), []byte("/prod/pets/7")
	return x
}

func TestRun(t *testing.T) {
	boom := errors.New("boom")
	cases := []struct {
		name   string
		method string
		steps  func(*trace) []exchange.Step
		ran    string
		status int
		logged string
	}{
		{"goes on until a step answers", "GET", func(tr *trace) []exchange.Step {
			return []exchange.Step{tr.step("a", nil), tr.step("b", answer(201)), tr.step("c", nil)}
		}, "a b always", 201, ""},
		{"a refusal ends it", "GET", func(tr *trace) []exchange.Step {
			return []exchange.Step{tr.step("a", func(*exchange.Exchange) error {
				return exchange.Refuse(exchange.KindIntegrationFailure, boom)
			}), tr.step("b", answer(200))}
		}, "a always", 503, "fault=integration_failure step=a status=503 cause=boom"},
		{"any other error is ours", "GET", func(tr *trace) []exchange.Step {
			return []exchange.Step{tr.step("a", func(*exchange.Exchange) error { return boom })}
		}, "a always", 500, "level=ERROR msg=\"call refused\" requestId=req-1 api=api stage=prod route=\"GET /pets/{id}\" method=GET path=/prod/pets/7 fault=internal step=a status=500 cause=boom"},
		{"no route", "POST", func(tr *trace) []exchange.Step { return nil }, "noroute always", 404, "fault=route_not_found step=noroute status=404"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			var tr trace
			p := program1(t, &log, &tr, c.steps(&tr)...)
			x := exchangeFor(c.method)
			p.Run(t.Context(), x, []byte("/pets/7"))
			if got := strings.Join(tr.ran, " "); got != c.ran || x.Response.Status != c.status {
				t.Errorf("ran %s, status %d", got, x.Response.Status)
			}
			if !strings.Contains(log.String(), c.logged) || (c.logged == "") != (log.Len() == 0) {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestRunTellsWhereTheCallWent(t *testing.T) {
	var log bytes.Buffer
	var tr trace
	p := program1(t, &log, &tr, tr.step("a", answer(200)))
	x := exchangeFor("GET")
	p.Run(t.Context(), x, []byte("/pets/7"))
	m := x.Route
	if m.APIID != "api" || m.Stage != "prod" || m.Key != "GET /pets/{id}" || string(m.Path) != "/pets/7" ||
		len(m.Vars) != 1 || m.Vars[0].Name != "id" || string(m.Vars[0].Value) != "7" {
		t.Errorf("matched %+v", m)
	}
}

func TestRefuse(t *testing.T) {
	var log bytes.Buffer
	var tr trace
	p := program1(t, &log, &tr)
	x := exchangeFor("GET")
	p.Refuse(t.Context(), x, exchange.Refuse(exchange.KindRequestTooLarge, nil))
	if got := strings.Join(tr.ran, " "); got != "always" || x.Response.Status != 413 {
		t.Errorf("ran %s, status %d", got, x.Response.Status)
	}
}

func TestTable(t *testing.T) {
	var table Table
	find := func(id, region string) string {
		if api := table.Find([]byte(id), []byte(region)); api != nil {
			return api.ID + "@" + api.Region
		}
		return ""
	}
	expect := func(id, region, want string) {
		t.Helper()
		if got := find(id, region); got != want {
			t.Errorf("find %s in %q: got %q, want %q", id, region, got, want)
		}
	}
	expect("a", "", "")
	table.Put(&API{ID: "a", Region: "us-east-1"})
	table.Put(&API{ID: "a", Region: "eu-west-1"})
	table.Put(&API{ID: "b", Region: "eu-west-1"})
	expect("a", "", "a@eu-west-1")
	expect("a", "us-east-1", "a@us-east-1")
	expect("a", "us-west-2", "")
	next := &API{ID: "a", Region: "us-east-1", Disabled: true}
	table.Put(next)
	if table.Find([]byte("a"), []byte("us-east-1")) != next || len(table.All()) != 3 {
		t.Error("Put does not replace")
	}
	table.Delete("a", "eu-west-1")
	expect("a", "", "a@us-east-1")
	table.Delete("a", "us-east-1")
	table.Delete("a", "us-east-1")
	expect("a", "", "")
	expect("b", "eu-west-1", "b@eu-west-1")
}

// TestMeasure: a route with detailed metrics counts beside its stage, and payloads count as they pass.
func TestMeasure(t *testing.T) {
	m := telemetry.New()
	var log bytes.Buffer
	p := program1(t, &log, &trace{}, exchange.Step{Run: func(_ context.Context, x *exchange.Exchange) error {
		x.Response.Status = 200
		x.Response.Body = exchange.Body{Stream: io.NopCloser(strings.NewReader("chunks")), Size: -1}
		return nil
	}})
	p.Metrics = m.Stage("api", "prod")
	p.Match([]byte("GET"), []byte("/pets/7")).Metrics = m.Route("api", "prod", "GET /pets/{id}")
	for _, path := range []string{"/pets/7", "/elsewhere"} {
		x := &exchange.Exchange{ID: []byte("id"), Received: time.Now()}
		x.Request.Method, x.Request.Body.Bytes = []byte("GET"), []byte("ask")
		p.Run(t.Context(), x, []byte(path))
		if err := x.Response.Body.ReadAhead(100); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for _, want := range []string{
		`dipylon_processed_bytes_total{api="api",stage="prod"} 12`,
		`dipylon_requests_total{api="api",class="4xx",stage="prod"} 1`,
		`dipylon_route_processed_bytes_total{api="api",route="GET /pets/{id}",stage="prod"} 9`,
		`dipylon_route_requests_total{api="api",class="2xx",route="GET /pets/{id}",stage="prod"} 1`,
		`dipylon_route_requests_total{api="api",class="4xx",route="GET /pets/{id}",stage="prod"} 0`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}

// TestCanary: 0 and 100 % are exact, and what lies between is about that.
func TestCanary(t *testing.T) {
	for _, c := range []struct {
		share    float64
		min, max int
	}{{0, 0, 0}, {1, 1000, 1000}, {0.5, 300, 700}} {
		var log bytes.Buffer
		var tr, other trace
		p := program1(t, &log, &tr, tr.step("base", answer(200)))
		p.Canary = &Canary{Program: program1(t, &log, &other, other.step("canary", answer(201))), Share: c.share}
		canary := 0
		for range 1000 {
			x := exchangeFor("GET")
			p.Run(t.Context(), x, []byte("/pets/7"))
			if x.Route.Release == exchange.CanaryRelease {
				canary++
			}
			if (x.Response.Status == 201) != (x.Route.Release == exchange.CanaryRelease) || x.Route.Release == exchange.OnlyRelease {
				t.Fatalf("status %d of release %d", x.Response.Status, x.Route.Release)
			}
		}
		if canary < c.min || canary > c.max {
			t.Errorf("share %v: %d of 1000", c.share, canary)
		}
	}
}
