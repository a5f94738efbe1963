package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/gateway"
)

func lambdaURI(arn string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn + "/invocations"
}

// TestCalledFunctions: which functions a definition calls.
func TestCalledFunctions(t *testing.T) {
	const arn = "arn:aws:lambda:us-east-1:000000000000:function:"
	definition := `
# uri: ` + lambdaURI(arn+"comment") + `
paths:
  /a:
    get: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + lambdaURI(arn+"one") + `"}}
    put: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + lambdaURI(arn+"one") + `"}}
    post: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + arn + `two:live"}}
    delete: {x-amazon-apigateway-integration: {type: http_proxy, uri: "https://example.com/` + arn + `"}}
    patch: {description: "` + arn + `text"}
  /b:
    get: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + lambdaURI("arn:aws-cn:lambda:cn-north-1:123456789012:function:far") + `"}}
    put: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + lambdaURI(arn+"${stageVariables.fn}") + `"}}
    post: {x-amazon-apigateway-integration: {type: aws_proxy, uri: "` + lambdaURI(arn+"${stageVariables.none}") + `"}}
components:
  securitySchemes:
    - {x-amazon-apigateway-authorizer: {authorizerUri: "` + lambdaURI(arn+"authorizer") + `"}}
`
	var got []string
	for _, f := range calledFunctions([]byte(definition), map[string]string{"fn": "three"}) {
		got = append(got, f.Tenant.Account+"/"+f.Tenant.Region+"/"+f.Name+"/"+f.Qualifier)
	}
	const want = "123456789012/cn-north-1/far/ 000000000000/us-east-1/authorizer/ 000000000000/us-east-1/one/ 000000000000/us-east-1/three/ 000000000000/us-east-1/two/live"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if got := calledFunctions([]byte("paths: ["), nil); got != nil {
		t.Errorf("of no YAML: %v", got)
	}
}

// TestFunctionFlags: what the command line says of functions.
func TestFunctionFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var c cli
	parser, err := kong.New(&c, kong.Name("dipylon"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse([]string{
		"up", file, "--function", "a=dir", "--function", "b=../some.dir", "--function=c=dir:src/app.run",
		"--function-env", "a.KEY=x;y=z", "--function-env", "a.OTHER=", "--function-env", "b.K.L=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := newFunctions(&c.Up, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.given); got != "map[a:{a dir } b:{b ../some.dir } c:{c dir src/app.run}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(f.env); got != "map[a:map[KEY:x;y=z OTHER:] b:map[K.L:1]]" {
		t.Error(got)
	}
	c.Up.FunctionEnv = map[string]string{"KEY": "x"}
	if _, err := newFunctions(&c.Up, ""); err == nil || !strings.Contains(err.Error(), "want NAME.KEY=VALUE") {
		t.Errorf("got %v", err)
	}
}

// fakeLambda answers the operations that functions need, and notes them.
type fakeLambda struct {
	mu    sync.Mutex
	exist map[string]bool
	calls []string
	// failed is what the next update comes to.
	failed string
}

func (l *fakeLambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var in struct{ FunctionName, Handler, Runtime, SourceArn, S3Key string }
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	parts := strings.Split(r.URL.Path, "/")
	name, what := in.FunctionName, parts[len(parts)-1]
	if len(parts) > 3 {
		name = parts[3]
	}
	conflict := func() {
		w.Header().Set("X-Amzn-Errortype", "ResourceConflictException")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"message":"there is one"}`)
	}
	switch {
	case r.Method == http.MethodPost && what == "functions":
		l.calls = append(l.calls, "create "+name+" "+in.Runtime+" "+in.Handler)
		if l.exist[name] {
			conflict()
			return
		}
		l.exist[name] = true
	case what == "policy":
		l.calls = append(l.calls, "permit "+name+" "+in.SourceArn)
		conflict()
		return
	case r.Method == http.MethodPut:
		l.calls = append(l.calls, "put "+what+" "+name)
	case !l.exist[name]:
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{
		"FunctionArn": gateway.FunctionARN(gateway.Tenant{Account: "000000000000", Region: "us-east-1"}, name, ""), "State": "Active",
		"LastUpdateStatus": map[bool]string{true: "Successful", false: "Failed"}[l.failed == ""], "LastUpdateStatusReason": l.failed,
	})
}

func (l *fakeLambda) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := strings.Join(l.calls, "; ")
	l.calls = nil
	return calls
}

// TestFunctionsDeploy: functions are made once, changed when their sources are, and mended when they can be.
func TestFunctionsDeploy(t *testing.T) {
	fake := &fakeLambda{exist: map[string]bool{}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("functions/fn/bootstrap", "#!/bin/sh")
	c := upCmd{Config: config.Default(), File: filepath.Join(dir, "openapi.yaml"), ID: "api", Region: "us-east-1"}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	f, err := newFunctions(&c, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	here := gateway.Tenant{Account: "000000000000", Region: "us-east-1"}
	called := []calledFunction{{gateway.FunctionRef{Tenant: here, Name: "fn"}}, {gateway.FunctionRef{Tenant: here, Name: "unknown"}}}
	deploy := func(what, wantErr, wantCalls string) {
		t.Helper()
		err := f.deploy(context.Background(), called)
		if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %v, want %s", what, err, wantErr)
		}
		if got := fake.take(); got != wantCalls {
			t.Errorf("%s:\n got  %s\n want %s", what, got, wantCalls)
		}
	}
	const permit = "permit fn arn:aws:execute-api:us-east-1:000000000000:api/*"
	deploy("first", "", "create fn provided.al2023 bootstrap; "+permit)
	deploy("again", "", "")
	if f.changed() {
		t.Error("changed without a change")
	}
	write("functions/fn/bootstrap", "#!/bin/sh -e")
	if !f.changed() {
		t.Error("a change is not seen")
	}
	deploy("a change that the server follows by itself", "", "")
	if err := os.Remove(filepath.Join(dir, "functions/fn/bootstrap")); err != nil {
		t.Fatal(err)
	}
	deploy("nothing to run", "function fn: ", "")
	deploy("told again", "function fn: ", "")
	if f.changed() {
		t.Error("what failed is tried again without a change")
	}
	write("functions/fn/bootstrap", "#!/bin/sh")
	deploy("mended", "", "create fn provided.al2023 bootstrap; put configuration fn; put code fn; "+permit)
	fake.failed = "No room."
	write("fn/bootstrap", "#!/bin/sh") // beside the file goes before functions
	const update = "create fn provided.al2023 bootstrap; put configuration fn; put code fn"
	deploy("another directory, which the server does not take", "function fn: No room.", update)
	fake.failed = ""
	deploy("once more", "", update+"; "+permit)
	called[0].Tenant.Account = "123456789012"
	deploy("another account", "start it with --account-id 123456789012", "")
	called[0].Tenant = gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}
	deploy("another region", "run this with --region eu-west-1", "")
	called[0].Tenant.Region, called[0].Qualifier = "us-east-1", "live"
	deploy("an alias", "makes no aliases", "")
}
