// Package authorize decides who may call: one file per kind of authorization. Authorization is one step, because the
// ways of authorizing exclude each other on a route.
//
// It stands first among the steps of a route. It may import exchange, gateway, jwt, lambda, policy, selection and sigv4.
package authorize

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/selection"
)

// Name is the step's name.
const Name = "authorize"

// Tokens verifies tokens; [jwt.Authorizer] does.
type Tokens interface {
	Verify(ctx context.Context, token []byte, now time.Time) (*jwt.Token, error)
}

// JWTConfig is what the authorization of a route by a JWT authorizer is compiled from.
type JWTConfig struct {
	Tokens Tokens
	// Sources are where the token may stand; the first that gives one counts.
	Sources []Source
	// Scopes are those of which the token needs one; empty asks for none.
	Scopes []string
	// Authorizer names the authorizer, for `dipylon explain`.
	Authorizer string
}

// Source is where a token may stand: in a header, or where the expression says.
type Source struct {
	Header     string
	Expression *selection.Expression
}

// value returns what stands there, or nil.
func (s *Source) value(x *exchange.Exchange) []byte {
	if s.Header != "" {
		return x.Request.Header.Get(s.Header)
	}
	value, _ := s.Expression.Append(nil, x)
	return value
}

// JWT returns the step of a JWT authorizer
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
func JWT(cfg JWTConfig) exchange.Step {
	scopes := strings.Join(cfg.Scopes, " ")
	s := &jwtStep{
		tokens: cfg.Tokens, sources: cfg.Sources, scopes: cfg.Scopes,
		invalid:      `Bearer scope="` + scopes + `" error="invalid_token" error_description="`,
		insufficient: `Bearer scope="` + scopes + `" error="insufficient_scope" error_description="expected scopes: [` + scopes + `]"`,
	}
	detail := "JWT by " + cfg.Authorizer
	if scopes != "" {
		detail += ", one of the scopes " + scopes
	}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}
}

type jwtStep struct {
	tokens                Tokens
	sources               []Source
	scopes                []string
	invalid, insufficient string
}

var (
	errNoToken = errors.New("missing: token not provided")
	errScopes  = errors.New("insufficient_scope: the token has none of the route's scopes")
)

func (s *jwtStep) run(ctx context.Context, x *exchange.Exchange) error {
	token := s.token(x)
	if len(token) == 0 {
		return refuse(x, exchange.KindUnauthorized, errNoToken, "Bearer")
	}
	verified, err := s.tokens.Verify(ctx, token, x.Received)
	if err != nil {
		description := "the token is not valid"
		var invalid *jwt.Error
		if errors.As(err, &invalid) {
			description = invalid.Description
		}
		return refuse(x, exchange.KindUnauthorized, err, s.invalid+description+`"`)
	}
	x.Identity.Claims = verified
	if len(s.scopes) == 0 {
		return nil
	}
	x.Identity.Scopes = verified.Scopes
	if !verified.HasScope(s.scopes) {
		return refuse(x, exchange.KindAccessDenied, errScopes, s.insufficient)
	}
	return nil
}

// token returns the first token that the sources give, without "Bearer ".
func (s *jwtStep) token(x *exchange.Exchange) []byte {
	for i := range s.sources {
		if value := s.sources[i].value(x); len(value) > 0 {
			return jwt.TrimBearer(value)
		}
	}
	return nil
}

// refuse tells the caller by challenge, the access log by the identity's error, and the operator by the cause.
func refuse(x *exchange.Exchange, kind exchange.Kind, cause error, challenge string) error {
	x.Identity.Error = cause.Error()
	return &exchange.Fault{Kind: kind, Cause: cause, Challenge: challenge}
}
