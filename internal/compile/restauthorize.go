package compile

import (
	"fmt"
	"slices"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/step/authorize"
)

// resourcePolicy compiles the policy that was deployed with the API.
func (c *restCompiler) resourcePolicy() (*policy.Policy, error) {
	doc := c.rest.Snapshot.API.Policy
	if doc == "" {
		return nil, nil
	}
	full, err := c.api().ExpandPolicy([]byte(doc))
	if err != nil {
		return nil, err
	}
	return policy.Compile(full, policy.Options{Kind: policy.Resource})
}

// authorizeMethod compiles who may call a method. What cannot be decided refuses every call: it fails closed.
func (c *restCompiler) authorizeMethod(m methodOf) exchange.Step {
	cfg := authorize.RESTConfig{
		API: c.api(), Stage: c.Stage.Stage.Name, Policy: c.policy,
		Private:  slices.Contains(c.rest.Snapshot.API.Endpoint.Types, gateway.EndpointPrivate),
		Networks: c.world.Networks,
	}
	switch m.method.Authorization {
	case gateway.AuthorizationNone:
		cfg.Detail = "anybody"
		return authorize.REST(cfg)
	case gateway.AuthorizationIAM:
		cfg.Detail, cfg.Flow = "AWS_IAM", authorize.FlowIAM
		cfg.Identify = authorize.Signed(authorize.IAMConfig{
			Verifier: c.world.Identities.Verifier, Policies: c.world.Identities.Policies, API: c.api(),
		})
		return authorize.REST(cfg)
	case gateway.AuthorizationCustom, gateway.AuthorizationCognito:
		return c.authorizeBy(cfg, m)
	}
	return notBuilt(fmt.Sprintf("the authorization %s of a REST API's method", m.method.Authorization))
}

// authorizeBy compiles a method's authorizer into the step: its Flow and Identify.
func (c *restCompiler) authorizeBy(cfg authorize.RESTConfig, m methodOf) exchange.Step {
	a := c.restAuthorizer(m.method.AuthorizerID)
	if a == nil {
		return fault(exchange.KindUnauthorized)
	}
	var err error
	switch a.Type {
	case gateway.TokenAuthorizer, gateway.RequestAuthorizer:
		cfg.Flow = authorize.FlowLambda
		cfg.Identify, cfg.Detail, err = c.restLambdaAuthorizer(a, m)
	case gateway.CognitoAuthorizer:
		cfg.Flow = authorize.FlowCognito
		cfg.Identify, cfg.Detail, err = c.cognitoAuthorizer(a, m.method)
	default:
		err = fmt.Errorf("there is no authorizer of type %q", a.Type)
	}
	if err != nil {
		return badAuthorizer(err)
	}
	return authorize.REST(cfg)
}

// restAuthorizer finds one in the snapshot.
func (c *restCompiler) restAuthorizer(id string) *gateway.RestAuthorizer {
	for i := range c.rest.Snapshot.Authorizers {
		if a := &c.rest.Snapshot.Authorizers[i]; a.ID == id {
			return a
		}
	}
	return nil
}
