package program

import (
	"io"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// measure counts a call that has its response ready, for the stage and, if route is not nil, for the route
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html). AWS does not say what
// DataProcessed counts; here it is the payloads, and that of a request whose length nobody said is not known.
func measure(stage, route *telemetry.Series, x *exchange.Exchange) {
	if stage == nil { // a trial
		return
	}
	latency := time.Since(x.Received)
	processed := max(x.Request.Body.Len(), 0) + max(x.Response.Body.Len(), 0)
	stage.Observe(x.Response.Status, latency, x.Integration.Latency)
	stage.Process(processed)
	if x.Fault != nil {
		stage.Refused(x.Fault.Step, x.Fault.Kind.String())
	}
	if route != nil {
		route.Observe(x.Response.Status, latency, x.Integration.Latency)
		route.Process(processed)
	}
	if x.Response.Body.Len() < 0 {
		x.Response.Body.Stream = &measured{ReadCloser: x.Response.Body.Stream, stage: stage, route: route}
	}
}

// measured counts a payload of unknown length as it passes.
type measured struct {
	io.ReadCloser
	stage, route *telemetry.Series
}

// Read implements io.Reader.
func (m *measured) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.stage.ProcessMore(int64(n))
	if m.route != nil {
		m.route.ProcessMore(int64(n))
	}
	return n, err
}
