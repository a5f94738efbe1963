// Package compile turns a stage into a program: the frozen part, a deployment's snapshot, with the live part, the
// stage's and the API's settings. It is pure: no I/O, no clock, no goroutine. What a program needs of the world (the
// client for back ends, metrics, the log) is handed in and outlives the program.
//
// It may import gateway, exchange, program, telemetry, the steps and the engines that they run on: jwt, lambda, policy,
// selection, template, usage.
package compile

import (
	"fmt"
	"log/slog"
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/step/cache"
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/mapping"
	"github.com/dipylon/dipylon/internal/step/ratelimit"
	"github.com/dipylon/dipylon/internal/step/respond"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/step/validate"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/tracing"
	"github.com/dipylon/dipylon/internal/usage"
)

// World is what programs use and do not own.
type World struct {
	Backends integrate.Backends
	// Groups are the back ends of private integrations.
	Groups  integrate.Groups
	Buckets *throttle.Buckets
	// Usage has the API keys and what they have used of their plans.
	Usage *usage.Directory
	// Limiters are the buckets of rate limits by caller.
	Limiters *ratelimit.Limiters
	Issuers  *jwt.Issuers
	// Identities may sign calls to routes with AWS_IAM.
	Identities Identities
	// Networks tell which calls come through VPC endpoints; nil for none.
	Networks *authorize.Networks
	Metrics  *telemetry.Metrics
	Log      *slog.Logger
	// Services is how AWS services are called.
	Services Services
	// Functions finds the functions of integrations and authorizers; nil where none run. Authorizers remembers what
	// authorizers' functions answered.
	Functions   func(gateway.FunctionRef, lambda.Caller) Function
	Authorizers *authorize.Cache
	// Cache has the cached responses of REST APIs' stages; nil where nothing is cached.
	Cache *cache.Store
	// AccessLogs takes the lines of stages that log their calls.
	AccessLogs *accesslog.Sink
	// AccountLimit holds for all APIs of an account and region together; nil for none.
	AccountLimit *throttle.Limit
	// MaxPayload is how many bytes a request's body may have; 0 means no limit but the listener's.
	MaxPayload int64
	// StreamRate is in bytes per second what streamed responses are held to beyond their first 10 MB; 0 is no limit.
	StreamRate int64
	// Tracer follows calls; nil follows none.
	Tracer *tracing.Tracer
	// Observe, if not nil, is shown every answered call.
	Observe func(*exchange.Exchange)
}

// Function is a Lambda function as one caller calls it; it need not exist. [lambda.Directory] has them, and its can be called
// asynchronously too.
type Function interface{ integrate.Function }

// Stage is what a program is made of.
type Stage struct {
	Tenant   gateway.Tenant
	API      gateway.API
	Stage    gateway.Stage
	Snapshot gateway.Snapshot
}

// HTTPAPI compiles a stage of an HTTP API. The control plane accepts only what compiles, so an error here means that
// the store holds what this binary would not have accepted.
func HTTPAPI(in Stage, world World) (*program.Program, error) {
	c := &compiler{Stage: in, world: world, respond: respond.HTTPAPI(respond.NewCORS(in.API.CORS))}
	c.options = selection.Options{StageVariables: in.Stage.Variables, AccountID: in.Tenant.Account}
	var err error
	if c.accessLog, err = c.logCalls(); err != nil {
		return nil, err
	}
	if c.extensions, err = extensionsOf(&in); err != nil {
		return nil, err
	}
	world.Metrics.Own(in.API.ID, telemetry.Owner{Account: in.Tenant.Account, Region: in.Tenant.Region, Name: in.API.Name})
	p := &program.Program{
		APIID: in.API.ID, Stage: in.Stage.Name,
		NoRoute: c.noRoute(),
		Metrics: world.Metrics.Stage(in.API.ID, in.Stage.Name),
		Log:     world.Log, Tracer: world.Tracer,
	}
	integrations := make(map[string]*gateway.Integration, len(in.Snapshot.Integrations))
	for i := range in.Snapshot.Integrations {
		integrations[in.Snapshot.Integrations[i].ID] = &in.Snapshot.Integrations[i]
	}
	for i := range in.Snapshot.Routes {
		route := &in.Snapshot.Routes[i]
		key, err := gateway.ParseRouteKey(route.Key)
		if err != nil {
			return nil, err
		}
		compiled, err := c.route(route, key, integrations[route.IntegrationID])
		if err != nil {
			return nil, err
		}
		if err := p.Router.Add(key, compiled); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// compiler holds what the routes of a stage share.
type compiler struct {
	Stage
	world              World
	options            selection.Options
	respond, accessLog exchange.Step
	extensions         extensions
}

func (c *compiler) route(route *gateway.Route, key gateway.RouteKey, in *gateway.Integration) (*program.Route, error) {
	own, err := readExtensions(route.Extensions)
	if err != nil {
		return nil, fmt.Errorf("route %s: %w", route.Key, err)
	}
	steps := httpSteps{
		authorize: c.authorize(route),
		throttle:  throttleRoute(&c.Stage, route.Key, c.world),
		integrate: c.integration(in, route.Key, key),
		respond:   c.respond,
		accessLog: c.accessLog,
	}
	at := ratelimit.Place{Region: c.Tenant.Region, API: c.API.ID, Stage: c.Stage.Stage.Name, Route: route.Key}
	steps.limitCallers, steps.limitClaims = ratelimit.Steps(c.world.Limiters, at, c.extensions.rateLimit, own.rateLimit)
	if own.validation == nil {
		own.validation = c.extensions.validation
	}
	steps.validate = validate.Step(own.validation)
	if in != nil {
		if steps.mapRequest, steps.mapResponse, err = c.mapping(in); err != nil {
			steps.integrate = integrate.Broken(err)
		}
	}
	r := httpRoute(route.Key, steps, c.world)
	if c.Stage.Stage.Settings(route.Key).DetailedMetrics {
		r.Metrics = c.world.Metrics.Route(c.API.ID, c.Stage.Stage.Name, route.Key)
	}
	return r, nil
}

// noRoute takes the calls that match no route. With CORS it answers preflights.
func (c *compiler) noRoute() *program.Route {
	steps := httpSteps{integrate: fault(exchange.KindRouteNotFound), respond: c.respond, accessLog: c.accessLog}
	if c.API.CORS != nil {
		steps.authorize = respond.Preflight()
	}
	return httpRoute("", steps, c.world)
}

func (c *compiler) mapping(in *gateway.Integration) (request, response exchange.Step, err error) {
	if len(in.RequestParameters) > 0 && in.Subtype == "" {
		if request, err = mapping.Request(in.RequestParameters, c.options); err != nil {
			return request, response, err
		}
	}
	if len(in.ResponseParameters) > 0 {
		response, err = mapping.Response(in.ResponseParameters, c.options)
	}
	return request, response, err
}

func (c *compiler) logCalls() (exchange.Step, error) {
	log := c.Stage.Stage.AccessLog
	if log == nil {
		return exchange.Step{}, nil
	}
	destination, err := c.world.AccessLogs.Destination(log.Destination)
	if err != nil {
		return exchange.Step{}, err
	}
	return accesslog.New(accesslog.Config{Format: log.Format, Writer: destination, Options: c.options})
}

// Answering returns a program that refuses every call with one kind of fault: for calls that reach no stage or no API.
// Names may be empty.
func Answering(kind exchange.Kind, apiID, stage string, world World) *program.Program {
	return &program.Program{
		APIID: apiID, Stage: stage,
		NoRoute: httpRoute("", httpSteps{integrate: fault(kind), respond: respond.HTTPAPI(nil)}, world),
		Metrics: world.Metrics.Stage(apiID, stage),
		Log:     world.Log, Tracer: world.Tracer,
	}
}

// integration compiles the step that calls the back end. What cannot be called, as for want of a stage variable,
// becomes a step that refuses: on AWS too the call fails and not the deployment.
func (c *compiler) integration(in *gateway.Integration, routeKey string, key gateway.RouteKey) exchange.Step {
	if in == nil {
		return integrate.Broken(integrate.ErrNoTarget)
	}
	switch in.Type {
	case gateway.HTTPProxy:
		cfg := integrate.HTTPProxyConfig{
			Integration: *in, Route: key, StageVariables: c.Stage.Stage.Variables, Backends: c.world.Backends,
		}
		if in.VPCLinkID != "" {
			return integrate.Private(cfg, c.world.Groups, c.Stage.Stage.Name)
		}
		step, err := integrate.HTTPProxy(cfg)
		if err != nil {
			return integrate.Broken(err)
		}
		return step
	case gateway.AWSProxy:
		if in.Subtype != "" {
			return c.service(in)
		}
		return c.function(in, routeKey)
	}
	return integrate.Broken(integrate.ErrUnknownType)
}

// throttleRoute limits a route by its own settings and by the account's. What the settings leave open is the account's.
func throttleRoute(in *Stage, key string, world World) exchange.Step {
	var gates []throttle.Gate
	settings := in.Stage.Settings(key)
	at := throttle.Key{Account: in.Tenant.Account, Region: in.Tenant.Region}
	if settings.Rate != nil || settings.Burst != nil {
		limit := throttle.Limit{Rate: math.Inf(1), Burst: math.MaxInt}
		if world.AccountLimit != nil {
			limit = *world.AccountLimit
		}
		if settings.Rate != nil {
			limit.Rate = *settings.Rate
		}
		if settings.Burst != nil {
			limit.Burst = *settings.Burst
		}
		route := at
		route.API, route.Stage, route.Route = in.API.ID, in.Stage.Name, key
		gates = append(gates, throttle.Gate{Limit: limit, Bucket: world.Buckets.Get(route), Scope: "route"})
	}
	if world.AccountLimit != nil {
		gates = append(gates, throttle.Gate{Limit: *world.AccountLimit, Bucket: world.Buckets.Get(at), Scope: "account"})
	}
	if len(gates) == 0 {
		return exchange.Step{}
	}
	return throttle.Step(world.Buckets, gates...)
}
