package host

import (
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/jsontext"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// status is how a call ended, as AWS's reports have it.
type status string

const (
	statusSuccess status = "success"
	statusError   status = "error"
	statusTimeout status = "timeout"
)

// failure is how a call or an initialisation failed.
type failure struct {
	status status
	// kind is the type of the error, such as Runtime.ExitError.
	kind string
	// text is the message of an error that is ours to tell; payload the error as the worker told it.
	text    string
	payload []byte
}

// unhandled is the only FunctionError of today.
const unhandled = "Unhandled"

// timedOut is a function whose time is up
// (https://github.com/localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json: test_lambda_invoke_with_timeout).
func timedOut(timeout time.Duration) *failure {
	return &failure{status: statusTimeout, kind: "Sandbox.Timedout", text: fmt.Sprintf("Task timed out after %.2f seconds", timeout.Seconds())}
}

// exitFailure is a process that ended by itself (the same snapshots: test_lambda_runtime_exit, test_lambda_runtime_wrapper_not_found).
// Of memory AWS says https://github.com/adobe/helix-html2md-service/issues/1001.
func exitFailure(e sandbox.Exit) *failure {
	f := &failure{status: statusError, kind: "Runtime.ExitError", text: "Runtime exited without providing a reason"}
	if e.Text != "" {
		f.text = "Runtime exited with error: " + e.Text
	}
	if e.OutOfMemory {
		f.kind = "Runtime.OutOfMemory"
	}
	return f
}

// initFailure is what a worker said of its initialisation.
func initFailure(f *runtimeapi.Failure) *failure {
	return &failure{status: statusError, kind: f.Type, payload: f.Payload}
}

// answerFailure is an answer that is an error. What the function threw does not make the report one of an error (the same snapshots:
// test_invocation_type_event_error).
func answerFailure(a *runtimeapi.Answer) *failure {
	switch {
	case !a.Failed:
		return nil
	case a.ErrorType == runtimeapi.TooLarge:
		return tooLarge(lambda.MaxResponse)
	}
	return &failure{status: statusSuccess, kind: a.ErrorType, payload: a.Payload}
}

// tooLarge is an answer over the limit (the same snapshots: test_lambda_too_large_response).
func tooLarge(limit int) *failure {
	payload := fmt.Sprintf(`{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":%q}`, limit, runtimeapi.TooLarge)
	return &failure{status: statusError, kind: runtimeapi.TooLarge, payload: []byte(payload)}
}

// message is the text with the call's id.
func (f *failure) message(requestID string) string {
	return "RequestId: " + requestID + " Error: " + f.text
}

// object is the error as the caller gets it.
func (f *failure) object(requestID string) []byte {
	if f.text == "" {
		return f.payload
	}
	b := append([]byte(`{"errorType":`), jsontext.AppendString(nil, f.kind)...)
	b = append(b, `,"errorMessage":`...)
	b = jsontext.AppendString(b, f.message(requestID))
	return append(b, '}')
}
