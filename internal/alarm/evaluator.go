// Package alarm evaluates alarms: it compares metrics with thresholds, and other alarms' states with rules, words what it finds as CloudWatch
// does, and takes the actions of the new state. States and history are documents, so that they outlive the process; an action
// that was due when a process ended is taken by the next.
//
// It may import gateway, java, metrics, metrics/query, state and store.
package alarm

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics/query"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// Options is what an [Evaluator] stands on.
type Options struct {
	Store store.Store
	// Points are what was measured.
	Points query.Source
	// Act takes an action.
	Act Actor
	Now func() time.Time
	Log *slog.Logger
}

// Actor takes the actions of alarms.
type Actor interface {
	// Notify publishes to a topic for an alarm, Invoke calls a function.
	Notify(ctx context.Context, topic, alarm, subject, body string) error
	Invoke(ctx context.Context, function, alarm string, event []byte) error
}

// Evaluator evaluates. It is safe for use by many goroutines.
type Evaluator struct {
	Options
	wake chan struct{}
}

// New returns an evaluator.
func New(o Options) *Evaluator { return &Evaluator{Options: o, wake: make(chan struct{}, 1)} }

// How often alarms are evaluated: those with periods below a minute every 10 seconds, others every minute
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html). Lag is how long what was measured may take to arrive.
const (
	fast = 10 * time.Second
	slow = time.Minute
	lag  = time.Second
)

// named is an alarm with where it is.
type named struct {
	tenant gateway.Tenant
	alarm  gateway.Alarm
}

// Run evaluates alarms on time until ctx ends.
func (e *Evaluator) Run(ctx context.Context) {
	e.all(ctx, onMinute)
	for {
		now := e.Now()
		next := now.Truncate(fast).Add(fast + lag)
		if now.Sub(now.Truncate(fast)) < lag {
			next = now.Truncate(fast).Add(lag)
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-e.wake:
			timer.Stop()
			e.all(ctx, woken)
		case <-timer.C:
			what := onTick
			if now := e.Now(); now.Truncate(fast).Equal(now.Truncate(slow)) {
				what = onMinute
			}
			e.all(ctx, what)
		}
	}
}

// occasion says which metric alarms are evaluated: new ones when the evaluator is woken, those with short periods on each tick, all on
// the minute. A state that somebody set stays until then.
type occasion uint8

const (
	woken occasion = iota
	onTick
	onMinute
)

func (o occasion) includes(a *gateway.Alarm) bool {
	return o == onMinute || a.State.Reason == gateway.AlarmUnchecked || o == onTick && period(a.Metric) < slow
}

// Wake has new alarms evaluated, actions taken that are due, and composite alarms follow: an alarm was put, or its state was set.
func (e *Evaluator) Wake() {
	select {
	case e.wake <- struct{}{}:
	default: // it will wake already
	}
}

// all evaluates metric alarms, then composite ones until nothing changes.
func (e *Evaluator) all(ctx context.Context, o occasion) {
	alarms, err := e.list(ctx)
	if err != nil {
		e.Log.Error("alarms could not be read", "error", err)
		return
	}
	for i := range alarms {
		n := &alarms[i]
		if n.alarm.Due {
			e.act(ctx, n)
		}
		if n.alarm.Metric != nil && o.includes(&n.alarm) {
			e.report(n, e.evaluate(ctx, n))
		}
	}
	const deepest = 10 // composite alarms on composite alarms
	for range deepest {
		if !e.composites(ctx, alarms) {
			return
		}
	}
}

func (e *Evaluator) report(n *named, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		e.Log.Error("an alarm could not be evaluated", "alarm", gateway.AlarmARN(n.tenant, n.alarm.Name), "error", err)
	}
}

func (e *Evaluator) list(ctx context.Context) ([]named, error) {
	var out []named
	err := e.Store.View(ctx, func(r store.Reader) error {
		page, err := state.Alarms().List(r, store.Range{AnyTenant: true, AnyParent: true})
		for _, item := range page.Items {
			if t, ok := gateway.ParseTenant(item.Tenant); ok {
				out = append(out, named{t, item.Value})
			}
		}
		return err
	})
	return out, err
}

// evaluate compares a metric with its threshold.
func (e *Evaluator) evaluate(ctx context.Context, n *named) error {
	m := n.alarm.Metric
	now := e.Now()
	points, err := e.points(ctx, n, now)
	if err != nil {
		return err
	}
	if lowSample(m, points) {
		return nil
	}
	v := assess(m, points)
	if v.value == "" || v.value == n.alarm.State.Value {
		return nil
	}
	return e.move(ctx, n, gateway.AlarmState{Value: v.value, Reason: v.reason(m), ReasonData: v.data(m, now)})
}

// points are the data points of the evaluated periods and some before.
func (e *Evaluator) points(ctx context.Context, n *named, now time.Time) ([]datapoint, error) {
	m := n.alarm.Metric
	set, err := query.Compile(queries(n.tenant, m))
	if err != nil {
		return nil, err
	}
	width, step := period(m), slow
	if width < slow {
		step = fast
	}
	periods := m.Periods + extra
	end := now.Truncate(step)
	from := end.Add(-time.Duration(periods) * width)
	results, err := set.Run(ctx, e.Points, query.Range{Tenant: n.tenant, From: from, Before: end})
	if err != nil {
		return nil, err
	}
	points := make([]datapoint, periods)
	for i := range points {
		points[i].at = from.Add(time.Duration(i) * width)
	}
	for i := range results {
		r := &results[i]
		for j, at := range r.Times {
			k := int(at.Sub(from) / width)
			if at.Before(from) || k >= periods {
				continue
			}
			if r.ID == samplesID {
				points[k].samples, points[k].sampled = r.Values[j], true
			} else {
				points[k].value, points[k].known = r.Values[j], true
			}
		}
	}
	return points, nil
}

// samplesID is the query that counts the values of an alarm on one metric.
const samplesID = "samples"

// queries are what an alarm asks.
func queries(t gateway.Tenant, m *gateway.MetricAlarm) []query.Query {
	if len(m.Queries) > 0 {
		return Queries(t, m.Queries)
	}
	own := gateway.AlarmQuery{
		ID: "m", Namespace: m.Namespace, MetricName: m.MetricName, Dimensions: m.Dimensions, Statistic: m.Statistic + m.Extended, Unit: m.Unit,
		Period: m.Period, Returned: true,
	}
	samples := own
	samples.ID, samples.Statistic = samplesID, "SampleCount"
	return Queries(t, []gateway.AlarmQuery{own, samples})
}

// Queries are an alarm's in the words of package query.
func Queries(t gateway.Tenant, in []gateway.AlarmQuery) []query.Query {
	out := make([]query.Query, len(in))
	for i := range in {
		q := &in[i]
		out[i] = query.Query{ID: q.ID, Label: q.Label, Expression: q.Expression, Period: q.Period, Hidden: !q.Returned}
		if q.Expression == "" {
			one := &query.Metric{Unit: q.Unit, Statistic: q.Statistic, Period: q.Period}
			one.Tenant, one.Namespace, one.Name = t, q.Namespace, q.MetricName
			for _, d := range q.Dimensions {
				one.Dimensions = append(one.Dimensions, dimensionOf(d))
			}
			out[i].Metric = one
		}
	}
	return out
}

// composites evaluates composite alarms and tells whether one has changed. Alarms are kept up to date.
func (e *Evaluator) composites(ctx context.Context, alarms []named) bool {
	changed := false
	for i := range alarms {
		n := &alarms[i]
		if n.alarm.Metric != nil {
			continue
		}
		before := n.alarm.State.Value
		e.report(n, e.compose(ctx, n, alarms))
		changed = changed || n.alarm.State.Value != before
	}
	return changed
}

// compose evaluates a rule.
func (e *Evaluator) compose(ctx context.Context, n *named, alarms []named) error {
	rule, err := ParseRule(n.alarm.Rule, n.tenant)
	if err != nil {
		return err
	}
	find := func(name string) *gateway.Alarm {
		i := slices.IndexFunc(alarms, func(o named) bool { return o.tenant == n.tenant && o.alarm.Name == name })
		if i < 0 {
			return nil
		}
		return &alarms[i].alarm
	}
	value := gateway.AlarmOK
	if rule.Holds(func(name string) string {
		if a := find(name); a != nil {
			return a.State.Value
		}
		return ""
	}) {
		value = gateway.AlarmAlarm
	}
	if value == n.alarm.State.Value {
		return nil
	}
	var children []*gateway.Alarm
	for _, name := range rule.Alarms {
		if a := find(name); a != nil {
			children = append(children, a)
		}
	}
	return e.move(ctx, n, composed(n, value, children))
}

// child is an alarm as the reason of a composite one has it.
type child struct {
	ARN   string `json:"arn"`
	State struct {
		Value     string `json:"value"`
		Timestamp string `json:"timestamp"`
	} `json:"state"`
}

// composed words the state of a composite alarm: what of its rule's alarms changed last, or that the alarm is new or changed itself
// (recorded: localstack's test_trigger_composite_alarm; events in the EventBridge user guide's section on composite alarms).
func composed(n *named, value string, children []*gateway.Alarm) gateway.AlarmState {
	var latest *gateway.Alarm
	for _, a := range children {
		if latest == nil || a.State.ChangedAt.After(latest.State.ChangedAt) {
			latest = a
		}
	}
	own := gateway.AlarmARN(n.tenant, n.alarm.Name)
	reason := own + " was updated and its alarm rule evaluates to " + value
	switch {
	case n.alarm.State.Reason == gateway.AlarmUnchecked:
		reason = own + " was created and its alarm rule evaluates to " + value
	case latest != nil && latest.State.ChangedAt.After(n.alarm.ConfiguredAt):
		reason = gateway.AlarmARN(n.tenant, latest.Name) + " transitioned to " + latest.State.Value + " at " + latest.State.ChangedAt.UTC().Format(compositeTime)
		children = []*gateway.Alarm{latest}
	}
	triggering := []child{}
	for _, a := range children {
		c := child{ARN: gateway.AlarmARN(n.tenant, a.Name)}
		c.State.Value, c.State.Timestamp = a.State.Value, formatTime(a.State.ChangedAt)
		triggering = append(triggering, c)
	}
	return gateway.AlarmState{Value: value, Reason: reason, ReasonData: document(map[string]any{"triggeringAlarms": triggering})}
}
