package sigv4

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzAuthorization: only the header that the oracle made can be accepted.
func FuzzAuthorization(f *testing.F) {
	v := newVerifier(f, Options{})
	signed := call{method: "GET", path: "/v2/apis"}.sign(f)
	valid := signed.Header.Get("Authorization")
	_, signature, _ := strings.Cut(valid, "Signature=")
	for _, seed := range []string{
		valid, strings.ReplaceAll(valid, ", ", ","), "", "Bearer x", "a", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 =,=",
		"AWS4-HMAC-SHA256 Credential=///, SignedHeaders=;;, Signature=", valid + ", Signature=", "AWS4-HMAC-SHA256 Credential=\x00/\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, authorization string) {
		r := signed.Clone(t.Context())
		r.Header.Set("Authorization", authorization)
		res, err := v.Verify(r, nil)
		if kindOf(t, err) != -1 {
			return
		}
		if !strings.Contains(authorization, "="+signature) || res.Credential.Name != "ci" || res.Region != "eu-west-1" {
			t.Errorf("%q is accepted: %+v", authorization, res)
		}
	})
}

// FuzzAsymmetric: nothing but the one signature, of AWS's test suite, is accepted, and for no other region set.
func FuzzAsymmetric(f *testing.F) {
	const signature = "3046022100fddaaf816a31e30d04973875b13bc27b98da10907a3a1872fd5819a221334abc022100de2ee81d83b54f31efc82834de07e6cd4d5c6f25bfa08e0f29a15bb0977c343e"
	const valid = "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=" + signature
	v := suiteVerifier(f, "")
	for _, seed := range []string{
		valid, strings.ReplaceAll(valid, ", ", ","), strings.Replace(valid, "ECDSA-P256", "HMAC", 1), valid[:len(valid)-2], valid + "00",
		"AWS4-ECDSA-P256-SHA256 Credential=///, SignedHeaders=host, Signature=30",
	} {
		f.Add(seed, "us-east-1")
	}
	f.Add(valid, "*,us-east-1")
	f.Fuzz(func(t *testing.T, authorization, regions string) {
		r := Request{Method: "GET", Path: "/", Host: "example.amazonaws.com", PayloadHash: emptySHA256, Region: "us-east-1", Service: "service"}
		r.Header = list([2]string{"X-Amz-Region-Set", regions}, [2]string{"X-Amz-Date", "20150830T123600Z"}, [2]string{"Authorization", authorization})
		res, err := v.VerifyRequest(r)
		if kindOf(t, err) == -1 && (!strings.Contains(strings.ToLower(authorization), signature) || strings.TrimSpace(regions) != "us-east-1" || res.Region != "us-east-1") {
			t.Errorf("%q for %q is accepted: %+v", authorization, regions, res)
		}
	})
}

// FuzzPresigned: only a query with the oracle's signature can be accepted, and with any credential every outcome is an
// error or a usable scope.
func FuzzPresigned(f *testing.F) {
	v, anyone := newVerifier(f, Options{}), newVerifier(f, Options{AcceptAny: true})
	signed := call{method: "GET", path: "/v2/apis", query: "X-Amz-Expires=60&b=1&a=%2F", presign: true}.sign(f)
	valid := signed.URL.RawQuery
	signature := signed.URL.Query().Get("X-Amz-Signature")
	for _, seed := range []string{valid, "", "X-Amz-Algorithm", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a", "a=%", "a=%zz&&=",
		strings.ReplaceAll(valid, "%2F", "/"), valid + "&X-Amz-Signature=0", valid + "&X-Amz-Expires=1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		r := FromHTTP(signed, nil)
		r.RawQuery = query
		res, err := v.VerifyRequest(r)
		if kindOf(t, err) == -1 && (!res.Presigned || !strings.Contains(query, signature)) {
			t.Errorf("%q is accepted: %+v", query, res)
		}
		if res, err := anyone.VerifyRequest(r); kindOf(t, err) == -1 && (res.Credential.AccessKeyID == "" || !validRegion(res.Region) || res.Service == "") {
			t.Errorf("%q gives %+v", query, res)
		}
	})
}

// FuzzCanonical: what the oracle signs is accepted, in both forms, and with any other payload refused.
func FuzzCanonical(f *testing.F) {
	v := newVerifier(f, Options{})
	f.Add("/v2/apis/x/stages/%24default", "b=2&a=1", "value", "body")
	f.Add("//a/./..//%2F", "k=a/b&k=a-b&&=&%41=+", "  a   b\t", "")
	f.Add("/%e1%88%b4;x=1", "é=%zz;y", "é,\"q  q\"", "\x00")
	f.Fuzz(func(t *testing.T, path, query, value, body string) {
		if _, err := url.ParseRequestURI(path); err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
			t.Skip("not a path")
		}
		if strings.ContainsAny(value, "\r\n") {
			t.Skip("sent otherwise than signed")
		}
		for _, presign := range []bool{false, true} {
			c := call{method: "POST", path: path, query: query, header: http.Header{"X-Custom": {value}}, body: body, presign: presign}
			r := c.sign(t)
			if _, err := v.Verify(r, []byte(body)); err != nil {
				t.Fatalf("presigned %v: %v", presign, err)
			}
			if _, err := v.Verify(r, []byte(body+"x")); err == nil {
				t.Fatalf("presigned %v: another payload is accepted", presign)
			}
		}
	})
}

// FuzzEscape: escaping is undone by unescaping, and agrees with net/url.
func FuzzEscape(f *testing.F) {
	f.Add("a b+c/%~é\x00")
	f.Fuzz(func(t *testing.T, s string) {
		escaped := escape(s, false)
		if back, err := unescape(escaped); err != nil || back != s {
			t.Errorf("%q became %q, then %q (%v)", s, escaped, back, err)
		}
		if want := strings.ReplaceAll(url.QueryEscape(s), "+", "%20"); escaped != want {
			t.Errorf("%q became %q, want %q", s, escaped, want)
		}
		ours, err := unescape(s)
		theirs, theirErr := url.QueryUnescape(s)
		if (err == nil) != (theirErr == nil) || err == nil && ours != theirs {
			t.Errorf("%q: %q (%v), net/url %q (%v)", s, ours, err, theirs, theirErr)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	v := newVerifier(b, Options{})
	body := `{"name":"pets","protocolType":"HTTP"}`
	for name, c := range map[string]call{
		"header":    {method: "POST", path: "/v2/apis", body: body},
		"presigned": {method: "POST", path: "/v2/apis", body: body, query: "X-Amz-Expires=60", presign: true},
	} {
		r := c.sign(b)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(r, []byte(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
