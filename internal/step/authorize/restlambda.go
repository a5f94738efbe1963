package authorize

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/selection"
)

// RESTLambdaConfig is what a Lambda authorizer of a REST API is compiled from.
type RESTLambdaConfig struct {
	Authorizer gateway.RestAuthorizer
	// Ref is the function that the authorizer's URI means.
	Ref      gateway.FunctionRef
	Function Function
	// Sources are the identity sources; that of a TOKEN authorizer is the token.
	Sources []IdentitySource
	API     policy.API
	Stage   string
	Event   event.Format
	Cache   *Cache
}

// IdentitySource is where a part of a caller's identity stands, as it was written and compiled.
type IdentitySource struct {
	Name  string
	Value *selection.Expression
}

// RESTLambda returns what asks a Lambda authorizer of a REST API who calls
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html), and a line about
// it. A call without a token, or whose token does not match the authorizer's expression, is refused without asking: 401.
// So is one that lacks an identity source, if answers are remembered (aws-behaviour-auth-websocket-logs.md, fact 4).
func RESTLambda(cfg RESTLambdaConfig) (Identify, string, error) {
	a := &cfg.Authorizer
	s := &restLambda{RESTLambdaConfig: cfg, token: a.Type == gateway.TokenAuthorizer, ttl: gateway.DefaultAuthorizerTTL * time.Second}
	switch {
	case s.Function == nil:
		return nil, "", errors.New("this server runs no functions")
	case s.token && len(s.Sources) != 1:
		return nil, "", errors.New("the authorizer has no token source")
	}
	if a.TTLSeconds != nil {
		s.ttl = time.Duration(*a.TTLSeconds) * time.Second
	}
	if len(s.Sources) == 0 {
		s.ttl = 0
	}
	var err error
	if s.token && a.IdentityValidation != "" {
		if s.valid, err = regexp.Compile(`\A(?:` + a.IdentityValidation + `)\z`); err != nil {
			return nil, "", fmt.Errorf("identity validation expression: %w", err)
		}
	}
	// An authorizer that was changed has other keys.
	s.prefix = cachePrefix(cfg.API.Region, cfg.API.ID, cfg.Stage, a.ID, cfg.Ref.ARN(), string(a.Type), a.Credentials,
		strconv.Itoa(int(s.ttl/time.Second)), fmt.Sprintf("%q", a.IdentitySource))
	detail := fmt.Sprintf("%s authorizer %s, lambda %s", a.Type, a.Name, cfg.Ref.ARN())
	if s.ttl > 0 {
		detail += fmt.Sprintf(", answers count for %v", s.ttl)
	}
	return s.identify, detail, nil
}

type restLambda struct {
	RESTLambdaConfig
	token bool
	valid *regexp.Regexp // nil takes every token
	ttl   time.Duration
	// prefix begins the keys of the authorizer's answers.
	prefix string
}

// usualSource is room for most identity sources, in bytes.
const usualSource = 512

// restAuthorizerTimeout is the longest that an integration may take; AWS states no other time for authorizers of REST APIs.
const restAuthorizerTimeout = 29 * time.Second

var (
	errToken = errors.New("the token does not match the authorizer's identity validation expression")
	// errUnauthorized is what a function says to have its caller refused (aws-behaviour-auth-websocket-logs.md, fact 5).
	errUnauthorized = errors.New("the authorizer's function failed with Unauthorized")
)

// badAnswer is an answer that is none; its text is what an execution log says.
type badAnswer struct{ error }

func (s *restLambda) identify(ctx context.Context, x *exchange.Exchange) (Grant, error) {
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "Starting authorizer: %s for request: %s", s.Authorizer.ID, x.ID)
	}
	var room [4][]byte
	sources, err := s.sources(room[:0], x)
	if err != nil {
		return Grant{}, unauthorized(x, err)
	}
	s.sayIdentity(x, sources)
	v, err := s.verdict(ctx, x, sources)
	if err != nil {
		return Grant{}, s.failed(ctx, x, err)
	}
	id := &x.Identity
	id.Principal, id.Context, id.ContextJSON, id.UsageKey = v.Principal, v.Context, v.ContextJSON, v.UsageKey
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "Using valid authorizer policy for principal: %s", exchange.Masked(v.Principal))
		x.Journal.Sayf(exchange.JournalInfo, "Successfully completed authorizer execution")
	}
	return Grant{Policy: v.policy, Document: v.Policy}, nil
}

// sources appends the values of the identity sources.
func (s *restLambda) sources(dst [][]byte, x *exchange.Exchange) ([][]byte, error) {
	for i := range s.Sources {
		value, _ := s.Sources[i].Value.Append(x.Alloc(usualSource)[:0], x)
		if len(value) == 0 && (s.token || s.ttl > 0) {
			return nil, errNoSource
		}
		dst = append(dst, value)
	}
	if s.valid != nil && !s.valid.Match(dst[0]) {
		return nil, errToken
	}
	return dst, nil
}

func (s *restLambda) sayIdentity(x *exchange.Exchange, sources [][]byte) {
	if !x.Journal.On(exchange.JournalData) {
		return
	}
	if s.token {
		x.Journal.Sayf(exchange.JournalData, "Incoming identity: %s", exchange.Masked(string(sources[0])))
		return
	}
	var fields exchange.Listed
	for i, source := range sources {
		fields = append(fields, exchange.Field{Name: []byte(s.Sources[i].Name), Value: []byte(exchange.Masked(string(source)))})
	}
	x.Journal.Sayf(exchange.JournalData, "Incoming identity: %s", fields)
}

// verdict returns the function's answer. One that others may wait for, or that will be remembered, is wanted even if this
// call's client leaves.
func (s *restLambda) verdict(ctx context.Context, x *exchange.Exchange, sources [][]byte) (*verdict, error) {
	if s.ttl == 0 {
		return s.ask(ctx, x, sources)
	}
	return s.Cache.get(ctx, cacheKey(x, s.prefix, sources), lifetime{now: x.Received, ttl: s.ttl}, func() (*verdict, error) {
		return s.ask(context.WithoutCancel(ctx), x, sources)
	})
}

// ask calls the function.
func (s *restLambda) ask(ctx context.Context, x *exchange.Exchange, sources [][]byte) (*verdict, error) {
	buffer := events.Get().(*[]byte)
	defer events.Put(buffer) // it holds a head and no body, so it stays small
	arn := s.API.AppendARN(nil, s.Stage, string(x.Request.Method), string(x.Route.PlainPath()))
	if s.token {
		*buffer = event.AppendToken((*buffer)[:0], sources[0], arn)
	} else {
		*buffer = s.Event.AppendAuthorization((*buffer)[:0], x, event.Asked{ARN: arn, Sources: sources})
		x.Integration.Header.Reset() // the event's head is none that went to a back end
	}
	s.sayRequest(x, *buffer)
	in := lambda.Invocation{
		Payload: *buffer, TraceID: string(x.TraceID()), Deadline: time.Now().Add(restAuthorizerTimeout), Alloc: x.Alloc,
	}
	var out lambda.Result
	began := time.Now()
	err := s.Function.Invoke(ctx, &in, &out)
	x.Identity.Latency, x.Phases.RequestID = time.Since(began), in.RequestID
	if err != nil {
		return nil, err
	}
	x.Journal.Sayf(exchange.JournalData, "Authorizer result body before parsing: %s", exchange.Payload(out.Payload))
	if out.FunctionError != "" && event.SaysUnauthorized(out.Payload) {
		return nil, errUnauthorized
	}
	return readVerdict(out.Payload)
}

// readVerdict reads a function's answer. The error object of one that failed is no answer (recorded: public code index
// document 48253294949).
func readVerdict(payload []byte) (*verdict, error) {
	answer, err := event.ReadRESTAuthorization(payload)
	if err != nil {
		return nil, badAnswer{err}
	}
	v := &verdict{Authorization: answer}
	if v.policy, err = policy.Compile(answer.Policy, policy.Options{Kind: policy.Authorizer}); err != nil {
		return nil, badAnswer{fmt.Errorf("Unable to parse given policy: %w", err)} //nolint:staticcheck // AWS's text begins so: aws/aws-lambda-java-libs issue 184
	}
	return v, nil
}

// sayRequest tells of the call to the function. What would sign it is left out: there is no signature.
func (s *restLambda) sayRequest(x *exchange.Exchange, payload []byte) {
	if !x.Journal.On(exchange.JournalData) {
		return
	}
	uri := "https://lambda." + s.Ref.Tenant.Region + ".amazonaws.com/2015-03-31/functions/" + s.Ref.ARN() + "/invocations"
	field := func(name, value string) exchange.Field {
		return exchange.Field{Name: []byte(name), Value: []byte(value)}
	}
	x.Journal.Sayf(exchange.JournalData, "Endpoint request URI: %s", uri)
	x.Journal.Sayf(exchange.JournalData, "Endpoint request headers: %s", exchange.Hashed{
		field("x-amzn-lambda-integration-tag", string(x.ID)), field("x-amzn-apigateway-api-id", s.API.ID),
		field("X-Amz-Source-Arn", s.API.AuthorizerARN(s.Authorizer.ID)), field("Accept", "application/json"),
		field("User-Agent", "AmazonAPIGateway_"+s.API.ID), field("X-Amzn-Trace-Id", string(x.TraceID())),
	})
	x.Journal.Sayf(exchange.JournalData, "Endpoint request body after transformations: %s", exchange.Payload(payload))
	x.Journal.Sayf(exchange.JournalData, "Sending request to %s", uri)
}

// failed refuses a call whose authorizer gave no policy: 401 if its function says so, 500 otherwise, unless the client has
// left.
func (s *restLambda) failed(ctx context.Context, x *exchange.Exchange, err error) error {
	if ctx.Err() != nil {
		return exchange.Refuse(exchange.KindClientGone, err)
	}
	if errors.Is(err, errUnauthorized) {
		return unauthorized(x, err)
	}
	x.Identity.Error = err.Error()
	if bad, ok := errors.AsType[badAnswer](err); ok {
		x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: %v", bad)
		return exchange.Refuse(exchange.KindBadAuthorizer, err)
	}
	if notRun, ok := errors.AsType[*lambda.Error](err); ok {
		switch notRun.Kind {
		case lambda.Forbidden, lambda.NotFound: // recorded: public code index document 40370491264
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: Invalid permissions on Lambda function")
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: Authorizer error")
			return exchange.Refuse(exchange.KindBadAuthorizer, err)
		case lambda.NotAssumed: // recorded: public code index document 48253294949
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: %s", notRun.Message)
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: Authorizer error")
			return exchange.Refuse(exchange.KindBadAuthorizer, err)
		case lambda.TimedOut:
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to a timeout error")
		case lambda.Internal, lambda.Throttled, lambda.TooLarge, lambda.NotReady, lambda.NoRuntime, lambda.Unreachable:
			x.Journal.Sayf(exchange.JournalError, "Execution failed due to an internal error")
		}
	}
	return exchange.Refuse(exchange.KindAuthorizerFailure, err)
}

// unauthorized refuses who does not say credibly who it is.
func unauthorized(x *exchange.Exchange, cause error) error {
	x.Journal.Sayf(exchange.JournalInfo, "Unauthorized request: %s", x.ID)
	x.Identity.Error = cause.Error()
	return exchange.Refuse(exchange.KindUnauthorized, cause)
}
