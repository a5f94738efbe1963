package compile

import (
	"context"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/step/accesslog"
)

// scripted functions answer by their names.
type scripted string

func (name scripted) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	in.RequestID, out.Version = "LAMBDA", "$LATEST"
	switch name {
	case "answers":
		out.Payload = []byte(`{"statusCode":201,"body":"made"}`)
	case "malformed":
		out.Payload = []byte(`"Bad response"`)
	case "fails":
		out.FunctionError, out.Payload = "Unhandled", []byte(`{"errorMessage":"Application error in a Lambda function","errorType":"Error"}`)
	case "forbidden":
		return &lambda.Error{Kind: lambda.Forbidden, Message: "no permission"}
	case "throttled":
		return &lambda.Error{Kind: lambda.Throttled, Message: "too many"}
	case "slow":
		return &lambda.Error{Kind: lambda.TimedOut, Message: "too late"}
	}
	return nil
}

func (scripted) Async(context.Context, *lambda.Invocation) error { return nil }
func (scripted) Check() error                                    { return nil }

// custom is an integration that is no proxy.
func custom(in *gateway.RestIntegration, kind gateway.RestIntegrationType) *gateway.RestIntegration {
	in.Type, in.PassthroughBehavior, in.Responses = kind, gateway.WhenNoMatch, map[string]gateway.IntegrationResponse{"200": {}}
	in.RequestTemplates = map[string]string{"text/plain": `{"n": 1}`}
	return in
}

func toFunction(name string) *gateway.RestIntegration {
	return &gateway.RestIntegration{Type: gateway.RestAWSProxy, Method: "POST", TimeoutMillis: 1000, URI: "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:" + name + "/invocations"}
}

func mock(status, template string) *gateway.RestIntegration {
	return &gateway.RestIntegration{
		Type: gateway.RestMock, PassthroughBehavior: gateway.WhenNoMatch, RequestTemplates: map[string]string{"text/plain": `{"statusCode": ` + status + `}`},
		Responses: map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/json": template}}},
	}
}

// journalOf calls a method and returns what its execution log says, with what differs from call to call as letters.
func journalOf(t *testing.T, settings gateway.MethodSettings, in *gateway.RestIntegration) []string {
	t.Helper()
	kept := new(logGroups)
	w := world(&backends{})
	w.AccessLogs = accesslog.OpenSink(accesslog.SinkOptions{Groups: kept})
	w.Functions = func(ref gateway.FunctionRef, _ lambda.Caller) Function { return scripted(ref.Name) }
	stage := restStage(resource("/pets/{id}", map[string]*gateway.Method{"ANY": {
		Authorization: gateway.AuthorizationNone, Integration: in, Responses: map[string]gateway.MethodResponse{"200": {}},
	}}))
	stage.Stage.MethodSettings = map[string]gateway.MethodSettings{"*/*": settings}
	p, err := RestAPI(stage, w)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange.Exchange{ID: []byte("R"), ExtendedID: []byte("X=")}
	x.Request.Method, x.Request.Path, x.Request.Query = []byte("PUT"), []byte("/pets/7"), []byte("b=2&a=1+x")
	x.Request.Host, x.Request.Remote = []byte("h.example"), netip.MustParseAddrPort("192.0.2.1:4711")
	x.Request.Header.Add([]byte("Content-Type"), []byte("text/plain"))
	x.Request.Header.Add([]byte("x-api-key"), []byte("secret123456"))
	x.Request.Body.Bytes = []byte("in\nput")
	p.Run(t.Context(), x, x.Request.Path)
	if x.Journal != nil {
		t.Error("the journal stays")
	}
	w.AccessLogs.Close()
	var lines []string
	for _, line := range kept.lines["API-Gateway-Execution-Logs_api/prod"] {
		line, ok := strings.CutPrefix(line, "(R) ")
		if !ok {
			t.Errorf("a line of no call: %q", line)
		}
		for pattern, letter := range map[string]string{`\d+ ms`: "N ms", `Root=1-[0-9a-f-]+`: "Root=T", `ID : 1-[0-9a-f-]+`: "ID : T", `Date=[^G]*GMT`: "Date=D", `\{"resource".*`: "EVENT"} {
			line = regexp.MustCompile(pattern).ReplaceAllString(line, letter)
		}
		lines = append(lines, line)
	}
	return lines
}

var (
	infoLog  = gateway.MethodSettings{LoggingLevel: "INFO", Rate: -1, Burst: -1}
	traceLog = gateway.MethodSettings{LoggingLevel: "INFO", DataTrace: true, Rate: -1, Burst: -1}
	errorLog = gateway.MethodSettings{LoggingLevel: "ERROR", DataTrace: true, Rate: -1, Burst: -1}
)

const toBegin = `Extended Request Id: X=
Verifying Usage Plan for request: R. API Key:  API Stage: api/prod
API Key  authorized because method 'ANY /pets/{id}' does not require API Key. Request will not contribute to throttle or quota limits
Usage Plan check succeeded for API Key  and API Stage api/prod
Starting execution for request: R
HTTP Method: PUT, Resource Path: /pets/7
`

const ofRequest = `Method request path: {id=7}
Method request query string: {a=1 x, b=2}
Method request headers: {x-api-key=******123456, X-Forwarded-Proto=http, X-Forwarded-For=192.0.2.1, Host=h.example, X-Forwarded-Port=0, X-Amzn-Trace-Id=Root=T, Content-Type=text/plain}
Method request body before transformations: in
put
`

const invocations = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:"

func toLambda(name, length, failed string) string {
	return toBegin + ofRequest + "Endpoint request URI: " + invocations + name + `/invocations
Endpoint request headers: {x-amzn-lambda-integration-tag=R, x-amzn-apigateway-api-id=api, X-Amz-Source-Arn=arn:aws:execute-api:eu-west-1:1:api/prod/ANY/pets/{id}, Accept=application/json, User-Agent=AmazonAPIGateway_api, Host=lambda.eu-west-1.amazonaws.com, X-Amzn-Trace-Id=Root=T}
Endpoint request body after transformations: EVENT
Sending request to ` + invocations + name + `/invocations
Received response. Status: 200, Integration latency: N ms
Endpoint response headers: {Date=D, Content-Type=application/json, Content-Length=` + length + `, Connection=keep-alive, x-amzn-RequestId=LAMBDA, ` + failed + `x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST, X-Amzn-Trace-Id=Root=T}
Endpoint response body before transformations: `
}

// executionLogs are recorded (aws-behaviour-auth-websocket-logs.md, facts 41 to 50).
var executionLogs = map[string]struct {
	settings gateway.MethodSettings
	to       *gateway.RestIntegration
	want     string
}{
	"no log": {gateway.MethodSettings{LoggingLevel: "OFF", DataTrace: true, Rate: -1, Burst: -1}, toFunction("answers"), ""},
	"INFO": {infoLog, toFunction("answers"), toBegin + `Successfully completed execution
Method completed with status: 201
AWS Integration Endpoint RequestId : LAMBDA
X-ray Tracing ID : T
`},
	"HTTP_PROXY": {traceLog, proxyTo("http://one.example/pets?z=1", nil), toBegin + ofRequest + `Endpoint request URI: http://one.example/pets?z=1&b=2&a=1+x
Endpoint request headers: {X-Amzn-Apigateway-Api-Id=api, x-api-key=******123456, User-Agent=AmazonAPIGateway_api, X-Forwarded-Proto=http, X-Forwarded-For=192.0.2.1, X-Forwarded-Port=0, X-Amzn-Trace-Id=Root=T, Content-Type=text/plain}
Endpoint request body after transformations: in
put
Sending request to http://one.example/pets?z=1&b=2&a=1+x
Received response. Status: 200, Integration latency: N ms
Endpoint response headers: {}
Endpoint response body before transformations: 
Method response body after transformations: 
Method response headers: {x-amzn-Remapped-Content-Length=0, Content-Type=application/json}
Successfully completed execution
Method completed with status: 200
X-ray Tracing ID : T
`},
	"MOCK": {traceLog, mock("200", `{"id": "$input.params('id')"}`), toBegin + ofRequest + `Method response body after transformations: {"id": "7"}
Method response headers: {Content-Type=application/json}
Successfully completed execution
Method completed with status: 200
X-ray Tracing ID : T
`},
	"MOCK that fails": {errorLog, mock(`"200"`, ""), `Execution failed due to configuration error: Unable to parse statusCode. It should be an integer in the request template
Method completed with status: 500
`},
	"AWS_PROXY": {traceLog, toFunction("answers"), toLambda("answers", "32", "") + `{"statusCode":201,"body":"made"}
Method response body after transformations: made
Method response headers: {X-Amzn-Trace-Id=Root=T;Parent=P;Sampled=0, Content-Type=application/json}
Successfully completed execution
Method completed with status: 201
AWS Integration Endpoint RequestId : LAMBDA
X-ray Tracing ID : T
`},
	"AWS": {traceLog, custom(toFunction("answers"), gateway.RestAWS), strings.Replace(toLambda("answers", "32", ""), "EVENT", `{"n": 1}`, 1) + `{"statusCode":201,"body":"made"}
Method response body after transformations: {"statusCode":201,"body":"made"}
Method response headers: {X-Amzn-Trace-Id=Root=T;Parent=P;Sampled=0, Content-Type=application/json}
Successfully completed execution
Method completed with status: 200
AWS Integration Endpoint RequestId : LAMBDA
X-ray Tracing ID : T
`},
	"HTTP": {traceLog, custom(proxyTo("http://one.example/pets", nil), gateway.RestHTTP), toBegin + ofRequest + `Endpoint request URI: http://one.example/pets
Endpoint request headers: {X-Amzn-Apigateway-Api-Id=api, Accept=application/json, User-Agent=AmazonAPIGateway_api, X-Amzn-Trace-Id=Root=T, Content-Type=text/plain}
Endpoint request body after transformations: {"n": 1}
Sending request to http://one.example/pets
Received response. Status: 200, Integration latency: N ms
Endpoint response headers: {}
Endpoint response body before transformations: 
Method response body after transformations: 
Method response headers: {X-Amzn-Trace-Id=Root=T;Parent=P;Sampled=0, Content-Type=application/json}
Successfully completed execution
Method completed with status: 200
X-ray Tracing ID : T
`},
	"malformed answer": {traceLog, toFunction("malformed"), toLambda("malformed", "14", "") + `"Bad response"
Execution failed due to configuration error: Malformed Lambda proxy response
Method completed with status: 502
AWS Integration Endpoint RequestId : LAMBDA
X-ray Tracing ID : T
`},
	"failed function": {traceLog, toFunction("fails"), toLambda("fails", "77", "X-Amz-Function-Error=Unhandled, ") + `{"errorMessage":"Application error in a Lambda function","errorType":"Error"}
Lambda execution failed with status 200 due to customer function error: Application error in a Lambda function. Lambda request id: LAMBDA
Method completed with status: 502
AWS Integration Endpoint RequestId : LAMBDA
X-ray Tracing ID : T
`},
	"ERROR, no failure": {errorLog, toFunction("answers"), ""},
	"ERROR, slow function": {errorLog, toFunction("slow"), `Execution failed due to a timeout error
Method completed with status: 504
`},
	"ERROR, forbidden function": {errorLog, toFunction("forbidden"), `Execution failed due to configuration error: Invalid permissions on Lambda function
Method completed with status: 500
`},
	"ERROR, throttled function": {errorLog, toFunction("throttled"), `Lambda invocation failed with status: 429. Lambda request id: LAMBDA
Execution failed due to configuration error: Rate Exceeded.
Method completed with status: 500
`},
	"ERROR, no endpoint": {errorLog, proxyTo("https://${stageVariables.none}", nil), `Execution failed due to configuration error: Invalid endpoint address
Method completed with status: 500
`},
}

func TestExecutionLog(t *testing.T) {
	for name, tc := range executionLogs {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(journalOf(t, tc.settings, tc.to), "\n")
			got = regexp.MustCompile(`Parent=[0-9a-f]{16}`).ReplaceAllString(got, "Parent=P")
			if want := strings.TrimSuffix(tc.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestCanaryExecutionLog: a canary's calls are in a log group of their own too (fact 39).
func TestCanaryExecutionLog(t *testing.T) {
	kept := new(logGroups)
	w := world(&backends{})
	w.AccessLogs = accesslog.OpenSink(accesslog.SinkOptions{Groups: kept})
	in := restStage(resource("/x", get(proxyTo("http://one.example/", nil))))
	in.Stage.MethodSettings = map[string]gateway.MethodSettings{"~1x/GET": infoLog}
	in.Stage.Canary = &gateway.CanarySettings{Percent: 100}
	p, err := RestAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	run(p, "GET", "/x")
	w.AccessLogs.Close()
	want := []string{"API-Gateway-Execution-Logs_api/prod", "API-Gateway-Execution-Logs_api/prod/Canary"}
	if got := slices.Sorted(maps.Keys(kept.lines)); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
