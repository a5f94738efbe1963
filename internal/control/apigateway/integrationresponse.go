package apigateway

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// PutIntegrationResponse adds a response to an integration or replaces it (recorded: test_lifecycle_integration_response).
func (s *Service) PutIntegrationResponse(ctx context.Context, call *wire.Call, in *gen.PutIntegrationResponseInput) (*gen.IntegrationResponse, error) {
	made := gateway.IntegrationResponse{
		SelectionPattern: in.SelectionPattern, Parameters: in.ResponseParameters, Templates: in.ResponseTemplates,
		ContentHandling: text(in.ContentHandling),
	}
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ writer, m *gateway.Method) error {
		if m.Integration == nil {
			return noIntegration()
		}
		if err := checkIntegrationResponse(m, in.StatusCode, made); err != nil {
			return err
		}
		if m.Integration.Responses == nil {
			m.Integration.Responses = map[string]gateway.IntegrationResponse{}
		}
		m.Integration.Responses[in.StatusCode] = made
		return nil
	})
	if err != nil {
		return nil, err
	}
	return integrationResponseOutput(in.StatusCode, made), nil
}

func checkIntegrationResponse(m *gateway.Method, status string, response gateway.IntegrationResponse) error {
	if err := checkResponseMapping(m, status, response.Parameters); err != nil {
		return err
	}
	return checkTemplates(response.Templates)
}

// integrationResponse returns a response of a method's integration.
func integrationResponse(m *gateway.Method, status string) (gateway.IntegrationResponse, error) {
	if m.Integration == nil {
		return gateway.IntegrationResponse{}, noIntegration()
	}
	response, ok := m.Integration.Responses[status]
	if !ok {
		return response, noStatus()
	}
	return response, nil
}

// GetIntegrationResponse returns a response of an integration.
func (s *Service) GetIntegrationResponse(ctx context.Context, call *wire.Call, in *gen.GetIntegrationResponseInput) (*gen.IntegrationResponse, error) {
	return readMethod(ctx, s, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(m *gateway.Method) (*gen.IntegrationResponse, error) {
		response, err := integrationResponse(m, in.StatusCode)
		return integrationResponseOutput(in.StatusCode, response), err
	})
}

// UpdateIntegrationResponse changes a response of an integration by patch operations.
func (s *Service) UpdateIntegrationResponse(ctx context.Context, call *wire.Call, in *gen.UpdateIntegrationResponseInput) (*gen.IntegrationResponse, error) {
	var response gateway.IntegrationResponse
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ writer, m *gateway.Method) (err error) {
		if response, err = integrationResponse(m, in.StatusCode); err != nil {
			return err
		}
		if err := integrationResponsePatches().Apply(&response, in.PatchOperations); err != nil {
			return err
		}
		m.Integration.Responses[in.StatusCode] = response
		return checkIntegrationResponse(m, in.StatusCode, response)
	})
	if err != nil {
		return nil, err
	}
	return integrationResponseOutput(in.StatusCode, response), nil
}

// integrationResponsePatches are UpdateIntegrationResponse's.
func integrationResponsePatches() patch.Table[gateway.IntegrationResponse] {
	const all = patch.Add | patch.Replace | patch.Remove
	type response = gateway.IntegrationResponse
	return patch.Table[response]{Refuse: patch.PathThenOp, Rows: []patch.Row[response]{
		patch.Field("/contentHandling", patch.Replace, patch.OrEmpty(patch.Enum(gateway.ConvertToBinary, gateway.ConvertToText)),
			func(r *response) *string { return &r.ContentHandling }),
		patch.Map("/responseParameters/{name}", all, patch.Entry[response, string]{
			Field: func(r *response) *map[string]string { return &r.Parameters }, Kind: patch.Text(), Missing: noParameter,
		}),
		patch.Map("/responseTemplates/{type}", all, patch.Entry[response, string]{
			Field: func(r *response) *map[string]string { return &r.Templates }, Kind: patch.Text(), Missing: noContentType,
		}),
		patch.Do("/selectionPattern", patch.Replace, "string", func(r *response, c patch.Change) error {
			r.SelectionPattern = &c.Value
			return nil
		}),
	}}
}

// DeleteIntegrationResponse removes a response of an integration. A method that does not exist has no integration (recorded:
// test_delete_integration_response_errors).
func (s *Service) DeleteIntegrationResponse(ctx context.Context, call *wire.Call, in *gen.DeleteIntegrationResponseInput) (*gen.DeleteIntegrationResponseOutput, error) {
	of := methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}
	err := s.update(ctx, call, func(w writer) error {
		resource, m, err := w.method(of)
		if _, missing := errors.AsType[*gen.NotFoundException](err); missing && resource.ID != "" {
			return noIntegration()
		}
		if err != nil {
			return err
		}
		if _, err := integrationResponse(m, in.StatusCode); err != nil {
			return err
		}
		delete(m.Integration.Responses, in.StatusCode)
		return w.putResource(of.apiID, resource)
	})
	return &gen.DeleteIntegrationResponseOutput{}, err
}

func integrationResponseOutput(status string, response gateway.IntegrationResponse) *gen.IntegrationResponse {
	return &gen.IntegrationResponse{
		ContentHandling: optional(gen.ContentHandlingStrategy(response.ContentHandling)), ResponseParameters: response.Parameters,
		ResponseTemplates: response.Templates, SelectionPattern: response.SelectionPattern, StatusCode: &status,
	}
}
