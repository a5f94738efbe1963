package apigatewayv2

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

const jsonType = "application/json"

// CreateModel keeps a JSON Schema. HTTP APIs validate nothing by it, as on AWS.
func (s *Service) CreateModel(ctx context.Context, call *wire.Call, in *gen.CreateModelInput) (*gen.CreateModelOutput, error) {
	model := gateway.Model{
		ID: gateway.NewID(gateway.AuthorizerIDLength), Name: *in.Name, ContentType: or(in.ContentType, jsonType),
		Description: text(in.Description), Schema: *in.Schema,
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		return w.putModel(in.ApiId, model)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateModelOutput(modelOutput(model))), nil
}

func (w writer) putModel(apiID string, model gateway.Model) error {
	if !consistsOf(model.Name, "", 128) {
		return badRequest("Model name must be alphanumeric: %s", model.Name)
	}
	if !json.Valid([]byte(model.Schema)) {
		return badRequest("Invalid model schema specified. Unable to parse the schema as JSON")
	}
	err := state.Models().Put(w.tx, w.key(apiID, model.ID), model)
	if errors.Is(err, store.ErrConflict) {
		return conflict("Model name already exists for this API: %s", model.Name)
	}
	return err
}

// GetModel returns a model.
func (s *Service) GetModel(ctx context.Context, call *wire.Call, in *gen.GetModelInput) (*gen.GetModelOutput, error) {
	model, err := readPart(ctx, s, call, part{in.ApiId, in.ModelId}, reader.model)
	if err != nil {
		return nil, err
	}
	return new(gen.GetModelOutput(modelOutput(model))), nil
}

// GetModels lists an API's models.
func (s *Service) GetModels(ctx context.Context, call *wire.Call, in *gen.GetModelsInput) (*gen.GetModelsOutput, error) {
	var out gen.GetModelsOutput
	err := s.list(ctx, call, in.ApiId, listing{in.MaxResults, in.NextToken}, func(r reader, rng store.Range) error {
		list, err := state.Models().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, modelOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateModel changes what is given.
func (s *Service) UpdateModel(ctx context.Context, call *wire.Call, in *gen.UpdateModelInput) (*gen.UpdateModelOutput, error) {
	var model gateway.Model
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if model, err = w.model(in.ApiId, in.ModelId); err != nil {
			return err
		}
		replace(&model.Name, in.Name)
		replace(&model.ContentType, in.ContentType)
		replace(&model.Schema, in.Schema)
		set(&model.Description, in.Description)
		return w.putModel(in.ApiId, model)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateModelOutput(modelOutput(model))), nil
}

// DeleteModel removes a model.
func (s *Service) DeleteModel(ctx context.Context, call *wire.Call, in *gen.DeleteModelInput) (*gen.DeleteModelOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if _, err := w.model(in.ApiId, in.ModelId); err != nil {
			return err
		}
		return state.Models().Delete(w.tx, w.key(in.ApiId, in.ModelId))
	})
	return &gen.DeleteModelOutput{}, err
}

func modelOutput(m gateway.Model) gen.Model {
	return gen.Model{
		ContentType: &m.ContentType, Description: optional(m.Description), ModelId: &m.ID, Name: &m.Name, Schema: &m.Schema,
	}
}
