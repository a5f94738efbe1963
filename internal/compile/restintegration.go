package compile

import (
	"fmt"

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
		steps.integrate = notBuilt(fmt.Sprintf("an integration of type %s", in.Type))
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
	mapped, free := mapping.RESTTargets(in.RequestParameters), in.Type == gateway.RestHTTP && len(in.RequestTemplates) > 0
	cfg := integrate.RESTHTTPConfig{
		Integration: *in, APIID: c.API.ID, Mapped: func(name string) bool { return free || mapped[name] },
		StageVariables: c.rest.Stage.Variables, Backends: c.world.Backends, Stream: c.streaming(in),
	}
	return cfg, c.addPrivate(&cfg)
}

// restLambda compiles the call to a function. Mapping does nothing to its events, and yet has to be possible (recorded:
// facts 11 and 18), and its method must be POST (recorded: fact 15).
func (c *restCompiler) restLambda(steps *restSteps, m methodOf) error {
	in := m.method.Integration
	if err := mapping.CheckREST(in.RequestParameters, true); err != nil {
		return err
	}
	if in.Method != "POST" {
		return fmt.Errorf("functions are called with POST and not with %s", in.Method)
	}
	ref, err := c.functionRef(invocationURI(in))
	if err != nil {
		return err
	}
	steps.integrate, err = integrate.RESTLambda(integrate.RESTLambdaConfig{
		Ref: ref, Function: c.target(ref, c.routeARN(m.key)), Format: c.restEvent(m), TimeoutMillis: in.TimeoutMillis,
		Stream: c.streaming(in), APIID: c.API.ID, SourceARN: c.routeARN(m.key),
	})
	return err
}

func (c *restCompiler) restEvent(m methodOf) event.Format {
	return event.NewREST(event.RESTConfig{
		AccountID: c.Tenant.Account, APIID: c.API.ID, Stage: c.rest.Stage.Name, DeploymentID: c.rest.Stage.DeploymentID,
		ResourceID: m.resource.ID, Resource: m.resource.Path, OperationName: m.method.OperationName,
		StageVariables: c.rest.Stage.Variables, Binary: c.rest.Snapshot.API.BinaryMediaTypes,
	})
}
