package awsservice

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

const role = "arn:aws:iam::123456789012:role/api"

var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// compiler compiles real selection expressions.
func compiler(text string) (Expression, error) {
	e, err := selection.Compile(text, selection.Options{Scope: selection.Request})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func known(string) (keyID, secret, token string, ok bool) { return "AKID", "a/secret+key", "", true }

// config returns that of a subtype with parameters "name", "value", …
func config(subtype string, parameters ...string) Config {
	m := map[string]string{}
	for pair := range slices.Chunk(parameters, 2) {
		m[pair[0]] = pair[1]
	}
	return Config{
		Definition: Definition{Subtype: subtype, PayloadVersion: "1.0", RoleARN: role, Parameters: m},
		Expression: compiler, Region: "eu-west-1", Credentials: known, Now: func() time.Time { return now },
	}
}

func compile(t testing.TB, c Config) *Call {
	t.Helper()
	k, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// call has a body, and header fields "Name: value".
func call(body string, fields ...string) *exchange.Exchange {
	x := &exchange.Exchange{Received: now}
	x.Request.Method, x.Request.Path = []byte("POST"), []byte("/a")
	x.Request.Body.Bytes = []byte(body)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	return x
}

// written returns a request as the recordings have it.
func written(r *Request, x *exchange.Exchange) string {
	var b strings.Builder
	b.WriteString(string(r.Method) + " " + string(r.Target) + "\n")
	for _, name := range []string{"Content-Type", "X-Amz-Target"} {
		if v := x.Integration.Header.Get(name); v != nil {
			b.WriteString(name + ": " + string(v) + "\n")
		}
	}
	return b.String() + "\n" + string(r.Body.Bytes)
}

const odd = `say \"hi\" \\ & = + % é\n`

// TestRequestsAreTheSDKs compares with what the Go SDK's clients sent for the same parameters: testdata/requests holds
// it, recorded from eventbridge 1.55.9, kinesis 1.56.11, sfn 1.41.2, appconfig 1.44.2 and, for the query protocol, sqs 1.24.7.
func TestRequestsAreTheSDKs(t *testing.T) {
	jsonBody := `{"odd": "` + odd + `<b>\u0001", "form": "` + odd + `*~<b>", "detail": {"a":1}, "data": "'Hello, World!'\n"}`
	const machine, queue = "arn:aws:states:eu-west-1:1:stateMachine:m", "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo"
	cases := []struct {
		file       string
		parameters []string
	}{
		{"EventBridge-PutEvents", []string{"Detail", "$request.body.detail", "DetailType", "$request.body.odd", "Source", "x.y",
			"Time", "2026-03-14T15:09:26.535Z", "EventBusName", "bus", "Resources", `["arn:a","arn:b"]`, "TraceHeader", "Root=1-2-3"}},
		{"EventBridge-PutEvents-required", []string{"Detail", "$request.body.detail", "DetailType", "t", "Source", "x.y"}},
		{"Kinesis-PutRecord", []string{"StreamName", "s", "Data", "$request.body.data", "PartitionKey", "$request.body.odd",
			"SequenceNumberForOrdering", "7", "ExplicitHashKey", "123"}},
		{"StepFunctions-StartExecution", []string{"StateMachineArn", machine, "Name", "n", "Input", "$request.body.odd"}},
		{"StepFunctions-StartSyncExecution", []string{"StateMachineArn", machine, "Name", "n", "Input", "{}", "TraceHeader", "Root=1"}},
		{"StepFunctions-StopExecution", []string{"ExecutionArn", "arn:e", "Cause", "$request.body.odd", "Error", "E"}},
		{"AppConfig-GetConfiguration", []string{"Application", "my app/é", "Environment", "e+1", "Configuration", "c:d",
			"ClientId", "a b&c=d", "ClientConfigurationVersion", "1"}},
		{"SQS-SendMessage", []string{"QueueUrl", queue, "MessageBody", "$request.body.form", "DelaySeconds", "5",
			"MessageDeduplicationId", "d", "MessageGroupId", "g",
			"MessageAttributes", `{"c": {"DataType":"Number","StringValue":"3"}, "a.one": {"DataType":"String","StringValue":"${request.body.form}"},
				"b": {"BinaryValue":"AP8+","DataType":"Binary"}}`,
			"MessageSystemAttributes", `{"AWSTraceHeader":{"StringValue":"Root=1","DataType":"String"}}`}},
		{"SQS-ReceiveMessage", []string{"QueueUrl", queue, "AttributeNames", "All, Policy", "MessageAttributeNames", `["a","b.*"]`,
			"MaxNumberOfMessages", "3", "ReceiveRequestAttemptId", "r", "VisibilityTimeout", "4", "WaitTimeSeconds", "6"}},
		{"SQS-DeleteMessage", []string{"QueueUrl", queue, "ReceiptHandle", "AQ+/="}},
		{"SQS-PurgeQueue", []string{"QueueUrl", queue}},
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", "requests", c.file+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			subtype := strings.TrimSuffix(c.file, "-required")
			seen[subtype] = true
			x := call(jsonBody)
			r, err := compile(t, config(subtype, c.parameters...)).Prepare(x)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Release()
			if got := written(r, x); fieldsInOrder(got) != fieldsInOrder(string(want)) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
	for _, op := range operations {
		if !seen[op.subtype] {
			t.Errorf("%s has no recording", op.subtype)
		}
	}
}

// fieldsInOrder sorts the fields of a form, whose order means nothing.
func fieldsInOrder(request string) string {
	head, body, _ := strings.Cut(request, "\n\n")
	if strings.HasPrefix(body, "Action=") {
		fields := strings.Split(body, "&")
		slices.Sort(fields)
		body = strings.Join(fields, "&")
	}
	return head + "\n\n" + body
}

func TestWhereItIsCalled(t *testing.T) {
	sync := []string{"StateMachineArn", "arn"}
	cases := []struct {
		name, subtype string
		parameters    []string
		region        string
		endpoint      string
		fields        []string
		want          string // address, Host, path, whether it is encrypted
	}{
		{"the API's region", "SQS-PurgeQueue", []string{"QueueUrl", "q"}, "eu-west-1", "", nil, "sqs.eu-west-1.amazonaws.com:443 sqs.eu-west-1.amazonaws.com / true"},
		{"the queue's host does not matter", "SQS-PurgeQueue", []string{"QueueUrl", "https://evil.example/q"}, "eu-west-1", "", nil, "sqs.eu-west-1.amazonaws.com:443 sqs.eu-west-1.amazonaws.com / true"},
		{"the parameter's region", "SQS-PurgeQueue", []string{"QueueUrl", "q", "Region", "us-east-2"}, "eu-west-1", "", nil, "sqs.us-east-2.amazonaws.com:443 sqs.us-east-2.amazonaws.com / true"},
		{"the caller's region", "SQS-PurgeQueue", []string{"QueueUrl", "q", "Region", "$request.header.r"}, "eu-west-1", "", []string{"R: us-east-2"}, "sqs.us-east-2.amazonaws.com:443 sqs.us-east-2.amazonaws.com / true"},
		{"China", "StepFunctions-StartExecution", sync, "cn-north-1", "", nil, "states.cn-north-1.amazonaws.com.cn:443 states.cn-north-1.amazonaws.com.cn / true"},
		// AWS's model gives StartSyncExecution the host prefix "sync-".
		{"synchronous", "StepFunctions-StartSyncExecution", sync, "eu-west-1", "", nil, "sync-states.eu-west-1.amazonaws.com:443 sync-states.eu-west-1.amazonaws.com / true"},
		{"synchronous, configured", "StepFunctions-StartSyncExecution", sync, "eu-west-1", "http://127.0.0.1:8083", nil, "127.0.0.1:8083 127.0.0.1:8083 / false"},
		{"configured, with a path", "StepFunctions-StartExecution", sync, "eu-west-1", "https://aws.example/base/", nil, "aws.example:443 aws.example /base/ true"},
		{"IPv6", "StepFunctions-StartExecution", sync, "eu-west-1", "http://[::1]", nil, "[::1]:80 [::1] / false"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(c.subtype, c.parameters...)
			cfg.Region = c.region
			if c.endpoint != "" {
				cfg.Endpoints = map[string]string{"states": c.endpoint}
			}
			r, err := compile(t, cfg).Prepare(call("", c.fields...))
			if err != nil {
				t.Fatal(err)
			}
			encrypted := " false"
			if r.TLS {
				encrypted = " true"
			}
			if got := r.Addr + " " + string(r.Host) + " " + string(r.Target) + encrypted; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Recorded on AWS: a mapped parameter without a value, or with an empty one, is the caller's mistake, required or not
// (LocalStack's validated test_apigw_v2_http_kinesis_put_record_no_stream: 400 in all four cases).
func TestWhatCallsMustHave(t *testing.T) {
	kinesis := []string{"Data", "$request.body.payload", "PartitionKey", "k", "StreamName", "$request.body.name", "ExplicitHashKey", "$request.body.key"}
	attributes := []string{"QueueUrl", "q", "MessageBody", "b", "MessageAttributes"}
	cases := []struct {
		name, subtype string
		parameters    []string
		body          string
		fields        []string
		want          string
	}{
		{"missing required", "Kinesis-PutRecord", kinesis, `{"payload":"p","key":"1"}`, nil, "Unable to resolve property StreamName from source $request.body.name."},
		{"missing optional", "Kinesis-PutRecord", kinesis, `{"payload":"p","name":"n"}`, nil, "Unable to resolve property ExplicitHashKey from source $request.body.key."},
		{"empty required", "Kinesis-PutRecord", kinesis, `{"payload":"p","name":"","key":"1"}`, nil, "Unable to resolve property StreamName from source $request.body.name."},
		{"empty optional", "Kinesis-PutRecord", kinesis, `{"payload":"p","name":"n","key":""}`, nil, "Unable to resolve property ExplicitHashKey from source $request.body.key."},
		{"no body", "Kinesis-PutRecord", kinesis, ``, nil, "Unable to resolve property Data from source $request.body.payload."},
		{"an attribute's value", "SQS-SendMessage", append(attributes, `{"a":{"DataType":"String","StringValue":"${request.header.x}"}}`), ``, nil,
			`Unable to resolve property MessageAttributes from source {"a":{"DataType":"String","StringValue":"${request.header.x}"}}.`},
		{"attributes are no JSON", "SQS-SendMessage", append(attributes, "$request.header.x"), ``, []string{"X: a"},
			"Unable to resolve property MessageAttributes from source $request.header.x. invalid character 'a' looking for beginning of value"},
		{"attributes with other members", "SQS-SendMessage", append(attributes, "$request.body"), `{"a":{"Type":"String"}}`, nil,
			"Unable to resolve property MessageAttributes from source $request.body. attribute has unknown members"},
		{"no region", "SQS-PurgeQueue", []string{"QueueUrl", "q", "Region", "$request.header.x"}, ``, []string{"X: x.evil.example/"},
			"Unable to resolve property Region from source $request.header.x. it is no region"},
		{"another path", "AppConfig-GetConfiguration", []string{"Application", "$request.header.x", "Environment", "e", "Configuration", "c", "ClientId", "i"}, ``, []string{"X: .."},
			"Unable to resolve property Application from source $request.header.x. it would lead to another path"},
		{"no list", "SQS-ReceiveMessage", []string{"QueueUrl", "q", "AttributeNames", "$request.body"}, `[1]`, nil,
			"Unable to resolve property AttributeNames from source $request.body. json: cannot unmarshal number into Go value of type string"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := compile(t, config(c.subtype, c.parameters...)).Prepare(call(c.body, c.fields...))
			var wrong *ParameterError
			if !errors.As(err, &wrong) || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestNoCredentials(t *testing.T) {
	c := config("SQS-PurgeQueue", "QueueUrl", "q")
	asked := ""
	c.Credentials = func(role string) (string, string, string, bool) { asked = role; return "", "", "", false }
	if _, err := compile(t, c).Prepare(call("")); !errors.Is(err, ErrNoCredentials) || asked != role {
		t.Errorf("got %v, asked for %q", err, asked)
	}
}

func TestTimes(t *testing.T) {
	for in, want := range map[string]string{
		"2026-03-14T15:09:26Z":          "1773500966",
		"2026-03-14T16:09:26.535+01:00": "1773500966.535",
		"1773500966.5":                  "1773500966.5",
		"1773500966535":                 "1773500966.535", // $context.requestTimeEpoch
		"Inf":                           "", "0x10": "", "1e3": "", "..": "", "tomorrow": "",
	} {
		x := call("", "T: "+in)
		r, err := compile(t, config("EventBridge-PutEvents", "Detail", "{}", "DetailType", "t", "Source", "s", "Time", "$request.header.t")).Prepare(x)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", in, err)
			}
			continue
		}
		if body := string(r.Body.Bytes); want == "" || !strings.Contains(body, `"Time":`+want+"}") {
			t.Errorf("%s: %s", in, body)
		}
		r.Release()
	}
}

func TestNeedsRequestBody(t *testing.T) {
	for _, c := range []struct {
		source string
		want   int64
	}{
		{"static", 0}, {"$request.body.a", selection.PathLimit}, {"$request.body", selection.WholeBody},
	} {
		if got := compile(t, config("SQS-SendMessage", "QueueUrl", "q", "MessageBody", c.source)).NeedsRequestBody(); got != c.want {
			t.Errorf("%s: %d", c.source, got)
		}
		k := compile(t, config("SQS-SendMessage", "QueueUrl", "q", "MessageBody", "b", "MessageAttributes", `{"a":{"StringValue":"`+c.source+`"}}`))
		if got := k.NeedsRequestBody(); got != c.want {
			t.Errorf("%s in an attribute: %d", c.source, got)
		}
	}
}

func TestAllocations(t *testing.T) {
	k := compile(t, config("SQS-SendMessage", "QueueUrl", "q", "MessageBody", "$request.body", "MessageGroupId", "$request.header.g"))
	x := call(strings.Repeat("x", 1000), "G: 1")
	n := testing.AllocsPerRun(100, func() {
		r, err := k.Prepare(x)
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
		x.Integration.Header.Reset()
	})
	if n > 20 { // HMAC and the arena, which the exchange's Reset would take back
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPrepare(b *testing.B) {
	k := compile(b, config("SQS-SendMessage", "QueueUrl", "q", "MessageBody", "$request.body", "MessageGroupId", "$request.header.g"))
	x := new(exchange.Exchange)
	body := []byte(strings.Repeat("x", 1000))
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		x.Request.Body.Bytes = body
		x.Request.Header.Add([]byte("G"), []byte("1"))
		r, err := k.Prepare(x)
		if err != nil {
			b.Fatal(err)
		}
		r.Release()
	}
}
