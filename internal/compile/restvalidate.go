package compile

import (
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/draft4"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/validate"
)

// validateMethod compiles what a method's request validator checks. A validator that is not in the snapshot checks nothing,
// as on AWS, which lets no validator in use be deleted. A model that cannot be used lets nothing through, and is logged.
func (c *restCompiler) validateMethod(m *gateway.Method, key string) exchange.Step {
	i := slices.IndexFunc(c.rest.Snapshot.Validators, func(v gateway.RequestValidator) bool { return v.ID == m.RequestValidatorID })
	if i < 0 {
		return exchange.Step{}
	}
	validator := &c.rest.Snapshot.Validators[i]
	var cfg validate.RESTConfig
	if validator.Parameters {
		for name, required := range m.RequestParameters {
			if required {
				cfg.Required = append(cfg.Required, name)
			}
		}
	}
	if validator.Body {
		for _, contentType := range slices.Sorted(maps.Keys(m.RequestModels)) {
			name := m.RequestModels[contentType]
			schema, err := c.schema(name)
			if err != nil {
				c.world.Log.Warn("a model cannot be used; calls with such bodies are refused",
					"api", c.API.ID, "stage", c.Stage.Stage.Name, "method", key, "model", name, "error", err.Error())
			}
			cfg.Models = append(cfg.Models, validate.RESTModel{ContentType: contentType, Schema: schema, Broken: err})
		}
	}
	return validate.REST(cfg)
}

// schema returns a model's, compiled once for all methods.
func (c *restCompiler) schema(model string) (*draft4.Schema, error) {
	if c.models == nil {
		models := make([]draft4.Model, len(c.rest.Snapshot.Models))
		for i := range models {
			m := &c.rest.Snapshot.Models[i]
			models[i] = draft4.Model{Name: m.Name, Schema: m.Schema}
		}
		c.models = draft4.NewSet(models)
	}
	return c.models.Schema(model)
}
