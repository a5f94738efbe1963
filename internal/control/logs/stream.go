package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// CreateLogStream makes a stream without events.
func (s *Service) CreateLogStream(ctx context.Context, call *wire.Call, in *gen.CreateLogStreamInput) (*gen.CreateLogStreamOutput, error) {
	log, err := s.logOf(ctx, call, in.LogGroupName, nil)
	if err != nil {
		return nil, err
	}
	return nil, modelled(log.CreateStream(*in.LogStreamName))
}

// DeleteLogStream deletes a stream with its events.
func (s *Service) DeleteLogStream(ctx context.Context, call *wire.Call, in *gen.DeleteLogStreamInput) (*gen.DeleteLogStreamOutput, error) {
	log, err := s.logOf(ctx, call, in.LogGroupName, nil)
	if err != nil {
		return nil, err
	}
	return nil, modelled(log.DeleteStream(*in.LogStreamName))
}

// logOf returns the log of a group that exists.
func (s *Service) logOf(ctx context.Context, call *wire.Call, name, identifier *string) (*logs.Log, error) {
	id, err := either(call, name, identifier)
	if err == nil {
		err = s.exists(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return s.Logs.Log(id), nil
}

// defaultStreams is how many streams a page has.
const defaultStreams = 50

// DescribeLogStreams lists streams by their names or by their last events.
func (s *Service) DescribeLogStreams(ctx context.Context, call *wire.Call, in *gen.DescribeLogStreamsInput) (*gen.DescribeLogStreamsOutput, error) {
	byTime := in.OrderBy != nil && *in.OrderBy == gen.OrderByLastEventTime
	if byTime && in.LogStreamNamePrefix != nil {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	log, err := s.logOf(ctx, call, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	after, err := readToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	all := log.Streams(text(in.LogStreamNamePrefix))
	order := func(a, b logs.Stream) int {
		n := 0
		if byTime {
			n = cmp.Compare(a.Last, b.Last)
		}
		n = cmp.Or(n, strings.Compare(a.Name, b.Name))
		if in.Descending != nil && *in.Descending {
			return -n
		}
		return n
	}
	slices.SortFunc(all, order)
	if after != "" { // the token is the name of the last stream of the page before
		all = all[slices.IndexFunc(all, func(st logs.Stream) bool { return st.Name == after })+1:]
	}
	limit := defaultStreams
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &gen.DescribeLogStreamsOutput{LogStreams: []gen.LogStream{}}
	if len(all) > limit {
		all = all[:limit]
		out.NextToken = new(newToken(all[limit-1].Name))
	}
	arn := gateway.LogGroupARN(log.Group())
	for i := range all {
		out.LogStreams = append(out.LogStreams, shownStream(arn, &all[i]))
	}
	return out, nil
}

// shownStream has no bytes: AWS says 0 of every stream since 2019 (API reference, LogStream).
func shownStream(group string, st *logs.Stream) gen.LogStream {
	out := gen.LogStream{
		LogStreamName: &st.Name, CreationTime: &st.Created, Arn: new(group + ":log-stream:" + st.Name), StoredBytes: new(int64(0)),
		UploadSequenceToken: new(sequenceToken),
	}
	if st.Ingested > 0 {
		out.FirstEventTimestamp, out.LastEventTimestamp, out.LastIngestionTime = &st.First, &st.Last, &st.Ingested
	}
	return out
}

// sequenceToken stands where older clients look for one. Nobody asks for it any more (API reference, PutLogEvents).
const sequenceToken = "49000000000000000000000000000000000000000000000000000000"
