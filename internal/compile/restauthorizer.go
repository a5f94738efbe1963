package compile

import (
	"context"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// badAuthorizer refuses every call: on AWS too an authorizer that cannot be asked fails calls and not the deployment.
func badAuthorizer(err error) exchange.Step {
	return exchange.Step{
		Name:   authorize.Name,
		Detail: "refuse: " + err.Error(),
		Run: func(context.Context, *exchange.Exchange) error {
			return exchange.Refuse(exchange.KindBadAuthorizer, err)
		},
	}
}

// restLambdaAuthorizer compiles the call of an authorizer's function. The function must allow the authorizer to call it
// (aws-behaviour-auth-websocket-logs.md, fact 8), or the authorizer's role must be allowed to.
func (c *restCompiler) restLambdaAuthorizer(a *gateway.RestAuthorizer, m methodOf) (authorize.Identify, string, error) {
	sources, err := c.identitySources(a.IdentitySource)
	if err != nil {
		return nil, "", err
	}
	ref, err := c.functionRef(a.URI)
	if err != nil {
		return nil, "", err
	}
	own := *a
	if own.Credentials, err = integrate.Interpolate(a.Credentials, c.rest.Stage.Variables); err != nil {
		return nil, "", err
	}
	stage := c.rest.Stage.Name
	if c.rest.trial {
		stage = trialARNStage
	}
	return authorize.RESTLambda(authorize.RESTLambdaConfig{
		Authorizer: own, Ref: ref, Sources: sources, API: c.api(), Stage: stage, Event: c.restEvent(m), Cache: c.world.Authorizers,
		Function: c.target(ref, c.api().AuthorizerARN(a.ID), own.Credentials),
	})
}

// trialARNStage stands in the methodArn of a trial (recorded: aws-behaviour-auth-websocket-logs.md, fact 13).
const trialARNStage = "ESTestInvoke-stage"

// RestAuthorizerTrial compiles an authorizer of a REST API for TestInvokeAuthorizer, to be asked of GET on the root: what
// others were answered does not count for it, nor its answer for others.
func RestAuthorizerTrial(in RestStage, id string, world World) (authorize.Identify, error) {
	in.trial, in.Stage.Name, world.Authorizers = true, exchange.TrialStage, authorize.NewCache()
	c := newRestCompiler(in, world)
	a := c.restAuthorizer(id)
	if a == nil {
		return nil, fmt.Errorf("there is no authorizer %s", id)
	}
	m := methodOf{method: &gateway.Method{}, resource: &gateway.Resource{ID: exchange.TrialResource, Path: "/"}}
	if a.Type == gateway.CognitoAuthorizer {
		identify, _, err := c.cognitoAuthorizer(a, m.method)
		return identify, err
	}
	identify, _, err := c.restLambdaAuthorizer(a, m)
	return identify, err
}

// identitySources compiles expressions, which commas separate.
func (c *restCompiler) identitySources(list string) ([]authorize.IdentitySource, error) {
	var sources []authorize.IdentitySource
	for expression := range strings.SplitSeq(list, ",") {
		if expression = strings.TrimSpace(expression); expression == "" {
			continue
		}
		value, err := selection.Mapping(expression, c.options)
		if err != nil {
			return nil, err
		}
		sources = append(sources, authorize.IdentitySource{Name: expression, Value: value})
	}
	return sources, nil
}

// cognitoAuthorizer compiles the verification of a user pool's tokens. They stand in the header Authorization unless the
// authorizer says otherwise.
func (c *restCompiler) cognitoAuthorizer(a *gateway.RestAuthorizer, m *gateway.Method) (authorize.Identify, string, error) {
	var issuers []string
	for _, arn := range a.ProviderARNs {
		issuer, ok := gateway.UserPoolIssuer(arn)
		if !ok {
			return nil, "", fmt.Errorf("%q is not the ARN of a user pool", arn)
		}
		issuers = append(issuers, issuer)
	}
	source := a.IdentitySource
	if source == "" {
		source = "method.request.header.Authorization"
	}
	value, err := selection.Mapping(source, c.options)
	if err != nil {
		return nil, "", err
	}
	return authorize.Cognito(authorize.CognitoConfig{
		Authorizer: *a, Pools: c.world.Issuers.Pools(issuers), Scopes: m.Scopes,
		Source: authorize.IdentitySource{Name: source, Value: value},
	})
}
