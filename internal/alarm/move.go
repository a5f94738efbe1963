package alarm

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

func dimensionOf(d gateway.AlarmDimension) metrics.Dimension {
	return metrics.Dimension{Name: d.Name, Value: d.Value}
}

// lowSample tells that a percentile is of too few values for an alarm that ignores such
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html).
func lowSample(m *gateway.MetricAlarm, points []datapoint) bool {
	if m.LowSample != missingIgnore || !strings.HasPrefix(m.Extended, "p") {
		return false
	}
	percent, err := strconv.ParseFloat(m.Extended[1:], 64)
	if err != nil {
		return false
	}
	share := percent / 100
	need := 10 / math.Max(math.Min(share, 1-share), 1e-9)
	for _, p := range points[len(points)-m.Periods:] {
		if p.known && p.sampled && p.samples < need {
			return true
		}
	}
	return false
}

// move stores a new state with its history and takes its actions.
func (e *Evaluator) move(ctx context.Context, n *named, next gateway.AlarmState) error {
	moved := false
	_, err := e.Store.Update(ctx, func(tx store.Tx) error {
		key := store.At(n.tenant.String(), "", n.alarm.Name)
		a, err := state.Alarms().Get(tx, key)
		if err != nil {
			return err
		}
		if a.State.Value != n.alarm.State.Value || !a.ConfiguredAt.Equal(n.alarm.ConfiguredAt) {
			return nil // somebody else has changed it
		}
		moved = true
		n.alarm = a
		next.UpdatedAt = e.Now().UTC()
		return Change(tx, n.tenant, &n.alarm, next)
	})
	if err != nil || !moved {
		return err
	}
	e.Log.Info("an alarm has changed", "alarm", gateway.AlarmARN(n.tenant, n.alarm.Name), "state", n.alarm.State.Value, "reason", n.alarm.State.Reason)
	if n.alarm.Due {
		e.act(ctx, n)
	}
	return nil
}

// Change gives an alarm the state that it has from its UpdatedAt on, in a transaction, and notes it in the history. Its actions are due if the
// value is another.
func Change(tx store.Tx, t gateway.Tenant, a *gateway.Alarm, next gateway.AlarmState) error {
	old, now := a.State, next.UpdatedAt
	next.ChangedAt = old.ChangedAt
	if next.Value != old.Value {
		next.ChangedAt = now
		a.Old, a.Due = old, a.ActionsEnabled && len(a.Actions(next.Value)) > 0
	}
	a.State = next
	if err := state.Alarms().Put(tx, store.At(t.String(), "", a.Name), *a); err != nil {
		return err
	}
	return state.AddAlarmEvent(tx, t, gateway.AlarmEvent{
		Alarm: a.Name, Composite: a.Metric == nil, Kind: "StateUpdate", At: now,
		Summary: "Alarm updated from " + old.Value + " to " + next.Value,
		Data:    document(map[string]any{"version": "1.0", "oldState": past(&old), "newState": past(&next)}),
	})
}

// past is a state as history has it.
func past(s *gateway.AlarmState) map[string]any {
	out := map[string]any{"stateValue": s.Value, "stateReason": s.Reason}
	if json.Valid([]byte(s.ReasonData)) {
		out["stateReasonData"] = json.RawMessage(s.ReasonData)
	}
	return out
}

// act takes the actions that are due, each once, and notes what came of them.
func (e *Evaluator) act(ctx context.Context, n *named) {
	var events []gateway.AlarmEvent
	for _, action := range n.alarm.Actions(n.alarm.State.Value) {
		published, err := e.take(ctx, n, action)
		events = append(events, e.noted(n, action, published, err))
	}
	_, err := e.Store.Update(ctx, func(tx store.Tx) error {
		key := store.At(n.tenant.String(), "", n.alarm.Name)
		a, err := state.Alarms().Get(tx, key)
		if err != nil {
			return err
		}
		if a.State.ChangedAt.Equal(n.alarm.State.ChangedAt) {
			a.Due = false
			if err := state.Alarms().Put(tx, key, a); err != nil {
				return err
			}
		}
		for _, event := range events {
			if err := state.AddAlarmEvent(tx, n.tenant, event); err != nil {
				return err
			}
		}
		return nil
	})
	n.alarm.Due = false
	e.report(n, err)
}

// unsupported is an action that nothing here takes.
type unsupported struct{}

func (unsupported) Error() string { return "Dipylon takes no actions of this service" }

func (e *Evaluator) take(ctx context.Context, n *named, action string) (published string, err error) {
	alarm := gateway.AlarmARN(n.tenant, n.alarm.Name)
	if _, _, ok := gateway.ParseTopicARN(action); ok {
		subject, body := message(n.tenant, &n.alarm)
		return body, e.Act.Notify(ctx, action, alarm, subject, body)
	}
	if _, ok := gateway.ParseFunctionARN(action); ok {
		body := eventOf(n.tenant, &n.alarm)
		return body, e.Act.Invoke(ctx, action, alarm, []byte(body))
	}
	return "", unsupported{}
}

func (e *Evaluator) noted(n *named, action, published string, err error) gateway.AlarmEvent {
	data := map[string]any{
		"actionState": "Succeeded", "stateUpdateTimestamp": n.alarm.State.UpdatedAt.UnixMilli(), "notificationResource": action, "publishedMessage": published,
	}
	summary := "Successfully executed action " + action
	if err != nil {
		e.Log.Warn("an action of an alarm failed", "alarm", gateway.AlarmARN(n.tenant, n.alarm.Name), "action", action, "error", err)
		summary, data["actionState"], data["error"] = "Failed to execute action "+action, "Failed", err.Error()
	}
	return gateway.AlarmEvent{
		Alarm: n.alarm.Name, Composite: n.alarm.Metric == nil, Kind: "Action", Summary: summary, Data: document(data), At: e.Now().UTC(),
	}
}
