package authorize

import (
	"errors"
	"slices"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
)

// TestCognito follows https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
// (aws-behaviour-auth-websocket-logs.md, fact 24).
func TestCognito(t *testing.T) {
	claims := func(pairs ...string) (list []jwt.Claim) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, jwt.Claim{Name: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	known := tokens{
		"id":      &jwt.Token{Claims: claims("aud", "web", "token_use", "id")},
		"access":  &jwt.Token{Claims: claims("token_use", "access"), Scopes: []string{"cats/read"}},
		"plain":   &jwt.Token{Claims: claims("aud", "web"), Scopes: []string{"cats/read"}},
		"expired": &jwt.Error{Description: "the token has expired"},
		"forged":  &jwt.Error{Description: "signature is invalid"},
		"no keys": &jwt.Error{Description: "JWKS communication error"},
	}
	for _, c := range []struct {
		header, valid string
		scopes        []string
		kind          exchange.Kind // KindInternal lets the call through
		message       string
	}{
		{"id", "", nil, 0, ""},
		{"Bearer id", "", nil, 0, ""},
		{"plain", "", nil, 0, ""},
		{"access", "", nil, exchange.KindUnauthorized, ""},
		{"access", "", []string{"cats/write", "cats/read"}, 0, ""},
		{"plain", "", []string{"cats/read"}, 0, ""},
		{"access", "", []string{"cats/write"}, exchange.KindUnauthorized, ""},
		{"id", "", []string{"cats/read"}, exchange.KindUnauthorized, ""},
		{"id", "web|app", nil, 0, ""},
		{"id", "we", nil, exchange.KindUnauthorized, ""},
		{"access", "web", []string{"cats/read"}, exchange.KindUnauthorized, ""},
		{"", "", nil, exchange.KindUnauthorized, ""},
		{"Bearer ", "", nil, exchange.KindUnauthorized, ""},
		{"expired", "", nil, exchange.KindUnauthorized, "The incoming token has expired"},
		{"forged", "", nil, exchange.KindUnauthorized, ""},
		{"no keys", "", nil, exchange.KindBadAuthorizer, ""},
	} {
		identify, _, err := Cognito(CognitoConfig{
			Authorizer: gateway.RestAuthorizer{ID: "auth01", IdentityValidation: c.valid}, Pools: known, Source: identitySource(t, tokenSource), Scopes: c.scopes,
		})
		if err != nil {
			t.Fatal(err)
		}
		x := askingREST("GET", "/pets/1", c.header)
		_, err = identify(t.Context(), x)
		want := []string{"Starting authorizer: auth01 for request: R", map[exchange.Kind]string{
			0:                          "Successfully completed authorizer execution",
			exchange.KindUnauthorized:  "Unauthorized request: R", // recorded: public code index document 39070651949
			exchange.KindBadAuthorizer: "Execution failed due to configuration error: Authorizer error",
		}[c.kind]}
		if !slices.Equal(journal(x), want) {
			t.Errorf("%q %q %v: journal %q", c.header, c.valid, c.scopes, journal(x))
		}
		fault, _ := errors.AsType[*exchange.Fault](err)
		switch {
		case c.kind == 0 && (err != nil || x.Identity.Claims == nil):
			t.Errorf("%q %q %v: %v", c.header, c.valid, c.scopes, err)
		case c.kind != 0 && (fault == nil || fault.Kind != c.kind || fault.Message != c.message || x.Identity.Error == "" || x.Identity.Claims != nil):
			t.Errorf("%q %q %v: got %v", c.header, c.valid, c.scopes, err)
		}
	}
	if _, _, err := Cognito(CognitoConfig{Authorizer: gateway.RestAuthorizer{IdentityValidation: "("}}); err == nil {
		t.Error("a broken expression is accepted")
	}
}
