package sdk

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/test/harness"
)

// TestSignedCalls signs calls to a route with AWS_IAM as the SDK does: in the header and in the query, with a session
// token, and then with what makes the signature another's.
func TestSignedCalls(t *testing.T) {
	s := harness.Start(t, func(cfg *config.Config) {
		cfg.Credentials = []config.Credential{
			{Name: "test", AccessKeyID: "test", SecretAccessKey: "test"},
			{Name: "session", AccessKeyID: "ASIASESSION", SecretAccessKey: "secret", SessionToken: "token"},
		}
	})
	api, ctx := s.Client(), t.Context()
	made := must(api.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("iam"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + harness.NewBackend(t, "iam").Addr()),
	}))
	route := must(api.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: made.ApiId})).Items[0]
	must(api.UpdateRoute(ctx, &apigatewayv2.UpdateRouteInput{
		ApiId: made.ApiId, RouteId: route.RouteId, AuthorizationType: types.AuthorizationTypeAwsIam,
	}))
	client, _ := harness.HTTPClient(s.HTTPAddr())
	defer client.CloseIdleConnections()

	known := aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	session := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: "secret", SessionToken: "token"}
	type signing struct {
		credentials     aws.Credentials
		service, region string
		at              time.Time
		presign         bool
		// tamper changes the signed request.
		tamper func(*http.Request)
	}
	for _, c := range []struct {
		name   string
		change func(*signing)
		status int
	}{
		{"header", func(*signing) {}, 200},
		{"query", func(s *signing) { s.presign = true }, 200},
		{"session", func(s *signing) { s.credentials = session }, 200},
		{"session in the query", func(s *signing) { s.credentials, s.presign = session, true }, 200},
		{"session without its token", func(s *signing) { s.credentials = session; s.credentials.SessionToken = "" }, 403},
		{"header added behind", func(s *signing) { s.tamper = func(r *http.Request) { r.Header.Set("X-Later", "1") } }, 200},
		{"wrong secret", func(s *signing) { s.credentials.SecretAccessKey = "wrong" }, 403},
		{"another service", func(s *signing) { s.service = "apigateway" }, 403},
		{"another region", func(s *signing) { s.region = "eu-west-1" }, 403},
		{"an hour ago", func(s *signing) { s.at = s.at.Add(-time.Hour) }, 403},
		{"another method", func(s *signing) { s.tamper = func(r *http.Request) { r.Method = http.MethodPut } }, 403},
		{"another path", func(s *signing) { s.tamper = func(r *http.Request) { r.URL.Path = "/other" } }, 403},
		{"another query", func(s *signing) { s.tamper = func(r *http.Request) { r.URL.RawQuery += "&admin=1" } }, 403},
		{"another body", func(s *signing) { s.tamper = func(r *http.Request) { setBody(r, "other") } }, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			how := signing{credentials: known, service: "execute-api", region: harness.Region, at: time.Now()}
			c.change(&how)
			req := must(http.NewRequestWithContext(ctx, http.MethodPost, *made.ApiEndpoint+"/a%20b/c?x=1&y=%2F", nil))
			setBody(req, "body")
			sum := sha256.Sum256([]byte("body"))
			hash := hex.EncodeToString(sum[:])
			if how.presign {
				uri, header, err := v4.NewSigner().PresignHTTP(ctx, how.credentials, req, hash, how.service, how.region, how.at)
				if err != nil {
					t.Fatal(err)
				}
				req.URL, req.Header = must(req.URL.Parse(uri)), header
			} else if err := v4.NewSigner().SignHTTP(ctx, how.credentials, req, hash, how.service, how.region, how.at); err != nil {
				t.Fatal(err)
			}
			if how.tamper != nil {
				how.tamper(req)
			}
			resp := must(client.Do(req))
			defer resp.Body.Close()
			equal(t, "status", resp.StatusCode, c.status)
		})
	}
}

func setBody(r *http.Request, text string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
}
