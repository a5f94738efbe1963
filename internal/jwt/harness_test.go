package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testIssuer   = "https://issuer.example/pool"
	testAudience = "pets"
)

// pair is a private key under the name that the tests give it.
type pair struct {
	kid     string
	private crypto.Signer
}

// Keys are dear to make: the tests share some.
var (
	rsaKeys  = sync.OnceValue(func() []pair { return []pair{newRSA("rsa-0", 2048), newRSA("rsa-1", 2048), newRSA("rsa-2", 2048)} })
	shortKey = sync.OnceValue(func() pair { return newRSA("short", 1024) })
	p256Key  = sync.OnceValue(func() pair { return newEC("p256", elliptic.P256()) })
	p384Key  = sync.OnceValue(func() pair { return newEC("p384", elliptic.P384()) })
)

func newRSA(kid string, bits int) pair { return pair{kid, must(rsa.GenerateKey(rand.Reader, bits))} }

func newEC(kid string, c elliptic.Curve) pair {
	return pair{kid, must(ecdsa.GenerateKey(c, rand.Reader))}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk returns the public half as a JSON Web Key, with the members given added or replaced.
func (p pair) jwk(members ...map[string]any) map[string]any {
	j := map[string]any{"kid": p.kid, "use": "sig"}
	switch public := p.private.Public().(type) {
	case *rsa.PublicKey:
		j["kty"], j["n"], j["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point := must(public.Bytes())
		half := len(point) / 2
		j["kty"], j["crv"], j["x"], j["y"] = "EC", public.Params().Name, b64(point[1:1+half]), b64(point[1+half:])
	}
	for _, m := range members {
		maps.Copy(j, m)
	}
	return j
}

// sign makes a token by an algorithm that fits the key.
func (p pair) sign(algorithm string, claims map[string]any) string {
	return p.signRaw(map[string]any{"alg": algorithm, "kid": p.kid, "typ": "JWT"}, claims)
}

// signRaw signs by the header's alg if it can, and else by what fits the key.
func (p pair) signRaw(header, claims map[string]any) string {
	signed := b64(must(json.Marshal(header))) + "." + b64(must(json.Marshal(claims)))
	name, _ := header["alg"].(string)
	hash := crypto.SHA256
	if strings.HasSuffix(name, "384") {
		hash = crypto.SHA384
	} else if strings.HasSuffix(name, "512") {
		hash = crypto.SHA512
	}
	h := hash.New()
	h.Write([]byte(signed))
	digest := h.Sum(nil)
	var signature []byte
	switch private := p.private.(type) {
	case *rsa.PrivateKey:
		signature = must(rsa.SignPKCS1v15(nil, private, hash, digest))
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest)
		if err != nil {
			panic(err)
		}
		size := private.Params().BitSize / 8
		signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	return signed + "." + b64(signature)
}

// claimsAt are those of a token that is valid for an hour, with the members given added or replaced; null takes out.
func claimsAt(now time.Time, members ...map[string]any) map[string]any {
	c := map[string]any{"iss": testIssuer, "aud": testAudience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for _, m := range members {
		maps.Copy(c, m)
	}
	for name, v := range c {
		if v == "absent" {
			delete(c, name)
		}
	}
	return c
}

// provider is an issuer within the process: the transport of the Issuers under test.
type provider struct {
	mu      sync.Mutex
	keys    []map[string]any
	down    bool
	delay   time.Duration
	fetches int // of the key set
	asked   []string
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

func (p *provider) publish(keys ...pair) {
	p.set(func() {
		p.keys = nil
		for _, k := range keys {
			p.keys = append(p.keys, k.jwk())
		}
	})
}

func (p *provider) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, req.URL.String())
	if p.down {
		return nil, errors.New("connection refused")
	}
	var body any = map[string]any{"issuer": testIssuer, "jwks_uri": testIssuer + "/keys"}
	if !strings.HasSuffix(req.URL.Path, discoveryPath) {
		p.fetches++
		keys := p.keys
		if keys == nil {
			keys = []map[string]any{}
		}
		body = map[string]any{"keys": keys}
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(must(json.Marshal(body)))), Request: req}, nil
}

// start returns Issuers that ask the provider, which publishes the keys.
func start(t testing.TB, o Options, keys ...pair) (*Issuers, *provider) {
	t.Helper()
	p := &provider{}
	p.publish(keys...)
	o.Transport = p
	s := New(o)
	t.Cleanup(s.Close)
	return s, p
}

func (s *Issuers) forTest() *Authorizer {
	return s.Authorizer(Config{Issuer: testIssuer, Audience: []string{testAudience}})
}

// verdict verifies the token now and returns "" or the description.
func verdict(a *Authorizer, token string) string {
	_, err := a.Verify(context.Background(), []byte(token), time.Now())
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		panic(err)
	}
	return refusal.Description
}
