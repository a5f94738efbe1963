package alarm

import (
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// datapoint is what was measured in a period; without a value it is missing.
type datapoint struct {
	at      time.Time
	value   float64
	samples float64
	known   bool
	// sampled tells that samples is known.
	sampled bool
}

// The ways to treat missing data.
const (
	missingMissing   = "missing"
	missingIgnore    = "ignore"
	missingBreaching = "breaching"
	missingOK        = "notBreaching"
)

// extra is how many periods are looked at besides those that are evaluated, to find data in place of what is missing.
const extra = 2

// verdict is what data points say of an alarm. Without a value the state stays.
type verdict struct {
	value string
	// evaluated are those that count, the newest first; filled tells how many missing ones are among them.
	evaluated []datapoint
	filled    int
	breaching int
}

// assess decides by the data points of consecutive periods, the oldest first, as AWS does
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
func assess(m *gateway.MetricAlarm, points []datapoint) verdict {
	newest := slices.Clone(points)
	slices.Reverse(newest)
	known := slices.DeleteFunc(slices.Clone(newest), func(p datapoint) bool { return !p.known })
	need := m.Datapoints
	if need == 0 {
		need = m.Periods
	}
	v := verdict{evaluated: known}
	if len(known) >= m.Periods {
		v.evaluated = known[:m.Periods]
	} else {
		v.fill(newest, m.Periods-len(known))
	}
	for _, p := range v.evaluated {
		if p.known && breaches(m, p.value) {
			v.breaching++
		}
	}
	v.value = v.decide(m, need, newest)
	return v
}

// fill takes so many of the missing points as are needed, the newest first.
func (v *verdict) fill(newest []datapoint, n int) {
	v.evaluated = nil
	for _, p := range newest {
		if !p.known && v.filled == n {
			continue
		}
		if !p.known {
			v.filled++
		}
		v.evaluated = append(v.evaluated, p)
	}
}

func (v *verdict) decide(m *gateway.MetricAlarm, need int, newest []datapoint) string {
	known := len(v.evaluated) - v.filled
	missing := treatment(m)
	breaching := v.breaching
	if missing == missingBreaching {
		breaching += v.filled
	}
	switch {
	case breaching >= need:
		return gateway.AlarmAlarm
	case v.filled == 0 || missing == missingBreaching || missing == missingOK:
		return gateway.AlarmOK
	case known == 0 && missing == missingIgnore:
		return ""
	case known == 0:
		return gateway.AlarmNoData
	case v.breaching < known:
		return gateway.AlarmOK
	case missing == missingIgnore:
		return ""
	case oldestKnown(newest) >= need: // all that there is breaches, for long enough
		return gateway.AlarmAlarm
	}
	return "" // some breach, too few to tell
}

func treatment(m *gateway.MetricAlarm) string {
	if m.Missing == "" {
		return missingMissing
	}
	return m.Missing
}

// oldestKnown is how many periods ago the oldest data point is.
func oldestKnown(newest []datapoint) int {
	for i := len(newest) - 1; i >= 0; i-- {
		if newest[i].known {
			return i + 1
		}
	}
	return 0
}

func breaches(m *gateway.MetricAlarm, value float64) bool {
	switch m.Comparison {
	case "GreaterThanThreshold":
		return value > m.Threshold
	case "GreaterThanOrEqualToThreshold":
		return value >= m.Threshold
	case "LessThanThreshold":
		return value < m.Threshold
	}
	return value <= m.Threshold
}
