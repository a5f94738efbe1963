package apigatewayv2

import (
	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// applyAccessLog changes where and how a stage's calls are logged; the texts of refusals are fact 63's.
func applyAccessLog(stage *gateway.Stage, in *gen.AccessLogSettings) error {
	if in == nil || text(in.DestinationArn) == "" && text(in.Format) == "" {
		return nil
	}
	log := gateway.AccessLog{}
	if stage.AccessLog != nil {
		log = *stage.AccessLog
	}
	replace(&log.Destination, in.DestinationArn)
	replace(&log.Format, in.Format)
	if err := compile.CheckAccessLog(log.Destination, log.Format); err != nil {
		return badRequest("%v", err)
	}
	stage.AccessLog = &log
	return nil
}

func accessLogOutput(log *gateway.AccessLog) *gen.AccessLogSettings {
	if log == nil {
		return nil
	}
	return &gen.AccessLogSettings{DestinationArn: &log.Destination, Format: &log.Format}
}
