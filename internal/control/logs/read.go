package logs

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/logs/pattern"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// What a page of events has at most (API reference, GetLogEvents and FilterLogEvents).
const (
	maxPageEvents = 10_000
	maxPageBytes  = 1 << 20
)

// GetLogEvents returns a page of a stream. A token that leads forward goes on behind the last event that was seen, and stays
// the same when there is nothing yet: so clients follow a stream.
func (s *Service) GetLogEvents(ctx context.Context, call *wire.Call, in *gen.GetLogEventsInput) (*gen.GetLogEventsOutput, error) {
	log, err := s.logOf(ctx, call, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if _, err := log.Stream(*in.LogStreamName); err != nil {
		return nil, modelled(err)
	}
	q := logs.Query{
		From: number(in.StartTime), To: number(in.EndTime), Limit: limit(in.Limit), MaxBytes: maxPageBytes,
		Stream:   func(name string) bool { return name == *in.LogStreamName },
		Backward: in.StartFromHead == nil || !*in.StartFromHead,
	}
	if in.NextToken != nil {
		if q.After, q.Backward, err = readDirection(*in.NextToken); err != nil {
			return nil, err
		}
	}
	page, err := log.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &gen.GetLogEventsOutput{Events: make([]gen.OutputLogEvent, len(page.Events))}
	for i := range page.Events {
		e := &page.Events[i]
		out.Events[i] = gen.OutputLogEvent{Timestamp: &e.Time, IngestionTime: &e.Ingested, Message: new(string(e.Message))}
	}
	first, last := bounds(q, page)
	out.NextBackwardToken, out.NextForwardToken = new("b/"+positionToken(first)+"/s"), new("f/"+positionToken(last)+"/s")
	return out, nil
}

// bounds are where the pages in front of and behind this one begin. Without events it is where this one began.
func bounds(q logs.Query, page logs.Page) (first, last logs.Position) {
	if n := len(page.Events); n > 0 {
		return page.Events[0].At, page.Events[n-1].At
	}
	if q.After != nil {
		return *q.After, *q.After
	}
	return logs.Position{Time: q.From}, logs.Position{Time: max(q.From-1, 0)}
}

// readDirection reads f/POSITION/s or b/POSITION/s.
func readDirection(token string) (after *logs.Position, backward bool, err error) {
	direction, rest, _ := strings.Cut(token, "/")
	digits, end, _ := strings.Cut(rest, "/")
	if direction != "f" && direction != "b" || end != "s" {
		return nil, false, badToken()
	}
	at, err := parsePosition(digits)
	return &at, direction == "b", err
}

func limit(p *int32) int {
	if p == nil {
		return maxPageEvents
	}
	return int(*p)
}

func number(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}

// FilterLogEvents returns the events of a group that match a pattern, those of all streams together in the order of time.
func (s *Service) FilterLogEvents(ctx context.Context, call *wire.Call, in *gen.FilterLogEventsInput) (*gen.FilterLogEventsOutput, error) {
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != nil {
		return nil, invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	log, err := s.logOf(ctx, call, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	match, err := compile(text(in.FilterPattern))
	if err != nil {
		return nil, err
	}
	for _, name := range in.LogStreamNames {
		if _, err := log.Stream(name); err != nil {
			return nil, modelled(err)
		}
	}
	q := logs.Query{
		From: number(in.StartTime), Limit: limit(in.Limit), MaxBytes: maxPageBytes, Match: match.Match,
		Stream: func(name string) bool {
			return strings.HasPrefix(name, text(in.LogStreamNamePrefix)) &&
				(len(in.LogStreamNames) == 0 || slices.Contains(in.LogStreamNames, name))
		},
	}
	if in.EndTime != nil { // which is included here (API reference)
		q.To = *in.EndTime + 1
	}
	if in.NextToken != nil {
		at, err := parsePosition(*in.NextToken)
		if err != nil {
			return nil, err
		}
		q.After = &at
	}
	page, err := log.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &gen.FilterLogEventsOutput{Events: make([]gen.FilteredLogEvent, len(page.Events)), SearchedLogStreams: []gen.SearchedLogStream{}}
	for i := range page.Events {
		e := &page.Events[i]
		out.Events[i] = gen.FilteredLogEvent{
			EventId: new(positionToken(e.At)), LogStreamName: &e.Stream, Timestamp: &e.Time, IngestionTime: &e.Ingested, Message: new(string(e.Message)),
		}
	}
	if page.Next != nil {
		out.NextToken = new(positionToken(*page.Next))
	}
	return out, nil
}

// compile reads a filter pattern.
func compile(text string) (*pattern.Pattern, error) {
	p, err := pattern.Compile(text)
	if refused, ok := errors.AsType[*pattern.Error](err); ok {
		return nil, invalid("%s", refused.Error())
	}
	return p, err
}

// TestMetricFilter says which of some messages a pattern matches.
func (s *Service) TestMetricFilter(_ context.Context, _ *wire.Call, in *gen.TestMetricFilterInput) (*gen.TestMetricFilterOutput, error) {
	p, err := compile(*in.FilterPattern)
	if err != nil {
		return nil, err
	}
	out := &gen.TestMetricFilterOutput{Matches: []gen.MetricFilterMatchRecord{}}
	for i, message := range in.LogEventMessages {
		if p.Match([]byte(message)) {
			out.Matches = append(out.Matches, gen.MetricFilterMatchRecord{
				EventNumber: new(int64(i + 1)), EventMessage: &message, ExtractedValues: p.Extract([]byte(message)),
			})
		}
	}
	return out, nil
}
