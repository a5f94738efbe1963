// Package openid proves JWT authorizers against an OpenID provider that is not ours: zitadel/oidc, with the storage of its
// example. It is a module of its own so that Dipylon's does not require what only this case needs.
package openid

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/test/harness"
)

// The provider's only client for the client credentials grant; its tokens are for itself.
const (
	client = "sid1"
	secret = "verysecret"
)

// tokens has the example's client get JWTs with the scopes that it asked for.
type tokens struct{ *storage.Storage }

type jwtClient struct{ op.Client }

func (jwtClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

func (s tokens) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	c, err := s.Storage.ClientCredentials(ctx, id, secret)
	return jwtClient{c}, err
}

func (s tokens) GetPrivateClaimsFromScopes(_ context.Context, _, _ string, scopes []string) (map[string]any, error) {
	return map[string]any{"scope": strings.Join(scopes, " ")}, nil
}

// provider is a running OpenID provider, which calls itself issuer and is to be found at base.
type provider struct {
	issuer, base string
	current      atomic.Pointer[op.Provider]
}

// start runs a provider until the test ends. If issuer is empty, it has the name under which it is to be found.
func start(t *testing.T, issuer string) *provider {
	t.Helper()
	p := &provider{issuer: issuer}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.current.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p.base = server.URL
	if issuer == "" {
		p.issuer = server.URL
	}
	p.rotate(t)
	return p
}

// rotate starts the provider anew, with other keys.
func (p *provider) rotate(t *testing.T) {
	t.Helper()
	next, err := op.NewProvider(&op.Config{}, tokens{storage.NewStorage(storage.NewUserStore(p.issuer))}, op.StaticIssuer(p.issuer),
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	p.current.Store(next)
}

// token gets one with the given scope.
func (p *provider) token(t *testing.T, scope string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(client, secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || strings.Count(answer.AccessToken, ".") != 2 {
		t.Fatalf("no JWT: %d %s", resp.StatusCode, body)
	}
	return answer.AccessToken
}

// TestProvider calls a route with the provider's tokens, under its own name and under that of a Cognito pool which the
// configuration maps to it, and has the provider change its keys.
func TestProvider(t *testing.T) {
	for name, issuer := range map[string]string{
		"itself": "", "mapped": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_POOL",
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, issuer)
			s := harness.Start(t, func(c *config.Config) {
				if issuer != "" {
					c.Issuers = map[string]string{issuer: p.base}
				}
			})
			host := protected(t, s, p.issuer, client)
			call := func(token string, want int, challenge string) {
				t.Helper()
				answer, err := harness.Call{
					Method: "GET", URL: "http://" + host + "/", Addr: s.HTTPAddr(), Headers: []string{"Authorization: Bearer " + token},
				}.Do(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if head := strings.Join(answer.Head, "\n"); answer.Status != want || !strings.Contains(head, challenge) {
					t.Errorf("%d, want %d with %s:\n%s\n%s", answer.Status, want, challenge, head, answer.Body)
				}
			}
			before := p.token(t, "custom_scope")
			call(before, 200, "")
			call(p.token(t, "openid"), 403, `error="insufficient_scope"`)
			call(before[:len(before)-4]+"AAAA", 401, `error="invalid_token"`)

			p.rotate(t)
			call(p.token(t, "custom_scope"), 200, "")
			call(before, 401, `error="invalid_token"`)
			other := start(t, p.issuer)
			call(other.token(t, "custom_scope"), 401, `error="invalid_token"`)
		})
	}
}

// TestOtherAudience: the provider's tokens are not for everybody who trusts it.
func TestOtherAudience(t *testing.T) {
	p := start(t, "")
	s := harness.Start(t, nil)
	answer, err := harness.Call{
		Method: "GET", URL: "http://" + protected(t, s, p.issuer, "toys") + "/", Addr: s.HTTPAddr(),
		Headers: []string{"Authorization: Bearer " + p.token(t, "custom_scope")},
	}.Do(t.Context())
	if err != nil || answer.Status != 401 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// protected makes an API all of whose calls need a token of the issuer, and returns its host.
func protected(t *testing.T, s *harness.Server, issuer, audience string) string {
	t.Helper()
	ctx, control := t.Context(), s.Client()
	backend := harness.NewBackend(t, "pets")
	api, err := control.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("pets"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + backend.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	authorizer, err := control.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{
		ApiId: api.ApiId, Name: aws.String("jwt"), AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: &issuer, Audience: []string{audience}},
	})
	if err != nil {
		t.Fatal(err)
	}
	routes, err := control.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: api.ApiId})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := control.UpdateRoute(ctx, &apigatewayv2.UpdateRouteInput{
		ApiId: api.ApiId, RouteId: routes.Items[0].RouteId, AuthorizationType: types.AuthorizationTypeJwt,
		AuthorizerId: authorizer.AuthorizerId, AuthorizationScopes: []string{"custom_scope"},
	}); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(aws.ToString(api.ApiEndpoint))
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
