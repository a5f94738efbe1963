package integrate

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
)

// streams answers with a stream.
func streams(r io.Reader) function {
	return func(in *lambda.Invocation, out *lambda.Result) error {
		if !in.Streaming {
			return errors.New("no stream is wanted")
		}
		out.Stream = io.NopCloser(r)
		return nil
	}
}

func streamStep(t *testing.T, f function) exchange.Step {
	t.Helper()
	step, err := RESTLambda(RESTLambdaConfig{
		Ref: gateway.FunctionRef{Name: "f"}, Function: f, Format: event.NewREST(event.RESTConfig{}), TimeoutMillis: 60_000,
		Stream: &Streaming{Idle: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

// TestLambdaStream: the format is that of the page response-transfer-mode-lambda of the developer guide.
func TestLambdaStream(t *testing.T) {
	const zeros = "\x00\x00\x00\x00\x00\x00\x00\x00"
	long := `{"headers":{"X-A":"` + strings.Repeat("a", 16<<10-22) + `"}}`
	for name, c := range map[string]struct {
		function function
		status   int
		fields   string
		body     string
		fault    string
	}{
		"all that there may be": {
			streams(strings.NewReader(`{"statusCode":201,"headers":{"X-A":"a","n":1},"multiValueHeaders":{"X-B":["1","2"]},"cookies":["c=1","d=2"],"more":{}}` + zeros + "payload")),
			201, "X-B: 1, X-B: 2, X-A: a, n: 1, Set-Cookie: c=1, Set-Cookie: d=2, ", "payload", "",
		},
		"byte by byte":         {streams(iotest.OneByteReader(strings.NewReader(`{}` + zeros + "\x00\x00payload"))), 200, "", "\x00\x00payload", ""},
		"no payload":           {streams(strings.NewReader(`{"statusCode":"204"}` + zeros)), 204, "", "", ""},
		"the longest metadata": {streams(strings.NewReader(long + zeros + "x")), 200, "X-A: " + strings.Repeat("a", 16<<10-22) + ", ", "x", ""},
		"longer":               {streams(strings.NewReader(" " + long + zeros + "x")), 0, "", "", "function_failure: the stream does not begin"},
		"no delimiter":         {streams(strings.NewReader(`{"statusCode":200}` + zeros[1:])), 0, "", "", "function_failure: the stream does not begin"},
		"no object":            {streams(strings.NewReader("text" + zeros)), 0, "", "", "function_failure: Execution failed due to configuration error: Malformed Lambda proxy response"},
		"no status":            {streams(strings.NewReader(`{"statusCode":"x"}` + zeros)), 0, "", "", "function_failure: Execution failed"},
		"no cookies":           {streams(strings.NewReader(`{"cookies":1}` + zeros)), 0, "", "", "function_failure: Execution failed"},
		"a field that is none": {streams(strings.NewReader(`{"headers":{"a\n":"b"}}` + zeros)), 0, "", "", "function_failure: Execution failed"},
		"broken off":           {streams(iotest.ErrReader(errors.New("gone"))), 0, "", "", "function_failure: gone"},
		"too slow":             {streams(iotest.ErrReader(os.ErrDeadlineExceeded)), 0, "", "", "integration_timeout"},
		"a failure": {func(_ *lambda.Invocation, out *lambda.Result) error {
			out.FunctionError, out.Payload = "Unhandled", []byte("{}")
			return nil
		}, 0, "", "", "function_failure: the function failed: Unhandled"},
		"a function without one": {func(_ *lambda.Invocation, out *lambda.Result) error {
			out.Payload = []byte(`{"statusCode":202}` + zeros + "whole")
			return nil
		}, 202, "", "whole", ""},
		"what may not be called":  {fails(lambda.Forbidden), 0, "", "", "configuration"},
		"a failure in the stream": {failsInStream(), 0, "", "", "function_failure: the function failed: Unhandled: why"},
	} {
		t.Run(name, func(t *testing.T) {
			x := &exchange.Exchange{REST: true}
			x.Request.Method = []byte("GET")
			err := streamStep(t, c.function).Run(t.Context(), x)
			if c.fault != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.fault) || x.Answered() {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(x.Response.Body.Stream)
			if err != nil || x.Response.Body.Close() != nil {
				t.Error(err)
			}
			fields := ""
			for _, f := range x.Response.Header.Fields() {
				if !exchange.EqualFold(f.Name, "X-Amzn-Trace-Id") {
					fields += string(f.Name) + ": " + string(f.Value) + ", "
				}
			}
			if x.Response.Status != c.status || fields != c.fields || string(body) != c.body {
				t.Errorf("got %d %q %q", x.Response.Status, fields, body)
			}
		})
	}
}

// failsInStream tells why with the stream's end, as functions that run here do.
func failsInStream() function {
	return func(_ *lambda.Invocation, out *lambda.Result) error {
		out.Stream = io.NopCloser(readerFunc(func([]byte) (int, error) {
			out.FunctionError, out.Payload = "Unhandled", []byte("why")
			return 0, errors.New("the function failed")
		}))
		return nil
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestPaced: the first 10 MB come at once, the rest at the rate (quotas of REST APIs, response streaming).
func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 14 << 20
		body := exchange.Body{Stream: io.NopCloser(bytes.NewReader(make([]byte, size))), Size: -1}
		(&Streaming{Rate: 2 << 20}).pace(&body)
		began := time.Now()
		if _, err := io.CopyN(io.Discard, body.Stream, freeOfRate-1); err != nil || time.Since(began) > time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		n, err := io.Copy(io.Discard, body.Stream)
		if took := time.Since(began); err != nil || n != size-freeOfRate+1 || took < 1900*time.Millisecond || took > 2*time.Second {
			t.Errorf("%d bytes, %v, after %v", n, err, took)
		}
	})
}

// TestIdle: a stream that stands still ends.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := newImpatient(r, time.Minute)
		go func() {
			for range 3 {
				time.Sleep(59 * time.Second)
				_, _ = w.Write([]byte("x"))
			}
		}()
		began := time.Now()
		got, err := io.ReadAll(s)
		if string(got) != "xxx" || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != 237*time.Second {
			t.Errorf("got %q, %v after %v", got, err, time.Since(began))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzMetadata: whatever a stream begins with is metadata or refused.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte("{\"statusCode\":200,\"headers\":{\"a\":\"b\"}}\x00\x00\x00\x00\x00\x00\x00\x00body"))
	f.Add([]byte("{\"cookies\":[\"a\",null]}\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		head, rest, err := readMetadata(iotest.HalfReader(bytes.NewReader(stream)))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(stream, head) || bytes.Contains(head, delimiter) || !bytes.HasPrefix(stream[len(head)+len(delimiter):], rest) {
			t.Fatalf("%q becomes %q and %q", stream, head, rest)
		}
		x := &exchange.Exchange{REST: true}
		if err := event.ReadMetadata(head, x); err == nil && (x.Response.Status < 100 || x.Response.Status > 999) {
			t.Errorf("status %d", x.Response.Status)
		}
	})
}
