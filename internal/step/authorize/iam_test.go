package authorize

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/sigv4"
)

const allowPets = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:*:api/prod/*/pets/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
	{"Effect":"Deny","Action":"*","Resource":"arn:aws:execute-api:*:*:*/*/DELETE/*"}]}`

func iamStepFor(t *testing.T) exchange.Step { return IAM(iamConfig(t)) }

func iamConfig(t *testing.T) IAMConfig {
	t.Helper()
	verifier, err := sigv4.NewVerifier(sigv4.Options{Credentials: []sigv4.Credential{
		{AccessKeyID: "ADMIN", SecretAccessKey: "s1", Name: "root", Role: sigv4.Admin},
		{AccessKeyID: "PETS", SecretAccessKey: "s2", Name: "pets"},
		{AccessKeyID: "NONE", SecretAccessKey: "s3", Name: "none"},
		{AccessKeyID: "FOREIGN", SecretAccessKey: "s4", Name: "foreign", Role: sigv4.Admin, Account: "444455556666", ARN: "arn:aws:sts::444455556666:assumed-role/developer/me"},
		{AccessKeyID: "TOKEN", SecretAccessKey: "s5", SessionToken: "t", Name: "token", Role: sigv4.Admin},
		{AccessKeyID: "EXPIRED", SecretAccessKey: "s6", Name: "expired", Expires: time.Unix(1, 0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	pets, err := policy.Compile([]byte(allowPets), policy.Options{Kind: policy.Identity})
	if err != nil {
		t.Fatal(err)
	}
	return IAMConfig{
		Verifier: verifier, Policies: map[string]*policy.Policy{"PETS": pets}, Stage: "prod",
		API: policy.API{Region: "eu-west-1", Account: "000000000000", ID: "api"},
	}
}

// signedCall returns a call as the AWS SDK signs it.
func signedCall(t *testing.T, keyID, secret, method, path, body string, change func(*http.Request)) *exchange.Exchange {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.execute-api.eu-west-1.localhost/prod"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}
	if keyID != "" {
		if err := v4.NewSigner().SignHTTP(t.Context(), creds, req, hex.EncodeToString(sum[:]), "execute-api", "eu-west-1", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(req)
	}
	x := &exchange.Exchange{Received: time.Now()}
	x.Request.Method, x.Request.Path, x.Route.Path = []byte(method), []byte(req.URL.EscapedPath()), []byte(path)
	x.Request.Query, x.Request.Host = []byte(req.URL.RawQuery), []byte(req.URL.Host)
	x.Request.Remote = netip.MustParseAddrPort("203.0.113.9:1")
	for name, values := range req.Header {
		x.Request.Header.Add([]byte(name), []byte(values[0]))
	}
	if body != "" {
		x.Request.Header.Add([]byte("Content-Length"), []byte(strconv.Itoa(len(body))))
		x.Request.Body = exchange.Body{Stream: io.NopCloser(bytes.NewReader([]byte(body))), Size: int64(len(body))}
	}
	return x
}

func TestIAM(t *testing.T) {
	step := iamStepFor(t)
	cases := []struct {
		name               string
		key, secret        string
		method, path, body string
		change             func(*http.Request)
		allowed            bool
		logged             string // part of $context.authorizer.error
	}{
		{"administrator", "ADMIN", "s1", "GET", "/x", "", nil, true, ""},
		{"by policy", "PETS", "s2", "POST", "/pets/1", `{"a":1}`, nil, true, ""},
		{"elsewhere", "PETS", "s2", "GET", "/users/1", "", nil, false, "is not authorized to perform execute-api:Invoke on arn:aws:execute-api:eu-west-1:000000000000:api/prod/GET/users/1"},
		{"explicit deny", "PETS", "s2", "DELETE", "/pets/1", "", nil, false, "is not authorized"},
		{"without a policy", "NONE", "s3", "GET", "/x", "", nil, false, "has no policy"},
		// aws-behaviour-http-api.md, fact 13.
		{"unsigned", "", "", "GET", "/x", "", nil, false, "The request for the IAM Authorizer doesn't match the format that API Gateway expects."},
		{"bearer token", "", "", "GET", "/x", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, false, "doesn't match the format"},
		{"wrong secret", "ADMIN", "s2", "GET", "/x", "", nil, false, "the signature is not valid: InvalidSignatureException"},
		{"unknown key", "WHO", "s1", "GET", "/x", "", nil, false, "UnrecognizedClientException"},
		{"of another account", "FOREIGN", "s4", "GET", "/x", "", nil, false, "is of another account than the API"},
		{"changed after signing", "ADMIN", "s1", "GET", "/x", "", func(r *http.Request) { r.URL.RawQuery = "a=b" }, false, "InvalidSignatureException"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := signedCall(t, c.key, c.secret, c.method, c.path, c.body, c.change)
			err := step.Run(t.Context(), x)
			if !strings.Contains(x.Identity.Error, c.logged) || (c.logged == "") != (x.Identity.Error == "") {
				t.Errorf("logged %q", x.Identity.Error)
			}
			var fault *exchange.Fault
			if !c.allowed {
				if !errors.As(err, &fault) || fault.Kind != exchange.KindAccessDenied {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || x.Identity.AccessKey != c.key || x.Identity.AccountID != "000000000000" || !strings.HasPrefix(x.Identity.UserARN, "arn:aws:iam::000000000000:user/") {
				t.Errorf("got %v, identity %+v", err, x.Identity)
			}
			if c.body != "" && string(x.Request.Body.Bytes) != c.body {
				t.Errorf("the body is now %q", x.Request.Body.Bytes)
			}
		})
	}
}

func TestIAMChecksTheBody(t *testing.T) {
	step := iamStepFor(t)
	x := signedCall(t, "ADMIN", "s1", "POST", "/x", "what was signed", nil)
	x.Request.Body.Stream = io.NopCloser(strings.NewReader("what was sent!!"))
	if err := step.Run(t.Context(), x); err == nil {
		t.Error("another body is accepted")
	}
}
