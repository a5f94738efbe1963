package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/objects"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

const (
	account = "000000000000"
	region  = "eu-west-1"
	arn     = "arn:aws:lambda:" + region + ":" + account + ":function:"
	role    = "arn:aws:iam::" + account + ":role/r"
)

// fixture is a service on an empty store behind the real wire, with fakes of all that it stands on. Requests are those
// that AWS's clients send.
type fixture struct {
	*testing.T
	*Service
	server http.Handler
	code   *fakeCode
	fns    *fakeFunctions
	object map[string][]byte

	mu     sync.Mutex
	now    time.Time
	waited []int64
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f := &fixture{
		T: t, now: time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC), object: map[string][]byte{},
		code: &fakeCode{zips: map[string][]byte{}}, fns: &fakeFunctions{warmed: map[string]int{}},
	}
	f.Service = New(Options{
		Store: st, Live: f, Functions: f.fns, Code: f.code, Objects: f, Concurrency: 1000, Now: f.clock,
		Log: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(f.Stop)
	f.server = wire.NewServer(wire.Options{Services: []*wire.Service{gen.New(f.Service)}, Authenticator: f, Account: account})
	return f
}

// clock never gives a time twice.
func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(time.Millisecond)
	return f.now
}

// Wait implements Live.
func (f *fixture) Wait(_ context.Context, revision int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waited = append(f.waited, revision)
	return nil
}

// Get implements Objects.
func (f *fixture) Get(_ context.Context, o objects.Object, limit int64) ([]byte, error) {
	switch zip, ok := f.object[o.Bucket+"/"+o.Key]; {
	case ok && int64(len(zip)) <= limit:
		return zip, nil
	case o.Bucket == "bucket":
		return nil, &objects.Error{Code: "NoSuchKey", Message: "The specified key does not exist."}
	}
	return nil, &objects.Error{Code: "NoSuchBucket", Message: "The specified bucket does not exist"}
}

// Authenticate implements wire.Authenticator.
func (f *fixture) Authenticate(*http.Request, []byte) (wire.Principal, error) {
	return wire.Principal{Name: "test", Region: region, Service: "lambda"}, nil
}

// send sends a request and returns status, header and body.
func (f *fixture) send(method, path, body string, header ...string) (int, http.Header, string) {
	f.Helper()
	r := httptest.NewRequestWithContext(f.Context(), method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	f.server.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

// do sends a request that must succeed, and returns what is in its answer.
func (f *fixture) do(method, path, body string) answer {
	f.Helper()
	status, _, out := f.send(method, path, body)
	if status >= 300 {
		f.Fatalf("%s %s: %d %s", method, path, status, out)
	}
	return parse(f.T, out)
}

// refused sends a request that must fail, and returns status, code and message in one line.
func (f *fixture) refused(method, path, body string) string {
	f.Helper()
	status, header, out := f.send(method, path, body)
	a := parse(f.T, out)
	message := a.text("message")
	if message == "" {
		message = a.text("Message")
	}
	code := ""
	for name, values := range header {
		if strings.EqualFold(name, "X-Amzn-ErrorType") { // the wire keeps AWS's case
			code = values[0]
		}
	}
	return fmt.Sprintf("%d %s: %s", status, code, message)
}

// answer is the JSON of an answer.
type answer map[string]any

func parse(t *testing.T, body string) answer {
	t.Helper()
	a := answer{}
	if body != "" {
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
	}
	return a
}

// at follows a path of names, such as Configuration.State.
func (a answer) at(path string) any {
	var v any = map[string]any(a)
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[name]
		default:
			return nil
		}
	}
	return v
}

func (a answer) text(path string) string {
	v := a.at(path)
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// zipped is a zip of one file, in base64.
func zipped(content string) string {
	return base64.StdEncoding.EncodeToString(zipOf(content))
}

func zipOf(content string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, _ := w.Create("index.mjs")
	_, _ = file.Write([]byte(content))
	_ = w.Close()
	return b.Bytes()
}

// createBody is a request to make a function, with more members.
func createBody(name, more string) string {
	return fmt.Sprintf(`{"FunctionName":%q,"Role":%q,"Runtime":"nodejs22.x","Handler":"index.handler","Code":{"ZipFile":%q}%s}`,
		name, role, zipped(name), more)
}

const functionsPath = "/2015-03-31/functions"

// function makes a function and waits until it is ready.
func (f *fixture) function(name string) {
	f.Helper()
	f.do("POST", functionsPath, createBody(name, ""))
	f.settled(name)
}

// settled waits until nothing of a function is under way.
func (f *fixture) settled(name string) answer {
	f.Helper()
	for range 10_000 {
		a := f.do("GET", functionsPath+"/"+name+"/configuration", "")
		if a.text("State") != "Pending" && a.text("LastUpdateStatus") != "InProgress" {
			return a
		}
		time.Sleep(time.Millisecond)
	}
	f.Fatalf("%s is not ready", name)
	return nil
}

// fakeCode keeps zips in memory. Prepare waits for hold, if there is one.
type fakeCode struct {
	mu   sync.Mutex
	zips map[string][]byte
	hold chan struct{}
	bad  error
}

func (c *fakeCode) Keep(data []byte) (gateway.FunctionCode, error) {
	if _, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err != nil {
		return gateway.FunctionCode{}, &lambda.BadCode{Message: "Could not unzip uploaded file. Please check your file, then try to upload again."}
	}
	sum := sha256.Sum256(data)
	code := gateway.FunctionCode{SHA256: base64.StdEncoding.EncodeToString(sum[:]), Size: int64(len(data))}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zips[code.SHA256] = data
	return code, nil
}

func (c *fakeCode) Prepare(ctx context.Context, _ gateway.FunctionVersion) error {
	c.mu.Lock()
	hold, bad := c.hold, c.bad
	c.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return bad
}

func (c *fakeCode) set(hold chan struct{}, bad error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold, c.bad = hold, bad
}

func (c *fakeCode) Open(sha string) (io.ReadCloser, int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, ok := c.zips[sha]
	if !ok {
		return nil, 0, errors.New("no such zip")
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

// fakeFunctions answers calls with result or fails with err, and remembers the last.
type fakeFunctions struct {
	mu     sync.Mutex
	result lambda.Result
	err    error
	warmed map[string]int
	last   lambda.Invocation
	ref    gateway.FunctionRef
	queued int
}

func (x *fakeFunctions) Invoke(_ context.Context, ref gateway.FunctionRef, in *lambda.Invocation, out *lambda.Result) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last, x.ref = *in, ref
	*out = x.result
	return x.err
}

func (x *fakeFunctions) Enqueue(_ context.Context, ref gateway.FunctionRef, in *lambda.Invocation) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last, x.ref = *in, ref
	x.queued++
	return x.err
}

func (x *fakeFunctions) Check(gateway.FunctionRef) error { return x.err }

func (x *fakeFunctions) Warmed(ref gateway.FunctionRef) int { return x.warmed[ref.Qualifier] }

func testCall() *wire.Call {
	return &wire.Call{Tenant: gateway.Tenant{Account: account, Region: region}}
}

// namePattern is the model's of names.
func namePattern() *regexp.Regexp {
	for _, shape := range gen.New(&Service{}).Model().Shapes {
		if shape.Name == "NamespacedFunctionName" {
			return regexp.MustCompile("^(?:" + shape.Pattern + ")$")
		}
	}
	return nil
}
