package authorize

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
)

// CognitoConfig is what a Cognito authorizer of a REST API's method is compiled from.
type CognitoConfig struct {
	Authorizer gateway.RestAuthorizer
	// Pools verifies the tokens of the user pools.
	Pools Tokens
	// Source is where the token stands.
	Source IdentitySource
	// Scopes are those of which the token needs one; empty asks for an ID token.
	Scopes []string
}

// Cognito returns what verifies the tokens of Cognito user pools
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html), and a line about
// it. Whatever is wrong with a token is 401; an issuer whose keys cannot be had is a configuration error.
func Cognito(cfg CognitoConfig) (Identify, string, error) {
	s := &cognito{CognitoConfig: cfg}
	if expression := cfg.Authorizer.IdentityValidation; expression != "" {
		var err error
		if s.valid, err = regexp.Compile(`\A(?:` + expression + `)\z`); err != nil {
			return nil, "", fmt.Errorf("identity validation expression: %w", err)
		}
	}
	detail := "Cognito authorizer " + cfg.Authorizer.Name
	if len(cfg.Scopes) > 0 {
		detail += ", one of the scopes " + strings.Join(cfg.Scopes, " ")
	}
	return s.identify, detail, nil
}

type cognito struct {
	CognitoConfig
	valid *regexp.Regexp // nil takes every audience
}

var (
	errAccessToken = errors.New("an access token stands where an ID token is wanted: the method has no scopes")
	errAudience    = errors.New("the token's aud does not match the authorizer's identity validation expression")
)

func (s *cognito) identify(ctx context.Context, x *exchange.Exchange) (Grant, error) {
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "Starting authorizer: %s for request: %s", s.Authorizer.ID, x.ID)
	}
	value, _ := s.Source.Value.Append(x.Alloc(usualSource)[:0], x)
	if len(value) == 0 {
		return Grant{}, unauthorized(x, errNoSource)
	}
	token, err := s.Pools.Verify(ctx, jwt.TrimBearer(value), x.Received)
	if err != nil {
		return Grant{}, s.refuse(ctx, x, err)
	}
	if err := s.judge(token); err != nil {
		return Grant{}, unauthorized(x, err)
	}
	x.Identity.Claims = token.Cognito()
	x.Journal.Sayf(exchange.JournalInfo, "Successfully completed authorizer execution")
	return Grant{}, nil
}

// judge judges a verified token. One that does not say what it is used for passes for either: other issuers than Cognito do
// not know that claim.
func (s *cognito) judge(token *jwt.Token) error {
	if s.valid != nil {
		if aud, _ := token.Claim("aud"); aud == "" || !s.valid.MatchString(aud) {
			return errAudience
		}
	}
	use, _ := token.Claim("token_use")
	switch {
	case len(s.Scopes) == 0 && use == "access":
		return errAccessToken
	case len(s.Scopes) > 0 && !token.HasScope(s.Scopes):
		return errScopes
	}
	return nil
}

// refuse answers for a token that is not valid (recorded: aws-behaviour-auth-websocket-logs.md, fact 24).
func (s *cognito) refuse(ctx context.Context, x *exchange.Exchange, err error) error {
	if ctx.Err() != nil {
		return exchange.Refuse(exchange.KindClientGone, err)
	}
	invalid, ok := errors.AsType[*jwt.Error](err)
	if ok && invalid.Unreachable() {
		x.Identity.Error = err.Error()
		x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: Authorizer error")
		return exchange.Refuse(exchange.KindBadAuthorizer, err)
	}
	err = unauthorized(x, err)
	if fault, is := errors.AsType[*exchange.Fault](err); is && ok && invalid.Expired() {
		fault.Message = "The incoming token has expired"
	}
	return err
}
