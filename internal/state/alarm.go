package state

import (
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Alarms are a tenant's alarms, by name.
func Alarms() store.Collection[gateway.Alarm] {
	return store.Collection[gateway.Alarm]{Kind: "alarm"}
}

// AlarmEvents are the history of alarms, which outlives them; the parent is the alarm's name. Ids sort by time.
func AlarmEvents() store.Collection[gateway.AlarmEvent] {
	return store.Collection[gateway.AlarmEvent]{Kind: "alarm-event"}
}

// What of an alarm's history is kept: AWS's 30 days, and no more than so many items.
const (
	alarmHistoryAge   = 30 * 24 * time.Hour
	alarmHistoryItems = 500
)

// AddAlarmEvent adds to an alarm's history and takes away what is too old.
func AddAlarmEvent(tx store.Tx, t gateway.Tenant, e gateway.AlarmEvent) error {
	page, err := AlarmEvents().List(tx, store.Range{Tenant: t.String(), Parent: e.Alarm})
	if err != nil {
		return err
	}
	for i, item := range page.Items {
		if e.At.Sub(item.Value.At) <= alarmHistoryAge && len(page.Items)-i < alarmHistoryItems {
			break
		}
		if err := AlarmEvents().Delete(tx, item.Key); err != nil {
			return err
		}
	}
	id := fmt.Sprintf("%019d-%06d", e.At.UnixNano(), len(page.Items))
	return AlarmEvents().Put(tx, store.At(t.String(), e.Alarm, id), e)
}
