package integrate

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

// fakeBackend answers as it is told and keeps what it was sent.
type fakeBackend struct {
	method, target, host, addr, serverName string
	tls                                    bool
	deadline                               time.Time
	err                                    error
}

func (b *fakeBackend) Do(_ context.Context, req *upstream.Request, resp *upstream.Response) error {
	b.method, b.target, b.host = string(req.Method), string(req.RequestTarget), string(req.Host)
	b.addr, b.tls, b.serverName, b.deadline = req.Target.Addr, req.Target.TLS, req.Target.ServerName, req.Deadline
	if b.err != nil {
		return b.err
	}
	resp.Status = 418
	return nil
}

func proxyStep(t *testing.T, b Backends, route string, in gateway.Integration) exchange.Step {
	t.Helper()
	key, err := gateway.ParseRouteKey(route)
	if err != nil {
		t.Fatal(err)
	}
	step, err := HTTPProxy(HTTPProxyConfig{Integration: in, Route: key, StageVariables: map[string]string{"v": "x.example"}, Backends: b})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func TestHTTPProxyTarget(t *testing.T) {
	cases := []struct {
		name, route, method, uri string
		path, query              string
		vars                     []exchange.PathVar
		want                     string // method, address, host and target of the request
	}{
		{"fixed", "GET /a", "POST", "http://b.example/fixed", "/a", "", nil, "POST b.example:80 b.example /fixed"},
		{"any keeps the method", "ANY /a", "ANY", "https://b.example", "/a", "", nil, "GET b.example:443 b.example /"},
		{"port", "GET /a", "GET", "http://b.example:81/", "/a", "", nil, "GET b.example:81 b.example:81 /"},
		{"IPv6", "GET /a", "GET", "http://[::1]/", "/a", "", nil, "GET [::1]:80 [::1] /"},
		{"variable", "GET /a/{id}", "GET", "http://b.example/x/{id}", "/a/7", "",
			[]exchange.PathVar{{Name: "id", Value: []byte("7")}}, "GET b.example:80 b.example /x/7"},
		{"query of both", "GET /a", "GET", "http://b.example/x?k=1", "/a", "q=a%20b&q=", nil, "GET b.example:80 b.example /x?k=1&q=a%20b&q="},
		{"query of the call", "GET /a", "GET", "http://b.example/x", "/a", "q", nil, "GET b.example:80 b.example /x?q"},
		// "API Gateway sends the full request path to the integration" (developer guide, "Working with the $default route").
		{"default", "$default", "ANY", "http://b.example", "/store/checkout", "", nil, "GET b.example:80 b.example /store/checkout"},
		{"default with base", "$default", "ANY", "http://b.example/base/", "/a", "x=1", nil, "GET b.example:80 b.example /base/a?x=1"},
		{"stage variable", "GET /a", "GET", "http://${stageVariables.v}/", "/a", "", nil, "GET x.example:80 x.example /"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var b fakeBackend
			step := proxyStep(t, &b, c.route, gateway.Integration{Method: c.method, URI: c.uri, TimeoutMillis: 1000})
			x := call()
			x.Request.Path, x.Route.Path, x.Request.Query, x.Route.Vars = []byte(c.path), []byte(c.path), []byte(c.query), c.vars
			if err := step.Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if got := b.method + " " + b.addr + " " + b.host + " " + b.target; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if x.Integration.Status != 418 || !x.Answered() {
				t.Errorf("integration status %d, response %d", x.Integration.Status, x.Response.Status)
			}
		})
	}
}

// What parameter mapping left in Outgoing reaches the back end, and the client's request stays.
func TestHTTPProxyOutgoing(t *testing.T) {
	for _, c := range []struct {
		name, route, uri string
		out              exchange.Outgoing
		want             string
	}{
		{"nothing", "GET /a", "http://b.example/x?k=1", exchange.Outgoing{}, "b.example /x?k=1&q=1"},
		{"path", "GET /a", "http://b.example/x?k=1", exchange.Outgoing{Path: []byte("/a/much/longer/path")}, "b.example /a/much/longer/path?k=1&q=1"},
		{"path of $default", "$default", "http://b.example/x", exchange.Outgoing{Path: []byte("/p")}, "b.example /p?q=1"},
		{"query", "GET /a", "http://b.example/x?k=1", exchange.Outgoing{Query: []byte("r=2"), QuerySet: true}, "b.example /x?k=1&r=2"},
		{"no query", "GET /a", "http://b.example/x", exchange.Outgoing{QuerySet: true}, "b.example /x"},
		{"host", "GET /a", "http://b.example/x", exchange.Outgoing{Host: []byte("c.example")}, "c.example /x?q=1"},
	} {
		var b fakeBackend
		step := proxyStep(t, &b, c.route, gateway.Integration{URI: c.uri, TimeoutMillis: 1000})
		x := call("X-A: 1")
		x.Route.Path, x.Request.Query, x.Outgoing = []byte("/a"), []byte("q=1"), c.out
		x.Outgoing.Edits = []exchange.HeaderEdit{
			{Op: exchange.EditRemove, Name: []byte("x-a")}, {Op: exchange.EditAppend, Name: []byte("X-B"), Value: []byte("2")},
		}
		if err := step.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if got := b.host + " " + b.target; got != c.want || b.addr != "b.example:80" {
			t.Errorf("%s: got %s at %s, want %s", c.name, got, b.addr, c.want)
		}
		if h := &x.Integration.Header; h.Has("X-A") || string(h.Get("X-B")) != "2" || !x.Request.Header.Has("X-A") || string(x.Request.Query) != "q=1" {
			t.Errorf("%s: sent %q, the client's %q", c.name, lines(h), lines(&x.Request.Header))
		}
	}
}

func TestHTTPProxyTLS(t *testing.T) {
	var b fakeBackend
	step := proxyStep(t, &b, "GET /", gateway.Integration{URI: "https://10.0.0.1/", ServerNameToVerify: "b.example", TimeoutMillis: 50})
	before := time.Now()
	if err := step.Run(t.Context(), call()); err != nil {
		t.Fatal(err)
	}
	if !b.tls || b.serverName != "b.example" {
		t.Errorf("tls %v, server name %q", b.tls, b.serverName)
	}
	if d := b.deadline.Sub(before); d < 50*time.Millisecond || d > 5*time.Second {
		t.Errorf("the deadline is %v away", d)
	}
}

func TestHTTPProxyRefusesWhatItCannotCall(t *testing.T) {
	key, _ := gateway.ParseRouteKey("GET /a/{id}")
	for _, uri := range []string{"http://b.example/{other}", "http://${stageVariables.none}/", "mailto:x"} {
		if _, err := HTTPProxy(HTTPProxyConfig{Integration: gateway.Integration{URI: uri}, Route: key}); err == nil {
			t.Errorf("%s is accepted", uri)
		}
	}
}

func TestFaults(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	cases := []struct {
		name string
		ctx  context.Context
		err  error
		want exchange.Kind
	}{
		{"client left", gone, &upstream.Error{Op: upstream.OpRead, Err: context.Canceled}, exchange.KindClientGone},
		// A slow back end is 503, not 504: cortexlabs/cortex issue 1225 shows AWS's answer of an HTTP_PROXY integration.
		{"timeout", t.Context(), &upstream.Error{Op: upstream.OpRead, Timeout: true, Err: context.DeadlineExceeded}, exchange.KindIntegrationTimeout},
		{"refused", t.Context(), &upstream.Error{Op: upstream.OpDial, Err: io.EOF}, exchange.KindIntegrationFailure},
		{"nonsense", t.Context(), &upstream.Error{Op: upstream.OpProtocol, Err: upstream.ErrMalformedHead}, exchange.KindIntegrationFailure},
		{"body too large", t.Context(), &upstream.Error{Op: upstream.OpBody, Err: exchange.ErrBodyTooLarge}, exchange.KindRequestTooLarge},
		{"body malformed", t.Context(), &upstream.Error{Op: upstream.OpBody, Err: exchange.ErrBodyMalformed}, exchange.KindBadRequest},
		{"body broken off", t.Context(), &upstream.Error{Op: upstream.OpBody, Err: io.ErrUnexpectedEOF}, exchange.KindBadRequest},
		{"our own request", t.Context(), &upstream.Error{Op: upstream.OpRequest, Err: upstream.ErrMalformedRequest}, exchange.KindInternal},
		{"anything else", t.Context(), errors.New("bug"), exchange.KindInternal},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			step := proxyStep(t, &fakeBackend{err: c.err}, "GET /", gateway.Integration{URI: "http://b.example", TimeoutMillis: 50})
			var fault *exchange.Fault
			x := call()
			if err := step.Run(c.ctx, x); !errors.As(err, &fault) || fault.Kind != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if x.Integration.Error != c.err.Error() {
				t.Errorf("the log would say %q", x.Integration.Error)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	var fault *exchange.Fault
	if err := Broken(ErrNoTarget).Run(t.Context(), call()); !errors.As(err, &fault) || fault.Kind != exchange.KindInternal || !errors.Is(err, ErrNoTarget) {
		t.Errorf("got %v", err)
	}
}
