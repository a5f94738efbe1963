package cloudwatch

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// Limits of PutMetricData
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html and API_MetricDatum.html).
const (
	maxData   = 1000
	maxValues = 150
	maxAge    = 14 * 24 * time.Hour
	maxAhead  = 2 * time.Hour
	// maxValue is the greatest value.
	maxValue = 0x1p360
)

// PutMetricData adds what was measured, all of it or nothing.
func (s *Service) PutMetricData(_ context.Context, call *wire.Call, in *gen.PutMetricDataInput) (*gen.PutMetricDataOutput, error) {
	if len(in.EntityMetricData) > 0 {
		return nil, notBuilt("EntityMetricData of PutMetricData")
	}
	if strings.HasPrefix(*in.Namespace, "AWS/") {
		return nil, invalidValue("The value %s for parameter Namespace is invalid.", *in.Namespace)
	}
	if hasControls(*in.Namespace) {
		return nil, invalidValue("The parameter Namespace must not have control characters.")
	}
	if len(in.MetricData) == 0 {
		return nil, missing("MetricData")
	}
	if len(in.MetricData) > maxData {
		return nil, invalidValue("The collection MetricData must not have a size greater than %d.", maxData)
	}
	data := make([]metrics.Datum, len(in.MetricData))
	for i := range in.MetricData {
		reader := datumReader{in: &in.MetricData[i], at: fmt.Sprintf("MetricData.member.%d", i+1), now: s.Now()}
		var err error
		if data[i], err = reader.read(); err != nil {
			return nil, err
		}
		data[i].Tenant, data[i].Namespace = call.Tenant, *in.Namespace
	}
	if refused := s.Points.Put(data...); refused > 0 {
		return nil, &wire.Error{
			Code: "LimitExceededException", QueryCode: "LimitExceeded", Status: 400,
			Message: fmt.Sprintf("%d of %d data were refused: there are as many metrics as the setting metrics-max-series allows, or the disk is full.", refused, len(data)),
		}
	}
	return nil, nil
}

// datumReader reads one datum.
type datumReader struct {
	in  *gen.MetricDatum
	at  string
	now time.Time
}

func (r *datumReader) read() (metrics.Datum, error) {
	d := metrics.Datum{Unit: text(r.in.Unit), At: r.now}
	d.Name = *r.in.MetricName
	if d.Unit == "" {
		d.Unit = string(gen.StandardUnitNone)
	}
	if err := checkUnit(r.at+".Unit", d.Unit); err != nil {
		return d, err
	}
	if hasControls(d.Name) {
		return d, invalidValue("The parameter %s.MetricName must not have control characters.", r.at)
	}
	if r.in.Timestamp != nil {
		d.At = *r.in.Timestamp
	}
	switch age := r.now.Sub(d.At); {
	case age > maxAge:
		return d, invalidValue("The parameter %s.Timestamp must specify a time within the past two weeks.", r.at)
	case age < -maxAhead:
		return d, invalidValue("The parameter %s.Timestamp must specify a time no more than two hours in the future.", r.at)
	}
	if resolution := r.in.StorageResolution; resolution != nil {
		if *resolution != 1 && *resolution != 60 {
			return d, invalidValue("The parameter %s.StorageResolution must be 1 or 60.", r.at)
		}
		d.Fine = *resolution == 1
	}
	var err error
	if d.Dimensions, err = dimensions(r.in.Dimensions); err != nil {
		return d, err
	}
	d.Summary, err = r.summary()
	return d, err
}

// summary reads a value, values with counts, or a statistic set.
func (r *datumReader) summary() (metrics.Summary, error) {
	var s metrics.Summary
	switch in := r.in; {
	case in.Value != nil && in.Values != nil:
		return s, exclusive(r.at+".Value", r.at+".Values")
	case in.Value != nil && in.StatisticValues != nil:
		return s, exclusive(r.at+".Value", r.at+".StatisticValues")
	case in.Values != nil && in.StatisticValues != nil:
		return s, exclusive(r.at+".Values", r.at+".StatisticValues")
	case in.Value != nil:
		if err := r.valid("Value", *in.Value); err != nil {
			return s, err
		}
		s.Add(*in.Value, 1)
		return s, nil
	case in.StatisticValues != nil:
		return r.known(in.StatisticValues)
	case in.Values == nil:
		return s, invalidCombination("At least one of the parameters %s.Value and %s.StatisticValues must be specified.", r.at, r.at)
	}
	return r.values()
}

func (r *datumReader) values() (metrics.Summary, error) {
	var s metrics.Summary
	if len(r.in.Values) > maxValues {
		return s, invalidValue("The collection %s.Values must not have a size greater than %d.", r.at, maxValues)
	}
	if r.in.Counts != nil && len(r.in.Counts) != len(r.in.Values) {
		return s, invalidValue("The parameters %s.Values and %s.Counts must be of the same size.", r.at, r.at)
	}
	for i, value := range r.in.Values {
		count := 1.0
		if r.in.Counts != nil {
			count = r.in.Counts[i]
		}
		if err := r.valid(fmt.Sprintf("Values.member.%d", i+1), value); err != nil {
			return s, err
		}
		if err := r.valid(fmt.Sprintf("Counts.member.%d", i+1), count); err != nil || count < 0 {
			return s, invalidValue("The value %v for parameter %s.Counts.member.%d is invalid.", count, r.at, i+1)
		}
		if count > 0 {
			s.Add(value, count)
		}
	}
	return s, nil
}

func (r *datumReader) known(set *gen.StatisticSet) (metrics.Summary, error) {
	for _, part := range []struct {
		name  string
		value float64
	}{{"SampleCount", *set.SampleCount}, {"Sum", *set.Sum}, {"Minimum", *set.Minimum}, {"Maximum", *set.Maximum}} {
		if err := r.valid("StatisticValues."+part.name, part.value); err != nil {
			return metrics.Summary{}, err
		}
	}
	if *set.SampleCount < 0 {
		return metrics.Summary{}, invalidValue("The value %v for parameter %s.StatisticValues.SampleCount is invalid.", *set.SampleCount, r.at)
	}
	if *set.Minimum > *set.Maximum {
		return metrics.Summary{}, invalidValue("The parameter %s.StatisticValues.Minimum must be less than or equal to %s.StatisticValues.Maximum.", r.at, r.at)
	}
	return metrics.Known(*set.SampleCount, *set.Sum, *set.Minimum, *set.Maximum), nil
}

func (r *datumReader) valid(name string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > maxValue {
		return invalidValue("The value %v for parameter %s.%s is invalid.", v, r.at, name)
	}
	return nil
}

func dimensions(in []gen.Dimension) ([]metrics.Dimension, error) {
	out := make([]metrics.Dimension, len(in))
	for i, d := range in {
		for _, part := range []*string{d.Name, d.Value} {
			if hasControls(*part) {
				return nil, invalidValue("Dimensions must not have control characters.")
			}
		}
		out[i] = metrics.Dimension{Name: *d.Name, Value: *d.Value}
	}
	return out, nil
}

func hasControls(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// checkUnit refuses what is no unit, as https://github.com/awslabs/collectd-cloudwatch/pull/46 has it.
func checkUnit[T ~string](parameter string, unit T) error {
	if slices.Contains(units(), string(unit)) {
		return nil
	}
	return invalidValue("The parameter %s must be a value in the set [ %s ].", parameter, strings.Join(units(), ", "))
}

// units are those that the model has.
func units() []string {
	return strings.Fields("Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits " +
		"Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second Bits/Second " +
		"Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None")
}
