package integrate

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
)

// function answers with what it is.
type function func(in *lambda.Invocation, out *lambda.Result) error

func (f function) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	in.RequestID = "request"
	return f(in, out)
}

func answers(payload string) function {
	return func(in *lambda.Invocation, out *lambda.Result) error {
		out.Payload = append(in.Alloc(len(payload))[:0], payload...)
		return nil
	}
}

func fails(kind lambda.Kind) function {
	return func(*lambda.Invocation, *lambda.Result) error { return &lambda.Error{Kind: kind, Message: "why"} }
}

func lambdaStep(t *testing.T, version string, f function) exchange.Step {
	t.Helper()
	step, err := Lambda(LambdaConfig{
		Integration: gateway.Integration{PayloadVersion: version, TimeoutMillis: 30_000},
		Ref:         gateway.FunctionRef{Name: "pets", Qualifier: "live"}, Function: f,
		Event: event.Config{APIID: "api", Stage: "prod", RouteKey: "POST /pets"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func TestLambda(t *testing.T) {
	const format = "The response from the Lambda function doesn't match the format that API Gateway expects."
	for _, c := range []struct {
		name, version string
		function      function
		// status is the response's or the fault's; logged is $context.integration.error, service $context.integrationStatus.
		status  int
		body    string
		kind    exchange.Kind
		logged  string
		service int
	}{
		{"answers", "2.0", answers(`{"statusCode":201,"body":"made"}`), 201, "made", 0, "", 200},
		{"answers in 1.0", "1.0", answers(`{"statusCode":404,"body":"none"}`), 404, "none", 0, "", 200},
		{"answers anything", "2.0", answers(`[1]`), 200, "[1]", 0, "", 200},
		// aws-behaviour-http-api.md, fact 10.
		{"answers nonsense", "1.0", answers(`[1]`), 500, "", exchange.KindFunctionFailure, format + " It is no JSON object.", 200},
		{"fails", "2.0", func(_ *lambda.Invocation, out *lambda.Result) error {
			out.FunctionError, out.Payload = "Unhandled", []byte(`{"errorMessage":"boom"}`)
			return nil
		}, 500, "", exchange.KindFunctionFailure, `the function failed: Unhandled: {"errorMessage":"boom"}`, 200},
		{"may not be called", "2.0", fails(lambda.Forbidden), 500, "", exchange.KindFunctionFailure,
			"The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.", 403},
		{"does not exist", "2.0", fails(lambda.NotFound), 500, "", exchange.KindFunctionFailure, "why", 404},
		{"is not ready", "2.0", fails(lambda.NotReady), 500, "", exchange.KindFunctionFailure, "why", 409},
		{"has no runtime", "2.0", fails(lambda.NoRuntime), 500, "", exchange.KindFunctionFailure, "why", 502},
		{"cannot be reached", "2.0", fails(lambda.Unreachable), 500, "", exchange.KindFunctionFailure, "why", 500},
		{"our failure", "2.0", fails(lambda.Internal), 500, "", exchange.KindFunctionFailure, "why", 500},
		{"another failure", "2.0", func(*lambda.Invocation, *lambda.Result) error { return errors.New("odd") }, 500, "", exchange.KindInternal, "odd", 0},
		// Fact 11.
		{"too slow", "2.0", fails(lambda.TimedOut), 503, "", exchange.KindIntegrationTimeout, "why", 0},
		{"too many calls", "2.0", fails(lambda.Throttled), 503, "", exchange.KindIntegrationFailure, "why", 429},
		// Fact 16.
		{"too large", "2.0", fails(lambda.TooLarge), 413, "", exchange.KindRequestTooLarge, "why", 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := posted(`{"a":1}`)
			err := lambdaStep(t, c.version, c.function).Run(t.Context(), x)
			if x.Integration.Error != c.logged || x.Integration.ServiceStatus != c.service || string(x.Integration.RequestID) != "request" {
				t.Errorf("logged %q, status %d, request %q", x.Integration.Error, x.Integration.ServiceStatus, x.Integration.RequestID)
			}
			if c.kind == 0 && c.logged == "" {
				if err != nil || x.Response.Status != c.status || string(x.Response.Body.Bytes) != c.body || x.Integration.Status != c.status || x.Integration.Latency == 0 {
					t.Errorf("got %v, %d %s, integration %+v", err, x.Response.Status, x.Response.Body.Bytes, x.Integration)
				}
				return
			}
			var fault *exchange.Fault
			if !errors.As(err, &fault) || fault.Kind != c.kind || fault.Kind.Default().Status != c.status || x.Answered() {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLambdaIsAsked looks at what the function gets.
func TestLambdaIsAsked(t *testing.T) {
	var asked lambda.Invocation
	var payload string
	step := lambdaStep(t, "2.0", func(in *lambda.Invocation, _ *lambda.Result) error {
		asked, payload = *in, string(in.Payload)
		return nil
	})
	x := call("X-Amzn-Trace-Id: Root=1-2-3", "Content-Type: text/plain")
	x.Request.Body = exchange.Body{Stream: io.NopCloser(strings.NewReader("streamed")), Size: -1}
	before := time.Now()
	if err := step.Run(t.Context(), x); err != nil || x.Response.Status != 200 {
		t.Fatalf("got %v, %d", err, x.Response.Status)
	}
	if asked.TraceID != "Root=1-2-3" || asked.Deadline.Before(before.Add(30*time.Second)) || asked.Deadline.After(time.Now().Add(30*time.Second)) {
		t.Errorf("trace %q, deadline %v", asked.TraceID, asked.Deadline)
	}
	for _, part := range []string{`"version":"2.0"`, `"routeKey":"POST /pets"`, `"content-length":"8"`, `"body":"streamed"`} {
		if !strings.Contains(payload, part) {
			t.Errorf("no %s in %s", part, payload)
		}
	}
	if want := "AWS_PROXY lambda pets:live, payload 2.0, timeout 30s"; step.Detail != want {
		t.Errorf("detail %q", step.Detail)
	}
}

// TestLambdaEventIsBounded: what would be over Lambda's limit does not reach the function.
func TestLambdaEventIsBounded(t *testing.T) {
	step := lambdaStep(t, "2.0", func(*lambda.Invocation, *lambda.Result) error {
		t.Error("the function was called")
		return nil
	})
	for _, size := range []int{lambda.MaxRequest + 1, lambda.MaxRequest - 100, lambda.MaxRequest * 4 / 5} {
		x := posted(strings.Repeat("x", size)) // without a type, so in base64
		var fault *exchange.Fault
		if err := step.Run(t.Context(), x); !errors.As(err, &fault) || fault.Kind != exchange.KindRequestTooLarge || x.Integration.ServiceStatus != 413 {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

func TestLambdaBodies(t *testing.T) {
	step := lambdaStep(t, "2.0", answers("{}"))
	for want, err := range map[exchange.Kind]error{
		exchange.KindRequestTooLarge: exchange.ErrBodyTooLarge, exchange.KindBadRequest: exchange.ErrBodyMalformed,
	} {
		x := call()
		x.Request.Body = exchange.Body{Stream: io.NopCloser(broken{err}), Size: -1}
		var fault *exchange.Fault
		if err := step.Run(t.Context(), x); !errors.As(err, &fault) || fault.Kind != want {
			t.Errorf("got %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var fault *exchange.Fault
	step = lambdaStep(t, "2.0", func(*lambda.Invocation, *lambda.Result) error { return ctx.Err() })
	if err := step.Run(ctx, call()); !errors.As(err, &fault) || fault.Kind != exchange.KindClientGone {
		t.Errorf("a client that left: %v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestLambdaRefuses(t *testing.T) {
	for want, cfg := range map[string]LambdaConfig{
		"payload format": {Integration: gateway.Integration{PayloadVersion: "3.0"}, Function: answers("")},
		"no functions":   {Integration: gateway.Integration{PayloadVersion: "2.0"}},
	} {
		if _, err := Lambda(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func BenchmarkLambda(b *testing.B) {
	step, err := Lambda(LambdaConfig{
		Integration: gateway.Integration{PayloadVersion: "2.0", TimeoutMillis: 30_000}, Function: answers(`{"statusCode":200,"body":"{}"}`),
		Event: event.Config{APIID: "api", Stage: "prod", RouteKey: "POST /pets"},
	})
	if err != nil {
		b.Fatal(err)
	}
	x, template := &exchange.Exchange{}, posted(`{"a":1}`)
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		x.Request, x.ID, x.Received = template.Request, template.ID, template.Received
		if err := step.Run(b.Context(), x); err != nil {
			b.Fatal(err)
		}
		x.Request = exchange.Request{}
	}
}
