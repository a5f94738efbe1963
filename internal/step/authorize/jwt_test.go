package authorize

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/selection"
)

// tokens knows tokens by their text.
type tokens map[string]any

func (known tokens) Verify(_ context.Context, token []byte, _ time.Time) (*jwt.Token, error) {
	switch v := known[string(token)].(type) {
	case *jwt.Token:
		return v, nil
	case error:
		return nil, v
	}
	return nil, errors.New("down")
}

func source(t *testing.T, expression string) *selection.Expression {
	t.Helper()
	e, err := selection.Compile(expression, selection.Options{Scope: selection.Request})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestJWT(t *testing.T) {
	known := tokens{
		"good":    &jwt.Token{Scopes: []string{"read", "write"}, Claims: []jwt.Claim{{Name: "sub", Value: "me"}}},
		"expired": &jwt.Error{Description: "the token has expired"},
	}
	cases := []struct {
		name      string
		header    string
		query     string
		scopes    []string
		kind      exchange.Kind // KindInternal: let through
		challenge string
		logged    string
	}{
		{"bearer", "Bearer good", "", nil, 0, "", ""},
		{"bare token", "good", "", nil, 0, "", ""},
		{"second source", "", "token=good", nil, 0, "", ""},
		{"first source counts", "expired", "token=good", nil, exchange.KindUnauthorized,
			`Bearer scope="" error="invalid_token" error_description="the token has expired"`, "invalid_token: the token has expired"},
		{"one of the scopes", "good", "", []string{"admin", "write"}, 0, "", ""},
		// Recorded: aws-behaviour-http-api.md, facts 5 and 71.
		{"absent", "", "", nil, exchange.KindUnauthorized, "Bearer", "missing: token not provided"},
		{"empty bearer", "Bearer ", "", nil, exchange.KindUnauthorized, "Bearer", "missing: token not provided"},
		// Facts 6 and 7.
		{"expired", "Bearer expired", "", []string{"a", "b"}, exchange.KindUnauthorized,
			`Bearer scope="a b" error="invalid_token" error_description="the token has expired"`, "invalid_token: the token has expired"},
		// Fact 8.
		{"no scope", "good", "", []string{"a", "b"}, exchange.KindAccessDenied,
			`Bearer scope="a b" error="insufficient_scope" error_description="expected scopes: [a b]"`,
			"insufficient_scope: the token has none of the route's scopes"},
		{"fails closed", "unknown", "", nil, exchange.KindUnauthorized,
			`Bearer scope="" error="invalid_token" error_description="the token is not valid"`, "down"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			step := JWT(JWTConfig{Tokens: known, Scopes: c.scopes, Authorizer: "auth", Sources: []Source{
				{Header: "Authorization"}, {Expression: source(t, "$request.querystring.token")}}})
			x := &exchange.Exchange{}
			if c.header != "" {
				x.Request.Header.Add([]byte("authorization"), []byte(c.header))
			}
			x.Request.Query = []byte(c.query)
			err := step.Run(t.Context(), x)
			if x.Identity.Error != c.logged {
				t.Errorf("logged %q", x.Identity.Error)
			}
			if c.kind == exchange.KindInternal {
				if sub, ok := x.Identity.Claims.Claim("sub"); err != nil || !ok || sub != "me" || (len(x.Identity.Scopes) == 2) != (len(c.scopes) > 0) {
					t.Errorf("got %v, identity %+v", err, x.Identity)
				}
				return
			}
			var fault *exchange.Fault
			if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Challenge != c.challenge {
				t.Errorf("got %#v", err)
			}
		})
	}
}
