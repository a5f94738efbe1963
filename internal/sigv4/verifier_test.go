package sigv4

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// kindOf fails the test unless err is nil or an *Error; it returns -1 for nil.
func kindOf(t testing.TB, err error) Kind {
	t.Helper()
	if err == nil {
		return -1
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	return e.Kind
}

func TestNewVerifier(t *testing.T) {
	pair := func(id, secret string) Credential { return Credential{AccessKeyID: id, SecretAccessKey: secret} }
	tests := []struct {
		options Options
		want    string
	}{
		{Options{}, "no credentials"},
		{Options{Credentials: []Credential{pair("", "s")}}, "access key id is empty"},
		{Options{Credentials: []Credential{pair("k", "")}}, "secret access key is empty"},
		{Options{Credentials: []Credential{pair("k", "")}, AcceptAny: true}, "secret access key is empty"},
		{Options{Credentials: []Credential{pair("k", "s"), pair("k", "t")}}, `"k" is configured twice`},
		{Options{Credentials: []Credential{pair("k/l", "s")}}, "a character that"},
		{Options{Credentials: []Credential{pair("k", "s")}, MaxSkew: -time.Second}, "clock skew -1s is negative"},
	}
	for _, test := range tests {
		if _, err := NewVerifier(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

func TestRole(t *testing.T) {
	for _, r := range []Role{Admin, ReadOnly} {
		if got, err := ParseRole(r.String()); got != r || err != nil {
			t.Errorf("%v: %v, %v", r, got, err)
		}
	}
	if _, err := ParseRole("root"); err == nil {
		t.Error("role root is accepted")
	}
}

func TestResultHidesSecrets(t *testing.T) {
	cred := testCredential
	cred.SessionToken, cred.Account = "token", "111122223333"
	v := newVerifier(t, Options{Credentials: []Credential{cred}})
	res, err := v.Verify(call{method: "GET", path: "/", token: "token"}.sign(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Result{
		Credential: Credential{AccessKeyID: "AKIDTEST", Name: "ci", Account: "111122223333", Role: Admin},
		Service:    "apigateway", Region: "eu-west-1", Date: "20260314", SignedAt: now, PayloadHash: emptySHA256,
	}
	if res != want {
		t.Errorf("got  %+v\nwant %+v", res, want)
	}
}

// TestTampered changes one thing about a signed request.
func TestTampered(t *testing.T) {
	replace := func(old, replacement string) func(*http.Request) {
		return func(r *http.Request) {
			a := r.Header.Get("Authorization")
			if !strings.Contains(a, old) {
				panic(old + " is not in " + a)
			}
			r.Header.Set("Authorization", strings.Replace(a, old, replacement, 1))
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := map[string]struct {
		tamper func(*http.Request)
		want   Kind
	}{
		"nothing": {func(*http.Request) {}, -1},
		"no spaces after commas": {func(r *http.Request) {
			set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))(r)
		}, -1},
		"unsigned header added":  {set("User-Agent", "other"), -1},
		"cloudfront's id added":  {set("X-Amz-Cf-Id", "abc"), -1},
		"signed header value":    {set("X-Custom", "other"), InvalidSignature},
		"signed header repeated": {func(r *http.Request) { r.Header.Add("X-Custom", "v") }, InvalidSignature},
		"signed header removed":  {func(r *http.Request) { r.Header.Del("X-Custom") }, InvalidSignature},
		"date":                   {set("X-Amz-Date", "20260314T150927Z"), InvalidSignature},
		"x-amz header added":     {set("X-Amz-Target", "Other"), UnsignedHeaders},
		"token added":            {set("X-Amz-Security-Token", "t"), UnsignedHeaders},
		"region":                 {replace("eu-west-1", "us-east-1"), InvalidSignature},
		"service":                {replace("/apigateway/", "/iam/"), InvalidSignature},
		"terminator":             {replace("aws4_request", "aws4_requests"), InvalidSignature},
		"day":                    {replace("/20260314/", "/20260313/"), InvalidSignature},
		"key":                    {replace("AKIDTEST", "AKIDOTHER"), UnknownClient},
		"key's case":             {replace("AKIDTEST", "akidtest"), UnknownClient},
		"signature":              {replace("Signature=", "Signature=0"), InvalidSignature},
		"signature removed":      {replace("Signature=", "Signatur="), Incomplete},
		"signature empty": {func(r *http.Request) {
			a, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			set("Authorization", a+"Signature=")(r)
		}, InvalidSignature},
		"fewer signed headers":    {replace(";x-custom", ""), InvalidSignature},
		"host not signed":         {replace("host;", ""), InvalidSignature},
		"algorithm":               {replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), Incomplete},
		"claimed hash":            {set("X-Amz-Content-Sha256", strings.Repeat("0", 64)), InvalidSignature},
		"payload left open":       {set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), InvalidSignature},
		"streaming":               {set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), UnsupportedPayload},
		"authorization removed":   {func(r *http.Request) { r.Header.Del("Authorization") }, MissingToken},
		"both forms":              {func(r *http.Request) { r.RequestURI += "?X-Amz-Algorithm=AWS4-HMAC-SHA256" }, InvalidSignature},
		"broken escape":           {func(r *http.Request) { r.RequestURI += "?a=%4" }, MalformedQuery},
		"a very long header":      {replace("Signature=", strings.Repeat(" ", maxAuthorization)+"Signature="), Incomplete},
		"very many header names":  {replace("SignedHeaders=", "SignedHeaders="+strings.Repeat("a;", maxSignedHeaders)), Incomplete},
		"names in another order":  {replace("host;x-amz-content-sha256;x-amz-date;x-custom", "x-custom;x-amz-date;X-Amz-Content-SHA256;Host"), -1},
		"trailing slash in scope": {replace("aws4_request", "aws4_request/"), -1},
	}
	v := newVerifier(t, Options{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := call{method: "GET", path: "/v2/apis", header: http.Header{"X-Custom": {"v"}, "X-Amz-Content-Sha256": {emptySHA256}}}.sign(t)
			test.tamper(r)
			if _, err := v.Verify(r, nil); kindOf(t, err) != test.want {
				t.Errorf("%v, want kind %d", err, test.want)
			}
		})
	}
}

func TestSkew(t *testing.T) {
	tests := []struct {
		name    string
		age     time.Duration
		expires string // makes the call presigned
		skew    time.Duration
		want    string
	}{
		{name: "just so old", age: 5 * time.Minute},
		{name: "too old", age: 5*time.Minute + time.Second,
			want: "Signature expired: 20260314T150425Z is now earlier than 20260314T150426Z (20260314T150926Z - 5 min.)"},
		{name: "just so early", age: -5 * time.Minute},
		{name: "too early", age: -5*time.Minute - time.Second,
			want: "Signature not yet current: 20260314T151427Z is still later than 20260314T151426Z (20260314T150926Z + 5 min.)"},
		{name: "other skew", age: 11 * time.Second, skew: 10 * time.Second,
			want: "Signature expired: 20260314T150915Z is now earlier than 20260314T150916Z (20260314T150926Z - 10 sec.)"},
		{name: "presigned, alive", age: time.Hour, expires: "3600"},
		{name: "presigned, expired", age: time.Hour + time.Second, expires: "3600",
			want: "Signature expired: 20260314T140925Z is now earlier than 20260314T140926Z (20260314T150926Z - 60 min.)"},
		{name: "presigned, short", age: 2 * time.Second, expires: "1",
			want: "Signature expired: 20260314T150924Z is now earlier than 20260314T150925Z (20260314T150926Z - 1 sec.)"},
		{name: "presigned, a week", age: 7 * 24 * time.Hour, expires: "604800"},
		{name: "presigned, over a week", expires: "604801",
			want: "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"},
		{name: "presigned, zero", expires: "0", want: "X-Amz-Expires must be at least 1 second"},
		{name: "presigned, negative", expires: "-1", want: "X-Amz-Expires must be at least 1 second"},
		{name: "presigned, no number", expires: "1h", want: "X-Amz-Expires should be a number"},
		{name: "presigned, early", age: -time.Hour, expires: "86400",
			want: "Signature not yet current: 20260314T160926Z is still later than 20260314T151426Z (20260314T150926Z + 5 min.)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := call{method: "GET", path: "/", at: now.Add(-test.age)}
			if test.expires != "" {
				c.presign, c.query = true, "X-Amz-Expires="+test.expires
			}
			_, err := newVerifier(t, Options{MaxSkew: test.skew}).Verify(c.sign(t), nil)
			if got := messageOf(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func messageOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

func TestSessionTokens(t *testing.T) {
	tests := []struct {
		name             string
		configured, sent string
		expires          time.Time
		want             Kind
	}{
		{"none", "", "", time.Time{}, -1},
		{"the right one", "a+b/c==", "a+b/c==", time.Time{}, -1},
		{"another", "a", "b", time.Time{}, UnknownClient},
		{"missing", "a", "", time.Time{}, UnknownClient},
		{"unexpected", "", "a", time.Time{}, UnknownClient},
		{"still valid", "a", "a", now.Add(time.Second), -1},
		{"expired", "a", "a", now, ExpiredToken},
	}
	for _, test := range tests {
		for _, presign := range []bool{false, true} {
			cred := testCredential
			cred.SessionToken, cred.Expires = test.configured, test.expires
			v := newVerifier(t, Options{Credentials: []Credential{cred}})
			_, err := v.Verify(call{method: "GET", path: "/", token: test.sent, presign: presign}.sign(t), nil)
			if kindOf(t, err) != test.want {
				t.Errorf("%s, presigned %v: %v, want kind %d", test.name, presign, err, test.want)
			}
		}
	}
}

func TestAcceptAny(t *testing.T) {
	v := newVerifier(t, Options{AcceptAny: true})
	const form = "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=host, Signature=x"
	for credential, want := range map[string]Kind{
		"anyone/20000101/eu-west-1/apigateway/aws4_request": -1,
		"anyone/20000101/EU/apigateway/aws4_request":        InvalidSignature,
		"anyone/20000101/eu-west-1/apigateway/aws3":         InvalidSignature,
		"anyone": Incomplete,
	} {
		r := Request{Method: "GET", Path: "/", Header: list([2]string{"authorization", strings.Replace(form, "%s", credential, 1)})}
		res, err := v.VerifyRequest(r)
		if kindOf(t, err) != want {
			t.Errorf("%s: %v, want kind %d", credential, err, want)
		}
		if err == nil && (res.Credential != Credential{AccessKeyID: "anyone", Name: "anyone", Role: Admin} || res.Region != "eu-west-1") {
			t.Errorf("result %+v", res)
		}
	}
	for _, auth := range []string{"", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request"} {
		if _, err := v.VerifyRequest(Request{Method: "GET", Path: "/", Header: list([2]string{"Authorization", auth})}); err == nil {
			t.Errorf("%q is accepted", auth)
		}
	}
	stale := call{method: "GET", path: "/", at: now.AddDate(-9, 0, 0), presign: true}.sign(t)
	if res, err := v.Verify(stale, []byte("other payload")); err != nil || !res.Presigned {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestUnsignedPayloadIsForS3(t *testing.T) {
	r := Request{Header: list([2]string{"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"}), PayloadHash: emptySHA256}
	for service, want := range map[string]string{"s3": "UNSIGNED-PAYLOAD", "execute-api": emptySHA256} {
		if got := payloadHash(&r, nil, service); got != want {
			t.Errorf("%s: %s, want %s", service, got, want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	v := newVerifier(t, Options{})
	var wg sync.WaitGroup
	for range 8 {
		r := call{method: "GET", path: "/v2/apis"}.sign(t)
		wg.Go(func() {
			for range 50 {
				if _, err := v.Verify(r, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
