package gateway

import (
	"strings"
	"time"
)

// The states of alarms.
const (
	AlarmOK        = "OK"
	AlarmAlarm     = "ALARM"
	AlarmNoData    = "INSUFFICIENT_DATA"
	AlarmUnchecked = "Unchecked: Initial alarm creation"
)

// Alarm watches a metric, or with a rule other alarms.
type Alarm struct {
	Name string
	// Description is nil for none.
	Description *string
	// ActionsEnabled lets changes of the state have effects: the ARNs of the new state's list.
	ActionsEnabled                                   bool
	OKActions, AlarmActions, InsufficientDataActions []string
	// Metric is nil for a composite alarm, which has a Rule.
	Metric *MetricAlarm
	Rule   string
	Tags   map[string]string
	State  AlarmState
	// Old is the state before, and Due says that the actions of the change have not been taken yet.
	Old AlarmState
	Due bool
	// ConfiguredAt is when the definition was changed last.
	ConfiguredAt time.Time
}

// AlarmState is a state with its reason, in words and as JSON.
type AlarmState struct {
	Value, Reason, ReasonData string
	// UpdatedAt is when the state was told last, ChangedAt when the value became what it is.
	UpdatedAt, ChangedAt time.Time
}

// MetricAlarm is what an alarm compares with what. Of a metric Namespace and the like are set, else Queries.
type MetricAlarm struct {
	Namespace, MetricName string
	Dimensions            []AlarmDimension
	// Statistic is one of the five, or Extended such as p95.
	Statistic, Extended, Unit string
	Period                    time.Duration
	Queries                   []AlarmQuery
	// Periods is how many are evaluated; Datapoints how many of these must breach, 0 for all.
	Periods, Datapoints int
	Threshold           float64
	Comparison          string
	// Missing is how missing data is treated, LowSample how percentiles of few values are; empty for the defaults.
	Missing, LowSample string
}

// AlarmDimension is a dimension of a metric.
type AlarmDimension struct{ Name, Value string }

// AlarmQuery is a metric of an alarm on several, or an expression over them.
type AlarmQuery struct {
	ID, Label, Expression       string
	Namespace, MetricName, Unit string
	Dimensions                  []AlarmDimension
	Statistic                   string
	Period                      time.Duration
	// Returned marks the one that is compared.
	Returned bool
}

// AlarmEvent is an item of an alarm's history.
type AlarmEvent struct {
	Alarm     string
	Composite bool
	// Kind is ConfigurationUpdate, StateUpdate or Action.
	Kind, Summary, Data string
	At                  time.Time
}

// AlarmARN returns the ARN of an alarm.
func AlarmARN(t Tenant, name string) string {
	return "arn:aws:cloudwatch:" + t.Region + ":" + t.Account + ":alarm:" + name
}

// ParseAlarmARN reads what [AlarmARN] wrote.
func ParseAlarmARN(arn string) (t Tenant, name string, ok bool) {
	const fields = 7
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[0] != "arn" || parts[2] != "cloudwatch" || parts[5] != "alarm" || parts[6] == "" {
		return Tenant{}, "", false
	}
	return Tenant{Account: parts[4], Region: parts[3]}, parts[6], true
}

// Type is AWS's word for what kind of alarm it is.
func (a *Alarm) Type() string {
	if a.Metric == nil {
		return "CompositeAlarm"
	}
	return "MetricAlarm"
}

// Actions are those of a state.
func (a *Alarm) Actions(state string) []string {
	switch state {
	case AlarmOK:
		return a.OKActions
	case AlarmAlarm:
		return a.AlarmActions
	}
	return a.InsufficientDataActions
}
