package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
)

func TestIssuer(t *testing.T) {
	i, err := openIssuer()
	if err != nil {
		t.Fatal(err)
	}
	defer i.close()
	tokens, err := i.mint(3)
	if err != nil {
		t.Fatal(err)
	}
	signed, signature, _ := cutLast(tokens[2], ".")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(fetchKey(t, i), crypto.SHA256, sum[:], raw); err != nil {
		t.Error(err)
	}
	if tokens[0] == tokens[1] {
		t.Error("tokens are equal")
	}
	pem, err := i.publicKey()
	if err != nil || !strings.HasPrefix(string(pem), "-----BEGIN PUBLIC KEY-----\n") {
		t.Errorf("%s, %v", pem, err)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	return s[:i], s[i+len(sep):], i >= 0
}

// fetchKey goes the way of a gateway: discovery document, key set, key.
func fetchKey(t *testing.T, i *issuer) *rsa.PublicKey {
	t.Helper()
	var discovery struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	fetchJSON(t, i.url+"/.well-known/openid-configuration", &discovery)
	if discovery.Issuer != i.url {
		t.Errorf("issuer %q", discovery.Issuer)
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	fetchJSON(t, discovery.Keys, &set)
	if len(set.Keys) != 1 || set.Keys[0].Kty != "RSA" || set.Keys[0].Kid != keyID || set.Keys[0].E != "AQAB" {
		t.Fatalf("keys %+v", set)
	}
	n, err := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	if err != nil {
		t.Fatal(err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
}

func fetchJSON(t *testing.T, url string, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
