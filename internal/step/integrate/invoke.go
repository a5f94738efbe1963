package integrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
	"github.com/dipylon/dipylon/internal/lambda"
)

// LaterFunction is a function that can also be called asynchronously, or only asked whether it would be run.
type LaterFunction interface {
	Function
	Async(ctx context.Context, in *lambda.Invocation) error
	Check() error
}

// RESTInvoke returns the step of an AWS integration with a Lambda function
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html): the function gets
// the payload that the request template has made. What it answers is chosen among by its error message alone (recorded:
// aws-behaviour.md, fact 22). The mapped header X-Amz-Invocation-Type makes the call an asynchronous one
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html).
func RESTInvoke(cfg RESTLambdaConfig) (exchange.Step, error) {
	function, ok := cfg.Function.(LaterFunction)
	if !ok {
		return exchange.Step{}, errNoFunctions
	}
	p := &lambdaInvoke{function: function, timeout: time.Duration(cfg.TimeoutMillis) * time.Millisecond, words: wordsOf(&cfg)}
	return exchange.Step{Name: Name, Run: p.run, Detail: fmt.Sprintf("AWS lambda %s, timeout %v", nameOf(cfg.Ref), p.timeout)}, nil
}

type lambdaInvoke struct {
	function LaterFunction
	timeout  time.Duration
	words    functionWords
}

var emptyObject = []byte("{}")

func (p *lambdaInvoke) run(ctx context.Context, x *exchange.Exchange) error {
	began := time.Now()
	event := x.Outgoing.Body
	if len(event) == 0 {
		event = emptyObject
	}
	p.words.sayRequest(x, event)
	if err := jsontext.Check(event); err != nil {
		return notJSON(x, err)
	}
	i := invocations.Get().(*invocation)
	defer i.release()
	i.in = lambda.Invocation{Payload: event, TraceID: string(x.TraceID()), Deadline: began.Add(p.timeout), Alloc: x.Alloc}
	sent := time.Now()
	status, err := p.invoke(ctx, mapped(x, "X-Amz-Invocation-Type"), i)
	x.Integration.Latency = time.Since(sent)
	x.Integration.RequestID = append(x.Alloc(len(i.in.RequestID))[:0], i.in.RequestID...)
	if err != nil {
		p.words.sayNotInvoked(x, err)
		return notInvoked(ctx, x, err)
	}
	x.Integration.Status, x.Integration.ServiceStatus, x.Response.Status = status, status, status
	for _, f := range responseHead(x, &i.out) {
		x.Response.Header.Add(f.Name, f.Value)
	}
	x.Response.Body = exchange.Body{Bytes: i.out.Payload}
	p.words.sayResponse(x, status, &i.out)
	x.Integration.Selector = []byte{}
	if i.out.FunctionError != "" {
		x.Integration.Selector = errorMessage(x, i.out.Payload)
	}
	return nil
}

// mapped is the value that parameter mapping gives a header field.
func mapped(x *exchange.Exchange, name string) string {
	value := ""
	for _, e := range x.Outgoing.Edits {
		if e.Op == exchange.EditOverwrite && exchange.EqualFold(e.Name, name) {
			value = string(e.Value)
		}
	}
	return value
}

// errInvocationType stands for what Lambda answers to other types.
var errInvocationType = errors.New("X-Amz-Invocation-Type is none of Event, RequestResponse and DryRun")

// invoke calls the function as a type says, and returns the status that Lambda answers with.
func (p *lambdaInvoke) invoke(ctx context.Context, kind string, i *invocation) (status int, err error) {
	switch kind {
	case "", "RequestResponse":
		return statusInvoked, p.function.Invoke(ctx, &i.in, &i.out)
	case "Event":
		return statusAccepted, p.function.Async(ctx, &i.in)
	case "DryRun":
		return statusChecked, p.function.Check()
	}
	return 0, &lambda.Error{Kind: lambda.Internal, Message: errInvocationType.Error()}
}

// notJSON is an event that no function takes. The client is told (reported with the text: serverless/serverless issues).
func notJSON(x *exchange.Exchange, err error) error {
	err = fmt.Errorf("Could not parse request body into json: %w", err) //nolint:staticcheck // AWS's text
	x.Integration.Error, x.Integration.ServiceStatus = err.Error(), statusBadRequest
	fault := exchange.Refuse(exchange.KindBadRequest, err)
	fault.Message = err.Error()
	return fault
}

// errorMessage is what a function says of its failure.
func errorMessage(x *exchange.Exchange, payload []byte) []byte {
	message := []byte{}
	jsontext.Members(payload, func(name, value []byte) {
		if jsontext.Is(name, "errorMessage") && value[0] == '"' {
			inner := value[1 : len(value)-1]
			message = jsontext.AppendUnquoted(x.Alloc(len(inner))[:0], inner)
		}
	})
	return message
}
