package authorize

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/sigv4"
)

// Signed returns what identifies the callers of a REST API's method with AWS_IAM: by Signature Version 4 or 4A for the
// service execute-api, in the header or in the query
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html). Stage is not used.
func Signed(cfg IAMConfig) Identify {
	s := &iamStep{IAMConfig: cfg}
	return func(_ context.Context, x *exchange.Exchange) (Grant, error) {
		// A body is read for those only who bring a signature.
		if err := s.Verifier.CheckForm(request(x, s.API.Region)); err != nil {
			return Grant{}, signatureFault(err)
		}
		c, err := s.verify(x)
		if err != nil {
			return Grant{}, signatureFault(err)
		}
		grant := Grant{Principal: s.identify(x, c), Policy: s.Policies[c.AccessKeyID]}
		grant.All = grant.Policy == nil && c.Role == sigv4.Admin
		return grant, nil
	}
}

// NoMethod returns the step for calls to paths and methods that a REST API does not have. An Authorization header that is
// no signature is complained of nevertheless (recorded: aws-behaviour-auth-websocket-logs.md, facts 15 to 17).
func NoMethod(v Verifier, api policy.API) exchange.Step {
	return exchange.Step{
		Name: Name, Detail: "refuse: " + exchange.KindMissingToken.String(),
		Run: func(_ context.Context, x *exchange.Exchange) error {
			if v != nil {
				if err := v.CheckForm(request(x, api.Region)); err != nil {
					return signatureFault(err)
				}
			}
			return exchange.Refuse(exchange.KindMissingToken, nil)
		},
	}
}

// signatureFault tells the caller what is wrong with the signature, as AWS does (recorded:
// aws-behaviour-auth-websocket-logs.md, facts 15 to 20). The text may hold the whole request and stays out of logs.
func signatureFault(err error) error {
	refused, ok := errors.AsType[*sigv4.Error](err)
	if !ok {
		return err
	}
	kind := exchange.KindInvalidSignature
	switch refused.Kind {
	case sigv4.MissingToken:
		return exchange.Refuse(exchange.KindMissingToken, nil)
	case sigv4.Incomplete:
		kind = exchange.KindIncompleteSignature
	case sigv4.UnknownClient:
		kind = exchange.KindUnknownClient
	case sigv4.ExpiredToken:
		kind = exchange.KindExpiredToken
	case sigv4.MalformedQuery:
		kind = exchange.KindBadRequest
	case sigv4.InvalidSignature, sigv4.UnsignedHeaders, sigv4.UnsupportedPayload:
	}
	return &exchange.Fault{Kind: kind, Message: refused.Message, Cause: asUnsigned(err)}
}
