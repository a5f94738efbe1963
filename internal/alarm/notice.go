package alarm

import (
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// notice is what topics get (recorded: localstack's test_put_metric_alarm).
type notice struct {
	AlarmName        string
	AlarmDescription *string
	AWSAccountID     string `json:"AWSAccountId"`
	ConfiguredAt     string `json:"AlarmConfigurationUpdatedTimestamp"`
	NewStateValue    string
	NewStateReason   string
	StateChangeTime  string
	Region           string
	AlarmArn         string
	OldStateValue    string
	OKActions        []string
	AlarmActions     []string
	NoDataActions    []string `json:"InsufficientDataActions"`
	Muted            bool     `json:"ActionExecutedAfterMuteWindow"`
	AlarmRule        string   `json:",omitempty"`
	Trigger          *trigger `json:",omitempty"`
}

type trigger struct {
	MetricName    string      `json:",omitempty"`
	Namespace     string      `json:",omitempty"`
	StatisticType string      `json:",omitempty"`
	Statistic     string      `json:",omitempty"`
	Extended      string      `json:"ExtendedStatistic,omitempty"`
	Unit          *string     `json:"Unit"`
	Dimensions    []dimension `json:",omitempty"`
	Period        int
	Periods       int    `json:"EvaluationPeriods"`
	Datapoints    int    `json:"DatapointsToAlarm,omitempty"`
	Comparison    string `json:"ComparisonOperator"`
	Threshold     number
	Missing       string `json:"TreatMissingData"`
	LowSample     string `json:"EvaluateLowSampleCountPercentile"`
	Metrics       []any  `json:",omitempty"`
}

type dimension struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// statistics are the names that messages have.
func statistic(name string) string {
	switch name {
	case "Average":
		return "AVERAGE"
	case "Sum":
		return "SUM"
	case "Minimum":
		return "MINIMUM"
	case "Maximum":
		return "MAXIMUM"
	case "SampleCount":
		return "SAMPLE_COUNT"
	}
	return name
}

func list(actions []string) []string { return append([]string{}, actions...) }

// message is the subject and the body of what a topic gets.
func message(t gateway.Tenant, a *gateway.Alarm) (subject, body string) {
	region := regionName(t.Region)
	n := notice{
		AlarmName: a.Name, AlarmDescription: a.Description, AWSAccountID: t.Account, ConfiguredAt: formatTime(a.ConfiguredAt),
		NewStateValue: a.State.Value, NewStateReason: a.State.Reason, StateChangeTime: formatTime(a.State.ChangedAt), Region: region,
		AlarmArn: gateway.AlarmARN(t, a.Name), OldStateValue: a.Old.Value, OKActions: list(a.OKActions), AlarmActions: list(a.AlarmActions),
		NoDataActions: list(a.InsufficientDataActions), AlarmRule: a.Rule,
	}
	if a.Metric != nil {
		n.Trigger = triggerOf(a.Metric)
	}
	const longest = 100 // of a subject
	subject = a.State.Value + `: "` + a.Name + `" in ` + region
	if r := []rune(subject); len(r) > longest {
		subject = string(r[:longest-3]) + "..."
	}
	return subject, document(n)
}

func triggerOf(m *gateway.MetricAlarm) *trigger {
	out := &trigger{
		MetricName: m.MetricName, Namespace: m.Namespace, Period: int(period(m) / time.Second), Periods: m.Periods, Datapoints: m.Datapoints,
		Comparison: m.Comparison, Threshold: number(m.Threshold), Missing: treatment(m), LowSample: m.LowSample,
	}
	if m.Unit != "" {
		out.Unit = &m.Unit
	}
	for _, d := range m.Dimensions {
		out.Dimensions = append(out.Dimensions, dimension{d.Value, d.Name})
	}
	switch {
	case m.Statistic != "":
		out.StatisticType, out.Statistic = "Statistic", statistic(m.Statistic)
	case m.Extended != "":
		out.StatisticType, out.Extended = "ExtendedStatistic", m.Extended
	}
	for i := range m.Queries {
		out.Metrics = append(out.Metrics, triggerQuery(&m.Queries[i]))
	}
	return out
}

func triggerQuery(q *gateway.AlarmQuery) map[string]any {
	out := map[string]any{"Id": q.ID, "ReturnData": q.Returned}
	if q.Label != "" {
		out["Label"] = q.Label
	}
	if q.Expression != "" {
		out["Expression"] = q.Expression
		return out
	}
	dimensions := []dimension{}
	for _, d := range q.Dimensions {
		dimensions = append(dimensions, dimension{d.Value, d.Name})
	}
	out["MetricStat"] = map[string]any{
		"Metric": map[string]any{"Dimensions": dimensions, "MetricName": q.MetricName, "Namespace": q.Namespace},
		"Period": int(q.Period / time.Second), "Stat": q.Statistic,
	}
	return out
}

// event is what functions get (recorded: localstack's test_alarm_lambda_target).
type event struct {
	Source    string    `json:"source"`
	AlarmARN  string    `json:"alarmArn"`
	AccountID string    `json:"accountId"`
	Time      string    `json:"time"`
	Region    string    `json:"region"`
	AlarmData alarmData `json:"alarmData"`
}

type alarmData struct {
	AlarmName     string         `json:"alarmName"`
	State         stateData      `json:"state"`
	PreviousState stateData      `json:"previousState"`
	Configuration map[string]any `json:"configuration"`
}

type stateData struct {
	Value      string `json:"value"`
	Reason     string `json:"reason"`
	ReasonData string `json:"reasonData,omitempty"`
	Timestamp  string `json:"timestamp"`
}

func stateOf(s *gateway.AlarmState) stateData {
	return stateData{s.Value, s.Reason, s.ReasonData, formatTime(s.UpdatedAt)}
}

func eventOf(t gateway.Tenant, a *gateway.Alarm) string {
	configuration := map[string]any{}
	if a.Description != nil {
		configuration["description"] = *a.Description
	}
	if a.Metric == nil {
		configuration["alarmRule"] = a.Rule
	} else {
		configuration["metrics"] = configured(a.Metric)
	}
	return document(event{
		Source: "aws.cloudwatch", AlarmARN: gateway.AlarmARN(t, a.Name), AccountID: t.Account, Time: formatTime(a.State.ChangedAt), Region: t.Region,
		AlarmData: alarmData{a.Name, stateOf(&a.State), stateOf(&a.Old), configuration},
	})
}

func configured(m *gateway.MetricAlarm) []any {
	queries := m.Queries
	if len(queries) == 0 {
		queries = []gateway.AlarmQuery{{
			ID: gateway.NewUUID(), Namespace: m.Namespace, MetricName: m.MetricName, Dimensions: m.Dimensions, Statistic: m.Statistic + m.Extended,
			Period: m.Period, Unit: m.Unit, Returned: true,
		}}
	}
	var out []any
	for i := range queries {
		q := &queries[i]
		one := map[string]any{"id": q.ID, "returnData": q.Returned}
		if q.Label != "" {
			one["label"] = q.Label
		}
		if q.Expression != "" {
			one["expression"] = q.Expression
		} else {
			dimensions := map[string]string{}
			for _, d := range q.Dimensions {
				dimensions[d.Name] = d.Value
			}
			one["metricStat"] = map[string]any{
				"metric": map[string]any{"namespace": q.Namespace, "name": q.MetricName, "dimensions": dimensions},
				"period": int(q.Period / time.Second), "stat": q.Statistic,
			}
		}
		out = append(out, one)
	}
	return out
}

// regions are AWS's names of them (https://docs.aws.amazon.com/general/latest/gr/rande.html).
var regions = map[string]string{
	"us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)", "us-west-2": "US West (Oregon)",
	"af-south-1": "Africa (Cape Town)", "ap-east-1": "Asia Pacific (Hong Kong)", "ap-south-1": "Asia Pacific (Mumbai)",
	"ap-south-2": "Asia Pacific (Hyderabad)", "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
	"ap-southeast-3": "Asia Pacific (Jakarta)", "ap-southeast-4": "Asia Pacific (Melbourne)", "ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)", "ca-central-1": "Canada (Central)",
	"ca-west-1": "Canada West (Calgary)", "eu-central-1": "EU (Frankfurt)", "eu-central-2": "Europe (Zurich)", "eu-west-1": "EU (Ireland)",
	"eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)", "eu-north-1": "EU (Stockholm)", "eu-south-1": "EU (Milan)", "eu-south-2": "Europe (Spain)",
	"il-central-1": "Israel (Tel Aviv)", "me-central-1": "Middle East (UAE)", "me-south-1": "Middle East (Bahrain)",
	"sa-east-1": "South America (Sao Paulo)",
}

func regionName(region string) string {
	if name, ok := regions[region]; ok {
		return name
	}
	return region
}
