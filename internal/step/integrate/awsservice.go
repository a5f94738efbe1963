package integrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/upstream"
)

// AWSServiceConfig is what an AWS_PROXY integration with a subtype is made from.
type AWSServiceConfig struct {
	Call          *awsservice.Call
	TimeoutMillis int
	Backends      Backends
}

// AWSService returns the step of a first-class integration with an AWS service
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html).
//
// What the service answers goes to the client as it is. A service that refuses is 500 to the client, whatever its status,
// and so is a role without credentials; a mapped parameter without a value is 400 (recorded: LocalStack's validated
// test_apigw_v2_http_kinesis_put_record_no_stream).
func AWSService(cfg AWSServiceConfig) exchange.Step {
	p := &awsService{
		call: cfg.Call, backends: cfg.Backends, timeout: time.Duration(cfg.TimeoutMillis) * time.Millisecond,
	}
	return exchange.Step{Name: Name, Run: p.run, Detail: fmt.Sprintf("%s, timeout %v", cfg.Call.Describe(), p.timeout)}
}

type awsService struct {
	call     *awsservice.Call
	backends Backends
	timeout  time.Duration
	// target is where the last call went; all go there unless the region is the caller's choice.
	target atomic.Pointer[upstream.Target]
}

func (p *awsService) run(ctx context.Context, x *exchange.Exchange) error {
	began := time.Now()
	if err := x.Request.Body.ReadAhead(p.call.NeedsRequestBody()); err != nil {
		return asFault(ctx, &upstream.Error{Op: upstream.OpBody, Err: err})
	}
	req, err := p.call.Prepare(x)
	if err != nil {
		x.Integration.Error = err.Error()
		var wrong *awsservice.ParameterError
		if errors.As(err, &wrong) {
			return exchange.Refuse(exchange.KindBadRequest, err)
		}
		return exchange.Refuse(exchange.KindInternal, err)
	}
	defer req.Release()
	sent := time.Now()
	out := upstream.Request{
		Target: p.targetOf(req), Method: req.Method, RequestTarget: req.Target, Host: req.Host,
		Header: &x.Integration.Header, Body: &req.Body, Deadline: began.Add(p.timeout),
	}
	err = p.backends.Do(ctx, &out, &upstream.Response{Response: &x.Response, Memory: x})
	x.Integration.Latency = time.Since(sent)
	if err != nil {
		x.Integration.Error = err.Error()
		return asFault(ctx, err)
	}
	return answered(x)
}

func (p *awsService) targetOf(req *awsservice.Request) *upstream.Target {
	if t := p.target.Load(); t != nil && t.Addr == req.Addr && t.TLS == req.TLS {
		return t
	}
	t := &upstream.Target{Addr: req.Addr, TLS: req.TLS}
	p.target.Store(t)
	return t
}

// answered notes what the service says of the call, and turns a refusal into a fault.
func answered(x *exchange.Exchange) error {
	resp := &x.Response
	x.Integration.Status = resp.Status
	noteIDs(x)
	if resp.Status < 300 {
		return nil
	}
	err := fmt.Errorf("the service answered %d: %s", resp.Status, beginning(&resp.Body))
	x.Integration.Error = err.Error()
	resp.Status = 0
	resp.Header.Reset()
	return exchange.Refuse(exchange.KindInternal, err)
}

// noteIDs keeps the service's own ids of the call.
func noteIDs(x *exchange.Exchange) {
	h := &x.Response.Header
	if x.Integration.RequestID = h.Get("x-amzn-RequestId"); x.Integration.RequestID == nil {
		x.Integration.RequestID = h.Get("x-amz-request-id")
	}
	x.Integration.RequestID2 = h.Get("x-amz-id-2")
}

// beginning takes the start of an error's body, and closes it.
func beginning(body *exchange.Body) []byte {
	const longest = 1 << 10
	text := body.Bytes
	if body.Stream != nil {
		text, _ = io.ReadAll(io.LimitReader(body.Stream, longest)) // what has come is all that there is to say
		_ = body.Close()
	}
	*body = exchange.Body{}
	return text[:min(len(text), longest)]
}
