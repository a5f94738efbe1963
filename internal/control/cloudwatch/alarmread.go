package cloudwatch

import (
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/alarm"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/metrics/query"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// How long an alarm looks back at most (API reference, PutMetricAlarm).
const (
	day  = 24 * 60 * 60
	week = 7 * day
)

// readAlarm reads what an alarm on metrics is to compare.
func readAlarm(t gateway.Tenant, in *gen.PutMetricAlarmInput) (*gateway.MetricAlarm, error) {
	if err := checkAlarm(in); err != nil {
		return nil, err
	}
	m := &gateway.MetricAlarm{
		Periods: int(*in.EvaluationPeriods), Threshold: *in.Threshold, Comparison: string(*in.ComparisonOperator),
		Missing: text(in.TreatMissingData), LowSample: text(in.EvaluateLowSampleCountPercentile),
	}
	if in.DatapointsToAlarm != nil {
		if m.Datapoints = int(*in.DatapointsToAlarm); m.Datapoints > m.Periods {
			return nil, invalidInput("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
		}
	}
	var longest time.Duration
	var err error
	if in.Metrics != nil {
		m.Queries, longest, err = readAlarmQueries(t, in.Metrics)
	} else {
		longest, err = readAlarmMetric(m, in)
	}
	if err != nil {
		return nil, err
	}
	most := day
	if longest >= time.Hour {
		most = week
	}
	if int(longest/time.Second)*m.Periods > most {
		return nil, invalidInput("Metrics cannot be checked across more than %s (EvaluationPeriods * Period must be <= %d).",
			map[int]string{day: "a day", week: "a week"}[most], most)
	}
	return m, nil
}

// checkAlarm asks for what every alarm on metrics needs.
func checkAlarm(in *gen.PutMetricAlarmInput) error {
	switch {
	case in.EvaluationCriteria != nil || in.EvaluationInterval != nil:
		return notBuilt("alarms on queries of other languages")
	case in.ComparisonOperator == nil:
		return missing("ComparisonOperator")
	case in.ThresholdMetricId != nil || strings.Contains(string(*in.ComparisonOperator), "Lower") || strings.Contains(string(*in.ComparisonOperator), "Upper"):
		return notBuilt("alarms on anomaly detection")
	case in.EvaluationPeriods == nil:
		return missing("EvaluationPeriods")
	case in.Threshold == nil:
		return missing("Threshold")
	case in.Metrics != nil && (in.MetricName != nil || in.Namespace != nil || in.Period != nil || in.Statistic != nil || in.ExtendedStatistic != nil || in.Dimensions != nil || in.Unit != nil):
		return invalidCombination("The parameters Metrics and MetricName, Namespace, Dimensions, Period, Unit, Statistic, ExtendedStatistic are mutually exclusive.")
	}
	if v := text(in.TreatMissingData); v != "" && !slices.Contains([]string{"breaching", "notBreaching", "ignore", "missing"}, v) {
		return invalidValue("The value '%s' for parameter TreatMissingData is not supported: it must be breaching, notBreaching, ignore or missing.", v)
	}
	if v := text(in.EvaluateLowSampleCountPercentile); v != "" && v != "evaluate" && v != "ignore" {
		return invalidValue("Option %s is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.", v)
	}
	return nil
}

func readAlarmMetric(m *gateway.MetricAlarm, in *gen.PutMetricAlarmInput) (time.Duration, error) {
	switch {
	case in.MetricName == nil:
		return 0, missing("MetricName")
	case in.Namespace == nil:
		return 0, missing("Namespace")
	case in.Period == nil:
		return 0, missing("Period")
	case in.Statistic == nil && in.ExtendedStatistic == nil:
		return 0, missing("Statistic")
	case in.Statistic != nil && in.ExtendedStatistic != nil:
		return 0, exclusive("Statistic", "ExtendedStatistic")
	case *in.Period < 10 || !validPeriod(*in.Period):
		return 0, invalidInput("Period must be 10, 20, 30 or a multiple of 60")
	}
	if in.Unit != nil {
		if err := checkUnit("Unit", *in.Unit); err != nil {
			return 0, err
		}
	}
	m.MetricName, m.Namespace, m.Statistic, m.Extended, m.Unit = *in.MetricName, *in.Namespace, text(in.Statistic), text(in.ExtendedStatistic), text(in.Unit)
	m.Period = time.Duration(*in.Period) * time.Second
	if _, err := metrics.ParseStatistic(m.Statistic + m.Extended); err != nil {
		return 0, invalidValue("The value %s for parameter ExtendedStatistic is not supported.", m.Extended)
	}
	var err error
	m.Dimensions, err = alarmDimensions(in.Dimensions)
	return m.Period, err
}

func alarmDimensions(in []gen.Dimension) ([]gateway.AlarmDimension, error) {
	checked, err := dimensions(in)
	var out []gateway.AlarmDimension
	for _, d := range checked {
		out = append(out, gateway.AlarmDimension(d))
	}
	return out, err
}

// readAlarmQueries reads metrics and expressions, of which one is compared.
func readAlarmQueries(t gateway.Tenant, in []gen.MetricDataQuery) ([]gateway.AlarmQuery, time.Duration, error) {
	queries, err := readQueries(t, in)
	if err != nil {
		return nil, 0, err
	}
	out := make([]gateway.AlarmQuery, len(queries))
	returned, longest := 0, time.Duration(0)
	for i := range queries {
		q := &queries[i]
		out[i] = gateway.AlarmQuery{ID: q.ID, Label: q.Label, Expression: q.Expression, Period: q.Period, Returned: !q.Hidden}
		if m := q.Metric; m != nil {
			out[i].Namespace, out[i].MetricName, out[i].Unit, out[i].Statistic, out[i].Period = m.Namespace, m.Name, m.Unit, m.Statistic, m.Period
			for _, d := range m.Dimensions {
				out[i].Dimensions = append(out[i].Dimensions, gateway.AlarmDimension(d))
			}
		}
		longest = max(longest, out[i].Period)
		if !q.Hidden {
			returned++
		}
	}
	set, err := query.Compile(alarm.Queries(t, out))
	switch {
	case err != nil:
		return nil, 0, modelled(err)
	case returned != 1:
		return nil, 0, invalidInput("Exactly one element of the metrics list should return data.")
	case longest == 0:
		return nil, 0, invalidInput("Period must not be null")
	case set.Calls("SEARCH"):
		return nil, 0, invalidInput("SEARCH cannot be used in alarms.")
	}
	return out, longest, nil
}

func shownActions(actions []string) []string { return append([]string{}, actions...) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func shownMetricAlarm(t gateway.Tenant, a *gateway.Alarm) gen.MetricAlarm {
	m := a.Metric
	out := gen.MetricAlarm{
		AlarmName: &a.Name, AlarmArn: new(gateway.AlarmARN(t, a.Name)), AlarmDescription: a.Description, ActionsEnabled: &a.ActionsEnabled,
		AlarmActions: shownActions(a.AlarmActions), OKActions: shownActions(a.OKActions), InsufficientDataActions: shownActions(a.InsufficientDataActions),
		AlarmConfigurationUpdatedTimestamp: &a.ConfiguredAt, StateUpdatedTimestamp: &a.State.UpdatedAt, StateTransitionedTimestamp: &a.State.ChangedAt,
		StateReason: &a.State.Reason, StateReasonData: optional(a.State.ReasonData), StateValue: new(gen.StateValue(a.State.Value)),
		ComparisonOperator: new(gen.ComparisonOperator(m.Comparison)), EvaluationPeriods: new(int32(m.Periods)), Threshold: &m.Threshold, //nolint:gosec // G115: it came as one
		TreatMissingData: optional(m.Missing), EvaluateLowSampleCountPercentile: optional(m.LowSample),
		MetricName: optional(m.MetricName), Namespace: optional(m.Namespace), ExtendedStatistic: optional(m.Extended), Dimensions: []gen.Dimension{},
	}
	if m.Statistic != "" {
		out.Statistic = new(gen.Statistic(m.Statistic))
	}
	if m.Unit != "" {
		out.Unit = new(gen.StandardUnit(m.Unit))
	}
	if m.Datapoints > 0 {
		out.DatapointsToAlarm = new(int32(m.Datapoints)) //nolint:gosec // G115: as above
	}
	if m.Period > 0 {
		out.Period = seconds(m.Period)
	}
	out.Dimensions = append(out.Dimensions, shownDimensions(m.Dimensions)...)
	for i := range m.Queries {
		out.Metrics = append(out.Metrics, shownQuery(&m.Queries[i]))
	}
	return out
}

func seconds(d time.Duration) *int32 {
	return new(int32(d / time.Second)) //nolint:gosec // G115: it came as one
}

func shownDimensions(in []gateway.AlarmDimension) []gen.Dimension {
	var out []gen.Dimension
	for _, d := range in {
		out = append(out, gen.Dimension{Name: &d.Name, Value: &d.Value})
	}
	return out
}

func shownQuery(q *gateway.AlarmQuery) gen.MetricDataQuery {
	out := gen.MetricDataQuery{Id: &q.ID, Label: optional(q.Label), ReturnData: &q.Returned}
	if q.Expression != "" {
		out.Expression = &q.Expression
		if q.Period > 0 {
			out.Period = seconds(q.Period)
		}
		return out
	}
	out.MetricStat = &gen.MetricStat{
		Metric: &gen.Metric{Namespace: &q.Namespace, MetricName: &q.MetricName, Dimensions: shownDimensions(q.Dimensions)}, Period: seconds(q.Period), Stat: &q.Statistic,
	}
	if q.Unit != "" {
		out.MetricStat.Unit = new(gen.StandardUnit(q.Unit))
	}
	return out
}

func shownComposite(t gateway.Tenant, a *gateway.Alarm) gen.CompositeAlarm {
	return gen.CompositeAlarm{
		AlarmName: &a.Name, AlarmArn: new(gateway.AlarmARN(t, a.Name)), AlarmDescription: a.Description, ActionsEnabled: &a.ActionsEnabled, AlarmRule: &a.Rule,
		AlarmActions: shownActions(a.AlarmActions), OKActions: shownActions(a.OKActions), InsufficientDataActions: shownActions(a.InsufficientDataActions),
		AlarmConfigurationUpdatedTimestamp: &a.ConfiguredAt, StateUpdatedTimestamp: &a.State.UpdatedAt, StateTransitionedTimestamp: &a.State.ChangedAt,
		StateReason: &a.State.Reason, StateReasonData: optional(a.State.ReasonData), StateValue: new(gen.StateValue(a.State.Value)),
	}
}
