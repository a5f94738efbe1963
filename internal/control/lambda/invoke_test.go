package lambda

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

func TestInvoke(t *testing.T) {
	f := newFixture(t)
	f.fns.result = lambda.Result{Version: "7", Payload: []byte(`{"ok":true}`), LogTail: []byte("START\n")}
	context := base64.StdEncoding.EncodeToString([]byte(`{"client":{}}`))
	status, header, body := f.send("POST", functionsPath+"/f:live/invocations", `{"a":1}`,
		"X-Amz-Log-Type", "Tail", "X-Amz-Client-Context", context, "X-Amzn-Trace-Id", "Root=1-2-3")
	if status != 200 || body != `{"ok":true}` {
		t.Errorf("%d %s", status, body)
	}
	for name, want := range map[string]string{
		"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": base64.StdEncoding.EncodeToString([]byte("START\n")), "X-Amz-Function-Error": "",
	} {
		if got := strings.Join(header[name], ""); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	in := f.fns.last
	if string(in.Payload) != `{"a":1}` || !in.Tail || in.ClientContext != `{"client":{}}` || in.TraceID != "Root=1-2-3" || in.RequestID == "" || in.Streaming {
		t.Errorf("invocation %+v", in)
	}
	if want := (gateway.FunctionRef{Tenant: gateway.Tenant{Account: account, Region: region}, Name: "f", Qualifier: "live"}); f.fns.ref != want {
		t.Errorf("ref %+v", f.fns.ref)
	}

	f.fns.result = lambda.Result{Version: "$LATEST", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"x"}`)}
	status, header, body = f.send("POST", functionsPath+"/f/invocations", "")
	if status != 200 || strings.Join(header["X-Amz-Function-Error"], "") != "Unhandled" || body != `{"errorMessage":"x"}` {
		t.Errorf("function error: %d %v %s", status, header, body)
	}
	if string(f.fns.last.Payload) != "{}" || f.fns.last.Tail {
		t.Errorf("no payload became %s", f.fns.last.Payload)
	}
}

func TestInvokeLater(t *testing.T) {
	f := newFixture(t)
	for path, want := range map[string]string{functionsPath + "/f/invocations": "", "/2014-11-13/functions/f/invoke-async/": ""} {
		status, _, body := f.send("POST", path, `{"a":1}`, "X-Amz-Invocation-Type", "Event")
		if status != 202 || body != want && path == functionsPath+"/f/invocations" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if f.fns.queued != 2 || string(f.fns.last.Payload) != `{"a":1}` {
		t.Errorf("%d queued, the last %s", f.fns.queued, f.fns.last.Payload)
	}
	status, _, _ := f.send("POST", functionsPath+"/f/invocations", `{}`, "X-Amz-Invocation-Type", "DryRun")
	if status != 204 || f.fns.queued != 2 {
		t.Errorf("dry run: %d", status)
	}
	long := `"` + strings.Repeat("x", lambda.MaxAsync) + `"`
	status, _, body := f.send("POST", functionsPath+"/f/invocations", long, "X-Amz-Invocation-Type", "Event")
	if want := "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"; status != 413 || !strings.Contains(body, want) {
		t.Errorf("%d %s", status, body)
	}
}

func TestClientContext(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct{ sent, want string }{
		"long":   {base64.StdEncoding.EncodeToString([]byte(`"` + strings.Repeat("x", 3000) + `"`)), "Client context must be less than or equal to 3583 bytes"},
		"base64": {"***", "Client context must be a valid Base64-encoded JSON object."},
		"JSON":   {"bm8=", "Client context must be a valid Base64-encoded JSON object."},
	} {
		status, _, body := f.send("POST", functionsPath+"/f/invocations", "{}", "X-Amz-Client-Context", c.sent)
		if status != 400 || parse(t, body).text("message") != c.want {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// TestRefusedCalls has AWS's exception for each reason not to run a function.
func TestRefusedCalls(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"not found":   {&lambda.Error{Kind: lambda.NotFound, Message: "m"}, "404 ResourceNotFoundException: m"},
		"forbidden":   {&lambda.Error{Kind: lambda.Forbidden, Message: "m"}, "403 AccessDeniedException: m"},
		"throttled":   {&lambda.Error{Kind: lambda.Throttled, Message: "Rate Exceeded."}, "429 TooManyRequestsException: Rate Exceeded."},
		"too large":   {&lambda.Error{Kind: lambda.TooLarge, Message: "m"}, "413 RequestEntityTooLargeException: m"},
		"not ready":   {&lambda.Error{Kind: lambda.NotReady, Message: "m"}, "409 ResourceConflictException: m"},
		"no runtime":  {&lambda.Error{Kind: lambda.NoRuntime, Message: "m"}, "502 InvalidRuntimeException: m"},
		"unreachable": {&lambda.Error{Kind: lambda.Unreachable, Message: "m"}, "500 ServiceException: m"},
		"internal":    {&lambda.Error{Kind: lambda.Internal, Message: "secret"}, "500 InternalFailure: The request processing has failed because of an unknown error, exception or failure."},
		"other":       {errors.New("secret"), "500 InternalFailure: The request processing has failed because of an unknown error, exception or failure."},
	} {
		f.fns.err = c.err
		if got := f.refused("POST", functionsPath+"/f/invocations", "{}"); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	f.fns.err = &lambda.Error{Kind: lambda.Throttled, Message: "m", Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"}
	_, header, body := f.send("POST", functionsPath+"/f/invocations", "{}")
	if header.Get("Retry-After") != "1" || parse(t, body).text("Reason") != "ReservedFunctionConcurrentInvocationLimitExceeded" {
		t.Errorf("%v %s", header, body)
	}
}

// event is a decoded event of an answer.
type event struct{ kind, payload string }

func decode(t *testing.T, body string) []event {
	t.Helper()
	var list []event
	for r := strings.NewReader(body); r.Len() > 0; {
		m, err := eventstream.NewDecoder().Decode(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, event{m.Headers.Get(":event-type").String(), string(m.Payload)})
	}
	return list
}

func TestInvokeWithResponseStream(t *testing.T) {
	f := newFixture(t)
	const path = "/2021-11-15/functions/f/response-streaming-invocations"
	stream := func(pieces ...io.Reader) io.ReadCloser { return io.NopCloser(io.MultiReader(pieces...)) }
	tail := base64.StdEncoding.EncodeToString([]byte("END"))
	for name, c := range map[string]struct {
		result lambda.Result
		want   []event
	}{
		"pieces": {
			lambda.Result{Version: "1", Stream: stream(strings.NewReader("one"), strings.NewReader("two")), LogTail: []byte("END")},
			[]event{{"PayloadChunk", "one"}, {"PayloadChunk", "two"}, {"InvokeComplete", `{"LogResult":"` + tail + `"}`}},
		},
		"buffered": {
			lambda.Result{Version: "1", Payload: []byte(`{"a":1}`), LogTail: []byte("END")},
			[]event{{"PayloadChunk", `{"a":1}`}, {"InvokeComplete", `{"LogResult":"` + tail + `"}`}},
		},
		"function error": {
			lambda.Result{Version: "1", FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"x"}`), LogTail: []byte("END")},
			[]event{{"InvokeComplete", `{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"x\"}","LogResult":"` + tail + `"}`}},
		},
		"broken off": {
			lambda.Result{Version: "1", Stream: stream(strings.NewReader("one"), iotest.ErrReader(errors.New("the worker ended"))), LogTail: []byte("END")},
			[]event{{"PayloadChunk", "one"}, {"InvokeComplete", `{"ErrorCode":"Unhandled","ErrorDetails":"the worker ended","LogResult":"` + tail + `"}`}},
		},
	} {
		f.fns.result = c.result
		status, header, body := f.send("POST", path, "{}", "X-Amz-Log-Type", "Tail")
		if status != 200 || header.Get("Content-Type") != "application/vnd.amazon.eventstream" || header.Get("X-Amz-Executed-Version") != "1" {
			t.Errorf("%s: %d %v", name, status, header)
		}
		got := decode(t, body)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: event %d is %v, want %v", name, i, got[i], c.want[i])
			}
		}
	}
	if !f.fns.last.Streaming {
		t.Error("the call does not allow a stream")
	}
	f.fns.result = lambda.Result{Stream: stream(bytes.NewReader(make([]byte, 3*maxPiece)))}
	_, _, body := f.send("POST", path, "{}")
	if got := decode(t, body); len(got) != 4 || len(got[0].payload) != maxPiece {
		t.Errorf("%d events", len(got))
	}
}

// FuzzLocate looks for names that panic or that become empty.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{"f", "function:f", "1:2:3", account + ":function:f:1", arn + "f:$LATEST", ":", "arn:aws:lambda:", "eu-west-1:x"} {
		f.Add(seed)
	}
	pattern := namePattern()
	f.Fuzz(func(t *testing.T, name string) {
		ref, err := locate(testCall(), name, nil)
		if err == nil && pattern.MatchString(name) && ref.Name == "" {
			t.Errorf("%q has no name", name)
		}
	})
}
