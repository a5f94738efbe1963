package compile

import (
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// How long a stream may stand still, at edge-optimised and at other endpoints
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
const (
	idleEdge = 30 * time.Second
	idle     = 5 * time.Minute
)

// streaming is how an integration's answer is passed on as it comes; nil if it is not.
func (c *restCompiler) streaming(in *gateway.RestIntegration) *integrate.Streaming {
	if in.TransferMode != gateway.TransferStream {
		return nil
	}
	s := &integrate.Streaming{Idle: idle, Rate: c.world.StreamRate}
	if slices.Contains(c.rest.Snapshot.API.Endpoint.Types, gateway.EndpointEdge) {
		s.Idle = idleEdge
	}
	return s
}

// trialMillis is how long TestInvokeMethod waits for a stream
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html).
const trialMillis = 35_000

// timeout is an integration's in milliseconds.
func (c *restCompiler) timeout(in *gateway.RestIntegration) int {
	if c.rest.trial && in.TransferMode == gateway.TransferStream {
		return min(in.TimeoutMillis, trialMillis)
	}
	return in.TimeoutMillis
}

// invocationURI is a function's URI as one that does not stream has it. A streaming invocation has another
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
func invocationURI(in *gateway.RestIntegration) string {
	if in.TransferMode != gateway.TransferStream {
		return in.URI
	}
	uri, ok := strings.CutSuffix(in.URI, "/response-streaming-invocations")
	if !ok {
		return in.URI
	}
	return strings.Replace(uri, ":path/2021-11-15/functions/", ":path/2015-03-31/functions/", 1) + "/invocations"
}
