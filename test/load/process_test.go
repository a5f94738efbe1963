package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/test/harness"
)

// binary is the dipylon that is killed and stopped; TestMain builds it.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "dipylon-load")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if binary, err = harness.Build(dir); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

func serve(t *testing.T, dataDir string) *harness.Process {
	t.Helper()
	p, err := harness.Serve(binary, []string{
		"--data-dir", dataDir, "--control-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--https-addr", "off",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// TestKillDuringWrites kills the server with SIGKILL while clients write, after a random number of writes and at a random
// moment of the next ones: after the restart every acknowledged route is there and takes calls.
func TestKillDuringWrites(t *testing.T) {
	const kills, writers, most = 5, 3, 20
	backend := harness.NewBackend(t, "kept")
	dir := t.TempDir()
	p := serve(t, dir)
	api := must(harness.Client("http://"+p.Control).CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("kept"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + backend.Addr()),
	}))
	acknowledged := map[string]string{}
	for round := range kills {
		var mu sync.Mutex
		var wg sync.WaitGroup
		enough := make(chan struct{})
		left := 2 + rand.N(most)
		client, integration := harness.Client("http://"+p.Control), anyIntegration(t, p, api.ApiId)
		for writer := range writers {
			wg.Go(func() {
				for n := 0; ; n++ {
					key := fmt.Sprintf("POST /r%d/%d/%d", round, writer, n)
					out, err := client.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
						ApiId: api.ApiId, RouteKey: &key, Target: aws.String("integrations/" + integration),
					})
					if err != nil {
						return // killed
					}
					mu.Lock()
					acknowledged[*out.RouteId] = key
					if left--; left == 0 {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Fatalf("too few writes were acknowledged\n%s", p.Log)
		}
		time.Sleep(rand.N(5 * time.Millisecond)) // anywhere in the next writes
		p.Kill()
		wg.Wait()
		p = serve(t, dir)
		checkRoutes(t, p, api.ApiId, acknowledged)
	}
	t.Logf("%d writes acknowledged, none lost", len(acknowledged))
}

func anyIntegration(t *testing.T, p *harness.Process, apiID *string) string {
	out := must(harness.Client("http://"+p.Control).GetIntegrations(t.Context(), &apigatewayv2.GetIntegrationsInput{ApiId: apiID}))
	return *out.Items[0].IntegrationId
}

// checkRoutes asks for the routes and calls the newest by way of the gateway.
func checkRoutes(t *testing.T, p *harness.Process, apiID *string, acknowledged map[string]string) {
	t.Helper()
	client := harness.Client("http://" + p.Control)
	have := map[string]string{}
	pages := apigatewayv2.GetRoutesInput{ApiId: apiID}
	for {
		page := must(client.GetRoutes(t.Context(), &pages))
		for _, r := range page.Items {
			have[*r.RouteId] = *r.RouteKey
		}
		if pages.NextToken = page.NextToken; pages.NextToken == nil {
			break
		}
	}
	caller, _ := harness.HTTPClient(p.HTTP)
	defer caller.CloseIdleConnections()
	for id, key := range acknowledged {
		if have[id] != key {
			t.Fatalf("the acknowledged route %s %q is gone", id, key)
		}
	}
	for _, key := range acknowledged { // one will do
		url := "http://" + *apiID + ".execute-api.us-east-1.localhost" + key[len("POST "):]
		if status, _, err := harness.Post(t.Context(), caller, url); err != nil || status != 200 {
			t.Fatalf("%s: status %d, %v", key, status, err)
		}
		break
	}
}

// TestTerminateUnderLoad sends SIGTERM while clients call: every call that reached the back end is answered, and the
// process ends well.
func TestTerminateUnderLoad(t *testing.T) {
	const callers = 8
	backend := harness.NewBackend(t, "last")
	p := serve(t, t.TempDir())
	api := must(harness.Client("http://"+p.Control).CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("last"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + backend.Addr()),
	}))
	url := "http://" + *api.ApiId + ".execute-api.us-east-1.localhost/slow?ms=40"
	var answered atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		client, _ := harness.HTTPClient(p.HTTP)
		t.Cleanup(client.CloseIdleConnections)
		wg.Go(func() {
			for {
				status, head, err := harness.Post(t.Context(), client, url)
				if err != nil {
					return // the server takes no more calls
				}
				if status != 200 || head.Get("X-Backend") != "last" {
					t.Errorf("status %d from %q", status, head.Get("X-Backend"))
					return
				}
				answered.Add(1)
			}
		})
	}
	for backend.Calls() < 3*callers {
		time.Sleep(time.Millisecond)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := p.Wait(ctx); err != nil {
		t.Errorf("the server ended with %v\n%s", err, p.Log)
	}
	wg.Wait()
	if got, reached := answered.Load(), backend.Calls(); got != reached {
		t.Errorf("%d calls reached the back end and %d were answered", reached, got)
	}
}
