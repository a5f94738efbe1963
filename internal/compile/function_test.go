package compile

import (
	"context"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/step/authorize"
)

// functions run everything, and note for whom.
type functions map[string]lambda.Caller

func (f functions) find(ref gateway.FunctionRef, caller lambda.Caller) Function {
	f[ref.ARN()] = caller
	return runs(ref.Name)
}

type runs string

func (name runs) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	out.Payload = []byte(`"` + string(name) + `"`)
	if strings.Contains(string(in.Payload), `"type":"REQUEST"`) {
		out.Payload = []byte(`{"isAuthorized":true,"context":{"who":"me"}}`)
	}
	return nil
}

func functionStage(routes ...gateway.Route) Stage {
	in := stageOf(map[string]string{"fn": "orders", "alias": "live"}, routes...)
	in.Tenant = gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}
	integration := func(id, uri string) gateway.Integration {
		return gateway.Integration{ID: id, Type: gateway.AWSProxy, URI: uri, PayloadVersion: "2.0", TimeoutMillis: 30_000}
	}
	const arn = "arn:aws:lambda:eu-west-1:123456789012:function:"
	in.Snapshot.Integrations = []gateway.Integration{
		integration("arn", arn+"pets"),
		integration("invoke", "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"+arn+"${stageVariables.fn}:${stageVariables.alias}/invocations"),
		integration("ours", "arn:aws:lambda:eu-west-1::function:own"),
		integration("novar", arn+"${stageVariables.none}"),
		integration("odd", "arn:aws:sqs:eu-west-1:123456789012:q"),
	}
	in.Snapshot.Authorizers = []gateway.Authorizer{
		{ID: "fun", Name: "fun", Type: gateway.LambdaAuthorizer, URI: arn + "guard", PayloadVersion: "2.0", SimpleResponses: true, IdentitySource: []string{"$request.header.Authorization"}},
		{ID: "open", Name: "open", Type: gateway.LambdaAuthorizer, URI: arn + "guard", PayloadVersion: "2.0", SimpleResponses: true},
		{ID: "lost", Name: "lost", Type: gateway.LambdaAuthorizer, URI: arn + "${stageVariables.none}", PayloadVersion: "2.0"},
		{ID: "token", Name: "token", Issuer: "http://127.0.0.1:1/", Audience: []string{"me"}},
	}
	return in
}

func TestFunctions(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:123456789012:function:"
	const source = "arn:aws:execute-api:eu-west-1:000000000000:api/"
	called := functions{}
	w := world(&backends{})
	w.Functions, w.Authorizers = called.find, authorize.NewCache()
	p, err := HTTPAPI(functionStage(
		gateway.Route{Key: "GET /pets/{id}", IntegrationID: "arn"},
		gateway.Route{Key: "$default", IntegrationID: "invoke"},
		gateway.Route{Key: "GET /own", IntegrationID: "ours"},
		gateway.Route{Key: "GET /novar", IntegrationID: "novar"},
		gateway.Route{Key: "GET /odd", IntegrationID: "odd"},
		gateway.Route{Key: "GET /guarded", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "fun"},
		gateway.Route{Key: "GET /open", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "open"},
		gateway.Route{Key: "GET /lost", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "lost"},
		gateway.Route{Key: "GET /token", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "token"},
		gateway.Route{Key: "GET /gone", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "gone"},
	), w)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/pets/1":    "200 pets",
		"/elsewhere": "200 orders",
		"/own":       "200 own",
		"/novar":     `500 internal: the stage has no variable "none"`,
		"/odd":       "500 internal: Invalid ARN specified in the request",
		"/guarded":   "401 unauthorized: an identity source of the authorizer is missing in the request",
		"/open":      "200 pets",
		"/lost":      `500 authorizer_failure: the stage has no variable "none"`,
		"/token":     "401 unauthorized",
		"/gone":      "401 unauthorized",
	} {
		x := run(p, "GET", path)
		got := string(x.Response.Body.Bytes)
		if x.Fault != nil {
			got = x.Fault.Error()
		}
		if got = string(rune('0'+x.Response.Status/100)) + string(rune('0'+x.Response.Status/10%10)) + string(rune('0'+x.Response.Status%10)) + " " + got; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	for function, resource := range map[string]string{
		arn + "orders:live": "prod/$default",
		arn + "guard":       "authorizers/open",
		"arn:aws:lambda:eu-west-1:000000000000:function:own": "prod/GET/own",
	} {
		want := lambda.Caller{Service: "apigateway.amazonaws.com", SourceARN: source + resource, SourceAccount: "000000000000"}
		if got := called[function]; got != want {
			t.Errorf("%s is called by %+v", function, got)
		}
	}
	if detail := p.Match([]byte("GET"), []byte("/x")).Request[0].Detail; detail != "AWS_PROXY lambda orders:live, payload 2.0, timeout 30s" {
		t.Errorf("detail %q", detail)
	}
}

// TestAuthorizersContext: what an authorizer's function says is there for the steps behind it.
func TestAuthorizersContext(t *testing.T) {
	w := world(&backends{})
	w.Functions, w.Authorizers = functions{}.find, authorize.NewCache()
	in := functionStage(gateway.Route{Key: "GET /", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "open"})
	in.Snapshot.Integrations[0].RequestParameters = map[string]string{"overwrite:header.X-Who": "$context.authorizer.who"}
	p, err := HTTPAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	x := run(p, "GET", "/")
	if who := x.Integration.Header.Get("X-Who"); x.Response.Status != 200 || string(who) != "me" {
		t.Errorf("status %d, X-Who %q", x.Response.Status, who)
	}
}

func TestNoFunctions(t *testing.T) {
	p, err := HTTPAPI(functionStage(gateway.Route{Key: "GET /", IntegrationID: "arn"},
		gateway.Route{Key: "GET /guarded", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "fun"}), world(&backends{}))
	if err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]exchange.Kind{"/": exchange.KindInternal, "/guarded": exchange.KindAuthorizerFailure} {
		if x := run(p, "GET", path); x.Response.Status != 500 || x.Fault.Kind != kind {
			t.Errorf("%s: %d %v", path, x.Response.Status, x.Fault)
		}
	}
}

func TestCheckFunctionURI(t *testing.T) {
	for uri, ok := range map[string]bool{
		"arn:aws:lambda:eu-west-1:123456789012:function:f":                                                                                true,
		"arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.f}:live":                                                         true,
		"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f:live/invocations": true,
		"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f":                  false,
		"arn:aws:apigateway:eu-west-1:sqs:path/q":                                                                                         false,
		"arn:aws:lambda:eu-west-1:123456789012:function:${st":                                                                             false,
		"f": false, "": false, "https://example.com": false,
	} {
		if err := CheckFunctionURI(uri); (err == nil) != ok {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// TestFunctionRoles: integrations and authorizers that name a role call their functions in its name.
func TestFunctionRoles(t *testing.T) {
	const arn, role = "arn:aws:lambda:eu-west-1:123456789012:function:", "arn:aws:iam::000000000000:role/"
	in := functionStage(gateway.Route{Key: "GET /x", IntegrationID: "arn", Authorization: gateway.Custom, AuthorizerID: "open"})
	in.Snapshot.Integrations[0].CredentialsARN = role + "caller"
	for i := range in.Snapshot.Authorizers {
		in.Snapshot.Authorizers[i].CredentialsARN = role + "asker"
	}
	called := functions{}
	w := world(&backends{})
	w.Functions, w.Authorizers = called.find, authorize.NewCache()
	if _, err := HTTPAPI(in, w); err != nil {
		t.Fatal(err)
	}
	if called[arn+"pets"].Role != role+"caller" || called[arn+"guard"].Role != role+"asker" {
		t.Errorf("%+v", called)
	}

	called = functions{}
	w.Functions = called.find
	m := get(toFunction("pets"))
	m["GET"].Integration.Credentials, m["GET"].Authorization, m["GET"].AuthorizerID = role+"${stageVariables.host}", gateway.AuthorizationCustom, "a"
	rest := restStage(resource("/x", m))
	rest.Snapshot.Authorizers = []gateway.RestAuthorizer{{
		ID: "a", Type: gateway.TokenAuthorizer, URI: toFunction("guard").URI, IdentitySource: "method.request.header.Token", Credentials: role + "asker",
	}}
	if _, err := RestAPI(rest, w); err != nil {
		t.Fatal(err)
	}
	const own = "arn:aws:lambda:eu-west-1:1:function:"
	if called[own+"pets"].Role != role+"two.example" || called[own+"guard"].Role != role+"asker" {
		t.Errorf("%+v", called)
	}
}
