package integrate

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

func TestParseURI(t *testing.T) {
	vars := map[string]string{"host": "pets.example", "base": "v1", "url": "a.example:81/x"}
	values := []exchange.PathVar{{Name: "id", Value: []byte("7%20a")}, {Name: "proxy", Value: []byte("a/b")}}
	cases := []struct{ uri, scheme, authority, path, query string }{
		{"http://a.example", "http", "a.example", "/", ""},
		{"HTTPS://a.example:8443/", "https", "a.example:8443", "/", ""},
		{"http://a.example/pets/{id}", "http", "a.example", "/pets/7%20a", ""},
		{"http://a.example/{proxy+}/x?id={id}&y=1", "http", "a.example", "/a/b/x", "id=7%20a&y=1"},
		{"http://a.example/a b\"é#fragment", "http", "a.example", "/a%20b%22%C3%A9", ""},
		{"http://[::1]:8080/x", "http", "[::1]:8080", "/x", ""},
		{"http://a.example?q={id}", "http", "a.example", "/", "q=7%20a"},
		// The forms of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html, "HTTP integration URIs".
		{"http://${stageVariables.url}", "http", "a.example:81", "/x", ""},
		{"http://${stageVariables.host}/resource/operation", "http", "pets.example", "/resource/operation", ""},
		{"http://x.${stageVariables.host}/resource", "http", "x.pets.example", "/resource", ""},
		{"http://a.example/${stageVariables.base}/bar", "http", "a.example", "/v1/bar", ""},
		{"http://a.example/foo?q=${stageVariables.base}", "http", "a.example", "/foo", "q=v1"},
	}
	for _, c := range cases {
		u, err := parseURI(c.uri, vars)
		if err != nil {
			t.Errorf("%s: %v", c.uri, err)
			continue
		}
		path, query := string(appendPieces(nil, u.path, values)), string(appendPieces(nil, u.query, values))
		if u.scheme != c.scheme || u.authority != c.authority || path != c.path || query != c.query {
			t.Errorf("%s: got %s %s %s %s", c.uri, u.scheme, u.authority, path, query)
		}
		if n := size(u.path, values) + size(u.query, values); n != len(path)+len(query) {
			t.Errorf("%s: size %d, want %d", c.uri, n, len(path)+len(query))
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	for uri, want := range map[string]string{
		"":                                   "no http or https URL",
		"a.example/x":                        "no http or https URL",
		"ftp://a.example":                    "no http or https URL",
		"http://":                            "needs a host",
		"http:///path":                       "needs a host",
		"http://user:pw@a.example":           "can have no user",
		"http://{host}/":                     "path variable",
		"http://a.example:port/":             "host",
		"http://a.example/{id":               "not closed",
		"http://a.example/{}":                "no name",
		"http://a.example/x?y={":             "not closed",
		"http://${stageVariables.none}/":     `no variable "none"`,
		"http://${stageVariables.host/":      "not closed",
		"http://a.example/${stageVariables.": "not closed",
	} {
		if _, err := parseURI(uri, map[string]string{"host": "h"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", uri, err, want)
		}
	}
}

func TestCheckURI(t *testing.T) {
	for _, uri := range []string{
		"http://a.example", "http://${stageVariables.url}", "https://${stageVariables.a}.example/${stageVariables.b}?c=${stageVariables.d}",
		"${stageVariables.url}", "${stageVariables.host}/path",
	} {
		if err := CheckURI(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{"", "nonsense", "http://${stageVariables.x", "http://a b/"} {
		if CheckURI(uri) == nil {
			t.Errorf("%q is accepted", uri)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	for _, seed := range []string{"http://a.example/{id}?x={y}", "https://${stageVariables.a}/{proxy+}", "http://[::1]/%zz", "http://\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		u, err := parseURI(uri, map[string]string{"a": "b"})
		if err != nil {
			return
		}
		for _, c := range appendPieces(appendPieces(nil, u.path, nil), u.query, nil) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q puts byte %#x into the request target", uri, c)
			}
		}
	})
}
