package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// maxStatistics is how many points GetMetricStatistics returns at most.
const maxStatistics = 1440

// GetMetricStatistics returns statistics of a metric, for each unit apart.
func (s *Service) GetMetricStatistics(
	ctx context.Context, call *wire.Call, in *gen.GetMetricStatisticsInput,
) (*gen.GetMetricStatisticsOutput, error) {
	statistics, err := readStatistics(in)
	if err != nil {
		return nil, err
	}
	if !in.StartTime.Before(*in.EndTime) {
		return nil, invalidValue("The parameter StartTime must be less than the parameter EndTime.")
	}
	period := time.Duration(*in.Period) * time.Second
	if !validPeriod(*in.Period) {
		return nil, invalidValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	}
	if n := int64(in.EndTime.Sub(*in.StartTime) / period); n > maxStatistics {
		return nil, invalidCombination("You have requested up to %d datapoints, which exceeds the limit of %d. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxStatistics)
	}
	if in.Unit != nil {
		if err := checkUnit("Unit", *in.Unit); err != nil {
			return nil, err
		}
	}
	q := metrics.Query{Period: period, From: s.start(*in.StartTime, period), To: *in.EndTime, Distribution: statistics.distribution}
	q.Tenant, q.Namespace, q.Name = call.Tenant, *in.Namespace, *in.MetricName
	if q.Dimensions, err = dimensions(in.Dimensions); err != nil {
		return nil, err
	}
	out := &gen.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []gen.Datapoint{}}
	units := s.Points.Units(q.Series)
	slices.Sort(units)
	for _, q.Unit = range units {
		if in.Unit != nil && text(in.Unit) != q.Unit {
			continue
		}
		points, err := s.Points.Points(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range points {
			if d, ok := statistics.datapoint(&points[i], q.Unit); ok {
				out.Datapoints = append(out.Datapoints, d)
			}
		}
	}
	return out, nil
}

// validPeriod tells whether points may be so many seconds apart.
func validPeriod(seconds int32) bool {
	return seconds > 0 && (seconds%60 == 0 || slices.Contains([]int32{1, 5, 10, 20, 30}, seconds))
}

// start rounds a time down, as coarsely as points of that age are stored
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html, StartTime).
func (s *Service) start(t time.Time, period time.Duration) time.Time {
	const day = 24 * time.Hour
	width := time.Minute
	switch age := s.Now().Sub(t); {
	case age > 63*day:
		width = time.Hour
	case age > 15*day:
		width = 5 * time.Minute
	case age < 3*time.Hour && period < time.Minute:
		width = period
	}
	return t.Truncate(width)
}

// statisticSet are the statistics that are asked for.
type statisticSet struct {
	plain        []gen.Statistic
	extended     map[string]metrics.Statistic
	distribution bool
}

func readStatistics(in *gen.GetMetricStatisticsInput) (statisticSet, error) {
	set := statisticSet{plain: in.Statistics, extended: map[string]metrics.Statistic{}, distribution: len(in.ExtendedStatistics) > 0}
	if len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0 {
		return set, invalidCombination("Must specify either Statistics or ExtendedStatistics")
	}
	for _, name := range in.ExtendedStatistics {
		statistic, err := metrics.ParseStatistic(name)
		if err != nil || !statistic.NeedsDistribution() {
			return set, invalidValue("The value %s for parameter ExtendedStatistics is not supported.", name)
		}
		set.extended[name] = statistic
	}
	return set, nil
}

// datapoint is false if none of the statistics is known.
func (set *statisticSet) datapoint(p *metrics.Point, unit string) (gen.Datapoint, bool) {
	d := gen.Datapoint{Timestamp: &p.Time, Unit: new(gen.StandardUnit(unit))}
	for _, s := range set.plain {
		switch s {
		case gen.StatisticAverage:
			d.Average = new(p.Sum / p.Count)
		case gen.StatisticSum:
			d.Sum = &p.Sum
		case gen.StatisticMinimum:
			d.Minimum = &p.Min
		case gen.StatisticMaximum:
			d.Maximum = &p.Max
		case gen.StatisticSampleCount:
			d.SampleCount = &p.Count
		}
	}
	for name, statistic := range set.extended {
		if v, ok := statistic.Of(&p.Summary); ok {
			if d.ExtendedStatistics == nil {
				d.ExtendedStatistics = map[string]float64{}
			}
			d.ExtendedStatistics[name] = v
		}
	}
	return d, len(set.plain) > 0 || d.ExtendedStatistics != nil
}
