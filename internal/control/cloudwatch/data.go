package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics/query"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// Limits of GetMetricData (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

// GetMetricData answers queries and expressions.
func (s *Service) GetMetricData(ctx context.Context, call *wire.Call, in *gen.GetMetricDataInput) (*gen.GetMetricDataOutput, error) {
	switch {
	case in.StartTime.After(*in.EndTime):
		return nil, invalidInput("The parameter EndTime must be greater than StartTime.")
	case in.StartTime.Equal(*in.EndTime):
		return nil, invalidInput("The parameter StartTime must not equal parameter EndTime.")
	case len(in.MetricDataQueries) > maxQueries:
		return nil, invalidInput("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	}
	skip, err := readOffset(in.NextToken)
	if err != nil {
		return nil, err
	}
	queries, err := readQueries(call.Tenant, in.MetricDataQueries)
	if err != nil {
		return nil, err
	}
	set, err := query.Compile(queries)
	if err != nil {
		return nil, modelled(err)
	}
	shortest := time.Minute
	for i := range queries {
		if m := queries[i].Metric; m != nil {
			shortest = min(shortest, m.Period)
		}
	}
	results, err := set.Run(ctx, s.Points, query.Range{Tenant: call.Tenant, From: s.start(*in.StartTime, shortest), Before: *in.EndTime})
	if err != nil {
		return nil, modelled(err)
	}
	p := pager{skip: skip, left: maxDatapoints, descending: text(in.ScanBy) != string(gen.ScanByTimestampAscending), first: in.NextToken == nil}
	if in.MaxDatapoints != nil {
		p.left = int(min(max(*in.MaxDatapoints, 1), maxDatapoints))
	}
	return p.page(results), nil
}

// readQueries reads what GetMetricData and alarms ask.
func readQueries(t gateway.Tenant, in []gen.MetricDataQuery) ([]query.Query, error) {
	queries := make([]query.Query, len(in))
	for i := range in {
		q, at := &in[i], fmt.Sprintf("MetricDataQueries.member.%d", i+1)
		if id := *q.Id; id[0] < 'a' || id[0] > 'z' {
			return nil, invalidInput("The value '%s' for parameter '%s.Id' is invalid. It must start with a lowercase letter.", id, at)
		}
		queries[i] = query.Query{ID: *q.Id, Label: text(q.Label), Expression: text(q.Expression), Hidden: q.ReturnData != nil && !*q.ReturnData}
		if q.AccountId != nil && *q.AccountId != t.Account {
			return nil, notBuilt("metrics of other accounts")
		}
		if q.Period != nil {
			if !validPeriod(*q.Period) {
				return nil, invalidInput("The parameter %s.Period must be 1, 5, 10, 20, 30 or a multiple of 60.", at)
			}
			queries[i].Period = time.Duration(*q.Period) * time.Second
		}
		switch {
		case q.MetricStat == nil && q.Expression == nil:
			return nil, invalidInput("The parameter %s.MetricStat is required.\n", at)
		case q.MetricStat != nil && q.Expression != nil:
			return nil, exclusive(at+".Expression", at+".MetricStat")
		case q.MetricStat != nil:
			var err error
			if queries[i].Metric, err = readMetric(t, q.MetricStat, at); err != nil {
				return nil, err
			}
		}
	}
	return queries, nil
}

func readMetric(t gateway.Tenant, in *gen.MetricStat, at string) (*query.Metric, error) {
	if in.Metric.Namespace == nil || in.Metric.MetricName == nil {
		return nil, invalidInput("The parameters %s.MetricStat.Metric.Namespace and MetricName are required.", at)
	}
	if !validPeriod(*in.Period) {
		return nil, invalidInput("The parameter %s.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.", at)
	}
	if in.Unit != nil {
		if err := checkUnit(at+".MetricStat.Unit", *in.Unit); err != nil {
			return nil, err
		}
	}
	m := &query.Metric{Unit: text(in.Unit), Statistic: *in.Stat, Period: time.Duration(*in.Period) * time.Second}
	m.Tenant, m.Namespace, m.Name = t, *in.Metric.Namespace, *in.Metric.MetricName
	var err error
	m.Dimensions, err = dimensions(in.Metric.Dimensions)
	return m, err
}

// pager cuts results to a page: the token of the next one is how many points the ones before had.
type pager struct {
	skip, left, taken int
	descending, first bool
}

func (p *pager) page(results []query.Result) *gen.GetMetricDataOutput {
	out := &gen.GetMetricDataOutput{MetricDataResults: []gen.MetricDataResult{}, Messages: []gen.MessageData{}}
	p.taken = p.skip
	for i := range results {
		r := &results[i]
		n := len(r.Times)
		from := min(p.skip, n)
		p.skip -= from
		to := min(from+p.left, n)
		p.left -= to - from
		p.taken += to - from
		if from < to || p.first && n == 0 || p.first && from == to {
			out.MetricDataResults = append(out.MetricDataResults, p.shown(r, from, to))
		}
		if to < n {
			out.NextToken = new(newOffset(p.taken))
		}
	}
	return out
}

// shown is the part of a result in the order that is asked for.
func (p *pager) shown(r *query.Result, from, to int) gen.MetricDataResult {
	out := gen.MetricDataResult{Id: &r.ID, Label: &r.Label, StatusCode: new(gen.StatusCodeComplete)}
	times, values := slices.Clone(r.Times), slices.Clone(r.Values)
	if p.descending {
		slices.Reverse(times)
		slices.Reverse(values)
	}
	out.Timestamps, out.Values = times[from:to:to], values[from:to:to]
	if out.Timestamps == nil {
		out.Timestamps, out.Values = []time.Time{}, []float64{}
	}
	if to < len(times) {
		out.StatusCode = new(gen.StatusCodePartialData)
	}
	for _, m := range r.Messages {
		out.Messages = append(out.Messages, gen.MessageData{Code: &m.Code, Value: &m.Text})
	}
	return out
}

// readOffset reads a token that is a number.
func readOffset(token *string) (int, error) {
	if token == nil {
		return 0, nil
	}
	n, err := strconv.Atoi(*token)
	if err != nil || n < 0 {
		return 0, &gen.InvalidNextToken{Message: "The NextToken is invalid."}
	}
	return n, nil
}

func newOffset(n int) string { return strconv.Itoa(n) }
