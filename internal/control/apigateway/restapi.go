package apigateway

import (
	"context"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// CreateRestApi makes a REST API with its root resource and AWS's two models, or a copy of another one.
func (s *Service) CreateRestApi(ctx context.Context, call *wire.Call, in *gen.CreateRestApiInput) (*gen.RestApi, error) {
	api := gateway.RestAPI{
		Name: *in.Name, Description: text(in.Description), Version: text(in.Version), BinaryMediaTypes: in.BinaryMediaTypes,
		APIKeySource: or(in.ApiKeySource, gateway.APIKeyFromHeader), Endpoint: endpointOf(in.EndpointConfiguration),
		Policy: text(in.Policy), DisableDefaultEndpoint: isTrue(in.DisableExecuteApiEndpoint), Tags: maps.Clone(in.Tags),
		SecurityPolicy: text(in.SecurityPolicy), EndpointAccessMode: text(in.EndpointAccessMode),
	}
	if size := in.MinimumCompressionSize; size != nil {
		api.MinimumCompressionSize = new(int(*size))
	}
	if err := checkCreate(in); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) (err error) {
		if api.ID, err = w.reserveID(api.Tags); err != nil {
			return err
		}
		api.CreatedAt = w.now
		if err := checkAPI(&api, w.tenant); err != nil {
			return err
		}
		if from := text(in.CloneFrom); from != "" {
			return w.cloneAPI(from, &api)
		}
		return w.createAPI(&api)
	})
	if err != nil {
		return nil, err
	}
	return apiOutput(api), nil
}

// checkCreate has the refusals that only creation knows, in AWS's order (recorded: test_create_rest_api_with_optional_params,
// test_create_rest_api_with_endpoint_configuration, test_create_rest_api_private_type).
func checkCreate(in *gen.CreateRestApiInput) error {
	if in.Description != nil && *in.Description == "" {
		return badRequest("Description cannot be an empty string")
	}
	if err := checkTags(in.Tags); err != nil {
		return err
	}
	if e := in.EndpointConfiguration; e != nil {
		switch {
		case e.Types != nil && len(e.Types) == 0:
			return badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
		case len(e.Types) > 1:
			return badRequest("Cannot create an api with multiple Endpoint Types.")
		}
	}
	return nil
}

// createAPI writes a new API with what every one has.
func (w writer) createAPI(api *gateway.RestAPI) error {
	root := gateway.Resource{ID: gateway.NewID(gateway.RootResourceIDLength), Path: "/"}
	api.RootResourceID = root.ID
	if err := w.putAPI(*api); err != nil {
		return err
	}
	for _, model := range defaultModels() {
		if err := state.RestModels().Put(w.tx, w.key(api.ID, model.Name), model); err != nil {
			return err
		}
	}
	return state.Resources().Put(w.tx, w.key(api.ID, root.ID), root)
}

// GetRestApi returns an API.
func (s *Service) GetRestApi(ctx context.Context, call *wire.Call, in *gen.GetRestApiInput) (*gen.RestApi, error) {
	var api gateway.RestAPI
	err := s.view(ctx, call, func(r reader) (err error) {
		api, err = r.api(in.RestApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return withTags(apiOutput(api)), nil
}

// GetRestApis lists the APIs of the caller's account and region.
func (s *Service) GetRestApis(ctx context.Context, call *wire.Call, in *gen.GetRestApisInput) (*gen.GetRestApisOutput, error) {
	rng, err := page(in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	var list store.Page[gateway.RestAPI]
	err = s.view(ctx, call, func(r reader) (err error) {
		rng.Tenant = r.tenant.String()
		list, err = state.RestAPIs().List(r, rng)
		return err
	})
	return &gen.GetRestApisOutput{
		Items: convert(list.Items, func(api gateway.RestAPI) gen.RestApi { return *apiOutput(api) }), Position: position(list.Next),
	}, err
}

// UpdateRestApi changes an API by patch operations.
func (s *Service) UpdateRestApi(ctx context.Context, call *wire.Call, in *gen.UpdateRestApiInput) (*gen.RestApi, error) {
	var api gateway.RestAPI
	err := s.update(ctx, call, func(w writer) (err error) {
		if api, err = w.api(in.RestApiId); err != nil {
			return err
		}
		if err := restAPIPatches().Apply(&api, in.PatchOperations); err != nil {
			return err
		}
		if err := checkAPI(&api, w.tenant); err != nil {
			return err
		}
		return w.putAPI(api)
	})
	if err != nil {
		return nil, err
	}
	return withTags(apiOutput(api)), nil
}

// DeleteRestApi removes an API with all that belongs to it.
func (s *Service) DeleteRestApi(ctx context.Context, call *wire.Call, in *gen.DeleteRestApiInput) (*gen.DeleteRestApiOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if err := w.checkUnmapped(in.RestApiId); err != nil {
			return err
		}
		return w.deleteAPI(in.RestApiId)
	})
	return &gen.DeleteRestApiOutput{}, err
}

// checkUnmapped refuses to delete an API that a domain name leads to; the text is that of glomex/gcdt issue 373.
func (r reader) checkUnmapped(apiID string) error {
	all, err := state.BasePathMappings().List(r, store.Range{Tenant: r.tenant.String(), AnyParent: true})
	for _, mapping := range all.Items {
		if mapping.Value.APIID == apiID {
			return badRequest("Deleting RestApi %s failed. Please remove all base path mappings related to the RestApi in your domains: %s", apiID, mapping.Parent)
		}
	}
	return err
}

// restAPIPatches are UpdateRestApi's.
func restAPIPatches() patch.Table[gateway.RestAPI] {
	type api = gateway.RestAPI
	const types = "/endpointConfiguration/types/{type}"
	return patch.Table[api]{Refuse: patch.PathThenOp, Rows: []patch.Row[api]{
		patch.Field("/name", patch.Replace, patch.Text(), func(a *api) *string { return &a.Name }),
		patch.Field("/description", patch.Add|patch.Replace|patch.Remove, patch.Text(), func(a *api) *string { return &a.Description }),
		patch.Field("/apiKeySource", patch.Replace, patch.Enum(gateway.APIKeyFromHeader, gateway.APIKeyFromAuthorizer),
			func(a *api) *string { return &a.APIKeySource }),
		patch.Set("/binaryMediaTypes/{type}", patch.Add|patch.Replace|patch.Remove, func(a *api) *[]string { return &a.BinaryMediaTypes }),
		patch.Field("/disableExecuteApiEndpoint", patch.Replace, patch.Flag(), func(a *api) *bool { return &a.DisableDefaultEndpoint }),
		patch.Do(types, patch.Replace, "enum", replaceEndpointType).
			Wording("", "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"),
		patch.List("/endpointConfiguration/vpcEndpointIds", patch.Add|patch.Remove, func(a *api) *[]string { return &a.Endpoint.VPCEndpointIDs }),
		patch.Field("/endpointConfiguration/ipAddressType", patch.Replace, patch.Enum(gateway.IPv4, gateway.DualStack).Otherwise(ipAddressTypes),
			func(a *api) *string { return &a.Endpoint.IPAddressType }),
		patch.Field("/endpointAccessMode", patch.Replace, patch.Enum("BASIC", "STRICT"), func(a *api) *string { return &a.EndpointAccessMode }),
		patch.Field("/minimumCompressionSize", patch.Replace, patch.Optional(patch.Integer()).Otherwise(compressionSizes),
			func(a *api) **int { return &a.MinimumCompressionSize }),
		patch.Field("/policy", patch.Replace, patch.Text(), func(a *api) *string { return &a.Policy }),
		patch.Field("/securityPolicy", patch.Replace, patch.Enum(gateway.SecurityPolicies()...), func(a *api) *string { return &a.SecurityPolicy }),
	}}
}

// replaceEndpointType puts the one type in place of the other: the path names it, or its index (recorded:
// test_update_rest_api_ip_address_type).
func replaceEndpointType(api *gateway.RestAPI, c patch.Change) error {
	if !slices.Contains([]string{gateway.EndpointRegional, gateway.EndpointEdge, gateway.EndpointPrivate}, c.Value) {
		return badRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	api.Endpoint.Types = []string{c.Value}
	if c.Value == gateway.EndpointPrivate {
		api.Endpoint.IPAddressType = gateway.DualStack
	}
	return nil
}
