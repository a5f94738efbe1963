package compile

import (
	"context"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/authorize"
)

// guard allows everything; it knows the last caller and event.
type guard struct {
	caller lambda.Caller
	event  string
}

func (g *guard) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	g.event = string(in.Payload)
	out.Payload = []byte(`{"principalId":"me","usageIdentifierKey":"key","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}`)
	return nil
}

func TestRestAuthorizers(t *testing.T) {
	const uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.fn}/invocations"
	authorizer := func(change func(*gateway.RestAuthorizer)) gateway.RestAuthorizer {
		a := gateway.RestAuthorizer{ID: "a1", Name: "auth", Type: gateway.TokenAuthorizer, URI: uri, IdentitySource: "method.request.header.Token"}
		change(&a)
		return a
	}
	for _, c := range []struct {
		name       string
		authorizer gateway.RestAuthorizer
		kind       exchange.Kind // KindInternal lets the call through
		event      string        // begins so
	}{
		{"token", authorizer(func(*gateway.RestAuthorizer) {}), 0, `{"type":"TOKEN","authorizationToken":"x","methodArn":"arn:`},
		{"request", authorizer(func(a *gateway.RestAuthorizer) {
			a.Type, a.IdentitySource = gateway.RequestAuthorizer, "method.request.header.Token, context.httpMethod, stageVariables.fn"
		}), 0, `{"type":"REQUEST","methodArn":"arn:`},
		{"in the name of a role", authorizer(func(a *gateway.RestAuthorizer) { a.Credentials = "arn:aws:iam::1:role/${stageVariables.fn}" }), 0, `{"type":"TOKEN"`},
		{"another", authorizer(func(a *gateway.RestAuthorizer) { a.ID = "a2" }), exchange.KindUnauthorized, ""},
		{"no function's URI", authorizer(func(a *gateway.RestAuthorizer) { a.URI = "arn:x" }), exchange.KindBadAuthorizer, ""},
		{"a source that is none", authorizer(func(a *gateway.RestAuthorizer) { a.IdentitySource = "header.Token" }), exchange.KindBadAuthorizer, ""},
		{"no type", authorizer(func(a *gateway.RestAuthorizer) { a.Type = "JWT" }), exchange.KindBadAuthorizer, ""},
		{"no pool", authorizer(func(a *gateway.RestAuthorizer) {
			a.Type, a.ProviderARNs = gateway.CognitoAuthorizer, []string{"arn:aws:cognito-idp:eu-west-1:1:identitypool/x"}
		}), exchange.KindBadAuthorizer, ""},
		{"a pool, no token", authorizer(func(a *gateway.RestAuthorizer) {
			a.Type, a.ProviderARNs, a.IdentitySource = gateway.CognitoAuthorizer, []string{"arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_x"}, ""
		}), exchange.KindUnauthorized, ""},
	} {
		m := get(proxyTo("http://one.example/", nil))
		m["GET"].Authorization, m["GET"].AuthorizerID = gateway.AuthorizationCustom, "a1"
		in := restStage(resource("/x", m))
		in.Stage.Variables = map[string]string{"fn": "guard"}
		in.Snapshot.Authorizers = []gateway.RestAuthorizer{c.authorizer}
		w, g := world(&backends{}), &guard{}
		w.Authorizers, w.Issuers = authorize.NewCache(), jwt.New(jwt.Options{})
		defer w.Issuers.Close()
		w.Functions = func(ref gateway.FunctionRef, caller lambda.Caller) Function {
			if ref.Name != "guard" {
				t.Errorf("%s: the function is %s", c.name, ref.Name)
			}
			g.caller = caller
			return g
		}
		p, err := RestAPI(in, w)
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange.Exchange{}
		x.Request.Method, x.Request.Path = []byte("GET"), []byte("/x")
		x.Request.Header.Add([]byte("Token"), []byte("x"))
		p.Run(t.Context(), x, x.Request.Path)
		if c.kind == 0 {
			// aws-behaviour-auth-websocket-logs.md, fact 8.
			if x.Fault != nil || !strings.HasPrefix(g.event, c.event) || !strings.HasSuffix(g.caller.SourceARN, ":"+in.API.ID+"/authorizers/a1") || x.Identity.UsageKey != "key" {
				t.Errorf("%s: %v, %q for %+v", c.name, x.Fault, g.event, g.caller)
			}
			if want := strings.ReplaceAll(c.authorizer.Credentials, "${stageVariables.fn}", "guard"); g.caller.Role != want {
				t.Errorf("%s: called as %q", c.name, g.caller.Role)
			}
			continue
		}
		if x.Fault == nil || x.Fault.Kind != c.kind {
			t.Errorf("%s: got %v", c.name, x.Fault)
		}
	}
}

// TestAuthorizerLog: a call that is refused before its method starts has no more lines (recorded: public code index document
// 39070651949; aws-behaviour-auth-websocket-logs.md, facts 7 and 47).
func TestAuthorizerLog(t *testing.T) {
	const begin = "Extended Request Id: X=\nStarting authorizer: a1 for request: R\n"
	for _, c := range []struct{ name, token, answer, want string }{
		{"no token", "", "", begin + "Unauthorized request: R\n"},
		{"denied", "secret", `{"principalId":"principal","policyDocument":{"Statement":[]}}`, begin +
			"Using valid authorizer policy for principal: ***ncipal\nSuccessfully completed authorizer execution\nThe client is not authorized to perform this operation.\n"},
		{"nonsense", "secret", `null`, begin + "Execution failed due to configuration error: Could not parse policy\n"},
	} {
		in := restStage(resource("/x", get(proxyTo("http://one.example/", nil))))
		in.Snapshot.Resources[0].Methods["GET"].Authorization, in.Snapshot.Resources[0].Methods["GET"].AuthorizerID = gateway.AuthorizationCustom, "a1"
		in.Snapshot.Authorizers = []gateway.RestAuthorizer{{
			ID: "a1", Type: gateway.TokenAuthorizer, IdentitySource: "method.request.header.Token",
			URI: "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations",
		}}
		in.Stage.MethodSettings = map[string]gateway.MethodSettings{"*/*": infoLog}
		kept, w := new(logGroups), world(&backends{})
		w.AccessLogs, w.Authorizers = accesslog.OpenSink(accesslog.SinkOptions{Groups: kept}), authorize.NewCache()
		w.Functions = func(gateway.FunctionRef, lambda.Caller) Function { return saying(c.answer) }
		p, err := RestAPI(in, w)
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange.Exchange{ID: []byte("R"), ExtendedID: []byte("X=")}
		x.Request.Method, x.Request.Path = []byte("GET"), []byte("/x")
		if c.token != "" {
			x.Request.Header.Add([]byte("Token"), []byte(c.token))
		}
		p.Run(t.Context(), x, x.Request.Path)
		w.AccessLogs.Close()
		log := ""
		for _, line := range kept.lines["API-Gateway-Execution-Logs_api/prod"] {
			if line = strings.TrimPrefix(line, "(R) "); !strings.HasPrefix(line, "X-ray Tracing ID : ") {
				log += line + "\n"
			}
		}
		if log != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, log, c.want)
		}
	}
}

// saying is a function that gives one answer.
type saying string

func (s saying) Invoke(_ context.Context, _ *lambda.Invocation, out *lambda.Result) error {
	out.Payload = []byte(s)
	return nil
}
