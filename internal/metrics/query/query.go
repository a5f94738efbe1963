// Package query answers what GetMetricData and alarms ask: lists of queries, of which each is a statistic of a metric or an
// expression over the others.
//
// It may import gateway, metrics and metrics/math.
package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/metrics/math"
)

// Query asks for series: Metric or Expression is set.
type Query struct {
	// ID is unique in a list.
	ID, Label  string
	Metric     *Metric
	Expression string
	// Period is that of searches in the expression which name none; 0 is the longest of the metrics' periods.
	Period time.Duration
	// Hidden queries are only named by others.
	Hidden bool
}

// Metric is a statistic of a series.
type Metric struct {
	metrics.Series
	// Unit is empty for any: then of several the first in the alphabet counts, as on AWS.
	Unit string
	// Statistic is its name, such as Sum or p95.
	Statistic string
	Period    time.Duration
}

// Result is a series that was asked for. Times ascend.
type Result struct {
	ID, Label string
	Period    time.Duration
	Times     []time.Time
	Values    []float64
	Messages  []Message
}

// Message says what is to know of a result.
type Message struct{ Code, Text string }

// Source is where points come from: a [metrics.Store].
type Source interface {
	Points(ctx context.Context, q metrics.Query) ([]metrics.Point, error)
	List(t gateway.Tenant, match func(*metrics.Info) bool) []metrics.Info
	Units(of metrics.Series) []string
}

// InvalidError is a list of queries that cannot be answered.
type InvalidError struct{ Text string }

// Error returns the text, which is for the client.
func (e *InvalidError) Error() string { return e.Text }

func invalid(format string, args ...any) error {
	return &InvalidError{fmt.Sprintf(format, args...)}
}

// Set is a list of queries that is in order.
type Set struct {
	queries     []Query
	expressions map[string]*math.Expression
}

// Compile checks a list of queries. Errors are [*InvalidError].
func Compile(queries []Query) (*Set, error) {
	s := &Set{queries: queries, expressions: map[string]*math.Expression{}}
	for i := range queries {
		q := &queries[i]
		if slices.ContainsFunc(queries[:i], func(other Query) bool { return other.ID == q.ID }) {
			return nil, invalid("The values for parameter id in MetricDataQueries are not unique.")
		}
		if q.Metric != nil {
			if _, err := metrics.ParseStatistic(q.Metric.Statistic); err != nil {
				return nil, invalid("The value %s for parameter MetricDataQueries.member.%d.MetricStat.Stat is not supported.", q.Metric.Statistic, i+1)
			}
			continue
		}
		e, err := math.Parse(q.Expression)
		if err != nil {
			return nil, invalid("Error in expression '%s': %v", q.ID, err)
		}
		s.expressions[q.ID] = e
	}
	settled := map[string]bool{}
	for i := range queries {
		if err := s.resolve(queries[i].ID, nil, settled); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// resolve refuses names of nothing, and expressions that need themselves.
func (s *Set) resolve(id string, above []string, settled map[string]bool) error {
	e := s.expressions[id]
	if e == nil || settled[id] {
		return nil
	}
	if slices.Contains(above, id) {
		return invalid("Error in expression '%s': the expression refers to itself", id)
	}
	for _, name := range e.Names() {
		if s.find(name) == nil {
			return invalid("Error in expression '%s': there is no query with the id %s", id, name)
		}
		if err := s.resolve(name, append(above, id), settled); err != nil {
			return err
		}
	}
	settled[id] = true
	return nil
}

func (s *Set) find(id string) *Query {
	for i := range s.queries {
		if s.queries[i].ID == id {
			return &s.queries[i]
		}
	}
	return nil
}

// Calls tells whether any expression calls a function.
func (s *Set) Calls(function string) bool {
	for _, e := range s.expressions {
		if e.Calls(function) {
			return true
		}
	}
	return false
}

// longest returns the longest period of the metrics, or that of an expression, or five minutes.
func (s *Set) longest() time.Duration {
	var longest time.Duration
	for i := range s.queries {
		longest = max(longest, s.queries[i].Period)
		if m := s.queries[i].Metric; m != nil {
			longest = max(longest, m.Period)
		}
	}
	if longest == 0 {
		return defaultPeriod
	}
	return longest
}

const defaultPeriod = 5 * time.Minute

// labels are those of the metrics' results: the metric's name, and what tells it from others of that name (recorded by
// LocalStack: statistic and period are added where they differ).
func (s *Set) labels() map[string]string {
	statistics, periods := map[string]map[string]bool{}, map[string]map[time.Duration]bool{}
	for i := range s.queries {
		if m := s.queries[i].Metric; m != nil {
			if statistics[m.Name] == nil {
				statistics[m.Name], periods[m.Name] = map[string]bool{}, map[time.Duration]bool{}
			}
			statistics[m.Name][m.Statistic], periods[m.Name][m.Period] = true, true
		}
	}
	labels := map[string]string{}
	for i := range s.queries {
		m := s.queries[i].Metric
		if m == nil {
			continue
		}
		label := m.Name
		if len(statistics[m.Name]) > 1 {
			label += " " + m.Statistic
		}
		if len(periods[m.Name]) > 1 {
			label += fmt.Sprintf(" %d", m.Period/time.Second)
		}
		labels[s.queries[i].ID] = label
	}
	return labels
}
