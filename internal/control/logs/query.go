package logs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/logs/insights"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// queries are those that run and the last that have ended. AWS keeps results for seven days; these go with the process.
type queries struct {
	mu   sync.Mutex
	byID map[string]*query
	list []*query // the oldest first
}

const (
	// maxRunning is how many queries may run at a time (quotas of CloudWatch Logs).
	maxRunning = 30
	maxKept    = 200
	// maxQueryTime is how long a query may run. AWS gives it an hour.
	maxQueryTime = 5 * time.Minute
)

// query is one run of a query. Its results are there when its status says so.
type query struct {
	id, text, group string
	tenant          gateway.Tenant
	started         time.Time
	cancel          context.CancelFunc

	mu      sync.Mutex // guards what follows
	status  gen.QueryStatus
	took    time.Duration
	results [][]insights.Field
	stats   insights.Statistics
	groups  int
}

// add begins a query, unless too many run.
func (qs *queries) add(q *query) error {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	running := 0
	for _, other := range qs.list {
		if other.state() == gen.QueryStatusRunning {
			running++
		}
	}
	if running >= maxRunning {
		return &gen.LimitExceededException{Message: "The number of queries that run at the same time has reached its limit."}
	}
	if qs.byID == nil {
		qs.byID = map[string]*query{}
	}
	qs.byID[q.id] = q
	qs.list = append(qs.list, q)
	if len(qs.list) > maxKept {
		i := slices.IndexFunc(qs.list, func(q *query) bool { return q.state() != gen.QueryStatusRunning })
		delete(qs.byID, qs.list[i].id)
		qs.list = slices.Delete(qs.list, i, i+1)
	}
	return nil
}

func (qs *queries) find(call *wire.Call, id string) (*query, error) {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	q := qs.byID[id]
	if q == nil || q.tenant != call.Tenant {
		return nil, &gen.ResourceNotFoundException{Message: "The specified query does not exist."}
	}
	return q, nil
}

func (q *query) state() gen.QueryStatus {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.status
}

// StartQuery runs a query of Logs Insights. It answers at once; GetQueryResults tells when it has ended.
func (s *Service) StartQuery(ctx context.Context, call *wire.Call, in *gen.StartQueryInput) (*gen.StartQueryOutput, error) {
	if in.QueryLanguage != nil && *in.QueryLanguage != gen.QueryLanguageCwli {
		return nil, invalid("The query language %s is not built in Dipylon", *in.QueryLanguage)
	}
	if *in.StartTime > *in.EndTime {
		return nil, invalid("The start time of a query cannot be after its end time.")
	}
	sources, err := s.sources(ctx, call, in)
	if err != nil {
		return nil, err
	}
	limit := 0
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	compiled, err := insights.Compile(*in.QueryString, limit)
	if err != nil {
		return nil, malformed(err)
	}
	q := &query{id: gateway.NewUUID(), text: *in.QueryString, group: sources[0].Group().Name, tenant: call.Tenant, started: s.Now(), status: gen.QueryStatusRunning}
	running, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxQueryTime)
	q.cancel = cancel
	if err := s.queries.add(q); err != nil {
		cancel()
		return nil, err
	}
	span := logs.Query{From: millis(*in.StartTime), To: millis(*in.EndTime) + 1} // the end is included
	go func() {
		defer cancel()
		q.run(running, compiled, sources, span)
	}()
	return &gen.StartQueryOutput{QueryId: &q.id}, nil
}

// millis takes a time in seconds, as AWS documents, or in milliseconds, as its console sends it.
func millis(t int64) int64 {
	const laterThanAnySecond = 100_000_000_000
	if t < laterThanAnySecond {
		return t * 1000
	}
	return t
}

func malformed(err error) error {
	refused, ok := errors.AsType[*insights.Error](err)
	if !ok {
		return err
	}
	start, end := int32(refused.Start), int32(refused.End) //nolint:gosec // G115: a query is short
	return &gen.MalformedQueryException{
		Message: refused.Reason,
		QueryCompileError: &gen.QueryCompileError{
			Message: &refused.Reason, Location: &gen.QueryCompileErrorLocation{StartCharOffset: &start, EndCharOffset: &end},
		},
	}
}

// sources are the logs that a query looks at. It names them in one of three ways.
func (s *Service) sources(ctx context.Context, call *wire.Call, in *gen.StartQueryInput) ([]*logs.Log, error) {
	names := slices.Concat(in.LogGroupNames, in.LogGroupIdentifiers)
	if in.LogGroupName != nil {
		names = append(names, *in.LogGroupName)
	}
	ways := 0
	for _, used := range []bool{in.LogGroupName != nil, in.LogGroupNames != nil, in.LogGroupIdentifiers != nil} {
		if used {
			ways++
		}
	}
	if ways != 1 || len(names) == 0 {
		return nil, invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified")
	}
	sources := make([]*logs.Log, len(names))
	for i := range names {
		var err error
		if sources[i], err = s.logOf(ctx, call, &names[i], nil); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

func (q *query) run(ctx context.Context, compiled *insights.Query, sources []*logs.Log, span logs.Query) {
	begun := time.Now()
	var failure error
	for _, log := range sources {
		group := log.Group()
		name := group.Account + ":" + group.Name
		failure = log.Scan(ctx, span, func(e *logs.Event) bool {
			return compiled.Add(&insights.Event{
				Time: e.Time, Ingested: e.Ingested, Message: e.Message, Stream: e.Stream, Log: name, Pointer: newPointer(group.Name, e.At),
			})
		})
		if failure != nil {
			break
		}
	}
	results, stats, err := compiled.Results()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.took, q.stats, q.groups = time.Since(begun), stats, len(sources)
	switch {
	case q.status != gen.QueryStatusRunning: // it was stopped
	case errors.Is(failure, context.DeadlineExceeded):
		q.status = gen.QueryStatusTimeout
	case failure != nil || err != nil:
		q.status = gen.QueryStatusFailed
	default:
		q.status, q.results = gen.QueryStatusComplete, results
	}
}

// StopQuery ends a query that runs.
func (s *Service) StopQuery(_ context.Context, call *wire.Call, in *gen.StopQueryInput) (*gen.StopQueryOutput, error) {
	q, err := s.queries.find(call, *in.QueryId)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.status != gen.QueryStatusRunning {
		return nil, invalid("The specified query is not running.")
	}
	q.status = gen.QueryStatusCancelled
	q.cancel()
	return &gen.StopQueryOutput{Success: new(true)}, nil
}

// GetQueryResults returns a query's status and, once it is complete, its rows.
func (s *Service) GetQueryResults(_ context.Context, call *wire.Call, in *gen.GetQueryResultsInput) (*gen.GetQueryResultsOutput, error) {
	if in.NextToken != nil || in.MaxItems != nil {
		return nil, invalid("Pages of query results are not built in Dipylon: leave maxItems and nextToken out")
	}
	q, err := s.queries.find(call, *in.QueryId)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	out := &gen.GetQueryResultsOutput{
		Status: new(q.status), QueryLanguage: new(gen.QueryLanguageCwli), Results: make([][]gen.ResultField, len(q.results)),
		Statistics: &gen.QueryStatistics{
			RecordsMatched: new(float64(q.stats.Matched)), RecordsScanned: new(float64(q.stats.Scanned)), BytesScanned: new(float64(q.stats.Bytes)),
			LogGroupsScanned: new(float64(q.groups)), EstimatedBytesSkipped: new(0.0), EstimatedRecordsSkipped: new(0.0),
		},
	}
	for i, row := range q.results {
		for n := range row {
			out.Results[i] = append(out.Results[i], gen.ResultField{Field: &row[n].Name, Value: &row[n].Value})
		}
	}
	return out, nil
}

// DescribeQueries lists queries, the latest first.
func (s *Service) DescribeQueries(_ context.Context, call *wire.Call, in *gen.DescribeQueriesInput) (*gen.DescribeQueriesOutput, error) {
	limit := maxKept
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	s.queries.mu.Lock()
	list := slices.Clone(s.queries.list)
	s.queries.mu.Unlock()
	slices.Reverse(list)
	out := &gen.DescribeQueriesOutput{Queries: []gen.QueryInfo{}}
	for _, q := range list {
		status := q.state()
		if q.tenant != call.Tenant || in.LogGroupName != nil && *in.LogGroupName != q.group || in.Status != nil && *in.Status != status {
			continue
		}
		if len(out.Queries) == limit {
			break
		}
		out.Queries = append(out.Queries, gen.QueryInfo{
			QueryId: &q.id, QueryString: &q.text, LogGroupName: &q.group, Status: &status, CreateTime: new(q.started.UnixMilli()),
			QueryLanguage: new(gen.QueryLanguageCwli),
		})
	}
	return out, nil
}
