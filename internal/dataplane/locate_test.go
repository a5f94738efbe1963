package dataplane

import (
	"context"
	"log/slog"
	"regexp"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// labelled returns a program that answers with what it is and the path that it was given.
func labelled(label string) *program.Program {
	p := &program.Program{Stage: label, Metrics: telemetry.New().Stage("", label), Log: slog.New(slog.DiscardHandler)}
	step := exchange.Step{Name: "label", Run: func(_ context.Context, x *exchange.Exchange) error {
		x.Response.Status = 200
		if x.Fault != nil {
			x.Response.Status = x.Fault.Kind.Default().Status
		}
		return nil
	}}
	p.NoRoute = &program.Route{Always: []exchange.Step{step}}
	return p
}

func newGateway() *Gateway {
	g := &Gateway{Table: &program.Table{}, NoAPI: labelled("no API")}
	g.Table.Put(&program.API{ID: "abc", Region: "eu-west-1", NotFound: labelled("abc nothing"), Health: labelled("abc health"), Stages: map[string]*program.Program{
		"$default": labelled("abc $default"), "prod": labelled("abc prod"),
	}})
	g.Table.Put(&program.API{ID: "abc", Region: "us-east-1", NotFound: labelled("us nothing"), Stages: map[string]*program.Program{
		"prod": labelled("us prod"),
	}})
	g.Table.Put(&program.API{ID: "off", Region: "eu-west-1", NotFound: labelled("off nothing"), Disabled: true,
		Stages: map[string]*program.Program{"$default": labelled("off $default")}})
	g.Table.Put(&program.API{ID: "rest", Region: "eu-west-1", REST: true, NotFound: labelled("rest nothing"), Stages: map[string]*program.Program{
		"prod": labelled("rest prod"),
	}})
	return g
}

func TestLocate(t *testing.T) {
	cases := []struct{ host, path, want, rest string }{
		{"abc.execute-api.eu-west-1.localhost:8080", "/pets", "abc $default", "/pets"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/prod/pets", "abc prod", "/pets"},
		{"ABC.Execute-API.EU-West-1.LocalHost:8080", "/prod/pets", "abc prod", "/pets"},
		{"Abc.execute-api.LOCALHOST", "/prod/x", "abc prod", "/x"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/prod", "abc prod", "/"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/prod/", "abc prod", "/"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/production", "abc $default", "/production"},
		{"abc.execute-api.eu-west-1.localhost", "//prod", "abc $default", "//prod"},
		{"abc.execute-api.eu-west-1.amazonaws.com", "/", "abc $default", "/"},
		{"abc.execute-api.us-east-1.localhost:8080", "/prod/a/b", "us prod", "/a/b"},
		// Paths of API Gateway's own (apex/up issue 556, serverless/examples issue 667).
		{"abc.execute-api.eu-west-1.localhost:8080", "/ping", "abc health", "/ping"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/sping", "abc health", "/sping"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/ping/x", "abc $default", "/ping/x"},
		{"abc.execute-api.eu-west-1.localhost:8080", "/prod/ping", "abc prod", "/ping"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc/ping", "abc $default", "/ping"},
		// The slashes of REST APIs (recorded: aws-behaviour.md, fact 7).
		{"rest.execute-api.eu-west-1.localhost", "//prod/x", "rest prod", "/x"},
		{"rest.execute-api.eu-west-1.localhost", "/prod//x", "rest prod", "//x"},
		{"rest.execute-api.eu-west-1.localhost", "//", "rest nothing", "/"},
		{"localhost", "/restapis/rest/prod/_user_request_/x", "rest prod", "/x"},
		{"localhost", "/_aws/execute-api/rest/prod/x", "rest prod", "/x"},
		// Only a named stage exists and the URL lacks it: Not Found (recorded: aws-behaviour-http-api.md, fact 15).
		{"abc.execute-api.us-east-1.localhost:8080", "/pets", "us nothing", "/pets"},
		// $default never stands in a URL that names the API by its host (fact 29).
		{"abc.execute-api.us-east-1.localhost:8080", "/$default/pets", "us nothing", "/$default/pets"},
		{"abc.execute-api.localhost:4566", "/prod/x", "abc prod", "/x"},
		{"abc.execute-api.ap-south-1.localhost", "/", "no API", "/"},
		{"nope.execute-api.eu-west-1.localhost", "/", "no API", "/"},
		// A disabled endpoint answers Not Found (aws-behaviour-http-api.md, fact 14).
		{"off.execute-api.eu-west-1.localhost", "/x", "off nothing", "/x"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc/prod/pets/1", "abc prod", "/pets/1"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc/pets", "abc $default", "/pets"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc/$default/pets", "abc $default", "/pets"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc/%24default/pets", "abc $default", "/pets"},
		{"127.0.0.1:4566", "/_aws/execute-api/abc", "abc $default", "/"},
		{"127.0.0.1:4566", "/_aws/execute-api/nope/prod", "no API", "/_aws/execute-api/nope/prod"},
		{"127.0.0.1:4566", "/_aws/execute-api/", "no API", "/_aws/execute-api/"},
		{"127.0.0.1:4566", "/_aws/execute-api/off/x", "off nothing", "/x"},
		{"localhost", "/restapis/abc/prod/_user_request_/pets", "abc prod", "/pets"},
		{"localhost", "/restapis/abc/prod/_user_request_", "abc prod", "/"},
		{"localhost", "/restapis/abc/none/_user_request_/pets", "abc nothing", "/pets"},
		{"localhost", "/restapis/off/$default/_user_request_/pets", "off nothing", "/pets"},
		{"localhost", "/restapis/nope/prod/_user_request_/pets", "no API", "/pets"},
		{"localhost", "/restapis/abc/prod", "no API", "/restapis/abc/prod"},
		{"example.com", "/", "no API", "/"},
		{".execute-api.eu-west-1.localhost", "/", "no API", "/"},
		{"execute-api", "/", "no API", "/"},
	}
	g := newGateway()
	for _, c := range cases {
		x := &exchange.Exchange{}
		x.Request.Host, x.Request.Path = []byte(c.host), []byte(c.path)
		p, rest := g.locate(x)
		if p.Stage != c.want || string(rest) != c.rest {
			t.Errorf("%s%s: got %s %s, want %s %s", c.host, c.path, p.Stage, rest, c.want, c.rest)
		}
	}
}

func TestIsCall(t *testing.T) {
	for url, want := range map[[2]string]bool{
		{"abc.execute-api.localhost:4566", "/"}:                          true,
		{"127.0.0.1:4566", "/_aws/execute-api/abc/x"}:                    true,
		{"127.0.0.1:4566", "/restapis/abc/prod/_user_request_/x"}:        true,
		{"127.0.0.1:4566", "/restapis/abc/stages/prod"}:                  false,
		{"127.0.0.1:4566", "/v2/apis"}:                                   false,
		{"127.0.0.1:4566", "/"}:                                          false,
		{"execute-api.us-east-1.amazonaws.com", "/prod/@connections/id"}: false,
	} {
		if IsCall(url[0], url[1]) != want {
			t.Errorf("%v: want %v", url, want)
		}
	}
}

// Ids have 15 characters of the URL's base64 and a "=" (recorded: aws-behaviour-http-api.md, fact 4).
func TestRequestID(t *testing.T) {
	g, seen := newGateway(), map[string]bool{}
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`)
	for range 1000 {
		x := &exchange.Exchange{}
		x.Request.Path = []byte("/")
		g.Serve(t.Context(), x)
		if !form.Match(x.ID) || seen[string(x.ID)] {
			t.Fatalf("bad or repeated id %s", x.ID)
		}
		seen[string(x.ID)] = true
	}
}

func TestGatewayRefuse(t *testing.T) {
	g := newGateway()
	x := &exchange.Exchange{}
	g.Refuse(x, exchange.Refuse(exchange.KindRequestTooLarge, nil))
	if x.Response.Status != 413 || len(x.ID) == 0 {
		t.Errorf("got %d, id %q", x.Response.Status, x.ID)
	}
	x = &exchange.Exchange{}
	x.Request.Host, x.Request.Path = []byte("abc.execute-api.localhost"), []byte("/prod/x")
	g.Refuse(x, exchange.Refuse(exchange.KindRequestTooLarge, nil))
	if x.Route.Stage != "abc prod" {
		t.Errorf("refused for %q", x.Route.Stage)
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("abc.execute-api.localhost", "/prod/x")
	f.Add("h", "/_aws/execute-api/abc/$default/x")
	f.Add("h", "/restapis/abc/prod/_user_request_")
	f.Add("..", "/restapis//")
	g := newGateway()
	f.Fuzz(func(t *testing.T, host, path string) {
		x := &exchange.Exchange{}
		x.Request.Host, x.Request.Path = []byte(host), []byte("/"+path)
		p, rest := g.locate(x)
		if p == nil || len(rest) == 0 || rest[0] != '/' {
			t.Fatalf("%q %q: program %v, rest %q", host, path, p, rest)
		}
	})
}
