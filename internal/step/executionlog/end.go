package executionlog

import (
	"bytes"
	"context"

	"github.com/dipylon/dipylon/internal/exchange"
)

// End returns the step that says how a call ended. A writer gets the lines, and the journal goes; without one it stays with
// the call, for TestInvokeMethod.
func End(w Writer) exchange.Step {
	e := &end{writer: w}
	return exchange.Step{Name: Name, Detail: "tell the answer", Run: e.run}
}

type end struct {
	writer Writer
}

func (e *end) run(_ context.Context, x *exchange.Exchange) error {
	j := x.Journal
	if j == nil {
		return nil
	}
	if x.Fault == nil {
		succeeded(j, x)
	} else {
		failed(j, x)
	}
	if e.writer == nil {
		return nil
	}
	if len(x.Integration.RequestID) > 0 {
		j.Sayf(exchange.JournalInfo, "AWS Integration Endpoint RequestId : %s", x.Integration.RequestID)
	}
	if root := traceRoot(x.Traced()); root != nil {
		j.Sayf(exchange.JournalInfo, "X-ray Tracing ID : %s", root)
	}
	if len(j.Entries) > 0 {
		e.writer.LogCall(x.ID, j.Entries)
	}
	x.Journal = nil
	release(j)
	return nil
}

func release(j *exchange.Journal) {
	const keep = 64
	clear(j.Entries)
	if cap(j.Entries) > keep {
		j.Entries = nil
	}
	*j = exchange.Journal{Entries: j.Entries[:0]}
	journals.Put(j)
}

func succeeded(j *exchange.Journal, x *exchange.Exchange) {
	if j.On(exchange.JournalData) {
		j.Sayf(exchange.JournalData, "Method response body after transformations: %s", exchange.Payload(x.Response.Body.Known()))
		j.Sayf(exchange.JournalData, "Method response headers: %s", ownHeaders(x))
	}
	j.Sayf(exchange.JournalInfo, "Successfully completed execution")
	j.Sayf(exchange.JournalInfo, "Method completed with status: %d", x.Response.Status)
}

// failed tells why, if the step that refused has not.
func failed(j *exchange.Journal, x *exchange.Exchange) {
	if !j.Failed {
		switch x.Fault.Kind { //nolint:exhaustive // AWS has no such line for the others
		case exchange.KindIntegrationTimeout:
			j.Sayf(exchange.JournalError, "Execution failed due to a timeout error")
		case exchange.KindIntegrationFailure:
			j.Sayf(exchange.JournalError, "Execution failed due to a network error communicating with endpoint")
		case exchange.KindInternal, exchange.KindConfiguration, exchange.KindFunctionFailure:
			j.Sayf(exchange.JournalError, "Execution failed due to configuration error: %v", cause(x.Fault))
		}
	}
	if x.Fault.Step != authorization {
		j.Sayf(exchange.JournalError, "Method completed with status: %d", x.Response.Status)
	}
}

// authorization is the step whose refusals leave no method to be completed (recorded: public code index document
// 39070651949).
const authorization = "authorize"

func cause(f *exchange.Fault) string {
	if f.Cause == nil {
		return f.Kind.REST().Message
	}
	return f.Cause.Error()
}

// ownHeaders are a response's fields without the ids, which AWS adds behind the log (recorded: TestApigatewayTestInvoke).
func ownHeaders(x *exchange.Exchange) exchange.Hashed {
	var own exchange.Hashed
	for _, f := range x.Response.Header.Fields() {
		if !exchange.IsID(f.Name) {
			own = append(own, f)
		}
	}
	return own
}

// traceRoot is the root of a trace, without its name; nil if there is none.
func traceRoot(trace []byte) []byte {
	_, rest, ok := bytes.Cut(trace, []byte("Root="))
	if !ok {
		return nil
	}
	root, _, _ := bytes.Cut(rest, []byte{';'})
	return root
}
