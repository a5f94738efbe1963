package cloudwatch

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/alarm"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// pageOfAlarms is how many alarms, or items of history, a page has at most and if not said.
const (
	mostAlarms   = 100
	pageOfAlarms = 50
)

// cut takes a page out of a list; tokens are offsets.
func cut[T any](all []T, token *string, most *int32) ([]T, *string, error) {
	offset, err := readOffset(token)
	if err != nil {
		return nil, nil, err
	}
	n := pageOfAlarms
	if most != nil {
		n = min(max(int(*most), 1), mostAlarms)
	}
	all = all[min(offset, len(all)):]
	if len(all) <= n {
		return all, nil, nil
	}
	return all[:n], new(newOffset(offset + n)), nil
}

func (s *Service) alarms(ctx context.Context, t gateway.Tenant) ([]gateway.Alarm, error) {
	var out []gateway.Alarm
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := state.Alarms().List(r, store.Range{Tenant: t.String()})
		for _, item := range page.Items {
			out = append(out, item.Value)
		}
		return err
	})
	slices.SortFunc(out, func(a, b gateway.Alarm) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

func typed(types []gen.AlarmType, a *gateway.Alarm) bool {
	if len(types) == 0 { // as the API reference says
		return a.Metric != nil
	}
	return slices.Contains(types, gen.AlarmType(a.Type()))
}

// DescribeAlarms lists alarms by name.
func (s *Service) DescribeAlarms(ctx context.Context, call *wire.Call, in *gen.DescribeAlarmsInput) (*gen.DescribeAlarmsOutput, error) {
	if in.AlarmNames != nil && in.AlarmNamePrefix != nil {
		return nil, exclusive("AlarmNames", "AlarmNamePrefix")
	}
	all, err := s.alarms(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	related := family(call.Tenant, all, in)
	chosen := slices.DeleteFunc(slices.Clone(all), func(a gateway.Alarm) bool {
		prefixed := in.ActionPrefix == nil || slices.ContainsFunc(slices.Concat(a.OKActions, a.AlarmActions, a.InsufficientDataActions), func(action string) bool {
			return strings.HasPrefix(action, *in.ActionPrefix)
		})
		return !related(&a) || len(in.AlarmNames) > 0 && !slices.Contains(in.AlarmNames, a.Name) || !strings.HasPrefix(a.Name, text(in.AlarmNamePrefix)) ||
			in.StateValue != nil && a.State.Value != string(*in.StateValue) || !prefixed
	})
	page, next, err := cut(chosen, in.NextToken, in.MaxRecords)
	out := &gen.DescribeAlarmsOutput{MetricAlarms: []gen.MetricAlarm{}, CompositeAlarms: []gen.CompositeAlarm{}, NextToken: next}
	for i := range page {
		if a := &page[i]; a.Metric != nil {
			out.MetricAlarms = append(out.MetricAlarms, shownMetricAlarm(call.Tenant, a))
		} else {
			out.CompositeAlarms = append(out.CompositeAlarms, shownComposite(call.Tenant, a))
		}
	}
	return out, err
}

// family chooses by type, or the alarms that a composite one has in its rule, or those composite ones that have an alarm.
func family(t gateway.Tenant, all []gateway.Alarm, in *gen.DescribeAlarmsInput) func(*gateway.Alarm) bool {
	below := func(a *gateway.Alarm) []string {
		rule, err := alarm.ParseRule(a.Rule, t)
		if err != nil {
			return nil
		}
		return rule.Alarms
	}
	switch {
	case in.ChildrenOfAlarmName != nil:
		var children []string
		for i := range all {
			if all[i].Name == *in.ChildrenOfAlarmName {
				children = below(&all[i])
			}
		}
		return func(a *gateway.Alarm) bool { return slices.Contains(children, a.Name) }
	case in.ParentsOfAlarmName != nil:
		return func(a *gateway.Alarm) bool {
			return a.Metric == nil && slices.Contains(below(a), *in.ParentsOfAlarmName)
		}
	}
	return func(a *gateway.Alarm) bool { return typed(in.AlarmTypes, a) }
}

// DescribeAlarmsForMetric lists the alarms on one metric.
func (s *Service) DescribeAlarmsForMetric(
	ctx context.Context, call *wire.Call, in *gen.DescribeAlarmsForMetricInput,
) (*gen.DescribeAlarmsForMetricOutput, error) {
	all, err := s.alarms(ctx, call.Tenant)
	if err != nil {
		return nil, err
	}
	wanted, err := alarmDimensions(in.Dimensions)
	out := &gen.DescribeAlarmsForMetricOutput{MetricAlarms: []gen.MetricAlarm{}}
	for i := range all {
		m := all[i].Metric
		if m == nil || m.MetricName != *in.MetricName || m.Namespace != *in.Namespace || !sameDimensions(m.Dimensions, wanted) ||
			in.Statistic != nil && m.Statistic != string(*in.Statistic) || in.ExtendedStatistic != nil && m.Extended != *in.ExtendedStatistic ||
			in.Unit != nil && m.Unit != string(*in.Unit) || in.Period != nil && m.Period != time.Duration(*in.Period)*time.Second {
			continue
		}
		out.MetricAlarms = append(out.MetricAlarms, shownMetricAlarm(call.Tenant, &all[i]))
	}
	return out, err
}

func sameDimensions(a, b []gateway.AlarmDimension) bool {
	order := func(a, b gateway.AlarmDimension) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	}
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

// DescribeAlarmHistory lists what has happened to alarms, the newest first if nothing else is asked for.
func (s *Service) DescribeAlarmHistory(ctx context.Context, call *wire.Call, in *gen.DescribeAlarmHistoryInput) (*gen.DescribeAlarmHistoryOutput, error) {
	rng := store.Range{Tenant: call.Tenant.String(), AnyParent: in.AlarmName == nil, Parent: text(in.AlarmName)}
	var chosen []gateway.AlarmEvent
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := state.AlarmEvents().List(r, rng)
		for _, item := range page.Items {
			e := item.Value
			kind := gen.AlarmTypeMetricAlarm
			if e.Composite {
				kind = gen.AlarmTypeCompositeAlarm
			}
			if (len(in.AlarmTypes) == 0 && (!e.Composite || in.AlarmName != nil) || slices.Contains(in.AlarmTypes, kind)) &&
				(in.HistoryItemType == nil || e.Kind == string(*in.HistoryItemType)) &&
				(in.StartDate == nil || !e.At.Before(*in.StartDate)) && (in.EndDate == nil || !e.At.After(*in.EndDate)) {
				chosen = append(chosen, e)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(chosen, func(a, b gateway.AlarmEvent) int { return a.At.Compare(b.At) })
	if in.ScanBy == nil || *in.ScanBy != gen.ScanByTimestampAscending {
		slices.Reverse(chosen)
	}
	page, next, err := cut(chosen, in.NextToken, in.MaxRecords)
	out := &gen.DescribeAlarmHistoryOutput{AlarmHistoryItems: []gen.AlarmHistoryItem{}, NextToken: next}
	for i := range page {
		e := &page[i]
		kind := gen.AlarmTypeMetricAlarm
		if e.Composite {
			kind = gen.AlarmTypeCompositeAlarm
		}
		out.AlarmHistoryItems = append(out.AlarmHistoryItems, gen.AlarmHistoryItem{
			AlarmName: &e.Alarm, AlarmType: &kind, HistoryItemType: new(gen.HistoryItemType(e.Kind)), HistorySummary: &e.Summary, HistoryData: &e.Data, Timestamp: &e.At,
		})
	}
	return out, err
}
