package authorize

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/selection"
)

// restLambdaConfig is an authorizer of the stage prod, whose answers are not remembered unless it is changed.
func restLambdaConfig(t *testing.T, f Function, kind gateway.RestAuthorizerType, sources ...string) RESTLambdaConfig {
	t.Helper()
	cfg := RESTLambdaConfig{
		Authorizer: gateway.RestAuthorizer{ID: "auth01", Name: "auth", Type: kind, IdentitySource: strings.Join(sources, ","), TTLSeconds: new(0)},
		Ref:        gateway.FunctionRef{Tenant: gateway.Tenant{Account: "111122223333", Region: "eu-west-1"}, Name: "f"},
		Function:   f, API: restAPI, Stage: "prod", Cache: NewCache(),
		Event: event.NewREST(event.RESTConfig{AccountID: "111122223333", APIID: "api", Stage: "prod", ResourceID: "r", Resource: "/pets/{id}"}),
	}
	for _, s := range sources {
		cfg.Sources = append(cfg.Sources, identitySource(t, s))
	}
	return cfg
}

func identitySource(t *testing.T, expression string) IdentitySource {
	t.Helper()
	e, err := selection.Mapping(expression, selection.Options{StageVariables: map[string]string{"tenant": "t1"}})
	if err != nil {
		t.Fatal(err)
	}
	return IdentitySource{expression, e}
}

const tokenSource = "method.request.header.Authorization"

// askingREST is a call with a journal of everything.
func askingREST(method, path, token string) *exchange.Exchange {
	x := asking(method, path, token)
	x.ID, x.REST, x.Journal = []byte("R"), true, &exchange.Journal{Level: exchange.JournalData}
	return x
}

func journal(x *exchange.Exchange) (lines []string) {
	for _, e := range x.Journal.Entries {
		lines = append(lines, e.Line())
	}
	return lines
}

func failsWith(payload string) *function {
	return &function{answer: func(_ string, out *lambda.Result) error {
		out.FunctionError, out.Payload = "Unhandled", []byte(payload)
		return nil
	}}
}

// TestRESTLambda: facts are those of aws-behaviour-auth-websocket-logs.md.
func TestRESTLambda(t *testing.T) {
	const misconfigured = "Execution failed due to configuration error: "
	for _, c := range []struct {
		name     string
		function *function
		token    string
		valid    string
		kind     exchange.Kind // KindInternal stands for a call that is let through
		last     string        // line of the journal
	}{
		{"allowed", says(policyOf("Allow", "*")), "Bearer x", "", 0, "Successfully completed authorizer execution"},
		{"fact 47: denied is a valid policy", says(policyOf("Deny", "*")), "Bearer x", "", 0, "Successfully completed authorizer execution"},
		{"matches", says(policyOf("Allow", "*")), "Bearer abc", "Bearer [a-z]+", 0, "Successfully completed authorizer execution"},
		// Fact 4; the line is recorded in public code index document 39070651949.
		{"no token", says(policyOf("Allow", "*")), "", "", exchange.KindUnauthorized, "Unauthorized request: R"},
		{"does not match", says(policyOf("Allow", "*")), "Bearer abc1", "Bearer [a-z]+", exchange.KindUnauthorized, "Unauthorized request: R"},
		{"matches in its midst", says(policyOf("Allow", "*")), "xabcx", "a|abc|b", exchange.KindUnauthorized, "Unauthorized request: R"},
		// Fact 5.
		{"Unauthorized", failsWith(`{"errorMessage":"Unauthorized","errorType":"Error"}`), "x", "", exchange.KindUnauthorized, "Unauthorized request: R"},
		// Fact 7; the error object: public code index document 48253294949.
		{"fails", failsWith(`{"errorType":"Error","errorMessage":"boom"}`), "x", "", exchange.KindBadAuthorizer,
			misconfigured + `Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`},
		{"null", says("null"), "x", "", exchange.KindBadAuthorizer, misconfigured + "Could not parse policy"},
		{"a policy that is none", says(policyOf("allow", "*")), "x", "", exchange.KindBadAuthorizer, misconfigured + "Unable to parse given policy: "},
		{"an element that policies have not", says(strings.Replace(policyOf("Allow", "*"), `"Effect"`, `"effect"`, 1)), "x", "", exchange.KindBadAuthorizer, misconfigured},
		{"may not be called", notRun(lambda.Forbidden), "x", "", exchange.KindBadAuthorizer, misconfigured + "Authorizer error"},
		{"does not exist", notRun(lambda.NotFound), "x", "", exchange.KindBadAuthorizer, misconfigured + "Authorizer error"},
		{"too slow", notRun(lambda.TimedOut), "x", "", exchange.KindAuthorizerFailure, "Execution failed due to a timeout error"},
		{"too many calls", notRun(lambda.Throttled), "x", "", exchange.KindAuthorizerFailure, "Execution failed due to an internal error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := restLambdaConfig(t, c.function, gateway.TokenAuthorizer, tokenSource)
			cfg.Authorizer.IdentityValidation = c.valid
			identify, _, err := RESTLambda(cfg)
			if err != nil {
				t.Fatal(err)
			}
			x := askingREST("GET", "/pets/1", c.token)
			grant, err := identify(t.Context(), x)
			if lines := journal(x); !strings.HasPrefix(lines[len(lines)-1], c.last) {
				t.Errorf("journal %q", lines)
			}
			if c.kind == 0 {
				if err != nil || grant.Policy == nil || x.Identity.Principal != "me" || string(x.Identity.ContextJSON) != `{"k":"1"}` {
					t.Errorf("got %v, %+v", err, x.Identity)
				}
				return
			}
			fault, ok := errors.AsType[*exchange.Fault](err)
			if !ok || fault.Kind != c.kind || x.Identity.Error == "" || grant.Policy != nil {
				t.Errorf("got %v", err)
			}
			if c.kind == exchange.KindUnauthorized && c.function.asked.Load() > 0 != (c.name == "Unauthorized") {
				t.Error("who is asked?")
			}
		})
	}
}

// TestRESTLambdaJournal has the lines in recorded order (aws-behaviour-auth-websocket-logs.md, fact 47, sources L17 and
// document 48213103395).
func TestRESTLambdaJournal(t *testing.T) {
	const token = "Bearer abcdef"
	const headers = "Endpoint request headers: {x-amzn-lambda-integration-tag=R, x-amzn-apigateway-api-id=api, " +
		"X-Amz-Source-Arn=arn:aws:execute-api:eu-west-1:111122223333:api/authorizers/auth01, Accept=application/json, User-Agent=AmazonAPIGateway_api, X-Amzn-Trace-Id=Root=1-2-3}"
	const uri = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations"
	answer := policyOf("Allow", "*")
	for _, c := range []struct {
		kind     gateway.RestAuthorizerType
		identity string
		body     string
	}{
		{gateway.TokenAuthorizer, "*******abcdef",
			`{"type":"TOKEN","authorizationToken":"Bearer abcdef","methodArn":"arn:aws:execute-api:eu-west-1:111122223333:api/prod/GET/"}`},
		{gateway.RequestAuthorizer, "{method.request.header.Authorization=*******abcdef}",
			`{"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-west-1:111122223333:api/prod/GET/","resource":"/pets/{id}","path":"/"`},
	} {
		identify, _, err := RESTLambda(restLambdaConfig(t, says(answer), c.kind, tokenSource))
		if err != nil {
			t.Fatal(err)
		}
		x := askingREST("GET", "/", token)
		x.Request.Header.Add([]byte("X-Amzn-Trace-Id"), []byte("Root=1-2-3"))
		if _, err := identify(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"Starting authorizer: auth01 for request: R",
			"Incoming identity: " + c.identity,
			"Endpoint request URI: " + uri,
			headers,
			"Endpoint request body after transformations: " + c.body,
			"Sending request to " + uri,
			"Authorizer result body before parsing: " + answer,
			"Using valid authorizer policy for principal: **",
			"Successfully completed authorizer execution",
		}
		lines := journal(x)
		if !slices.EqualFunc(lines, want, strings.HasPrefix) {
			t.Errorf("got  %q\nwant %q", lines, want)
		}
		if x.Integration.Header.Len() > 0 {
			t.Error("the event's head is left where a back end's stands")
		}
	}
}

// TestRESTLambdaSources: without a memory no source is wanted; with one all are (fact 4), wherever they stand.
func TestRESTLambdaSources(t *testing.T) {
	f := says(policyOf("Allow", "*"))
	cfg := restLambdaConfig(t, f, gateway.RequestAuthorizer, tokenSource, "method.request.querystring.q", "stageVariables.tenant", "context.httpMethod")
	never, _, err := RESTLambda(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Authorizer.TTLSeconds = nil
	remembers, detail, err := RESTLambda(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := "REQUEST authorizer auth, lambda arn:aws:lambda:eu-west-1:111122223333:function:f, answers count for 5m0s"; detail != want {
		t.Errorf("detail %q", detail)
	}
	call := func(identify Identify, token, query string, asked int32) {
		t.Helper()
		x, before := askingREST("GET", "/pets/1", token), f.asked.Load()
		x.Request.Query = []byte(query)
		if _, err := identify(t.Context(), x); (err == nil) != (asked >= 0) || f.asked.Load()-before != max(asked, 0) {
			t.Errorf("%q %q: %v, asked %d times", token, query, err, f.asked.Load()-before)
		}
		if wasAsked := asked > 0; wasAsked != (x.Identity.Latency > 0) {
			t.Errorf("latency %v", x.Identity.Latency)
		}
	}
	call(never, "", "", 1)
	call(remembers, "", "q=1", -1)
	call(remembers, "x", "", -1)
	call(remembers, "x", "q=", -1)
	call(remembers, "x", "q=1", 1)
	call(remembers, "x", "q=1", 0)
	call(remembers, "x", "q=2", 1)
	call(remembers, "xq", "q=1", 1)
}

// TestRESTLambdaCache: an answer counts for a token on all methods, for its time, until it is flushed or the authorizer
// changes (fact 11).
func TestRESTLambdaCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := says(policyOf("Allow", "arn:aws:execute-api:eu-west-1:111122223333:api/prod/GET/pets/1"))
		cfg := restLambdaConfig(t, f, gateway.TokenAuthorizer, tokenSource)
		cfg.Authorizer.TTLSeconds = new(60)
		step := func(change func(*RESTLambdaConfig)) exchange.Step {
			own := cfg
			change(&own)
			identify, detail, err := RESTLambda(own)
			if err != nil {
				t.Fatal(err)
			}
			return REST(RESTConfig{API: restAPI, Stage: own.Stage, Flow: FlowLambda, Identify: identify, Detail: detail})
		}
		call := func(s exchange.Step, path string, allowed bool, asked int32) {
			t.Helper()
			f.asked.Store(0)
			if err := s.Run(t.Context(), askingREST("GET", path, "x")); (err == nil) != allowed || f.asked.Load() != asked {
				t.Errorf("%s: %v, asked %d times", path, err, f.asked.Load())
			}
		}
		first := step(func(*RESTLambdaConfig) {})
		call(first, "/pets/1", true, 1)
		call(first, "/pets/2", false, 0) // serverless/serverless issue 6176
		call(step(func(*RESTLambdaConfig) {}), "/pets/1", true, 0)
		time.Sleep(60 * time.Second)
		call(first, "/pets/1", true, 1)
		for _, change := range []func(*RESTLambdaConfig){
			func(c *RESTLambdaConfig) { c.Ref.Name = "g" },
			func(c *RESTLambdaConfig) { c.Authorizer.TTLSeconds = new(61) },
			func(c *RESTLambdaConfig) { c.Authorizer.ID = "auth02" },
			func(c *RESTLambdaConfig) { c.Authorizer.IdentitySource = "method.request.header.Other" },
		} {
			call(step(change), "/pets/1", true, 1)
		}
		call(step(func(c *RESTLambdaConfig) { c.Stage = "dev" }), "/pets/1", false, 1)
		call(first, "/pets/1", true, 0)
		cfg.Cache.Reset("eu-west-1", "api", "prod")
		call(first, "/pets/1", true, 1)
	})
}

func TestRESTLambdaRefuses(t *testing.T) {
	for name, change := range map[string]func(*RESTLambdaConfig){
		"no function":       func(c *RESTLambdaConfig) { c.Function = nil },
		"no token source":   func(c *RESTLambdaConfig) { c.Sources = nil },
		"broken expression": func(c *RESTLambdaConfig) { c.Authorizer.IdentityValidation = "(" },
	} {
		cfg := restLambdaConfig(t, says("{}"), gateway.TokenAuthorizer, tokenSource)
		change(&cfg)
		if _, _, err := RESTLambda(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// BenchmarkRESTLambdaRemembered is what an answer costs that is remembered: the policy's evaluation included.
func BenchmarkRESTLambdaRemembered(b *testing.B) {
	e, err := selection.Mapping(tokenSource, selection.Options{})
	if err != nil {
		b.Fatal(err)
	}
	identify, detail, err := RESTLambda(RESTLambdaConfig{
		Authorizer: gateway.RestAuthorizer{ID: "auth01", Type: gateway.TokenAuthorizer, IdentityValidation: "Bearer .*"}, API: restAPI, Stage: "prod",
		Function: says(policyOf("Allow", "arn:aws:execute-api:eu-west-1:111122223333:api/prod/*")), Sources: []IdentitySource{{tokenSource, e}}, Cache: NewCache(),
	})
	if err != nil {
		b.Fatal(err)
	}
	step := REST(RESTConfig{API: restAPI, Stage: "prod", Flow: FlowLambda, Identify: identify, Detail: detail})
	x := &exchange.Exchange{}
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		x.Received, x.Request.Method, x.Route.Path = time.Now(), []byte("GET"), []byte("/pets/1")
		x.Request.Header.Add([]byte("Authorization"), []byte("Bearer eyJraWQiOiJpK29xRmhHKzJcL"))
		if err := step.Run(b.Context(), x); err != nil {
			b.Fatal(err)
		}
	}
}
