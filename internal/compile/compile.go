// Package compile turns a stage into a program: the frozen part, a deployment's snapshot, with the live part, the
// stage's and the API's settings. It is pure: no I/O, no clock, no goroutine. What a program needs of the world (the
// client for back ends, metrics, the log) is handed in and outlives the program.
//
// It may import gateway, exchange, program, telemetry, the steps and the engines that they run on: jwt, policy, selection.
package compile

import (
	"log/slog"
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/respond"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// World is what programs use and do not own.
type World struct {
	Backends integrate.Backends
	Buckets  *throttle.Buckets
	Issuers  *jwt.Issuers
	// Identities may sign calls to routes with AWS_IAM.
	Identities Identities
	Metrics    *telemetry.Metrics
	Log        *slog.Logger
	// AccountLimit holds for all APIs of an account and region together; nil for none.
	AccountLimit *throttle.Limit
	// Observe, if not nil, is shown every answered call.
	Observe func(*exchange.Exchange)
}

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
	respondStep := respond.HTTPAPI(respond.NewCORS(in.API.CORS))
	noRoute := httpSteps{integrate: fault(exchange.KindRouteNotFound), respond: respondStep}
	p := &program.Program{
		APIID: in.API.ID, Stage: in.Stage.Name,
		NoRoute: httpRoute("", noRoute, world),
		Metrics: world.Metrics.Stage(in.API.ID, in.Stage.Name),
		Log:     world.Log,
	}
	if in.API.CORS != nil {
		p.NoRoute.Request = append([]exchange.Step{respond.Preflight()}, p.NoRoute.Request...)
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
		steps := httpSteps{
			authorize: authorizeRoute(&in, route, world),
			throttle:  throttleRoute(&in, route.Key, world),
			integrate: integration(integrations[route.IntegrationID], key, &in, world),
			respond:   respondStep,
		}
		if err := p.Router.Add(key, httpRoute(route.Key, steps, world)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Answering returns a program that refuses every call with one kind of fault: for calls that reach no stage or no API.
// Names may be empty.
func Answering(kind exchange.Kind, apiID, stage string, world World) *program.Program {
	return &program.Program{
		APIID: apiID, Stage: stage,
		NoRoute: httpRoute("", httpSteps{integrate: fault(kind), respond: respond.HTTPAPI(nil)}, world),
		Metrics: world.Metrics.Stage(apiID, stage),
		Log:     world.Log,
	}
}

// integration compiles the step that calls the back end. What cannot be called, as for want of a stage variable,
// becomes a step that refuses: on AWS too the call fails and not the deployment.
func integration(in *gateway.Integration, key gateway.RouteKey, stage *Stage, world World) exchange.Step {
	if in == nil {
		return integrate.Broken(integrate.ErrNoTarget)
	}
	if in.VPCLinkID != "" || len(in.RequestParameters) > 0 || len(in.ResponseParameters) > 0 {
		return integrate.Broken(integrate.ErrUnknownType)
	}
	switch in.Type {
	case gateway.HTTPProxy:
		step, err := integrate.HTTPProxy(integrate.HTTPProxyConfig{
			Integration: *in, Route: key, StageVariables: stage.Stage.Variables, Backends: world.Backends,
		})
		if err != nil {
			return integrate.Broken(err)
		}
		return step
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

// CheckURI says whether an integration's URI can be called, whatever the stage's variables will be. The control plane
// asks before it accepts one.
func CheckURI(uri string) error { return integrate.CheckURI(uri) }
