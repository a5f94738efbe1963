package sigv4

import (
	"slices"
	"testing"
	"time"
)

const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const suiteToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"

// TestSuite takes requests and signatures from AWS's Signature Version 4 test suite (awslabs/aws-c-auth,
// tests/aws-signing-test-suite/v4). Its paths are signed as sent and so need one escaping.
func TestSuite(t *testing.T) {
	const letters = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	type header = [2]string
	const formHash = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
	form := func(contentType string) []header {
		return []header{{"Content-Type", contentType}, {"Content-Length", "13"}, {"X-Amz-Content-Sha256", formHash}}
	}
	tests := []struct {
		name, method, path, query string
		headers                   []header
		signed, signature         string
		hash                      string
	}{
		{name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-vanilla-empty-query-key", query: "Param1=value1", signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
		{name: "get-vanilla-query-order-key-case", query: "Param2=value2&Param1=value1", signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{name: "get-vanilla-query-order-encoded", query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
		{name: "get-vanilla-query-unreserved", query: letters + "=" + letters, signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{name: "get-vanilla-utf8-query", query: "ሴ=bar", signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
		{name: "get-unreserved", path: "/" + letters, signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
		{name: "get-utf8", path: "/ሴ", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
		{name: "get-space-normalized", path: "/example space/", signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
		{name: "get-relative-normalized", path: "/example/..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-relative-unnormalized", path: "/example/..", signature: "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282"},
		{name: "get-relative-relative-normalized", path: "/example1/example2/../..", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-relative-relative-unnormalized", path: "/example1/example2/../..", signature: "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"},
		{name: "get-slash-dot-slash-normalized", path: "/./", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-slash-dot-slash-unnormalized", path: "/./", signature: "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"},
		{name: "get-slash-normalized", path: "//", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-slash-unnormalized", path: "//", signature: "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e"},
		{name: "get-slash-pointless-dot-normalized", path: "/./example", signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
		{name: "get-slash-pointless-dot-unnormalized", path: "/./example", signature: "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"},
		{name: "get-slashes-normalized", path: "//example//", signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
		{name: "get-slashes-unnormalized", path: "//example//", signature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"},
		{name: "get-header-key-duplicate", headers: []header{{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
			signed: "host;my-header1;x-amz-date", signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
		{name: "get-header-value-multiline", headers: []header{{"My-Header1", "value1    value2       value3"}},
			signed: "host;my-header1;x-amz-date", signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
		{name: "get-header-value-order", headers: []header{{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}},
			signed: "host;my-header1;x-amz-date", signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
		{name: "get-header-value-trim", headers: []header{{"My-Header1", " value1"}, {"My-Header2", ` "a   b   c"`}},
			signed: "host;my-header1;my-header2;x-amz-date", signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
		{name: "get-vanilla-with-session-token", headers: []header{{"X-Amz-Security-Token", suiteToken}},
			signed: "host;x-amz-date;x-amz-security-token", signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
		{name: "post-vanilla", method: "POST", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{name: "post-vanilla-query", method: "POST", query: "Param1=value1", signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		{name: "post-header-value-case", method: "POST", headers: []header{{"My-Header1", "VALUE1"}},
			signed: "host;my-header1;x-amz-date", signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
		{name: "post-x-www-form-urlencoded", method: "POST", headers: form("application/x-www-form-urlencoded"), hash: formHash,
			signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date", signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
		{name: "post-x-www-form-urlencoded-parameters", method: "POST", headers: form("application/x-www-form-urlencoded; charset=utf-8"), hash: formHash,
			signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date", signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"},
		{name: "get-vanilla, query", query: suiteQuery + "&X-Amz-Signature=" + suiteQuerySignature},
		{name: "get-vanilla-with-session-token, query", query: suiteQuery + "&X-Amz-Security-Token=" + suiteToken +
			"&X-Amz-Signature=7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c"},
		{name: "get-vanilla-query-order-encoded, query", query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1&" + suiteQuery +
			"&X-Amz-Signature=c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			headers := slices.Clone(test.headers)
			if test.signature != "" {
				headers = append(headers, header{"X-Amz-Date", "20150830T123600Z"}, header{"Authorization",
					"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
						or(test.signed, "host;x-amz-date") + ", Signature=" + test.signature})
			}
			token := ""
			if test.name == "get-vanilla-with-session-token" || test.name == "get-vanilla-with-session-token, query" {
				token = suiteToken
			}
			_, err := suiteVerifier(t, token).VerifyRequest(Request{
				Method: or(test.method, "GET"), Path: or(test.path, "/"), RawQuery: test.query, Host: "example.amazonaws.com",
				Header: list(headers...), PayloadHash: or(test.hash, emptySHA256),
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

const (
	suiteQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request" +
		"&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600"
	suiteQuerySignature = "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"
)

var suiteTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func suiteVerifier(t testing.TB, token string) *Verifier {
	t.Helper()
	v, err := NewVerifier(Options{
		Credentials: []Credential{{
			AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: token,
		}},
		Now: func() time.Time { return suiteTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// list is a header as an exchange has it: ordered pairs.
func list(headers ...[2]string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for _, h := range headers {
			if !yield(h[0], h[1]) {
				return
			}
		}
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// TestCanonicalPath: API Gateway reported /%2540connections/fiJTcdBJIAMCEVw%253D as the canonical form of a path that
// travelled escaped once (agilord/aws_client issue 440).
func TestCanonicalPath(t *testing.T) {
	for sent, want := range map[string]string{
		"/%40connections/fiJTcdBJIAMCEVw%3D": "/%2540connections/fiJTcdBJIAMCEVw%253D",
		"/v2/apis/x/stages/%24default":       "/v2/apis/x/stages/%2524default",
		"/tags/arn%3Aaws%3A%2Fx/":            "/tags/arn%253Aaws%253A%252Fx/",
		"/../a/./b//c/..":                    "/a/b",
		"":                                   "/",
	} {
		if got := escape(normalize(sent), true); got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

func TestCanonicalQuery(t *testing.T) {
	for raw, want := range map[string][2]string{ // documented order, order of the Go SDK
		"":                              {"", ""},
		"b=2&a=1&a=0":                   {"a=0&a=1&b=2", "a=0&a=1&b=2"},
		"k=a/b&k=a-b":                   {"k=a%2Fb&k=a-b", "k=a-b&k=a%2Fb"},
		"x=1+2&y=1%202&z=1%2b2":         {"x=1%202&y=1%202&z=1%2B2", "x=1%202&y=1%202&z=1%2B2"},
		"&&novalue&=v&e=&q=a=b":         {"=v&e=&novalue=&q=a%3Db", "=v&e=&novalue=&q=a%3Db"},
		"X-Amz-Signature=abc&A=*~'&%41": {"A=&A=%2A~%27", "A=&A=%2A~%27"},
	} {
		q, err := parseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{q.canonical(byEscaped), q.canonical(byDecoded)}; got != want {
			t.Errorf("%s:\n got %q\nwant %q", raw, got, want)
		}
	}
}

func TestKeyCacheIsBounded(t *testing.T) {
	var c keyCache
	for i := range 3 * maxKeys {
		c.put(scope{keyID: "k", date: time.Unix(int64(i)*86400, 0).Format(dayFormat)}, []byte{1})
	}
	if n := len(c.keys); n == 0 || n > maxKeys {
		t.Errorf("%d keys cached, want at most %d", n, maxKeys)
	}
}
