package jwt

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

// TestCognitoClaims: recorded claims of REST APIs (public code index documents 55655318156, 12255459165 and 31854159645).
func TestCognitoClaims(t *testing.T) {
	token := "e30." + b64([]byte(`{"sub":"68a1","cognito:groups":["developers","common_fate_administrators"],"email_verified":true,"token_use":"access",`+
		`"scope":"openid rbac-api/user","auth_time":1784510932,"exp":1784514532,"iat":1784510932.5,"gone":null,"none":[],`+
		`"identities":[{"userId":"318", "issuer":null,"primary":"true"}],"address":{"a": 1},"twice":1,"twice":2}`)) + ".x"
	want := [][2]string{
		{"sub", "68a1"}, {"cognito:groups", "developers,common_fate_administrators"}, {"email_verified", "true"}, {"token_use", "access"},
		{"scope", "openid rbac-api/user"}, {"auth_time", "1784510932"}, {"exp", "Mon Jul 20 02:28:52 UTC 2026"}, {"iat", "1784510932.5"}, {"none", ""},
		{"identities", `{"userId":"318","issuer":null,"primary":"true"}`}, {"address", `{"a":1}`}, {"twice", "2"},
	}
	c := (&Token{raw: []byte(token)}).Cognito()
	if c.Len() != len(want) {
		t.Fatalf("got %q", c.list)
	}
	for i, w := range want {
		if name, value := c.At(i); name != w[0] || value != w[1] {
			t.Errorf("got %s %q, want %q", name, value, w)
		}
	}
	if v, ok := c.Claim("scope"); v != "openid rbac-api/user" || !ok {
		t.Errorf("got %q", v)
	}
	if _, ok := c.Claim("gone"); ok {
		t.Error("null is a claim")
	}
}

func TestPools(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s, p := start(t, Options{}, rsaKeys()[0])
	a := s.Pools([]string{"https://other.example/pool", testIssuer})
	sign := func(claims map[string]any) []byte {
		return []byte(rsaKeys()[0].sign("RS256", claimsAt(now, claims)))
	}
	good := sign(map[string]any{"aud": "absent"})
	for range 2 { // the second comes from the cache
		token, err := a.Verify(context.Background(), good, now)
		if err != nil {
			t.Fatal(err)
		}
		if exp, _ := token.Cognito().Claim("exp"); exp != "Tue Nov 14 23:13:20 UTC 2023" {
			t.Errorf("exp is %q", exp)
		}
	}
	p.set(func() { p.down = true })
	for name, c := range map[string]struct {
		token                []byte
		expired, unreachable bool
	}{
		"expired":        {sign(map[string]any{"exp": now.Unix() - 1}), true, false},
		"another issuer": {sign(map[string]any{"iss": "https://stranger.example/"}), false, false},
		"no keys":        {sign(map[string]any{"iss": "https://other.example/pool"}), false, true},
		"no token":       {[]byte("x"), false, false},
	} {
		_, err := a.Verify(context.Background(), c.token, now)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Expired() != c.expired || e.Unreachable() != c.unreachable {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzCognitoClaims(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b",null,[{}]],"exp":1e30,"iat":-1,"nbf":9223372036854775807}`))
	f.Add([]byte(`{"a":"\ud800","a":`))
	f.Add([]byte(`[0,0`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list := cognitoClaims([]byte("." + b64(text) + "."))
		if !json.Valid(text) {
			return
		}
		for _, c := range list {
			if _, err := json.Marshal(c.Value); err != nil {
				t.Fatal(err)
			}
		}
	})
}
