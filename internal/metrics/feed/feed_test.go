package feed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/telemetry"
)

var (
	now    = time.Date(2026, 11, 25, 12, 0, 30, 0, time.UTC)
	tenant = gateway.Tenant{Account: "123456789012", Region: "eu-west-1"}
)

// fixture is a feed between real parts.
type fixture struct {
	*testing.T
	*Feed
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := func() time.Time { return now }
	points, err := metrics.Open(t.Context(), metrics.Options{Storage: db, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{T: t, Feed: New(Options{From: telemetry.New(), Into: points, Now: clock})}
}

// all shows every series: its name, the values of its dimensions, its unit, and count, sum, least and greatest value.
func (f *fixture) all() []string {
	f.Helper()
	var lines []string
	for _, info := range f.Into.List(tenant, func(*metrics.Info) bool { return true }) {
		points, err := f.Into.Points(f.Context(), metrics.Query{
			Series: info.Series, Period: time.Minute, From: now.Truncate(time.Minute), To: now.Truncate(time.Minute).Add(time.Minute),
		})
		if err != nil || len(points) != 1 {
			f.Fatalf("%v: %v, %v", info, points, err)
		}
		var dimensions []string
		for _, d := range info.Dimensions {
			dimensions = append(dimensions, d.Name+"="+d.Value)
		}
		p := &points[0]
		lines = append(lines, fmt.Sprintf("%s %s{%s} %s: %v/%v/%v/%v", info.Namespace, info.Name, strings.Join(dimensions, ","), info.Units[0], p.Count, p.Sum, p.Min, p.Max))
	}
	return lines
}

func (f *fixture) want(want ...string) {
	f.Helper()
	got := f.all()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestREST: names, dimensions and units (aws-behaviour-auth-websocket-logs.md, fact 71).
func TestREST(t *testing.T) {
	f := newFixture(t)
	f.From.Own("a1", telemetry.Owner{Account: tenant.Account, Region: tenant.Region, Name: "Tiere é", REST: true})
	stage, method := f.From.Stage("a1", "prod"), f.From.Route("a1", "prod", "GET /pets/{id}")
	stage.Observe(200, 10*time.Millisecond, 7*time.Millisecond)
	stage.Observe(404, 2*time.Millisecond, 0)
	stage.Observe(503, 30*time.Millisecond, 29*time.Millisecond)
	f.From.Stage("a1", "other").Observe(500, time.Millisecond, 0)
	f.From.Stage("a1", "").Observe(403, time.Millisecond, 0)
	f.From.Stage("unknown", "prod").Observe(200, time.Millisecond, 0)
	f.Once()
	method.Observe(200, time.Millisecond, 0)
	cache := f.From.Cache("a1", "prod", "GET /pets/{id}")
	cache.Hit()
	cache.Hit()
	cache.Missed()
	f.Once()
	stageOf, apiOf, methodOf := "{ApiName=Tiere ,Stage=prod}", "{ApiName=Tiere }", "{ApiName=Tiere ,Method=GET,Resource=/pets/{id},Stage=prod}"
	other := "{ApiName=Tiere ,Stage=other}"
	const ns = "AWS/ApiGateway "
	f.want(
		ns+"Count"+apiOf+" Count: 4/4/1/1", ns+"Count"+stageOf+" Count: 3/3/1/1", ns+"Count"+other+" Count: 1/1/1/1", ns+"Count"+methodOf+" Count: 1/1/1/1",
		ns+"4XXError"+apiOf+" Count: 4/1/0/1", ns+"4XXError"+stageOf+" Count: 3/1/0/1", ns+"4XXError"+other+" Count: 1/0/0/0", ns+"4XXError"+methodOf+" Count: 1/0/0/0",
		ns+"5XXError"+apiOf+" Count: 4/2/0/1", ns+"5XXError"+stageOf+" Count: 3/1/0/1", ns+"5XXError"+other+" Count: 1/1/1/1", ns+"5XXError"+methodOf+" Count: 1/0/0/0",
		ns+"Latency"+apiOf+" Milliseconds: 4/43/1/30", ns+"Latency"+stageOf+" Milliseconds: 3/42/2/30", ns+"Latency"+other+" Milliseconds: 1/1/1/1",
		ns+"Latency"+methodOf+" Milliseconds: 1/1/1/1",
		ns+"IntegrationLatency"+apiOf+" Milliseconds: 2/36/7/29", ns+"IntegrationLatency"+stageOf+" Milliseconds: 2/36/7/29",
		ns+"CacheHitCount"+methodOf+" Count: 3/2/0/1", ns+"CacheMissCount"+methodOf+" Count: 3/1/0/1",
	)
}

// TestHTTP: fact 72; and what only Dipylon has, the same by the API's name.
func TestHTTP(t *testing.T) {
	f := newFixture(t)
	f.From.Own("h1", telemetry.Owner{Account: tenant.Account, Region: tenant.Region, Name: "pets"})
	stage, route := f.From.Stage("h1", "$default"), f.From.Route("h1", "$default", "GET /")
	stage.Observe(500, 10*time.Millisecond, time.Millisecond)
	stage.Process(100)
	route.Observe(500, 10*time.Millisecond, 0)
	route.Process(0)
	f.Once()
	const ns, api, of, detailed = "AWS/ApiGateway ", "{ApiId=h1}", "{ApiId=h1,Stage=$default}", "{ApiId=h1,Route=GET /,Stage=$default}"
	var want []string
	for _, of := range []string{api, of} {
		want = append(want, ns+"Count"+of+" Count: 1/1/1/1", ns+"4xx"+of+" Count: 1/0/0/0", ns+"5xx"+of+" Count: 1/1/1/1",
			ns+"Latency"+of+" Milliseconds: 1/10/10/10", ns+"IntegrationLatency"+of+" Milliseconds: 1/1/1/1", ns+"DataProcessed"+of+" Bytes: 1/100/100/100")
	}
	for _, of := range []string{"{ApiName=pets}", "{ApiName=pets,Stage=$default}"} {
		want = append(want, ns+"Count"+of+" Count: 1/1/1/1", ns+"4XXError"+of+" Count: 1/0/0/0", ns+"5XXError"+of+" Count: 1/1/1/1",
			ns+"Latency"+of+" Milliseconds: 1/10/10/10", ns+"IntegrationLatency"+of+" Milliseconds: 1/1/1/1")
	}
	f.want(append(want, ns+"Count"+detailed+" Count: 1/1/1/1", ns+"4xx"+detailed+" Count: 1/0/0/0", ns+"5xx"+detailed+" Count: 1/1/1/1",
		ns+"Latency"+detailed+" Milliseconds: 1/10/10/10", ns+"DataProcessed"+detailed+" Bytes: 1/0/0/0")...)
}

// TestFunction: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
func TestFunction(t *testing.T) {
	f := newFixture(t)
	f.Running = func(emit func(gateway.Tenant, string, int)) {
		emit(tenant, "f", 3)
		emit(tenant, "idle", 0)
	}
	s := f.From.Function(tenant.Account, tenant.Region, "f")
	s.Ran(2*time.Millisecond, false)
	s.Ran(4*time.Millisecond, true)
	s.Throttled()
	f.Once()
	const ns = "AWS/Lambda "
	want := []string{ns + "ConcurrentExecutions{FunctionName=f} Count: 1/3/3/3"}
	for _, of := range []string{"{}", "{FunctionName=f}", "{FunctionName=f,Resource=f}"} {
		want = append(want, ns+"Invocations"+of+" Count: 2/2/1/1", ns+"Errors"+of+" Count: 2/1/0/1", ns+"Throttles"+of+" Count: 3/1/0/1",
			ns+"Duration"+of+" Milliseconds: 2/6/2/4")
	}
	f.want(want...)
}

// TestPercentiles: within 1 %, from the call to the answer, for latencies that come and are flushed in pieces.
func TestPercentiles(t *testing.T) {
	f := newFixture(t)
	f.From.Own("a1", telemetry.Owner{Account: tenant.Account, Region: tenant.Region, Name: "pets", REST: true})
	s := f.From.Stage("a1", "prod")
	const n = 10_000
	for i := 1; i <= n; i++ {
		s.Observe(200, time.Duration(i)*37*time.Microsecond, 0)
		if i%997 == 0 {
			f.Once()
		}
		if i%3000 == 0 {
			if err := f.Into.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.Once()
	q := metrics.Query{Period: time.Minute, From: now.Truncate(time.Minute), To: now.Add(time.Minute), Distribution: true}
	q.Tenant, q.Namespace, q.Name, q.Dimensions = tenant, "AWS/ApiGateway", "Latency", metrics.Dimensions("ApiName", "pets", "Stage", "prod")
	points, err := f.Into.Points(t.Context(), q)
	if err != nil || len(points) != 1 {
		t.Fatalf("%v, %v", points, err)
	}
	for name, share := range map[string]float64{"p1": 0.01, "p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999} {
		statistic, err := metrics.ParseStatistic(name)
		if err != nil {
			t.Fatal(err)
		}
		want := share * n * 0.037
		if got, ok := statistic.Of(&points[0].Summary); !ok || got < 0.99*want || got > 1.01*want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if p := points[0]; p.Count != n || p.Max != n*0.037 {
		t.Errorf("count %v, greatest %v", p.Count, p.Max)
	}
}

// TestRun feeds at the end of each second.
func TestRun(t *testing.T) {
	f := newFixture(t)
	synctest.Test(t, func(t *testing.T) {
		f.Now = time.Now
		from := telemetry.New()
		f.From = from
		s := from.Function(tenant.Account, tenant.Region, "f")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Feed.Run(ctx)
		}()
		time.Sleep(300 * time.Millisecond)
		s.Throttled()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := f.Into.Count(); n == 0 {
			t.Error("a second has passed and nothing was fed")
		}
		cancel()
		<-done
	})
}
