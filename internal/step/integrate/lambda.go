package integrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/upstream"
)

// Function is a Lambda function as a route calls it. Its errors are of type *[lambda.Error], or the context's.
type Function interface {
	Invoke(ctx context.Context, in *lambda.Invocation, out *lambda.Result) error
}

// LambdaConfig is what an AWS_PROXY integration with a function is compiled from.
type LambdaConfig struct {
	Integration gateway.Integration
	Ref         gateway.FunctionRef
	Function    Function
	Event       event.Config
}

// Lambda returns the step of an AWS_PROXY integration with a Lambda function
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html): the whole
// request becomes an event, and what the function answers the response. A function that fails, that may not be called or
// whose answer is none is 500 to the client; one that is too slow or has too many calls already is 503 (recorded:
// aws-behaviour-http-api.md, facts 10 and 11).
func Lambda(cfg LambdaConfig) (exchange.Step, error) {
	format := event.New(cfg.Integration.PayloadVersion, cfg.Event)
	if format == nil {
		return exchange.Step{}, fmt.Errorf("there is no payload format %q", cfg.Integration.PayloadVersion)
	}
	return proxyFunction(RESTLambdaConfig{
		Ref: cfg.Ref, Function: cfg.Function, Format: format, TimeoutMillis: cfg.Integration.TimeoutMillis,
	}, "payload "+cfg.Integration.PayloadVersion)
}

// proxyFunction is for any kind of API; what tells its events apart.
func proxyFunction(cfg RESTLambdaConfig, what string) (exchange.Step, error) {
	p := &lambdaProxy{
		function: cfg.Function, format: cfg.Format, timeout: time.Duration(cfg.TimeoutMillis) * time.Millisecond, words: wordsOf(&cfg),
		stream: cfg.Stream,
	}
	if p.function == nil {
		return exchange.Step{}, errNoFunctions
	}
	run := p.run
	if p.stream != nil {
		run, what = p.runStream, what+", streamed"
	}
	return exchange.Step{Name: Name, Run: run, Detail: fmt.Sprintf("AWS_PROXY lambda %s, %s, timeout %v", nameOf(cfg.Ref), what, p.timeout)}, nil
}

var errNoFunctions = errors.New("this server runs no functions")

func nameOf(ref gateway.FunctionRef) string {
	if ref.Qualifier != "" {
		return ref.Name + ":" + ref.Qualifier
	}
	return ref.Name
}

type lambdaProxy struct {
	function Function
	format   event.Format
	timeout  time.Duration
	words    functionWords
	stream   *Streaming // nil for whole answers
}

// invocation is the memory of one call.
type invocation struct {
	in    lambda.Invocation
	out   lambda.Result
	event []byte
	sent  time.Time
}

var invocations = sync.Pool{New: func() any { return new(invocation) }}

// release gives the memory back, unless a rare event has made much of it.
func (i *invocation) release() {
	const keep = 256 << 10
	if cap(i.event) > keep {
		return
	}
	i.in, i.out = lambda.Invocation{}, lambda.Result{}
	invocations.Put(i)
}

func (p *lambdaProxy) run(ctx context.Context, x *exchange.Exchange) error {
	i := invocations.Get().(*invocation)
	defer i.release()
	if err := p.invoke(ctx, x, i); err != nil {
		return err
	}
	p.words.sayResponse(x, statusInvoked, &i.out)
	var err error
	if i.out.FunctionError != "" {
		err = failureOf(&i.out)
	} else {
		err = p.format.ReadResponse(i.out.Payload, x)
	}
	if err != nil {
		p.words.sayFailed(x, &i.out, err)
		return functionFailed(x, err)
	}
	if x.REST {
		x.Response.Header.Add(nameTrace, x.ResponseTraceID())
	}
	x.Integration.Status = x.Response.Status
	return nil
}

func failureOf(out *lambda.Result) error {
	return fmt.Errorf("the function failed: %s: %s", out.FunctionError, start(out.Payload))
}

// invoke makes the event and calls the function with it. What the function answered is not looked at.
func (p *lambdaProxy) invoke(ctx context.Context, x *exchange.Exchange, i *invocation) error {
	began := time.Now()
	if err := x.Request.Body.ReadAhead(math.MaxInt64); err != nil {
		return asFault(ctx, &upstream.Error{Op: upstream.OpBody, Err: err})
	}
	if len(x.Request.Body.Bytes) > lambda.MaxRequest {
		return tooLarge(x, errTooLarge)
	}
	const head = 4 << 10
	i.event = slices.Grow(i.event[:0], head+len(x.Request.Body.Bytes)*3/2)
	if i.event = p.format.AppendRequest(i.event, x); len(i.event) > lambda.MaxRequest {
		return tooLarge(x, errTooLarge)
	}
	i.in = lambda.Invocation{Payload: i.event, TraceID: string(x.TraceID()), Deadline: began.Add(p.timeout), Alloc: x.Alloc}
	if p.stream != nil {
		i.in.Streaming, i.in.Alloc = true, nil // the function may outlive the exchange
	}
	p.words.sayRequest(x, i.event)
	i.sent = time.Now()
	err := p.function.Invoke(ctx, &i.in, &i.out)
	x.Integration.Latency = time.Since(i.sent)
	x.Integration.RequestID = append(x.Alloc(len(i.in.RequestID))[:0], i.in.RequestID...)
	if err != nil {
		p.words.sayNotInvoked(x, err)
		return notInvoked(ctx, x, err)
	}
	x.Integration.ServiceStatus = statusInvoked
	return nil
}

// What Lambda's Invoke answers, for $context.integrationStatus
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
const (
	statusInvoked    = 200
	statusAccepted   = 202
	statusChecked    = 204
	statusBadRequest = 400
	statusForbidden  = 403
	statusNotFound   = 404
	statusConflict   = 409
	statusTooLarge   = 413
	statusThrottled  = 429
	statusFailed     = 500
	statusNoRuntime  = 502
)

// errPermission has the text that AWS logs (developer guide, "Troubleshooting issues with HTTP API Lambda integrations").
var errPermission = errors.New("The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.") //nolint:staticcheck,revive // AWS's text

// notInvoked says what it means for the client that a function was not run, or not in time.
func notInvoked(ctx context.Context, x *exchange.Exchange, err error) error {
	x.Integration.Error = err.Error()
	var failed *lambda.Error
	switch {
	case ctx.Err() != nil:
		return exchange.Refuse(exchange.KindClientGone, err)
	case !errors.As(err, &failed):
		return exchange.Refuse(exchange.KindInternal, err)
	}
	x.Integration.ServiceStatus = statusFailed
	switch failed.Kind {
	case lambda.TimedOut:
		x.Integration.ServiceStatus = 0
		return exchange.Refuse(exchange.KindIntegrationTimeout, err)
	case lambda.Throttled:
		x.Integration.ServiceStatus = statusThrottled
		if x.REST {
			return exchange.Refuse(exchange.KindInternal, err)
		}
		return exchange.Refuse(exchange.KindIntegrationFailure, err)
	case lambda.TooLarge:
		return tooLarge(x, err)
	case lambda.Forbidden, lambda.NotAssumed:
		x.Integration.ServiceStatus, x.Integration.Error = statusForbidden, errPermission.Error()
	case lambda.NotFound:
		x.Integration.ServiceStatus = statusNotFound
	case lambda.NotReady:
		x.Integration.ServiceStatus = statusConflict
	case lambda.NoRuntime:
		x.Integration.ServiceStatus = statusNoRuntime
	case lambda.Internal, lambda.Unreachable:
	}
	if x.REST {
		return exchange.Refuse(exchange.KindConfiguration, err)
	}
	return exchange.Refuse(exchange.KindFunctionFailure, err)
}

// tooLarge is for an event over Lambda's limit (reported: aws-behaviour-http-api.md, fact 16).
func tooLarge(x *exchange.Exchange, err error) error {
	x.Integration.Error, x.Integration.ServiceStatus = err.Error(), statusTooLarge
	return exchange.Refuse(exchange.KindRequestTooLarge, err)
}

var errTooLarge = fmt.Errorf("the event of the function would have more than %d bytes", lambda.MaxRequest)

func functionFailed(x *exchange.Exchange, err error) error {
	x.Integration.Error = err.Error()
	if errors.Is(err, content.ErrBase64) {
		return exchange.Refuse(exchange.KindConfiguration, err)
	}
	return exchange.Refuse(exchange.KindFunctionFailure, err)
}

// start takes as much of a function's error as a log can do with.
func start(payload []byte) []byte {
	const longest = 1 << 10
	return bytes.ToValidUTF8(payload[:min(len(payload), longest)], nil)
}
