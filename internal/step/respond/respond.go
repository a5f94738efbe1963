// Package respond completes the response: it renders faults, as the only place that does, and adds the request id.
//
// It runs always, after the steps that answer or refuse. It may import exchange.
package respond

import (
	"context"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// HTTPAPI returns the step for HTTP APIs. A fault becomes compact JSON without X-Amzn-ErrorType, and every answer
// carries Apigw-Requestid (recorded: aws-behaviour-http-api.md, facts 1, 3 and 4).
func HTTPAPI() exchange.Step {
	return exchange.Step{Name: "respond", Detail: "render faults, add Apigw-Requestid", Run: httpAPI}
}

var (
	contentType = []byte("Content-Type")
	json        = []byte("application/json")
	requestID   = []byte("Apigw-Requestid")
	errorType   = []byte("x-amzn-ErrorType")
	forbidden   = []byte("ForbiddenException")
)

func httpAPI(_ context.Context, x *exchange.Exchange) error {
	if x.Fault != nil {
		render(x)
	}
	x.Response.Header.Del("Apigw-Requestid")
	x.Response.Header.Add(requestID, x.ID)
	return nil
}

// render replaces whatever response there is by the fault's.
func render(x *exchange.Exchange) {
	_ = x.Response.Body.Close()
	def := x.Fault.Kind.Default()
	x.Response.Status = def.Status
	x.Response.Header.Reset()
	x.Response.Header.Add(contentType, json)
	if x.Fault.Kind == exchange.KindUnknownAPI {
		x.Response.Header.Add(errorType, forbidden)
	}
	body := x.Alloc(len(def.Message) + len(`{"message":""}`) + quoteSlack)[:0]
	body = append(body, `{"message":`...)
	body = strconv.AppendQuoteToASCII(body, def.Message)
	x.Response.Body = exchange.Body{Bytes: append(body, '}')}
}

// quoteSlack is room for escapes in a message; the default messages have none.
const quoteSlack = 16
