// Package load shows that nothing is lost: no call when the configuration changes or the server stops, and no
// acknowledged change when it is killed.
package load

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/test/harness"
)

const (
	clients = 4
	changes = 100
)

// TestReconfigureUnderLoad changes an API a hundred times while clients call it: no call fails, no connection is lost,
// and the first call after a change sees it.
func TestReconfigureUnderLoad(t *testing.T) {
	s := harness.Start(t, nil)
	one, two := harness.NewBackend(t, "one"), harness.NewBackend(t, "two")
	p := newProject(t, s, one.Addr())
	load := startLoad(t, s.HTTPAddr(), p.url("/v"))
	for n := range changes {
		target := []*harness.Backend{two, one}[n%2]
		switch n % 4 {
		case 0, 1: // the target of the route that is called
			p.moveTarget(target.Addr())
			p.expect("/v", 200, []string{"two", "one"}[n%2])
		case 2: // a route comes and goes
			p.expect("/new", 404, "")
			id := p.addRoute("POST /new")
			p.expect("/new", 200, "one")
			p.removeRoute(id)
			p.expect("/new", 404, "")
		case 3: // a stage variable, and a deployment of another stage
			p.setVariable(target.Addr())
			p.expect("/variable", 200, "one")
			p.setVariable(two.Addr())
			p.expect("/variable", 200, "two")
			p.redeploy()
			p.expect("/manual/v", 200, "one")
		}
	}
	calls := load.stop()
	if failed := load.failed.Load(); failed > 0 {
		t.Errorf("%d of %d calls failed", failed, calls)
	}
	if calls < changes {
		t.Errorf("only %d calls while there were %d changes", calls, changes)
	}
	for _, lost := range load.lost {
		if n := lost.Load(); n != 0 {
			t.Errorf("%d connections of a client were closed by a change", n)
		}
	}
	t.Logf("%d calls during %d changes", calls, changes)
}

// load is a number of clients that call one URL without a pause.
type load struct {
	lost          []*atomic.Int64
	failed, calls atomic.Int64
	quit          chan struct{}
	workers       sync.WaitGroup
}

func startLoad(t *testing.T, addr, url string) *load {
	l := &load{quit: make(chan struct{})}
	for range clients {
		client, lost := harness.HTTPClient(addr)
		t.Cleanup(client.CloseIdleConnections)
		l.lost = append(l.lost, lost)
		l.workers.Go(func() {
			for {
				select {
				case <-l.quit:
					return
				default:
				}
				status, head, err := harness.Post(t.Context(), client, url)
				l.calls.Add(1)
				if err != nil || status != 200 || head.Get("X-Backend") == "" {
					l.failed.Add(1)
					t.Errorf("status %d: %v", status, err)
					return
				}
			}
		})
	}
	return l
}

func (l *load) stop() int64 {
	close(l.quit)
	l.workers.Wait()
	return l.calls.Load()
}

// project is an API under test: POST /v goes to an integration, POST /variable to the stage variable host. Its $default
// stage deploys itself, its stage manual does not.
type project struct {
	*testing.T
	api              *apigatewayv2.Client
	id, integration  *string
	endpoint         string
	checked          func(url string) (int, string)
	variable, manual *string
}

func newProject(t *testing.T, s *harness.Server, backend string) *project {
	client, _ := harness.HTTPClient(s.HTTPAddr())
	t.Cleanup(client.CloseIdleConnections)
	p := &project{T: t, api: s.Client(), manual: aws.String("manual")}
	p.checked = func(url string) (int, string) {
		status, head, err := harness.Post(t.Context(), client, url)
		if err != nil {
			t.Fatal(err)
		}
		return status, head.Get("X-Backend")
	}
	api := must(p.api.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("load"), ProtocolType: types.ProtocolTypeHttp}))
	p.id, p.endpoint = api.ApiId, *api.ApiEndpoint
	must(p.api.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
		ApiId: p.id, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true), StageVariables: map[string]string{"host": backend},
	}))
	must(p.api.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{
		ApiId: p.id, StageName: p.manual, StageVariables: map[string]string{"host": backend},
	}))
	p.integration = p.integrate("http://" + backend + "/v")
	p.route("POST /v", p.integration)
	p.variable = p.integrate("http://${stageVariables.host}/variable")
	p.route("POST /variable", p.variable)
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (p *project) url(path string) string { return p.endpoint + path }

func (p *project) expect(path string, status int, backend string) {
	p.Helper()
	if gotStatus, got := p.checked(p.url(path)); gotStatus != status || got != backend {
		p.Fatalf("%s: got %d from %q, want %d from %q", path, gotStatus, got, status, backend)
	}
}

func (p *project) integrate(uri string) *string {
	return must(p.api.CreateIntegration(p.Context(), &apigatewayv2.CreateIntegrationInput{
		ApiId: p.id, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"),
		IntegrationUri: &uri, PayloadFormatVersion: aws.String("1.0"),
	})).IntegrationId
}

func (p *project) route(key string, integration *string) *string {
	return must(p.api.CreateRoute(p.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: p.id, RouteKey: &key, Target: aws.String("integrations/" + *integration),
	})).RouteId
}

func (p *project) moveTarget(backend string) {
	must(p.api.UpdateIntegration(p.Context(), &apigatewayv2.UpdateIntegrationInput{
		ApiId: p.id, IntegrationId: p.integration, IntegrationUri: aws.String(fmt.Sprintf("http://%s/v", backend)),
	}))
}

func (p *project) addRoute(key string) *string { return p.route(key, p.integration) }

func (p *project) removeRoute(id *string) {
	must(p.api.DeleteRoute(p.Context(), &apigatewayv2.DeleteRouteInput{ApiId: p.id, RouteId: id}))
}

func (p *project) setVariable(backend string) {
	must(p.api.UpdateStage(p.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: p.id, StageName: aws.String("$default"), StageVariables: map[string]string{"host": backend},
	}))
}

func (p *project) redeploy() {
	must(p.api.CreateDeployment(p.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: p.id, StageName: p.manual}))
}
