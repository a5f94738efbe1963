package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// source has a point a minute: the length of the metric's name, and its unit's.
type source struct{ units []string }

func (s source) Points(_ context.Context, q metrics.Query) ([]metrics.Point, error) {
	if q.Name == "broken" {
		return nil, errors.ErrUnsupported
	}
	var points []metrics.Point
	for t := q.From; t.Before(q.To); t = t.Add(q.Period) {
		p := metrics.Point{Time: t}
		p.Add(float64(len(q.Name)*100+len(q.Unit)), 1)
		points = append(points, p)
	}
	return points, nil
}

func (s source) List(_ gateway.Tenant, match func(*metrics.Info) bool) []metrics.Info {
	var found []metrics.Info
	for i := range maxFound + 10 {
		info := metrics.Info{Series: metrics.Series{Namespace: "test", Name: "found", Dimensions: metrics.Dimensions("n", fmt.Sprint(i))}}
		if match(&info) {
			found = append(found, info)
		}
	}
	return found
}

func (s source) Units(metrics.Series) []string { return s.units }

func metric(id, name, statistic string, period time.Duration) Query {
	return Query{ID: id, Metric: &Metric{Series: metrics.Series{Namespace: "test", Name: name}, Statistic: statistic, Period: period}}
}

func answer(t *testing.T, from source, queries ...Query) ([]Result, error) {
	t.Helper()
	set, err := Compile(queries)
	if err != nil {
		return nil, err
	}
	return set.Run(t.Context(), from, Range{From: start, Before: start.Add(2 * time.Minute)})
}

func TestRun(t *testing.T) {
	hidden := metric("m1", "ab", "Sum", time.Minute)
	hidden.Hidden = true
	results, err := answer(t, source{units: []string{"Seconds", "Count"}}, hidden, metric("m2", "ab", "Sum", 2*time.Minute), metric("m3", "abc", "p50", time.Minute),
		Query{ID: "e1", Expression: "m1 + m1", Label: "twice"}, Query{ID: "e2", Expression: "METRICS('m3')", Label: "all"},
		Query{ID: "e3", Expression: "SEARCH('{test,n} n=7', 'Sum')"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprint(r.ID, " ", r.Label, " ", r.Values, " ", len(r.Messages)))
	}
	want := "m2 ab 120 [205] 1; m3 abc [305 305] 1; e1 twice [410 410] 0; e2 all abc [305 305] 0; e3 7 found [505] 0"
	if text := strings.Join(got, "; "); text != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
	if m := results[0].Messages[0]; m.Code != "MultipleUnits" || m.Text != "Multiple units returned: '[Count, Seconds]'" {
		t.Errorf("got %+v", m)
	}
	many, err := answer(t, source{}, Query{ID: "e", Expression: "SEARCH('found', 'Sum', 60)"})
	if len(many) != maxFound || err != nil {
		t.Errorf("%d results: %v", len(many), err)
	}
}

// TestChains: expressions that name others are checked and evaluated once, however they branch.
func TestChains(t *testing.T) {
	queries := []Query{metric("e0", "a", "Sum", time.Minute), metric("e1", "a", "Sum", time.Minute)}
	queries[1].ID = "e1"
	for i := 2; i < 200; i++ {
		queries = append(queries, Query{ID: fmt.Sprintf("e%d", i), Expression: fmt.Sprintf("IF(e%d, e%d)", i-1, i-2), Hidden: i < 199})
	}
	if _, err := answer(t, source{}, queries...); err != nil {
		t.Error(err)
	}
}

func TestInvalid(t *testing.T) {
	for want, queries := range map[string][]Query{
		"not unique":        {metric("a", "a", "Sum", time.Minute), metric("a", "a", "Sum", time.Minute)},
		"not supported":     {metric("a", "a", "Most", time.Minute)},
		"no query with":     {{ID: "a", Expression: "b"}},
		"refers to itself":  {{ID: "a", Expression: "b"}, {ID: "b", Expression: "[a]"}},
		"syntax error":      {{ID: "a", Expression: "("}},
		"a time series":     {{ID: "a", Expression: "5"}},
		"is no statistic":   {{ID: "a", Expression: "SEARCH('found', 'Most', 60)"}},
		"division by zero":  {{ID: "a", Expression: "1/0 * b"}, metric("b", "b", "Sum", time.Minute)},
		"IF takes":          {{ID: "a", Expression: "IF(METRICS(), 1)"}},
		"unsupported opera": {metric("a", "broken", "Sum", time.Minute)},
	} {
		_, err := answer(t, source{}, queries...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
