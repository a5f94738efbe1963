package jwt

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Claims are strings (measured: aws-behaviour-http-api.md, fact 31): numbers and booleans as they are written, lists
// without commas or quotes, null not at all. Of objects and of null within lists nothing was found.
func TestClaimStrings(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s, _ := start(t, Options{}, rsaKeys()[0])
	token, err := s.forTest().Verify(context.Background(), []byte(rsaKeys()[0].sign("RS256", claimsAt(now, map[string]any{
		"email": "a@b.c", "email_verified": true, "no": false, "gone": nil, "empty": "", "half": 1.5, "big": 12345678901234567,
		"cognito:groups": []any{"a", "b"}, "none": []any{}, "mixed": []any{1, "x", nil, true, []any{"y", "z"}},
		"address": map[string]any{"street": "x", "city": "y"},
	}))), now)
	if err != nil {
		t.Fatal(err)
	}
	want := []Claim{
		{"address", "map[city:y street:x]"}, {"aud", "pets"}, {"big", "12345678901234567"}, {"cognito:groups", "[a b]"}, {"email", "a@b.c"},
		{"email_verified", "true"}, {"empty", ""}, {"exp", "1700003600"}, {"half", "1.5"}, {"iat", "1700000000"}, {"iss", testIssuer},
		{"mixed", "[1 x <nil> true [y z]]"}, {"no", "false"}, {"none", "[]"},
	}
	if !reflect.DeepEqual(token.Claims, want) {
		t.Errorf("%q", token.Claims)
	}
	for _, c := range want {
		if got, ok := token.Claim(c.Name); !ok || got != c.Value {
			t.Errorf("%s: %q, %t", c.Name, got, ok)
		}
	}
	if _, ok := token.Claim("gone"); ok {
		t.Error("null is a claim")
	}
	if !token.Expires.Equal(time.Unix(1_700_003_600, 0)) {
		t.Error(token.Expires)
	}
}

// A route wants one of its scopes, and hands on all of the token's (aws-behaviour-http-api.md, facts 8 and 32).
func TestScopes(t *testing.T) {
	for name, tc := range map[string]struct {
		claims claims
		want   []string
	}{
		"string":         {claims{"scope": "a b  c"}, []string{"a", "b", "c"}},
		"list":           {claims{"scope": []any{"a", "b c"}}, []string{"a", "b c"}},
		"scp string":     {claims{"scp": "a b"}, []string{"a", "b"}},
		"scp list":       {claims{"scp": []any{"a", "b"}}, []string{"a", "b"}},
		"scope goes":     {claims{"scope": "a", "scp": "b"}, []string{"a"}},
		"scope is empty": {claims{"scope": "", "scp": "b"}, []string{}},
		"neither":        {claims{}, nil},
		"nonsense":       {claims{"scope": map[string]any{"a": "b"}}, nil},
	} {
		if got := tc.claims.scopes(); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	token := &Token{Scopes: []string{"read", "write"}}
	if !token.HasScope([]string{"admin", "write"}) || token.HasScope([]string{"admin", "Read"}) || token.HasScope(nil) {
		t.Error("wrong scopes")
	}
}

func TestTrimBearer(t *testing.T) {
	for value, want := range map[string]string{
		"x.y.z": "x.y.z", "Bearer x.y.z": "x.y.z", "bearer x": "x", "BEARER x": "x", "Bearer ": "", "Bearer": "Bearer", "Bearerx": "Bearerx", "": "", "Basic x": "Basic x",
	} {
		if got := string(TrimBearer([]byte(value))); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
}

// However a signed token is nested, its text comes out.
func TestDeepClaims(t *testing.T) {
	const depth = 9_000
	text := "{\"a\":" + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
	var c claims
	if err := decodeSegment([]byte(b64([]byte(text))), &c); err != nil {
		t.Fatal(err)
	}
	if got := c.strings()[0].Value; len(got) != 2*depth {
		t.Errorf("%d bytes", len(got))
	}
}
