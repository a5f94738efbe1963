package apigatewayv2

import (
	"context"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// CreateRoute makes a route.
func (s *Service) CreateRoute(ctx context.Context, call *wire.Call, in *gen.CreateRouteInput) (*gen.CreateRouteOutput, error) {
	if text(in.RouteKey) == "" {
		return nil, badRequest("Route key is required") // fact 49
	}
	route := gateway.Route{
		ID: gateway.NewID(gateway.RouteIDLength), Key: *in.RouteKey, OperationName: text(in.OperationName),
	}
	settings := routeSettings(*in)
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if err := settings.apply(w.reader, in.ApiId, &route); err != nil {
			return err
		}
		if err := s.checkRoom(w, in.ApiId); err != nil {
			return err
		}
		return w.saveRoute(in.ApiId, &route, in.Target)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateRouteOutput(routeOutput(route))), nil
}

func (s *Service) checkRoom(w writer, apiID string) error {
	routes, err := w.routes(apiID)
	if err == nil && len(routes) >= s.Quotas.RoutesPerAPI {
		return badRequest("Maximum number of routes for this API has been reached: %d", s.Quotas.RoutesPerAPI)
	}
	return err
}

// saveRoute checks key and target, keeps the route and deploys.
func (w writer) saveRoute(apiID string, route *gateway.Route, target *string) error {
	if _, err := gateway.ParseRouteKey(route.Key); err != nil {
		return badRequest("%v", err)
	}
	if t := text(target); t != "" {
		id, err := w.target(apiID, t)
		if err != nil {
			return err
		}
		route.IntegrationID = id
	}
	if err := w.putRoute(apiID, *route); err != nil {
		return err
	}
	return w.deployAutomatically(apiID)
}

const targetPrefix = "integrations/"

// target returns the integration that a route's target names. The text is fact 50's.
func (w writer) target(apiID, target string) (string, error) {
	id, ok := strings.CutPrefix(target, targetPrefix)
	if !ok || id == "" || strings.Contains(id, "/") {
		return "", badRequest("Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.")
	}
	if _, err := w.integration(apiID, id); err != nil {
		var missing *gen.NotFoundException
		if errors.As(err, &missing) {
			return "", badRequest("%s", missing.Message)
		}
		return "", err
	}
	return id, nil
}

// routeSettings are the members of CreateRoute and UpdateRoute that are checked alike.
type routeSettings gen.CreateRouteInput

// apply changes the route's authorization to what is given and checks the result. Texts are those of facts 51 and 52.
func (in routeSettings) apply(r reader, apiID string, route *gateway.Route) error {
	switch {
	case in.ApiKeyRequired != nil && *in.ApiKeyRequired:
		return badRequest("ApiKeyRequired is not currently supported for HTTP APIs.")
	case text(in.ModelSelectionExpression) != "" || len(in.RequestModels) > 0 || len(in.RequestParameters) > 0 ||
		text(in.RouteResponseSelectionExpression) != "":
		return badRequest("Models, request parameters and route responses are not supported for HTTP APIs")
	}
	if in.AuthorizationType != nil {
		route.Authorization = gateway.Authorization(text(in.AuthorizationType))
	}
	set(&route.AuthorizerID, in.AuthorizerId)
	if in.AuthorizationScopes != nil {
		route.Scopes = in.AuthorizationScopes
	}
	switch gen.AuthorizationType(route.Authorization) {
	case "", gen.AuthorizationTypeNone:
		route.Authorization, route.AuthorizerID = gateway.Anyone, ""
	case gen.AuthorizationTypeAwsIam:
		route.AuthorizerID = ""
	case gen.AuthorizationTypeCustom:
		if err := checkAuthorizedRoute(r, apiID, route, customNeedsOne); err != nil {
			return err
		}
	case gen.AuthorizationTypeJwt:
		if len(route.Scopes) > gateway.MaxScopes {
			return badRequest("A route can have at most %d authorization scopes", gateway.MaxScopes)
		}
		return checkAuthorizedRoute(r, apiID, route, jwtNeedsOne)
	}
	if len(route.Scopes) > 0 {
		if in.AuthorizationScopes != nil {
			return badRequest("Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type")
		}
		route.Scopes = nil
	}
	return nil
}

// What a route needs; the second text is recorded of REST APIs (serverless/serverless issue 1056).
const (
	jwtNeedsOne    = "Setting the authorization type to JWT requires a valid JWT authorizer."
	customNeedsOne = "Setting the authorization type to CUSTOM requires a valid authorizer."
)

// checkAuthorizedRoute says whether the route's authorizer is there and of the route's kind.
func checkAuthorizedRoute(r reader, apiID string, route *gateway.Route, needsOne string) error {
	if route.AuthorizerID == "" {
		return badRequest("%s", needsOne)
	}
	a, err := r.authorizer(apiID, route.AuthorizerID)
	var missing *gen.NotFoundException
	if errors.As(err, &missing) || err == nil && authorizationOf(a) != route.Authorization {
		return badRequest("Invalid authorizer ID specified. %s", needsOne)
	}
	return err
}

// authorizationOf is that of the routes which an authorizer guards.
func authorizationOf(a gateway.Authorizer) gateway.Authorization {
	if a.Type == gateway.LambdaAuthorizer {
		return gateway.Custom
	}
	return gateway.JWT
}

// GetRoute returns a route.
func (s *Service) GetRoute(ctx context.Context, call *wire.Call, in *gen.GetRouteInput) (*gen.GetRouteOutput, error) {
	route, err := readPart(ctx, s, call, part{in.ApiId, in.RouteId}, reader.route)
	if err != nil {
		return nil, err
	}
	return new(gen.GetRouteOutput(routeOutput(route))), nil
}

// GetRoutes lists an API's routes.
func (s *Service) GetRoutes(ctx context.Context, call *wire.Call, in *gen.GetRoutesInput) (*gen.GetRoutesOutput, error) {
	var out gen.GetRoutesOutput
	err := s.list(ctx, call, in.ApiId, listing{in.MaxResults, in.NextToken}, func(r reader, rng store.Range) error {
		list, err := state.Routes().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, routeOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateRoute changes what is given.
func (s *Service) UpdateRoute(ctx context.Context, call *wire.Call, in *gen.UpdateRouteInput) (*gen.UpdateRouteOutput, error) {
	settings := routeSettings{
		ApiKeyRequired: in.ApiKeyRequired, AuthorizationScopes: in.AuthorizationScopes, AuthorizationType: in.AuthorizationType,
		AuthorizerId: in.AuthorizerId, ModelSelectionExpression: in.ModelSelectionExpression, RequestModels: in.RequestModels,
		RequestParameters: in.RequestParameters, RouteResponseSelectionExpression: in.RouteResponseSelectionExpression,
	}
	var route gateway.Route
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if route, err = w.route(in.ApiId, in.RouteId); err != nil {
			return err
		}
		if err := settings.apply(w.reader, in.ApiId, &route); err != nil {
			return err
		}
		replace(&route.Key, in.RouteKey)
		set(&route.OperationName, in.OperationName)
		return w.saveRoute(in.ApiId, &route, in.Target)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateRouteOutput(routeOutput(route))), nil
}

// DeleteRoute removes a route.
func (s *Service) DeleteRoute(ctx context.Context, call *wire.Call, in *gen.DeleteRouteInput) (*gen.DeleteRouteOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if _, err := w.route(in.ApiId, in.RouteId); err != nil {
			return err
		}
		if err := state.Routes().Delete(w.tx, w.key(in.ApiId, in.RouteId)); err != nil {
			return err
		}
		return w.deployAutomatically(in.ApiId)
	})
	return &gen.DeleteRouteOutput{}, err
}

func routeOutput(route gateway.Route) gen.Route {
	out := gen.Route{
		ApiGatewayManaged: trueOnly(route.Managed),
		ApiKeyRequired:    new(false),
		AuthorizationType: new(gen.AuthorizationTypeNone),
		AuthorizerId:      optional(route.AuthorizerID),
		OperationName:     optional(route.OperationName),
		RouteId:           &route.ID,
		RouteKey:          &route.Key,
	}
	if route.Authorization != gateway.Anyone {
		out.AuthorizationType = new(gen.AuthorizationType(route.Authorization))
	}
	if len(route.Scopes) > 0 {
		out.AuthorizationScopes = route.Scopes
	}
	if route.IntegrationID != "" {
		out.Target = new(targetPrefix + route.IntegrationID)
	}
	return out
}

// DeleteRouteRequestParameter refuses: only routes of WebSocket APIs have request parameters, and those are not built.
func (s *Service) DeleteRouteRequestParameter(ctx context.Context, call *wire.Call, in *gen.DeleteRouteRequestParameterInput) (*gen.DeleteRouteRequestParameterOutput, error) {
	err := s.view(ctx, call, func(r reader) error {
		if _, err := r.api(in.ApiId); err != nil {
			return err
		}
		if _, err := r.route(in.ApiId, in.RouteId); err != nil {
			return err
		}
		return notFound("Invalid request parameter specified %s", in.RequestParameterKey)
	})
	return nil, err
}
