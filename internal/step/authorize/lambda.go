package authorize

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/selection"
)

// Function is the function of an authorizer. Its errors are of type *[lambda.Error], or the context's.
type Function interface {
	Invoke(ctx context.Context, in *lambda.Invocation, out *lambda.Result) error
}

// LambdaConfig is what the authorization of a route by a Lambda authorizer is compiled from.
type LambdaConfig struct {
	Authorizer gateway.Authorizer
	// Ref is the function that the authorizer's URI means.
	Ref      gateway.FunctionRef
	Function Function
	// Sources are the identity sources, compiled.
	Sources []*selection.Expression
	API     policy.API
	Event   event.Config
	Cache   *Cache
}

// Lambda returns the step of a Lambda authorizer
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html). A call that lacks an
// identity source is refused without asking the function: 401. What the function does not allow is 403, and a function
// that fails or answers nonsense 500 (recorded: aws-behaviour-http-api.md, facts 9 and 10).
func Lambda(cfg LambdaConfig) (exchange.Step, error) {
	a := &cfg.Authorizer
	s := &lambdaStep{
		LambdaConfig: cfg, format: event.New(a.PayloadVersion, cfg.Event), ttl: time.Duration(a.TTLSeconds) * time.Second,
	}
	switch {
	case s.format == nil:
		return exchange.Step{}, fmt.Errorf("there is no payload format %q", a.PayloadVersion)
	case s.Function == nil:
		return exchange.Step{}, errors.New("this server runs no functions")
	}
	if len(s.Sources) == 0 {
		s.ttl = 0
	}
	// An authorizer that was changed has other keys.
	s.prefix = cachePrefix(cfg.API.Region, cfg.API.ID, cfg.Event.Stage, a.ID, cfg.Ref.ARN(), a.PayloadVersion,
		strconv.FormatBool(a.SimpleResponses), strconv.Itoa(a.TTLSeconds), fmt.Sprintf("%q", a.IdentitySource))
	detail := fmt.Sprintf("lambda %s by %s, payload %s", cfg.Ref.ARN(), a.Name, a.PayloadVersion)
	if a.SimpleResponses {
		detail += ", simple responses"
	}
	if s.ttl > 0 {
		detail += fmt.Sprintf(", answers count for %v", s.ttl)
	}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}, nil
}

type lambdaStep struct {
	LambdaConfig
	format event.Format
	ttl    time.Duration
	// prefix begins the keys of the authorizer's answers.
	prefix string
}

// authorizerTimeout is AWS's (aws-behaviour-http-api.md, fact 16).
const authorizerTimeout = 10 * time.Second

// verdict is what an authorizer's function answered. It is not changed.
type verdict struct {
	*event.Authorization
	policy *policy.Policy // nil for a simple response
}

// size is about how many bytes the verdict takes. A compiled policy is a few times its text.
func (v *verdict) size() int {
	const compiled = 4
	return v.Size() + compiled*len(v.Policy)
}

var (
	errNoSource = errors.New("an identity source of the authorizer is missing in the request")
	errDenied   = errors.New("the authorizer does not allow the call")
	// errAbandoned is for those who wait for an answer that a panic kept from coming.
	errAbandoned = errors.New("the call of the authorizer's function was given up")
	// errPermission has the text that AWS logs (recorded:
	// https://dev.classmethod.jp/articles/tsnote-api-gateway-lambda-authorizer-internal-server-error-troubleshooting/).
	errPermission = errors.New("The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again.") //nolint:staticcheck,revive // AWS's text
)

func (s *lambdaStep) run(ctx context.Context, x *exchange.Exchange) error {
	var room [4][]byte
	sources := room[:0]
	for _, source := range s.Sources {
		value, _ := source.Append(nil, x)
		if len(value) == 0 {
			return refuse(x, exchange.KindUnauthorized, errNoSource, "")
		}
		sources = append(sources, value)
	}
	v, err := s.verdict(ctx, x, sources)
	if err != nil {
		return s.failed(ctx, x, err)
	}
	x.Identity.Principal, x.Identity.Context, x.Identity.ContextJSON = v.Principal, v.Context, v.ContextJSON
	if v.policy == nil {
		if !v.Allowed {
			return exchange.Refuse(exchange.KindAccessDenied, errDenied)
		}
		return nil
	}
	resource := s.API.ARN(s.Event.Stage, string(x.Request.Method), string(x.Route.Path))
	decision := v.policy.Evaluate(&policy.Request{Action: policy.ActionInvoke, Resource: resource, Context: callContext{x}})
	if !decision.Allowed() {
		return exchange.Refuse(exchange.KindAccessDenied, fmt.Errorf("the authorizer's policy does not allow %s on %s: %v", policy.ActionInvoke, resource, decision))
	}
	return nil
}

// verdict returns the function's answer. One that others may wait for, or that will be remembered, is wanted even if this
// call's client leaves.
func (s *lambdaStep) verdict(ctx context.Context, x *exchange.Exchange, sources [][]byte) (*verdict, error) {
	if s.ttl == 0 {
		return s.ask(ctx, x, sources)
	}
	return s.Cache.get(ctx, cacheKey(x, s.prefix, sources), lifetime{now: x.Received, ttl: s.ttl}, func() (*verdict, error) {
		return s.ask(context.WithoutCancel(ctx), x, sources)
	})
}

// cacheKey is an authorizer's prefix and the identity sources, each behind its length.
func cacheKey(x *exchange.Exchange, prefix string, sources [][]byte) []byte {
	n := len(prefix)
	for _, source := range sources {
		n += binary.MaxVarintLen64 + len(source)
	}
	key := append(x.Alloc(n)[:0], prefix...)
	for _, source := range sources {
		key = append(binary.AppendUvarint(key, uint64(len(source))), source...)
	}
	return key
}

// events are the buffers of events.
var events = sync.Pool{New: func() any { return new([]byte) }}

// ask calls the function.
func (s *lambdaStep) ask(ctx context.Context, x *exchange.Exchange, sources [][]byte) (*verdict, error) {
	buffer := events.Get().(*[]byte)
	defer events.Put(buffer) // it holds a head and no body, so it stays small
	arn := s.API.AppendARN(nil, s.Event.Stage, string(x.Request.Method), string(x.Route.Path))
	*buffer = s.format.AppendAuthorization((*buffer)[:0], x, event.Asked{ARN: arn, Sources: sources})
	x.Integration.Header.Reset() // the event's head is none that went to a back end
	in := lambda.Invocation{
		Payload: *buffer, TraceID: string(x.TraceID()), Deadline: time.Now().Add(authorizerTimeout), Alloc: x.Alloc,
	}
	var out lambda.Result
	if err := s.Function.Invoke(ctx, &in, &out); err != nil {
		return nil, err
	}
	if out.FunctionError != "" {
		const longest = 1 << 10
		return nil, fmt.Errorf("the authorizer's function failed: %s: %q", out.FunctionError, out.Payload[:min(len(out.Payload), longest)])
	}
	answer, err := event.ReadAuthorization(out.Payload, s.Authorizer.PayloadVersion, s.Authorizer.SimpleResponses)
	if err != nil {
		return nil, err
	}
	v := &verdict{Authorization: answer}
	if !s.Authorizer.SimpleResponses {
		if v.policy, err = policy.Compile(answer.Policy, policy.Options{Kind: policy.Authorizer}); err != nil {
			return nil, fmt.Errorf("the authorizer's policy: %w", err)
		}
	}
	return v, nil
}

// failed answers 500, unless the client has left.
func (s *lambdaStep) failed(ctx context.Context, x *exchange.Exchange, err error) error {
	if ctx.Err() != nil {
		return exchange.Refuse(exchange.KindClientGone, err)
	}
	x.Identity.Error = err.Error()
	var notRun *lambda.Error
	if errors.As(err, &notRun) && notRun.Kind == lambda.Forbidden {
		x.Identity.Error = errPermission.Error()
	}
	return exchange.Refuse(exchange.KindAuthorizerFailure, err)
}
