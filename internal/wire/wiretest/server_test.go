package wiretest

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/dipylon/dipylon/internal/wire"
)

// permissive believes every credential scope and verifies nothing.
type permissive struct{ readOnly bool }

var scope = regexp.MustCompile(`Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request`)

func (p permissive) Authenticate(r *http.Request, _ []byte) (wire.Principal, error) {
	credential := r.Header.Get("Authorization")
	if credential == "" {
		credential = "Credential=" + r.URL.Query().Get("X-Amz-Credential")
	}
	parts := scope.FindStringSubmatch(credential)
	if parts == nil {
		return wire.Principal{}, unsigned{}
	}
	return wire.Principal{AccessKeyID: parts[1], Name: "tester", Region: parts[2], Service: parts[3], ReadOnly: p.readOnly}, nil
}

type unsigned struct{}

func (unsigned) Error() string { return "no signature" }

func (unsigned) Refusal(p wire.Protocol) *wire.Error {
	if p == wire.Query {
		return &wire.Error{Code: "MissingAuthenticationToken", Message: "no signature", Status: 403}
	}
	return &wire.Error{Code: "MissingAuthenticationTokenException", Message: "no signature", Status: 403}
}

// serve starts a control plane of the services.
func serve(t *testing.T, services ...*wire.Service) *httptest.Server {
	t.Helper()
	return serveWith(t, wire.Options{Services: services})
}

func serveWith(t *testing.T, o wire.Options) *httptest.Server {
	t.Helper()
	if o.Authenticator == nil {
		o.Authenticator = permissive{}
	}
	o.Account = "000000000000"
	srv := httptest.NewServer(wire.NewServer(o))
	t.Cleanup(srv.Close)
	return srv
}

// awsConfig makes an SDK client talk to the server, without retries.
func awsConfig(srv *httptest.Server) aws.Config {
	return aws.Config{
		Region:           "eu-central-1",
		BaseEndpoint:     aws.String(srv.URL),
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		RetryMaxAttempts: 1,
		HTTPClient:       srv.Client(),
	}
}
