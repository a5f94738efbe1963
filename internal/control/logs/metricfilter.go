package logs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// Limits of metric filters (CloudWatch Logs' quotas, and the API reference of MetricTransformation).
const (
	maxMetricFilters    = 100
	maxFilterDimensions = 3
	filtersPerPage      = 50
)

// PutMetricFilter makes a metric of a group's events from now on.
func (s *Service) PutMetricFilter(ctx context.Context, call *wire.Call, in *gen.PutMetricFilterInput) (*gen.PutMetricFilterOutput, error) {
	id, err := idOf(call, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	one, err := s.readFilter(in)
	if err != nil {
		return nil, err
	}
	key := filterKey(id, one.Name)
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := group(tx, id); err != nil {
			return err
		}
		all, err := state.MetricFilters().List(tx, store.Range{Tenant: key.Tenant, Parent: key.Parent})
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(all.Items, func(i store.Item[gateway.MetricFilter]) bool { return i.ID == one.Name })
		if !known && len(all.Items) >= maxMetricFilters {
			return &gen.LimitExceededException{Message: "Resource limit exceeded."}
		}
		return state.MetricFilters().Put(tx, key, one.MetricFilter)
	})
	if err != nil {
		return nil, modelled(err)
	}
	s.meters.put(id, one)
	return nil, nil
}

func filterKey(id gateway.LogGroupID, name string) store.Key {
	return store.At(gateway.Tenant{Account: id.Account, Region: id.Region}.String(), id.Name, name)
}

// readFilter checks a filter. Texts were reported by clients: terraform-provider-aws issue 22105, and pull request 632 of
// aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock.
func (s *Service) readFilter(in *gen.PutMetricFilterInput) (meter, error) {
	if in.ApplyOnTransformedLogs != nil && *in.ApplyOnTransformedLogs || in.FieldSelectionCriteria != nil || len(in.EmitSystemFieldDimensions) > 0 {
		return meter{}, invalid("Transformed logs and system fields in metric filters are not built in Dipylon")
	}
	t := &in.MetricTransformations[0]
	f := gateway.MetricFilter{
		Name: *in.FilterName, Pattern: *in.FilterPattern, Namespace: *t.MetricNamespace, Metric: *t.MetricName, Value: *t.MetricValue,
		Unit: "None", Default: t.DefaultValue, Dimensions: t.Dimensions, CreatedAt: s.Now().UTC(),
	}
	if t.Unit != nil {
		f.Unit = string(*t.Unit)
	}
	one, err := newMeter(f)
	if err != nil {
		return one, err
	}
	if _, err := strconv.ParseFloat(f.Value, 64); err != nil && !strings.HasPrefix(f.Value, "$") {
		return one, invalid("Invalid metric transformation: the metric value must be a number or a field of the filter pattern")
	}
	if strings.HasPrefix(f.Namespace, "AWS/") {
		return one, invalid("Invalid metric transformation: namespaces that begin with AWS/ are reserved")
	}
	if len(f.Dimensions) == 0 {
		return one, nil
	}
	if f.Default != nil {
		return one, invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties")
	}
	if first := strings.TrimSpace(f.Pattern); !strings.HasPrefix(first, "{") && !strings.HasPrefix(first, "[") {
		return one, invalid("The specified filter pattern does not support dimensions")
	}
	if len(f.Dimensions) > maxFilterDimensions {
		return one, invalid("Invalid metric transformation: there can be at most %d dimensions", maxFilterDimensions)
	}
	return one, nil
}

// DeleteMetricFilter ends a metric; what was measured stays.
func (s *Service) DeleteMetricFilter(
	ctx context.Context, call *wire.Call, in *gen.DeleteMetricFilterInput,
) (*gen.DeleteMetricFilterOutput, error) {
	id, err := idOf(call, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := group(tx, id); err != nil {
			return err
		}
		err := state.MetricFilters().Delete(tx, filterKey(id, *in.FilterName))
		if errors.Is(err, store.ErrNotFound) {
			return &gen.ResourceNotFoundException{Message: "The specified metric filter does not exist."}
		}
		return err
	})
	if err != nil {
		return nil, modelled(err)
	}
	s.meters.drop(id, *in.FilterName)
	return nil, nil
}

// DescribeMetricFilters lists filters of a group, of a metric or of all groups, in the order of their names.
func (s *Service) DescribeMetricFilters(
	ctx context.Context, call *wire.Call, in *gen.DescribeMetricFiltersInput,
) (*gen.DescribeMetricFiltersOutput, error) {
	if (in.MetricName == nil) != (in.MetricNamespace == nil) {
		return nil, invalid("Both metricName and metricNamespace must be specified, or neither")
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	rng := store.Range{Tenant: call.Tenant.String(), Parent: text(in.LogGroupName), AnyParent: in.LogGroupName == nil}
	var found []gen.MetricFilter
	err = s.Store.View(ctx, func(r store.Reader) error {
		if in.LogGroupName != nil {
			id, err := idOf(call, *in.LogGroupName)
			if err != nil {
				return err
			}
			if _, err := group(r, id); err != nil {
				return err
			}
		}
		all, err := state.MetricFilters().List(r, rng)
		for _, item := range all.Items {
			f := &item.Value
			if strings.HasPrefix(f.Name, text(in.FilterNamePrefix)) && (in.MetricName == nil || f.Metric == *in.MetricName && f.Namespace == *in.MetricNamespace) {
				found = append(found, shownFilter(item.Parent, f))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	place := func(f gen.MetricFilter) string { return *f.FilterName + "\x00" + *f.LogGroupName }
	slices.SortFunc(found, func(a, b gen.MetricFilter) int { return strings.Compare(place(a), place(b)) })
	found = slices.DeleteFunc(found, func(f gen.MetricFilter) bool { return after != "" && place(f) <= after })
	limit := filtersPerPage
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &gen.DescribeMetricFiltersOutput{MetricFilters: []gen.MetricFilter{}}
	if len(found) > limit {
		found = found[:limit]
		out.NextToken = new(newToken(place(found[limit-1])))
	}
	out.MetricFilters = append(out.MetricFilters, found...)
	return out, nil
}

func shownFilter(group string, f *gateway.MetricFilter) gen.MetricFilter {
	t := gen.MetricTransformation{
		MetricName: &f.Metric, MetricNamespace: &f.Namespace, MetricValue: &f.Value, DefaultValue: f.Default, Dimensions: f.Dimensions,
	}
	if f.Unit != "None" {
		t.Unit = new(gen.StandardUnit(f.Unit))
	}
	return gen.MetricFilter{
		ApplyOnTransformedLogs: new(false), CreationTime: new(f.CreatedAt.UnixMilli()), FilterName: &f.Name, FilterPattern: &f.Pattern,
		LogGroupName: &group, MetricTransformations: []gen.MetricTransformation{t},
	}
}
