package devissuer_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/jwt/devissuer"
)

// serve starts an issuer on loopback, below the path.
func serve(t *testing.T, path, keyFile string) *devissuer.Issuer {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer, err := devissuer.New(devissuer.Options{URL: "http://" + server.Listener.Addr().String() + path, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = issuer
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

func verify(t *testing.T, issuer, token string) (*jwt.Token, error) {
	t.Helper()
	issuers := jwt.New(jwt.Options{})
	t.Cleanup(issuers.Close)
	a := issuers.Authorizer(jwt.Config{Issuer: issuer, Audience: []string{"pets"}})
	return a.Verify(context.Background(), []byte(token), time.Now())
}

// What the issuer mints, the gateway takes: both algorithms, at the root and below a path.
func TestMint(t *testing.T) {
	for _, path := range []string{"", "/", "/_dipylon/issuer"} {
		issuer := serve(t, path, "")
		for _, algorithm := range []string{"", "RS256", "ES256"} {
			token, err := issuer.Mint(devissuer.Order{Algorithm: algorithm, Claims: map[string]any{"aud": "pets", "scope": "a b", "jti": nil}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := verify(t, issuer.URL(), token)
			if err != nil {
				t.Fatalf("%s %s: %v", path, algorithm, err)
			}
			if !got.HasScope([]string{"b"}) || time.Until(got.Expires) > devissuer.DefaultLifetime || time.Until(got.Expires) < 59*time.Minute {
				t.Errorf("%+v", got)
			}
			if _, ok := got.Claim("jti"); ok {
				t.Error("null does not take a claim out")
			}
		}
	}
	if _, err := serve(t, "", "").Mint(devissuer.Order{Algorithm: "none"}); err == nil {
		t.Error("minted without an algorithm")
	}
}

// Keys outlive the issuer in their file, which is the owner's own.
func TestKeyFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "issuer.pem")
	first := serve(t, "", name)
	second, err := devissuer.New(devissuer.Options{URL: first.URL(), KeyFile: name})
	if err != nil {
		t.Fatal(err)
	}
	token, err := second.Mint(devissuer.Order{Claims: map[string]any{"aud": "pets"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, first.URL(), token); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.WriteFile(name, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := devissuer.New(devissuer.Options{URL: first.URL(), KeyFile: name}); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("a broken file: %v", err)
	}
}

func TestURL(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:80", "ftp://h", "http://", "http://[", "/path"} {
		if _, err := devissuer.New(devissuer.Options{URL: bad}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestTokenEndpoint(t *testing.T) {
	issuer := serve(t, "", "")
	post := func(t *testing.T, form url.Values) (int, map[string]any) {
		t.Helper()
		resp, err := http.PostForm(issuer.URL()+"/token", form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var body map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	status, body := post(t, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"shop"}, "audience": {"toys", "pets"}, "scope": {"read write"},
		"lifetime": {"90s"}, "alg": {"ES256"}, "claims": {`{"tier":"gold"}`},
	})
	if status != http.StatusOK || body["token_type"] != "Bearer" || body["expires_in"] != 90.0 || body["scope"] != "read write" {
		t.Fatalf("%d %v", status, body)
	}
	token, err := verify(t, issuer.URL(), body["access_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"sub": "shop", "client_id": "shop", "aud": "[toys pets]", "tier": "gold", "scope": "read write"} {
		if got, _ := token.Claim(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, bad := range map[string]url.Values{
		"grant":    {"grant_type": {"password"}},
		"lifetime": {"grant_type": {"client_credentials"}, "lifetime": {"-1h"}},
		"claims":   {"grant_type": {"client_credentials"}, "claims": {"[1]"}},
		"alg":      {"grant_type": {"client_credentials"}, "alg": {"HS256"}},
		"size":     {"grant_type": {"client_credentials"}, "claims": {strings.Repeat(" ", 1<<20)}},
	} {
		if status, body := post(t, bad); status != http.StatusBadRequest || body["error"] == "" || body["access_token"] != nil {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
}
