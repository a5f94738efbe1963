package compile

import (
	"context"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/authorize"
)

// Identities are the callers that may sign calls.
type Identities struct {
	Verifier authorize.Verifier
	// Policies are what access keys may do, by their ids.
	Policies map[string]*policy.Policy
}

// authorize compiles who may call a route. What cannot be decided refuses every call: it fails closed.
func (c *compiler) authorize(route *gateway.Route) exchange.Step {
	switch route.Authorization {
	case gateway.Anyone:
		return exchange.Step{}
	case gateway.JWT:
		if a := c.authorizer(route.AuthorizerID); a != nil && a.Type == gateway.JWTAuthorizer {
			return jwtRoute(a, route, c.world)
		}
	case gateway.Custom:
		if a := c.authorizer(route.AuthorizerID); a != nil && a.Type == gateway.LambdaAuthorizer {
			return c.lambdaRoute(a, route)
		}
	case gateway.IAM:
		return authorize.IAM(authorize.IAMConfig{
			Verifier: c.world.Identities.Verifier, Policies: c.world.Identities.Policies, Stage: c.Stage.Stage.Name, API: c.api(),
		})
	}
	return fault(exchange.KindUnauthorized)
}

// authorizer finds one in the snapshot.
func (c *compiler) authorizer(id string) *gateway.Authorizer {
	for i := range c.Snapshot.Authorizers {
		if a := &c.Snapshot.Authorizers[i]; a.ID == id {
			return a
		}
	}
	return nil
}

// api names the API as ARNs do.
func (c *compiler) api() policy.API {
	return policy.API{Region: c.Tenant.Region, Account: c.Tenant.Account, ID: c.API.ID}
}

func jwtRoute(a *gateway.Authorizer, route *gateway.Route, world World) exchange.Step {
	cfg := authorize.JWTConfig{
		Tokens: world.Issuers.Authorizer(jwt.Config{Issuer: a.Issuer, Audience: a.Audience}),
		Scopes: route.Scopes, Authorizer: a.Name,
	}
	for _, expression := range a.IdentitySource {
		source, err := identitySource(expression)
		if err != nil {
			return fault(exchange.KindUnauthorized)
		}
		cfg.Sources = append(cfg.Sources, source)
	}
	return authorize.JWT(cfg)
}

func identitySource(expression string) (authorize.Source, error) {
	if name, ok := strings.CutPrefix(expression, "$request.header."); ok {
		return authorize.Source{Header: name}, nil
	}
	compiled, err := selection.IdentitySource(expression, selection.Options{})
	return authorize.Source{Expression: compiled}, err
}

// lambdaRoute compiles the call of an authorizer's function. The function must allow the authorizer to call it
// (aws-behaviour-auth-websocket-logs.md, fact 8).
func (c *compiler) lambdaRoute(a *gateway.Authorizer, route *gateway.Route) exchange.Step {
	cfg := authorize.LambdaConfig{Authorizer: *a, API: c.api(), Event: c.event(route.Key), Cache: c.world.Authorizers}
	for _, expression := range a.IdentitySource {
		source, err := selection.IdentitySource(expression, c.options)
		if err != nil {
			return fault(exchange.KindUnauthorized)
		}
		cfg.Sources = append(cfg.Sources, source)
	}
	ref, err := c.functionRef(a.URI)
	if err == nil {
		cfg.Ref, cfg.Function = ref, c.target(ref, c.api().AuthorizerARN(a.ID), a.CredentialsARN)
		var step exchange.Step
		if step, err = authorize.Lambda(cfg); err == nil {
			return step
		}
	}
	return exchange.Step{
		Name:   authorize.Name,
		Detail: "refuse: " + err.Error(),
		Run: func(context.Context, *exchange.Exchange) error {
			return exchange.Refuse(exchange.KindAuthorizerFailure, err)
		},
	}
}
