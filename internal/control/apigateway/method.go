package apigateway

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// methodRef names a method.
type methodRef struct{ apiID, resourceID, verb string }

// method returns a method with its resource.
func (r reader) method(of methodRef) (gateway.Resource, *gateway.Method, error) {
	resource, err := r.resource(of.apiID, of.resourceID)
	if err != nil {
		return resource, nil, err
	}
	method := resource.Methods[of.verb]
	if method == nil {
		return resource, nil, notFound("Invalid Method identifier specified")
	}
	return resource, method, nil
}

// readMethod returns what pick finds in a method.
func readMethod[T any](ctx context.Context, s *Service, call *wire.Call, of methodRef, pick func(*gateway.Method) (T, error)) (found T, err error) {
	err = s.view(ctx, call, func(r reader) error {
		_, method, err := r.method(of)
		if err != nil {
			return err
		}
		found, err = pick(method)
		return err
	})
	return found, err
}

// changeMethod has change alter a method and writes it.
func (s *Service) changeMethod(ctx context.Context, call *wire.Call, of methodRef, change func(writer, *gateway.Method) error) error {
	return s.update(ctx, call, func(w writer) error {
		resource, method, err := w.method(of)
		if err != nil {
			return err
		}
		if err := change(w, method); err != nil {
			return err
		}
		return w.putResource(of.apiID, resource)
	})
}

// PutMethod adds a method to a resource.
func (s *Service) PutMethod(ctx context.Context, call *wire.Call, in *gen.PutMethodInput) (*gen.Method, error) {
	made := &gateway.Method{
		Authorization: gateway.MethodAuthorization(strings.ToUpper(*in.AuthorizationType)), AuthorizerID: text(in.AuthorizerId),
		Scopes: some(in.AuthorizationScopes), APIKeyRequired: isTrue(in.ApiKeyRequired), RequestParameters: in.RequestParameters,
		RequestModels: in.RequestModels, RequestValidatorID: text(in.RequestValidatorId), OperationName: text(in.OperationName),
	}
	err := s.update(ctx, call, func(w writer) error {
		resource, err := w.resource(in.RestApiId, in.ResourceId)
		if err != nil {
			return err
		}
		if !slices.Contains(gateway.RestMethods(), in.HttpMethod) {
			return badRequest("Invalid HttpMethod specified. Valid options are %s", strings.Join(gateway.RestMethods(), ","))
		}
		if resource.Methods[in.HttpMethod] != nil { // the text is that of reports of Terraform's users
			return conflict("Method already exists for this resource")
		}
		if err := w.checkMethod(in.RestApiId, made); err != nil {
			return err
		}
		if resource.Methods == nil {
			resource.Methods = map[string]*gateway.Method{}
		}
		resource.Methods[in.HttpMethod] = made
		return w.putResource(in.RestApiId, resource)
	})
	if err != nil {
		return nil, err
	}
	return methodOutput(in.HttpMethod, made), nil
}

// checkMethod checks a method as it would be stored. Recorded: test_put_method_validation, test_update_method_validation,
// test_method_request_parameters, test_put_integration_request_parameter_bool_type.
func (r reader) checkMethod(apiID string, m *gateway.Method) error {
	if err := checkRequestParameters(m.RequestParameters); err != nil {
		return err
	}
	if err := r.checkAuthorization(apiID, m); err != nil {
		return err
	}
	if m.RequestValidatorID != "" {
		if _, err := r.validator(apiID, m.RequestValidatorID); err != nil {
			return asBadRequest(err)
		}
	}
	return r.checkModels(apiID, m.RequestModels)
}

// asBadRequest is the answer to a request that names what does not exist.
func asBadRequest(err error) error {
	if missing, ok := errors.AsType[*gen.NotFoundException](err); ok {
		return badRequest("%s", missing.Message)
	}
	return err
}

// checkRequestParameters checks what a method declares. The text on names is reported (floci-io/floci pull request 3549,
// api-platform/api-platform issue 2150).
func checkRequestParameters(parameters map[string]bool) error {
	names := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		rest, ok := strings.CutPrefix(key, "method.request.")
		location, name, _ := strings.Cut(strings.TrimPrefix(rest, "multivalue"), ".")
		if !ok || name == "" || !slices.Contains([]string{"header", "querystring", "path"}, location) {
			return invalidMapping(key)
		}
		if strings.IndexFunc(name, isNoParameter) >= 0 {
			return validationResult(invalidExpression, "Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$")
		}
		if names[name] {
			return badRequest("Parameter names must be unique across querystring, header and path")
		}
		names[name] = true
	}
	return nil
}

// isNoParameter reports whether a character stands in no name of a parameter.
func isNoParameter(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(":._$-", c)
}

// checkAuthorization drops the authorizer of methods that need none.
func (r reader) checkAuthorization(apiID string, m *gateway.Method) error {
	const requires = "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
	switch m.Authorization {
	case gateway.AuthorizationNone, gateway.AuthorizationIAM:
		m.AuthorizerID = ""
		return nil
	case gateway.AuthorizationCustom, gateway.AuthorizationCognito:
	default:
		return badRequest("Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS")
	}
	authorizer, err := r.authorizer(apiID, m.AuthorizerID)
	if _, missing := errors.AsType[*gen.NotFoundException](err); missing {
		return badRequest(requires)
	}
	if err == nil && (authorizer.Type == gateway.CognitoAuthorizer) != (m.Authorization == gateway.AuthorizationCognito) {
		return badRequest(requires)
	}
	return err
}

func (r reader) checkModels(apiID string, models map[string]string) error {
	for contentType, name := range models {
		if err := checkContentType(contentType); err != nil {
			return err
		}
		_, err := state.RestModels().Get(r, r.key(apiID, name))
		if errors.Is(err, store.ErrNotFound) {
			return badRequest("Invalid model identifier specified: %s", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// GetMethod returns a method.
func (s *Service) GetMethod(ctx context.Context, call *wire.Call, in *gen.GetMethodInput) (*gen.Method, error) {
	return readMethod(ctx, s, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(m *gateway.Method) (*gen.Method, error) {
		return methodOutput(in.HttpMethod, m), nil
	})
}

// UpdateMethod changes a method by patch operations.
func (s *Service) UpdateMethod(ctx context.Context, call *wire.Call, in *gen.UpdateMethodInput) (*gen.Method, error) {
	var out *gen.Method
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(w writer, m *gateway.Method) error {
		if err := methodPatches().Apply(m, in.PatchOperations); err != nil {
			return err
		}
		out = methodOutput(in.HttpMethod, m)
		err := w.checkMethod(in.RestApiId, m)
		out.AuthorizerId = optional(m.AuthorizerID)
		return err
	})
	return out, err
}

// methodPatches are UpdateMethod's.
func methodPatches() patch.Table[gateway.Method] {
	type method = gateway.Method
	const all = patch.Add | patch.Replace | patch.Remove
	return patch.Table[method]{Refuse: patch.PathThenOp, Rows: []patch.Row[method]{
		patch.List("/authorizationScopes", patch.Add|patch.Remove, func(m *method) *[]string { return &m.Scopes }),
		patch.Field("/authorizationType", patch.Replace, patch.Enum(gateway.AuthorizationNone, gateway.AuthorizationIAM,
			gateway.AuthorizationCustom, gateway.AuthorizationCognito), func(m *method) *gateway.MethodAuthorization { return &m.Authorization }),
		patch.Field("/authorizerId", patch.Replace, patch.Text(), func(m *method) *string { return &m.AuthorizerID }),
		patch.Field("/apiKeyRequired", patch.Replace, patch.Flag(), func(m *method) *bool { return &m.APIKeyRequired }),
		patch.Field("/operationName", patch.Replace, patch.Text(), func(m *method) *string { return &m.OperationName }),
		changesCacheKeys(patch.Map("/requestParameters/{name}", all, patch.Entry[method, bool]{
			Field: func(m *method) *map[string]bool { return &m.RequestParameters }, Kind: patch.Flag(), Missing: noParameter,
		})),
		patch.Map("/requestModels/{type}", all, patch.Entry[method, string]{
			Field: func(m *method) *map[string]string { return &m.RequestModels }, Kind: patch.Text(), Missing: noContentType,
		}),
		patch.Field("/requestValidatorId", patch.Replace, patch.Text(), func(m *method) *string { return &m.RequestValidatorID }),
	}}
}

// What patch operations say of keys that are not there (recorded: test_update_method_wrong_param_names).
const (
	noParameter   = "Invalid parameter name specified"
	noContentType = "Content-Type specified was not found"
)

// changesCacheKeys drops a parameter that is replaced or removed from the keys of the integration's cache, as AWS does
// (Terraform's provider adds it again).
func changesCacheKeys(row patch.Row[gateway.Method]) patch.Row[gateway.Method] {
	apply := row.Apply
	row.Apply = func(m *gateway.Method, c patch.Change) error {
		if in := m.Integration; in != nil && c.Op != patch.Add {
			in.CacheKeyParameters = slices.DeleteFunc(in.CacheKeyParameters, func(key string) bool { return key == c.Key(0) })
		}
		return apply(m, c)
	}
	return row
}

// DeleteMethod removes a method with its integration and responses.
func (s *Service) DeleteMethod(ctx context.Context, call *wire.Call, in *gen.DeleteMethodInput) (*gen.DeleteMethodOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		resource, _, err := w.method(methodRef{in.RestApiId, in.ResourceId, in.HttpMethod})
		if err != nil {
			return err
		}
		delete(resource.Methods, in.HttpMethod)
		return w.putResource(in.RestApiId, resource)
	})
	return &gen.DeleteMethodOutput{}, err
}

func methodOutput(verb string, m *gateway.Method) *gen.Method {
	out := gen.Method{
		ApiKeyRequired: &m.APIKeyRequired, AuthorizationScopes: some(m.Scopes), AuthorizationType: optional(string(m.Authorization)),
		AuthorizerId: optional(m.AuthorizerID), HttpMethod: &verb, OperationName: optional(m.OperationName),
		RequestModels: m.RequestModels, RequestParameters: m.RequestParameters, RequestValidatorId: optional(m.RequestValidatorID),
	}
	if m.Integration != nil {
		out.MethodIntegration = integrationOutput(m.Integration)
	}
	if len(m.Responses) > 0 {
		out.MethodResponses = make(map[string]gen.MethodResponse, len(m.Responses))
		for status, response := range m.Responses {
			out.MethodResponses[status] = *methodResponseOutput(status, response)
		}
	}
	return &out
}
