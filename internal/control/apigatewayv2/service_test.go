package apigatewayv2

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// fixture is a service on an empty store, with small quotas and a clock that tests move.
type fixture struct {
	*testing.T
	*Service
	call *wire.Call
	now  time.Time
	// waited are the revisions that the service waited for.
	waited []int64
	liveIs error
	// issuerIs is what the issuers named here answer; all others are there.
	issuerIs map[string]error
	// resets are the stages whose authorizers' answers were forgotten.
	resets []string
}

// Reset implements Verdicts.
func (f *fixture) Reset(region, apiID, stage string) {
	f.resets = append(f.resets, region+" "+apiID+" "+stage)
}

// Probe implements Issuers.
func (f *fixture) Probe(_ context.Context, issuer string) error { return f.issuerIs[issuer] }

func (f *fixture) Wait(_ context.Context, revision int64) error {
	f.waited = append(f.waited, revision)
	return f.liveIs
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f := &fixture{
		T: t, now: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
		call: &wire.Call{Tenant: gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}},
	}
	f.Service = New(Options{
		Store: st, Live: f, Now: func() time.Time { return f.now },
		Endpoint: func(region, apiID string) string { return "http://" + apiID + "." + region },
		Quotas: gateway.Quotas{
			RoutesPerAPI: 30, IntegrationsPerAPI: 4, StagesPerAPI: 3, AuthorizersPerAPI: 5, Timeout: 30 * time.Second,
		},
		Issuers: f, Verdicts: f,
	})
	return f
}

// do calls an operation that must succeed.
func do[In, Out any](f *fixture, op func(context.Context, *wire.Call, *In) (*Out, error), in In) *Out {
	f.Helper()
	out, err := op(f.Context(), f.call, &in)
	if err != nil {
		f.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails calls an operation and returns its error.
func fails[In, Out any](f *fixture, op func(context.Context, *wire.Call, *In) (*Out, error), in In) error {
	f.Helper()
	_, err := op(f.Context(), f.call, &in)
	return err
}

func (f *fixture) api() string {
	f.Helper()
	return *do(f, f.CreateApi, gen.CreateApiInput{Name: new("a"), ProtocolType: new(gen.ProtocolTypeHttp)}).ApiId
}

func (f *fixture) integration(api string) string {
	f.Helper()
	return *do(f, f.CreateIntegration, integrationInput(api, "http://h/")).IntegrationId
}

func integrationInput(api, uri string) gen.CreateIntegrationInput {
	return gen.CreateIntegrationInput{
		ApiId: api, IntegrationType: new(gen.IntegrationTypeHttpProxy), IntegrationMethod: new("GET"), IntegrationUri: &uri,
	}
}

func (f *fixture) route(api, key string) string {
	f.Helper()
	return *do(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: &key}).RouteId
}

func (f *fixture) stage(api, name string, auto bool) *gen.CreateStageOutput {
	f.Helper()
	return do(f, f.CreateStage, gen.CreateStageInput{ApiId: api, StageName: &name, AutoDeploy: &auto})
}

func authorizerInput(api, name string) gen.CreateAuthorizerInput {
	return gen.CreateAuthorizerInput{
		ApiId: api, Name: &name, AuthorizerType: new(gen.AuthorizerTypeJwt), IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &gen.JWTConfiguration{Issuer: new("https://issuer"), Audience: []string{"me"}},
	}
}

func (f *fixture) authorizer(api, name string) string {
	f.Helper()
	return *do(f, f.CreateAuthorizer, authorizerInput(api, name)).AuthorizerId
}

func (f *fixture) model(api, name string) string {
	f.Helper()
	return *do(f, f.CreateModel, gen.CreateModelInput{ApiId: api, Name: &name, Schema: new("{}")}).ModelId
}

func (f *fixture) vpcLink(name string) string {
	f.Helper()
	return *do(f, f.CreateVpcLink, gen.CreateVpcLinkInput{Name: &name, SubnetIds: []string{"subnet-1"}}).VpcLinkId
}

// snapshot reads what a stage serves.
func (f *fixture) snapshot(api, stage string) (snapshot gateway.Snapshot) {
	f.Helper()
	err := f.view(f.Context(), f.call, func(r reader) (err error) {
		snapshot, err = r.exported(api, stage)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return snapshot
}

func (f *fixture) deployments(api string) []gen.Deployment {
	f.Helper()
	return do(f, f.GetDeployments, gen.GetDeploymentsInput{ApiId: api, MaxResults: new("500")}).Items
}

// refusal returns what a caller sees of an error.
func refusal(t *testing.T, err error) *wire.Error {
	t.Helper()
	var known wire.Modelled
	if !errors.As(err, &known) {
		t.Fatalf("the caller would see an internal failure: %v", err)
	}
	return known.WireError()
}

// TestUpdatesWaitUntilLive: a call that changes something returns when its commit is being served.
func TestUpdatesWaitUntilLive(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	revision, err := f.Store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(f.waited) != 1 || f.waited[0] != revision {
		t.Errorf("waited for %v, the commit is %d", f.waited, revision)
	}
	do(f, f.GetApi, gen.GetApiInput{ApiId: api})
	if len(f.waited) != 1 {
		t.Error("reading waits for a rollout")
	}
	f.liveIs = context.Canceled
	if err := fails(f, f.DeleteApi, gen.DeleteApiInput{ApiId: api}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestRefusedUpdatesChangeNothing: a refusal in the middle of an operation leaves the store at its revision.
func TestRefusedUpdatesChangeNothing(t *testing.T) {
	f := newFixture(t)
	api := f.api()
	f.stage(api, "$default", true)
	f.route(api, "GET /a")
	before, err := f.Store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"route": fails(f, f.CreateRoute, gen.CreateRouteInput{ApiId: api, RouteKey: new("GET /a")}),
		"quick": fails(f, f.CreateApi, gen.CreateApiInput{
			Name: new("q"), ProtocolType: new(gen.ProtocolTypeHttp), Target: new("ftp://h"),
		}),
		"reimport": fails(f, f.ReimportApi, gen.ReimportApiInput{
			ApiId: api, Body: new(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"x":1,"paths":{"/a":{"get":{"unknown":1}}}}`),
			FailOnWarnings: new(true),
		}),
	} {
		if err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
	after, err := f.Store.Revision(t.Context())
	if err != nil || after != before {
		t.Errorf("the revision went from %d to %d: %v", before, after, err)
	}
}
