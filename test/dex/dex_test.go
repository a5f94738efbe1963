package dex_test

import (
	"context"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/test/dex"
)

// TestDex verifies tokens of a provider that is not ours, under its own name and under that of a Cognito pool which the
// configuration maps to it, and follows when it changes its keys.
func TestDex(t *testing.T) {
	for name, issuer := range map[string]string{
		"itself": "", "mapped": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_POOL",
	} {
		t.Run(name, func(t *testing.T) {
			provider := dex.Start(t, issuer)
			issuers := jwt.New(jwt.Options{Map: map[string]string{provider.Issuer: provider.Base}})
			t.Cleanup(issuers.Close)
			if err := issuers.Probe(context.Background(), provider.Issuer); err != nil {
				t.Fatal(err)
			}
			verify := func(audience, token string) (*jwt.Token, error) {
				a := issuers.Authorizer(jwt.Config{Issuer: provider.Issuer, Audience: []string{audience}})
				return a.Verify(context.Background(), []byte(token), time.Now())
			}
			before := provider.Token(t)
			token, err := verify(dex.Client, before)
			if err != nil {
				t.Fatal(err)
			}
			for claim, want := range map[string]string{"email": dex.User, "email_verified": "true", "aud": dex.Client, "iss": provider.Issuer} {
				if got, _ := token.Claim(claim); got != want {
					t.Errorf("%s: %q, want %q", claim, got, want)
				}
			}
			if _, err := verify("toys", before); err == nil {
				t.Error("accepted for another audience")
			}
			provider.Restart(t)
			if _, err := verify(dex.Client, provider.Token(t)); err != nil {
				t.Errorf("with the new key: %v", err)
			}
			if _, err := verify(dex.Client, before); err == nil {
				t.Error("the old key's token outlived it")
			}
		})
	}
}
