package apigateway

import (
	"context"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// noStatus is the answer to a status code that a method or an integration has not (recorded:
// test_update_method_response_negative_tests, test_delete_integration_response_errors).
func noStatus() error { return notFound("Invalid Response status code specified") }

// PutMethodResponse adds a response to a method.
func (s *Service) PutMethodResponse(ctx context.Context, call *wire.Call, in *gen.PutMethodResponseInput) (*gen.MethodResponse, error) {
	made := gateway.MethodResponse{Parameters: in.ResponseParameters, Models: in.ResponseModels}
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(w writer, m *gateway.Method) error {
		if _, there := m.Responses[in.StatusCode]; there { // the text is that of reports of Terraform's users
			return conflict("Response already exists for this resource")
		}
		if err := w.checkMethodResponse(in.RestApiId, made); err != nil {
			return err
		}
		if m.Responses == nil {
			m.Responses = map[string]gateway.MethodResponse{}
		}
		m.Responses[in.StatusCode] = made
		return nil
	})
	if err != nil {
		return nil, err
	}
	return methodResponseOutput(in.StatusCode, made), nil
}

func (r reader) checkMethodResponse(apiID string, response gateway.MethodResponse) error {
	for key := range response.Parameters {
		if name, ok := strings.CutPrefix(key, responseHeader); !ok || !isParameterName(name) {
			return invalidMapping(key)
		}
	}
	return r.checkModels(apiID, response.Models)
}

// GetMethodResponse returns a response of a method.
func (s *Service) GetMethodResponse(ctx context.Context, call *wire.Call, in *gen.GetMethodResponseInput) (*gen.MethodResponse, error) {
	return readMethod(ctx, s, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(m *gateway.Method) (*gen.MethodResponse, error) {
		response, ok := m.Responses[in.StatusCode]
		if !ok {
			return nil, noStatus()
		}
		return methodResponseOutput(in.StatusCode, response), nil
	})
}

// UpdateMethodResponse changes a response of a method by patch operations.
func (s *Service) UpdateMethodResponse(ctx context.Context, call *wire.Call, in *gen.UpdateMethodResponseInput) (*gen.MethodResponse, error) {
	var response gateway.MethodResponse
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(w writer, m *gateway.Method) (err error) {
		var ok bool
		if response, ok = m.Responses[in.StatusCode]; !ok {
			return noStatus()
		}
		if err := methodResponsePatches().Apply(&response, in.PatchOperations); err != nil {
			return err
		}
		m.Responses[in.StatusCode] = response
		return w.checkMethodResponse(in.RestApiId, response)
	})
	if err != nil {
		return nil, err
	}
	return methodResponseOutput(in.StatusCode, response), nil
}

// methodResponsePatches are UpdateMethodResponse's.
func methodResponsePatches() patch.Table[gateway.MethodResponse] {
	const all = patch.Add | patch.Replace | patch.Remove
	type response = gateway.MethodResponse
	return patch.Table[response]{Refuse: patch.PathThenOp, Rows: []patch.Row[response]{
		patch.Map("/responseModels/{type}", all, patch.Entry[response, string]{
			Field: func(r *response) *map[string]string { return &r.Models }, Kind: patch.Text(), Missing: noContentType,
		}),
		patch.Map("/responseParameters/{name}", all, patch.Entry[response, bool]{
			Field: func(r *response) *map[string]bool { return &r.Parameters }, Kind: patch.Flag(), Missing: noParameter,
		}),
	}}
}

// DeleteMethodResponse removes a response from a method.
func (s *Service) DeleteMethodResponse(ctx context.Context, call *wire.Call, in *gen.DeleteMethodResponseInput) (*gen.DeleteMethodResponseOutput, error) {
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ writer, m *gateway.Method) error {
		if _, ok := m.Responses[in.StatusCode]; !ok {
			return noStatus()
		}
		delete(m.Responses, in.StatusCode)
		return nil
	})
	return &gen.DeleteMethodResponseOutput{}, err
}

func methodResponseOutput(status string, response gateway.MethodResponse) *gen.MethodResponse {
	return &gen.MethodResponse{StatusCode: &status, ResponseModels: response.Models, ResponseParameters: response.Parameters}
}
