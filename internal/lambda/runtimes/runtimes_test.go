package runtimes

import (
	"archive/zip"
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/lambda"
)

// fakes are interpreters that say of themselves what a test wants.
func fakes(t *testing.T, said map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range said {
		script := "#!/bin/sh\n" + strings.ReplaceAll(text, "SELF", filepath.Join(dir, name)) + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

// TestEnvironment compares with what localstack's snapshot tests recorded on AWS
// (tests/aws/services/lambda_/test_lambda_common.snapshot.json, test_introspection_invoke), and with
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. /var/task, /opt and /var/runtime are where this
// machine has them.
func TestEnvironment(t *testing.T) {
	dir := fakes(t, map[string]string{"node": `echo "SELF"; echo 20.1.2`})
	t.Setenv("DIPYLON_SECRET", "ours")
	r, err := New(Options{
		Dir: t.TempDir(), Endpoint: func() string { return "http://127.0.0.1:4566" }, Log: slog.New(slog.DiscardHandler),
		Credentials: func(v *lambda.Version) Credentials { return Credentials{v.Name, "secret", "token"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	v := version(function{runtime: "nodejs20.x", handler: "index.handler", env: map[string]string{
		"TEST_KEY": "TEST_VAL", "LANG": "C", "AWS_REGION": "theirs", "DIPYLON_RUNTIME_SOCKET": "theirs",
	}})
	got, err := r.Command(t.Context(), Spec{
		Version: v, Code: "/task", Layers: "/layers", Tmp: "/own", Socket: "/own/api", API: "127.0.0.1:9001", LogStream: "stream",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Command{
		Dir:  "/task",
		Argv: []string{dir + "/node", "--max-old-space-size=230", r.dir + "/bootstrap.js"},
		Env: []string{
			"AWS_ACCESS_KEY_ID=echo", "AWS_DEFAULT_REGION=eu-west-1", "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
			"AWS_EXECUTION_ENV=AWS_Lambda_nodejs20.x", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=echo",
			"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
			"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/echo", "AWS_LAMBDA_LOG_STREAM_NAME=stream", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
			"AWS_REGION=eu-west-1", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
			"DIPYLON_RUNTIME_SOCKET=/own/api", "HOME=/own", "LAMBDA_RUNTIME_DIR=" + r.dir, "LAMBDA_TASK_ROOT=/task", "LANG=C",
			"LD_LIBRARY_PATH=/task:/task/lib:/layers/lib", "NODE_PATH=/layers/nodejs/node20/node_modules:/layers/nodejs/node_modules:/task",
			"PATH=" + dir + ":/usr/local/bin:/usr/bin:/bin:/layers/bin", "TEST_KEY=TEST_VAL", "TMPDIR=/own", "TZ=:UTC",
			"_HANDLER=index.handler",
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReserved(t *testing.T) {
	got := ReservedMessage(Reserved(map[string]string{"A": "", "TZ": "", "_HANDLER": "", "AWS_REGION": "", "AWS_ACCESS_KEY_ID": ""}))
	want := "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_ACCESS_KEY_ID, AWS_REGION, _HANDLER"
	if got != want {
		t.Error(got)
	}
	if got := Reserved(map[string]string{"TZ": "", "PATH": ""}); got != nil {
		t.Error(got)
	}
}

func TestCommands(t *testing.T) {
	dir := fakes(t, map[string]string{
		"python3.12": "exit 127", // a shim of a version that is not installed
		"python3":    `echo "SELF"; echo 3.12.4`,
		"ruby":       `echo "SELF"; echo 3.3.0`,
		"java":       `echo "    java.specification.version = 21" >&2`,
	})
	jar := jarWith(t, javaFile)
	for _, c := range []struct {
		name string
		f    function
		want []string
		vars []string
	}{
		{
			"python", function{runtime: "python3.12", handler: "app.handler"},
			[]string{dir + "/python3", "RUNTIME/dipylon_start.py"}, []string{"PYTHONPATH=RUNTIME", "AWS_EXECUTION_ENV=AWS_Lambda_python3.12"},
		},
		{
			"ruby", function{runtime: "ruby3.3", handler: "app.handler"},
			[]string{dir + "/ruby", "RUNTIME/bootstrap.rb"}, []string{"GEM_PATH=CODE/vendor/bundle/ruby/3.3.0:LAYERS/ruby/gems/3.3.0", "RUBYLIB=CODE:LAYERS/ruby/lib"},
		},
		{
			"java", function{runtime: "java21", handler: "a.B::c", files: map[string]string{"lib/client.jar": jar}},
			[]string{
				dir + "/java", "-Xmx217m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=/own",
				"-cp", "CODE:CODE/lib/*:LAYERS/java/lib/*", javaClient, "a.B::c",
			},
			[]string{"CLASSPATH=CODE:CODE/lib/*:LAYERS/java/lib/*"},
		},
		{
			"provided", function{runtime: "provided.al2023", files: map[string]string{"bootstrap": ""}, layers: map[string]string{"bootstrap": ""}},
			[]string{"CODE/bootstrap"}, nil,
		},
		{
			"provided by a layer", function{runtime: "provided", layers: map[string]string{"bootstrap": ""}},
			[]string{"LAYERS/bootstrap"}, nil,
		},
		{"provided by nobody", function{runtime: "provided.al2"}, []string{"CODE/bootstrap"}, nil},
		{
			"a wrapper of a layer", function{runtime: "python3.12", env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap.sh"}},
			[]string{"LAYERS/wrap.sh", dir + "/python3", "RUNTIME/dipylon_start.py"}, nil,
		},
		{
			"a wrapper of the code", function{runtime: "python3.12", env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap.sh"}},
			[]string{"CODE/wrap.sh", dir + "/python3", "RUNTIME/dipylon_start.py"}, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRuntimes(t)
			spec := Spec{Version: version(c.f), Code: writeFiles(t, c.f.files), Layers: writeFiles(t, c.f.layers), Tmp: "/own"}
			got, err := r.Command(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			names := strings.NewReplacer("RUNTIME", r.dir, "CODE", spec.Code, "LAYERS", spec.Layers)
			for i := range c.want {
				c.want[i] = names.Replace(c.want[i])
			}
			if d := cmp.Diff(c.want, got.Argv); d != "" {
				t.Error(d)
			}
			for _, v := range c.vars {
				if !slices.Contains(got.Env, names.Replace(v)) {
					t.Errorf("no %s in %q", names.Replace(v), got.Env)
				}
			}
			if strings.HasPrefix(c.f.runtime, "provided") && strings.Contains(strings.Join(got.Env, "\n"), "AWS_EXECUTION_ENV") {
				t.Error("AWS sets no AWS_EXECUTION_ENV for provided runtimes")
			}
		})
	}
}

func jarWith(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestNoRuntime: what this machine lacks is named, with what to do.
func TestNoRuntime(t *testing.T) {
	dir := fakes(t, map[string]string{"java": `echo "    java.specification.version = 21" >&2`, "broken": "exit 1"})
	for _, c := range []struct {
		runtime string
		paths   map[string]string
		want    string
	}{
		{"nodejs22.x", nil, "The runtime nodejs22.x cannot be run: this machine has no node or nodejs on its PATH. Install it, or name the program with the setting lambda-runtimes (nodejs22.x=PATH)."},
		{"python3.13", nil, "this machine has no python3.13 or python3 or python on its PATH"},
		{"python3.13", map[string]string{"python": dir + "/broken"}, "the program " + dir + "/broken, which the setting lambda-runtimes names, does not start."},
		{"ruby3.3", nil, "this machine has no ruby3.3 or ruby on its PATH"},
		{"java21", nil, "needs AWS's runtime interface client in the function's code or layers"},
		{"dotnet8", nil, "The runtime dotnet8 is not run on this machine."},
		{"go1.x", nil, "runs as provided.al2023, with an executable named bootstrap"},
	} {
		t.Run(c.runtime, func(t *testing.T) {
			r, err := New(Options{Dir: t.TempDir(), Paths: c.paths, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Find(t.Context(), c.runtime); (err == nil) != (c.runtime == "java21") {
				t.Errorf("found: %v", err)
			}
			_, err = r.Command(t.Context(), Spec{Version: version(function{runtime: c.runtime}), Code: t.TempDir()})
			var refusal *lambda.Error
			if !errors.As(err, &refusal) || refusal.Kind != lambda.NoRuntime || !strings.Contains(refusal.Message, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAnotherVersion: a function runs by the version that there is, and the log says so once.
func TestAnotherVersion(t *testing.T) {
	fakes(t, map[string]string{"node": `echo "SELF"; echo 20.1.2`})
	var log bytes.Buffer
	r, err := New(Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, runtime := range []string{"nodejs20.x", "nodejs18.x", "nodejs18.x"} {
		if _, err := r.Command(t.Context(), Spec{Version: version(function{runtime: runtime})}); err != nil {
			t.Fatal(err)
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "runtime=nodejs18.x") || !strings.Contains(got, "version=20.1.2") {
		t.Error(got)
	}
}

// TestInstall: clients that a power failure cut short are written anew.
func TestInstall(t *testing.T) {
	dir := t.TempDir()
	first, err := install(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(first, "bootstrap.js")
	if err := errors.Join(os.Remove(file), os.WriteFile(file, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	second, err := install(dir)
	if err != nil || second != first {
		t.Fatal(second, err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Error(info, err)
	}
	entries, err := os.ReadDir(first)
	if err != nil || len(entries) != 4 {
		t.Error(entries, err)
	}
}

// TestInterpretersThatMove: an interpreter that was replaced, as version managers do, is looked for again.
func TestInterpretersThatMove(t *testing.T) {
	dir := fakes(t, map[string]string{"node": `echo "SELF"; echo 20.1.2`, "nodejs": `echo "SELF"; echo 22.0.0`})
	r := newRuntimes(t)
	if err := r.Find(t.Context(), "nodejs20.x"); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"node", "nodejs"} {
		got, err := r.Command(t.Context(), Spec{Version: version(function{runtime: "nodejs20.x"})})
		if err != nil || got.Argv[0] != filepath.Join(dir, want) {
			t.Fatal(got.Argv, err)
		}
		if err := os.Remove(got.Argv[0]); err != nil {
			t.Fatal(err)
		}
	}
}
