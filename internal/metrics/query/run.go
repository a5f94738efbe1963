package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/metrics/math"
)

// Range is what is asked for: of whom, from a time, and before another. Points begin at From.
type Range struct {
	Tenant       gateway.Tenant
	From, Before time.Time
}

// maxFound is how many series a search gives at most (user guide, search expression limits).
const maxFound = 500

// Run answers the queries that are not hidden, in their order. An expression that gives several series has several results.
func (s *Set) Run(ctx context.Context, from Source, r Range) ([]Result, error) {
	run := &run{Set: s, ctx: ctx, from: from, Range: r, done: map[string]math.Value{}, messages: map[string][]Message{}, names: s.labels()}
	run.env = math.Env{
		From: r.From.Unix(), Before: r.Before.Unix(), Period: int64(s.longest() / time.Second),
		Lookup: run.value, Metrics: run.metrics, Search: run.search,
	}
	var results []Result
	for i := range s.queries {
		q := &s.queries[i]
		if q.Hidden {
			continue
		}
		v, err := run.value(q.ID)
		if err != nil {
			return nil, err
		}
		for j := range v.Series {
			results = append(results, run.result(q, &v, j))
		}
	}
	return results, nil
}

// run is an evaluation.
type run struct {
	*Set
	Range
	ctx      context.Context //nolint:containedctx // a run is one call
	from     Source
	env      math.Env
	done     map[string]math.Value
	messages map[string][]Message
	names    map[string]string
}

// value evaluates a query once.
func (r *run) value(id string) (math.Value, error) {
	if v, ok := r.done[id]; ok {
		return v, nil
	}
	q := r.find(id)
	var v math.Value
	var err error
	if q.Metric != nil {
		v.Kind, v.Series = math.One, make([]math.Series, 1)
		v.Series[0], err = r.measured(q.ID, q.Metric)
	} else {
		env := r.env
		if q.Period > 0 {
			env.Period = int64(q.Period / time.Second)
		}
		v, err = r.expressions[id].Eval(&env)
		if err != nil && r.ctx.Err() == nil {
			err = invalid("Error in expression '%s': %v", id, err)
		}
	}
	if err == nil {
		r.done[id] = v
	}
	return v, err
}

// measured reads a statistic of a metric.
func (r *run) measured(id string, m *Metric) (math.Series, error) {
	out := math.Series{ID: id, Label: m.Name, Period: int64(m.Period / time.Second)}
	if label, ok := r.names[id]; ok {
		out.Label = label
	}
	statistic, err := metrics.ParseStatistic(m.Statistic)
	if err != nil {
		return out, err
	}
	unit := m.Unit
	if unit == "" {
		unit = r.unit(id, m)
	}
	points, err := r.from.Points(r.ctx, metrics.Query{
		Series: m.Series, Unit: unit, Period: m.Period, From: r.From, To: r.Before, Distribution: statistic.NeedsDistribution(),
	})
	for i := range points {
		if v, ok := statistic.Of(&points[i].Summary); ok {
			out.Times = append(out.Times, points[i].Time.Unix())
			out.Values = append(out.Values, v)
		}
	}
	return out, err
}

// unit chooses one of the units that a metric has (recorded by LocalStack).
func (r *run) unit(id string, m *Metric) string {
	units := r.from.Units(m.Series)
	if len(units) == 0 {
		return ""
	}
	slices.Sort(units)
	if len(units) > 1 {
		r.messages[id] = append(r.messages[id], Message{"MultipleUnits", fmt.Sprintf("Multiple units returned: '[%s]'", strings.Join(units, ", "))})
	}
	return units[0]
}

func (r *run) metrics() ([]math.Series, error) {
	var all []math.Series
	for i := range r.queries {
		if r.queries[i].Metric == nil {
			continue
		}
		v, err := r.value(r.queries[i].ID)
		if err != nil {
			return nil, err
		}
		all = append(all, v.Series...)
	}
	return all, nil
}

func (r *run) search(search *math.Search, statistic string, period int64) ([]math.Series, error) {
	if _, err := metrics.ParseStatistic(statistic); err != nil {
		return nil, err
	}
	if period == 0 {
		period = r.env.Period
	}
	found := r.from.List(r.Tenant, func(info *metrics.Info) bool {
		c := math.Candidate{Namespace: info.Namespace, Name: info.Name}
		for _, d := range info.Dimensions {
			c.Dimensions = append(c.Dimensions, [2]string{d.Name, d.Value})
		}
		return search.Match(&c)
	})
	var all []math.Series
	for _, info := range found[:min(len(found), maxFound)] {
		m := &Metric{Series: info.Series, Statistic: statistic, Period: time.Duration(period) * time.Second}
		one, err := r.measured("", m)
		if err != nil {
			return nil, err
		}
		one.Label = labelOf(&info.Series)
		all = append(all, one)
	}
	return all, nil
}

// labelOf tells a metric that a search has found from the others.
func labelOf(s *metrics.Series) string {
	var words []string
	for _, d := range s.Dimensions {
		words = append(words, d.Value)
	}
	return strings.Join(append(words, s.Name), " ")
}

func (r *run) result(q *Query, v *math.Value, i int) Result {
	s := &v.Series[i]
	out := Result{ID: q.ID, Label: q.Label, Period: time.Duration(s.Period) * time.Second, Values: s.Values, Messages: r.messages[q.ID]}
	switch {
	case q.Metric != nil && out.Label == "":
		out.Label = s.Label
	case q.Metric == nil && v.Kind == math.Many:
		out.Label = strings.TrimSpace(out.Label + " " + s.Label)
	case out.Label == "":
		out.Label = q.ID
	}
	for _, t := range s.Times {
		out.Times = append(out.Times, time.Unix(t, 0).UTC())
	}
	return out
}
