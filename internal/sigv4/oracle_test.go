package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

var testCredential = Credential{AccessKeyID: "AKIDTEST", SecretAccessKey: "a/secret+key", Name: "ci", Role: Admin}

func newVerifier(t testing.TB, o Options) *Verifier {
	t.Helper()
	if o.Credentials == nil && !o.AcceptAny {
		o.Credentials = []Credential{testCredential}
	}
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	v, err := NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// call is a request for the Go SDK's signer, the oracle.
type call struct {
	method, path, query string // path and query are escaped
	header              http.Header
	body                string
	token               string
	at                  time.Time // zero means now
	presign             bool
}

// sign signs c and passes it over the wire, so that the result is what a server sees.
func (c call) sign(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequest(c.method, "http://127.0.0.1:4566/", strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	path, err := url.PathUnescape(c.path)
	if err != nil {
		t.Skip("not a path")
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, c.path, c.query
	for name, values := range c.header {
		r.Header[name] = values
	}
	at := c.at
	if at.IsZero() {
		at = now
	}
	sum := sha256.Sum256([]byte(c.body))
	cred := aws.Credentials{AccessKeyID: testCredential.AccessKeyID, SecretAccessKey: testCredential.SecretAccessKey, SessionToken: c.token}
	hash := hex.EncodeToString(sum[:])
	if !c.presign {
		err = v4.NewSigner().SignHTTP(context.Background(), cred, r, hash, "apigateway", "eu-west-1", at)
	} else {
		var uri string
		if uri, r.Header, err = v4.NewSigner().PresignHTTP(context.Background(), cred, r, hash, "apigateway", "eu-west-1", at); err == nil {
			r.URL, err = url.Parse(uri)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return transfer(t, r)
}

// transfer writes r as a client does and reads it as a server does.
func transfer(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Skip("not a request:", err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil {
		t.Skip("not a request:", err)
	}
	return got
}

// TestOracle: whatever the SDK signs is accepted, and refused once its payload, method, path or query differ.
func TestOracle(t *testing.T) {
	v := newVerifier(t, Options{})
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 1000 {
		c := randomCall(rng)
		c.presign = i%2 == 1
		r := c.sign(t)
		res, err := v.Verify(r, []byte(c.body))
		if err != nil {
			t.Fatalf("call %d: %+v\n%v", i, c, err)
		}
		if res.Presigned != c.presign || res.Service != "apigateway" || res.Credential.Name != "ci" || !res.SignedAt.Equal(now) {
			t.Fatalf("result %+v", res)
		}
		for name, tamper := range tampers {
			other, body := r.Clone(context.Background()), c.body
			tamper(other, &body)
			if _, err := v.Verify(other, []byte(body)); err == nil {
				t.Fatalf("call %d: %+v\naccepted with another %s: %s %s", i, c, name, other.Method, other.RequestURI)
			}
		}
	}
}

var tampers = map[string]func(r *http.Request, body *string){
	"payload": func(_ *http.Request, body *string) { *body += "x" },
	"method":  func(r *http.Request, _ *string) { r.Method += "X" },
	"host":    func(r *http.Request, _ *string) { r.Host = "localhost:4566" },
	"path":    func(r *http.Request, _ *string) { r.RequestURI = "/x" + r.RequestURI },
	"query": func(r *http.Request, _ *string) {
		if !strings.Contains(r.RequestURI, "?") {
			r.RequestURI += "?"
		}
		r.RequestURI += "&added"
	},
}

func randomCall(rng *rand.Rand) call {
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	segments := []string{"v2", "apis", "", ".", "..", "%24default", "arn%3Aaws%3A%2Fx", "a+b", "%2F", "%2e%2e", "x:y@z", "~_-.", "%E1%88%B4", "100%2525", "a;b=c", "(!*',)"}
	parts := []string{"a", "b", "A", "a-b", "a%2Fb", "a/b", "x+y", "%20", "%2b", "*", "~", "'", "%C3%A9", "é", "", "=", "a,b", "k:v", "?"}
	values := []string{"plain", " a  b   c ", "\ttabbed\t", "\"q  q\"", "", "é", "a,b", "x=1; y=2"}
	c := call{method: pick([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}), header: http.Header{}}
	for range 1 + rng.IntN(4) {
		c.path += "/" + pick(segments)
	}
	for range rng.IntN(5) {
		c.query += pick([]string{"&", "&", "&", "&&"}) + pick(parts) + pick([]string{"=", "=", ""}) + pick(parts)
	}
	c.query = strings.TrimPrefix(c.query, "&")
	for range rng.IntN(4) {
		name := pick([]string{"X-Amz-Target", "X-Custom", "Content-Type", "Accept", "X-Amz-Meta-A", "Cache-Control"})
		c.header[name] = append(c.header[name], pick(values))
	}
	if c.method != "GET" && rng.IntN(2) == 0 {
		c.body = pick(values)
	}
	return c
}

// TestServer sends signed calls over HTTP/1.1 and HTTP/2, whose stacks move headers about.
func TestServer(t *testing.T) {
	v := newVerifier(t, Options{Now: time.Now})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.URL.Path = "/rewritten"
		if _, err := v.Verify(r, body); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	plain := srv.Client().Transport.(*http.Transport).Clone()
	plain.ForceAttemptHTTP2 = false
	plain.TLSClientConfig.NextProtos = []string{"http/1.1"}
	for proto, client := range map[string]*http.Client{"HTTP/2.0": srv.Client(), "HTTP/1.1": {Transport: plain}} {
		for _, body := range []string{"", `{"name":"pets"}`} {
			r, err := http.NewRequest("POST", srv.URL+"/v2/apis/x/stages/%24default?b=1&a=%2F", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", "a=1; b=2")
			sum := sha256.Sum256([]byte(body))
			cred := aws.Credentials{AccessKeyID: testCredential.AccessKeyID, SecretAccessKey: testCredential.SecretAccessKey}
			if err := v4.NewSigner().SignHTTP(t.Context(), cred, r, hex.EncodeToString(sum[:]), "apigateway", "eu-west-1", time.Now()); err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if string(answer) != proto {
				t.Errorf("%s: %s", proto, answer)
			}
		}
	}
}
