package compile

import (
	"context"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
)

// Health returns the program that answers /ping and /sping on an API's host, which are API Gateway's own
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html). The texts were seen by
// apex/up issue 556, of a REST API, and by serverless/examples issue 667, of an HTTP API.
func Health(apiID string, rest bool, world World) *program.Program {
	body := []byte("Healthy Connection")
	if rest {
		body = []byte("healthy")
	}
	return &program.Program{
		APIID: apiID, REST: rest,
		NoRoute: &program.Route{Request: []exchange.Step{{
			Name: "health", Detail: "answer 200",
			Run: func(_ context.Context, x *exchange.Exchange) error {
				x.Response.Status, x.Response.Body = 200, exchange.Body{Bytes: body}
				x.Response.Header.Add(contentType, plainText)
				return nil
			},
		}}},
		Metrics: world.Metrics.Stage(apiID, ""),
		Log:     world.Log,
	}
}

var contentType, plainText = []byte("Content-Type"), []byte("text/plain")
