package lambda

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jsontext"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// Invoke runs a function: now, later, or not at all (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
func (s *Service) Invoke(ctx context.Context, call *wire.Call, in *gen.InvokeInput) (*gen.InvokeOutput, error) {
	if text(in.DurableExecutionName) != "" {
		return nil, notBuilt("durable functions")
	}
	inv, ref, err := invocation(call, request{
		name: in.FunctionName, qualifier: in.Qualifier, tenant: in.TenantId, payload: in.Payload, context: in.ClientContext, log: in.LogType,
	})
	if err != nil {
		return nil, err
	}
	kind := gen.InvocationType(or(in.InvocationType, string(gen.InvocationTypeRequestResponse)))
	if err := checkPayload(inv.Payload, kind); err != nil {
		return nil, err
	}
	switch kind {
	case gen.InvocationTypeDryRun:
		return &gen.InvokeOutput{StatusCode: new(int32(http.StatusNoContent))}, refusal(call, s.Functions.Check(ref))
	case gen.InvocationTypeEvent:
		return &gen.InvokeOutput{StatusCode: new(int32(http.StatusAccepted))}, refusal(call, s.Functions.Enqueue(ctx, ref, inv))
	case gen.InvocationTypeRequestResponse:
	}
	var out lambda.Result
	if err := s.Functions.Invoke(leaving(ctx), ref, inv, &out); err != nil {
		return nil, refusal(call, err)
	}
	return &gen.InvokeOutput{
		ExecutedVersion: optional[string](out.Version), FunctionError: optional[string](out.FunctionError),
		LogResult: logResult(inv, &out), Payload: out.Payload, StatusCode: new(int32(http.StatusOK)),
	}, nil
}

// leaving is the context of a call that goes on when its client leaves, as on AWS, and when the server has read nothing
// from the client for a while: it knows nothing of functions that take minutes. The function's timeout ends it.
func leaving(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// request is what the operations that run functions have in common.
type request struct {
	name                       string
	qualifier, tenant, context *string
	payload                    []byte
	log                        *gen.LogType
}

func invocation(call *wire.Call, in request) (*lambda.Invocation, gateway.FunctionRef, error) {
	ref, err := locate(call, in.name, in.qualifier)
	if err != nil {
		return nil, ref, err
	}
	if text(in.tenant) != "" {
		return nil, ref, notBuilt("tenant isolation")
	}
	inv := &lambda.Invocation{
		Payload: in.payload, RequestID: call.RequestID, TraceID: call.TraceID, Tail: text(in.log) == string(gen.LogTypeTail),
	}
	if len(inv.Payload) == 0 {
		inv.Payload = []byte("{}")
	}
	inv.ClientContext, err = clientContext(text(in.context))
	return inv, ref, err
}

// maxClientContext is the longest client context as it is sent
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext).
const maxClientContext = 3583

func clientContext(sent string) (string, error) {
	if len(sent) > maxClientContext {
		return "", &gen.InvalidRequestContentException{
			Type: user(), Message: "Client context must be less than or equal to " + itoa(maxClientContext) + " bytes",
		}
	}
	decoded, err := base64.StdEncoding.DecodeString(sent)
	if err == nil && sent != "" {
		err = jsontext.Check(decoded)
	}
	if err != nil {
		return "", &gen.InvalidRequestContentException{
			Type: user(), Message: "Client context must be a valid Base64-encoded JSON object.",
		}
	}
	return string(decoded), nil
}

// checkPayload has its first text from clients' reports; LocalStack recorded the second.
func checkPayload(payload []byte, kind gen.InvocationType) error {
	limit := lambda.MaxRequest
	if kind == gen.InvocationTypeEvent {
		limit = lambda.MaxAsync
	}
	if len(payload) > limit {
		return tooLarge("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(payload), kind, limit)
	}
	if err := jsontext.Check(payload); err != nil {
		return &gen.InvalidRequestContentException{
			Type: user(), Message: "Could not parse request body into json: Could not parse payload into json: " + err.Error(),
		}
	}
	return nil
}

func logResult(in *lambda.Invocation, out *lambda.Result) *string {
	if !in.Tail {
		return nil
	}
	return new(base64.StdEncoding.EncodeToString(out.LogTail))
}

// refusal is AWS's exception for why a function was not run.
func refusal(call *wire.Call, err error) error {
	e, ok := errors.AsType[*lambda.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case lambda.NotFound:
		return notFound("%s", e.Message)
	case lambda.Forbidden, lambda.NotAssumed:
		return denied("%s", e.Message)
	case lambda.Throttled:
		return &gen.TooManyRequestsException{
			Type: user(), Message: e.Message, Reason: optional[gen.ThrottleReason](e.Reason), RetryAfterSeconds: new("1"),
		}
	case lambda.TooLarge:
		return tooLarge("%s", e.Message)
	case lambda.NotReady:
		return conflict("%s", e.Message)
	case lambda.NoRuntime:
		return &gen.InvalidRuntimeException{Type: user(), Message: e.Message}
	case lambda.Internal, lambda.Unreachable, lambda.TimedOut:
	}
	if e.Kind == lambda.Internal { // the log tells what the client must not know
		return err
	}
	return &gen.ServiceException{Message: e.Message, Type: new("Service")}
}

// InvokeAsync is the old form of asynchronous calls (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html).
func (s *Service) InvokeAsync(ctx context.Context, call *wire.Call, in *gen.InvokeAsyncInput) (*gen.InvokeAsyncOutput, error) {
	payload, err := io.ReadAll(in.InvokeArgs)
	if err != nil {
		return nil, err
	}
	out, err := s.Invoke(ctx, call, &gen.InvokeInput{
		FunctionName: in.FunctionName, InvocationType: new(gen.InvocationTypeEvent), Payload: payload,
	})
	if err != nil {
		return nil, err
	}
	return &gen.InvokeAsyncOutput{Status: out.StatusCode}, nil
}
