package apigatewayv2

import (
	"context"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// Issuers asks an OpenID issuer whether it is there.
type Issuers interface {
	Probe(ctx context.Context, issuer string) error
}

// Verdicts are the remembered answers of authorizers' functions.
type Verdicts interface {
	Reset(region, apiID, stage string)
}

// CreateAuthorizer makes an authorizer. As on AWS, the issuer of a JWT authorizer must answer (fact 57).
func (s *Service) CreateAuthorizer(ctx context.Context, call *wire.Call, in *gen.CreateAuthorizerInput) (*gen.CreateAuthorizerOutput, error) {
	authorizer := gateway.Authorizer{ID: gateway.NewID(gateway.AuthorizerIDLength)}
	if err := changeAuthorizer(&authorizer, *in); err != nil {
		return nil, err
	}
	if authorizer.Type == gateway.JWTAuthorizer {
		if err := s.checkIssuer(ctx, call, in.ApiId, authorizer.Issuer); err != nil {
			return nil, err
		}
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		return s.putNewAuthorizer(w, in.ApiId, authorizer)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateAuthorizerOutput(authorizerOutput(authorizer))), nil
}

// checkIssuer asks an issuer whether it is there, for an API that is. It stands before the transaction: issuers are slow.
func (s *Service) checkIssuer(ctx context.Context, call *wire.Call, apiID, issuer string) error {
	err := s.view(ctx, call, func(r reader) error {
		_, err := r.api(apiID)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.Issuers.Probe(ctx, issuer); err != nil {
		return badRequest("%v", err)
	}
	return nil
}

func (s *Service) putNewAuthorizer(w writer, apiID string, authorizer gateway.Authorizer) error {
	all, err := w.authorizers(apiID)
	if err != nil {
		return err
	}
	if len(all) >= s.Quotas.AuthorizersPerAPI {
		return badRequest("Maximum number of authorizers for this API has been reached: %d", s.Quotas.AuthorizersPerAPI)
	}
	return w.putAuthorizer(apiID, authorizer, all)
}

// putAuthorizer keeps an authorizer, unless another of the API has its name.
func (w writer) putAuthorizer(apiID string, authorizer gateway.Authorizer, all []gateway.Authorizer) error {
	if slices.ContainsFunc(all, func(a gateway.Authorizer) bool { return a.Name == authorizer.Name && a.ID != authorizer.ID }) {
		return badRequest("Authorizer name must be unique. Authorizer %s already exists in this API.", authorizer.Name)
	}
	return state.Authorizers().Put(w.tx, w.key(apiID, authorizer.ID), authorizer)
}

// GetAuthorizer returns an authorizer.
func (s *Service) GetAuthorizer(ctx context.Context, call *wire.Call, in *gen.GetAuthorizerInput) (*gen.GetAuthorizerOutput, error) {
	a, err := readPart(ctx, s, call, part{in.ApiId, in.AuthorizerId}, reader.authorizer)
	if err != nil {
		return nil, err
	}
	return new(gen.GetAuthorizerOutput(authorizerOutput(a))), nil
}

// GetAuthorizers lists an API's authorizers.
func (s *Service) GetAuthorizers(ctx context.Context, call *wire.Call, in *gen.GetAuthorizersInput) (*gen.GetAuthorizersOutput, error) {
	var out gen.GetAuthorizersOutput
	err := s.list(ctx, call, in.ApiId, listing{in.MaxResults, in.NextToken}, func(r reader, rng store.Range) error {
		list, err := state.Authorizers().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, authorizerOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateAuthorizer changes what is given.
func (s *Service) UpdateAuthorizer(ctx context.Context, call *wire.Call, in *gen.UpdateAuthorizerInput) (*gen.UpdateAuthorizerOutput, error) {
	if in.JwtConfiguration != nil && text(in.JwtConfiguration.Issuer) != "" {
		if err := s.checkIssuer(ctx, call, in.ApiId, *in.JwtConfiguration.Issuer); err != nil {
			return nil, err
		}
	}
	settings := gen.CreateAuthorizerInput{
		AuthorizerCredentialsArn: in.AuthorizerCredentialsArn, AuthorizerPayloadFormatVersion: in.AuthorizerPayloadFormatVersion,
		AuthorizerResultTtlInSeconds: in.AuthorizerResultTtlInSeconds, AuthorizerType: in.AuthorizerType, AuthorizerUri: in.AuthorizerUri,
		EnableSimpleResponses: in.EnableSimpleResponses, IdentitySource: in.IdentitySource,
		IdentityValidationExpression: in.IdentityValidationExpression, JwtConfiguration: in.JwtConfiguration, Name: in.Name,
	}
	var a gateway.Authorizer
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if a, err = w.authorizer(in.ApiId, in.AuthorizerId); err != nil {
			return err
		}
		if err := changeAuthorizer(&a, settings); err != nil {
			return err
		}
		all, err := w.authorizers(in.ApiId)
		if err != nil {
			return err
		}
		if err := w.putAuthorizer(in.ApiId, a, all); err != nil {
			return err
		}
		return w.deployAutomatically(in.ApiId)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateAuthorizerOutput(authorizerOutput(a))), nil
}

// DeleteAuthorizer removes an authorizer that no route refers to; the text is fact 58's.
func (s *Service) DeleteAuthorizer(ctx context.Context, call *wire.Call, in *gen.DeleteAuthorizerInput) (*gen.DeleteAuthorizerOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		a, err := w.authorizer(in.ApiId, in.AuthorizerId)
		if err != nil {
			return err
		}
		routes, err := w.routes(in.ApiId)
		if err != nil {
			return err
		}
		for _, route := range routes {
			if route.AuthorizerID == a.ID {
				return conflict("Cannot delete authorizer '%s', is referenced in route: %s", a.Name, route.Key)
			}
		}
		return state.Authorizers().Delete(w.tx, w.key(in.ApiId, a.ID))
	})
	return &gen.DeleteAuthorizerOutput{}, err
}

// ResetAuthorizersCache forgets what the functions of a stage's authorizers have answered. JWT authorizers cache no results
// on AWS, and what is remembered of verified tokens here ends with the token and its issuer's key.
func (s *Service) ResetAuthorizersCache(ctx context.Context, call *wire.Call, in *gen.ResetAuthorizersCacheInput) (*gen.ResetAuthorizersCacheOutput, error) {
	err := s.view(ctx, call, func(r reader) error {
		if _, err := r.api(in.ApiId); err != nil {
			return err
		}
		_, err := r.stage(in.ApiId, in.StageName)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Verdicts.Reset(call.Tenant.Region, in.ApiId, in.StageName)
	return &gen.ResetAuthorizersCacheOutput{}, nil
}

func authorizerOutput(a gateway.Authorizer) gen.Authorizer {
	out := gen.Authorizer{AuthorizerId: &a.ID, IdentitySource: a.IdentitySource, Name: &a.Name}
	switch a.Type {
	case gateway.LambdaAuthorizer:
		out.AuthorizerType, out.AuthorizerUri = new(gen.AuthorizerTypeRequest), &a.URI
		out.AuthorizerPayloadFormatVersion = &a.PayloadVersion
		out.AuthorizerResultTtlInSeconds = new(int32(a.TTLSeconds)) //nolint:gosec // at most an hour
		out.EnableSimpleResponses = &a.SimpleResponses
		out.AuthorizerCredentialsArn = optional(a.CredentialsARN)
	case gateway.JWTAuthorizer:
		out.AuthorizerType = new(gen.AuthorizerTypeJwt)
		out.JwtConfiguration = &gen.JWTConfiguration{Audience: a.Audience, Issuer: &a.Issuer}
	}
	return out
}
