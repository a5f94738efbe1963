package compile

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/compress"
)

// compress fills in the steps for content codings. Streamed responses have none
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
func (c *restCompiler) compress(steps *restSteps, m *gateway.Method) {
	cfg := compress.Config{Minimum: c.rest.Snapshot.API.MinimumCompressionSize, MaxPayload: c.world.MaxPayload}
	steps.decompress = compress.Requests(cfg)
	if in := m.Integration; in == nil || in.TransferMode != gateway.TransferStream {
		steps.compress = compress.Responses(cfg)
	}
}
