package telemetry

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape: %d", w.Code)
	}
	return w.Body.String()
}

func expect(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestStage(t *testing.T) {
	m := New()
	s := m.Stage("api", "prod")
	s.Observe(200, 3*time.Millisecond, 2*time.Millisecond)
	s.Observe(204, 3*time.Millisecond, 0)
	s.Observe(503, 30*time.Second, 30*time.Second)
	s.Observe(0, 0, 0)
	s.Observe(999, 0, 0)
	s.Process(100)
	s.Process(0)
	s.Process(11)
	if m.Stage("api", "prod") != s {
		t.Error("the same stage has other series")
	}
	m.RolledOut(time.Now(), true)
	m.RolledOut(time.Now(), false)
	expect(t, scrape(t, m),
		`dipylon_requests_total{api="api",class="2xx",stage="prod"} 2`,
		`dipylon_requests_total{api="api",class="5xx",stage="prod"} 1`,
		`dipylon_requests_total{api="api",class="4xx",stage="prod"} 0`,
		`dipylon_processed_bytes_total{api="api",stage="prod"} 111`,
		`dipylon_request_duration_seconds_count{api="api",stage="prod"} 5`,
		`dipylon_request_duration_seconds_bucket{api="api",stage="prod",le="0.005"} 4`,
		`dipylon_integration_duration_seconds_count{api="api",stage="prod"} 2`,
		`dipylon_rollouts_total{result="live"} 1`,
		`dipylon_rollouts_total{result="rejected"} 1`)
}

// TestRoute: detailed metrics count a route's calls beside the stage's (aws-behaviour-auth-websocket-logs.md, fact 72).
func TestRoute(t *testing.T) {
	m := New()
	s := m.Route("api", "prod", "GET /pets/{id}")
	s.Observe(404, time.Millisecond, time.Millisecond)
	s.Process(7)
	if m.Route("api", "prod", "GET /pets/{id}") != s || m.Stage("api", "prod") == s {
		t.Error("series of other names are the same, or those of the same names are not")
	}
	expect(t, scrape(t, m),
		`dipylon_route_requests_total{api="api",class="4xx",route="GET /pets/{id}",stage="prod"} 1`,
		`dipylon_route_processed_bytes_total{api="api",route="GET /pets/{id}",stage="prod"} 7`,
		`dipylon_route_request_duration_seconds_count{api="api",route="GET /pets/{id}",stage="prod"} 1`,
		`dipylon_route_integration_duration_seconds_count{api="api",route="GET /pets/{id}",stage="prod"} 1`,
		`dipylon_requests_total{api="api",class="4xx",stage="prod"} 0`)
}

// TestCache: a call counts for its stage and, with detailed metrics, for its method (aws-behaviour-auth-websocket-logs.md, fact
// 71). Where no stage has a cache there are no such series.
func TestCache(t *testing.T) {
	m := New()
	m.Stage("api", "prod")
	if strings.Contains(scrape(t, m), "cache_lookups") {
		t.Error("series of a cache that there is not")
	}
	plain, detailed := m.Cache("api", "prod", ""), m.Cache("api", "prod", "GET /pets")
	plain.Missed()
	detailed.Missed()
	detailed.Hit()
	expect(t, scrape(t, m),
		`dipylon_cache_lookups_total{api="api",result="hit",stage="prod"} 1`,
		`dipylon_cache_lookups_total{api="api",result="miss",stage="prod"} 2`,
		`dipylon_route_cache_lookups_total{api="api",result="hit",route="GET /pets",stage="prod"} 1`,
		`dipylon_route_cache_lookups_total{api="api",result="miss",route="GET /pets",stage="prod"} 1`)
	m.Forget("api")
	if strings.Contains(scrape(t, m), "cache_lookups") {
		t.Error("series of a deleted API are left")
	}
}

// TestRefused: a refused call counts for its stage by step and kind, without a cost worth naming.
func TestRefused(t *testing.T) {
	m := New()
	s := m.Stage("api", "prod")
	s.Refused("throttle", "throttled")
	s.Refused("throttle", "throttled")
	s.Refused("", "uri_too_long")
	m.Route("api", "prod", "GET /").Refused("throttle", "throttled")
	expect(t, scrape(t, m),
		`dipylon_faults_total{api="api",kind="throttled",stage="prod",step="throttle"} 2`,
		`dipylon_faults_total{api="api",kind="uri_too_long",stage="prod",step=""} 1`)
	if n := testing.AllocsPerRun(100, func() { s.Refused("throttle", "throttled") }); n != 0 {
		t.Errorf("%v allocations per refused call", n)
	}
	m.Forget("api")
	if strings.Contains(scrape(t, m), "throttled") {
		t.Error("faults of a deleted API are left")
	}
}

// TestChanges: rollouts and updates of the store tell how long they took, and rollouts when one last went live.
func TestChanges(t *testing.T) {
	m := New()
	expect(t, scrape(t, m), `dipylon_rollouts_total{result="live"} 0`, `dipylon_rollouts_total{result="rejected"} 0`,
		"dipylon_rollout_last_live_timestamp_seconds 0")
	m.RolledOut(time.Now(), false)
	expect(t, scrape(t, m), "dipylon_rollout_last_live_timestamp_seconds 0", "dipylon_rollout_duration_seconds_count 1")
	m.RolledOut(time.Now(), true)
	m.Updated(3*time.Millisecond, false)
	m.Updated(20*time.Second, true)
	text := scrape(t, m)
	expect(t, text, `dipylon_store_update_duration_seconds_bucket{le="0.005"} 1`, "dipylon_store_update_duration_seconds_count 2",
		"dipylon_store_update_failures_total 1")
	if strings.Contains(text, "dipylon_rollout_last_live_timestamp_seconds 0\n") {
		t.Error("a rollout that went live has no time")
	}
}

func TestForget(t *testing.T) {
	m := New()
	m.Stage("gone", "a").Observe(200, 1, 1)
	m.Stage("gone", "b").Observe(200, 1, 1)
	m.Route("gone", "a", "GET /").Observe(200, 1, 1)
	m.Stage("stays", "a").Observe(200, 1, 1)
	m.Forget("gone")
	text := scrape(t, m)
	if strings.Contains(text, `"gone"`) {
		t.Error("series of a deleted API are left")
	}
	expect(t, text, `dipylon_requests_total{api="stays",class="2xx",stage="a"} 1`)
}

func TestObserveAllocatesNothing(t *testing.T) {
	s := New().Stage("api", "prod")
	if n := testing.AllocsPerRun(100, func() {
		s.Observe(200, time.Millisecond, time.Millisecond)
		s.Process(1)
	}); n != 0 {
		t.Errorf("%v allocations per call", n)
	}
}

func TestRegister(t *testing.T) {
	m := New()
	m.Register(Reading{Name: "lines_total", Help: "h", Read: func(emit func(float64, ...string)) { emit(3) }})
	m.Register(Reading{Name: "up", Help: "h", Labels: []string{"address"}, Read: func(emit func(float64, ...string)) {
		emit(1, "a")
		emit(0, "b")
	}})
	expect(t, scrape(t, m), "# TYPE lines_total counter", "lines_total 3", "# TYPE up gauge", `up{address="a"} 1`, `up{address="b"} 0`)
}

// TestFunction: series are named after AWS's metrics, and go with the function.
func TestFunction(t *testing.T) {
	m := New()
	s := m.Function("1", "eu-west-1", "f")
	s.Ran(3*time.Millisecond, false)
	s.Ran(2*time.Second, true)
	s.Throttled()
	m.Function("1", "eu-west-1", "g").Throttled()
	expect(t, scrape(t, m),
		`dipylon_function_invocations_total{account="1",function="f",region="eu-west-1"} 2`,
		`dipylon_function_errors_total{account="1",function="f",region="eu-west-1"} 1`,
		`dipylon_function_throttles_total{account="1",function="f",region="eu-west-1"} 1`,
		`dipylon_function_duration_seconds_count{account="1",function="f",region="eu-west-1"} 2`,
		`dipylon_function_duration_seconds_bucket{account="1",function="f",region="eu-west-1",le="0.005"} 1`)
	m.ForgetFunction("1", "eu-west-1", "f")
	if text := scrape(t, m); strings.Contains(text, `function="f"`) || !strings.Contains(text, `function="g"`) {
		t.Errorf("the wrong series went:\n%s", text)
	}
}
