package apigateway

import (
	"context"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// validator returns a request validator. An API that does not exist has none (recorded: test_invalid_get_request_validator).
func (r reader) validator(apiID, id string) (gateway.RequestValidator, error) {
	v, err := state.RequestValidators().Get(r, r.key(apiID, id))
	return v, orNotFound(err, notFound("Invalid Request Validator identifier specified"))
}

func (w writer) putValidator(apiID string, v gateway.RequestValidator) error {
	return state.RequestValidators().Put(w.tx, w.key(apiID, v.ID), v)
}

// maxValidators is how many request validators an API can have (limits; serverless issue 10229).
const maxValidators = 20

// CreateRequestValidator adds a request validator to an API.
func (s *Service) CreateRequestValidator(ctx context.Context, call *wire.Call, in *gen.CreateRequestValidatorInput) (*gen.RequestValidator, error) {
	v := gateway.RequestValidator{
		ID: newID(), Name: text(in.Name), Body: isTrue(in.ValidateRequestBody), Parameters: isTrue(in.ValidateRequestParameters),
	}
	err := s.update(ctx, call, func(w writer) error {
		_, err := w.api(in.RestApiId)
		if _, missing := errors.AsType[*gen.NotFoundException](err); missing { // recorded: test_create_request_validator_invalid_api_id
			return badRequest("Invalid REST API identifier specified")
		}
		if err != nil {
			return err
		}
		all, err := values(state.RequestValidators().List(w, w.children(in.RestApiId)))
		if err == nil && len(all) >= maxValidators {
			return overLimit("request validators")
		}
		if err != nil {
			return err
		}
		return w.putValidator(in.RestApiId, v)
	})
	if err != nil {
		return nil, err
	}
	return validatorOutput(v), nil
}

// GetRequestValidator returns a request validator.
func (s *Service) GetRequestValidator(ctx context.Context, call *wire.Call, in *gen.GetRequestValidatorInput) (*gen.RequestValidator, error) {
	v, err := readPart(ctx, s, call, part{in.RestApiId, in.RequestValidatorId}, reader.validator)
	if err != nil {
		return nil, err
	}
	return validatorOutput(v), nil
}

// GetRequestValidators lists an API's request validators.
func (s *Service) GetRequestValidators(ctx context.Context, call *wire.Call, in *gen.GetRequestValidatorsInput) (*gen.GetRequestValidatorsOutput, error) {
	var out gen.GetRequestValidatorsOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		page, err := state.RequestValidators().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(v gateway.RequestValidator) gen.RequestValidator { return *validatorOutput(v) })
		return err
	})
	return &out, err
}

// UpdateRequestValidator changes a request validator by patch operations.
func (s *Service) UpdateRequestValidator(ctx context.Context, call *wire.Call, in *gen.UpdateRequestValidatorInput) (*gen.RequestValidator, error) {
	var v gateway.RequestValidator
	err := s.update(ctx, call, func(w writer) (err error) {
		if v, err = w.validator(in.RestApiId, in.RequestValidatorId); err != nil {
			return err
		}
		if err := validatorPatches().Apply(&v, in.PatchOperations); err != nil {
			return err
		}
		return w.putValidator(in.RestApiId, v)
	})
	if err != nil {
		return nil, err
	}
	return validatorOutput(v), nil
}

// validatorPatches are UpdateRequestValidator's (recorded: test_invalid_update_request_validator_operations).
func validatorPatches() patch.Table[gateway.RequestValidator] {
	type v = gateway.RequestValidator
	name := patch.Text().Then(func(name string) error {
		if strings.TrimSpace(name) == "" {
			return badRequest("Request Validator name cannot be blank")
		}
		return nil
	})
	return patch.Table[v]{Refuse: patch.ListPaths, Rows: []patch.Row[v]{
		patch.Field("/name", patch.Replace, name, func(x *v) *string { return &x.Name }),
		patch.Field("/validateRequestParameters", patch.Replace, patch.Flag(), func(x *v) *bool { return &x.Parameters }),
		patch.Field("/validateRequestBody", patch.Replace, patch.Flag(), func(x *v) *bool { return &x.Body }),
	}}
}

// DeleteRequestValidator removes a request validator that no method uses.
func (s *Service) DeleteRequestValidator(ctx context.Context, call *wire.Call, in *gen.DeleteRequestValidatorInput) (*gen.DeleteRequestValidatorOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		v, err := w.validator(in.RestApiId, in.RequestValidatorId)
		if err != nil {
			return err
		}
		user, err := w.userOf(in.RestApiId, func(m *gateway.Method) bool { return m.RequestValidatorID == v.ID })
		if err == nil && user != "" { // the text is made like that of authorizers
			return conflict("Cannot delete request validator '%s', is referenced in method: %s", v.Name, user)
		}
		if err != nil {
			return err
		}
		return state.RequestValidators().Delete(w.tx, w.key(in.RestApiId, v.ID))
	})
	return &gen.DeleteRequestValidatorOutput{}, err
}

// userOf names a method for which uses is true, as AWS does: "GET//test"; empty when there is none.
func (r reader) userOf(apiID string, uses func(*gateway.Method) bool) (string, error) {
	resources, err := r.resources(apiID)
	for _, resource := range resources {
		for verb, method := range resource.Methods {
			if uses(method) {
				return verb + "/" + resource.Path, nil
			}
		}
	}
	return "", err
}

func validatorOutput(v gateway.RequestValidator) *gen.RequestValidator {
	return &gen.RequestValidator{
		Id: &v.ID, Name: optional(v.Name), ValidateRequestBody: &v.Body, ValidateRequestParameters: &v.Parameters,
	}
}
