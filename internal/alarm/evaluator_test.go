package alarm

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

// rig evaluates alarms on values that tests give it, minute by minute, and notes the actions.
type rig struct {
	*testing.T
	e *Evaluator

	mu     sync.Mutex
	values map[time.Time]float64
	acts   []string
	broken bool
}

func newRig(t *testing.T) *rig {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r := &rig{T: t, values: map[time.Time]float64{}}
	r.e = New(Options{Store: st, Points: r, Act: r, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	return r
}

// Points implements query.Source.
func (r *rig) Points(_ context.Context, q metrics.Query) ([]metrics.Point, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []metrics.Point
	for from := q.From; from.Before(q.To); from = from.Add(q.Period) {
		p := metrics.Point{Time: from}
		for at, v := range r.values {
			if !at.Before(from) && at.Before(from.Add(q.Period)) {
				p.Count++
				p.Sum += v
			}
		}
		if p.Count > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// List implements query.Source.
func (*rig) List(gateway.Tenant, func(*metrics.Info) bool) []metrics.Info { return nil }

// Units implements query.Source.
func (*rig) Units(metrics.Series) []string { return nil }

// Notify implements Actor.
func (r *rig) Notify(_ context.Context, topic, _, subject, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return errors.New("Topic does not exist")
	}
	r.acts = append(r.acts, topic[strings.LastIndexByte(topic, ':')+1:]+" "+subject)
	return nil
}

// Invoke implements Actor.
func (r *rig) Invoke(_ context.Context, function, _ string, _ []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts = append(r.acts, function[strings.LastIndexByte(function, ':')+1:])
	return nil
}

func (r *rig) acted() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := strings.Join(r.acts, "; ")
	r.acts = nil
	return out
}

func (r *rig) measure(value float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[time.Now()] = value
}

func (r *rig) put(a gateway.Alarm) {
	r.Helper()
	a.State = gateway.AlarmState{Value: gateway.AlarmNoData, Reason: gateway.AlarmUnchecked}
	a.ActionsEnabled, a.ConfiguredAt = true, time.Now().UTC()
	_, err := r.e.Store.Update(r.Context(), func(tx store.Tx) error {
		return state.Alarms().Put(tx, store.At(tenant.String(), "", a.Name), a)
	})
	if err != nil {
		r.Fatal(err)
	}
	r.e.Wake()
}

func (r *rig) state(name string) gateway.AlarmState {
	r.Helper()
	var a gateway.Alarm
	err := r.e.Store.View(r.Context(), func(rd store.Reader) (err error) {
		a, err = state.Alarms().Get(rd, store.At(tenant.String(), "", name))
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return a.State
}

func (r *rig) history(name string) []string {
	r.Helper()
	var out []string
	err := r.e.Store.View(r.Context(), func(rd store.Reader) error {
		page, err := state.AlarmEvents().List(rd, store.Range{Tenant: tenant.String(), Parent: name})
		for _, item := range page.Items {
			out = append(out, item.Value.Summary)
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return out
}

const topic, function = "arn:aws:sns:ap-southeast-2:123456789012:ops", "arn:aws:lambda:ap-southeast-2:123456789012:function:f"

func metricAlarm(period time.Duration) *gateway.MetricAlarm {
	return &gateway.MetricAlarm{
		Namespace: "ns", MetricName: "m", Statistic: "Sum", Period: period, Periods: 1, Threshold: 5, Comparison: "GreaterThanThreshold", Missing: missingOK,
	}
}

// TestRun follows an alarm through a day: on time, with its actions, and composite alarms after it.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.e.Run(ctx); close(done) }()
		defer func() { cancel(); <-done }()
		r.put(gateway.Alarm{Name: "minute", Metric: metricAlarm(time.Minute), AlarmActions: []string{topic, function}, OKActions: []string{topic}})
		r.put(gateway.Alarm{Name: "both", Rule: "ALARM(minute)", AlarmActions: []string{topic}})
		time.Sleep(time.Second)
		if s := r.state("minute"); s.Value != gateway.AlarmOK || !strings.Contains(s.Reason, "[NonBreaching]") {
			t.Errorf("%+v", s)
		}
		if s := r.state("both"); s.Reason != "arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:both was created and its alarm rule evaluates to OK" {
			t.Errorf("%+v", s)
		}
		r.acted()
		time.Sleep(29 * time.Second) // in the midst of a minute
		r.measure(9)
		time.Sleep(30 * time.Second)
		if s := r.state("minute"); s.Value != gateway.AlarmOK {
			t.Errorf("the minute is not over: %+v", s)
		}
		time.Sleep(2 * time.Second)
		if s := r.state("minute"); s.Value != gateway.AlarmAlarm || s.Reason != "Threshold Crossed: 1 datapoint [9.0 (01/01/00 00:00:00)] was greater than the threshold (5.0)." {
			t.Errorf("%+v", s)
		}
		if s := r.state("both"); s.Reason != "arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:minute transitioned to ALARM at Saturday 01 January, 2000 00:01:01 UTC" {
			t.Errorf("%+v", s)
		}
		const want = `ops ALARM: "minute" in Asia Pacific (Sydney); f; ops ALARM: "both" in Asia Pacific (Sydney)`
		if got := r.acted(); got != want {
			t.Errorf("%s", got)
		}
		time.Sleep(5 * time.Minute)
		if s := r.state("minute"); s.Value != gateway.AlarmOK || r.state("both").Value != gateway.AlarmOK {
			t.Errorf("%+v", s)
		}
		if got := r.acted(); got != `ops OK: "minute" in Asia Pacific (Sydney)` {
			t.Errorf("%s", got)
		}
	})
}

// TestShortPeriods evaluates every ten seconds.
func TestShortPeriods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.e.Run(ctx); close(done) }()
		defer func() { cancel(); <-done }()
		r.put(gateway.Alarm{Name: "fast", Metric: metricAlarm(10 * time.Second), AlarmActions: []string{topic, "arn:aws:automate:ap-southeast-2:ec2:stop"}})
		time.Sleep(15 * time.Second)
		r.measure(9)
		time.Sleep(7 * time.Second)
		if s := r.state("fast"); s.Value != gateway.AlarmAlarm {
			t.Errorf("%+v", s)
		}
		want := []string{
			"Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM", "Successfully executed action " + topic,
			"Failed to execute action arn:aws:automate:ap-southeast-2:ec2:stop",
		}
		if got := r.history("fast"); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// TestDueActions takes actions that a process left when it ended, once, and keeps states that somebody set until the next evaluation.
func TestDueActions(t *testing.T) {
	r := newRig(t)
	m := metricAlarm(time.Minute)
	m.Missing = missingIgnore
	r.put(gateway.Alarm{Name: "a", Metric: m, AlarmActions: []string{topic}})
	_, err := r.e.Store.Update(t.Context(), func(tx store.Tx) error {
		a, err := state.Alarms().Get(tx, store.At(tenant.String(), "", "a"))
		if err != nil {
			return err
		}
		return Change(tx, tenant, &a, gateway.AlarmState{Value: gateway.AlarmAlarm, Reason: "testing", UpdatedAt: time.Now()})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.e.all(t.Context(), woken)
	}
	if got := r.acted(); got != `ops ALARM: "a" in Asia Pacific (Sydney)` {
		t.Errorf("%s", got)
	}
	if s := r.state("a"); s.Reason != "testing" {
		t.Errorf("%+v", s)
	}
}

// TestLowSamples ignores percentiles of few values where that is asked for.
func TestLowSamples(t *testing.T) {
	m := &gateway.MetricAlarm{Extended: "p99", LowSample: missingIgnore, Periods: 1}
	for samples, want := range map[float64]bool{999: true, 1001: false} {
		if got := lowSample(m, []datapoint{{known: true, samples: samples, sampled: true}}); got != want {
			t.Errorf("%v: %v", samples, got)
		}
	}
}
