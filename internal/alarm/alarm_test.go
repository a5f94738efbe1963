package alarm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

var noon = time.Date(2026, 9, 18, 6, 0, 0, 0, time.UTC)

// series makes data points of a text: 0 is within the threshold, X breaches it, - is missing.
func series(text string) []datapoint {
	fields := strings.Fields(text)
	out := make([]datapoint, len(fields))
	for i, f := range fields {
		out[i] = datapoint{at: noon.Add(time.Duration(i-len(fields)) * time.Minute), known: f != "-"}
		if f == "X" {
			out[i].value = 10
		}
	}
	return out
}

// TestAssess has the tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: what becomes of the
// data points of five periods when missing ones are treated as missing, ignored, as breaching and as not breaching.
func TestAssess(t *testing.T) {
	const ok, alarmed, noData, retain = gateway.AlarmOK, gateway.AlarmAlarm, gateway.AlarmNoData, ""
	for _, c := range []struct {
		points           string
		need             int
		filled           int
		missing, ignored string
		breaching, quiet string
	}{
		{"0 - X - X", 3, 0, ok, ok, ok, ok},
		{"- - - - 0", 3, 2, ok, ok, ok, ok},
		{"- - - - -", 3, 3, noData, retain, alarmed, ok},
		{"0 X X - X", 3, 0, alarmed, alarmed, alarmed, alarmed},
		{"- - X - -", 3, 2, alarmed, retain, alarmed, ok},
		{"0 - X - X", 2, 0, alarmed, alarmed, alarmed, alarmed},
		{"0 0 X 0 X", 2, 0, alarmed, alarmed, alarmed, alarmed},
		{"0 - X - -", 2, 1, ok, ok, alarmed, ok},
		{"- - - - 0", 2, 2, ok, ok, alarmed, ok},
		{"- - - X -", 2, 2, alarmed, retain, alarmed, ok},
		{"- - - - X", 2, 2, retain, retain, alarmed, ok}, // not in the tables: too little to tell
	} {
		for treatment, want := range map[string]string{"": c.missing, missingMissing: c.missing, missingIgnore: c.ignored, missingBreaching: c.breaching, missingOK: c.quiet} {
			m := &gateway.MetricAlarm{Periods: 3, Datapoints: c.need, Threshold: 5, Comparison: "GreaterThanThreshold", Missing: treatment}
			if v := assess(m, series(c.points)); v.value != want || v.filled != c.filled {
				t.Errorf("%s, %d of 3, %q: %q with %d filled, want %q with %d", c.points, c.need, treatment, v.value, v.filled, want, c.filled)
			}
		}
	}
	for operator, want := range map[string][3]bool{
		"GreaterThanThreshold": {false, false, true}, "GreaterThanOrEqualToThreshold": {false, true, true},
		"LessThanThreshold": {true, false, false}, "LessThanOrEqualToThreshold": {true, true, false},
	} {
		for i, value := range []float64{4, 5, 6} {
			if got := breaches(&gateway.MetricAlarm{Threshold: 5, Comparison: operator}, value); got != want[i] {
				t.Errorf("%v %s 5: %v", value, operator, got)
			}
		}
	}
}

// TestReasons has texts that AWS gave: localstack's recordings, and the public issues of which the reference facts 74 to 76 tell.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		periods, need int
		missing       string
		values        string
		threshold     float64
		want          string
	}{
		{1, 0, "", "21.5", 21, "Threshold Crossed: 1 datapoint [21.5 (18/09/26 06:00:00)] was greater than the threshold (21.0)."},
		{1, 0, "", "3", 21, "Threshold Crossed: 1 datapoint [3.0 (18/09/26 06:00:00)] was not greater than the threshold (21.0)."},
		// facts 75 and 76 of alarms: DatapointsToAlarm is told, of one period too (public recordings of 2019 and 2024)
		{1, 1, "", "21.5", 21, "Threshold Crossed: 1 out of the last 1 datapoints [21.5 (18/09/26 06:00:00)] was greater than the threshold (21.0) (minimum 1 datapoint for OK -> ALARM transition)."},
		{1, 1, "", "0", 21, "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (18/09/26 06:00:00)] was not greater than the threshold (21.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		// and of missing ones (public recordings of 2026)
		{2, 0, missingBreaching, "- 22", 21, "Threshold Crossed: 1 datapoint [22.0 (18/09/26 06:00:00)] was greater than the threshold (21.0) and 1 missing datapoint was treated as [Breaching]."},
		{2, 0, missingBreaching, "- 20", 21, "Threshold Crossed: 1 datapoint [20.0 (18/09/26 06:00:00)] was not greater than the threshold (21.0) and 1 missing datapoint was treated as [Breaching]."},
		{3, 2, missingOK, "- - 22", 21, "Threshold Crossed: 2 missing datapoints were treated as [NonBreaching] (minimum 2 datapoints for ALARM -> OK transition)."},
		{2, 0, "", "22 23", 21, "Threshold Crossed: 2 datapoints [23.0 (18/09/26 06:00:00), 22.0 (18/09/26 05:59:00)] were greater than the threshold (21.0)."},
		{4, 2, "", "1 11 1 12.5", 10.7, "Threshold Crossed: 2 out of the last 4 datapoints [12.5 (18/09/26 06:00:00), 11.0 (18/09/26 05:58:00)] were greater than the threshold (10.7) (minimum 2 datapoints for OK -> ALARM transition)."},
		{2, 0, missingBreaching, "- -", 2, "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		{1, 0, missingOK, "-", 2, "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		{1, 0, "", "-", 2, "Insufficient Data: 1 datapoint was unknown."},
		{3, 0, "", "- - -", 2, "Insufficient Data: 3 datapoints were unknown."},
	} {
		m := &gateway.MetricAlarm{Periods: c.periods, Datapoints: c.need, Threshold: c.threshold, Comparison: "GreaterThanThreshold", Missing: c.missing, Period: time.Minute}
		fields := strings.Fields(c.values)
		points := make([]datapoint, len(fields))
		for i, f := range fields {
			points[i].at = noon.Add(time.Duration(i+1-len(fields)) * time.Minute)
			_, err := fmt.Sscan(f, &points[i].value)
			points[i].known = err == nil
		}
		v := assess(m, points)
		if got := v.reason(m); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.values, got, c.want)
		}
	}
}

// TestReasonData has the JSON of localstack's test_put_metric_alarm and test_breaching_alarm_actions, recorded of AWS.
func TestReasonData(t *testing.T) {
	m := &gateway.MetricAlarm{Periods: 1, Threshold: 21, Comparison: "GreaterThanThreshold", Period: 10 * time.Second, Unit: "Seconds", Statistic: "Average"}
	v := assess(m, []datapoint{{at: noon, value: 21.5, known: true, samples: 2, sampled: true}})
	const want = `{"version":"1.0","queryDate":"2026-09-18T06:00:05.000+0000","startDate":"2026-09-18T06:00:00.000+0000","unit":"Seconds","statistic":"Average","period":10,"recentDatapoints":[21.5],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-09-18T06:00:00.000+0000","sampleCount":2.0,"value":21.5}]}`
	if got := v.data(m, noon.Add(5*time.Second)); got != want {
		t.Errorf("\n got  %s\n want %s", got, want)
	}
	m.Missing = missingBreaching
	v = assess(m, []datapoint{{at: noon}})
	if got := v.data(m, noon); !strings.HasSuffix(got, `"recentDatapoints":[],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-09-18T06:00:00.000+0000"}]}`) || strings.Contains(got, "startDate") {
		t.Error(got)
	}
}

var tenant = gateway.Tenant{Account: "123456789012", Region: "ap-southeast-2"}

// TestMessage has what topics get, in the order of localstack's test_put_metric_alarm, recorded of AWS, and with the subject of its console.
func TestMessage(t *testing.T) {
	a := &gateway.Alarm{
		Name: "n", Description: new("testing cloudwatch alarms"), AlarmActions: []string{"arn:aws:sns:ap-southeast-2:123456789012:t"}, ConfiguredAt: noon,
		Metric: &gateway.MetricAlarm{
			MetricName: "my-metric1", Namespace: "ns", Statistic: "SampleCount", Period: 10 * time.Second, Periods: 1, Threshold: 21,
			Comparison: "GreaterThanThreshold", Missing: missingIgnore, Dimensions: []gateway.AlarmDimension{{Name: "InstanceId", Value: "abc"}},
		},
		State: gateway.AlarmState{Value: gateway.AlarmAlarm, Reason: "a < b", ChangedAt: noon, UpdatedAt: noon}, Old: gateway.AlarmState{Value: gateway.AlarmNoData, Reason: "Unchecked"},
	}
	subject, body := message(tenant, a)
	if subject != `ALARM: "n" in Asia Pacific (Sydney)` {
		t.Error(subject)
	}
	const want = `{"AlarmName":"n","AlarmDescription":"testing cloudwatch alarms","AWSAccountId":"123456789012","AlarmConfigurationUpdatedTimestamp":"2026-09-18T06:00:00.000+0000","NewStateValue":"ALARM","NewStateReason":"a < b","StateChangeTime":"2026-09-18T06:00:00.000+0000","Region":"Asia Pacific (Sydney)","AlarmArn":"arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:n","OldStateValue":"INSUFFICIENT_DATA","OKActions":[],"AlarmActions":["arn:aws:sns:ap-southeast-2:123456789012:t"],"InsufficientDataActions":[],"ActionExecutedAfterMuteWindow":false,"Trigger":{"MetricName":"my-metric1","Namespace":"ns","StatisticType":"Statistic","Statistic":"SAMPLE_COUNT","Unit":null,"Dimensions":[{"value":"abc","name":"InstanceId"}],"Period":10,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":21.0,"TreatMissingData":"ignore","EvaluateLowSampleCountPercentile":""}}`
	if body != want {
		t.Errorf("\n got  %s\n want %s", body, want)
	}
	// localstack's test_alarm_lambda_target, recorded of AWS
	var e event
	if err := json.Unmarshal([]byte(eventOf(tenant, a)), &e); err != nil {
		t.Fatal(err)
	}
	metric := fmt.Sprint(e.AlarmData.Configuration["metrics"].([]any)[0].(map[string]any)["metricStat"])
	if e.Source != "aws.cloudwatch" || e.AlarmData.State.Value != "ALARM" || e.AlarmData.PreviousState.Reason != "Unchecked" ||
		metric != "map[metric:map[dimensions:map[InstanceId:abc] name:my-metric1 namespace:ns] period:10 stat:SampleCount]" {
		t.Errorf("%+v", e)
	}
}

// TestRule has the expressions of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html.
func TestRule(t *testing.T) {
	states := map[string]string{"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}
	for text, want := range map[string]bool{
		`ALARM(a)`: true, `ALARM("b")`: false, `OK(b) AND ALARM(a)`: true, `NOT ALARM(a)`: false, `not (ALARM(b) or OK(a))`: true,
		`INSUFFICIENT_DATA('c d')`: true, `TRUE`: true, `FALSE`: false, `ALARM(b) OR OK(b) AND FALSE`: false, `(ALARM(b) OR OK(b)) AND TRUE`: true,
		`ALARM(arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:a)`: true, `OK(missing)`: false, `NOT NOT TRUE`: true,
	} {
		rule, err := ParseRule(text, tenant)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := rule.Holds(func(name string) string { return states[name] }); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{
		"", "ALARM", "ALARM(", "ALARM()", `ALARM("a`, "ALARM(a) OK(b)", "ALARM(a) AND", "(TRUE", "TRUEISH", "ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:a)",
		strings.Repeat("(", 200), strings.Repeat("NOT ", 200) + "TRUE",
	} {
		if _, err := ParseRule(text, tenant); err == nil {
			t.Errorf("%q is a rule", text)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add(`ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA('c'))`)
	f.Add(`TRUE OR FALSE`)
	f.Fuzz(func(_ *testing.T, text string) {
		if rule, err := ParseRule(text, tenant); err == nil {
			rule.Holds(func(string) string { return gateway.AlarmOK })
		}
	})
}
