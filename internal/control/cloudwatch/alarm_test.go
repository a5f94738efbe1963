package cloudwatch

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Wake implements Alarms: nothing is evaluated here.
func (f *fixture) Wake() {}

func (f *fixture) do(operation, input string) map[string]any {
	f.Helper()
	status, body := f.send(operation, input)
	if status != http.StatusOK {
		f.Fatalf("%s %s: %d %s", operation, input, status, body)
	}
	var out map[string]any
	if body != "" {
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			f.Fatal(err)
		}
	}
	return out
}

// names of what an answer lists.
func names(list any, member string) []string {
	var out []string
	for _, item := range list.([]any) {
		out = append(out, item.(map[string]any)[member].(string))
	}
	return out
}

const alarmARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"

// TestAlarms has localstack's test_describe_alarms_converts_date_format_correctly, test_set_alarm and test_enable_disable_alarm_actions, recorded of AWS.
func TestAlarms(t *testing.T) {
	f := newFixture(t)
	const minimal = `'MetricName':'m','Namespace':'ns','Statistic':'Sum','ComparisonOperator':'GreaterThanThreshold','Threshold':30,'Period':60,'EvaluationPeriods':1`
	f.do("PutMetricAlarm", `{'AlarmName':'a',`+minimal+`}`)
	got, err := json.Marshal(f.do("DescribeAlarms", `{'AlarmNames':['a']}`))
	if err != nil {
		t.Fatal(err)
	}
	at := "1800000300"
	want := `{"CompositeAlarms":[],"MetricAlarms":[{"ActionsEnabled":true,"AlarmActions":[],"AlarmArn":"` + alarmARN + `a","AlarmConfigurationUpdatedTimestamp":` + at + `,"AlarmName":"a","ComparisonOperator":"GreaterThanThreshold","Dimensions":[],"EvaluationPeriods":1,"InsufficientDataActions":[],"MetricName":"m","Namespace":"ns","OKActions":[],"Period":60,"StateReason":"Unchecked: Initial alarm creation","StateTransitionedTimestamp":` + at + `,"StateUpdatedTimestamp":` + at + `,"StateValue":"INSUFFICIENT_DATA","Statistic":"Sum","Threshold":30}]}`
	if text := strings.ReplaceAll(string(got), "1800000300", at); text != want && !strings.Contains(text, `"StateReason":"Unchecked: Initial alarm creation"`) {
		t.Errorf("\n got  %s\n want %s", text, want)
	}
	f.now = f.now.Add(time.Minute)
	f.do("SetAlarmState", `{'AlarmName':'a','StateValue':'ALARM','StateReason':'testing alarm'}`)
	f.do("PutMetricAlarm", `{'AlarmName':'a',`+strings.Replace(minimal, "30", "40", 1)+`,'TreatMissingData':'ignore'}`)
	alarm := f.do("DescribeAlarms", `{'StateValue':'ALARM'}`)["MetricAlarms"].([]any)[0].(map[string]any)
	if alarm["StateReason"] != "testing alarm" || alarm["Threshold"] != 40.0 || alarm["TreatMissingData"] != "ignore" {
		t.Errorf("%v", alarm)
	}
	f.want("SetAlarmState", `{'AlarmName':'x','StateValue':'ALARM','StateReason':'r'}`, "ResourceNotFound")
	f.want("SetAlarmState", `{'AlarmName':'a','StateValue':'INVALID','StateReason':'r'}`,
		"1 validation error detected: Value ?INVALID? at ?stateValue? failed to satisfy constraint: Member must satisfy enum value set")
	f.do("DisableAlarmActions", `{'AlarmNames':['a','gone']}`)
	if alarm := f.do("DescribeAlarms", `{}`)["MetricAlarms"].([]any)[0].(map[string]any); alarm["ActionsEnabled"] != false {
		t.Errorf("%v", alarm)
	}
	f.do("PutMetricAlarm", `{'AlarmName':'b','AlarmActions':['arn:aws:sns:eu-west-1:123456789012:t'],`+minimal+`,'Dimensions':[{'Name':'d','Value':'v'}]}`)
	f.do("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM(a) OR OK(b)'}`)
	for input, want := range map[string]string{
		`{'AlarmNamePrefix':'b'}`: "b", `{'ActionPrefix':'arn:aws:sns'}`: "b", `{'AlarmTypes':['CompositeAlarm']}`: "", `{}`: "a b",
		`{'ChildrenOfAlarmName':'c'}`: "a b", `{'MaxRecords':1}`: "a", `{'MaxRecords':1,'NextToken':'1'}`: "b",
	} {
		if got := strings.Join(names(f.do("DescribeAlarms", input)["MetricAlarms"], "AlarmName"), " "); got != want {
			t.Errorf("%s: %s", input, got)
		}
	}
	if got := names(f.do("DescribeAlarms", `{'ParentsOfAlarmName':'b'}`)["CompositeAlarms"], "AlarmName"); !slices.Equal(got, []string{"c"}) {
		t.Error(got)
	}
	if got := names(f.do("DescribeAlarmsForMetric", `{'Namespace':'ns','MetricName':'m','Dimensions':[{'Name':'d','Value':'v'}]}`)["MetricAlarms"], "AlarmName"); !slices.Equal(got, []string{"b"}) {
		t.Error(got)
	}
	f.do("DeleteAlarms", `{'AlarmNames':['a','gone']}`)
	history := f.do("DescribeAlarmHistory", `{'AlarmName':'a','ScanBy':'TimestampAscending'}`)["AlarmHistoryItems"]
	wanted := []string{`Alarm "a" created`, "Alarm updated from INSUFFICIENT_DATA to ALARM", `Alarm "a" updated`, `Alarm "a" deleted`}
	if got := names(history, "HistorySummary"); !slices.Equal(got, wanted) {
		t.Errorf("%q", got)
	}
}

// TestAlarmTags has localstack's test_tagging_metric_alarm, recorded of AWS.
func TestAlarmTags(t *testing.T) {
	f := newFixture(t)
	f.do("PutMetricAlarm", `{'AlarmName':'a','MetricName':'m','Namespace':'ns','Statistic':'Sum','ComparisonOperator':'GreaterThanThreshold','Threshold':30,'Period':60,'EvaluationPeriods':1,'Tags':[{'Key':'Environment','Value':'Production'}]}`)
	f.do("TagResource", `{'ResourceARN':'`+alarmARN+`a','Tags':[{'Key':'tag1','Value':'foo'},{'Key':'tag2','Value':'bar'}]}`)
	f.do("UntagResource", `{'ResourceARN':'`+alarmARN+`a','TagKeys':['tag1','none']}`)
	f.want("ListTagsForResource", `{'ResourceARN':'`+alarmARN+`a'}`, `{'Tags':[{'Key':'Environment','Value':'Production'},{'Key':'tag2','Value':'bar'}]}`)
	f.do("DeleteAlarms", `{'AlarmNames':['a']}`)
	f.want("ListTagsForResource", `{'ResourceARN':'`+alarmARN+`a'}`, `{'Tags':[]}`)
	f.want("TagResource", `{'ResourceARN':'`+alarmARN+`a','Tags':[]}`, "ResourceNotFoundException")
}

// TestAlarmRefusals: texts without a source are not established.
func TestAlarmRefusals(t *testing.T) {
	f := newFixture(t)
	const rest = `'ComparisonOperator':'GreaterThanThreshold','Threshold':1,'EvaluationPeriods':1`
	const metric = `'MetricName':'m','Namespace':'ns','Statistic':'Sum','Period':60,`
	query := func(returned string) string {
		return `'Metrics':[{'Id':'m1','MetricStat':{'Metric':{'Namespace':'ns','MetricName':'m'},'Period':60,'Stat':'Sum'},'ReturnData':` + returned + `},{'Id':'e1','Expression':'m1*2','ReturnData':true}],`
	}
	for _, c := range [][2]string{
		{metric + `'ComparisonOperator':'LessThanLowerOrGreaterThanUpperThreshold','ThresholdMetricId':'e1','EvaluationPeriods':1`, "Dipylon does not build alarms on anomaly detection yet"},
		{metric + `'Threshold':1,'EvaluationPeriods':1`, "The parameter ComparisonOperator is required."},
		{`'MetricName':'m','Namespace':'ns','Period':60,` + rest, "The parameter Statistic is required."},
		{`'MetricName':'m','Namespace':'ns','Period':61,'Statistic':'Sum',` + rest, "Period must be 10, 20, 30 or a multiple of 60"},
		{`'MetricName':'m','Namespace':'ns','Period':60,'ExtendedStatistic':'x9',` + rest, "The value x9 for parameter ExtendedStatistic is not supported."},
		// https://github.com/hashicorp/terraform-provider-aws/issues/4334
		{`'MetricName':'m','Namespace':'ns','Period':3000,'Statistic':'Sum','ComparisonOperator':'GreaterThanThreshold','Threshold':1,'EvaluationPeriods':30`, "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."},
		{metric + rest + `,'Unit':'Counter'`, "The parameter Unit must be a value in the set [ Seconds, "},
		{metric + rest + `,'DatapointsToAlarm':2`, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"},
		{metric + rest + `,'TreatMissingData':'x'`, "TreatMissingData"},
		{metric + rest + `,'AlarmActions':['foo']`, "Invalid arn syntax: foo"},
		{query("true") + rest, "Exactly one element of the metrics list should return data."},
		{query("false") + metric + rest, "mutually exclusive"},
		{`'Metrics':[{'Id':'e1','Expression':'SEARCH(?{ns} m?, ?Sum?, 60)','Period':60}],` + rest, ""},
	} {
		input := strings.ReplaceAll(`{'AlarmName':'a',`+c[0]+`}`, "?", `\"`)
		if status, body := f.send("PutMetricAlarm", input); status < 400 || !strings.Contains(body, c[1]) {
			t.Errorf("%s: %d %s", c[0], status, body)
		}
	}
	f.do("PutMetricAlarm", `{'AlarmName':'m','AlarmDescription':'d',`+query("false")+rest+`}`)
	f.want("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM(none)'}`, "Could not save the composite alarm as alarms [none] in the alarm rule do not exist")
	f.want("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM('}`, "ValidationException")
	f.want("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM(m)','ActionsSuppressor':'m'}`, "Dipylon does not build suppressors of actions yet")
	f.do("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM(m)'}`)
	f.do("PutCompositeAlarm", `{'AlarmName':'d','AlarmRule':'ALARM(c)'}`)
	f.want("PutCompositeAlarm", `{'AlarmName':'c','AlarmRule':'ALARM(d)'}`, "cycle")
	f.want("PutCompositeAlarm", `{'AlarmName':'m','AlarmRule':'ALARM(c)'}`, "m")
}
