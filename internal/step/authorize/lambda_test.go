package authorize

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/selection"
)

// function answers an event; asked counts the calls.
type function struct {
	answer func(event string, out *lambda.Result) error
	asked  atomic.Int32
}

func (f *function) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	f.asked.Add(1)
	return f.answer(string(in.Payload), out)
}

func says(payload string) *function {
	return &function{answer: func(_ string, out *lambda.Result) error {
		out.Payload = []byte(payload)
		return nil
	}}
}

func notRun(kind lambda.Kind) *function {
	return &function{answer: func(string, *lambda.Result) error { return &lambda.Error{Kind: kind, Message: "why"} }}
}

// lambdaConfig is an authorizer of the stage prod, with simple responses in format 2.0 unless it is changed.
func lambdaConfig(t *testing.T, f Function, sources ...string) LambdaConfig {
	t.Helper()
	cfg := LambdaConfig{
		Authorizer: gateway.Authorizer{ID: "auth01", Name: "auth", PayloadVersion: "2.0", SimpleResponses: true, IdentitySource: sources},
		Ref:        gateway.FunctionRef{Tenant: gateway.Tenant{Account: "123456789012", Region: "eu-west-1"}, Name: "f"},
		Function:   f, Cache: NewCache(), API: policy.API{Region: "eu-west-1", Account: "123456789012", ID: "api"},
		Event: event.Config{AccountID: "123456789012", APIID: "api", Stage: "prod", RouteKey: "GET /pets/{id}"},
	}
	for _, s := range sources {
		e, err := selection.IdentitySource(s, selection.Options{StageVariables: map[string]string{"tenant": "t1"}})
		if err != nil {
			t.Fatal(err)
		}
		cfg.Sources = append(cfg.Sources, e)
	}
	return cfg
}

func asking(method, path, token string) *exchange.Exchange {
	x := &exchange.Exchange{Received: time.Now()}
	x.Request.Method, x.Request.Path, x.Route.Path, x.Request.Host = []byte(method), []byte(path), []byte(path), []byte("h")
	x.Request.Remote = netip.MustParseAddrPort("203.0.113.9:1")
	x.Route.Key = "GET /pets/{id}"
	if token != "" {
		x.Request.Header.Add([]byte("Authorization"), []byte(token))
	}
	return x
}

func policyOf(effect, resource string) string {
	return `{"principalId":"me","context":{"k":1},"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + resource + `"}]}}`
}

func TestLambda(t *testing.T) {
	const anything = "arn:aws:execute-api:eu-west-1:123456789012:api/*"
	const format = "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects. "
	byPolicy := func(version string) func(*gateway.Authorizer) {
		return func(a *gateway.Authorizer) { a.PayloadVersion, a.SimpleResponses = version, false }
	}
	for _, c := range []struct {
		name     string
		function *function
		change   func(*gateway.Authorizer)
		token    string
		kind     exchange.Kind // KindInternal stands for a call that is let through
		logged   string        // $context.authorizer.error
	}{
		{"yes", says(`{"isAuthorized":true,"context":{"k":1}}`), nil, "x", 0, ""},
		// aws-behaviour-http-api.md, fact 9.
		{"no", says(`{"isAuthorized":false}`), nil, "x", exchange.KindAccessDenied, ""},
		{"no token", says(`{"isAuthorized":true}`), nil, "", exchange.KindUnauthorized, "an identity source of the authorizer is missing in the request"},
		{"a policy allows", says(policyOf("Allow", anything)), byPolicy("2.0"), "x", 0, ""},
		{"a policy allows just this", says(policyOf("Allow", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/pets/1")), byPolicy("1.0"), "x", 0, ""},
		{"a policy allows another", says(policyOf("Allow", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/pets/2")), byPolicy("1.0"), "x", exchange.KindAccessDenied, ""},
		{"a policy denies", says(policyOf("Deny", anything)), byPolicy("1.0"), "x", exchange.KindAccessDenied, ""},
		{"no statement", says(`{"policyDocument":{"Version":"2012-10-17","Statement":[]}}`), byPolicy("1.0"), "x", exchange.KindAccessDenied, ""},
		{"a policy that is none", says(`{"policyDocument":{"Statement":1}}`), byPolicy("1.0"), "x", exchange.KindAuthorizerFailure, "the authorizer's policy: "},
		// Fact 10; texts recorded by classmethod's tsnote-api-gateway-lambda-authorizer-internal-server-error-troubleshooting.
		{"a policy instead of yes or no", says(policyOf("Allow", anything)), nil, "x", exchange.KindAuthorizerFailure, format + "Simple response did not include 'isAuthorized'"},
		{"nonsense", says(`[]`), nil, "x", exchange.KindAuthorizerFailure, format},
		{"may not be called", notRun(lambda.Forbidden), nil, "x", exchange.KindAuthorizerFailure,
			"The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again."},
		{"too slow", notRun(lambda.TimedOut), nil, "x", exchange.KindAuthorizerFailure, "why"},
		{"does not exist", notRun(lambda.NotFound), nil, "x", exchange.KindAuthorizerFailure, "why"},
		{"too many calls", notRun(lambda.Throttled), nil, "x", exchange.KindAuthorizerFailure, "why"},
		{"fails", &function{answer: func(_ string, out *lambda.Result) error {
			out.FunctionError, out.Payload = "Unhandled", []byte(`{"errorMessage":"Unauthorized"}`)
			return nil
		}}, nil, "x", exchange.KindAuthorizerFailure, "the authorizer's function failed: Unhandled: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := lambdaConfig(t, c.function, "$request.header.Authorization")
			if c.change != nil {
				c.change(&cfg.Authorizer)
			}
			step, err := Lambda(cfg)
			if err != nil {
				t.Fatal(err)
			}
			x := asking("GET", "/pets/1", c.token)
			err = step.Run(t.Context(), x)
			if !strings.HasPrefix(x.Identity.Error, c.logged) || (c.logged == "") != (x.Identity.Error == "") {
				t.Errorf("logged %q", x.Identity.Error)
			}
			if c.kind == 0 {
				if err != nil || x.Identity.Context["k"] != "1" || string(x.Identity.ContextJSON) != `{"k":1}` || !cfg.Authorizer.SimpleResponses && x.Identity.Principal != "me" {
					t.Errorf("got %v, %+v", err, x.Identity)
				}
				return
			}
			var fault *exchange.Fault
			if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Challenge != "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLambdaIsAsked looks at what the function gets, and at sources of all kinds.
func TestLambdaIsAsked(t *testing.T) {
	var asked string
	f := &function{answer: func(event string, out *lambda.Result) error {
		asked, out.Payload = event, []byte(`{"isAuthorized":true}`)
		return nil
	}}
	step, err := Lambda(lambdaConfig(t, f, "$request.header.Authorization", "$request.querystring.q", "$context.routeKey", "$stageVariables.tenant"))
	if err != nil {
		t.Fatal(err)
	}
	x := asking("GET", "/pets/1", "abc")
	if err := step.Run(t.Context(), x); err == nil || asked != "" {
		t.Errorf("the parameter is missing: %v, asked %s", err, asked)
	}
	x.Request.Query = []byte("q=a%20b")
	if err := step.Run(t.Context(), x); err != nil || x.Integration.Header.Len() > 0 {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{
		`"type":"REQUEST","routeArn":"arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/pets/1","identitySource":["abc","a b","GET /pets/{id}","t1"]`,
		`"rawPath":"/prod/pets/1"`,
	} {
		if !strings.Contains(asked, part) {
			t.Errorf("no %s in %s", part, asked)
		}
	}
	if want := "lambda arn:aws:lambda:eu-west-1:123456789012:function:f by auth, payload 2.0, simple responses"; step.Detail != want {
		t.Errorf("detail %q", step.Detail)
	}
}

// TestLambdaCache: an answer counts for the calls whose sources are the same, for its time, until it is reset.
func TestLambdaCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &function{answer: func(event string, out *lambda.Result) error {
			out.Payload = fmt.Appendf(nil, `{"isAuthorized":%v}`, !strings.Contains(event, "bad"))
			return nil
		}}
		cfg := lambdaConfig(t, f, "$request.header.Authorization")
		cfg.Authorizer.TTLSeconds = 300
		step, err := Lambda(cfg)
		if err != nil {
			t.Fatal(err)
		}
		call := func(s exchange.Step, token string, allowed bool, calls int) {
			t.Helper()
			f.asked.Store(0)
			if err := s.Run(t.Context(), asking("GET", "/pets/1", token)); (err == nil) != allowed || int(f.asked.Load()) != calls {
				t.Errorf("%s: %v, asked %d times", token, err, f.asked.Load())
			}
		}
		call(step, "good", true, 1)
		call(step, "good", true, 0)
		call(step, "bad", false, 1)
		call(step, "bad", false, 0)
		time.Sleep(299 * time.Second)
		call(step, "good", true, 0)
		time.Sleep(time.Second)
		call(step, "good", true, 1)

		other := cfg // another stage, another authorizer's configuration
		other.Event.Stage = "dev"
		dev, err := Lambda(other)
		if err != nil {
			t.Fatal(err)
		}
		call(dev, "good", true, 1)
		changed := cfg
		changed.Ref.Name = "g"
		next, err := Lambda(changed)
		if err != nil {
			t.Fatal(err)
		}
		call(next, "good", true, 1)
		call(step, "good", true, 0)

		cfg.Cache.Reset("eu-west-1", "api", "prod")
		call(step, "good", true, 1)
		call(dev, "good", true, 0)
		cfg.Cache.Reset("eu-west-1", "ap", "")
		call(dev, "good", true, 0)
		cfg.Cache.Reset("eu-west-1", "api", "")
		call(dev, "good", true, 1)

		cfg.Sources, cfg.Authorizer.IdentitySource = nil, nil
		always, err := Lambda(cfg)
		if err != nil {
			t.Fatal(err)
		}
		call(always, "good", true, 1)
		call(always, "good", true, 1)
	})
}

// TestLambdaCacheKeepsPolicies: a policy is evaluated for each call.
func TestLambdaCacheKeepsPolicies(t *testing.T) {
	f := says(policyOf("Allow", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/*"))
	cfg := lambdaConfig(t, f, "$request.header.Authorization")
	cfg.Authorizer.TTLSeconds, cfg.Authorizer.SimpleResponses = 300, false
	step, err := Lambda(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := step.Run(t.Context(), asking("GET", "/pets/1", "x")); err != nil {
		t.Error(err)
	}
	if err := step.Run(t.Context(), asking("POST", "/pets/1", "x")); err == nil {
		t.Error("the policy counts for another method")
	}
	if f.asked.Load() != 1 {
		t.Errorf("asked %d times", f.asked.Load())
	}
}

// TestLambdaAsksOnce: of many calls with the same sources one asks, and the others get its answer, even if the client of
// the one that asked leaves.
func TestLambdaAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &function{answer: func(_ string, out *lambda.Result) error {
			time.Sleep(time.Second)
			out.Payload = []byte(`{"isAuthorized":true}`)
			return nil
		}}
		cfg := lambdaConfig(t, f, "$request.header.Authorization")
		cfg.Authorizer.TTLSeconds = 300
		step, err := Lambda(cfg)
		if err != nil {
			t.Fatal(err)
		}
		gone, leave := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		for i := range 100 {
			ctx := t.Context()
			if i == 0 {
				ctx = gone
			}
			calls.Go(func() {
				if err := step.Run(ctx, asking("GET", "/pets/1", "x")); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		leave()
		calls.Wait()
		if f.asked.Load() != 1 {
			t.Errorf("asked %d times", f.asked.Load())
		}

		cfg.Cache.Reset("eu-west-1", "api", "")
		calls.Go(func() { _ = step.Run(t.Context(), asking("GET", "/pets/1", "x")) })
		synctest.Wait()
		cfg.Cache.Reset("eu-west-1", "api", "prod")
		calls.Wait()
		if err := step.Run(t.Context(), asking("GET", "/pets/1", "x")); err != nil || f.asked.Load() != 3 {
			t.Errorf("an answer of before the reset is remembered: %v, asked %d times", err, f.asked.Load())
		}
	})
}

// TestLambdaErrorsAreNotRemembered, nor what a function that panics left.
func TestLambdaErrorsAreNotRemembered(t *testing.T) {
	f := notRun(lambda.Throttled)
	cfg := lambdaConfig(t, f, "$request.header.Authorization")
	cfg.Authorizer.TTLSeconds = 300
	step, err := Lambda(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := step.Run(t.Context(), asking("GET", "/pets/1", "x")); err == nil {
			t.Error("let through")
		}
	}
	if f.asked.Load() != 2 || len(cfg.Cache.entries)+len(cfg.Cache.flights) > 0 {
		t.Errorf("asked %d times", f.asked.Load())
	}
}

func TestCacheIsBounded(t *testing.T) {
	c, life := NewCache(), lifetime{now: time.Now(), ttl: time.Hour}
	large := &verdict{Authorization: &event.Authorization{ContextJSON: make([]byte, maxVerdictBytes/10)}}
	for i := range 100 {
		if _, err := c.get(t.Context(), fmt.Appendf(nil, "%d", i), life, func() (*verdict, error) { return large, nil }); err != nil {
			t.Fatal(err)
		}
		if c.size > maxVerdictBytes {
			t.Fatalf("%d bytes", c.size)
		}
	}
	if n := len(c.entries); n != 9 || n != c.recent.Len() || c.entries["99"] == nil {
		t.Errorf("%d entries", n)
	}
	huge := &verdict{Authorization: &event.Authorization{ContextJSON: make([]byte, maxVerdictBytes+1)}}
	if v, err := c.get(t.Context(), []byte("huge"), life, func() (*verdict, error) { return huge, nil }); v != huge || err != nil || c.size != 0 {
		t.Errorf("%v, %d bytes", err, c.size)
	}
}

func TestLambdaRefuses(t *testing.T) {
	cfg := lambdaConfig(t, nil)
	cfg.Function = nil
	if _, err := Lambda(cfg); err == nil {
		t.Error("no function is accepted")
	}
	cfg.Authorizer.PayloadVersion = "3.0"
	if _, err := Lambda(cfg); err == nil {
		t.Error("format 3.0 is accepted")
	}
}
