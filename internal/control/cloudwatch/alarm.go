package cloudwatch

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/alarm"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// maxActions is how many actions each state of an alarm has at most (API reference, PutMetricAlarm).
const maxActions = 5

// actionsIn are the actions that PutMetricAlarm and PutCompositeAlarm give.
type actionsIn struct{ ok, alarm, noData []string }

func (in actionsIn) check() error {
	for _, list := range [][]string{in.ok, in.alarm, in.noData} {
		if len(list) > maxActions {
			return invalidInput("An alarm has at most %d actions for a state.", maxActions)
		}
		for _, arn := range list {
			const fields = 6
			if parts := strings.Split(arn, ":"); len(parts) < fields || parts[0] != "arn" {
				return invalidInput("Invalid arn syntax: %s", arn)
			}
		}
	}
	return nil
}

func enabled(p *bool) bool { return p == nil || *p }

// PutMetricAlarm makes an alarm on metrics, or changes it; its state stays.
func (s *Service) PutMetricAlarm(ctx context.Context, call *wire.Call, in *gen.PutMetricAlarmInput) (*gen.PutMetricAlarmOutput, error) {
	actions := actionsIn{in.OKActions, in.AlarmActions, in.InsufficientDataActions}
	if err := actions.check(); err != nil {
		return nil, err
	}
	m, err := readAlarm(call.Tenant, in)
	if err != nil {
		return nil, err
	}
	return nil, s.putAlarm(ctx, call, gateway.Alarm{
		Name: *in.AlarmName, Description: in.AlarmDescription, ActionsEnabled: enabled(in.ActionsEnabled), Metric: m,
		OKActions: actions.ok, AlarmActions: actions.alarm, InsufficientDataActions: actions.noData, Tags: tagMap(in.Tags),
	})
}

// PutCompositeAlarm makes an alarm on other alarms, or changes it.
func (s *Service) PutCompositeAlarm(ctx context.Context, call *wire.Call, in *gen.PutCompositeAlarmInput) (*gen.PutCompositeAlarmOutput, error) {
	actions := actionsIn{in.OKActions, in.AlarmActions, in.InsufficientDataActions}
	if err := actions.check(); err != nil {
		return nil, err
	}
	if text(in.ActionsSuppressor) != "" {
		return nil, notBuilt("suppressors of actions")
	}
	rule, err := alarm.ParseRule(*in.AlarmRule, call.Tenant)
	if err != nil {
		return nil, invalidInput("AlarmRule must not contain leading or trailing whitespace or be null or invalid: %v", err)
	}
	a := gateway.Alarm{
		Name: *in.AlarmName, Description: in.AlarmDescription, ActionsEnabled: enabled(in.ActionsEnabled), Rule: *in.AlarmRule,
		OKActions: actions.ok, AlarmActions: actions.alarm, InsufficientDataActions: actions.noData, Tags: tagMap(in.Tags),
	}
	err = s.Store.View(ctx, func(r store.Reader) error { return s.checkRule(r, call, &a, rule) })
	if err != nil {
		return nil, err
	}
	return nil, s.putAlarm(ctx, call, a)
}

// checkRule wants the alarms of a rule to be there, and none of them to wait for the new one.
func (s *Service) checkRule(r store.Reader, call *wire.Call, a *gateway.Alarm, rule *alarm.Rule) error {
	seen := map[string]bool{}
	left := rule.Alarms
	for top := true; len(left) > 0; top = false {
		var below []string
		for _, name := range left {
			if name == a.Name {
				return invalidInput("Composite alarm rule must not contain a cycle: %s", name)
			}
			other, err := state.Alarms().Get(r, alarmKey(call.Tenant, name))
			switch {
			case errors.Is(err, store.ErrNotFound) && top:
				return invalidInput("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", name)
			case errors.Is(err, store.ErrNotFound), err == nil && (other.Metric != nil || seen[name]):
				continue
			case err != nil:
				return err
			}
			seen[name] = true
			inner, err := alarm.ParseRule(other.Rule, call.Tenant)
			if err != nil {
				return err
			}
			below = append(below, inner.Alarms...)
		}
		left = below
	}
	return nil
}

func alarmKey(t gateway.Tenant, name string) store.Key { return store.At(t.String(), "", name) }

// putAlarm stores a definition. The state of an alarm that is there already stays, and so do its tags.
func (s *Service) putAlarm(ctx context.Context, call *wire.Call, a gateway.Alarm) error {
	now := s.Now().UTC()
	a.ConfiguredAt = now
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		key := alarmKey(call.Tenant, a.Name)
		there, err := state.Alarms().Get(tx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		event := gateway.AlarmEvent{Alarm: a.Name, Composite: a.Metric == nil, Kind: string(gen.HistoryItemTypeConfigurationUpdate), At: now}
		if err != nil {
			a.State = gateway.AlarmState{Value: gateway.AlarmNoData, Reason: gateway.AlarmUnchecked, UpdatedAt: now, ChangedAt: now}
			event.Summary, event.Data = `Alarm "`+a.Name+`" created`, configuration("Create", "createdAlarm", call, &a)
		} else {
			if there.Type() != a.Type() {
				return invalidInput("%s is already the name of an alarm of the type %s", a.Name, there.Type())
			}
			a.State, a.Old, a.Due, a.Tags = there.State, there.Old, there.Due, there.Tags
			event.Summary, event.Data = `Alarm "`+a.Name+`" updated`, configuration("Update", "updatedAlarm", call, &a)
		}
		if err := state.Alarms().Put(tx, key, a); err != nil {
			return err
		}
		return state.AddAlarmEvent(tx, call.Tenant, event)
	})
	if err != nil {
		return modelled(err)
	}
	s.Alarms.Wake()
	return nil
}

// configuration is what history has of a change.
func configuration(kind, member string, call *wire.Call, a *gateway.Alarm) string {
	shown := map[string]any{
		"alarmName": a.Name, "alarmArn": gateway.AlarmARN(call.Tenant, a.Name), "actionsEnabled": a.ActionsEnabled, "alarmActions": a.AlarmActions,
		"okActions": a.OKActions, "insufficientDataActions": a.InsufficientDataActions,
	}
	if m := a.Metric; m != nil {
		shown["threshold"], shown["comparisonOperator"], shown["evaluationPeriods"] = m.Threshold, m.Comparison, m.Periods
	} else {
		shown["alarmRule"] = a.Rule
	}
	data, _ := json.Marshal(map[string]any{"version": "1.0", "type": kind, member: shown}) // which cannot fail
	return string(data)
}

// DeleteAlarms deletes alarms; names of none are ignored, as the API reference says.
func (s *Service) DeleteAlarms(ctx context.Context, call *wire.Call, in *gen.DeleteAlarmsInput) (*gen.DeleteAlarmsOutput, error) {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		for _, name := range in.AlarmNames {
			key := alarmKey(call.Tenant, name)
			a, err := state.Alarms().Get(tx, key)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err := state.Alarms().Delete(tx, key); err != nil {
				return err
			}
			err = state.AddAlarmEvent(tx, call.Tenant, gateway.AlarmEvent{
				Alarm: name, Composite: a.Metric == nil, Kind: string(gen.HistoryItemTypeConfigurationUpdate), Summary: `Alarm "` + name + `" deleted`,
				Data: configuration("Delete", "deletedAlarm", call, &a), At: s.Now().UTC(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return nil, modelled(err)
}

// SetAlarmState sets a state until the next evaluation, with all its effects.
func (s *Service) SetAlarmState(ctx context.Context, call *wire.Call, in *gen.SetAlarmStateInput) (*gen.SetAlarmStateOutput, error) {
	if data := text(in.StateReasonData); data != "" && !json.Valid([]byte(data)) {
		return nil, &gen.InvalidFormatFault{Message: "StateReasonData was not valid JSON"}
	}
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		a, err := state.Alarms().Get(tx, alarmKey(call.Tenant, *in.AlarmName))
		if errors.Is(err, store.ErrNotFound) {
			return &gen.ResourceNotFound{}
		}
		if err != nil {
			return err
		}
		next := gateway.AlarmState{Value: string(*in.StateValue), Reason: *in.StateReason, ReasonData: text(in.StateReasonData), UpdatedAt: s.Now().UTC()}
		return alarm.Change(tx, call.Tenant, &a, next)
	})
	if err != nil {
		return nil, modelled(err)
	}
	s.Alarms.Wake()
	return nil, nil //nolint:nilnil // the answer is empty
}

// EnableAlarmActions lets alarms act again.
func (s *Service) EnableAlarmActions(ctx context.Context, call *wire.Call, in *gen.EnableAlarmActionsInput) (*gen.EnableAlarmActionsOutput, error) {
	return nil, s.setActions(ctx, call, in.AlarmNames, true)
}

// DisableAlarmActions keeps alarms from acting.
func (s *Service) DisableAlarmActions(ctx context.Context, call *wire.Call, in *gen.DisableAlarmActionsInput) (*gen.DisableAlarmActionsOutput, error) {
	return nil, s.setActions(ctx, call, in.AlarmNames, false)
}

func (s *Service) setActions(ctx context.Context, call *wire.Call, names []string, on bool) error {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		for _, name := range names {
			a, err := state.Alarms().Get(tx, alarmKey(call.Tenant, name))
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			a.ActionsEnabled, a.ConfiguredAt = on, s.Now().UTC()
			if err := state.Alarms().Put(tx, alarmKey(call.Tenant, name), a); err != nil {
				return err
			}
		}
		return nil
	})
	return modelled(err)
}
