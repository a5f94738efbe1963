package compile

import (
	"fmt"

	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/mapping"
)

// restAWS compiles an integration with a function that is no proxy, or with another service.
func (c *restCompiler) restAWS(steps *restSteps, m methodOf) error {
	in := m.method.Integration
	uri, err := integrate.Interpolate(in.URI, c.rest.Stage.Variables)
	if err != nil {
		return err
	}
	if _, isFunction := gateway.ParseFunctionURI(uri); isFunction {
		err = c.restInvoke(steps, m)
	} else {
		err = c.restService(steps, in)
	}
	if err != nil {
		return err
	}
	return c.transform(steps, m, mapping.RESTTransformConfig{AWS: true})
}

func (c *restCompiler) restService(steps *restSteps, in *gateway.RestIntegration) error {
	cfg, err := c.httpConfig(in)
	if err != nil {
		return err
	}
	steps.integrate, err = integrate.RESTService(integrate.RESTServiceConfig{
		RESTHTTPConfig: cfg, Endpoints: c.world.Services.Endpoints, Keys: c.keys(in.Credentials),
	})
	return err
}

// restInvoke compiles the call to a function that gets a payload of its own. Its method must be POST, as it must for proxies
// (recorded: aws-behaviour.md, fact 15).
func (c *restCompiler) restInvoke(steps *restSteps, m methodOf) error {
	cfg, function, err := c.restFunction(m)
	if err != nil {
		return err
	}
	cfg.Function = function
	steps.integrate, err = integrate.RESTInvoke(cfg)
	return err
}

// restFunction finds the function of an integration, as the API or the integration's role calls it.
func (c *restCompiler) restFunction(m methodOf) (integrate.RESTLambdaConfig, Function, error) {
	in := m.method.Integration
	cfg := integrate.RESTLambdaConfig{TimeoutMillis: c.timeout(in), APIID: c.API.ID, SourceARN: c.routeARN(m.key)}
	if in.Method != "POST" {
		return cfg, nil, fmt.Errorf("functions are called with POST and not with %s", in.Method)
	}
	var err error
	if cfg.Ref, err = c.functionRef(invocationURI(in)); err != nil {
		return cfg, nil, err
	}
	role, err := integrate.Interpolate(in.Credentials, c.rest.Stage.Variables)
	if err != nil {
		return cfg, nil, err
	}
	return cfg, c.target(cfg.Ref, cfg.SourceARN, role), nil
}

// callersOwn stands for the credentials of whoever calls (API reference, Integration, credentials).
const callersOwn = "arn:aws:iam::*:user/*"

// keys finds the key pair that signs an integration's calls: that of its role, or the caller's own.
func (c *restCompiler) keys(credentials string) func(*exchange.Exchange) (awsservice.Keys, error) {
	services := c.world.Services
	if credentials == callersOwn {
		return func(x *exchange.Exchange) (awsservice.Keys, error) {
			if id := x.Identity.AccessKey; id != "" && services.Callers != nil {
				if secret, token, ok := services.Callers(id); ok {
					return awsservice.Keys{ID: id, Secret: secret, Token: token}, nil
				}
			}
			return awsservice.Keys{}, fmt.Errorf("the integration wants the caller's credentials, and the caller has none")
		}
	}
	role, err := integrate.Interpolate(credentials, c.rest.Stage.Variables)
	return func(*exchange.Exchange) (awsservice.Keys, error) {
		if err != nil {
			return awsservice.Keys{}, err
		}
		id, secret, token, ok := services.Credentials(role)
		if !ok {
			return awsservice.Keys{}, fmt.Errorf("API Gateway does not have permission to assume the provided role %s (the setting aws-credentials has no key pair for it)", role)
		}
		return awsservice.Keys{ID: id, Secret: secret, Token: token}, nil
	}
}
