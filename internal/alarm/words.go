package alarm

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/java"
)

// Forms of times: in reasons, in JSON, and in reasons of composite alarms.
const (
	reasonTime    = "02/01/06 15:04:05"
	jsonTime      = "2006-01-02T15:04:05.000-0700"
	compositeTime = "Monday 02 January, 2006 15:04:05 MST"
)

func formatTime(t time.Time) string { return t.UTC().Format(jsonTime) }

// comparisons are the words of reasons.
func comparison(operator string) string {
	switch operator {
	case "GreaterThanThreshold":
		return "greater than"
	case "GreaterThanOrEqualToThreshold":
		return "greater than or equal to"
	case "LessThanThreshold":
		return "less than"
	}
	return "less than or equal to"
}

// reason words a verdict that became a state.
func (v *verdict) reason(m *gateway.MetricAlarm) string {
	if v.value == gateway.AlarmNoData {
		return fmt.Sprintf("Insufficient Data: %s unknown.", count(v.filled, "datapoint was", "datapoints were"))
	}
	if v.filled == len(v.evaluated) {
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s.", count(m.Periods, "period", "periods"), v.treated(m))
	}
	alarmed := v.value == gateway.AlarmAlarm
	parts := []string{}
	if told := v.told(m, alarmed); told != "" {
		parts = append(parts, told)
	}
	if treated := v.treated(m); treated != "" {
		parts = append(parts, treated)
	}
	out := "Threshold Crossed: " + strings.Join(parts, " and ")
	if m.Datapoints > 0 {
		out += transition(m, alarmed)
	}
	return out + "."
}

// told words the data points that made the state, the newest first: those that breach, or those that do not.
func (v *verdict) told(m *gateway.MetricAlarm, alarmed bool) string {
	var list []string
	for _, p := range v.evaluated {
		if p.known && breaches(m, p.value) == alarmed {
			list = append(list, fmt.Sprintf("%s (%s)", java.String(p.value), p.at.UTC().Format(reasonTime)))
		}
	}
	if list == nil {
		return ""
	}
	subject, was := count(len(list), "datapoint", "datapoints"), "was"
	if m.Datapoints > 0 {
		subject = fmt.Sprintf("%d out of the last %d datapoints", len(list), m.Periods)
	}
	if len(list) != 1 {
		was = "were"
	}
	if !alarmed {
		was += " not"
	}
	return fmt.Sprintf("%s [%s] %s %s the threshold (%s)", subject, strings.Join(list, ", "), was, comparison(m.Comparison), java.String(m.Threshold))
}

// treated words the missing data points that count as something.
func (v *verdict) treated(m *gateway.MetricAlarm) string {
	as := ""
	switch treatment(m) {
	case missingBreaching:
		as = "Breaching"
	case missingOK:
		as = "NonBreaching"
	}
	if v.filled == 0 || as == "" {
		return ""
	}
	return fmt.Sprintf("%s treated as [%s]", count(v.filled, "missing datapoint was", "missing datapoints were"), as)
}

// transition says how many data points it takes, of an alarm that says how many.
func transition(m *gateway.MetricAlarm, alarmed bool) string {
	from, to, need := gateway.AlarmOK, gateway.AlarmAlarm, m.Datapoints
	if !alarmed {
		from, to, need = to, from, m.Periods-need+1
	}
	return fmt.Sprintf(" (minimum %s for %s -> %s transition)", count(need, "datapoint", "datapoints"), from, to)
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// number is a JSON number as Java writes it.
type number float64

// MarshalJSON implements [json.Marshaler].
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return []byte(java.String(float64(n))), nil
}

type reasonData struct {
	Version   string      `json:"version"`
	QueryDate string      `json:"queryDate"`
	StartDate string      `json:"startDate,omitempty"`
	Unit      string      `json:"unit,omitempty"`
	Statistic string      `json:"statistic,omitempty"`
	Period    int         `json:"period"`
	Recent    []number    `json:"recentDatapoints"`
	Threshold number      `json:"threshold"`
	Evaluated []evaluated `json:"evaluatedDatapoints"`
}

type evaluated struct {
	Timestamp string  `json:"timestamp"`
	Samples   *number `json:"sampleCount,omitempty"`
	Value     *number `json:"value,omitempty"`
}

// data is a reason as JSON (recorded: localstack's test_put_metric_alarm and test_breaching_alarm_actions).
func (v *verdict) data(m *gateway.MetricAlarm, now time.Time) string {
	d := reasonData{
		Version: "1.0", QueryDate: formatTime(now), Unit: m.Unit, Statistic: m.Statistic + m.Extended, Period: int(period(m) / time.Second),
		Recent: []number{}, Threshold: number(m.Threshold), Evaluated: []evaluated{},
	}
	for _, p := range v.evaluated {
		e := evaluated{Timestamp: formatTime(p.at)}
		if p.known {
			d.StartDate = e.Timestamp
			d.Recent = append([]number{number(p.value)}, d.Recent...)
			e.Value = new(number(p.value))
			if p.sampled {
				e.Samples = new(number(p.samples))
			}
		}
		d.Evaluated = append(d.Evaluated, e)
	}
	return document(d)
}

func document(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of these types, which cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

// period is an alarm's: of several metrics the longest.
func period(m *gateway.MetricAlarm) time.Duration {
	longest := m.Period
	for i := range m.Queries {
		longest = max(longest, m.Queries[i].Period)
	}
	return max(longest, time.Second)
}
