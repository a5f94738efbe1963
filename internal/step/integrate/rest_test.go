package integrate

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/upstream"
)

func restProxy(t *testing.T, b Backends, uri string) exchange.Step {
	t.Helper()
	insecure := true
	step, err := RESTHTTPProxy(RESTHTTPConfig{
		Integration: gateway.RestIntegration{Method: "ANY", URI: uri, TimeoutMillis: 1000, InsecureSkipVerification: &insecure},
		APIID:       "api", Mapped: func(name string) bool { return name == "id" }, Backends: b,
	})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func TestRESTHTTPProxy(t *testing.T) {
	var b fakeBackend
	x := call()
	x.REST = true
	x.Request.Query = []byte("q=1")
	x.Outgoing.Vars = []exchange.PathVar{{Name: "id", Value: []byte("7")}}
	if err := restProxy(t, &b, "https://b.example/x/{id}?k=1").Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if got := b.addr + " " + b.host + " " + b.target; got != "b.example:443 b.example /x/7?k=1&q=1" {
		t.Errorf("got %s", got)
	}
	if _, err := RESTHTTPProxy(RESTHTTPConfig{Integration: gateway.RestIntegration{URI: "http://b.example/{other}"}, Mapped: func(string) bool { return false }}); err == nil {
		t.Error("a variable that nothing maps is taken")
	}
}

// TestRESTHeaders is recorded: aws-behaviour.md, fact 19.
func TestRESTHeaders(t *testing.T) {
	x := call()
	x.REST = true
	x.Request.Remote, x.Request.Local = netip.MustParseAddrPort("1.2.3.4:5"), netip.MustParseAddrPort("127.0.0.1:443")
	x.Request.Header.Reset()
	for _, f := range []string{
		"Host: a", "Accept: x", "Connection: keep-alive, Hop", "Hop: 1", "TE: a", "Content-Length: 1", "Transfer-Encoding: chunked", "Expect: a",
		"Upgrade: a", "X-Forwarded-For: 9.9.9.9", "X-Amzn-Trace-Id: Root=1-2-3", "Via: v", "Authorization: secret", "Content-MD5: a", "Max-Forwards: 1", "Server: a", "WWW-Authenticate: a", "Proxy-Authorization: a",
	} {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	if err := restProxy(t, &fakeBackend{}, "http://b.example/").Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range x.Integration.Header.Fields() {
		got = append(got, string(f.Name)+": "+string(f.Value))
	}
	const want = "Accept: x|Via: v|Authorization: secret|User-Agent: AmazonAPIGateway_api|X-Amzn-Apigateway-Api-Id: api|X-Amzn-Trace-Id: Root=1-2-3|" +
		"X-Forwarded-For: 9.9.9.9, 1.2.3.4|X-Forwarded-Port: 443|X-Forwarded-Proto: https"
	if joined := strings.Join(got, "|"); joined != want {
		t.Errorf("got %s", joined)
	}
}

// TestRESTFailures: facts 5, 12 and 14 of aws-behaviour.md; statuses are those of REST APIs.
func TestRESTFailures(t *testing.T) {
	for _, c := range []struct {
		name     string
		function function
		status   int
		body     string
	}{
		{"answers", answers(`{"body":"x"}`), 200, "x"},
		{"no answer", answers(`[1]`), 502, ""},
		{"broken base64", answers(`{"body":"%","isBase64Encoded":true}`), 500, ""},
		{"not found", fails(lambda.NotFound), 500, ""},
		{"not allowed", fails(lambda.Forbidden), 500, ""},
		{"too many", fails(lambda.Throttled), 500, ""},
		{"too slow", fails(lambda.TimedOut), 504, ""},
		{"too large", fails(lambda.TooLarge), 413, ""},
		{"an error of its own", func(_ *lambda.Invocation, out *lambda.Result) error {
			out.FunctionError = "Unhandled"
			return nil
		}, 502, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			step, err := RESTLambda(RESTLambdaConfig{
				Function: c.function, Format: event.NewREST(event.RESTConfig{Binary: content.MediaTypes{"*/*"}}), TimeoutMillis: 1000,
			})
			if err != nil {
				t.Fatal(err)
			}
			x := call()
			x.REST = true
			err = step.Run(t.Context(), x)
			status := x.Response.Status
			var fault *exchange.Fault
			if errors.As(err, &fault) {
				status = fault.Kind.REST().Status
			}
			if status != c.status || string(x.Response.Body.Bytes) != c.body {
				t.Errorf("got %d %s, %v", status, x.Response.Body.Bytes, err)
			}
		})
	}
	for err, status := range map[error]int{
		&upstream.Error{Op: upstream.OpRead, Timeout: true, Err: errors.New("slow")}: 504,
		&upstream.Error{Op: upstream.OpDial, Err: errors.New("refused")}:             504,
	} {
		x := call()
		x.REST = true
		var fault *exchange.Fault
		if got := restProxy(t, &fakeBackend{err: err}, "http://b.example/").Run(t.Context(), x); !errors.As(got, &fault) || fault.Kind.REST().Status != status {
			t.Errorf("%v: got %v", err, got)
		}
	}
}

// TestRESTTrace is recorded: aws-behaviour.md, fact 4.
func TestRESTTrace(t *testing.T) {
	for sent, want := range map[string]string{
		"Root=1-2-3;Parent=4;Sampled=1": "Root=1-2-3;Parent=4;Sampled=1",
		"Root=1-2-3":                    "Root=1-2-3;Parent=",
	} {
		x := &exchange.Exchange{}
		x.Request.Header.Add([]byte("X-Amzn-Trace-Id"), []byte(sent))
		if got := string(x.ResponseTraceID()); !strings.HasPrefix(got, want) || len(want) < len(sent)+8 && got != want {
			t.Errorf("%s: got %s", sent, got)
		}
	}
}
