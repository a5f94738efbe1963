package apigateway

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// model returns a model. An API that does not exist has none (recorded: test_model_validation).
func (r reader) model(apiID, name string) (gateway.RestModel, error) {
	model, err := state.RestModels().Get(r, r.key(apiID, name))
	return model, orNotFound(err, notFound("Invalid model name specified: %s", name))
}

func (r reader) models(apiID string) ([]gateway.RestModel, error) {
	return values(state.RestModels().List(r, r.children(apiID)))
}

// CreateModel adds a model to an API.
func (s *Service) CreateModel(ctx context.Context, call *wire.Call, in *gen.CreateModelInput) (*gen.Model, error) {
	model := gateway.RestModel{
		ID: newID(), Name: *in.Name, Description: text(in.Description), ContentType: *in.ContentType, Schema: text(in.Schema),
	}
	if err := checkModelName(model.Name); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if err := w.checkModel(in.RestApiId, model); err != nil {
			return err
		}
		if err := checkKeywords(model); err != nil {
			return err
		}
		err := state.RestModels().Create(w.tx, w.key(in.RestApiId, model.Name), model)
		if errors.Is(err, store.ErrExists) {
			return conflict("Model name already exists for this REST API")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return modelOutput(model), nil
}

// GetModel returns a model, with the models that it names in it when it is to be flattened.
func (s *Service) GetModel(ctx context.Context, call *wire.Call, in *gen.GetModelInput) (*gen.Model, error) {
	var model gateway.RestModel
	err := s.view(ctx, call, func(r reader) (err error) {
		if model, err = r.model(in.RestApiId, in.ModelName); err != nil || !isTrue(in.Flatten) {
			return err
		}
		model.Schema, err = r.flatten(in.RestApiId, model.Schema)
		return err
	})
	if err != nil {
		return nil, err
	}
	return modelOutput(model), nil
}

// GetModels lists an API's models.
func (s *Service) GetModels(ctx context.Context, call *wire.Call, in *gen.GetModelsInput) (*gen.GetModelsOutput, error) {
	var out gen.GetModelsOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		page, err := state.RestModels().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(model gateway.RestModel) gen.Model { return *modelOutput(model) })
		return err
	})
	return &out, err
}

// UpdateModel changes a model by patch operations.
func (s *Service) UpdateModel(ctx context.Context, call *wire.Call, in *gen.UpdateModelInput) (*gen.Model, error) {
	var model gateway.RestModel
	err := s.update(ctx, call, func(w writer) (err error) {
		if model, err = w.model(in.RestApiId, in.ModelName); err != nil {
			return err
		}
		if err := modelPatches().Apply(&model, in.PatchOperations); err != nil {
			return err
		}
		if err := w.checkModel(in.RestApiId, model); err != nil {
			return err
		}
		if err := checkKeywords(model); err != nil {
			return err
		}
		return state.RestModels().Put(w.tx, w.key(in.RestApiId, model.Name), model)
	})
	if err != nil {
		return nil, err
	}
	return modelOutput(model), nil
}

// modelPatches are UpdateModel's.
func modelPatches() patch.Table[gateway.RestModel] {
	return patch.Table[gateway.RestModel]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.RestModel]{
		patch.Field("/description", patch.Replace, patch.Text(), func(m *gateway.RestModel) *string { return &m.Description }),
		patch.Field("/schema", patch.Replace, patch.Text(), func(m *gateway.RestModel) *string { return &m.Schema }),
	}}
}

// DeleteModel removes a model that nothing names.
func (s *Service) DeleteModel(ctx context.Context, call *wire.Call, in *gen.DeleteModelInput) (*gen.DeleteModelOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.model(in.RestApiId, in.ModelName); err != nil {
			return err
		}
		if err := w.checkModelUnused(in.RestApiId, in.ModelName); err != nil {
			return err
		}
		return state.RestModels().Delete(w.tx, w.key(in.RestApiId, in.ModelName))
	})
	return &gen.DeleteModelOutput{}, err
}

// checkModelUnused has texts that are recorded (test_put_method_model) and reported (aws-apigateway-importer issue 113).
func (r reader) checkModelUnused(apiID, name string) error {
	resources, err := r.resources(apiID)
	if err != nil {
		return err
	}
	for _, resource := range resources {
		for verb, method := range resource.Methods {
			if kind := namesModel(method, name); kind != "" {
				return conflict("Cannot delete model '%s', is referenced in method %s: %s", name, kind, resource.Path+"/"+verb)
			}
		}
	}
	models, err := r.models(apiID)
	if err != nil {
		return err
	}
	for _, other := range models {
		if other.Name != name && namesOther(other.Schema, apiID, name) {
			return conflict("Cannot delete model '%s', is referenced in model: %s", name, other.Name)
		}
	}
	return nil
}

// namesModel says where a method names a model: in its request, in a response, or nowhere.
func namesModel(method *gateway.Method, name string) string {
	for _, model := range method.RequestModels {
		if model == name {
			return "request"
		}
	}
	for _, response := range method.Responses {
		for _, model := range response.Models {
			if model == name {
				return "response"
			}
		}
	}
	return ""
}

// GetModelTemplate returns a mapping template that makes a sample of what a model describes.
func (s *Service) GetModelTemplate(ctx context.Context, call *wire.Call, in *gen.GetModelTemplateInput) (*gen.GetModelTemplateOutput, error) {
	var template string
	err := s.view(ctx, call, func(r reader) error {
		model, err := r.model(in.RestApiId, in.ModelName)
		if err != nil {
			return err
		}
		flat, err := r.flatten(in.RestApiId, model.Schema)
		if err != nil {
			return err
		}
		template, err = sampleTemplate(flat)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &gen.GetModelTemplateOutput{Value: &template}, nil
}

func modelOutput(model gateway.RestModel) *gen.Model {
	return &gen.Model{
		Id: &model.ID, Name: &model.Name, Description: optional(model.Description), ContentType: &model.ContentType, Schema: &model.Schema,
	}
}

// defaultModels are those of an API that no file made (recorded: test_model_lifecycle; the text of the schemas is that of
// the AWS CLI's examples for get-models).
func defaultModels() []gateway.RestModel {
	const draft = "http://json-schema.org/draft-04/schema#"
	return []gateway.RestModel{
		{
			ID: newID(), Name: emptyModel, ContentType: jsonType, Description: "This is a default empty schema model",
			Schema: "{\n  \"$schema\": \"" + draft + "\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}",
		},
		{
			ID: newID(), Name: errorModel, ContentType: jsonType, Description: "This is a default error schema model",
			Schema: "{\n  \"$schema\" : \"" + draft + "\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n" +
				"  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
		},
	}
}

// The names of the default models, and the content type of theirs.
const (
	emptyModel = "Empty"
	errorModel = "Error"
	jsonType   = "application/json"
)
