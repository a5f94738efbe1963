package terraform

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// alarms are the article's, with a period and a number of periods that may be shorter than its.
func (l *life) alarms(period, periods int32) {
	l.alarm(&cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("orders-api-latency"), AlarmDescription: aws.String("API Gateway p95 latency"), MetricName: aws.String("Latency"),
		ExtendedStatistic: aws.String("p95"), Threshold: aws.Float64(3000), Period: &period, EvaluationPeriods: aws.Int32(min(periods, 3)),
	})
	l.alarm(&cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("orders-api-5xx"), AlarmDescription: aws.String("API Gateway 5XX errors"), MetricName: aws.String("5XXError"),
		Statistic: types.StatisticSum, Threshold: aws.Float64(10), Period: &period, EvaluationPeriods: aws.Int32(min(periods, 2)),
	})
}

func (l *life) alarm(in *cloudwatch.PutMetricAlarmInput) {
	ctx, name := l.Context(), in.AlarmName
	in.ActionsEnabled, in.AlarmActions, in.Namespace = aws.Bool(true), []string{*l.topic}, aws.String("AWS/ApiGateway")
	in.ComparisonOperator, in.TreatMissingData = types.ComparisonOperatorGreaterThanThreshold, aws.String("missing")
	in.Dimensions = []types.Dimension{{Name: aws.String("Stage"), Value: aws.String("$default")}, {Name: aws.String("ApiName"), Value: aws.String("orders-api")}}
	must(l.watch.PutMetricAlarm(ctx, in))
	got := l.read("alarm "+*name, func() (any, error) {
		out, err := l.watch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{*name}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}})
		if err != nil {
			return nil, err
		}
		for i := range out.MetricAlarms { // the state is not Terraform's
			a := &out.MetricAlarms[i]
			a.StateValue, a.StateReason, a.StateReasonData, a.StateUpdatedTimestamp, a.StateTransitionedTimestamp = "", nil, nil, nil, nil
		}
		return out, nil
	})
	made := got.(*cloudwatch.DescribeAlarmsOutput).MetricAlarms
	if len(made) != 1 {
		l.Fatalf("%d alarms are called %s", len(made), *name)
	}
	l.sent("alarm "+*name, in)
	l.read("tags of "+*name, func() (any, error) {
		return l.watch.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: made[0].AlarmArn})
	})
}

// alert has calls fail and take long until both alarms have told the subscriber so.
func (w *world) alert(d deployed, within time.Duration) {
	w.Helper()
	ctx, stop := context.WithTimeout(w.Context(), within)
	var callers sync.WaitGroup
	defer callers.Wait()
	defer stop()
	keep := func(path string, pause time.Duration) {
		for ctx.Err() == nil {
			w.call(d.http, "GET", path, "")
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
	callers.Go(func() { keep("/status?code=500", 200*time.Millisecond) })
	for range 8 {
		callers.Go(func() { keep("/slow?ms=3100", 0) })
	}
	for {
		got, err := w.subscriber.wait(ctx)
		if err != nil {
			w.Errorf("the alarms did not both reach the subscriber: %v: %q", err, got)
			return
		}
		if tells(got, "orders-api-5xx") && tells(got, "orders-api-latency") {
			return
		}
	}
}

// tells reports whether a message says that an alarm is in ALARM.
func tells(messages []string, alarm string) bool {
	for _, m := range messages {
		if strings.Contains(m, `"AlarmName":"`+alarm+`"`) && strings.Contains(m, `"NewStateValue":"ALARM"`) {
			return true
		}
	}
	return false
}
