package remote

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/sigv4"
	"github.com/dipylon/dipylon/internal/upstream"
)

var tenant = gateway.Tenant{Account: "111122223333", Region: "eu-west-1"}

func ref(name, qualifier string) gateway.FunctionRef {
	return gateway.FunctionRef{Tenant: tenant, Name: name, Qualifier: qualifier}
}

func newFunctions(t *testing.T, o Options) *Functions {
	t.Helper()
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	o.Client = client
	if o.KeyID == "" {
		o.KeyID, o.Secret = "AKID", "secret"
	}
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func invoke(t *testing.T, f *Functions, r gateway.FunctionRef, in lambda.Invocation) (lambda.Result, error) {
	t.Helper()
	runner, _ := f.Runner(r)
	if runner == nil {
		t.Fatalf("%s is not mapped", r.ARN())
	}
	ended := 0
	in.Ended = func() { ended++ }
	if in.Payload == nil {
		in.Payload = []byte(`{}`)
	}
	var out lambda.Result
	err := runner.Invoke(t.Context(), &in, &out)
	if ended != 1 {
		t.Errorf("the call ended %d times", ended)
	}
	return out, err
}

func TestMapping(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:111122223333:function:f"
	f := newFunctions(t, Options{Endpoints: map[string]string{
		"f": "http://name", arn: "http://arn", arn + ":prod": "http://alias", "g": "http://other", "*": "http://all:1234",
		"emulated": "http://rie:8080/2015-03-31/functions/function/invocations",
	}})
	cases := []struct {
		name, qualifier, addr, target string
		first                         bool
	}{
		{"f", "prod", "alias:80", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/invocations?Qualifier=prod", true},
		{"f", "1", "arn:80", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/invocations?Qualifier=1", true},
		{"g", "$LATEST", "other:80", "/2015-03-31/functions/g/invocations?Qualifier=%24LATEST", true},
		{"g", "", "other:80", "/2015-03-31/functions/g/invocations", true},
		{"../h", "", "all:1234", "/2015-03-31/functions/..%2Fh/invocations", false},
		{"*", "", "all:1234", "/2015-03-31/functions/%2A/invocations", false},
		{"emulated", "1", "rie:8080", "/2015-03-31/functions/function/invocations", true},
	}
	for _, c := range cases {
		r, first := f.Runner(ref(c.name, c.qualifier))
		got, ok := r.(*runner)
		if !ok {
			t.Errorf("%s: no runner", c.name)
			continue
		}
		target := string(got.path)
		if got.query != nil {
			target += "?" + string(got.query)
		}
		if got.target.Addr != c.addr || target != c.target || first != c.first {
			t.Errorf("%s:%s: %s%s, first %t", c.name, c.qualifier, got.target.Addr, target, first)
		}
	}
	if r, _ := newFunctions(t, Options{}).Runner(ref("f", "")); r != nil {
		t.Error("nothing is mapped")
	}
}

func TestNewRefuses(t *testing.T) {
	for _, text := range []string{"", "ftp://x", "http://", "http://u:p@x", "http://x?a=b", "http://x#a", "://"} {
		if _, err := New(Options{Endpoints: map[string]string{"f": text}, KeyID: "a", Secret: "b"}); err == nil || !strings.Contains(err.Error(), "of f") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := New(Options{Endpoints: map[string]string{"f": "http://x"}}); err == nil || !strings.Contains(err.Error(), "key pair") {
		t.Errorf("no key pair: %v", err)
	}
	if _, err := New(Options{Endpoints: map[string]string{"f": "http://x/path"}}); err != nil {
		t.Error(err)
	}
}

// TestSignedCall has a verifier check what a Lambda API gets.
func TestSignedCall(t *testing.T) {
	verifier, err := sigv4.NewVerifier(sigv4.Options{Credentials: []sigv4.Credential{
		{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token", Name: "ci", Role: sigv4.Admin},
	}})
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		payload, _ := io.ReadAll(r.Body)
		result, err := verifier.Verify(r, payload)
		if err != nil || result.Service != "lambda" || result.Region != "eu-west-1" {
			t.Errorf("%+v, %v", result, err)
		}
		h := r.Header
		if h.Get("X-Amz-Invocation-Type") != "RequestResponse" || h.Get("X-Amz-Log-Type") != "Tail" || h.Get("X-Amzn-Trace-Id") != "Root=1" ||
			h.Get("X-Amz-Client-Context") != base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)) || string(payload) != `{"b":2}` {
			t.Errorf("%v %s", h, payload)
		}
		w.Header().Set("X-Amz-Executed-Version", "7")
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("the tail")))
		_, _ = io.WriteString(w, `{"errorMessage":"no"}`)
	})
	f := newFunctions(t, Options{Endpoints: map[string]string{"f": url}, KeyID: "AKID", Secret: "secret", Token: "token"})
	for range 2 {
		out, err := invoke(t, f, ref("f", "prod"), lambda.Invocation{
			Payload: []byte(`{"b":2}`), TraceID: "Root=1", ClientContext: `{"a":1}`, Tail: true,
		})
		if err != nil || out.Version != "7" || out.FunctionError != "Unhandled" || string(out.Payload) != `{"errorMessage":"no"}` || string(out.LogTail) != "the tail" {
			t.Errorf("%+v, %v", out, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		status        int
		body          string
		kind          lambda.Kind
		message, code string
	}{
		// Recorded: LocalStack's validated TestLambdaConcurrency and test_invoke_exceptions.
		{429, `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`, lambda.Throttled, "Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded"},
		{404, `{"Type":"User","Message":"Function not found: arn"}`, lambda.NotFound, "Function not found: arn", ""},
		{403, `{"message":"The security token included in the request is invalid."}`, lambda.Forbidden, "The security token", ""},
		{413, `{"message":"too long"}`, lambda.TooLarge, "too long", ""},
		{409, `{"message":"Pending"}`, lambda.NotReady, "Pending", ""},
		{500, `<html>`, lambda.Unreachable, "answered with status 500", ""},
		{302, ``, lambda.Unreachable, "answered with status 302", ""},
	}
	for _, c := range cases {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", "SomeException:http://x")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		_, err := invoke(t, newFunctions(t, Options{Endpoints: map[string]string{"*": url}}), ref("f", ""), lambda.Invocation{})
		refused, ok := errors.AsType[*lambda.Error](err)
		if !ok || refused.Kind != c.kind || !strings.Contains(refused.Message, c.message) || refused.Reason != c.code ||
			!strings.HasSuffix(err.Error(), "SomeException") {
			t.Errorf("%d: %v", c.status, err)
		}
	}
}

func TestEmulator(t *testing.T) {
	cases := []struct {
		name, body string
		status     int
		payload    string
		failed     bool
	}{
		{"object", `{"a":1}`, 200, `{"a":1}`, false},
		{"text", `"x"`, 200, `"x"`, false},
		{"failure", `{"errorMessage":"no","errorType":"Error","stackTrace":[]}`, 200, `{"errorMessage":"no","errorType":"Error","stackTrace":[]}`, true},
		{"an answer with such a member", `{"errorMessage":"no","errorType":"Error","statusCode":200}`, 200, `{"errorMessage":"no","errorType":"Error","statusCode":200}`, false},
		{"one member only", `{"errorMessage":"no"}`, 200, `{"errorMessage":"no"}`, false},
		{"exit", `{"errorType":"Runtime.ExitError","errorMessage":"x"}`, 502, `{"errorType":"Runtime.ExitError","errorMessage":"x"}`, true},
		{"timeout", "Task timed out after 3.00 seconds", 200, `{"errorMessage":"Task timed out after 3.00 seconds","errorType":"Sandbox.Timedout"}`, true},
	}
	for _, c := range cases {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/2015-03-31/functions/function/invocations" || r.Header.Get("Authorization") != "" || r.Header.Get("X-Amzn-Trace-Id") != "Root=1" {
				t.Errorf("%s %v", r.URL, r.Header)
			}
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		f := newFunctions(t, Options{Endpoints: map[string]string{"f": url + "/2015-03-31/functions/function/invocations"}})
		out, err := invoke(t, f, ref("f", "1"), lambda.Invocation{TraceID: "Root=1"})
		if err != nil || string(out.Payload) != c.payload || (out.FunctionError != "") != c.failed {
			t.Errorf("%s: %+v, %v", c.name, out, err)
		}
	}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(502)
		_, _ = io.WriteString(w, "<html>")
	})
	_, err := invoke(t, newFunctions(t, Options{Endpoints: map[string]string{"f": url + "/x"}}), ref("f", ""), lambda.Invocation{})
	if refused, ok := errors.AsType[*lambda.Error](err); !ok || refused.Kind != lambda.Unreachable {
		t.Errorf("a proxy's 502: %v", err)
	}
}

// TestBusyEmulator waits for its turn.
func TestBusyEmulator(t *testing.T) {
	var calls atomic.Int64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `"done"`)
	})
	f := newFunctions(t, Options{Endpoints: map[string]string{"f": url + "/x"}})
	out, err := invoke(t, f, ref("f", ""), lambda.Invocation{})
	if err != nil || string(out.Payload) != `"done"` || calls.Load() != 3 {
		t.Errorf("%+v, %v after %d calls", out, err, calls.Load())
	}
	calls.Store(-1000)
	_, err = invoke(t, f, ref("f", ""), lambda.Invocation{Deadline: time.Now().Add(50 * time.Millisecond)})
	if refused, ok := errors.AsType[*lambda.Error](err); !ok || refused.Kind != lambda.Throttled && refused.Kind != lambda.TimedOut {
		t.Errorf("error %v", err)
	}
}

func TestLongAnswers(t *testing.T) {
	for _, c := range []struct {
		bytes   int
		chunked bool
		ok      bool
	}{{100 << 10, false, true}, {100 << 10, true, true}, {lambda.MaxResponse, false, true}, {lambda.MaxResponse, true, true}, {lambda.MaxResponse + 1, false, false}, {lambda.MaxResponse + 1, true, false}} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.chunked {
				w.(http.Flusher).Flush()
			}
			_, _ = io.WriteString(w, strings.Repeat("x", c.bytes))
		})
		out, err := invoke(t, newFunctions(t, Options{Endpoints: map[string]string{"f": url}}), ref("f", ""), lambda.Invocation{})
		if c.ok != (err == nil) || c.ok && len(out.Payload) != c.bytes {
			t.Errorf("%+v: %d bytes, %v", c, len(out.Payload), err)
		}
		if !c.ok && !errors.Is(err, errTooLong) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestConnectIsRepeated: a connection that does not come about is tried again, a call that was sent is not.
func TestConnectIsRepeated(t *testing.T) {
	var dials atomic.Int64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "1") })
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) < 3 {
			return nil, errors.New("refused")
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	client := upstream.New(upstream.Options{Dial: dial})
	defer client.Close()
	f := newFunctions(t, Options{Endpoints: map[string]string{"f": url}})
	f.opts.Client = client
	if _, err := invoke(t, f, ref("f", ""), lambda.Invocation{}); err != nil || dials.Load() != 3 {
		t.Errorf("%v after %d dials", err, dials.Load())
	}
	var calls atomic.Int64
	broken := serve(t, func(http.ResponseWriter, *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	})
	_, err := invoke(t, newFunctions(t, Options{Endpoints: map[string]string{"f": broken}}), ref("f", ""), lambda.Invocation{})
	if refused, ok := errors.AsType[*lambda.Error](err); !ok || refused.Kind != lambda.Unreachable || calls.Load() != 1 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

func TestDeadline(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	f := newFunctions(t, Options{Endpoints: map[string]string{"f": url}})
	_, err := invoke(t, f, ref("f", ""), lambda.Invocation{Deadline: time.Now().Add(20 * time.Millisecond)})
	if refused, ok := errors.AsType[*lambda.Error](err); !ok || refused.Kind != lambda.TimedOut {
		t.Errorf("error %v", err)
	}
	runner, _ := f.Runner(ref("f", ""))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = runner.Invoke(ctx, &lambda.Invocation{Ended: func() {}}, &lambda.Result{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// meters count by name.
type meters struct {
	names          []string
	ran, throttled int
}

func (m *meters) Meter(_ gateway.Tenant, name string) lambda.Meter {
	m.names = append(m.names, name)
	return m
}
func (m *meters) Forget(gateway.Tenant, string)    {}
func (m *meters) Ran(_ time.Duration, failed bool) { m.ran++ }
func (m *meters) Throttled()                       { m.throttled++ }

func TestMeters(t *testing.T) {
	status := 200
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	m := &meters{}
	f := newFunctions(t, Options{Endpoints: map[string]string{"*": url}, Meters: m})
	for _, status = range []int{200, 429, 500} {
		_, _ = invoke(t, f, ref("f", ""), lambda.Invocation{})
	}
	if len(m.names) != 1 || m.names[0] != "*" || m.ran != 1 || m.throttled != 1 {
		t.Errorf("%+v", m)
	}
}

func FuzzErrorObject(f *testing.F) {
	for _, seed := range []string{`{"errorMessage":"a","errorType":"b"}`, `{}`, `[`, `{"errorMessage":`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, body []byte) { isErrorObject(body) })
}
