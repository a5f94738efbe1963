package logs

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// fixture is the service behind the wire, on an empty store.
type fixture struct {
	*testing.T
	server  *wire.Server
	service *Service
	points  *metrics.Store
	now     time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{T: t, now: time.UnixMilli(1_700_000_000_000)}
	now := func() time.Time { return f.now }
	events, err := logs.Open(logs.Options{Dir: t.TempDir(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = events.Close(), st.Close() })
	if f.points, err = metrics.Open(t.Context(), metrics.Options{Storage: st, Now: now}); err != nil {
		t.Fatal(err)
	}
	f.service = New(Options{Store: st, Logs: events, Points: f.points, Now: now})
	f.server = wire.NewServer(wire.Options{Services: []*wire.Service{gen.New(f.service)}, Authenticator: f, Account: "123456789012"})
	return f
}

// Authenticate implements wire.Authenticator: everybody is admitted.
func (f *fixture) Authenticate(*http.Request, []byte) (wire.Principal, error) {
	return wire.Principal{AccessKeyID: "AKIATEST", Name: "ann", Service: "logs", Region: "eu-west-1"}, nil
}

func (f *fixture) send(operation, input string) (int, string) {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(input))
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	answer := httptest.NewRecorder()
	f.server.ServeHTTP(answer, req)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		f.Fatal(err)
	}
	return answer.Code, string(body)
}

// do calls an operation that must succeed.
func (f *fixture) do(operation, input string) string {
	f.Helper()
	status, body := f.send(operation, input)
	if status != http.StatusOK {
		f.Fatalf("%s %s: %d %s", operation, input, status, body)
	}
	return body
}

// want compares an answer, in which tokens and event ids are cut out.
func (f *fixture) want(operation, input, want string) {
	f.Helper()
	got := regexp.MustCompile(`[fb]?/?\d{56}(/s)?`).ReplaceAllString(f.do(operation, input), "TOKEN")
	if got != want {
		f.Errorf("%s %s\n got %s\nwant %s", operation, input, got, want)
	}
}

// refused wants an error: its code and its message.
func (f *fixture) refused(operation, input, code, message string) {
	f.Helper()
	status, body := f.send(operation, input)
	if status != http.StatusBadRequest || !strings.Contains(body, `"`+code+`"`) || !strings.Contains(body, message) {
		f.Errorf("%s %s: %d %s\nwant %s: %s", operation, input, status, body, code, message)
	}
}

func TestGroups(t *testing.T) {
	f := newFixture(t)
	f.want("DescribeLogGroups", `{}`, `{"logGroups":[]}`)
	f.do("CreateLogGroup", `{"logGroupName":"/aws/apigateway/b","tags":{"team":"x"}}`)
	f.do("CreateLogGroup", `{"logGroupName":"a","logGroupClass":"INFREQUENT_ACCESS"}`)
	f.refused("CreateLogGroup", `{"logGroupName":"a"}`, "ResourceAlreadyExistsException", "The specified log group already exists")
	f.do("PutRetentionPolicy", `{"logGroupName":"/aws/apigateway/b","retentionInDays":14}`)
	f.want("DescribeLogGroups", `{"logGroupNamePrefix":"/aws"}`, `{"logGroups":[{"arn":"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/apigateway/b:*",`+
		`"creationTime":1700000000000,"deletionProtectionEnabled":false,"logGroupArn":"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/apigateway/b",`+
		`"logGroupClass":"STANDARD","logGroupName":"/aws/apigateway/b","metricFilterCount":0,"retentionInDays":14,"storedBytes":0}]}`)
	if got := f.do("DescribeLogGroups", `{"limit":1}`); !strings.Contains(got, `"logGroupName":"/aws/apigateway/b"`) || !strings.Contains(got, "nextToken") {
		t.Errorf("the first page: %s", got)
	}
	if got := f.do("DescribeLogGroups", fmt.Sprintf(`{"limit":1,"nextToken":%q}`, newToken("/aws/apigateway/b"))); !strings.Contains(got, `"logGroupName":"a"`) || strings.Contains(got, "nextToken") {
		t.Errorf("the second page: %s", got)
	}
	if got := f.do("DescribeLogGroups", `{"logGroupNamePattern":"APIGATEWAY"}`); strings.Count(got, "logGroupName") != 1 {
		t.Errorf("by pattern: %s", got)
	}
	if got := f.do("ListLogGroups", `{"logGroupNamePattern":"^/aws","logGroupTags":[{"key":"team","values":["x","y"]}]}`); strings.Count(got, "logGroupName") != 1 {
		t.Errorf("list: %s", got)
	}
	f.do("DeleteRetentionPolicy", `{"logGroupName":"/aws/apigateway/b"}`)
	if got := f.do("DescribeLogGroups", `{}`); strings.Contains(got, "retentionInDays") {
		t.Errorf("got %s", got)
	}
	f.do("PutLogGroupDeletionProtection", `{"logGroupIdentifier":"a","deletionProtectionEnabled":true}`)
	f.refused("DeleteLogGroup", `{"logGroupName":"a"}`, "ValidationException", "protection")
	f.do("PutLogGroupDeletionProtection", `{"logGroupIdentifier":"a","deletionProtectionEnabled":false}`)
	f.do("DeleteLogGroup", `{"logGroupName":"a"}`)
	f.refused("DeleteLogGroup", `{"logGroupName":"a"}`, "ResourceNotFoundException", "The specified log group does not exist.")
}

// TestDeleteFlushes: what was logged and is not kept yet goes with the group.
func TestDeleteFlushes(t *testing.T) {
	f := newFixture(t)
	id := gateway.LogGroupID{Region: "eu-west-1", Account: "123456789012", Name: "g"}
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.service.Flush = func() {
		if err := f.service.Logs.Log(id).Append(logs.Event{Stream: "s", Time: f.now.UnixMilli(), Message: []byte("late")}); err != nil {
			t.Error(err)
		}
	}
	f.do("DeleteLogGroup", `{"logGroupName":"g"}`)
	if left := f.service.Logs.Groups(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestTags(t *testing.T) {
	f := newFixture(t)
	const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:g"
	f.do("CreateLogGroup", `{"logGroupName":"g","tags":{"a":"1"}}`)
	f.do("TagResource", `{"resourceArn":"`+arn+`","tags":{"b":"2"}}`)
	f.do("TagLogGroup", `{"logGroupName":"g","tags":{"c":"3"}}`)
	f.want("ListTagsForResource", `{"resourceArn":"`+arn+`"}`, `{"tags":{"a":"1","b":"2","c":"3"}}`)
	f.do("UntagResource", `{"resourceArn":"`+arn+`","tagKeys":["a","z"]}`)
	f.do("UntagLogGroup", `{"logGroupName":"g","tags":["b"]}`)
	f.want("ListTagsLogGroup", `{"logGroupName":"g"}`, `{"tags":{"c":"3"}}`)
	f.do("DeleteLogGroup", `{"logGroupName":"g"}`)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.want("ListTagsForResource", `{"resourceArn":"`+arn+`"}`, `{"tags":{}}`) // they do not outlive the group: terraform.md
	f.do("TagResource", `{"resourceArn":"`+arn+`","tags":{"x":"1"}}`)
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf(`"k%d":"v"`, i))
	}
	f.refused("TagResource", `{"resourceArn":"`+arn+`","tags":{`+strings.Join(many, ",")+`}}`, "TooManyTagsException", "50")
	f.refused("ListTagsForResource", `{"resourceArn":"arn:aws:logs:us-east-1:123456789012:log-group:g"}`, "ResourceNotFoundException", "does not exist")
}

func TestEvents(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.do("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	f.refused("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`, "ResourceAlreadyExistsException", "The specified log stream already exists")
	f.want("GetLogEvents", `{"logGroupName":"g","logStreamName":"s"}`, `{"events":[],"nextBackwardToken":"TOKEN","nextForwardToken":"TOKEN"}`)
	f.do("PutLogEvents", `{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1699999999000,"message":"one ERROR"},
		{"timestamp":1699999999500,"message":"two"},{"timestamp":1699999999900,"message":"three ERROR"}]}`)
	f.want("FilterLogEvents", `{"logGroupName":"g","filterPattern":"ERROR","limit":1}`, `{"events":[{"eventId":"TOKEN","ingestionTime":1700000000000,`+
		`"logStreamName":"s","message":"one ERROR","timestamp":1699999999000}],"nextToken":"TOKEN","searchedLogStreams":[]}`)
	f.want("FilterLogEvents", `{"logGroupName":"g","startTime":1699999999500,"endTime":1699999999500,"logStreamNames":["s"]}`,
		`{"events":[{"eventId":"TOKEN","ingestionTime":1700000000000,"logStreamName":"s","message":"two","timestamp":1699999999500}],"searchedLogStreams":[]}`)
	f.want("GetLogEvents", `{"logGroupName":"g","logStreamName":"s","startTime":1699999999500,"endTime":1699999999900}`,
		`{"events":[{"ingestionTime":1700000000000,"message":"two","timestamp":1699999999500}],"nextBackwardToken":"TOKEN","nextForwardToken":"TOKEN"}`)
	f.want("TestMetricFilter", `{"filterPattern":"{ $.status >= 500 }","logEventMessages":["{\"status\":200}","{\"status\":502}"]}`,
		`{"matches":[{"eventMessage":"{\"status\":502}","eventNumber":2,"extractedValues":{"$.status":"502"}}]}`)
	f.want("DescribeLogStreams", `{"logGroupName":"g","orderBy":"LastEventTime","descending":true}`,
		`{"logStreams":[{"arn":"arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s","creationTime":1700000000000,"firstEventTimestamp":1699999999000,`+
			`"lastEventTimestamp":1699999999900,"lastIngestionTime":1700000000000,"logStreamName":"s","storedBytes":0,"uploadSequenceToken":"TOKEN"}]}`)
	f.do("DeleteLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	f.want("FilterLogEvents", `{"logGroupName":"g"}`, `{"events":[],"searchedLogStreams":[]}`)
	f.refused("PutLogEvents", `{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1,"message":"x"}]}`,
		"ResourceNotFoundException", "The specified log stream does not exist.")
}

// TestFollow reads a stream as a client does that waits for more.
func TestFollow(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.do("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	token := func(answer, name string) string {
		_, rest, _ := strings.Cut(answer, `"`+name+`":"`)
		token, _, _ := strings.Cut(rest, `"`)
		return token
	}
	put := func(ms int, text string) {
		f.do("PutLogEvents", fmt.Sprintf(`{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":%d,"message":%q}]}`, 1_699_999_990_000+ms, text))
	}
	get := func(extra string) string {
		return f.do("GetLogEvents", `{"logGroupName":"g","logStreamName":"s"`+extra+`}`)
	}
	at := token(get(""), "nextForwardToken")
	for i := range 5 {
		put(i, fmt.Sprint("m", i))
	}
	all := get(`,"nextToken":"` + at + `"`)
	if strings.Count(all, `"message"`) != 5 {
		t.Fatalf("got %s", all)
	}
	at = token(all, "nextForwardToken")
	none := get(`,"nextToken":"` + at + `"`)
	if strings.Contains(none, `"message"`) || token(none, "nextForwardToken") != at {
		t.Fatalf("got %s", none)
	}
	put(10, "last")
	if more := get(`,"nextToken":"` + at + `"`); strings.Count(more, `"message"`) != 1 || !strings.Contains(more, `"last"`) {
		t.Fatalf("got %s", more)
	}
	page := get(`,"limit":2`)
	if !strings.Contains(page, `"m4"`) || !strings.Contains(page, `"last"`) {
		t.Fatalf("the latest: %s", page)
	}
	if before := get(`,"limit":2,"nextToken":"` + token(page, "nextBackwardToken") + `"`); !strings.Contains(before, `"m2"`) || !strings.Contains(before, `"m3"`) {
		t.Fatalf("those before: %s", before)
	}
	if first := get(`,"limit":2,"startFromHead":true`); !strings.Contains(first, `"m0"`) || !strings.Contains(first, `"m1"`) {
		t.Fatalf("the first: %s", first)
	}
}

func TestQuery(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.do("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	f.do("PutLogEvents", `{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":1699999999000,"message":"{\"status\":200,\"a\":{\"b\":[true]}}"},
		{"timestamp":1699999999500,"message":"{\"status\":502}"},{"timestamp":1700000000001,"message":"{\"status\":504}"}]}`)
	query := func(text string, start, end int) string {
		answer := f.do("StartQuery", fmt.Sprintf(`{"logGroupName":"g","startTime":%d,"endTime":%d,"queryString":%q}`, start, end, text))
		for range 1000 {
			results := f.do("GetQueryResults", answer)
			if !strings.Contains(results, `"Running"`) {
				return results
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("the query does not end")
		return ""
	}
	got := query("filter status >= 500 | stats count(*) as n, max(status) as m", 1699999999, 1700000000)
	want := `{"queryLanguage":"CWLI","results":[[{"field":"n","value":"1"},{"field":"m","value":"502"}]],"statistics":{"bytesScanned":45.0,"estimatedBytesSkipped":0.0,` +
		`"estimatedRecordsSkipped":0.0,"logGroupsScanned":1.0,"recordsMatched":1.0,"recordsScanned":2.0},"status":"Complete"}`
	if got != want {
		t.Errorf("got %s", got)
	}
	if got := query("fields status", 1699999999000, 1699999999000); strings.Count(got, `"@ptr"`) != 1 {
		t.Errorf("in milliseconds: %s", got)
	}
	all := query("display status | sort @timestamp | limit 1", 1699999999, 1700000001)
	_, rest, _ := strings.Cut(all, `"@ptr","value":"`)
	pointer, _, _ := strings.Cut(rest, `"`)
	record := f.do("GetLogRecord", `{"logRecordPointer":"`+pointer+`"}`)
	for _, want := range []string{`"status":"200"`, `"a.b.0":"1"`, `"@timestamp":"2023-11-14 22:13:19.000"`, `"@log":"123456789012:g"`} {
		if !strings.Contains(record, want) {
			t.Errorf("%s has no %s", record, want)
		}
	}
	if list := f.do("DescribeQueries", `{"logGroupName":"g","status":"Complete"}`); strings.Count(list, "queryId") != 3 {
		t.Errorf("got %s", list)
	}
	f.refused("StartQuery", `{"logGroupName":"g","startTime":1,"endTime":2,"queryString":"nothing"}`, "MalformedQueryException", `"startCharOffset":0`)
	f.refused("StartQuery", `{"logGroupName":"h","startTime":1,"endTime":2,"queryString":"fields a"}`, "ResourceNotFoundException", "log group")
	f.refused("StartQuery", `{"startTime":1,"endTime":2,"queryString":"fields a"}`, "InvalidParameterException", "Exactly one")
	f.refused("StartQuery", `{"logGroupName":"g","startTime":3,"endTime":2,"queryString":"fields a"}`, "InvalidParameterException", "start time")
	f.refused("GetQueryResults", `{"queryId":"none"}`, "ResourceNotFoundException", "query")
	f.refused("GetLogRecord", `{"logRecordPointer":"none"}`, "InvalidParameterException", "logRecordPointer")
}

// TestPutRefusals: limits are those of the API reference (PutLogEvents), texts those of clients' reports.
func TestPutRefusals(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.do("PutRetentionPolicy", `{"logGroupName":"g","retentionInDays":1}`)
	f.do("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	put := func(events string) string {
		return `{"logGroupName":"g","logStreamName":"s","logEvents":[` + events + `]}`
	}
	f.refused("PutLogEvents", put(`{"timestamp":1699999999000,"message":"b"},{"timestamp":1699999998000,"message":"a"}`),
		"InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
	f.refused("PutLogEvents", put(`{"timestamp":1699900000000,"message":"b"},{"timestamp":1699999998000,"message":"a"}`),
		"InvalidParameterException", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	f.refused("PutLogEvents", put(`{"timestamp":1699999999000,"message":"`+strings.Repeat("x", 1<<20)+`"}`),
		"InvalidParameterException", "Upload too large: 1048602 bytes exceeds limit of 1048576")
	f.refused("PutLogEvents", put(`{"timestamp":1699999999000,"message":""}`), "InvalidParameterException", "length greater than or equal to 1")
	f.want("PutLogEvents", put(`{"timestamp":1690000000000,"message":"old"}`), `{"nextSequenceToken":"TOKEN","rejectedLogEventsInfo":{"expiredLogEventEndIndex":1}}`)
	f.want("PutLogEvents", put(`{"timestamp":1700000000000,"message":"now"},{"timestamp":1700008000000,"message":"new"}`),
		`{"nextSequenceToken":"TOKEN","rejectedLogEventsInfo":{"tooNewLogEventStartIndex":1}}`)
	f.do("DeleteRetentionPolicy", `{"logGroupName":"g"}`)
	f.want("PutLogEvents", put(`{"timestamp":1690000000000,"message":"old"}`), `{"nextSequenceToken":"TOKEN","rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1}}`)
}

func TestRefusals(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	for _, c := range []struct{ operation, input, code, message string }{
		{"CreateLogGroup", `{"logGroupName":""}`, "InvalidParameterException", "logGroupName"},
		{"CreateLogGroup", `{"logGroupName":"a b"}`, "InvalidParameterException", "logGroupName"},
		{"CreateLogGroup", `{}`, "InvalidParameterException", "logGroupName"},
		{"CreateLogGroup", `{"logGroupName":"aws/x"}`, "InvalidParameterException", "reserved"},
		{"PutRetentionPolicy", `{"logGroupName":"g","retentionInDays":2}`, "InvalidParameterException", "enum value set: [1, 3, 5, 7"},
		{"PutRetentionPolicy", `{"logGroupName":"h","retentionInDays":1}`, "ResourceNotFoundException", "log group"},
		{"DescribeLogGroups", `{"logGroupNamePrefix":"a","logGroupNamePattern":"bcd"}`, "InvalidParameterException", "mutually exclusive"},
		{"DescribeLogGroups", `{"nextToken":"%%"}`, "InvalidParameterException", "The specified nextToken is invalid."},
		// turbot/steampipe-plugin-aws issue 1949
		{"DescribeLogStreams", `{"logGroupName":"g","orderBy":"LastEventTime","logStreamNamePrefix":"a"}`, "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."},
		{"DescribeLogStreams", `{}`, "InvalidParameterException", "Either logGroupName or logGroupIdentifier"},
		{"DescribeLogStreams", `{"logGroupName":"g","logGroupIdentifier":"g"}`, "InvalidParameterException", "Only one of"},
		{"GetLogEvents", `{"logGroupName":"g","logStreamName":"none"}`, "ResourceNotFoundException", "log stream"},
		{"FilterLogEvents", `{"logGroupName":"h"}`, "ResourceNotFoundException", "log group"},
		{"FilterLogEvents", `{"logGroupName":"g","filterPattern":"{ $.a"}`, "InvalidParameterException", "filter pattern"},
		{"FilterLogEvents", `{"logGroupName":"g","nextToken":"x"}`, "InvalidParameterException", "The specified nextToken is invalid."},
		{"FilterLogEvents", `{"logGroupName":"g","logStreamNames":["none"]}`, "ResourceNotFoundException", "log stream"},
		{"FilterLogEvents", `{"logGroupName":"g","logStreamNames":["a"],"logStreamNamePrefix":"a"}`, "InvalidParameterException", "mutually exclusive"},
	} {
		f.refused(c.operation, c.input, c.code, c.message)
	}
	if status, body := f.send("PutSubscriptionFilter", `{}`); status != http.StatusNotImplemented || !strings.Contains(body, "PutSubscriptionFilter") {
		t.Errorf("what is not built: %d %s", status, body)
	}
}

// TestLoad: events of groups that are gone go, and groups that AWS makes by itself are made once.
func TestLoad(t *testing.T) {
	f := newFixture(t)
	id := gateway.LogGroupID{Region: "eu-west-1", Account: "123456789012", Name: "/aws/lambda/f"}
	log := f.service.Logs.Log(id)
	old := logs.Event{Stream: "s", Time: f.now.Add(-48 * time.Hour).UnixMilli(), Message: []byte("x")}
	if err := log.Append(old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.service.Ensure(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	f.do("PutRetentionPolicy", `{"logGroupName":"/aws/lambda/f","retentionInDays":1}`)
	log.Keep(0)
	if err := f.service.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.want("FilterLogEvents", `{"logGroupName":"/aws/lambda/f"}`, `{"events":[],"searchedLogStreams":[]}`)
	orphan := f.service.Logs.Log(gateway.LogGroupID{Region: "eu-west-1", Account: "123456789012", Name: "orphan"})
	if err := orphan.Append(old); err != nil {
		t.Fatal(err)
	}
	if err := f.service.Load(t.Context()); err != nil || len(f.service.Logs.Groups()) != 1 {
		t.Errorf("left: %v %v", f.service.Logs.Groups(), err)
	}
}
