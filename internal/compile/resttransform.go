package compile

import (
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/mapping"
)

// restMock compiles a MOCK integration.
func (c *restCompiler) restMock(steps *restSteps, m methodOf) error {
	steps.integrate = integrate.Mock()
	return c.transform(steps, m, mapping.RESTTransformConfig{Mock: true})
}

// restHTTP compiles an integration with an HTTP back end that is no proxy.
func (c *restCompiler) restHTTP(steps *restSteps, m methodOf) error {
	cfg, err := c.httpConfig(m.method.Integration)
	if err != nil {
		return err
	}
	if steps.integrate, err = integrate.RESTHTTP(cfg); err != nil {
		return err
	}
	return c.transform(steps, m, mapping.RESTTransformConfig{})
}

// transform fills in the steps around an integration that is no proxy: the one that makes its request, which finds the
// payload in Outgoing.Body, and the one that makes the method's response of what it answers. Of the configuration, the
// caller says what kind of integration it is.
func (c *restCompiler) transform(steps *restSteps, m methodOf, cfg mapping.RESTTransformConfig) error {
	cfg.Integration, cfg.Options, cfg.Scope, cfg.Binary = m.method.Integration, c.options, c.templates, c.rest.Snapshot.API.BinaryMediaTypes
	var err error
	if steps.mapRequest, err = mapping.RESTTransform(cfg); err != nil {
		return err
	}
	steps.mapResponse, err = mapping.RESTResponse(mapping.RESTResponseConfig{
		Responses: m.method.Integration.Responses, Methods: m.method.Responses,
		Options: c.options, Scope: c.templates, Binary: cfg.Binary, Trace: !cfg.Mock,
	})
	return err
}
