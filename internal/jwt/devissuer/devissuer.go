// Package devissuer is an OpenID issuer for development and tests: a discovery document, a key set, and tokens for
// whoever asks. `dipylon serve --dev-issuer` serves it on loopback, and `dipylon token` mints with it. It proves nothing
// about anybody, so it belongs on loopback only.
//
// It may import the standard library only, net/http included: it is an HTTP server of its own.
package devissuer

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultLifetime is how long a token is valid for which nothing else is asked.
const DefaultLifetime = time.Hour

// Options configure an [Issuer].
type Options struct {
	// URL is the issuer's identifier, which tokens carry as iss. Clients must reach the Issuer there: it answers below
	// the URL's path.
	URL string
	// KeyFile is where the keys are kept, so that tokens survive a restart; it is made if it does not exist. When empty,
	// keys live as long as the Issuer.
	KeyFile string
}

// Issuer is an OpenID issuer. It is an http.Handler.
type Issuer struct {
	url  string
	keys []*signer
	mux  http.ServeMux
}

// New returns an issuer with one key each for RS256 and ES256. Making them takes some tenths of a second.
func New(o Options) (*Issuer, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("issuer: %q is not an http or https URL", o.URL)
	}
	i := &Issuer{url: o.URL}
	if i.keys, err = loadKeys(o.KeyFile); err != nil {
		return nil, fmt.Errorf("issuer's keys: %w", err)
	}
	base := strings.TrimSuffix(u.EscapedPath(), "/")
	i.mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", i.serveDiscovery)
	i.mux.HandleFunc("GET "+base+"/.well-known/jwks.json", i.serveKeys)
	i.mux.HandleFunc("POST "+base+"/token", i.serveToken)
	return i, nil
}

// URL returns the issuer's identifier: the Issuer of a JwtConfiguration.
func (i *Issuer) URL() string { return i.url }

// ServeHTTP answers below the path of the issuer's URL: the discovery document, the key set, and POST /token, which mints
// a token for any client.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

// Order is what token is asked for. The zero value stands for one by RS256 that is valid for [DefaultLifetime].
type Order struct {
	// Algorithm is RS256 or ES256.
	Algorithm string
	Lifetime  time.Duration
	// Claims are added to iss, iat, exp and jti or take their place; null takes one out.
	Claims map[string]any
}

// Mint signs a token.
func (i *Issuer) Mint(o Order) (string, error) {
	s := i.signer(o.Algorithm)
	if s == nil {
		return "", fmt.Errorf("algorithm %q is neither RS256 nor ES256", o.Algorithm)
	}
	if o.Lifetime == 0 {
		o.Lifetime = DefaultLifetime
	}
	now := time.Now()
	claims := map[string]any{"iss": i.url, "iat": now.Unix(), "exp": now.Add(o.Lifetime).Unix(), "jti": rand.Text()}
	maps.Copy(claims, o.Claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	return s.sign(body)
}

func (i *Issuer) signer(algorithm string) *signer {
	for _, s := range i.keys {
		if s.algorithm == algorithm || algorithm == "" {
			return s
		}
	}
	return nil
}

func (i *Issuer) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	base := strings.TrimSuffix(i.url, "/")
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              base + "/.well-known/jwks.json",
		"token_endpoint":                        base + "/token",
		"grant_types_supported":                 []string{"client_credentials"},
		"response_types_supported":              []string{"token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
	})
}

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	keys := make([]map[string]string, len(i.keys))
	for n, s := range i.keys {
		keys[n] = s.jwk()
	}
	answer(w, http.StatusOK, map[string]any{"keys": keys})
}

// serveToken answers the client_credentials grant (RFC 6749, section 4.4) for whatever client, secret and scope. The form's
// audience, alg, lifetime (as Go writes durations) and claims (a JSON object) are extensions.
func (i *Issuer) serveToken(w http.ResponseWriter, r *http.Request) {
	const maxForm = 64 << 10
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, "invalid_request", err)
		return
	}
	if grant := r.PostForm.Get("grant_type"); grant != "client_credentials" {
		refuse(w, "unsupported_grant_type", fmt.Errorf("grant_type %q is not client_credentials", grant))
		return
	}
	o, err := readOrder(r)
	if err != nil {
		refuse(w, "invalid_request", err)
		return
	}
	token, err := i.Mint(o)
	if err != nil {
		refuse(w, "invalid_request", err)
		return
	}
	reply := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int64(o.Lifetime / time.Second)}
	if scope := r.PostForm.Get("scope"); scope != "" {
		reply["scope"] = scope
	}
	answer(w, http.StatusOK, reply)
}

func readOrder(r *http.Request) (Order, error) {
	form := r.PostForm
	client, _, ok := r.BasicAuth()
	if !ok {
		client = form.Get("client_id")
	}
	if client == "" {
		client = "dev"
	}
	o := Order{Algorithm: form.Get("alg"), Lifetime: DefaultLifetime, Claims: map[string]any{"sub": client, "client_id": client}}
	if audience := form["audience"]; len(audience) == 1 {
		o.Claims["aud"] = audience[0]
	} else if len(audience) > 1 {
		o.Claims["aud"] = audience
	}
	if scope := form.Get("scope"); scope != "" {
		o.Claims["scope"] = scope
	}
	if lifetime := form.Get("lifetime"); lifetime != "" {
		var err error
		if o.Lifetime, err = time.ParseDuration(lifetime); err != nil || o.Lifetime <= 0 {
			return o, errors.New("lifetime is not a positive duration such as 90s or 1h")
		}
	}
	if claims := form.Get("claims"); claims != "" {
		if err := json.Unmarshal([]byte(claims), &o.Claims); err != nil {
			return o, fmt.Errorf("claims: %w", err)
		}
	}
	return o, nil
}

func refuse(w http.ResponseWriter, code string, err error) {
	answer(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": err.Error()})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away needs no answer
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
