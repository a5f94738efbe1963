package bundle

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakes are programs that stand for those of languages, as shell scripts.
var fakes = map[string]string{
	"node":    "echo 21.7.3",
	"python3": "echo 3.15",
	// esbuild copies its input behind a line of its own; tsc writes what a project's would.
	"esbuild": `for a; do case $a in --outfile=*) out=${a#--outfile=};; esac; done; grep -q broken $1 && { echo "index.ts:1: broken" >&2; exit 1; }; { echo "// bundled"; cat $1; } > $out`,
	"tsc":     `while [ "$1" != --outDir ]; do shift; done; mkdir -p $2/src; cp index.ts $2/index.js 2>/dev/null; cp src/index.ts $2/src/index.js 2>/dev/null; exit 0`,
}

// write makes files below a directory; those in a bin or .bin directory are executable.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(filepath.Dir(path), "bin") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

func needShell(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
}

// withPrograms puts a bin directory with only these fakes, and the tools that scripts use, on the PATH.
func withPrograms(t *testing.T, names ...string) {
	t.Helper()
	needShell(t)
	files := map[string]string{}
	for _, name := range names {
		files["bin/"+name] = "#!/bin/sh\n" + fakes[name] + "\n"
	}
	dir := t.TempDir()
	write(t, dir, files)
	path := filepath.Join(dir, "bin")
	for _, name := range []string{"sh", "cat", "grep", "cp", "mkdir"} {
		if real, err := exec.LookPath(name); err == nil {
			_ = os.MkdirAll(path, 0o755)
			if err := os.Symlink(real, filepath.Join(path, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("PATH", path)
}

func bin(name string) string { return "#!/bin/sh\n" + fakes[name] + "\n" }

// TestKinds: what a directory shows.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   map[string]string
		handler string
		// want is runtime, handler and language; built says that it runs from elsewhere.
		want  string
		built bool
		note  string
	}{
		{name: "JavaScript", files: map[string]string{"index.js": ""}, want: "nodejs20.x index.handler JavaScript"},
		{name: "ES module", files: map[string]string{"index.mjs": ""}, want: "nodejs20.x index.handler JavaScript"},
		{name: "main of a package", files: map[string]string{"package.json": `{"main":"./lib/fn.js"}`, "lib/fn.js": "", "index.js": ""}, want: "nodejs20.x lib/fn.handler JavaScript"},
		{name: "main that is not there", files: map[string]string{"package.json": `{"main":"gone.js"}`, "index.js": ""}, want: "nodejs20.x index.handler JavaScript"},
		{name: "broken package.json", files: map[string]string{"package.json": `{`, "app.js": ""}, want: "nodejs20.x app.handler JavaScript"},
		{name: "named handler", files: map[string]string{"index.js": "", "src/app.mjs": ""}, handler: "src/app.api.run", want: "nodejs20.x src/app.api.run JavaScript"},
		{name: "TypeScript by esbuild", files: map[string]string{"index.ts": "x", "node_modules/.bin/esbuild": bin("esbuild")}, want: "nodejs20.x index.handler TypeScript", built: true},
		{name: "TypeScript in src by tsc", files: map[string]string{"src/index.ts": "x", "tsconfig.json": "{}", "node_modules/.bin/tsc": bin("tsc")}, want: "nodejs20.x src/index.handler TypeScript", built: true},
		{name: "TypeScript by tsc alone", files: map[string]string{"index.ts": "x", "node_modules/.bin/tsc": bin("tsc")}, want: "nodejs20.x index.handler TypeScript", built: true},
		{name: "compiled TypeScript", files: map[string]string{"index.ts": "x", "index.js": "x"}, want: "nodejs20.x index.handler JavaScript", note: "index.js is run as it is"},
		{name: "compiled elsewhere", files: map[string]string{"src/index.ts": "x", "package.json": "{}", "dist/index.js": "x"}, want: "nodejs20.x dist/index.handler JavaScript", note: "dist/index.js is run as it is"},
		{name: "lambda_function", files: map[string]string{"lambda_function.py": "def lambda_handler(event, context):\n  pass\n"}, want: "python3.14 lambda_function.lambda_handler Python"},
		{name: "app", files: map[string]string{"app.py": "import x\nhandler = x.make()\n", "other.py": ""}, want: "python3.14 app.handler Python"},
		{name: "both names", files: map[string]string{"handler.py": "def handler(e, c): pass\ndef lambda_handler(e, c): pass\n"}, want: "python3.14 handler.lambda_handler Python"},
		{name: "named module", files: map[string]string{"a.py": ""}, handler: "a.b", want: "python3.14 a.b Python"},
		{name: "bootstrap", files: map[string]string{"bootstrap": "#!/bin/sh"}, want: "provided.al2023 bootstrap bootstrap"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withPrograms(t, "node", "python3")
			dir := t.TempDir()
			write(t, dir, c.files)
			b := Bundler{Cache: t.TempDir()}
			got, err := b.Make(t.Context(), Source{Name: "fn", Dir: dir, Handler: c.handler})
			if err != nil {
				t.Fatal(err)
			}
			if what := got.Runtime + " " + got.Handler + " " + got.Language; what != c.want {
				t.Errorf("got %s, want %s", what, c.want)
			}
			if built := strings.HasPrefix(got.Dir, b.Cache); built != c.built || !built && got.Dir != dir {
				t.Errorf("runs from %s", got.Dir)
			}
			if !strings.HasPrefix(got.Note, c.note) || c.note == "" && got.Note != "" {
				t.Errorf("note %q", got.Note)
			}
			script, _, _ := cutHandler(got.Handler)
			built := Source{Dir: got.Dir}
			if strings.HasPrefix(got.Runtime, "nodejs") && built.first([]string{script}, ".js", ".mjs", ".cjs") == "" {
				t.Errorf("there is no %s in %s", script, got.Dir)
			}
		})
	}
}

// TestProblems: what is told when there is no function.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name     string
		programs []string
		files    map[string]string
		want     string
	}{
		{"nothing", nil, map[string]string{"README.md": ""}, "has none of *.go, package.json, index.js"},
		{"no Node.js", nil, map[string]string{"index.js": ""}, "is for Node.js, and there is no node or nodejs on the PATH"},
		{"no Python", nil, map[string]string{"app.py": ""}, "is for Python, and there is no python3 or python on the PATH"},
		{"no Go", nil, map[string]string{"main.go": ""}, "is Go, and there is no go on the PATH"},
		{"no compiler", []string{"node"}, map[string]string{"index.ts": ""}, "Run `npm install --save-dev esbuild` (or typescript)"},
		{"no handler", []string{"node"}, map[string]string{"package.json": "{}"}, "has no index.js, .mjs, .cjs or .ts"},
		{"no Python handler", []string{"python3"}, map[string]string{"app.py": "x = 1"}, "with a function lambda_handler or handler"},
		{"broken TypeScript", []string{"node"}, map[string]string{"index.ts": "broken", "node_modules/.bin/esbuild": bin("esbuild")}, "esbuild index.ts failed\n    index.ts:1: broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			withPrograms(t, c.programs...)
			dir := t.TempDir()
			write(t, dir, c.files)
			b := Bundler{Cache: t.TempDir()}
			got, err := b.Make(t.Context(), Source{Name: "fn", Dir: dir})
			if failed, ok := errors.AsType[*Error](err); !ok || !strings.Contains(failed.Error(), c.want) || !strings.HasPrefix(failed.Error(), "function fn: ") {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
			if len(got.Watched) == 0 {
				t.Error("nothing is watched, so the function will never be mended")
			}
		})
	}
}

// TestGo builds a function with the machine's Go: the same sources give the same directory, and packages of the module are
// watched.
func TestGo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n", "fn/main.go": "package main\n\nimport \"example.com/m/dep\"\n\nfunc main() { println(dep.Name) }\n",
		"dep/dep.go": "package dep\n\nconst Name = \"one\"\n", "lib/lib.go": "package lib\n",
	})
	b := Bundler{Cache: t.TempDir()}
	src := Source{Name: "fn", Dir: filepath.Join(dir, "fn")}
	made, err := b.Make(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if made.Runtime != "provided.al2023" || made.Handler != "bootstrap" {
		t.Errorf("%+v", made)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(made.Dir, "bootstrap")).CombinedOutput()
	if err != nil || string(out) != "one\n" {
		t.Errorf("the program printed %q: %v", out, err)
	}
	seed := NewSeed()
	before := seed.Stamp(made.Watched)
	if again, err := b.Make(t.Context(), src); err != nil || again.Dir != made.Dir {
		t.Errorf("%s became %s: %v", made.Dir, again.Dir, err)
	}
	if seed.Stamp(made.Watched) != before {
		t.Error("building changes the stamp")
	}
	write(t, dir, map[string]string{"dep/dep.go": "package dep\n\nconst Name = \"another\"\n"})
	if seed.Stamp(made.Watched) == before {
		t.Error("a package that the function imports is not watched")
	}
	changed, err := b.Make(t.Context(), src)
	if err != nil || changed.Dir == made.Dir {
		t.Errorf("still %s: %v", changed.Dir, err)
	}
	write(t, dir, map[string]string{"fn/main.go": "package main\n\nfunc main() { nothing }\n"})
	var failed *Error
	if _, err := b.Make(t.Context(), src); !errors.As(err, &failed) || !strings.Contains(failed.Error(), "go build failed") || !strings.Contains(failed.Error(), "undefined: nothing") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Make(t.Context(), Source{Name: "lib", Dir: filepath.Join(dir, "lib")}); err == nil || !strings.Contains(err.Error(), "is package lib") {
		t.Errorf("got %v", err)
	}
}

// TestCacheIsBounded: old outcomes go, the newest stay.
func TestCacheIsBounded(t *testing.T) {
	b := Bundler{Cache: t.TempDir()}
	src := Source{Name: "fn", Dir: t.TempDir()}
	var last string
	for i := range kept + 3 {
		dir, err := b.compile(src, func(out string) error {
			return os.WriteFile(filepath.Join(out, "f"), []byte{byte(i)}, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		last = dir
	}
	left, err := os.ReadDir(filepath.Dir(last))
	if err != nil || len(left) != kept {
		t.Errorf("%d outcomes are left: %v", len(left), err)
	}
	if _, err := os.Stat(last); err != nil {
		t.Error(err)
	}
	if _, err := b.compile(src, func(string) error { return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(last)); len(left) != kept {
		t.Error("a failed build leaves its directory")
	}
}

func TestStamp(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.js": "1", "sub/b.js": "2"})
	seed, watched := NewSeed(), directories(dir)
	stamp := seed.Stamp(watched)
	for _, step := range []struct {
		name    string
		do      func()
		changes bool
	}{
		{"nothing", func() {}, false},
		{"hidden", func() { write(t, dir, map[string]string{".a.js.swp": "1"}) }, false},
		{"packages", func() { write(t, dir, map[string]string{"node_modules/x/index.js": "1"}) }, false},
		{"bytecode", func() { write(t, dir, map[string]string{"__pycache__/x.pyc": "1"}) }, false},
		{"a longer file", func() { write(t, dir, map[string]string{"sub/b.js": "22"}) }, true},
		{"a new file", func() { write(t, dir, map[string]string{"c.js": ""}) }, true},
		{"a new directory", func() { write(t, dir, map[string]string{"other/c.js": ""}) }, true},
		{"a file less", func() { _ = os.Remove(filepath.Join(dir, "a.js")) }, true},
	} {
		step.do()
		now := seed.Stamp(watched)
		if (now != stamp) != step.changes {
			t.Errorf("%s: changed is %v", step.name, now != stamp)
		}
		stamp = now
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ version, known, want string }{
		{"20.20.2", nodeVersions, "20"},
		{"21.0.0", nodeVersions, "20"},
		{"16.1.0", nodeVersions, "18"},
		{"30.1", nodeVersions, "24"},
		{"3.12", pythonVersions, "3.12"},
		{"3.8", pythonVersions, "3.9"},
		{"3.99", pythonVersions, "3.14"},
		{"", nodeVersions, "18"},
	} {
		if got := nearest(c.version, c.known); got != c.want {
			t.Errorf("%s: %s, want %s", c.version, got, c.want)
		}
	}
}
