//go:build unix

// Package lambda runs functions that do what no good function does, in a dipylon binary: every call is answered as on AWS, nothing that a
// function does reaches another, and what was acknowledged outlives a crash. The functions are package bootstrap, so only Go is needed.
package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	apitypes "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/dipylon/dipylon/test/harness"
)

// built are what TestMain builds: the server, and zips of two codes of one function.
var built struct {
	binary   string
	one, two []byte
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "dipylon-lambda")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if built.binary, err = harness.Build(dir); err != nil {
			panic(err)
		}
		built.one, built.two = must(bootstrap(dir, "one")), must(bootstrap(dir, "two"))
		return m.Run()
	}())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// bootstrap is a zip of the function, built to call itself by that version.
func bootstrap(dir, version string) ([]byte, error) {
	out := filepath.Join(dir, version)
	cmd := exec.Command("go", "build", "-ldflags", "-s -w -X main.version="+version, "-o", out, "./bootstrap")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, &exec.Error{Name: string(said), Err: err}
	}
	code, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return zipOf(entry{name: "bootstrap", mode: 0o755, body: code}), nil
}

// entry is a file of a zip.
type entry struct {
	name string
	mode os.FileMode
	body []byte
}

func zipOf(entries ...entry) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		must(must(z.CreateHeader(h)).Write(e.body))
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// server is a dipylon with clients for it.
type server struct {
	*harness.Process
	t      *testing.T
	lambda *lambda.Client
	api    *apigatewayv2.Client
}

func serve(t *testing.T, dataDir string, env ...string) *server {
	t.Helper()
	p, err := harness.Serve(built.binary, []string{
		"--data-dir", dataDir, "--control-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--https-addr", "off",
	}, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.Log)
		}
	})
	endpoint := "http://" + p.Control
	return &server{p, t, lambda.New(lambda.Options{
		Region: harness.Region, BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}), harness.Client(endpoint)}
}

// function makes one of the code "one" and waits until it can be called; change, which may be nil, changes the request.
func (s *server) function(name string, change func(*lambda.CreateFunctionInput)) {
	s.t.Helper()
	in := &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Role: aws.String("arn:aws:iam::000000000000:role/functions"), Code: &types.FunctionCode{ZipFile: built.one}, Timeout: aws.Int32(10),
	}
	if change != nil {
		change(in)
	}
	if _, err := s.lambda.CreateFunction(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}
	active := lambda.NewFunctionActiveV2Waiter(s.lambda, func(o *lambda.FunctionActiveV2WaiterOptions) { o.MinDelay = 10 * time.Millisecond })
	if err := active.Wait(s.t.Context(), &lambda.GetFunctionInput{FunctionName: &name}, time.Minute); err != nil {
		s.t.Fatal(err)
	}
}

// route gives a function an API whose every call it answers, and returns the API's id.
func (s *server) route(name string) string {
	s.t.Helper()
	_, err := s.lambda.AddPermission(s.t.Context(), &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: aws.String("api"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	api, err := s.api.CreateApi(s.t.Context(), &apigatewayv2.CreateApiInput{
		Name: &name, ProtocolType: apitypes.ProtocolTypeHttp, Target: aws.String("arn:aws:lambda:" + harness.Region + ":000000000000:function:" + name),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return *api.ApiId
}

// get calls an API.
func (s *server) get(api, path string) (*harness.Answer, error) {
	return harness.Call{Method: "GET", URL: "http://" + api + ".execute-api." + harness.Region + ".localhost" + path, Addr: s.HTTP}.Do(
		context.WithoutCancel(s.t.Context()))
}

// told is what a function tells of itself in answers that are not its errors.
type told struct {
	Version      string
	PID, Child   int
	Environ      []string
	ID           string
	Began, Ended int64 // by the machine's clock, in nanoseconds
}

// call calls an API whose function must answer.
func (s *server) call(api, path string) told {
	s.t.Helper()
	answer, err := s.get(api, path)
	if err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	if answer.Status != 200 {
		s.t.Fatalf("%s: status %d: %.300s", path, answer.Status, answer.Body)
	}
	return tell(s.t, answer.Body)
}

func tell(t *testing.T, body []byte) (v told) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Errorf("%v: %.300s", err, body)
	}
	return v
}

// payload is the part of an API's event that functions read.
func payload(path string) []byte {
	path, query, _ := strings.Cut(path, "?")
	values := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return must(json.Marshal(map[string]any{"rawPath": path, "queryStringParameters": values}))
}

// invoke calls a function by the control plane.
func (s *server) invoke(name, path string) (*lambda.InvokeOutput, error) {
	return s.lambda.Invoke(context.WithoutCancel(s.t.Context()), &lambda.InvokeInput{FunctionName: &name, Payload: payload(path)})
}
