package logs

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/logs/insights"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// newPointer makes the @ptr of an event.
func newPointer(group string, at logs.Position) string {
	return base64.StdEncoding.EncodeToString([]byte(positionToken(at) + group))
}

// readPointer returns the group and the position in a pointer.
func readPointer(pointer string) (group string, at logs.Position, err error) {
	const digits = 56
	text, err := base64.StdEncoding.DecodeString(pointer)
	if err != nil || len(text) <= digits {
		return "", at, invalid("The specified logRecordPointer is invalid.")
	}
	if at, err = parsePosition(string(text[:digits])); err != nil {
		return "", at, invalid("The specified logRecordPointer is invalid.")
	}
	return string(text[digits:]), at, nil
}

// GetLogRecord returns all fields of an event that a query has found.
func (s *Service) GetLogRecord(ctx context.Context, call *wire.Call, in *gen.GetLogRecordInput) (*gen.GetLogRecordOutput, error) {
	group, at, err := readPointer(*in.LogRecordPointer)
	if err != nil {
		return nil, err
	}
	log, err := s.logOf(ctx, call, &group, nil)
	if err != nil {
		return nil, err
	}
	before := at
	before.Offset--
	page, err := log.Read(ctx, logs.Query{From: at.Time, To: at.Time + 1, After: &before, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Events) == 0 || page.Events[0].At != at {
		return nil, &gen.ResourceNotFoundException{Message: "The specified log event does not exist."}
	}
	e := &page.Events[0]
	// A query tells how fields show.
	q, err := insights.Compile("display @timestamp, @ingestionTime, @logStream, @log, @message, @ptr", 1)
	if err != nil {
		return nil, err
	}
	q.Add(&insights.Event{
		Time: e.Time, Ingested: e.Ingested, Message: e.Message, Stream: e.Stream, Log: call.Tenant.Account + ":" + group, Pointer: *in.LogRecordPointer,
	})
	rows, _, err := q.Results()
	if err != nil {
		return nil, err
	}
	out := &gen.GetLogRecordOutput{LogRecord: map[string]string{}}
	for name, value := range insights.Discovered(e.Message) {
		if !strings.HasPrefix(name, "@") {
			out.LogRecord[name] = value
		}
	}
	for _, f := range rows[0] {
		out.LogRecord[f.Name] = f.Value
	}
	return out, nil
}
