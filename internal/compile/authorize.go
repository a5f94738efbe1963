package compile

import (
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

// authorizeRoute compiles who may call a route. What cannot be decided refuses every call: it fails closed.
func authorizeRoute(in *Stage, route *gateway.Route, world World) exchange.Step {
	switch route.Authorization {
	case gateway.Anyone:
		return exchange.Step{}
	case gateway.JWT:
		for i := range in.Snapshot.Authorizers {
			if a := &in.Snapshot.Authorizers[i]; a.ID == route.AuthorizerID {
				return jwtRoute(a, route, world)
			}
		}
	case gateway.IAM:
		return authorize.IAM(authorize.IAMConfig{
			Verifier: world.Identities.Verifier, Policies: world.Identities.Policies, Stage: in.Stage.Name,
			API: policy.API{Region: in.Tenant.Region, Account: in.Tenant.Account, ID: in.API.ID},
		})
	}
	return fault(exchange.KindUnauthorized)
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
