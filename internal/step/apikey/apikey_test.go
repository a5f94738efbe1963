package apikey

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/usage"
)

type noStorage struct{}

func (noStorage) Counts(context.Context, string) ([]store.Count, error) { return nil, nil }
func (noStorage) SetCounts(context.Context, store.CountChange) error    { return nil }

const (
	value  = "abcdefghijklmnopqrstF0yrv6"
	hidden = "********************F0yrv6"
)

// keys are those of a tenant: one in a plan, one in none and one disabled.
func keys(tb testing.TB, plan gateway.UsagePlan) *usage.Keys {
	tb.Helper()
	d, err := usage.Open(tb.Context(), usage.Options{Storage: noStorage{}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	plan.Stages = []gateway.PlanStage{{APIID: "api", Stage: "dev"}}
	k := d.Tenant(gateway.Tenant{Account: "1", Region: "eu-west-1"})
	k.Apply(usage.Changes{
		Keys: map[string]*gateway.APIKey{
			"id": {Value: value, Enabled: true}, "planless": {Value: "planless", Enabled: true}, "off": {Value: "disabled"},
		},
		Plans:   map[string]*gateway.UsagePlan{"nnpegc": &plan},
		Members: map[gateway.MemberID]*gateway.UsageExtension{{Plan: "nnpegc", Key: "id"}: {}, {Plan: "nnpegc", Key: "off"}: {}},
	})
	return k
}

func config(k *usage.Keys) Config {
	return Config{Keys: k, Required: true, Method: "GET /", Place: usage.Place{API: "api", Stage: "dev", ResourceID: "f646q2", Verb: "GET", Method: "//GET"}}
}

func call(key string) *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("ID"), Received: time.Now(), REST: true, Journal: &exchange.Journal{Level: exchange.JournalInfo}}
	if key != "" {
		x.Request.Header.Add([]byte("X-Api-Key"), []byte(key))
	}
	return x
}

// run makes a call and returns what it is refused with, if it is.
func run(t *testing.T, cfg Config, x *exchange.Exchange) string {
	t.Helper()
	take, spend := Steps(cfg)
	err := take.Run(t.Context(), x)
	if err == nil {
		err = spend.Run(t.Context(), x)
	}
	var fault *exchange.Fault
	if errors.As(err, &fault) {
		return fault.Kind.String()
	}
	return ""
}

func said(x *exchange.Exchange) (lines []string) {
	for _, e := range x.Journal.Entries {
		lines = append(lines, e.Text)
	}
	return lines
}

// TestSteps: facts are those of aws-behaviour-auth-websocket-logs.md; the lines of what is exceeded are those of
// https://repost.aws/knowledge-center/api-gateway-429-limit.
func TestSteps(t *testing.T) {
	const unknown = " not authorized because method 'GET /' requires API Key and API Key is not associated with a Usage Plan for API Stage api/dev: No Usage Plan found for key and API Stage" // fact 49
	verifying := func(key string) string {
		return "Verifying Usage Plan for request: ID. API Key: " + key + " API Stage: api/dev" // fact 42
	}
	open := gateway.UsagePlan{}
	slow := gateway.UsagePlan{Throttle: &gateway.Throttle{Rate: new(5.0), Burst: new(0)}}
	small := gateway.UsagePlan{Quota: &gateway.Quota{Limit: 0, Period: gateway.PeriodDay}}
	for _, c := range []struct {
		name   string
		plan   gateway.UsagePlan
		change func(*Config, *exchange.Exchange)
		key    string
		want   string
		lines  []string
	}{
		{"a key", open, nil, value, "", []string{verifying(hidden), "Usage Plan check succeeded for API Key " + hidden + " and API Stage api/dev"}},
		// fact 26
		{"no key", open, nil, "", "invalid_api_key", []string{verifying(""), "API Key " + unknown}},
		{"unknown", open, nil, "abcdefgh", "invalid_api_key", []string{verifying("**cdefgh"), "API Key **cdefgh" + unknown}},
		{"no plan", open, nil, "planless", "invalid_api_key", nil},
		{"disabled", open, nil, "disabled", "invalid_api_key", nil},
		{"another stage", open, func(c *Config, _ *exchange.Exchange) { c.Place.Stage = "prod" }, value, "invalid_api_key", nil},
		// fact 33
		{"from the authorizer", open, func(c *Config, x *exchange.Exchange) { c.FromAuthorizer, x.Identity.UsageKey = true, value }, "", "", nil},
		{"not from the header", open, func(c *Config, x *exchange.Exchange) { c.FromAuthorizer = true }, value, "invalid_api_key", []string{verifying(""), "API Key " + unknown}},
		{"not from the authorizer", open, func(c *Config, x *exchange.Exchange) { x.Identity.UsageKey = value }, "", "invalid_api_key", nil},
		// fact 27
		{"too fast", slow, nil, value, "throttled", []string{verifying(hidden), "API Key " + hidden +
			" exceeded throttle limit for API Stage api/dev: Key throttle limit exceeded for Usage Plan ID nnpegc, RestApi api, Stage dev, Resource f646q2, HttpMethod GET. Limit: 5.00 Burst: 0"}},
		{"too many", small, nil, value, "quota_exceeded", []string{verifying(hidden), "API Key " + hidden +
			" exceeded quota limit for API Stage api/dev: Key quota exhausted for Usage Plan ID nnpegc. Q Limit: 0 Period: DAY"}},
		// facts 29 and 42
		{"none required", open, func(c *Config, _ *exchange.Exchange) { c.Required = false }, value, "", []string{
			verifying(""), "API Key  authorized because method 'GET /' does not require API Key. Request will not contribute to throttle or quota limits",
			"Usage Plan check succeeded for API Key  and API Stage api/dev",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, x := config(keys(t, c.plan)), call(c.key)
			if c.change != nil {
				c.change(&cfg, x)
			}
			if got := run(t, cfg, x); got != c.want {
				t.Errorf("refused with %q, want %q", got, c.want)
			}
			if c.lines != nil && !slices.Equal(said(x), c.lines) {
				t.Errorf("said %q", said(x))
			}
			if has := x.Identity.APIKey == value && x.Identity.APIKeyID == "id"; has != (c.want != "invalid_api_key" && cfg.Required) {
				t.Errorf("the call has key %q of id %q", x.Identity.APIKey, x.Identity.APIKeyID)
			}
			x.Journal = nil
			run(t, cfg, x)
		})
	}
}

// TestNoAllocation: a call with a key, within its limits and its quota.
func TestNoAllocation(t *testing.T) {
	take, spend, x := keyed(t)
	if n := testing.AllocsPerRun(100, func() {
		if err := errors.Join(take.Run(t.Context(), x), spend.Run(t.Context(), x)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a call", n)
	}
}

func keyed(tb testing.TB) (take, spend exchange.Step, x *exchange.Exchange) {
	plan := gateway.UsagePlan{
		Throttle: &gateway.Throttle{Rate: new(1e9), Burst: new(1 << 30)}, Quota: &gateway.Quota{Limit: 1 << 40, Period: gateway.PeriodMonth},
	}
	take, spend = Steps(config(keys(tb, plan)))
	x = call(value)
	x.Journal = nil
	return take, spend, x
}

func BenchmarkSteps(b *testing.B) {
	take, spend, x := keyed(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		own := *x
		for pb.Next() {
			if take.Run(b.Context(), &own) != nil || spend.Run(b.Context(), &own) != nil {
				b.Error("refused")
			}
		}
	})
}
