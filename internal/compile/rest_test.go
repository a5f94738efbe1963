package compile

import (
	"context"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

func proxyTo(uri string, params map[string]string) *gateway.RestIntegration {
	return &gateway.RestIntegration{Type: gateway.RestHTTPProxy, Method: "ANY", URI: uri, RequestParameters: params, TimeoutMillis: 1000}
}

func resource(path string, methods map[string]*gateway.Method) gateway.Resource {
	return gateway.Resource{ID: "id-" + path, Path: path, Methods: methods}
}

// get is a resource's only method, without authorization.
func get(in *gateway.RestIntegration) map[string]*gateway.Method {
	return map[string]*gateway.Method{"GET": {Authorization: gateway.AuthorizationNone, Integration: in}}
}

func restStage(resources ...gateway.Resource) RestStage {
	return RestStage{
		Tenant: gateway.Tenant{Account: "1", Region: "eu-west-1"}, API: gateway.RestAPI{ID: "api"},
		Stage:    gateway.RestStage{Name: "prod", Variables: map[string]string{"host": "two.example"}},
		Snapshot: gateway.RestSnapshot{Resources: resources},
	}
}

// TestRestAPI: facts are those of aws-behaviour.md.
func TestRestAPI(t *testing.T) {
	var b backends
	id := map[string]string{"integration.request.path.id": "method.request.path.id"}
	all := map[string]*gateway.Method{"ANY": {Authorization: gateway.AuthorizationNone, Integration: proxyTo("http://any.example/{p}",
		map[string]string{"integration.request.path.p": "method.request.path.proxy"})}}
	p, err := RestAPI(restStage(
		resource("/", nil),
		resource("/pets", get(proxyTo("http://one.example/pets", nil))),
		resource("/pets/{id}", get(proxyTo("http://one.example/animals/{id}", id))),
		resource("/files/{proxy+}", all),
		resource("/two", get(proxyTo("http://${stageVariables.host}/two", nil))),
		resource("/novariable", get(proxyTo("http://${stageVariables.none}/", nil))),
		resource("/unmapped", get(proxyTo("http://one.example/{id}", nil))),
		resource("/length", get(proxyTo("http://one.example/", map[string]string{"integration.request.header.Content-Length": "'1'"}))),
		resource("/put", get(&gateway.RestIntegration{Type: gateway.RestAWSProxy, Method: "GET", URI: "arn:aws:lambda:eu-west-1:1:function:f"})),
		resource("/mapped", get(&gateway.RestIntegration{Type: gateway.RestAWSProxy, Method: "POST", URI: "arn:aws:lambda:eu-west-1:1:function:f",
			RequestParameters: map[string]string{"integration.request.header.TE": "'1'"}})),
		resource("/none", map[string]*gateway.Method{"GET": {Authorization: gateway.AuthorizationNone}}),
	), world(&b))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path   string
		status int
		want   string // what was called, or part of the fault
	}{
		{"/pets", 200, "one.example/pets"},
		{"/pets/", 200, "one.example/pets"}, // aws-behaviour-http-api.md, fact 43
		{"//pets", 200, "one.example/pets"}, // fact 7
		{"/pets/7", 200, "one.example/animals/7"},
		{"/pets/a%2Fb", 200, "one.example/animals/a%2Fb"},
		{"/files/a//b/", 200, "any.example/a//b"}, // fact 7
		{"/files", 403, "missing_token"},
		{"/", 403, "missing_token"}, // fact 1
		{"/elsewhere", 403, "missing_token"},
		{"/two", 200, "two.example/two"},
		{"/novariable", 500, `no variable "none"`}, // fact 37
		{"/unmapped", 500, "{id}"},
		{"/length", 500, "Content-Length cannot be mapped"}, // fact 18
		{"/put", 500, "POST"},                               // fact 15
		{"/mapped", 500, "TE cannot be mapped"},             // facts 11 and 18
		{"/none", 500, "no integration"},
	} {
		b.target = ""
		x := run(p, "GET", c.path)
		got := b.target
		if x.Fault != nil {
			got = x.Fault.Error()
		}
		if x.Response.Status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %d %s, want %d %s", c.path, x.Response.Status, got, c.status, c.want)
		}
	}
	if x := run(p, "POST", "/pets"); x.Response.Status != 403 || x.Route.Key != "" {
		t.Errorf("a method that is not there: %d", x.Response.Status)
	}
	if x := run(p, "GET", "/pets/7"); x.Route.ResourceID != "id-/pets/{id}" || x.Route.Resource != "/pets/{id}" || !x.REST {
		t.Errorf("got %+v", x.Route)
	}
}

// TestRestUnbuilt: what is not built refuses calls, and says so.
func TestRestUnbuilt(t *testing.T) {
	method := func(change func(*gateway.Method)) RestStage {
		m := get(proxyTo("http://one.example/", nil))
		change(m["GET"])
		return restStage(resource("/x", m))
	}
	stage := func(change func(*RestStage)) RestStage {
		s := method(func(*gateway.Method) {})
		change(&s)
		return s
	}
	for want, in := range map[string]RestStage{
		"a web ACL": stage(func(s *RestStage) { s.Stage.WebACLARN = "arn" }),
		"an action of S3 by its n": method(func(m *gateway.Method) {
			m.Integration.Type, m.Integration.URI = gateway.RestAWS, "arn:aws:apigateway:eu-west-1:s3:action/GetObject"
		}),
		"caller's credentials": method(func(m *gateway.Method) {
			*m.Integration = *toFunction("answers")
			m.Integration.Credentials = "arn:aws:iam::*:user/*"
		}),
	} {
		p, err := RestAPI(in, world(&backends{}))
		if err != nil {
			t.Fatal(err)
		}
		x := run(p, "GET", "/x")
		if x.Response.Status != 500 || x.Fault == nil || !strings.Contains(x.Fault.Error(), want) || !strings.Contains(x.Fault.Error(), "not built") {
			t.Errorf("%s: got %d %v", want, x.Response.Status, x.Fault)
		}
	}
}

// TestRestAuthorization: facts are those of aws-behaviour-auth-websocket-logs.md. Composition and texts are tested in
// internal/step/authorize.
func TestRestAuthorization(t *testing.T) {
	stage := func(change func(*RestStage)) RestStage {
		in := restStage(resource("/x", get(proxyTo("http://one.example/", nil))))
		change(&in)
		return in
	}
	policy := func(effect string) func(*RestStage) {
		return func(s *RestStage) {
			s.Snapshot.API.Policy = `{"Statement":{"Effect":"` + effect + `","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/prod/GET/x"}}`
		}
	}
	for _, c := range []struct {
		name   string
		in     RestStage
		path   string
		status int
		kind   exchange.Kind
	}{
		{"no policy", stage(func(*RestStage) {}), "/x", 200, 0},
		{"allowed", stage(policy("Allow")), "/x", 200, 0},
		{"denied", stage(policy("Deny")), "/x", 403, exchange.KindAccessDenied},
		{"a policy that is not deployed", stage(func(s *RestStage) {
			s.API.Policy = `{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`
		}), "/x", 200, 0},
		{"private", stage(func(s *RestStage) { s.Snapshot.API.Endpoint.Types = []string{gateway.EndpointPrivate} }), "/x", 403, exchange.KindAccessDenied},
		{"no such path", stage(policy("Deny")), "/y", 403, exchange.KindMissingToken}, // fact 15
		{"no such authorizer", stage(func(s *RestStage) { s.Snapshot.Resources[0].Methods["GET"].Authorization = gateway.AuthorizationCustom }), "/x", 401, exchange.KindUnauthorized},
	} {
		p, err := RestAPI(c.in, world(&backends{}))
		if err != nil {
			t.Fatal(err)
		}
		x := run(p, "GET", c.path)
		if x.Response.Status != c.status || (x.Fault == nil) != (c.status == 200) || x.Fault != nil && x.Fault.Kind != c.kind {
			t.Errorf("%s: %d %v", c.name, x.Response.Status, x.Fault)
		}
	}
	if _, err := RestAPI(stage(func(s *RestStage) { s.Snapshot.API.Policy = "{}" }), world(&backends{})); err == nil {
		t.Error("a policy that is none is compiled")
	}
}

func TestRestThrottle(t *testing.T) {
	in := restStage(resource("/x", get(proxyTo("http://one.example/", nil))), resource("/y", get(proxyTo("http://one.example/", nil))))
	in.Stage.MethodSettings = map[string]gateway.MethodSettings{"*/*": {Rate: -1, Burst: -1}, "~1x/GET": {Rate: 0, Burst: 0}}
	p, err := RestAPI(in, world(&backends{}))
	if err != nil {
		t.Fatal(err)
	}
	if x := run(p, "GET", "/x"); x.Response.Status != 429 {
		t.Errorf("got %d", x.Response.Status)
	}
	if x := run(p, "GET", "/y"); x.Response.Status != 200 {
		t.Errorf("got %d", x.Response.Status)
	}
}

func TestSettingsKey(t *testing.T) {
	for key, want := range map[string]string{
		"*/*": "*/*", "~1pets~1{id}/GET": "/pets/{id}/GET", "pets/GET": "/pets/GET", "~1/GET": "//GET", "/GET": "//GET", "x": "x",
	} {
		if got := settingsKey(key); got != want {
			t.Errorf("%s: got %s", key, got)
		}
	}
}

func TestRestAnswering(t *testing.T) {
	x := &exchange.Exchange{}
	RestAnswering(exchange.KindUnknownAPI, "api", world(&backends{})).Run(context.Background(), x, []byte("/"))
	if x.Response.Status != 403 || string(x.Response.Body.Bytes) != `{"message":"Forbidden"}` {
		t.Errorf("got %d %s", x.Response.Status, x.Response.Body.Bytes)
	}
}
