package compile

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/usage"
)

type noCounters struct{}

func (noCounters) Counts(context.Context, string) ([]store.Count, error) { return nil, nil }
func (noCounters) SetCounts(context.Context, store.CountChange) error    { return nil }

// TestRestUsage: keys, then limits, then the quota (aws-behaviour-auth-websocket-logs.md, facts 26 to 30, 33, 42 and 48).
func TestRestUsage(t *testing.T) {
	w := world(&backends{})
	var err error
	if w.Usage, err = usage.Open(t.Context(), usage.Options{Storage: noCounters{}, Log: slog.New(slog.DiscardHandler), Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	method := func(required bool) map[string]*gateway.Method {
		m := get(proxyTo("http://one.example/", nil))
		m["GET"].APIKeyRequired = required
		return m
	}
	stage := restStage(resource("/keyed", method(true)), resource("/open", method(false)))
	w.Usage.Tenant(stage.Tenant).Apply(usage.Changes{
		Keys:    map[string]*gateway.APIKey{"id": {Value: "abcdefghijklmnopqrst", Enabled: true}},
		Plans:   map[string]*gateway.UsagePlan{"plan": {Stages: []gateway.PlanStage{{APIID: "api", Stage: "prod"}}, Quota: &gateway.Quota{Limit: 3, Period: gateway.PeriodMonth}}},
		Members: map[gateway.MemberID]*gateway.UsageExtension{{Plan: "plan", Key: "id"}: {}},
	})
	used := func() int {
		return w.Usage.Used(stage.Tenant, gateway.MemberID{Plan: "plan", Key: "id"}, time.Now(), 1)[0]
	}
	call := func(path, key string) (*exchange.Exchange, string) {
		t.Helper()
		p, err := RestAPI(stage, w)
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange.Exchange{ID: []byte("R"), Received: time.Now(), Journal: &exchange.Journal{Level: exchange.JournalInfo}}
		x.Request.Method, x.Request.Path = []byte("GET"), []byte(path)
		if key != "" {
			x.Request.Header.Add([]byte("x-api-key"), []byte(key))
		}
		p.Run(t.Context(), x, x.Request.Path)
		var lines []string
		for _, e := range x.Journal.Entries {
			lines = append(lines, e.Text)
		}
		return x, strings.Join(lines, "\n")
	}
	refused := func(x *exchange.Exchange, kind exchange.Kind) {
		t.Helper()
		if x.Fault == nil || x.Fault.Kind != kind {
			t.Errorf("the call is refused with %v, want %v", x.Fault, kind)
		}
	}
	if x, _ := call("/open", "unknown"); x.Response.Status != 200 || x.Identity.APIKey != "" {
		t.Errorf("without a key: %d %+v", x.Response.Status, x.Identity)
	}
	x, _ := call("/keyed", "unknown")
	refused(x, exchange.KindInvalidAPIKey)
	x, said := call("/keyed", "abcdefghijklmnopqrst")
	if x.Response.Status != 200 || x.Identity.APIKeyID != "id" || used() != 1 {
		t.Errorf("with a key: %d %+v; used %d", x.Response.Status, x.Identity, used())
	}
	if !strings.HasPrefix(said, "Verifying Usage Plan for request: R. API Key: **************opqrst API Stage: api/prod\nUsage Plan check succeeded for API Key **************opqrst and API Stage api/prod") {
		t.Errorf("said %s", said)
	}
	stage.Stage.MethodSettings = map[string]gateway.MethodSettings{"*/*": {Rate: 1, Burst: 0, LoggingLevel: "INFO"}}
	x, said = call("/keyed", "abcdefghijklmnopqrst")
	refused(x, exchange.KindThrottled)
	if used() != 1 {
		t.Errorf("a call that the stage refuses counts: %d", used())
	}
	if want := "Key throttle limit exceeded for RestApi api, Stage prod, Resource id-/keyed, HttpMethod GET. Limit: 1.00 Burst: 0"; !strings.Contains(said, "API Stage: api/prod\n"+want) {
		t.Errorf("said %s", said)
	}
	stage.Stage.MethodSettings = nil
	stage.Snapshot.API.APIKeySource = gateway.APIKeyFromAuthorizer
	x, _ = call("/keyed", "abcdefghijklmnopqrst")
	refused(x, exchange.KindInvalidAPIKey)
	stage.Snapshot.API.APIKeySource = ""
	for range 2 {
		call("/keyed", "abcdefghijklmnopqrst")
	}
	x, _ = call("/keyed", "abcdefghijklmnopqrst")
	refused(x, exchange.KindQuotaExceeded)
	if x.Response.Status != 429 || used() != 3 {
		t.Errorf("over the quota: %d; used %d", x.Response.Status, used())
	}
}
