package compile

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/mapping"
)

// integrate fills in the steps that call a method's back end. What cannot be called becomes a step that refuses: on AWS too
// the call fails and not the deployment (recorded: aws-behaviour.md, facts 15 and 37).
func (c *restCompiler) integrate(steps *restSteps, m methodOf) {
	in := m.method.Integration
	if in == nil {
		steps.integrate = integrate.Broken(integrate.ErrNoTarget)
		return
	}
	var err error
	switch in.Type {
	case gateway.RestHTTPProxy:
		err = c.restHTTPProxy(steps, in)
	case gateway.RestAWSProxy:
		err = c.restLambda(steps, m)
	case gateway.RestMock:
		err = c.restMock(steps, m)
	case gateway.RestHTTP:
		err = c.restHTTP(steps, m)
	case gateway.RestAWS:
		err = c.restAWS(steps, m)
	default:
		err = integrate.ErrUnknownType
	}
	if err != nil {
		steps.integrate = integrate.Broken(err)
	}
}

func (c *restCompiler) restHTTPProxy(steps *restSteps, in *gateway.RestIntegration) error {
	err := mapping.CheckREST(in.RequestParameters, false)
	if err != nil {
		return err
	}
	if len(in.RequestParameters) > 0 {
		if steps.mapRequest, err = mapping.RESTRequest(in.RequestParameters, c.options); err != nil {
			return err
		}
	}
	cfg, err := c.httpConfig(in)
	if err != nil {
		return err
	}
	steps.integrate, err = integrate.RESTHTTPProxy(cfg)
	return err
}

// httpConfig is for integrations with HTTP back ends. A template may give any variable of the URI a value.
func (c *restCompiler) httpConfig(in *gateway.RestIntegration) (integrate.RESTHTTPConfig, error) {
	mapped, free := mapping.RESTTargets(in.RequestParameters), in.Type != gateway.RestHTTPProxy && len(in.RequestTemplates) > 0
	own := *in
	own.TimeoutMillis = c.timeout(in)
	cfg := integrate.RESTHTTPConfig{
		Integration: own, APIID: c.API.ID, Mapped: func(name string) bool { return free || mapped[name] },
		StageVariables: c.rest.Stage.Variables, Binary: c.rest.Snapshot.API.BinaryMediaTypes, Backends: c.world.Backends,
		Stream: c.streaming(in),
	}
	return cfg, c.addPrivate(&cfg)
}

// restLambda compiles the call to a function. Mapping does nothing to its events, and yet has to be possible (recorded:
// facts 11 and 18), and its method must be POST (recorded: fact 15).
func (c *restCompiler) restLambda(steps *restSteps, m methodOf) error {
	if err := mapping.CheckREST(m.method.Integration.RequestParameters, true); err != nil {
		return err
	}
	cfg, function, err := c.restFunction(m)
	if err != nil {
		return err
	}
	cfg.Function, cfg.Format, cfg.Stream = function, c.restEvent(m), c.streaming(m.method.Integration)
	steps.integrate, err = integrate.RESTLambda(cfg)
	return err
}

func (c *restCompiler) restEvent(m methodOf) event.Format {
	return event.NewREST(event.RESTConfig{
		AccountID: c.Tenant.Account, APIID: c.API.ID, Stage: c.rest.Stage.Name, DeploymentID: c.rest.Stage.DeploymentID,
		ResourceID: m.resource.ID, Resource: m.resource.Path, OperationName: m.method.OperationName,
		StageVariables: c.rest.Stage.Variables, Binary: c.rest.Snapshot.API.BinaryMediaTypes,
	})
}
