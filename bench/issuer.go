package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"time"
)

const (
	audience      = "bench"
	keyID         = "bench-1"
	keyBits       = 2048
	tokenLifetime = 24 * time.Hour
)

// issuer is an OpenID issuer as far as proxies need one: a discovery document and one RSA key. It answers on loopback for as long as it
// is open, since gateways come back to renew its keys.
type issuer struct {
	url    string
	key    *rsa.PrivateKey
	server http.Server
}

// openIssuer starts an issuer. The caller must close it.
func openIssuer() (*issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &issuer{url: "http://" + ln.Addr().String(), key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.serve(map[string]any{
		"issuer": i.url, "jwks_uri": i.keysURL(), "response_types_supported": []string{"token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	}))
	mux.HandleFunc("GET /keys", i.serve(map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}}))
	i.server.Handler = mux
	go func() { _ = i.server.Serve(ln) }() // ends with close
	return i, nil
}

func (i *issuer) close() { _ = i.server.Close() }

func (i *issuer) keysURL() string { return i.url + "/keys" }

func (i *issuer) serve(document map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document) // a proxy that left says so itself
	}
}

// publicKey is the key as PEM, for proxies that fetch none.
func (i *issuer) publicKey() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// mint signs n tokens of n users.
func (i *issuer) mint(n int) ([]string, error) {
	header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"RS256","kid":%q,"typ":"JWT"}`, keyID))
	tokens := make([]string, n)
	for k := range tokens {
		now := time.Now()
		claims, err := json.Marshal(map[string]any{
			"iss": i.url, "aud": audience, "sub": fmt.Sprintf("user-%05d", k), "iat": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
			"jti": rand.Text(), "scope": "users.read users.write", "email": fmt.Sprintf("user-%05d@example.com", k),
		})
		if err != nil {
			return nil, err
		}
		signed := header + "." + base64.RawURLEncoding.EncodeToString(claims)
		sum := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, sum[:])
		if err != nil {
			return nil, err
		}
		tokens[k] = signed + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	return tokens, nil
}
