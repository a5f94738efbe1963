package integrate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

const listener = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/web/50dc6c495c0c9188/0467ef3c8400ae65"

// members answers for those that are up and refuses connections for the others.
type members struct {
	down  map[string]bool
	calls []string
}

func (m *members) Do(_ context.Context, req *upstream.Request, resp *upstream.Response) error {
	m.calls = append(m.calls, req.Target.Addr)
	if m.down[req.Target.Addr] {
		return &upstream.Error{Op: upstream.OpDial, Err: errors.New("refused")}
	}
	resp.Status = 200
	resp.Header.Add([]byte("X-Got"), []byte(string(req.Host)+string(req.RequestTarget)))
	return nil
}

func privateStep(t *testing.T, m *members, stage string, in gateway.Integration) exchange.Step {
	t.Helper()
	registry, err := backend.New(backend.Options{Groups: map[string]backend.Config{
		listener: {Addresses: []string{"10.0.0.1:80", "10.0.0.2:80"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(registry.Close)
	key, err := gateway.ParseRouteKey("ANY /{proxy+}")
	if err != nil {
		t.Fatal(err)
	}
	in.TimeoutMillis = 1000
	return Private(HTTPProxyConfig{Integration: in, Route: key, Backends: m}, registry, stage)
}

func privateCall(path string) *exchange.Exchange {
	x := call()
	x.Route.Path, x.Request.Query = []byte(path), []byte("q=1")
	return x
}

func TestPrivate(t *testing.T) {
	cases := []struct{ stage, path, want string }{
		{"$default", "/users/7", "api.example/users/7?q=1"},
		// The stage's name stands before the path (aws-behaviour-http-api.md, fact 42).
		{"test", "/users/7", "api.example/test/users/7?q=1"},
		{"test", "/", "api.example/test/?q=1"},
	}
	for _, c := range cases {
		x := privateCall(c.path)
		if err := privateStep(t, &members{}, c.stage, gateway.Integration{URI: listener}).Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if got := string(x.Response.Header.Get("X-Got")); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.stage, c.path, got, c.want)
		}
	}
}

func TestPrivateTakesTurnsAndGoesRoundFailures(t *testing.T) {
	m := &members{}
	step := privateStep(t, m, "$default", gateway.Integration{URI: listener})
	for range 4 {
		if err := step.Run(t.Context(), privateCall("/")); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(m.calls, " "); strings.Count(got, "10.0.0.1:80") != 2 || strings.Count(got, "10.0.0.2:80") != 2 {
		t.Errorf("called %s", got)
	}
	m.down = map[string]bool{"10.0.0.1:80": true}
	for range 4 {
		if err := step.Run(t.Context(), privateCall("/")); err != nil {
			t.Fatal(err)
		}
	}
	m.down["10.0.0.2:80"] = true
	var fault *exchange.Fault
	if err := step.Run(t.Context(), privateCall("/")); !errors.As(err, &fault) || fault.Kind != exchange.KindIntegrationFailure {
		t.Errorf("got %v", err)
	}
}

func TestPrivateUnresolved(t *testing.T) {
	x := privateCall("/")
	step := privateStep(t, &members{}, "$default", gateway.Integration{URI: "arn:aws:servicediscovery:eu-west-1:1:service/srv-x"})
	var fault *exchange.Fault
	if err := step.Run(t.Context(), x); !errors.As(err, &fault) || fault.Kind != exchange.KindIntegrationFailure {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(x.Integration.Error, "srv-x") || !strings.Contains(step.Detail, "srv-x") {
		t.Errorf("%q, %q", x.Integration.Error, step.Detail)
	}
}
