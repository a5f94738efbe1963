package integrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/upstream"
)

// serviceStep is the step of an integration with the service at an endpoint.
func serviceStep(t *testing.T, endpoint, subtype string, parameters map[string]string) exchange.Step {
	t.Helper()
	k, err := awsservice.Compile(awsservice.Config{
		Definition: awsservice.Definition{Subtype: subtype, PayloadVersion: "1.0", RoleARN: "role", Parameters: parameters},
		Expression: func(text string) (awsservice.Expression, error) {
			return selection.Compile(text, selection.Options{})
		},
		Region:      "eu-west-1",
		Endpoints:   map[string]string{"sqs": endpoint, "kinesis": endpoint, "events": endpoint, "states": endpoint, "appconfig": endpoint},
		Credentials: func(role string) (string, string, string, bool) { return "AKID", "secret", "", role == "role" },
	})
	if err != nil {
		t.Fatal(err)
	}
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	return AWSService(AWSServiceConfig{Call: k, TimeoutMillis: 5000, Backends: client})
}

func posted(body string) *exchange.Exchange {
	x := call()
	x.Request.Method, x.Request.Body.Bytes = []byte("POST"), []byte(body)
	return x
}

// exchanges are calls of services and what they answered: the shapes of AWS's API references.
var exchanges = []struct {
	subtype    string
	parameters map[string]string
	request    string // what the service must get: its operation and, after a space, a part of the body or of the target
	status     int
	header     string
	body       string
}{
	// HTTP APIs answer in XML here: SQS is called by the query protocol.
	{"SQS-SendMessage", map[string]string{"QueueUrl": "http://q/1/orders", "MessageBody": "$request.body"},
		"application/x-www-form-urlencoded Action=SendMessage&Version=2012-11-05&MessageBody=%7B%22payload%22%3A%22p+1%22%7D&QueueUrl=http%3A%2F%2Fq%2F1%2Forders",
		200, "Content-Type: text/xml\nx-amzn-RequestId: 11-22", `<?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult><MessageId>m</MessageId></SendMessageResult></SendMessageResponse>`},
	// The headers are those that a client of a Kinesis integration got on AWS (LocalStack's test_apigw_v2_http_kinesis_put_record).
	{"Kinesis-PutRecord", map[string]string{"StreamName": "s", "Data": "$request.body.payload", "PartitionKey": "k"},
		`Kinesis_20131202.PutRecord {"Data":"cCAx","PartitionKey":"k","StreamName":"s"}`,
		200, "Content-Type: application/x-amz-json-1.1\nx-amzn-RequestId: 33\nx-amz-id-2: ext/44=", `{"SequenceNumber":"1","ShardId":"shardId-000000000000"}`},
	// AWS writes the date in this form (LocalStack's test_step_functions_integration_start_execution).
	{"StepFunctions-StartExecution", map[string]string{"StateMachineArn": "m", "Input": "$request.body"},
		`AWSStepFunctions.StartExecution {"input":"{\"payload\":\"p 1\"}","stateMachineArn":"m"}`,
		200, "Content-Type: application/x-amz-json-1.0\nx-amzn-RequestId: 55", `{"executionArn":"arn:e","startDate":1.726326538934E9}`},
	// A synchronous execution that fails is a successful call, and so is an event that is refused.
	{"StepFunctions-StartSyncExecution", map[string]string{"StateMachineArn": "m"},
		`AWSStepFunctions.StartSyncExecution {"stateMachineArn":"m"}`,
		200, "Content-Type: application/x-amz-json-1.0\nx-amzn-RequestId: 66", `{"status":"FAILED","error":"E"}`},
	{"EventBridge-PutEvents", map[string]string{"Detail": "$request.body", "DetailType": "t", "Source": "s"},
		`AWSEvents.PutEvents {"Entries":[{"Detail":"{\"payload\":\"p 1\"}","DetailType":"t","Source":"s"}]}`,
		200, "Content-Type: application/x-amz-json-1.1\nx-amzn-RequestId: 77", `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}`},
	{"AppConfig-GetConfiguration", map[string]string{"Application": "a", "Environment": "e", "Configuration": "c", "ClientId": "$request.body.payload"},
		"/applications/a/environments/e/configurations/c?client_id=p%201 ",
		200, "Content-Type: text/plain\nConfiguration-Version: 3\nx-amzn-requestid: 88", "feature=on"},
	{"SQS-PurgeQueue", map[string]string{"QueueUrl": "q"}, "application/x-www-form-urlencoded Action=PurgeQueue&Version=2012-11-05&QueueUrl=q",
		403, "Content-Type: text/xml\nx-amzn-RequestId: 99", `<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>`},
	// A stream that does not exist is 400 from Kinesis and 500 to the client (LocalStack's validated
	// test_apigw_v2_http_kinesis_put_record_no_stream).
	{"Kinesis-PutRecord", map[string]string{"StreamName": "none", "Data": "d", "PartitionKey": "k"},
		`Kinesis_20131202.PutRecord {"Data":"ZA==","PartitionKey":"k","StreamName":"none"}`,
		400, "x-amzn-RequestId: 10\nx-amz-id-2: 11", `{"__type":"ResourceNotFoundException","message":"Stream none under account 1 not found."}`},
	{"StepFunctions-StopExecution", map[string]string{"ExecutionArn": "e"}, `AWSStepFunctions.StopExecution {"executionArn":"e"}`,
		500, "x-amzn-RequestId: 12", strings.Repeat("x", 100<<10)},
}

func TestAWSService(t *testing.T) {
	for _, c := range exchanges {
		t.Run(c.subtype+" "+strconv.Itoa(c.status), func(t *testing.T) {
			var got string
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = r.Header.Get("X-Amz-Target")
				if r.Method == http.MethodGet {
					got = r.RequestURI
				} else if got == "" {
					got = r.Header.Get("Content-Type")
				}
				got += " " + string(body)
				for line := range strings.SplitSeq(c.header, "\n") {
					name, value, _ := strings.Cut(line, ": ")
					w.Header()[name] = []string{value}
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer service.Close()
			x := posted(`{"payload":"p 1"}`)
			err := serviceStep(t, service.URL, c.subtype, c.parameters).Run(t.Context(), x)
			if got != c.request {
				t.Errorf("the service got %s, want %s", got, c.request)
			}
			checkAnswer(t, x, err, c.status, c.header, c.body)
		})
	}
}

func checkAnswer(t *testing.T, x *exchange.Exchange, err error, status int, header, body string) {
	t.Helper()
	ids := "x-amzn-RequestId: " + string(x.Integration.RequestID)
	if x.Integration.RequestID2 != nil {
		ids += "\nx-amz-id-2: " + string(x.Integration.RequestID2)
	}
	if !strings.HasSuffix(strings.ToLower(header), strings.ToLower(ids)) || x.Integration.Status != status || x.Integration.Latency <= 0 {
		t.Errorf("integration: %+v", x.Integration)
	}
	if status != 200 {
		var fault *exchange.Fault
		if !errors.As(err, &fault) || fault.Kind != exchange.KindInternal || x.Answered() || x.Response.Header.Len() > 0 ||
			x.Integration.Error != "the service answered "+strconv.Itoa(status)+": "+body[:min(len(body), 1<<10)] {
			t.Errorf("got %v, response %+v, error %s", err, x.Response, x.Integration.Error)
		}
		return
	}
	if err != nil || x.Response.Status != status || string(x.Response.Body.Bytes) != body || x.Integration.Error != "" {
		t.Errorf("%v, %d: %s", err, x.Response.Status, x.Response.Body.Bytes)
	}
	for line := range strings.SplitSeq(header, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		if string(x.Response.Header.Get(name)) != value {
			t.Errorf("%s: %q, want %q", name, x.Response.Header.Get(name), value)
		}
	}
}

type failing struct{ err error }

func (f failing) Close() error             { return nil }
func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAWSServiceFaults(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	closed := httptest.NewServer(nil)
	closed.Close()
	cases := []struct {
		name  string
		ctx   context.Context
		body  exchange.Body
		want  exchange.Kind
		error string
	}{
		// Recorded: 400, see internal/awsservice.
		{"no value", t.Context(), exchange.Body{}, exchange.KindBadRequest, "Unable to resolve property MessageBody from source $request.body."},
		{"body too large", t.Context(), exchange.Body{Stream: failing{exchange.ErrBodyTooLarge}, Size: -1}, exchange.KindRequestTooLarge, ""},
		{"body broken off", t.Context(), exchange.Body{Stream: failing{io.ErrUnexpectedEOF}, Size: 5}, exchange.KindBadRequest, ""},
		{"no service", t.Context(), exchange.Body{Bytes: []byte("a")}, exchange.KindIntegrationFailure, "upstream dial:"},
		{"client left", gone, exchange.Body{Bytes: []byte("a")}, exchange.KindClientGone, "upstream wait:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := posted("")
			x.Request.Body = c.body
			step := serviceStep(t, closed.URL, "SQS-SendMessage", map[string]string{"QueueUrl": "q", "MessageBody": "$request.body"})
			var fault *exchange.Fault
			if err := step.Run(c.ctx, x); !errors.As(err, &fault) || fault.Kind != c.want || !strings.HasPrefix(x.Integration.Error, c.error) {
				t.Errorf("got %v, want %v; %s", err, c.want, x.Integration.Error)
			}
		})
	}
}

// unreachable fails, and keeps where it was asked to call: address, whether encrypted, whether with a deadline.
type unreachable struct {
	err    error
	called string
}

func (u *unreachable) Do(_ context.Context, req *upstream.Request, _ *upstream.Response) error {
	u.called = fmt.Sprint(req.Target.Addr, " ", req.Target.TLS, " ", !req.Deadline.IsZero())
	return u.err
}

func TestAWSServiceTimeout(t *testing.T) {
	for err, want := range map[error]exchange.Kind{
		&upstream.Error{Op: upstream.OpRead, Timeout: true, Err: context.DeadlineExceeded}: exchange.KindIntegrationTimeout,
		&upstream.Error{Op: upstream.OpProtocol, Err: upstream.ErrMalformedHead}:           exchange.KindIntegrationFailure,
	} {
		k, compileErr := awsservice.Compile(awsservice.Config{
			Definition:  awsservice.Definition{Subtype: "SQS-PurgeQueue", PayloadVersion: "1.0", RoleARN: "r", Parameters: map[string]string{"QueueUrl": "q"}},
			Expression:  func(s string) (awsservice.Expression, error) { return selection.Compile(s, selection.Options{}) },
			Region:      "eu-west-1",
			Credentials: func(role string) (string, string, string, bool) { return "a", "b", "", role == "r" },
		})
		if compileErr != nil {
			t.Fatal(compileErr)
		}
		b := &unreachable{err: err}
		step := AWSService(AWSServiceConfig{Call: k, TimeoutMillis: 50, Backends: b})
		var fault *exchange.Fault
		if got := step.Run(t.Context(), posted("")); !errors.As(got, &fault) || fault.Kind != want {
			t.Errorf("got %v, want %v", got, want)
		}
		if b.called != "sqs.eu-west-1.amazonaws.com:443 true true" {
			t.Errorf("called %s", b.called)
		}
		if want := "AWS_PROXY SQS-PurgeQueue at sqs.eu-west-1.amazonaws.com, timeout 50ms"; step.Detail != want {
			t.Errorf("detail %q", step.Detail)
		}
	}
}

// TestCompatibleServer calls a server that is not ours: DIPYLON_AWS_ENDPOINT is the URL of one that has the queue orders,
// the stream clicks and the state machine m in eu-west-1, such as moto_server.
func TestCompatibleServer(t *testing.T) {
	endpoint := os.Getenv("DIPYLON_AWS_ENDPOINT")
	if endpoint == "" {
		t.Skip("DIPYLON_AWS_ENDPOINT is not set")
	}
	run := func(want, subtype string, parameters map[string]string) string {
		t.Helper()
		x := posted(`{"a":"say \"hi\" & é+"}`)
		if err := serviceStep(t, endpoint, subtype, parameters).Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		body := x.Response.Body
		text := body.Bytes
		if body.Stream != nil {
			text, _ = io.ReadAll(body.Stream)
			_ = body.Close()
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: %s, want %s", subtype, text, want)
		}
		return string(text)
	}
	queue := endpoint + "/123456789012/orders"
	run("<SendMessageResponse", "SQS-SendMessage", map[string]string{"QueueUrl": queue, "MessageBody": "$request.body.a", "DelaySeconds": "0",
		"MessageAttributes": `{"method":{"DataType":"String","StringValue":"${context.httpMethod} é&="}}`})
	got := run("é&amp;=", "SQS-ReceiveMessage", map[string]string{"QueueUrl": queue, "MessageAttributeNames": "All", "AttributeNames": "All", "MaxNumberOfMessages": "1"})
	if !strings.Contains(got, "hi") || !strings.Contains(got, "é+") {
		t.Errorf("the message was changed: %s", got)
	}
	_, handle, _ := strings.Cut(got, "<ReceiptHandle>")
	handle, _, _ = strings.Cut(handle, "</ReceiptHandle>")
	run("<DeleteMessageResponse", "SQS-DeleteMessage", map[string]string{"QueueUrl": queue, "ReceiptHandle": handle})
	run("<PurgeQueueResponse", "SQS-PurgeQueue", map[string]string{"QueueUrl": queue})
	run("ShardId", "Kinesis-PutRecord", map[string]string{"StreamName": "clicks", "Data": "$request.body", "PartitionKey": "k"})
	run(`"FailedEntryCount": 0`, "EventBridge-PutEvents", map[string]string{"Detail": "$request.body", "DetailType": "t", "Source": "s",
		"Time": "2026-03-14T15:09:26Z", "Resources": "arn:a,arn:b"})
	started := run("executionArn", "StepFunctions-StartExecution", map[string]string{
		"StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m", "Input": "$request.body"})
	_, execution, _ := strings.Cut(started, `"executionArn": "`)
	execution, _, _ = strings.Cut(execution, `"`)
	run("stopDate", "StepFunctions-StopExecution", map[string]string{"ExecutionArn": execution, "Cause": "$request.body.a"})
}
