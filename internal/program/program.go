// Package program holds a stage as it is executed: a router and, per route, a flat list of steps. compile makes
// programs, rollout swaps them, dataplane runs them. A program is immutable and owns nothing that must be closed, so a
// swap is one pointer store and a call keeps the program it began with.
//
// It may import exchange, gateway, telemetry and tracing.
package program

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/tracing"
)

// Program is a compiled stage.
type Program struct {
	// APIID and Stage say what was compiled; both are empty for the program that answers calls to no API.
	APIID, Stage string
	// REST says that it is of a REST API, whose paths match without slashes at their ends.
	REST   bool
	Router Router
	// NoRoute takes the calls that match no route.
	NoRoute *Route
	// Canary takes a share of the stage's calls; nil without one.
	Canary *Canary
	// Metrics are the series of this stage; nil counts nothing.
	Metrics *telemetry.Series
	// Log gets one line per refused call.
	Log *slog.Logger
	// Tracer follows calls; nil follows none.
	Tracer *tracing.Tracer
}

// Canary is the stage as another deployment has it, and its share of the calls, from 0 to 1.
type Canary struct {
	Program *Program
	Share   float64
}

// Route is what happens to the calls that match a route key.
type Route struct {
	// Key is the route key, such as "GET /pets/{id}"; empty for no route.
	Key string
	// ResourceID and Resource are a REST API's resource, by its id and its path.
	ResourceID, Resource string
	// Request are the steps until one answers or refuses; Always are those that run after them in any case.
	Request, Always []exchange.Step
	// Metrics are the route's own series; nil without detailed metrics.
	Metrics *telemetry.Series

	vars []variable
	// method and next are the router's: routes of the same path are chained up.
	method string
	next   *Route
}

// gather puts all steps into one piece of memory. See [Router] for why.
func (r *Route) gather() {
	steps, n := slices.Concat(r.Request, r.Always), len(r.Request)
	r.Request, r.Always = steps[:n:n], steps[n:]
}

// Match returns the route for a method and an escaped path without stage, and NoRoute if there is none.
func (p *Program) Match(method, path []byte) *Route {
	if p.REST {
		path = trimmed(path)
	}
	if r := p.Router.Find(method, path); r != nil {
		return r
	}
	return p.NoRoute
}

// release chooses the deployment that takes a call, by chance.
func (p *Program) release(x *exchange.Exchange) *Program {
	if p.Canary == nil {
		return p
	}
	if rand.Float64() < p.Canary.Share {
		x.Route.Release = exchange.CanaryRelease
		return p.Canary.Program
	}
	x.Route.Release = exchange.ProductionRelease
	return p
}

// Run carries a call from its first step to a complete response. path is the request's escaped path without the stage.
func (p *Program) Run(ctx context.Context, x *exchange.Exchange, path []byte) {
	p = p.release(x)
	x.Route.APIID, x.Route.Stage, x.Route.Path, x.REST = p.APIID, p.Stage, path, p.REST
	if p.REST {
		path = trimmed(x.Route.PlainPath())
	}
	route := p.Match(x.Request.Method, path)
	x.Route.Key, x.Route.ResourceID, x.Route.Resource = route.Key, route.ResourceID, route.Resource
	x.Route.Vars = route.bind(x.Route.Vars[:0], path)
	p.run(ctx, x, route)
}

// trimmed returns a path without a slash at its end: REST APIs take both (recorded: aws-behaviour.md, fact 7;
// aws-behaviour-http-api.md, fact 43).
func trimmed(path []byte) []byte {
	if n := len(path) - 1; n > 0 && path[n] == '/' {
		return path[:n]
	}
	return path
}

// Refuse answers a call that was refused before it could be routed, by its head or its size.
func (p *Program) Refuse(ctx context.Context, x *exchange.Exchange, fault *exchange.Fault) {
	x.Route.APIID, x.Route.Stage, x.REST = p.APIID, p.Stage, p.REST
	x.Fault = fault
	p.run(ctx, x, p.NoRoute)
}

func (p *Program) run(ctx context.Context, x *exchange.Exchange, route *Route) {
	if p.Tracer != nil {
		var call *tracing.Call
		ctx, call = p.Tracer.Begin(ctx, x, route.Key)
		defer call.End(x)
		walk(ctx, x, route.Request, call)
	} else {
		walk(ctx, x, route.Request, nil)
	}
	for i := range route.Always {
		step := &route.Always[i]
		if err := step.Run(ctx, x); err != nil {
			p.Log.ErrorContext(ctx, "step failed after the answer", "step", step.Name, "error", err, "requestId", string(x.ID))
		}
	}
	measure(p.Metrics, route.Metrics, x)
	if x.Fault != nil {
		p.logFault(ctx, x)
	}
}

// walk runs steps until one answers or refuses. call is nil for one that is not followed.
func walk(ctx context.Context, x *exchange.Exchange, steps []exchange.Step, call *tracing.Call) {
	if x.Fault != nil {
		return
	}
	for i := range steps {
		step := &steps[i]
		in := ctx
		if call != nil {
			in = call.Step(ctx, x, step)
		}
		if err := step.Run(in, x); err != nil {
			x.Fault = asFault(step, err)
			break
		}
		if x.Answered() {
			break
		}
	}
	if call != nil {
		call.Answered(x)
	}
}

func asFault(step *exchange.Step, err error) *exchange.Fault {
	var fault *exchange.Fault
	if !errors.As(err, &fault) {
		fault = exchange.Refuse(exchange.KindInternal, err)
	}
	fault.Step = step.Name
	return fault
}

func (p *Program) logFault(ctx context.Context, x *exchange.Exchange) {
	level := slog.LevelInfo
	if x.Fault.Kind == exchange.KindInternal {
		level = slog.LevelError
	}
	if !p.Log.Enabled(ctx, level) {
		return
	}
	p.Log.LogAttrs(ctx, level, "call refused",
		slog.String("requestId", string(x.ID)),
		slog.String("api", x.Route.APIID), slog.String("stage", x.Route.Stage), slog.String("route", x.Route.Key),
		slog.String("method", string(x.Request.Method)), slog.String("path", string(x.Request.Path)),
		slog.String("fault", x.Fault.Kind.String()), slog.String("step", x.Fault.Step),
		slog.Int("status", x.Response.Status), slog.Any("cause", x.Fault.Cause))
}
