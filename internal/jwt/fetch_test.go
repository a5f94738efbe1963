package jwt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// site is an issuer as a real server whose documents the test chooses.
func site(t *testing.T, serve func(w http.ResponseWriter, r *http.Request, self string)) string {
	t.Helper()
	var self string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, self) }))
	self = server.URL
	t.Cleanup(server.Close)
	return self
}

// honest serves good documents.
func honest(w http.ResponseWriter, r *http.Request, self string) {
	if r.URL.Path == discoveryPath {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, self, self+"/keys")
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{rsaKeys()[0].jwk()}})
}

func discovery404(w http.ResponseWriter, r *http.Request, _ string) { http.NotFound(w, r) }

// text serves a discovery document of that text, SELF standing for the issuer.
func text200(doc string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, self string) {
		_, _ = io.WriteString(w, strings.ReplaceAll(doc, "SELF", self))
	}
}

// keys200 serves good discovery and a key set of that text.
func keys200(doc string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, self string) {
		if r.URL.Path == discoveryPath {
			honest(w, r, self)
			return
		}
		_, _ = io.WriteString(w, doc)
	}
}

// hang answers nothing, or never comes to an end.
func hang(head string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, _ string) {
		_, _ = io.WriteString(w, head)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

func redirect(to string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, _ string) { http.Redirect(w, r, to, http.StatusFound) }
}

// TestBadIssuers: whatever an issuer answers, its tokens are refused, in time, with AWS's words (reported:
// aws-behaviour-http-api.md, fact 7).
func TestBadIssuers(t *testing.T) {
	other := site(t, honest)
	for name, tc := range map[string]struct {
		serve func(http.ResponseWriter, *http.Request, string)
		want  string
	}{
		"honest":                 {honest, ""},
		"redirect within":        {func(w http.ResponseWriter, r *http.Request, self string) { moved(w, r, self) }, ""},
		"not found":              {discovery404, discoveryFailed},
		"redirect to another":    {redirect(other + discoveryPath), discoveryFailed},
		"redirect to a file":     {redirect("file:///etc/passwd"), discoveryFailed},
		"redirects without end":  {redirect(discoveryPath), discoveryFailed},
		"silent":                 {hang(""), discoveryFailed},
		"stops half way":         {hang(`{"issuer":`), discoveryFailed},
		"empty":                  {text200(""), discoveryFailed},
		"HTML":                   {text200("<html>"), discoveryFailed},
		"a list":                 {text200(`[]`), discoveryFailed},
		"null":                   {text200(`null`), discoveryFailed},
		"more behind":            {text200(`{"jwks_uri":"SELF/keys"} {}`), discoveryFailed},
		"no jwks_uri":            {text200(`{"issuer":"SELF"}`), discoveryFailed},
		"jwks_uri is a number":   {text200(`{"jwks_uri":7}`), discoveryFailed},
		"huge":                   {text200(`{"jwks_uri":"SELF/keys","x":"` + strings.Repeat("x", 150_000) + `"}`), discoveryFailed},
		"a bomb of JSON":         {text200(`{"x":` + strings.Repeat("[", 140_000)), discoveryFailed},
		"jwks_uri is relative":   {text200(`{"jwks_uri":"/keys"}`), keysFailed},
		"jwks_uri is a file":     {text200(`{"jwks_uri":"file:///etc/passwd"}`), keysFailed},
		"jwks_uri with password": {text200(`{"jwks_uri":"http://a:b@127.0.0.1/"}`), keysFailed},
		"jwks_uri is closed":     {text200(`{"jwks_uri":"http://127.0.0.1:1/"}`), keysFailed},
		"keys are no JSON":       {keys200("-----BEGIN"), keysFailed},
		"keys are absent":        {keys200(`{}`), keysFailed},
		"keys are null":          {keys200(`{"keys":null}`), keysFailed},
		"keys are a map":         {keys200(`{"keys":{"a":1}}`), keysFailed},
		"keys are huge":          {keys200(`{"keys":["` + strings.Repeat("x", 150_000) + `"]}`), keysFailed},
		"keys are nonsense":      {keys200(`{"keys":[1,"x",null,{},[]]}`), wantKey},
		"another issuer's keys":  {text200(`{"issuer":"SELF","jwks_uri":"` + other + `/keys"}`), ""},
		"names another issuer":   {text200(`{"issuer":"https://x","jwks_uri":"` + other + `/keys"}`), ""},
		"as many keys as fit":    {keys200(`{"keys":[` + strings.Repeat(`{},`, 40_000) + `{}]}`), wantKey},
		"none but keys for HMAC": {keys200(`{"keys":[{"kty":"oct","kid":"rsa-0","alg":"RS256","k":"AAAA"}]}`), wantKey},
		"duplicate members":      {keys200(`{"keys":[],"keys":[{"kid":"rsa-0"}]}`), wantKey},
		"content type is ignored": {func(w http.ResponseWriter, r *http.Request, self string) {
			w.Header().Set("Content-Type", "text/html")
			honest(w, r, self)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := site(t, tc.serve)
			s := New(Options{FetchTimeout: 300 * time.Millisecond})
			t.Cleanup(s.Close)
			a := s.Authorizer(Config{Issuer: issuer, Audience: []string{testAudience}})
			token := rsaKeys()[0].sign("RS256", claimsAt(time.Now(), map[string]any{"iss": issuer}))
			if got := verdict(a, token); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// moved redirects the discovery document within the origin.
func moved(w http.ResponseWriter, r *http.Request, self string) {
	switch r.URL.Path {
	case discoveryPath:
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	case "/elsewhere":
		r.URL.Path = discoveryPath
		honest(w, r, self)
	default:
		honest(w, r, self)
	}
}

// TestMap: tokens of an issuer that cannot be reached under its own name, such as a Cognito pool, are verified with the
// keys of the one that the configuration names instead, whichever URL its document gives.
func TestMap(t *testing.T) {
	const pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_POOL"
	for name, keys := range map[string]string{"its own": "SELF/keys", "the mapped": pool + "/keys"} {
		for _, slash := range []string{"", "/"} {
			base := site(t, func(w http.ResponseWriter, r *http.Request, self string) {
				if r.URL.Path == "/base"+discoveryPath {
					text200(`{"issuer":"`+pool+`","jwks_uri":"`+keys+`"}`)(w, r, self)
					return
				}
				honest(w, r, self)
			})
			s := New(Options{Map: map[string]string{pool + slash: base + "/base" + slash, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_P": "http://127.0.0.1:1"}})
			t.Cleanup(s.Close)
			token := rsaKeys()[0].sign("RS256", claimsAt(time.Now(), map[string]any{"iss": pool}))
			if got := verdict(s.Authorizer(Config{Issuer: pool, Audience: []string{testAudience}}), token); got != "" {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

func TestLocate(t *testing.T) {
	f := newFetcher(Options{Map: map[string]string{"https://a/x": "http://b", "https://a/x/y/": "http://c/d/", "https://e/": "https://f"}}.withDefaults())
	for raw, want := range map[string]string{
		"https://a/x/k": "http://b/k", "https://a/x": "http://b", "https://a/xx/k": "https://a/xx/k", "https://a/x/y/k": "http://c/d/k",
		"https://e/k": "https://f/k", "https://ee/k": "https://ee/k", "http://a/x/k": "http://a/x/k",
		"ftp://a": "", "https:///k": "", "https://u@a/": "", "": "", "https://a\n/": "", "javascript:1": "",
	} {
		u, err := f.locate(raw)
		if got := fmt.Sprint(u); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s: %s, %v", raw, got, err)
		}
	}
}

// The keys of a document that came over TLS must come over TLS.
func TestNoDowngrade(t *testing.T) {
	f := newFetcher(Options{Map: map[string]string{"https://mapped": "http://127.0.0.1:1"}}.withDefaults())
	from, err := f.locate("https://issuer/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.keysAt(context.Background(), &discovery{Keys: "http://issuer/keys", from: from}); err == nil || !strings.Contains(err.Error(), "not https") {
		t.Error(err)
	}
}

// CreateAuthorizer's message is AWS's (recorded: aws-behaviour-http-api.md, fact 57).
func TestProbe(t *testing.T) {
	s := New(Options{})
	t.Cleanup(s.Close)
	if err := s.Probe(context.Background(), site(t, honest)); err != nil {
		t.Error(err)
	}
	bad := site(t, discovery404)
	err := s.Probe(context.Background(), bad)
	if probe, ok := errors.AsType[*ProbeError](err); !ok || probe.Issuer != bad || probe.Unwrap() == nil {
		t.Fatalf("%#v", err)
	}
	if want := "Caught exception when connecting to URL for issuer " + bad + ". Please try again later. Error: Invalid issuer: " + bad +
		". Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"; err.Error() != want {
		t.Error(err)
	}
	if len(s.byURL) != 0 {
		t.Error("a probe is remembered")
	}
}
