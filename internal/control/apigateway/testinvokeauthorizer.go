package apigateway

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/trial"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestInvokeAuthorizer asks an authorizer about a call that nobody makes
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html).
// The call has no body for it, as none has.
func (s *Service) TestInvokeAuthorizer(ctx context.Context, call *wire.Call, in *gen.TestInvokeAuthorizerInput) (*gen.TestInvokeAuthorizerOutput, error) {
	if len(in.AdditionalContext) > 0 {
		return nil, notBuilt("apigateway:TestInvokeAuthorizer with additionalContext")
	}
	a := &trial.Authorizer{
		Tenant: call.Tenant, ID: in.AuthorizerId, StageVariables: in.StageVariables, Caller: callerOf(call),
		Request: trial.Request{Target: text(in.PathWithQueryString), Header: trialHeader(in.Headers, in.MultiValueHeaders)},
	}
	err := s.view(ctx, call, func(r reader) error {
		if _, err := r.api(in.RestApiId); err != nil {
			return err
		}
		if _, err := r.authorizer(in.RestApiId, in.AuthorizerId); err != nil {
			return err
		}
		var err error
		a.API, err = r.freeze(in.RestApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	said, err := s.Trials.Authorizer(ctx, a)
	if errors.Is(err, trial.ErrRequest) {
		return nil, badRequest("%s", err)
	}
	if err != nil {
		return nil, err
	}
	out := &gen.TestInvokeAuthorizerOutput{
		ClientStatus: new(int32(said.Status)), Log: &said.Log, Latency: new(said.Latency.Milliseconds()), //nolint:gosec // a status has three digits
		PrincipalId: optional(said.Principal), Policy: optional(said.Policy),
	}
	for _, claim := range said.Claims {
		if out.Claims == nil {
			out.Claims = map[string]string{}
		}
		out.Claims[claim.Name] = claim.Value
	}
	return out, nil
}
