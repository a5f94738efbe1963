package integrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/upstream"
)

// What execution logs say of calls to back ends, in AWS's words and order (recorded:
// aws-behaviour-auth-websocket-logs.md, facts 42, 43 and 50). All of it is data trace but for failures.

// sayRequest tells what is going to be sent.
func sayRequest(j *exchange.Journal, uri string, header exchange.Hashed, body []byte) {
	if !j.On(exchange.JournalData) {
		return
	}
	j.Sayf(exchange.JournalData, "Endpoint request URI: %s", uri)
	j.Sayf(exchange.JournalData, "Endpoint request headers: %s", header)
	j.Sayf(exchange.JournalData, "Endpoint request body after transformations: %s", exchange.Payload(body))
	j.Sayf(exchange.JournalData, "Sending request to %s", uri)
}

// sayResponse tells what has come back.
func sayResponse(x *exchange.Exchange, status int, header exchange.Listed, body []byte) {
	j := x.Journal
	if !j.On(exchange.JournalData) {
		return
	}
	j.Sayf(exchange.JournalData, "Received response. Status: %d, Integration latency: %d ms", status, x.Integration.Latency.Milliseconds())
	j.Sayf(exchange.JournalData, "Endpoint response headers: %s", header)
	j.Sayf(exchange.JournalData, "Endpoint response body before transformations: %s", exchange.Payload(body))
}

// sayRequest tells what an HTTP back end of a REST API is sent.
func (p *httpProxy) sayRequest(x *exchange.Exchange, req *upstream.Request) {
	if !p.rest || !x.Journal.On(exchange.JournalData) {
		return
	}
	sayRequest(x.Journal, p.uri.scheme+"://"+p.uri.authority+string(req.RequestTarget), req.Header.Fields(), req.Body.Known())
}

// sayResponse tells what it has answered. As much of the body as the log shows is waited for.
func (p *httpProxy) sayResponse(ctx context.Context, x *exchange.Exchange) error {
	if !p.rest || !x.Journal.On(exchange.JournalData) {
		return nil
	}
	if err := x.Response.Body.ReadAhead(exchange.JournalAhead); err != nil {
		x.Integration.Error = err.Error()
		if ctx.Err() != nil {
			return exchange.Refuse(exchange.KindClientGone, err)
		}
		return exchange.Refuse(exchange.KindIntegrationFailure, err)
	}
	sayResponse(x, x.Response.Status, x.Response.Header.Fields(), x.Response.Body.Known())
	return nil
}

// functionWords are what logs say of a function that a REST API calls.
type functionWords struct {
	uri, host, api, source string
}

func wordsOf(cfg *RESTLambdaConfig) functionWords {
	host := "lambda." + cfg.Ref.Tenant.Region + ".amazonaws.com"
	return functionWords{
		uri:  "https://" + host + "/2015-03-31/functions/" + cfg.Ref.ARN() + "/invocations",
		host: host, api: cfg.APIID, source: cfg.SourceARN,
	}
}

// requestHead is the head of the call to Lambda's API that a call stands for. Calls to functions that run here are not
// signed.
func (w *functionWords) requestHead(x *exchange.Exchange) []exchange.Field {
	return fieldsOf(
		"x-amzn-lambda-integration-tag", string(x.ID), "x-amzn-apigateway-api-id", w.api, "X-Amz-Source-Arn", w.source,
		"Accept", "application/json", "User-Agent", "AmazonAPIGateway_"+w.api, "Host", w.host, "X-Amzn-Trace-Id", string(x.TraceID()),
	)
}

// sayRequest tells what the function is asked.
func (w *functionWords) sayRequest(x *exchange.Exchange, event []byte) {
	if x.REST && x.Journal.On(exchange.JournalData) {
		sayRequest(x.Journal, w.uri, w.requestHead(x), event)
	}
}

// responseHead is what Lambda's Invoke would have answered with.
func responseHead(x *exchange.Exchange, out *lambda.Result) []exchange.Field {
	fields := fieldsOf("Date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	if out.Payload != nil {
		fields = append(fields, fieldsOf("Content-Type", "application/json")...)
	}
	fields = append(fields, fieldsOf(
		"Content-Length", fmt.Sprint(len(out.Payload)), "Connection", "keep-alive", "x-amzn-RequestId", string(x.Integration.RequestID))...)
	if out.FunctionError != "" {
		fields = append(fields, fieldsOf("X-Amz-Function-Error", out.FunctionError)...)
	}
	fields = append(fields, fieldsOf("x-amzn-Remapped-Content-Length", "0")...)
	if out.Version != "" {
		fields = append(fields, fieldsOf("X-Amz-Executed-Version", out.Version)...)
	}
	return append(fields, fieldsOf("X-Amzn-Trace-Id", string(x.TraceID()))...)
}

// sayResponse tells what Lambda's Invoke would have answered.
func (w *functionWords) sayResponse(x *exchange.Exchange, status int, out *lambda.Result) {
	if x.REST && x.Journal.On(exchange.JournalData) {
		sayResponse(x, status, responseHead(x, out), out.Payload)
	}
}

// sayFailed tells that the function failed, or that its answer is none.
func (w *functionWords) sayFailed(x *exchange.Exchange, out *lambda.Result, err error) {
	j := x.Journal
	switch {
	case !x.REST || !j.On(exchange.JournalError):
	case out.FunctionError != "":
		var failure struct{ ErrorMessage string }
		_ = json.Unmarshal(out.Payload, &failure) // what is no error object has no message
		j.Sayf(exchange.JournalError, "Lambda execution failed with status %d due to customer function error: %s. Lambda request id: %s",
			statusInvoked, failure.ErrorMessage, x.Integration.RequestID)
	case errors.Is(err, content.ErrBase64):
		j.Sayf(exchange.JournalError, "Execution failed due to configuration error: %v", content.ErrBase64)
	default:
		j.Sayf(exchange.JournalError, "Execution failed due to configuration error: Malformed Lambda proxy response")
	}
}

// sayNotInvoked tells that the function was not run. What is not said here is said of the fault.
func (w *functionWords) sayNotInvoked(x *exchange.Exchange, err error) {
	j := x.Journal
	var failed *lambda.Error
	if !x.REST || !j.On(exchange.JournalError) || !errors.As(err, &failed) {
		return
	}
	switch failed.Kind { //nolint:exhaustive // the others are not established
	case lambda.Forbidden:
		j.Sayf(exchange.JournalError, "Execution failed due to configuration error: Invalid permissions on Lambda function")
	case lambda.NotAssumed:
		j.Sayf(exchange.JournalError, "Execution failed due to configuration error: %s", failed.Message)
	case lambda.Throttled:
		j.Sayf(exchange.JournalError, "Lambda invocation failed with status: %d. Lambda request id: %s", statusThrottled, x.Integration.RequestID)
		j.Sayf(exchange.JournalError, "Execution failed due to configuration error: Rate Exceeded.")
	}
}

// fieldsOf makes fields of names and values.
func fieldsOf(pairs ...string) []exchange.Field {
	fields := make([]exchange.Field, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, exchange.Field{Name: []byte(pairs[i]), Value: []byte(pairs[i+1])})
	}
	return fields
}
