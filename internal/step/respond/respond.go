// Package respond completes the response: it renders faults, as the only place that does, answers preflight requests, and
// adds CORS headers and the request id.
//
// It runs always, after the steps that answer or refuse. It may import exchange, gateway and jsontext.
package respond

import (
	"context"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the step's name.
const Name = "respond"

// HTTPAPI returns the step for HTTP APIs; cors is nil for an API without CORS. A fault becomes compact JSON without
// X-Amzn-ErrorType, and every answer carries the request id (recorded: aws-behaviour-http-api.md, facts 1, 3 and 4).
func HTTPAPI(cors *CORS) exchange.Step {
	s := httpAPI{cors: cors}
	detail := "render faults, add Apigw-Requestid"
	if cors != nil {
		detail = "render faults, add CORS headers and Apigw-Requestid"
	}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}
}

type httpAPI struct{ cors *CORS }

var (
	contentType     = []byte("Content-Type")
	json            = []byte("application/json")
	requestID       = []byte("Apigw-Requestid")
	requestIDLower  = []byte("apigw-requestid")
	wwwAuthenticate = []byte("www-authenticate")
	retryAfter      = []byte("Retry-After")
	errorType       = []byte("x-amzn-ErrorType")
	forbidden       = []byte("ForbiddenException")
)

func (s *httpAPI) run(_ context.Context, x *exchange.Exchange) error {
	if x.Fault != nil {
		render(x)
	}
	if s.cors != nil {
		s.cors.apply(x)
	}
	x.Response.Header.Del("Apigw-Requestid")
	// A refused token has the id in lower case, all other answers in this (recorded: fact 3).
	if x.Fault != nil && x.Fault.Challenge != "" {
		x.Response.Header.Add(wwwAuthenticate, []byte(x.Fault.Challenge))
		x.Response.Header.Add(requestIDLower, x.ID)
		return nil
	}
	x.Response.Header.Add(requestID, x.ID)
	return nil
}

// render replaces whatever response there is by the fault's.
func render(x *exchange.Exchange) {
	_ = x.Response.Body.Close() // nobody reads on
	def := x.Fault.Kind.Default()
	x.Response.Status = def.Status
	x.Response.Header.Reset()
	x.Response.Header.Add(contentType, json)
	if x.Fault.Kind == exchange.KindUnknownAPI {
		x.Response.Header.Add(errorType, forbidden)
	}
	if after := x.Fault.RetryAfter; after > 0 {
		x.Response.Header.Add(retryAfter, strconv.AppendInt(x.Alloc(maxDigits)[:0], after, 10))
	}
	body := x.Alloc(len(def.Message) + len(x.Fault.Details) + len(`{"message":"","errors":}`) + quoteSlack)[:0]
	body = append(body, `{"message":`...)
	body = strconv.AppendQuoteToASCII(body, def.Message)
	if x.Fault.Details != nil {
		body = append(append(body, `,"errors":`...), x.Fault.Details...)
	}
	x.Response.Body = exchange.Body{Bytes: append(body, '}')}
}

const (
	// quoteSlack is room for escapes in a message; the default messages have none.
	quoteSlack = 16
	// maxDigits is room for an int64.
	maxDigits = 20
)
