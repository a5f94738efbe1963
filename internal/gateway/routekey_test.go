package gateway

import (
	"strings"
	"testing"
)

func TestParseRouteKey(t *testing.T) {
	for _, key := range []string{
		"$default", "GET /", "ANY /{proxy+}", "POST /pets/{pet-id}/toys/{toy.id}", "GET /a:b/c_d.e-f",
	} {
		if _, err := ParseRouteKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	const format = `The provided route key is not formatted properly for HTTP protocol. ` +
		`Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"`
	const parts = `One or more path parts appear to be invalid. ` +
		`Parts are validated against this regular expression: ^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$`
	for want, keys := range map[string][]string{
		// Recorded: aws-behaviour-http-api.md, fact 49.
		format: {"", "GET", "GET pets", "get /pets", "FETCH /pets", "GET  /pets", "/pets", "$connect"},
		// Recorded: anomalyco/sst issue 207 (for "GET /e{id}"); that a slash at the end is refused: SAM issue 1949.
		parts: {
			"GET /e{id}", "GET /{", "GET /{}", "GET /{+}", "GET /{a}b", "GET /{proxy+}/a", "GET /{a}/{a}", "GET /a b", "GET /a?b", "GET /a#b",
			"GET /a\x00", "GET /{a b}", "GET /pëts", "GET /a/", "GET /a//b", "GET //", "GET /a@b", "GET /%20", "GET /~",
		},
	} {
		for _, key := range keys {
			if _, err := ParseRouteKey(key); err == nil || err.Error() != want {
				t.Errorf("%q: got %v", key, err)
			}
		}
	}
}

func TestCanonical(t *testing.T) {
	for key, want := range map[string]string{
		"$default":                "$default",
		"GET /":                   "GET /",
		"GET /a/{b}/c/{d+}":       "GET /a/{}/c/{+}",
		"ANY /{anything}/{other}": "ANY /{}/{}",
	} {
		k, err := ParseRouteKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Canonical(); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}

func FuzzParseRouteKey(f *testing.F) {
	f.Add("GET /pets/{id}")
	f.Add("ANY /{proxy+}")
	f.Add("$default")
	f.Fuzz(func(t *testing.T, key string) {
		k, err := ParseRouteKey(key)
		if err != nil {
			return
		}
		if k.Default != (key == DefaultRouteKey) {
			t.Fatalf("%q: default %v", key, k.Default)
		}
		for i, s := range k.Segments {
			if s.Kind == Greedy && i != len(k.Segments)-1 || strings.ContainsAny(s.Text, "{}/ ") {
				t.Fatalf("%q: segment %d is %+v", key, i, s)
			}
		}
	})
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID(APIIDLength)
		if len(id) != APIIDLength || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || seen[id] {
			t.Fatalf("bad or repeated id %q", id)
		}
		seen[id] = true
	}
}

func TestCheckCustomID(t *testing.T) {
	for _, id := range []string{"a", "my-api", "0", strings.Repeat("x", 63)} {
		if err := CheckCustomID(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"", "My", "a_b", "-a", "a-", "a.b", "a/b", strings.Repeat("x", 64)} {
		if CheckCustomID(id) == nil {
			t.Errorf("%q is accepted", id)
		}
	}
}
