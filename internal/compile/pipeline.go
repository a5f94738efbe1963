package compile

import (
	"context"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/step/respond"
)

// httpRoute is the order of steps for HTTP APIs, and the only place that states it.
func httpRoute(key string, integrate exchange.Step, world World) *program.Route {
	route := &program.Route{
		Key: key,
		Request: []exchange.Step{
			integrate,
		},
		Always: []exchange.Step{
			respond.HTTPAPI(),
		},
	}
	if world.Observe != nil {
		route.Always = append(route.Always, observe(world.Observe))
	}
	return route
}

// observe shows the call to whoever watches.
func observe(show func(*exchange.Exchange)) exchange.Step {
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
