package apigateway

import (
	"context"
	"errors"
	"slices"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// gatewayResponse returns what an API answers for a type, and whether that is the default. The API is looked for first
// (recorded: test_gateway_response_validation).
func (r reader) gatewayResponse(apiID string, kind gateway.GatewayResponseType) (gateway.GatewayResponse, bool, error) {
	if _, err := r.api(apiID); err != nil {
		return gateway.GatewayResponse{}, false, err
	}
	set, err := state.GatewayResponses().Get(r, r.key(apiID, string(kind)))
	if !errors.Is(err, store.ErrNotFound) {
		return set, false, err
	}
	defaults := gateway.DefaultGatewayResponses()
	i := slices.IndexFunc(defaults, func(d gateway.GatewayResponse) bool { return d.Type == kind })
	if i < 0 {
		return gateway.GatewayResponse{}, false, notFound("Invalid gateway response type specified: %s", kind)
	}
	return defaults[i], true, nil
}

func (w writer) putGatewayResponse(apiID string, response gateway.GatewayResponse) error {
	if err := checkGatewayMapping(response.Parameters); err != nil {
		return err
	}
	if err := checkTemplates(response.Templates); err != nil {
		return err
	}
	return state.GatewayResponses().Put(w.tx, w.key(apiID, string(response.Type)), response)
}

// PutGatewayResponse replaces what an API answers for a type, as a whole.
func (s *Service) PutGatewayResponse(ctx context.Context, call *wire.Call, in *gen.PutGatewayResponseInput) (*gen.GatewayResponse, error) {
	response := gateway.GatewayResponse{
		Type: gateway.GatewayResponseType(in.ResponseType), StatusCode: text(in.StatusCode),
		Parameters: in.ResponseParameters, Templates: in.ResponseTemplates,
	}
	err := s.update(ctx, call, func(w writer) error {
		former, _, err := w.gatewayResponse(in.RestApiId, response.Type)
		if err != nil {
			return err
		}
		if response.StatusCode == "" {
			response.StatusCode = defaultStatus(former.Type)
		}
		return w.putGatewayResponse(in.RestApiId, response)
	})
	if err != nil {
		return nil, err
	}
	return gatewayResponseOutput(response, false), nil
}

func defaultStatus(kind gateway.GatewayResponseType) string {
	for _, d := range gateway.DefaultGatewayResponses() {
		if d.Type == kind {
			return d.StatusCode
		}
	}
	return ""
}

// GetGatewayResponse returns what an API answers for a type.
func (s *Service) GetGatewayResponse(ctx context.Context, call *wire.Call, in *gen.GetGatewayResponseInput) (*gen.GatewayResponse, error) {
	var response gateway.GatewayResponse
	var isDefault bool
	err := s.view(ctx, call, func(r reader) (err error) {
		response, isDefault, err = r.gatewayResponse(in.RestApiId, gateway.GatewayResponseType(in.ResponseType))
		return err
	})
	if err != nil {
		return nil, err
	}
	return gatewayResponseOutput(response, isDefault), nil
}

// GetGatewayResponses lists what an API answers for every type.
func (s *Service) GetGatewayResponses(ctx context.Context, call *wire.Call, in *gen.GetGatewayResponsesInput) (*gen.GetGatewayResponsesOutput, error) {
	var out gen.GetGatewayResponsesOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		set, err := values(state.GatewayResponses().List(r, r.children(in.RestApiId)))
		if err != nil {
			return err
		}
		for _, response := range gateway.DefaultGatewayResponses() {
			if string(response.Type) <= rng.After {
				continue
			}
			if len(out.Items) == rng.Limit {
				out.Position = position(string(*out.Items[rng.Limit-1].ResponseType))
				return nil
			}
			i := slices.IndexFunc(set, func(other gateway.GatewayResponse) bool { return other.Type == response.Type })
			if i >= 0 {
				response = set[i]
			}
			out.Items = append(out.Items, *gatewayResponseOutput(response, i < 0))
		}
		return nil
	})
	return &out, err
}

// UpdateGatewayResponse changes what an API answers by patch operations, starting from the default where nothing else was set
// (recorded: test_update_gateway_response).
func (s *Service) UpdateGatewayResponse(ctx context.Context, call *wire.Call, in *gen.UpdateGatewayResponseInput) (*gen.GatewayResponse, error) {
	var response gateway.GatewayResponse
	err := s.update(ctx, call, func(w writer) (err error) {
		if response, _, err = w.gatewayResponse(in.RestApiId, gateway.GatewayResponseType(in.ResponseType)); err != nil {
			return err
		}
		if err := gatewayResponsePatches().Apply(&response, in.PatchOperations); err != nil {
			return err
		}
		return w.putGatewayResponse(in.RestApiId, response)
	})
	if err != nil {
		return nil, err
	}
	return gatewayResponseOutput(response, false), nil
}

// gatewayResponsePatches are UpdateGatewayResponse's.
func gatewayResponsePatches() patch.Table[gateway.GatewayResponse] {
	const all = patch.Add | patch.Replace | patch.Remove
	type response = gateway.GatewayResponse
	entry := func(name string, field func(*response) *map[string]string) patch.Entry[response, string] {
		missing := noParameter
		if name == "responseTemplates" {
			missing = noContentType
		}
		return patch.Entry[response, string]{
			Field: field, Kind: patch.Text(), Missing: missing, Null: "Invalid null or empty value in " + name, KeepEmpty: true,
		}
	}
	return patch.Table[response]{Refuse: patch.PathThenOp, Rows: []patch.Row[response]{
		patch.Field("/statusCode", patch.Replace, patch.Text().Then(checkStatus), func(r *response) *string { return &r.StatusCode }).
			Wording("", "Invalid patch path /statusCode"),
		patch.Map("/responseParameters/{name}", all, entry("responseParameters", func(r *response) *map[string]string { return &r.Parameters })),
		patch.Map("/responseTemplates/{type}", all, entry("responseTemplates", func(r *response) *map[string]string { return &r.Templates })),
	}}
}

func checkStatus(status string) error {
	if len(status) != 3 || status[0] < '1' || status[0] > '5' || status[1] < '0' || status[1] > '9' || status[2] < '0' || status[2] > '9' {
		return badRequest("Invalid status code specified: %s", status)
	}
	return nil
}

// DeleteGatewayResponse makes an API answer the default again.
func (s *Service) DeleteGatewayResponse(ctx context.Context, call *wire.Call, in *gen.DeleteGatewayResponseInput) (*gen.DeleteGatewayResponseOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		err := state.GatewayResponses().Delete(w.tx, w.key(in.RestApiId, string(in.ResponseType)))
		return orNotFound(err, notFound("Gateway response type not defined on api")) // fact 6
	})
	return &gen.DeleteGatewayResponseOutput{}, err
}

func gatewayResponseOutput(response gateway.GatewayResponse, isDefault bool) *gen.GatewayResponse {
	return &gen.GatewayResponse{
		DefaultResponse: &isDefault, ResponseParameters: orEmpty(response.Parameters), ResponseTemplates: orEmpty(response.Templates),
		ResponseType: new(gen.GatewayResponseType(response.Type)), StatusCode: optional(response.StatusCode),
	}
}
