package apigatewayv2

import (
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// applyAccessLog changes where and how a stage's calls are logged.
func applyAccessLog(_ *gateway.Stage, in *gen.AccessLogSettings) error {
	if in == nil || text(in.DestinationArn) == "" && text(in.Format) == "" {
		return nil
	}
	return notBuilt("access logs")
}

func accessLogOutput(log *gateway.AccessLog) *gen.AccessLogSettings {
	if log == nil {
		return nil
	}
	return &gen.AccessLogSettings{DestinationArn: &log.Destination, Format: &log.Format}
}
