package apigatewayv2

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/control/openapi"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// ImportApi makes an API of an OpenAPI 3.0 document. It makes no stage, as on AWS
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html).
func (s *Service) ImportApi(ctx context.Context, call *wire.Call, in *gen.ImportApiInput) (*gen.ImportApiOutput, error) {
	def, err := s.readDefinition(ctx, call, text(in.Body), text(in.Basepath))
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
	def, err := s.readDefinition(ctx, call, text(in.Body), text(in.Basepath))
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
func (s *Service) readDefinition(ctx context.Context, call *wire.Call, body, basepath string) (*openapi.Definition, error) {
	mode := openapi.BasePathMode(strings.ToLower(basepath))
	switch mode {
	case "", openapi.Ignore, openapi.Prepend, openapi.Split:
	default:
		return nil, badRequest("Invalid basepath %q: must be one of ignore, prepend, split", basepath)
	}
	def, err := openapi.Read([]byte(body), openapi.Options{
		BasePath: mode, Tenant: call.Tenant, Built: openapi.Everything(),
	})
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if len(def.Unbuilt) > 0 {
		f := def.Unbuilt[0]
		return nil, notBuilt(fmt.Sprintf("%s (line %d of the definition)", f.Name, f.Line))
	}
	if err := checkExtensions(def); err != nil {
		return nil, err
	}
	s.probe(ctx, def)
	return def, checkTags(def.Tags)
}

// checkExtensions refuses settings of Dipylon's own that are wrong: a limit that is not understood would be a limit that
// does not hold.
func checkExtensions(def *openapi.Definition) error {
	if err := compile.CheckExtensions(def.Extensions); err != nil {
		return badRequest("%v", err)
	}
	for _, r := range def.Routes {
		if err := compile.CheckExtensions(r.Extensions); err != nil {
			return badRequest("%v (%s, line %d of the definition)", err, r.Key, r.Line)
		}
	}
	return nil
}

// probe leaves out the authorizers whose issuers do not answer: a warning, as on AWS (fact 68).
func (s *Service) probe(ctx context.Context, def *openapi.Definition) {
	def.Authorizers = slices.DeleteFunc(def.Authorizers, func(a *openapi.Authorizer) bool {
		if a.Type != gateway.JWTAuthorizer || a.Issuer == "" {
			return false // there is nobody to ask, or it is refused for that
		}
		err := s.Issuers.Probe(ctx, a.Issuer)
		if err != nil {
			def.Warnings = append(def.Warnings, openapi.Note{Message: openapi.AuthorizerWarning(a.Name, err.Error()), Line: a.Line})
		}
		return err != nil
	})
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
	if err := checkCORS(corsOutput(def.CORS)); err != nil {
		return err
	}
	api.CORS, api.Extensions = def.CORS, def.Extensions
	im, err := s.newImporter(w, api.ID)
	if err != nil {
		return err
	}
	if err := im.authorizers(def); err != nil {
		return err
	}
	if err := im.routes(def); err != nil {
		return err
	}
	warnings := slices.Concat(def.Warnings, im.warnings)
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

// importer makes what a definition says.
type importer struct {
	*Service
	w     writer
	apiID string
	// routeIDs are the ids of the routes that were there before, by key.
	routeIDs map[string]string
	// made are the ids of what has been made; an authorizer that cannot be has none.
	made     map[any]string
	warnings []openapi.Note
}

// newImporter clears the API and remembers its routes.
func (s *Service) newImporter(w writer, apiID string) (*importer, error) {
	im := &importer{Service: s, w: w, apiID: apiID, routeIDs: map[string]string{}, made: map[any]string{}}
	routes, err := w.routes(apiID)
	if err != nil {
		return nil, err
	}
	for _, route := range routes {
		im.routeIDs[route.Key] = route.ID
	}
	for _, remove := range []func(store.Tx, string, string) (int, error){
		state.Routes().DeleteChildren, state.Integrations().DeleteChildren, state.Authorizers().DeleteChildren,
	} {
		if _, err := remove(w.tx, w.tenant.String(), apiID); err != nil {
			return nil, err
		}
	}
	return im, nil
}

func (im *importer) warn(line int, message string) {
	im.warnings = append(im.warnings, openapi.Note{Message: message, Line: line})
}

// authorizers makes the authorizers. One that cannot be is a warning, and its routes are left out (fact 68).
func (im *importer) authorizers(def *openapi.Definition) error {
	for _, a := range def.Authorizers {
		made := gateway.Authorizer{
			ID: gateway.NewID(gateway.AuthorizerIDLength), Name: a.Name, Type: a.Type, IdentitySource: a.IdentitySource,
			Issuer: a.Issuer, Audience: a.Audience,
			URI: a.URI, PayloadVersion: a.PayloadVersion, SimpleResponses: a.SimpleResponses, TTLSeconds: a.TTLSeconds,
			CredentialsARN: a.Credentials,
		}
		err := checkAuthorizer(made)
		if err == nil {
			err = im.putNewAuthorizer(im.w, im.apiID, made)
		}
		var bad *gen.BadRequestException
		if errors.As(err, &bad) {
			im.warn(a.Line, openapi.AuthorizerWarning(a.Name, bad.Message))
			continue
		}
		if err != nil {
			return err
		}
		im.made[a] = made.ID
	}
	return nil
}

// routes makes the routes and the integrations that they use.
func (im *importer) routes(def *openapi.Definition) error {
	for i := range def.Routes {
		r := &def.Routes[i]
		if r.Authorizer != nil && im.made[r.Authorizer] == "" {
			im.warn(r.Line, openapi.AuthorizationWarning(r.Key, ""))
			continue
		}
		route := gateway.Route{
			ID: im.routeIDs[r.Key], Key: r.Key, OperationName: r.OperationName,
			Authorization: r.Authorization, AuthorizerID: im.made[r.Authorizer], Scopes: r.Scopes,
			Extensions: r.Extensions,
		}
		if route.ID == "" {
			route.ID = gateway.NewID(gateway.RouteIDLength)
		}
		if len(route.Scopes) > gateway.MaxScopes {
			return badRequest("A route can have at most %d authorization scopes: %s", gateway.MaxScopes, r.Key)
		}
		var err error
		if route.IntegrationID, err = im.integration(r.Integration, r.Key); err != nil {
			return err
		}
		if err := im.w.putRoute(im.apiID, route); err != nil {
			return err
		}
	}
	for _, in := range def.Integrations {
		if _, err := im.integration(in, ""); err != nil {
			return err
		}
	}
	return nil
}

// integration makes an integration once and returns its id. One that cannot be is a warning, and its route has no target.
func (im *importer) integration(in *openapi.Integration, routeKey string) (string, error) {
	if in == nil {
		return "", nil
	}
	if id, done := im.made[in]; done {
		return id, nil
	}
	id, err := im.importIntegration(im.w, im.apiID, in)
	var bad *gen.BadRequestException
	if errors.As(err, &bad) {
		im.warn(in.Line, openapi.IntegrationWarning(routeKey, bad.Message))
		err = nil
	}
	im.made[in] = id
	return id, err
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
	if err := s.change(w.reader, &integration, settings); err != nil {
		return "", err
	}
	return integration.ID, w.putIntegration(apiID, integration)
}
