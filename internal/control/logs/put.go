package logs

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// What a batch may be (API reference, PutLogEvents).
const (
	maxBatch      = 1 << 20
	eventOverhead = 26
	maxSpan       = 24 * time.Hour
	maxAge        = 14 * 24 * time.Hour
	maxAhead      = 2 * time.Hour
)

// PutLogEvents adds events to a stream. Those that are too old or too new are left out, and the answer says which.
func (s *Service) PutLogEvents(ctx context.Context, call *wire.Call, in *gen.PutLogEventsInput) (*gen.PutLogEventsOutput, error) {
	id, err := idOf(call, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	var g gateway.LogGroup
	if err := s.Store.View(ctx, func(r store.Reader) (err error) {
		g, err = group(r, id)
		return err
	}); err != nil {
		return nil, err
	}
	log := s.Logs.Log(id)
	if _, err := log.Stream(*in.LogStreamName); err != nil {
		return nil, modelled(err)
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	out := &gen.PutLogEventsOutput{NextSequenceToken: new(sequenceToken)}
	events, rejected := s.timely(in, g)
	out.RejectedLogEventsInfo = rejected
	if len(events) == 0 {
		return out, nil
	}
	if err := log.Append(events...); err != nil {
		return nil, modelled(err)
	}
	s.Measure(id, events)
	return out, nil
}

func checkBatch(events []gen.InputLogEvent) error {
	size := 0
	for i := range events {
		size += len(*events[i].Message) + eventOverhead
		if i > 0 && *events[i].Timestamp < *events[i-1].Timestamp {
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if size > maxBatch {
		return invalid("Upload too large: %d bytes exceeds limit of %d", size, maxBatch)
	}
	if n := len(events); n > 0 && *events[n-1].Timestamp-*events[0].Timestamp > maxSpan.Milliseconds() {
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}

// timely returns the events that are neither too old nor too new nor already past the group's retention.
func (s *Service) timely(in *gen.PutLogEventsInput, g gateway.LogGroup) ([]logs.Event, *gen.RejectedLogEventsInfo) {
	now := s.Now()
	oldest, newest, expired := now.Add(-maxAge).UnixMilli(), now.Add(maxAhead).UnixMilli(), int64(0)
	if g.RetentionDays > 0 {
		expired = now.Add(-retention(g)).UnixMilli()
	}
	var rejected gen.RejectedLogEventsInfo
	none := true
	events := make([]logs.Event, 0, len(in.LogEvents))
	for i := range in.LogEvents {
		e, at := &in.LogEvents[i], int32(i)
		switch t := *e.Timestamp; {
		case t < expired:
			rejected.ExpiredLogEventEndIndex, none = new(at+1), false
		case t < oldest:
			rejected.TooOldLogEventEndIndex, none = new(at+1), false
		case t > newest:
			if rejected.TooNewLogEventStartIndex == nil {
				rejected.TooNewLogEventStartIndex, none = &at, false
			}
		default:
			events = append(events, logs.Event{Stream: *in.LogStreamName, Time: t, Message: []byte(*e.Message)})
		}
	}
	if none {
		return events, nil
	}
	return events, &rejected
}
