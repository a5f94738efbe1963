package awsservice

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Config is what an integration is compiled from.
type Config struct {
	Definition
	Expression Compiler
	// Region is the API's; the parameter Region takes its place.
	Region string
	// Endpoints are URLs by the name of the service in signatures (events, sqs, appconfig, kinesis, states), for any
	// region; without one AWS is called.
	Endpoints map[string]string
	// Credentials returns those of a role, asked for each call; ok is false for a role that has none. An empty token is
	// left out.
	Credentials func(roleARN string) (keyID, secret, token string, ok bool)
	// Now is the clock of signatures; nil stands for time.Now.
	Now func() time.Time
}

// Call is a compiled integration. It is safe for use by many goroutines.
type Call struct {
	op       *operation
	bindings []binding
	// region is the parameter's binding if it differs between calls, else nil; fixed is the endpoint then.
	region     *binding
	fixed      *endpoint
	configured *endpoint
	needs      int64

	// contentType and action are header values; nil for none.
	contentType, action []byte

	role        string
	credentials func(string) (keyID, secret, token string, ok bool)
	now         func() time.Time
	key         atomic.Pointer[signingKey]
	requests    sync.Pool
}

// Compile checks a definition as [Validate] does and compiles it.
func Compile(c Config) (*Call, error) {
	op, bindings, err := c.bind(c.Expression)
	if err != nil {
		return nil, err
	}
	k := &Call{op: op, role: c.RoleARN, credentials: c.Credentials, now: c.Now}
	k.contentType, k.action = op.header()
	k.requests.New = func() any { return &Request{call: k} }
	if k.now == nil {
		k.now = time.Now
	}
	if text := c.Endpoints[op.service]; text != "" {
		if k.configured, err = parseEndpoint(text); err != nil {
			return nil, fmt.Errorf("%s: %w", op.service, err)
		}
	}
	own := c.Region
	for _, b := range bindings {
		k.needs = max(k.needs, b.needs())
		if b.place != region {
			k.bindings = append(k.bindings, b)
		} else if constant, ok := b.value.Constant(); ok {
			own = constant
		} else {
			k.region = &b
		}
	}
	if k.region == nil {
		if !validRegion(own) {
			return nil, fmt.Errorf("%q is no region", own)
		}
		k.fixed = op.in(own, k.configured)
	}
	return k, nil
}

// NeedsRequestBody returns how many bytes of the request's body must have been read ahead before [Call.Prepare].
func (k *Call) NeedsRequestBody() int64 { return k.needs }

// Describe says in a few words what is called.
func (k *Call) Describe() string {
	where := "the region that the call names"
	switch {
	case k.configured != nil:
		where = string(k.configured.host)
	case k.fixed != nil:
		where = string(k.fixed.host)
	}
	return "AWS_PROXY " + k.op.subtype + " at " + where
}

// Request is a signed request. It and all that it refers to, but for its header, is the caller's until Release.
type Request struct {
	// Addr is host and port to dial. Host is the Host field.
	Addr string
	TLS  bool
	// Method and Target are the request line's; Target is path and query.
	Method, Target, Host []byte
	Body                 exchange.Body

	call     *Call
	endpoint *endpoint
	// path, query and body are built here; value is an expression's, canonical what is signed.
	path, query, body, value, canonical []byte
}

// maxKept is the largest buffer that is kept for the next call.
const maxKept = 64 << 10

// Release gives the request's memory back.
func (r *Request) Release() {
	for _, b := range []*[]byte{&r.path, &r.query, &r.body, &r.value, &r.canonical} {
		if cap(*b) > maxKept {
			*b = nil
		}
	}
	r.Target, r.Host, r.Body, r.endpoint = nil, nil, exchange.Body{}, nil
	r.call.requests.Put(r)
}

// ParameterError is a parameter that a call gives no usable value for.
type ParameterError struct {
	// Parameter is its name and Source the mapping's text.
	Parameter, Source string
	// Err says what is wrong with the value; nil if there is none, or an empty one.
	Err error
}

// Error implements error. The text is AWS's as far as it is known (hashicorp/terraform-provider-aws issue 19443).
func (e *ParameterError) Error() string {
	text := "Unable to resolve property " + e.Parameter + " from source " + e.Source + "."
	if e.Err != nil {
		text += " " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *ParameterError) Unwrap() error { return e.Err }

// ErrNoCredentials is a role that the configuration has no credentials for.
var ErrNoCredentials = errors.New("no credentials are configured for the integration's role")

// Prepare builds the request of a call and fills x.Integration.Header. The error is a *[ParameterError] if the client is
// to blame: on AWS every parameter that is mapped must have a value that is not empty, optional ones too.
func (k *Call) Prepare(x *exchange.Exchange) (*Request, error) {
	r, ok := k.requests.Get().(*Request)
	if !ok {
		r = &Request{call: k}
	}
	if err := r.build(x); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

func (r *Request) build(x *exchange.Exchange) error {
	k := r.call
	keyID, secret, token, ok := k.credentials(k.role)
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoCredentials, k.role)
	}
	if err := r.locate(x); err != nil {
		return err
	}
	if err := r.write(x); err != nil {
		return err
	}
	r.Addr, r.TLS, r.Host, r.Body = r.endpoint.addr, r.endpoint.tls, r.endpoint.host, exchange.Body{Bytes: r.body}
	r.sign(x, credentials{keyID, secret, token})
	r.Target = r.path
	if len(r.query) > 0 {
		r.path = append(append(r.path, '?'), r.query...)
		r.Target = r.path
	}
	return nil
}

// locate decides where to call.
func (r *Request) locate(x *exchange.Exchange) error {
	k := r.call
	if r.endpoint = k.fixed; r.endpoint != nil {
		return nil
	}
	value, err := r.evaluate(k.region, x)
	if err != nil {
		return err
	}
	if !validRegion(value) {
		return &ParameterError{Parameter: k.region.name, Source: k.region.source, Err: errors.New("it is no region")}
	}
	r.endpoint = k.op.in(string(value), k.configured)
	return nil
}

// evaluate returns a parameter's value, valid until the next one is evaluated. Recorded: AWS answers 400 if a mapped
// parameter has no value or an empty one, required or not (LocalStack's validated test_apigw_v2_http_kinesis_put_record_no_stream).
func (r *Request) evaluate(b *binding, x *exchange.Exchange) ([]byte, error) {
	value, ok := b.value.Append(r.value[:0], x)
	if r.value = value; !ok || len(value) == 0 {
		return nil, &ParameterError{Parameter: b.name, Source: b.source}
	}
	return value, nil
}
