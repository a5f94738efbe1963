package compile

import (
	"context"
	"slices"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
)

// httpSteps are the steps of a route of an HTTP API that depend on its configuration. Those without Run are left out.
type httpSteps struct {
	limitCallers, authorize, limitClaims, throttle, validate, mapRequest, integrate, mapResponse, respond, accessLog exchange.Step
}

// httpRoute is the order of steps for HTTP APIs, and the only place that states it.
func httpRoute(key string, steps httpSteps, world World) *program.Route {
	return &program.Route{
		Key: key,
		Request: present(
			steps.limitCallers,
			steps.authorize,
			steps.limitClaims,
			steps.throttle,
			steps.validate,
			steps.mapRequest,
			steps.integrate,
		),
		Always: present(
			steps.mapResponse,
			steps.respond,
			steps.accessLog,
			observe(world.Observe),
		),
	}
}

// restSteps are the steps of a method of a REST API that depend on its configuration. Those without Run are left out.
type restSteps struct {
	begin, unbuilt, authorize, apiKey, throttle, spend, decompress, start, validate, lookUp, mapRequest, integrate exchange.Step
	mapResponse, keep, respond, end, compress, accessLog                                                           exchange.Step
}

// restRoute is the order of steps for REST APIs, and the only place that states it. It is AWS's
// (aws-behaviour-auth-websocket-logs.md, fact 25). begin, start and end are the execution log's.
func restRoute(key string, steps restSteps, world World) *program.Route {
	return &program.Route{
		Key: key,
		Request: present(
			steps.begin,
			steps.unbuilt,
			steps.authorize,
			steps.apiKey,
			steps.throttle,
			steps.spend,
			steps.decompress,
			steps.start,
			steps.validate,
			steps.lookUp,
			steps.mapRequest,
			steps.integrate,
		),
		Always: present(
			steps.mapResponse,
			steps.keep,
			steps.respond,
			steps.end,
			steps.compress,
			steps.accessLog,
			observe(world.Observe),
		),
	}
}

func present(steps ...exchange.Step) []exchange.Step {
	return slices.DeleteFunc(steps, func(s exchange.Step) bool { return s.Run == nil })
}

// observe shows the call to whoever watches.
func observe(show func(*exchange.Exchange)) exchange.Step {
	if show == nil {
		return exchange.Step{}
	}
	return exchange.Step{Name: "observe", Detail: "show the call", Run: func(_ context.Context, x *exchange.Exchange) error {
		show(x)
		return nil
	}}
}

// fault is a step that refuses every call.
func fault(kind exchange.Kind) exchange.Step {
	return exchange.Step{
		Name:   "route",
		Detail: "refuse: " + kind.String(),
		Run: func(context.Context, *exchange.Exchange) error {
			return exchange.Refuse(kind, nil)
		},
	}
}
