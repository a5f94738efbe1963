package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// eventStream is the content type of answers that are streams of events.
const eventStream = "application/vnd.amazon.eventstream"

// InvokeWithResponseStream runs a function and passes its answer on as it comes
// (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). The answer of a function that does
// not stream is one piece.
func (s *Service) InvokeWithResponseStream(ctx context.Context, call *wire.Call, in *gen.InvokeWithResponseStreamInput) (*gen.InvokeWithResponseStreamOutput, error) {
	inv, ref, err := invocation(call, request{
		name: in.FunctionName, qualifier: in.Qualifier, tenant: in.TenantId, payload: in.Payload, context: in.ClientContext, log: in.LogType,
	})
	if err != nil {
		return nil, err
	}
	if err := checkPayload(inv.Payload, gen.InvocationTypeRequestResponse); err != nil {
		return nil, err
	}
	if text(in.InvocationType) == string(gen.ResponseStreamingInvocationTypeDryRun) {
		return &gen.InvokeWithResponseStreamOutput{StatusCode: new(int32(http.StatusNoContent))}, refusal(call, s.Functions.Check(ref))
	}
	inv.Streaming = true
	out := new(lambda.Result)
	if err := s.Functions.Invoke(leaving(ctx), ref, inv, out); err != nil {
		return nil, refusal(call, err)
	}
	return &gen.InvokeWithResponseStreamOutput{
		EventStream: newEvents(inv, out), ExecutedVersion: optional[string](out.Version),
		ResponseStreamContentType: new(eventStream), StatusCode: new(int32(http.StatusOK)),
	}, nil
}

// events is the answer of a call as a stream of events: pieces of the payload, and at last how the call ended.
type events struct {
	in     *lambda.Invocation
	out    *lambda.Result
	answer io.ReadCloser
	piece  []byte
	// ready is what has been made of the answer and not been read.
	ready []byte
	ended bool
}

// maxPiece bounds the payload of an event.
const maxPiece = 64 << 10

func newEvents(in *lambda.Invocation, out *lambda.Result) *events {
	e := &events{in: in, out: out, answer: out.Stream, piece: make([]byte, maxPiece)}
	switch {
	case out.FunctionError != "" && out.Stream == nil: // the error object stands in the last event
		e.answer = io.NopCloser(bytes.NewReader(nil))
	case out.Stream == nil:
		e.answer = io.NopCloser(bytes.NewReader(out.Payload))
	}
	return e
}

// Read implements io.Reader.
func (e *events) Read(p []byte) (int, error) {
	for len(e.ready) == 0 {
		if e.ended {
			return 0, io.EOF
		}
		n, err := e.answer.Read(e.piece)
		e.ready = e.ready[:0]
		if n > 0 {
			e.ready = wire.AppendEvent(e.ready, wire.Event{Type: "PayloadChunk", ContentType: "application/octet-stream", Payload: e.piece[:n]})
		}
		if err != nil {
			e.ended = true
			e.ready = wire.AppendEvent(e.ready, wire.Event{Type: "InvokeComplete", ContentType: "application/json", Payload: e.complete(err)})
		}
	}
	n := copy(p, e.ready)
	e.ready = e.ready[n:]
	return n, nil
}

// Close ends the call's answer.
func (e *events) Close() error { return e.answer.Close() }

// complete says how the call ended.
func (e *events) complete(err error) []byte {
	var end struct {
		ErrorCode    string `json:",omitempty"`
		ErrorDetails string `json:",omitempty"`
		LogResult    string `json:",omitempty"`
	}
	if !errors.Is(err, io.EOF) {
		end.ErrorCode, end.ErrorDetails = "Unhandled", err.Error()
	}
	if e.out.FunctionError != "" {
		end.ErrorCode, end.ErrorDetails = e.out.FunctionError, string(e.out.Payload)
	}
	if e.in.Tail {
		end.LogResult = base64.StdEncoding.EncodeToString(e.out.LogTail)
	}
	body, _ := json.Marshal(end) // strings are always encoded
	return body
}
