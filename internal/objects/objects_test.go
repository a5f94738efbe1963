package objects

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// serve answers as an S3-compatible server does, and says what it was asked.
func serve(t *testing.T) (url string, asked *http.Request) {
	t.Helper()
	asked = new(http.Request)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = *r
		switch {
		case strings.HasPrefix(r.URL.Path, "/none/"):
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`<?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>`))
		case strings.HasSuffix(r.URL.Path, "/broken"):
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("<html>"))
		case strings.HasSuffix(r.URL.Path, "/moved"):
			http.Redirect(w, r, "/bucket/key", http.StatusTemporaryRedirect)
		case strings.HasSuffix(r.URL.Path, "/cut"):
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("short"))
		default:
			_, _ = w.Write([]byte("an object"))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func newClient(t *testing.T, endpoint string) *Client {
	t.Helper()
	c := New(Options{
		Endpoint: endpoint, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Credentials: func(role string) (string, string, string, bool) { return "AKID", "secret", "token", role != "nobody" },
	})
	t.Cleanup(c.Close)
	return c
}

func TestGet(t *testing.T) {
	endpoint, asked := serve(t)
	c := newClient(t, endpoint+"/")
	got, err := c.Get(t.Context(), Object{Region: "eu-west-1", Bucket: "bucket", Key: "a b/ü+c.zip", Version: "v=1"}, 100)
	if err != nil || string(got) != "an object" {
		t.Fatalf("%q, %v", got, err)
	}
	if want := "/bucket/a%20b/%C3%BC%2Bc.zip?versionId=v%3D1"; asked.RequestURI != want {
		t.Errorf("asked for %s, want %s", asked.RequestURI, want)
	}
	auth := asked.Header.Get("Authorization")
	if !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/s3/aws4_request, SignedHeaders=") ||
		!strings.Contains(auth, "x-amz-security-token") || asked.Header.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("Authorization: %s", auth)
	}
}

func TestGetRefuses(t *testing.T) {
	endpoint, _ := serve(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tt := range map[string]struct {
		endpoint string
		object   Object
		limit    int64
		want     string
	}{
		"no bucket":      {endpoint, Object{Bucket: "none", Key: "k"}, 100, "NoSuchBucket: The specified bucket does not exist"},
		"broken server":  {endpoint, Object{Bucket: "bucket", Key: "broken"}, 100, "InternalServerError: 500 Internal Server Error"},
		"redirect":       {endpoint, Object{Bucket: "bucket", Key: "moved"}, 100, "TemporaryRedirect: 307 Temporary Redirect"},
		"too long":       {endpoint, Object{Bucket: "bucket", Key: "key"}, 8, "EntityTooLarge: the object has more than 8 bytes"},
		"cut off":        {endpoint, Object{Bucket: "bucket", Key: "cut"}, 100, "IncompleteBody: the object could not be read to its end"},
		"no credentials": {endpoint, Object{Bucket: "bucket", Key: "key", Role: "nobody"}, 100, "AccessDenied: no key pair reads from S3 for the role nobody: name one in the setting aws-credentials"},
		"no server":      {gone.URL, Object{Bucket: "bucket", Key: "key"}, 100, "ServiceUnavailable: the endpoint of s3 could not be reached: "},
	} {
		t.Run(name, func(t *testing.T) {
			tt.object.Region = "eu-west-1"
			_, err := newClient(t, tt.endpoint).Get(t.Context(), tt.object, tt.limit)
			if _, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzEscapeKey(f *testing.F) {
	for _, seed := range []string{"", "a/b", "../x", "a b", "ü", "%2F", "?versionId=1", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if got := escapeKey(key); strings.ContainsAny(got, "?# \\\r\n") || strings.Count(got, "/") != strings.Count(key, "/") {
			t.Errorf("%q became %q", key, got)
		}
	})
}

// TestSignature has AWS's own signer sign the same request.
func TestSignature(t *testing.T) {
	endpoint, asked := serve(t)
	object := Object{Region: "eu-west-1", Bucket: "bucket", Key: "a b/ü+c.zip", Version: "v=1"}
	if _, err := newClient(t, endpoint).Get(t.Context(), object, 100); err != nil {
		t.Fatal(err)
	}
	again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpoint+asked.RequestURI, nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Header.Set("X-Amz-Content-Sha256", emptySHA256)
	oracle := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	err = oracle.SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}, again, emptySHA256, "s3", "eu-west-1", at)
	if got, want := asked.Header.Get("Authorization"), again.Header.Get("Authorization"); err != nil || got != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
