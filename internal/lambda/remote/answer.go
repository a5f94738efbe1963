package remote

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/lambda"
)

func isEnd(err error) bool { return errors.Is(err, io.EOF) }

// readAPI reads what a Lambda API answered
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
func readAPI(answer *exchange.Response, body []byte, out *lambda.Result) error {
	if answer.Status != http.StatusOK {
		return refusal(answer, body)
	}
	h := &answer.Header
	out.Payload = body
	out.Version = string(h.Get("X-Amz-Executed-Version"))
	out.FunctionError = string(h.Get("X-Amz-Function-Error"))
	if tail := h.Get("X-Amz-Log-Result"); tail != nil {
		out.LogTail, _ = base64.StdEncoding.AppendDecode(nil, tail)
	}
	return nil
}

// refusal makes an error of an exception.
func refusal(answer *exchange.Response, body []byte) error {
	var said struct {
		Message string // or message: names are matched without regard to case
		Reason  string
	}
	_ = json.Unmarshal(body, &said)
	code, _, _ := bytes.Cut(answer.Header.Get("X-Amzn-ErrorType"), []byte(":"))
	e := &lambda.Error{
		Kind: kindOf(answer.Status), Message: said.Message, Reason: said.Reason,
		Cause: fmt.Errorf("the function's endpoint answered %d %s", answer.Status, code),
	}
	if e.Message == "" {
		e.Message = "The function's endpoint answered with status " + fmt.Sprint(answer.Status) + "."
	}
	return e
}

func kindOf(status int) lambda.Kind {
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return lambda.Forbidden
	case http.StatusNotFound:
		return lambda.NotFound
	case http.StatusConflict:
		return lambda.NotReady
	case http.StatusRequestEntityTooLarge:
		return lambda.TooLarge
	case http.StatusTooManyRequests:
		return lambda.Throttled
	}
	return lambda.Unreachable
}

// errBusy is an emulator that runs another call.
var errBusy = errors.New("the emulator runs another call")

// readEmulator reads what a runtime interface emulator answered. It has no header for the failure of a function, which
// then shows in the answer only; it answers 400 with nothing while it runs another call, 502 when the function's process
// has ended, and a line of text when the function took too long (aws/aws-lambda-runtime-interface-emulator
// internal/lambda/rie/handlers.go).
func readEmulator(answer *exchange.Response, body []byte, out *lambda.Result) error {
	if answer.Status == http.StatusBadRequest && len(body) == 0 {
		return &lambda.Error{Kind: lambda.Throttled, Message: "Rate Exceeded.", Cause: errBusy}
	}
	failed := isErrorObject(body)
	if answer.Status != http.StatusOK && (answer.Status != http.StatusBadGateway || !failed) {
		return refusal(answer, body)
	}
	out.Payload = body
	out.Version = "$LATEST"
	switch {
	case bytes.HasPrefix(body, []byte("Task timed out after ")):
		out.FunctionError = unhandled
		out.Payload, _ = json.Marshal(map[string]string{"errorType": "Sandbox.Timedout", "errorMessage": string(body)})
	case failed:
		out.FunctionError = unhandled
	}
	return nil
}

const unhandled = "Unhandled"

// isErrorObject tells what runtimes answer for a function that failed.
func isErrorObject(body []byte) bool {
	if !bytes.HasPrefix(body, []byte("{")) || !bytes.Contains(body, []byte(`"errorMessage"`)) {
		return false
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return false
	}
	for name := range object {
		switch name {
		case "errorMessage", "errorType", "stackTrace", "trace", "requestId", "cause":
		default:
			return false
		}
	}
	return object["errorMessage"] != nil && object["errorType"] != nil
}
