package apigatewayv2

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// CreateApi makes an HTTP API; with a target also its integration, its route and its stage
// (https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html).
func (s *Service) CreateApi(ctx context.Context, call *wire.Call, in *gen.CreateApiInput) (*gen.CreateApiOutput, error) {
	if err := checkCreateAPI(in); err != nil {
		return nil, err
	}
	api := gateway.API{
		Name:                    *in.Name,
		Description:             text(in.Description),
		Version:                 text(in.Version),
		Protocol:                gateway.HTTP,
		RouteSelection:          or(in.RouteSelectionExpression, gateway.DefaultRouteSelection),
		APIKeySelection:         or(in.ApiKeySelectionExpression, gateway.DefaultAPIKeySelection),
		DisableDefaultEndpoint:  in.DisableExecuteApiEndpoint != nil && *in.DisableExecuteApiEndpoint,
		DisableSchemaValidation: in.DisableSchemaValidation != nil && *in.DisableSchemaValidation,
		IPAddressType:           or(in.IpAddressType, gateway.DefaultIPAddressType),
		CORS:                    corsOf(in.CorsConfiguration),
		Tags:                    maps.Clone(in.Tags),
		CreatedAt:               s.now(),
	}
	err := s.update(ctx, call, func(w writer) error {
		if err := w.reserveID(&api); err != nil {
			return err
		}
		if err := w.putAPI(api); err != nil {
			return err
		}
		if text(in.Target) != "" {
			return s.quickCreate(w, api.ID, in)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateApiOutput(s.apiOutput(call, api))), nil
}

func checkCreateAPI(in *gen.CreateApiInput) error {
	switch *in.ProtocolType {
	case gen.ProtocolTypeHttp:
	case gen.ProtocolTypeWebsocket:
		return notBuilt("WebSocket APIs")
	default: // the text is the one that moto answers with
		return badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
	}
	switch {
	case *in.ProtocolType != gen.ProtocolTypeHttp: // the text is what clients' tests record
		return badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
	case (text(in.RouteKey) != "" || text(in.CredentialsArn) != "") && text(in.Target) == "":
		return badRequest("RouteKey and CredentialsArn are parts of quick create and need a Target")
	}
	if err := checkRouteSelection(in.RouteSelectionExpression); err != nil {
		return err
	}
	if err := checkCORS(in.CorsConfiguration); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

// checkRouteSelection allows the one expression of HTTP APIs, in both spellings (fact 66).
func checkRouteSelection(expression *string) error {
	switch text(expression) {
	case "", gateway.DefaultRouteSelection, "${request.method} ${request.path}":
		return nil
	}
	return badRequest("Invalid RouteSelectionExpression: HTTP APIs support %s only", gateway.DefaultRouteSelection)
}

// reserveID gives the API its id: the one that the tag _custom_id_ asks for, or one that is free.
func (w writer) reserveID(api *gateway.API) error {
	wanted, custom := api.Tags[gateway.CustomIDTag]
	if custom {
		if err := gateway.CheckCustomID(wanted); err != nil {
			return badRequest("%v", err)
		}
	}
	var err error
	api.ID, err = state.ReserveAPIID(w.tx, w.tenant, wanted)
	if custom && errors.Is(err, store.ErrExists) {
		return conflict("An API with the id %s exists already in this region", wanted)
	}
	return err
}

// quickCreate makes what CreateApi's target promises: a catch-all route to it and a stage that deploys itself.
func (s *Service) quickCreate(w writer, apiID string, asked *gen.CreateApiInput) error {
	in := gateway.Integration{
		ID: gateway.NewID(gateway.IntegrationIDLength), TimeoutMillis: gateway.DefaultTimeoutMillis, Managed: true,
		CredentialsARN: text(asked.CredentialsArn),
	}
	aim(&in, *asked.Target)
	if err := s.checkIntegration(in); err != nil {
		return err
	}
	route := gateway.Route{
		ID: gateway.NewID(gateway.RouteIDLength), Key: or(asked.RouteKey, gateway.DefaultRouteKey), IntegrationID: in.ID, Managed: true,
	}
	if _, err := gateway.ParseRouteKey(route.Key); err != nil {
		return badRequest("%v", err)
	}
	stage := gateway.Stage{
		Name: gateway.DefaultStage, AutoDeploy: true, Managed: true, CreatedAt: w.now, UpdatedAt: w.now,
	}
	if err := w.putIntegration(apiID, in); err != nil {
		return err
	}
	if err := w.putRoute(apiID, route); err != nil {
		return err
	}
	if err := w.putStage(apiID, stage); err != nil {
		return err
	}
	return w.deployAutomatically(apiID)
}

// aim points what quick create makes at a URL or at a function.
func aim(in *gateway.Integration, target string) {
	in.Type, in.Method, in.URI, in.PayloadVersion = gateway.HTTPProxy, gateway.MethodAny, target, payloadV1
	if strings.HasPrefix(target, "arn:") {
		in.Type, in.Method, in.PayloadVersion = gateway.AWSProxy, "POST", payloadV2
	}
}

// GetApi returns an API.
func (s *Service) GetApi(ctx context.Context, call *wire.Call, in *gen.GetApiInput) (*gen.GetApiOutput, error) {
	var api gateway.API
	err := s.view(ctx, call, func(r reader) (err error) {
		api, err = r.api(in.ApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(gen.GetApiOutput(s.apiOutput(call, api))), nil
}

// GetApis lists the APIs of the caller's account and region.
func (s *Service) GetApis(ctx context.Context, call *wire.Call, in *gen.GetApisInput) (*gen.GetApisOutput, error) {
	var out gen.GetApisOutput
	rng, err := page(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	err = s.view(ctx, call, func(r reader) error {
		rng.Tenant = r.tenant.String()
		list, err := state.APIs().List(r, rng)
		out.NextToken = nextToken(list.Next)
		out.Items = convert(list.Items, func(api gateway.API) gen.Api { return s.apiOutput(call, api) })
		return err
	})
	return &out, err
}

// UpdateApi changes what is given. Target, RouteKey and CredentialsArn change what quick create made.
func (s *Service) UpdateApi(ctx context.Context, call *wire.Call, in *gen.UpdateApiInput) (*gen.UpdateApiOutput, error) {
	if err := checkRouteSelection(in.RouteSelectionExpression); err != nil {
		return nil, err
	}
	if err := checkCORS(in.CorsConfiguration); err != nil {
		return nil, err
	}
	var api gateway.API
	err := s.update(ctx, call, func(w writer) (err error) {
		if api, err = w.api(in.ApiId); err != nil {
			return err
		}
		replace(&api.Name, in.Name)
		set(&api.Description, in.Description)
		set(&api.Version, in.Version)
		replace(&api.RouteSelection, in.RouteSelectionExpression)
		replace(&api.APIKeySelection, in.ApiKeySelectionExpression)
		replace(&api.IPAddressType, in.IpAddressType)
		if in.CorsConfiguration != nil {
			api.CORS = corsOf(in.CorsConfiguration)
		}
		setFlag(&api.DisableDefaultEndpoint, in.DisableExecuteApiEndpoint)
		setFlag(&api.DisableSchemaValidation, in.DisableSchemaValidation)
		if err := s.updateManaged(w, in); err != nil {
			return err
		}
		return w.putAPI(api)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateApiOutput(s.apiOutput(call, api))), nil
}

func (s *Service) updateManaged(w writer, in *gen.UpdateApiInput) error {
	if text(in.Target) == "" && text(in.RouteKey) == "" && text(in.CredentialsArn) == "" {
		return nil
	}
	routes, err := w.routes(in.ApiId)
	if err != nil {
		return err
	}
	for _, route := range routes {
		if !route.Managed {
			continue
		}
		if err := s.retarget(w, route.IntegrationID, in); err != nil {
			return err
		}
		if key := text(in.RouteKey); key != "" {
			if _, err := gateway.ParseRouteKey(key); err != nil {
				return badRequest("%v", err)
			}
			route.Key = key
		}
		if err := w.putRoute(in.ApiId, route); err != nil {
			return err
		}
		return w.deployAutomatically(in.ApiId)
	}
	return badRequest("Target, RouteKey and CredentialsArn can be updated only for an API that was made by quick create")
}

func (s *Service) retarget(w writer, integrationID string, asked *gen.UpdateApiInput) error {
	in, err := w.integration(asked.ApiId, integrationID)
	if err != nil {
		return err
	}
	if target := text(asked.Target); target != "" {
		aim(&in, target)
	}
	set(&in.CredentialsARN, asked.CredentialsArn)
	if err := s.checkIntegration(in); err != nil {
		return err
	}
	return w.putIntegration(asked.ApiId, in)
}

// DeleteApi removes an API with all that belongs to it.
func (s *Service) DeleteApi(ctx context.Context, call *wire.Call, in *gen.DeleteApiInput) (*gen.DeleteApiOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		return w.deleteAPI(in.ApiId)
	})
	return &gen.DeleteApiOutput{}, err
}

func (s *Service) apiOutput(call *wire.Call, api gateway.API) gen.Api {
	return gen.Api{
		ApiEndpoint:               new(s.Endpoint(call.Tenant.Region, api.ID)),
		ApiId:                     &api.ID,
		ApiKeySelectionExpression: &api.APIKeySelection,
		CorsConfiguration:         corsOutput(api.CORS),
		CreatedDate:               &api.CreatedAt,
		Description:               optional(api.Description),
		DisableExecuteApiEndpoint: &api.DisableDefaultEndpoint,
		DisableSchemaValidation:   trueOnly(api.DisableSchemaValidation),
		ImportInfo:                api.ImportInfo,
		IpAddressType:             new(gen.IpAddressType(api.IPAddressType)),
		Name:                      &api.Name,
		ProtocolType:              new(gen.ProtocolType(api.Protocol)),
		RouteSelectionExpression:  &api.RouteSelection,
		Tags:                      orEmpty(api.Tags),
		Version:                   optional(api.Version),
		Warnings:                  api.Warnings,
	}
}
