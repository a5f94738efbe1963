package usage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

var tenant = gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}

// memory keeps counts, and refuses to while it is broken.
type memory struct {
	mu     sync.Mutex
	counts map[store.Key]map[int]int64
	broken bool
}

func (m *memory) Counts(_ context.Context, kind string) (all []store.Count, err error) {
	for key, days := range m.counts {
		for _, day := range slices.Sorted(maps.Keys(days)) {
			all = append(all, store.Count{Key: key, Day: day, N: days[day]})
		}
	}
	return all, err
}

func (m *memory) SetCounts(_ context.Context, change store.CountChange) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errors.New("disk error")
	}
	for _, days := range m.counts {
		maps.DeleteFunc(days, func(day int, _ int64) bool { return day < change.Before })
	}
	for _, key := range change.Gone {
		delete(m.counts, key)
	}
	for _, c := range change.Set {
		if m.counts == nil {
			m.counts = map[store.Key]map[int]int64{}
		}
		if m.counts[c.Key] == nil {
			m.counts[c.Key] = map[int]int64{}
		}
		m.counts[c.Key][c.Day] = c.N
	}
	return nil
}

func (m *memory) total() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, days := range m.counts {
		for _, of := range days {
			n += of
		}
	}
	return n
}

// rig is a directory with the key "value" of the plan "plan", which has the stage "prod" of the API "api".
type rig struct {
	t testing.TB
	*Directory
	storage *memory
	now     time.Time
}

var link = gateway.MemberID{Plan: "plan", Key: "key"}

func newRig(t testing.TB, storage *memory) *rig {
	r := &rig{t: t, storage: storage, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	var err error
	r.Directory, err = Open(t.Context(), Options{Storage: storage, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) keys() *Keys { return r.Tenant(tenant) }

func (r *rig) plan(change func(*gateway.UsagePlan)) {
	p := gateway.UsagePlan{Stages: []gateway.PlanStage{{APIID: "api", Stage: "prod"}}}
	change(&p)
	r.keys().Apply(Changes{
		Plans:   map[string]*gateway.UsagePlan{"plan": &p},
		Keys:    map[string]*gateway.APIKey{"key": {ID: "key", Value: "value", Enabled: true}},
		Members: map[gateway.MemberID]*gateway.UsageExtension{link: {}},
	})
}

func quota(q gateway.Quota) func(*gateway.UsagePlan) {
	return func(p *gateway.UsagePlan) { p.Quota = &q }
}

func (r *rig) member() *Member {
	r.t.Helper()
	key := r.keys().Find([]byte("value"))
	if key == nil {
		r.t.Fatal("there is no key")
	}
	return key.Member("api", "prod")
}

// spend makes n calls and returns how many go through.
func (r *rig) spend(n int) (through int) {
	r.t.Helper()
	for range n {
		if r.member().Spend(r.now) == nil {
			through++
		}
	}
	return through
}

func TestFind(t *testing.T) {
	r := newRig(t, &memory{})
	r.plan(func(*gateway.UsagePlan) {})
	found := func(value, api, stage string) string {
		key := r.keys().Find([]byte(value))
		if other := r.keys().Named(value); other != key {
			t.Errorf("%s: found %v and %v", value, key, other)
		}
		if key == nil {
			return "none"
		}
		if m := key.Member(api, stage); m != nil {
			return key.ID + " " + m.plan.id
		}
		return key.ID
	}
	key := func(value string, enabled bool) Changes {
		return Changes{Keys: map[string]*gateway.APIKey{"key": {ID: "key", Value: value, Enabled: enabled}}}
	}
	for _, c := range []struct {
		name             string
		change           Changes
		value, api, want string
	}{
		{"as it is", Changes{}, "value", "api", "key plan"},
		{"another case", Changes{}, "VALUE", "api", "none"},
		{"no value", Changes{}, "", "api", "none"},
		{"another stage", Changes{}, "value", "other", "key"},
		{"disabled", key("value", false), "value", "api", "none"},
		{"enabled", key("value", true), "value", "api", "key plan"},
		{"another value", key("new", true), "value", "api", "none"},
		{"by that value", Changes{}, "new", "api", "key plan"},
		{"gone, and another key with its value", Changes{Keys: map[string]*gateway.APIKey{"key": nil, "key2": {ID: "key2", Value: "new", Enabled: true}}}, "new", "api", "key2"},
		{"in the plan", Changes{Members: map[gateway.MemberID]*gateway.UsageExtension{{Plan: "plan", Key: "key2"}: {}}}, "new", "api", "key2 plan"},
		{"in two plans", Changes{
			Plans:   map[string]*gateway.UsagePlan{"a": {Stages: []gateway.PlanStage{{APIID: "other", Stage: "prod"}}}},
			Members: map[gateway.MemberID]*gateway.UsageExtension{{Plan: "a", Key: "key2"}: {}},
		}, "new", "other", "key2 a"},
		{"the plan without the stage", Changes{Plans: map[string]*gateway.UsagePlan{"plan": {}}}, "new", "api", "key2"},
		{"out of the plan", Changes{Members: map[gateway.MemberID]*gateway.UsageExtension{{Plan: "a", Key: "key2"}: nil}}, "new", "other", "key2"},
		{"all anew", Changes{Whole: true, Keys: map[string]*gateway.APIKey{"key3": {Value: "three", Enabled: true}}}, "new", "api", "none"},
		{"with what is there", Changes{}, "three", "api", "key3"},
	} {
		r.keys().Apply(c.change)
		if got := found(c.value, c.api, "prod"); got != c.want {
			t.Errorf("%s: found %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAdmit: the plan's limit is of a key on all stages together (fact 28 of aws-behaviour-auth-websocket-logs.md), and
// the words are those of https://repost.aws/knowledge-center/api-gateway-429-limit.
func TestAdmit(t *testing.T) {
	r := newRig(t, &memory{})
	throttle := func(rate float64, burst int) gateway.Throttle { return gateway.Throttle{Rate: &rate, Burst: &burst} }
	r.plan(func(p *gateway.UsagePlan) {
		p.Throttle = new(throttle(5, 3))
		p.Stages = []gateway.PlanStage{
			{APIID: "api", Stage: "prod", Throttle: map[string]gateway.Throttle{"/slow/GET": throttle(1, 1)}}, {APIID: "api", Stage: "test"},
		}
	})
	admit := func(stage, method string) string {
		at := Place{API: "api", Stage: stage, ResourceID: "res", Verb: "GET", Method: method}
		if err := r.member().Admit(&at, r.now); err != nil {
			return err.Error()
		}
		return ""
	}
	const words = "Key throttle limit exceeded for Usage Plan ID plan, RestApi api, Stage %s, Resource res, HttpMethod GET. Limit: %s Burst: %d"
	steps := []struct {
		stage, method, want string
		wait                time.Duration
	}{
		{"prod", "/slow/GET", "", 0},
		{"prod", "/slow/GET", fmt.Sprintf(words, "prod", "1.00", 1), 0},
		{"prod", "/GET", "", 0},
		{"test", "/slow/GET", "", 0}, // it has no limit of its own there
		{"test", "/slow/GET", fmt.Sprintf(words, "test", "5.00", 3), 0},
		{"prod", "/GET", "", time.Second / 5},
		{"prod", "/slow/GET", "", time.Second},
	}
	for i, s := range steps {
		r.now = r.now.Add(s.wait)
		if got := admit(s.stage, s.method); got != s.want {
			t.Errorf("call %d: %q, want %q", i, got, s.want)
		}
	}
	// The plan changes, and nothing is refilled.
	r.plan(func(p *gateway.UsagePlan) { p.Throttle = new(throttle(5, 2)) })
	for i, want := range []bool{true, false} {
		if got := admit("prod", "/GET") == ""; got != want {
			t.Errorf("call %d after the change: %v", i, got)
		}
	}
	// An explicit 0 lets nothing through, and what is open is the account's (fact 74 of aws-behaviour-http-api.md).
	r.plan(func(p *gateway.UsagePlan) { p.Throttle = new(throttle(0, 5)) })
	r.now = r.now.Add(time.Minute)
	if admit("prod", "/GET") == "" {
		t.Error("a rate of 0 lets a call through")
	}
	r.Default = &bucket.Limit{Rate: 1, Burst: 1}
	r.plan(func(p *gateway.UsagePlan) { p.Throttle = &gateway.Throttle{Rate: new(1.0)} })
	for i, want := range []bool{true, false} {
		if got := admit("prod", "/GET") == ""; got != want {
			t.Errorf("call %d with the account's burst: %v", i, got)
		}
	}
}

// TestQuota: a quota begins anew with each period in UTC (answer 54136076 of Stack Overflow), and the offset is taken off
// the first (API reference, QuotaSettings).
func TestQuota(t *testing.T) {
	sunday := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		quota gateway.Quota
		at    []time.Duration // since the first call's moment, 4 calls each
		want  []int
	}{
		{"day", gateway.Quota{Limit: 3, Period: gateway.PeriodDay}, []time.Duration{0, 11 * time.Hour, 12 * time.Hour, 36 * time.Hour}, []int{3, 0, 3, 3}},
		{"week", gateway.Quota{Limit: 3, Period: gateway.PeriodWeek}, []time.Duration{0, 6 * 24 * time.Hour, 7 * 24 * time.Hour}, []int{3, 0, 3}},
		{"month", gateway.Quota{Limit: 9, Period: gateway.PeriodMonth}, []time.Duration{0, 29 * 24 * time.Hour, 30 * 24 * time.Hour, 31 * 24 * time.Hour}, []int{4, 4, 1, 4}},
		{"offset", gateway.Quota{Limit: 3, Offset: 2, Since: sunday, Period: gateway.PeriodDay}, []time.Duration{0, 24 * time.Hour}, []int{1, 3}},
		{"offset over the limit", gateway.Quota{Limit: 3, Offset: 9, Since: sunday, Period: gateway.PeriodDay}, []time.Duration{0, 24 * time.Hour}, []int{0, 3}},
		{"offset of a period that is over", gateway.Quota{Limit: 3, Offset: 2, Since: sunday.AddDate(0, 0, -1), Period: gateway.PeriodDay}, []time.Duration{0}, []int{3}},
		{"none", gateway.Quota{Period: gateway.PeriodDay}, []time.Duration{0}, []int{0}},
		{"the clock goes back", gateway.Quota{Limit: 3, Period: gateway.PeriodDay}, []time.Duration{0, -24 * time.Hour, 24 * time.Hour}, []int{3, 0, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, &memory{})
			r.plan(quota(c.quota))
			for i, after := range c.at {
				r.now = sunday.Add(after)
				if got := r.spend(4); got != c.want[i] {
					t.Errorf("after %v: %d calls went through, want %d", after, got, c.want[i])
				}
			}
		})
	}
	r := newRig(t, &memory{})
	r.plan(quota(gateway.Quota{Limit: 500, Offset: 500, Since: sunday, Period: gateway.PeriodDay}))
	// https://repost.aws/knowledge-center/api-gateway-429-limit
	if err := r.member().Spend(r.now); err == nil || err.Error() != "Key quota exhausted for Usage Plan ID plan. Q Limit: 500 Period: DAY" {
		t.Error(err)
	}
	r.plan(func(*gateway.UsagePlan) {})
	if got := r.spend(4); got != 4 {
		t.Errorf("%d calls went through without a quota", got)
	}
}

// TestExtension: UpdateUsage gives more or less until the period ends, and a change of the plan holds at once.
func TestExtension(t *testing.T) {
	r := newRig(t, &memory{})
	q := gateway.Quota{Limit: 3, Period: gateway.PeriodDay}
	r.plan(quota(q))
	extend := func(calls int) {
		r.keys().Apply(Changes{Members: map[gateway.MemberID]*gateway.UsageExtension{link: {Start: q.Start(r.now), Day: q.Start(r.now), Calls: calls}}})
	}
	r.spend(3)
	extend(2)
	if got := r.spend(4); got != 2 {
		t.Errorf("%d calls went through, want 2", got)
	}
	r.now = r.now.Add(24 * time.Hour)
	if got := r.spend(4); got != 3 {
		t.Errorf("a day later: %d calls went through, want 3", got)
	}
	r.plan(quota(gateway.Quota{Limit: 5, Period: gateway.PeriodDay}))
	if got := r.spend(4); got != 2 {
		t.Errorf("with a greater limit: %d calls went through, want 2", got)
	}
	r.plan(quota(gateway.Quota{Limit: 9, Period: gateway.PeriodWeek}))
	if got := r.spend(4); got != 0 {
		t.Errorf("with another period: %d calls went through, want 0", got)
	}
	if got := r.Used(tenant, link, r.now.AddDate(0, 0, -2), 4); !slices.Equal(got, []int{0, 5, 5, 0}) {
		t.Errorf("used %v", got)
	}
	if got := r.Used(tenant, gateway.MemberID{Plan: "plan", Key: "other"}, r.now, 1); !slices.Equal(got, []int{0}) {
		t.Errorf("an unknown key has used %v", got)
	}
}

func TestSave(t *testing.T) {
	storage := &memory{}
	r := newRig(t, storage)
	save := func() {
		t.Helper()
		if err := r.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	day := quota(gateway.Quota{Limit: 3, Period: gateway.PeriodDay})
	r.plan(day)
	r.spend(2)
	save()
	r.spend(1)
	storage.broken = true
	if err := r.Save(t.Context()); err == nil {
		t.Error("a failure is not told")
	}
	r.now = r.now.Add(24 * time.Hour)
	r.spend(2)
	if err := r.Save(t.Context()); err == nil || storage.total() != 2 {
		t.Errorf("%v; saved %d", err, storage.total())
	}
	storage.broken = false
	save()
	if n := storage.total(); n != 5 {
		t.Errorf("saved %d calls, want 5", n)
	}
	reopen := func() {
		now := r.now
		r = newRig(t, storage)
		r.now = now
		r.plan(day)
	}
	reopen()
	if got := r.spend(4); got != 1 {
		t.Errorf("after a restart: %d calls went through, want 1", got)
	}
	save()
	// A key that leaves its plan and comes back begins anew.
	r.keys().Apply(Changes{Members: map[gateway.MemberID]*gateway.UsageExtension{link: nil}})
	r.plan(day)
	if got := r.spend(2); got != 2 {
		t.Errorf("after coming back: %d calls went through, want 2", got)
	}
	save()
	if n := storage.total(); n != 2 {
		t.Errorf("saved %d calls, want 2", n)
	}
	r.now = r.now.AddDate(0, 0, keptDays+1)
	save()
	if n := storage.total(); n != 0 {
		t.Errorf("%d calls are kept for too long", n)
	}
}

// TestRun: counts are written within a second, those of keys that are gone are deleted, and the end loses nothing.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		storage := &memory{counts: map[store.Key]map[int]int64{{Tenant: tenant.String(), Kind: Kind, Parent: "gone", ID: "key"}: {dayOf(time.Now()): 7}}}
		d, err := Open(t.Context(), Options{Storage: storage, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{t: t, Directory: d, storage: storage, now: time.Now()}
		r.plan(quota(gateway.Quota{Limit: 100, Period: gateway.PeriodMonth}))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			d.Run(ctx)
		}()
		synctest.Wait()
		r.spend(3)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := storage.total(); n != 3 {
			t.Errorf("a second later %d calls are saved, want 3", n)
		}
		r.spend(2)
		cancel()
		<-done
		if n := storage.total(); n != 5 {
			t.Errorf("at the end %d calls are saved, want 5", n)
		}
	})
}

// TestConcurrently: whatever the interleaving, exactly as many calls go through as the quota allows, and all are saved.
func TestConcurrently(t *testing.T) {
	storage := &memory{}
	r := newRig(t, storage)
	r.plan(quota(gateway.Quota{Limit: 5000, Period: gateway.PeriodMonth}))
	var through atomic.Int64
	var calls, others sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			for range 500 {
				if m := r.member(); m.Spend(r.now) == nil {
					through.Add(1)
				}
			}
		})
	}
	stop := make(chan struct{})
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			r.plan(quota(gateway.Quota{Limit: 5000, Period: gateway.PeriodMonth}))
			if err := r.Save(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	calls.Wait()
	close(stop)
	others.Wait()
	if err := r.Save(t.Context()); err != nil {
		t.Error(err)
	}
	if n := through.Load(); n != 5000 || storage.total() != 5000 {
		t.Errorf("%d calls went through and %d are saved, want 5000", n, storage.total())
	}
}

// BenchmarkApply is a new key of a tenant with 10,000.
func BenchmarkApply(b *testing.B) {
	r := newRig(b, &memory{})
	all := Changes{Keys: map[string]*gateway.APIKey{}, Members: map[gateway.MemberID]*gateway.UsageExtension{}}
	for i := range 10_000 {
		id := fmt.Sprintf("key%d", i)
		all.Keys[id] = &gateway.APIKey{ID: id, Value: "value" + id, Enabled: true}
		all.Members[gateway.MemberID{Plan: "plan", Key: id}] = &gateway.UsageExtension{}
	}
	r.keys().Apply(all)
	b.ReportAllocs()
	for b.Loop() {
		r.plan(func(*gateway.UsagePlan) {})
	}
}
