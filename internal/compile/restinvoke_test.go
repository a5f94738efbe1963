package compile

import (
	"cmp"
	"context"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// invoked is a function that notes how it is called.
type invoked struct {
	got     string
	caller  lambda.Caller
	answer  string
	failure string // the error object of a function that fails
	err     error
}

func (f *invoked) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	in.RequestID = "LAMBDA"
	f.got, out.Version, out.Payload = "Invoke "+string(in.Payload), "$LATEST", []byte(f.answer)
	if f.failure != "" {
		out.FunctionError, out.Payload = "Unhandled", []byte(f.failure)
	}
	return f.err
}

func (f *invoked) Async(_ context.Context, in *lambda.Invocation) error {
	in.RequestID = "LAMBDA"
	f.got = "Async " + string(in.Payload)
	return f.err
}

func (f *invoked) Check() error {
	f.got = "Check"
	return f.err
}

// callFunction runs one call of a method with an AWS integration with a function.
func callFunction(t *testing.T, f *invoked, in *gateway.RestIntegration, body string, fields ...string) *exchange.Exchange {
	t.Helper()
	in.Type, in.TimeoutMillis = gateway.RestAWS, 1000
	in.Method = cmp.Or(in.Method, "POST")
	in.URI = toFunction("f").URI
	m := withResponses(in)
	if in.Responses == nil {
		in.Responses, m.Responses = map[string]gateway.IntegrationResponse{"200": {}}, map[string]gateway.MethodResponse{"200": {}}
	}
	w := world(&backends{})
	w.Functions = func(_ gateway.FunctionRef, caller lambda.Caller) Function {
		f.caller = caller
		return f
	}
	p, err := RestAPI(restStage(resource("/x", map[string]*gateway.Method{"ANY": m})), w)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange.Exchange{ID: []byte("request"), Journal: &exchange.Journal{Level: exchange.JournalData}}
	x.Request.Method, x.Request.Path, x.Request.Body.Bytes = []byte("GET"), []byte("/prod/x"), []byte(body)
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	p.Run(t.Context(), x, []byte("/x"))
	return x
}

// selected are the responses of LocalStack's validated test_lambda_selection_patterns (aws-behaviour.md, fact 22).
func selected() map[string]gateway.IntegrationResponse {
	return map[string]gateway.IntegrationResponse{
		"200": {SelectionPattern: pattern("")}, "405": {SelectionPattern: pattern(".*four hundred.*")}, "502": {SelectionPattern: pattern(".+")},
		"504": {SelectionPattern: pattern("200")},
	}
}

const (
	internalError = `{"message": "Internal server error"}`
	failedCall    = `{"errorMessage":"Error: Raising four hundred from within the Lambda function","errorType":"Exception"}`
)

func invocationType(expression string) map[string]string {
	return map[string]string{"integration.request.header.X-Amz-Invocation-Type": expression}
}

var invokeCases = []struct {
	name     string
	in       gateway.RestIntegration
	function invoked
	body     string
	fields   []string
	got      string
	status   int
	want     string
	said     string // in the journal
}{
	{
		name: "test_lambda_aws_integration", function: invoked{answer: `{"message": "hello world"}`}, body: `{"message": "hello world"}`,
		got: `Invoke {"message": "hello world"}`, status: 200, want: `{"message": "hello world"}`,
		said: "Endpoint request URI: https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations",
	},
	{
		name: "test_lambda_aws_integration_with_request_template", in: gateway.RestIntegration{RequestTemplates: jsonTemplate(`{"param1": "$input.params('X-P')"}`)}, function: invoked{answer: `1`},
		fields: []string{"X-P: foobar"}, got: `Invoke {"param1": "foobar"}`, status: 200, want: `1`, said: "Received response. Status: 200",
	},
	{name: "an empty payload is an empty object", function: invoked{answer: `null`}, got: `Invoke {}`, status: 200, want: `null`},
	{name: "selected: no error", in: gateway.RestIntegration{Responses: selected()}, function: invoked{answer: `"Pass"`}, got: `Invoke {}`, status: 200, want: `"Pass"`},
	{name: "selected: its message", in: gateway.RestIntegration{Responses: selected()}, function: invoked{failure: failedCall}, got: `Invoke {}`, status: 405, want: failedCall},
	{
		name: "selected: any error", in: gateway.RestIntegration{Responses: selected()}, function: invoked{failure: `{"errorMessage":"Error: five\n"}`},
		got: `Invoke {}`, status: 200, want: `{"errorMessage":"Error: five\n"}`, // Java's dot takes no line break
	},
	{name: "selected: no message", in: gateway.RestIntegration{Responses: selected()}, function: invoked{failure: `{"errorType":"x"}`}, got: `Invoke {}`, status: 200, want: `{"errorType":"x"}`},
	{
		name: "nothing selected", in: gateway.RestIntegration{Responses: map[string]gateway.IntegrationResponse{"400": {SelectionPattern: pattern("x.*")}}},
		function: invoked{answer: `1`}, got: `Invoke {}`, status: 500, want: internalError,
		said: "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200",
	},
	{
		name: "asynchronous for all (developer guide)", in: gateway.RestIntegration{RequestParameters: invocationType("'Event'")}, body: `{"a":1}`,
		got: `Async {"a":1}`, status: 200, said: "Received response. Status: 202",
	},
	{
		name: "asynchronous for who asks", in: gateway.RestIntegration{RequestParameters: invocationType("method.request.header.InvocationType")},
		fields: []string{"InvocationType: Event"}, got: `Async {}`, status: 200,
	},
	{
		name: "synchronous for who does not", in: gateway.RestIntegration{RequestParameters: invocationType("method.request.header.InvocationType")},
		fields: []string{"InvocationType: RequestResponse"}, function: invoked{answer: `1`}, got: `Invoke {}`, status: 200, want: `1`,
	},
	{name: "the client's own header does nothing", fields: []string{"X-Amz-Invocation-Type: Event"}, function: invoked{answer: `1`}, got: `Invoke {}`, status: 200, want: `1`},
	{name: "asked only", in: gateway.RestIntegration{RequestParameters: invocationType("'DryRun'")}, got: `Check`, status: 200},
	{name: "no type", in: gateway.RestIntegration{RequestParameters: invocationType("'Later'")}, status: 500, want: internalError},
	// serverless/serverless, "Multiple claims for authorizer break body mapping template".
	{name: "no JSON", body: "{,", status: 400, want: `{"message":"Could not parse request body into json: Unexpected character (',' (code 44))`},
	{name: "another method", in: gateway.RestIntegration{Method: "GET"}, status: 500, want: internalError},
	{
		name: "forbidden", function: invoked{err: &lambda.Error{Kind: lambda.Forbidden, Message: "no"}}, got: `Invoke {}`, status: 500, want: internalError,
		said: "Execution failed due to configuration error: Invalid permissions on Lambda function",
	},
	{
		name: "a role that cannot be assumed", function: invoked{err: &lambda.Error{Kind: lambda.NotAssumed, Message: "API Gateway does not have permission to assume the provided role r"}},
		got: `Invoke {}`, status: 500, want: internalError, said: "Execution failed due to configuration error: API Gateway does not have permission to assume the provided role r",
	},
	{
		name: "throttled", function: invoked{err: &lambda.Error{Kind: lambda.Throttled, Message: "no"}}, got: `Invoke {}`, status: 500, want: internalError,
		said: "Lambda invocation failed with status: 429. Lambda request id: LAMBDA",
	},
	{name: "slow", function: invoked{err: &lambda.Error{Kind: lambda.TimedOut, Message: "no"}}, got: `Invoke {}`, status: 504, want: `{"message": "Endpoint request timed out"}`},
	{
		name: "its headers can be mapped", in: gateway.RestIntegration{Responses: map[string]gateway.IntegrationResponse{"200": {
			Templates:  map[string]string{"application/json": "$input.json('$.a')"},
			Parameters: map[string]string{"method.response.header.X-Id": "integration.response.header.x-amzn-RequestId"},
		}}},
		function: invoked{answer: `{"a":[1]}`}, got: `Invoke {}`, status: 200, want: `[1]`, said: "x-amzn-RequestId=LAMBDA",
	},
}

// TestInvoke: what a function gets and what becomes of its answer.
func TestInvoke(t *testing.T) {
	for _, c := range invokeCases {
		t.Run(c.name, func(t *testing.T) {
			x := callFunction(t, &c.function, &c.in, c.body, c.fields...)
			body := string(x.Response.Body.Bytes)
			if x.Response.Status != c.status || body != c.want && !(c.want != "" && strings.HasPrefix(body, c.want)) || c.function.got != c.got {
				t.Errorf("got %s -> %d %s (%v)", c.function.got, x.Response.Status, body, x.Fault)
			}
			if said := journalText(x); !strings.Contains(said+faultText(x), c.said) {
				t.Errorf("%q is not in\n%s", c.said, said)
			}
			if c.name == "its headers can be mapped" && string(x.Response.Header.Get("X-Id")) != "LAMBDA" {
				t.Errorf("X-Id: %q", x.Response.Header.Get("X-Id"))
			}
		})
	}
}

func faultText(x *exchange.Exchange) string {
	if x.Fault == nil {
		return ""
	}
	return x.Fault.Error()
}

// TestInvokeBinary: an image in base64, as the developer guide's "Access binary files in Lambda" has it.
func TestInvokeBinary(t *testing.T) {
	f := &invoked{answer: `"iVBORw=="`}
	x := callFunction(t, f, &gateway.RestIntegration{Responses: map[string]gateway.IntegrationResponse{
		"200": {ContentHandling: gateway.ConvertToBinary, Parameters: map[string]string{"method.response.header.Content-Type": "'image/png'"}},
	}}, "")
	if got := string(x.Response.Body.Bytes); got != "\x89PNG" || string(x.Response.Header.Get("Content-Type")) != "image/png" {
		t.Errorf("%q %s", got, exchange.Listed(x.Response.Header.Fields()))
	}
}

// TestInvokeAs: functions are called in the name of the integration's role.
func TestInvokeAs(t *testing.T) {
	f := &invoked{answer: `1`}
	callFunction(t, f, &gateway.RestIntegration{Credentials: "arn:aws:iam::1:role/${stageVariables.host}"}, "")
	want := lambda.Caller{
		Service: "apigateway.amazonaws.com", SourceARN: "arn:aws:execute-api:eu-west-1:1:api/prod/ANY/x", SourceAccount: "1", Role: "arn:aws:iam::1:role/two.example",
	}
	if f.caller != want {
		t.Errorf("%+v", f.caller)
	}
}
