package apigatewayv2

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// ImportApi makes an API of an OpenAPI 3.0 document. It makes no stage, as on AWS
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html).
func (s *Service) ImportApi(ctx context.Context, call *wire.Call, in *gen.ImportApiInput) (*gen.ImportApiOutput, error) {
	def, err := readDefinition(call, text(in.Body), text(in.Basepath))
	if err != nil {
		return nil, err
	}
	strict := in.FailOnWarnings != nil && *in.FailOnWarnings
	api := gateway.API{
		Protocol: gateway.HTTP, RouteSelection: gateway.DefaultRouteSelection, APIKeySelection: gateway.DefaultAPIKeySelection,
		IPAddressType: gateway.DefaultIPAddressType, Tags: def.Tags, CreatedAt: s.now(),
	}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.reserveID(&api); err != nil {
			return err
		}
		return s.replace(w, &api, def, strict)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.ImportApiOutput(s.apiOutput(call, api))), nil
}

// ReimportApi replaces what an API consists of by a document; its stages stay, and those that deploy themselves do.
func (s *Service) ReimportApi(ctx context.Context, call *wire.Call, in *gen.ReimportApiInput) (*gen.ReimportApiOutput, error) {
	def, err := readDefinition(call, text(in.Body), text(in.Basepath))
	if err != nil {
		return nil, err
	}
	strict := in.FailOnWarnings != nil && *in.FailOnWarnings
	var api gateway.API
	err = s.update(ctx, call, func(w writer) (err error) {
		if api, err = w.api(in.ApiId); err != nil {
			return err
		}
		if err := s.replace(w, &api, def, strict); err != nil {
			return err
		}
		return w.deployAutomatically(api.ID)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.ReimportApiOutput(s.apiOutput(call, api))), nil
}

// readDefinition reads a document before anything changes, and refuses what it asks for and nobody would honour.
func readDefinition(call *wire.Call, body, basepath string) (*openapi.Definition, error) {
	mode := openapi.BasePathMode(strings.ToLower(basepath))
	switch mode {
	case "", openapi.Ignore, openapi.Prepend, openapi.Split:
	default:
		return nil, badRequest("Invalid basepath %q: must be one of ignore, prepend, split", basepath)
	}
	def, err := openapi.Read([]byte(body), openapi.Options{BasePath: mode, Tenant: call.Tenant})
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if len(def.Unbuilt) > 0 {
		f := def.Unbuilt[0]
		return nil, notBuilt(fmt.Sprintf("%s (line %d of the definition)", f.Name, f.Line))
	}
	return def, checkTags(def.Tags)
}

// replace gives the API the routes and integrations of a definition and nothing else. A route whose key was there
// before keeps its id. An integration that cannot be leaves its routes without a target and is a warning; strict makes
// warnings errors.
func (s *Service) replace(w writer, api *gateway.API, def *openapi.Definition, strict bool) error {
	api.Name, api.Description, api.Version = def.Name, def.Description, def.Version
	api.DisableDefaultEndpoint = def.DisableExecuteAPIEndpoint
	if len(def.Routes) > s.Quotas.RoutesPerAPI {
		return badRequest("Maximum number of routes for this API has been reached: %d", s.Quotas.RoutesPerAPI)
	}
	if len(def.Integrations) > s.Quotas.IntegrationsPerAPI {
		return badRequest("Maximum number of integrations for this API has been reached: %d", s.Quotas.IntegrationsPerAPI)
	}
	ids, err := w.clear(api.ID)
	if err != nil {
		return err
	}
	warnings, err := s.importRoutes(w, api.ID, def, ids)
	if err != nil {
		return err
	}
	warnings = append(def.Warnings, warnings...)
	if strict && len(warnings) > 0 {
		return badRequest("%v", openapi.WarningsFound(warnings))
	}
	api.ImportInfo, api.Warnings = nil, nil
	if len(def.Info) > 0 {
		api.ImportInfo = openapi.Messages(def.Info)
	}
	if len(warnings) > 0 {
		api.Warnings = openapi.Messages(warnings)
	}
	return w.putAPI(*api)
}

// importRoutes makes the routes and the integrations that they use.
func (s *Service) importRoutes(w writer, apiID string, def *openapi.Definition, ids map[string]string) ([]openapi.Note, error) {
	var warnings []openapi.Note
	made := make(map[*openapi.Integration]string, len(def.Integrations))
	for _, r := range def.Routes {
		route := gateway.Route{ID: ids[r.Key], Key: r.Key, OperationName: r.OperationName}
		if route.ID == "" {
			route.ID = gateway.NewID(gateway.RouteIDLength)
		}
		if in := r.Integration; in != nil {
			if made[in] == "" {
				id, err := s.importIntegration(w, apiID, in)
				var bad *gen.BadRequestException
				if errors.As(err, &bad) {
					warnings = append(warnings, openapi.Note{Message: openapi.IntegrationWarning(r.Key, bad.Message), Line: in.Line})
				} else if err != nil {
					return nil, err
				}
				made[in] = id
			}
			route.IntegrationID = made[in]
		}
		if err := w.putRoute(apiID, route); err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

// clear removes the API's routes and integrations and returns the ids of the routes by key.
func (w writer) clear(apiID string) (map[string]string, error) {
	routes, err := w.routes(apiID)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string, len(routes))
	for _, route := range routes {
		ids[route.Key] = route.ID
	}
	if _, err := state.Routes().DeleteChildren(w.tx, w.tenant.String(), apiID); err != nil {
		return nil, err
	}
	_, err = state.Integrations().DeleteChildren(w.tx, w.tenant.String(), apiID)
	return ids, err
}

func (s *Service) importIntegration(w writer, apiID string, in *openapi.Integration) (string, error) {
	integration := gateway.Integration{
		ID: gateway.NewID(gateway.IntegrationIDLength), PayloadVersion: payloadV1, TimeoutMillis: gateway.DefaultTimeoutMillis,
	}
	settings := integrationSettings{
		ConnectionId: optional(in.ConnectionID), ConnectionType: (*gen.ConnectionType)(optional(in.ConnectionType)),
		CredentialsArn: optional(in.Credentials), Description: optional(in.Description), IntegrationMethod: optional(in.Method),
		IntegrationSubtype: optional(in.Subtype), IntegrationType: new(gen.IntegrationType(in.Type)),
		IntegrationUri: optional(in.URI), PayloadFormatVersion: optional(in.PayloadVersion),
		RequestParameters: in.RequestParameters, ResponseParameters: in.ResponseParameters,
	}
	if in.TimeoutMillis != 0 {
		settings.TimeoutInMillis = new(int32(min(max(in.TimeoutMillis, math.MinInt32), math.MaxInt32)))
	}
	if in.ServerNameToVerify != "" {
		settings.TlsConfig = &gen.TlsConfigInput{ServerNameToVerify: &in.ServerNameToVerify}
	}
	if err := s.change(&integration, settings); err != nil {
		return "", err
	}
	return integration.ID, w.putIntegration(apiID, integration)
}
