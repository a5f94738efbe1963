package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// ListMetrics returns 500 metrics a page, of those that were measured within two weeks, or within three hours
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html).
const (
	metricsPerPage = 500
	listedFor      = 14 * 24 * time.Hour
	activeFor      = 3 * time.Hour
)

// ListMetrics lists what is measured.
func (s *Service) ListMetrics(_ context.Context, call *wire.Call, in *gen.ListMetricsInput) (*gen.ListMetricsOutput, error) {
	if in.OwningAccount != nil && *in.OwningAccount != call.Tenant.Account {
		return nil, notBuilt("metrics of other accounts")
	}
	skip, err := readOffset(in.NextToken)
	if err != nil {
		return nil, err
	}
	since := s.Now().Add(-listedFor)
	if in.RecentlyActive != nil {
		since = s.Now().Add(-activeFor)
	}
	found := s.Points.List(call.Tenant, func(info *metrics.Info) bool {
		return (in.Namespace == nil || info.Namespace == *in.Namespace) && (in.MetricName == nil || info.Name == *in.MetricName) &&
			info.Newest.After(since) && hasDimensions(info, in.Dimensions)
	})
	out := &gen.ListMetricsOutput{Metrics: []gen.Metric{}}
	found = found[min(skip, len(found)):]
	if len(found) > metricsPerPage {
		found = found[:metricsPerPage]
		out.NextToken = new(newOffset(skip + metricsPerPage))
	}
	for i := range found {
		out.Metrics = append(out.Metrics, shownMetric(&found[i].Series))
		if in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts {
			out.OwningAccounts = append(out.OwningAccounts, call.Tenant.Account)
		}
	}
	return out, nil
}

func hasDimensions(info *metrics.Info, filters []gen.DimensionFilter) bool {
	return !slices.ContainsFunc(filters, func(f gen.DimensionFilter) bool {
		return !slices.ContainsFunc(info.Dimensions, func(d metrics.Dimension) bool {
			return d.Name == *f.Name && (f.Value == nil || d.Value == *f.Value)
		})
	})
}

func shownMetric(series *metrics.Series) gen.Metric {
	m := gen.Metric{Namespace: &series.Namespace, MetricName: &series.Name, Dimensions: []gen.Dimension{}}
	for _, d := range series.Dimensions {
		m.Dimensions = append(m.Dimensions, gen.Dimension{Name: &d.Name, Value: &d.Value})
	}
	return m
}
