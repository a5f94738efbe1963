package sigv4

import (
	"context"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestSigner holds signatures to those of the Go SDK, and has the verifier accept them.
func TestSigner(t *testing.T) {
	const hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	cases := []struct {
		name, service, target string
		header                map[string]string
	}{
		{"plain", "lambda", "/2015-03-31/functions/f/invocations", nil},
		{"ARN and qualifier", "lambda", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations?Qualifier=%24LATEST", nil},
		{"header fields", "lambda", "/x?b=2&a=1", map[string]string{"X-Amz-Log-Type": "Tail", "X-Amz-Security-Token": "token", "X-Amz-Client-Context": "  a  b "}},
		{"S3", "s3", "/bucket/a%20key", map[string]string{"X-Amz-Content-Sha256": hash}},
	}
	for _, c := range cases {
		request, err := http.NewRequest(http.MethodPost, "https://host.example:8443"+c.target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		header := map[string]string{"X-Amz-Date": SigningTime(now)}
		maps.Copy(header, c.header)
		for name, value := range c.header {
			request.Header.Set(name, value)
		}
		signer := Signer{KeyID: testCredential.AccessKeyID, Secret: testCredential.SecretAccessKey, Service: c.service, Region: "eu-west-1"}
		own := Request{
			Method: http.MethodPost, Path: request.URL.EscapedPath(), RawQuery: request.URL.RawQuery, Host: request.Host,
			Header: maps.All(header), PayloadHash: hash,
		}
		got, err := signer.Sign(&own, now)
		if err != nil {
			t.Fatal(err)
		}
		sdk := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = c.service == "s3" })
		key := aws.Credentials{AccessKeyID: signer.KeyID, SecretAccessKey: signer.Secret, SessionToken: c.header["X-Amz-Security-Token"]}
		if err := sdk.SignHTTP(context.Background(), key, request, hash, c.service, "eu-west-1", now); err != nil {
			t.Fatal(err)
		}
		if want := request.Header.Get("Authorization"); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, want)
		}
		again, err := signer.Sign(&own, now.Add(time.Second))
		if err != nil || again == got {
			t.Errorf("%s: %s, %v", c.name, again, err)
		}
	}
}

// TestSignerRefuses what has no canonical form.
func TestSignerRefuses(t *testing.T) {
	s := Signer{Service: "lambda", Region: "eu-west-1"}
	if _, err := s.Sign(&Request{RawQuery: "%", Header: maps.All(map[string]string{})}, now); err == nil {
		t.Error("a broken query was signed")
	}
}
