package app

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/alarm"
	controlsns "github.com/dipylon/dipylon/internal/control/sns"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// openAlarms makes the evaluator of alarms. Topics and functions are there.
func (a *App) openAlarms() {
	a.alarms = alarm.New(alarm.Options{Store: a.store, Points: a.points, Act: alarmActions{a}, Now: time.Now, Log: a.log})
}

// alarmActions take the actions of alarms.
type alarmActions struct{ app *App }

// Notify implements [alarm.Actor].
func (x alarmActions) Notify(ctx context.Context, topic, alarm, subject, body string) error {
	return x.app.topics.service.Notify(ctx, controlsns.Notice{
		Topic: topic, Subject: subject, Body: body, Service: "cloudwatch.amazonaws.com", Source: alarm,
	})
}

// Invoke implements [alarm.Actor]. The function runs as an asynchronous call
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html).
func (x alarmActions) Invoke(ctx context.Context, function, alarm string, event []byte) error {
	ref, ok := gateway.ParseFunctionARN(function)
	tenant, _, known := gateway.ParseAlarmARN(alarm)
	if !ok || !known {
		return errors.New("the action is no function")
	}
	target := x.app.functions.directory.Target(ref, lambda.Caller{
		Service: "lambda.alarms.cloudwatch.amazonaws.com", SourceARN: alarm, SourceAccount: tenant.Account,
	})
	return target.Async(ctx, &lambda.Invocation{Payload: event})
}
