package jwt

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"
)

// FuzzVerify: no token is accepted but those that were signed, and nothing panics.
func FuzzVerify(f *testing.F) {
	now := time.Unix(time.Now().Unix(), 0)
	s, _ := start(f, Options{}, rsaKeys()[0], p256Key(), p384Key())
	good := map[string]bool{}
	for _, tc := range append(formCases(now), claimCases(now)...) {
		f.Add([]byte(tc.token))
		good[tc.token] = tc.want == "" || good[tc.token]
	}
	a := s.forTest()
	f.Fuzz(func(t *testing.T, token []byte) {
		got, err := a.Verify(context.Background(), token, now)
		if err == nil && (!good[string(token)] || !bytes.Equal(got.raw, token)) {
			t.Fatalf("accepted %q", token)
		}
		if err != nil && bytes.ContainsAny([]byte(description(err)), "\"\\\r\n") {
			t.Fatalf("%q does not fit into a header", description(err))
		}
	})
}

// FuzzClaims: a signed token's claims come out as strings, whatever they are.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{"aud":"a","exp":1,"scope":"a b"}`, `{"aud":["a",1],"scp":["x"]}`, `{"exp":1e999,"nbf":-1e-5,"a":{"b":[null,true,{"c":[]}]}}`, `{"":null}`, `{"a":"\ud800"}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var c claims
		if err := decodeSegment([]byte(b64(text)), &c); err != nil || c == nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("read %q", text)
		}
		expires, present, ok := c.time("exp")
		if present && ok && (expires.Unix() < 0 || expires.Year() > 9999) {
			t.Fatal(expires)
		}
		token := newToken(text, c, expires)
		for _, claim := range token.Claims {
			if got, ok := token.Claim(claim.Name); !ok || got != claim.Value {
				t.Fatalf("%q: %q, %t", claim.Name, got, ok)
			}
		}
	})
}

// FuzzKeys: what comes out of a key set is fit for verification.
func FuzzKeys(f *testing.F) {
	for _, p := range []pair{rsaKeys()[0], shortKey(), p256Key(), p384Key()} {
		f.Add(must(json.Marshal(map[string]any{"keys": []any{p.jwk(), p.jwk(map[string]any{"alg": "RS256", "key_ops": []string{"verify"}})}})))
	}
	for _, seed := range []string{`{"keys":[]}`, `{"keys":[{"kty":"RSA","kid":"a","n":"AQ","e":"AQAB"},{"kty":"EC","kid":"b","crv":"P-256","x":"","y":""}]}`, `{"keys":[[[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, _, err := parseKeys(document)
		if err != nil && keys != nil {
			t.Fatal("keys and an error")
		}
		for id, k := range keys {
			if id.kid == "" || k.id != id || !k.equal(k) {
				t.Fatalf("%+v", k)
			}
			for i := range algorithms {
				if algorithms[i].verifies(k, []byte("signed"), make([]byte, 2*algorithms[i].size)) {
					t.Fatal("zeros are a signature")
				}
			}
		}
	})
}
