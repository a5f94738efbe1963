package runtimes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// interpreter is a program that runs functions.
type interpreter struct {
	// path is of the program itself, not of a script that chooses one.
	path, version string
}

// language says how the interpreters of a family are found.
type language struct {
	// programs are the names to look for, the best first; %s is the identifier's version.
	programs []string
	// probe prints the program's path and its version, a line each.
	probe []string
}

// probeTime bounds the start of an interpreter that is asked what it is.
const probeTime = 20 * time.Second

// languageOf returns how a family's interpreters are found. Whatever the probe prints first is the path, then the version.
func (r *Runtimes) languageOf(family string) language {
	switch family {
	case familyNode:
		return language{[]string{"node", "nodejs"}, []string{"-p", `process.execPath + "\n" + process.versions.node`}}
	case familyPython:
		return language{[]string{"python%s", "python3", "python"}, []string{"-c", pythonProbe, filepath.Join(r.dir, "dipylon_runtime.py")}}
	case familyRuby:
		return language{[]string{"ruby%s", "ruby"}, []string{"-e", "puts RbConfig.ruby, RUBY_VERSION"}}
	default:
		return language{[]string{"java"}, []string{"-XshowSettings:properties", "-version"}}
	}
}

// pythonProbe also leaves the bytecode of our client: workers of another user could not write it.
const pythonProbe = `import sys
print(sys.executable)
print("%d.%d.%d" % sys.version_info[:3])
try:
    import py_compile
    py_compile.compile(sys.argv[1])
except Exception:
    pass`

// finding is the interpreter of one identifier, once it was found.
type finding struct {
	mu sync.Mutex // held while it is looked for
	it interpreter
}

// find returns the interpreter for an identifier. What was found is kept for as long as it is there; what was not is looked
// for again, since it may be installed meanwhile.
func (r *Runtimes) find(ctx context.Context, id identifier) (interpreter, error) {
	r.mu.Lock()
	f := r.found[id.name]
	if f == nil {
		f = &finding{}
		r.found[id.name] = f
	}
	r.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.it.path != "" {
		if _, err := os.Stat(f.it.path); err == nil {
			return f.it, nil
		}
	}
	it, err := r.look(ctx, id)
	if err != nil {
		return it, err
	}
	f.it = it
	if !sameVersion(it.version, id.version) {
		r.opts.Log.Warn("a runtime is run by another version of its language",
			slog.String("runtime", id.name), slog.String("program", it.path), slog.String("version", it.version))
	}
	return it, nil
}

func (r *Runtimes) look(ctx context.Context, id identifier) (interpreter, error) {
	for _, key := range []string{id.name, id.family} {
		if path := r.opts.Paths[key]; path != "" {
			it, err := r.probe(ctx, path, id.family)
			if err != nil {
				message := fmt.Sprintf("The runtime %s cannot be run: the program %s, which the setting lambda-runtimes names, does not start.", id.name, path)
				return it, &lambda.Error{Kind: lambda.NoRuntime, Message: message, Cause: err}
			}
			return it, nil
		}
	}
	var names []string
	var causes []error
	for _, name := range r.languageOf(id.family).programs {
		if strings.Contains(name, "%s") {
			name = fmt.Sprintf(name, id.version)
		}
		names = append(names, name)
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		it, err := r.probe(ctx, path, id.family)
		if err == nil {
			return it, nil
		}
		causes = append(causes, err)
	}
	message := fmt.Sprintf("The runtime %s cannot be run: this machine has no %s on its PATH. Install it, or name the program with the setting lambda-runtimes (%s=PATH).",
		id.name, strings.Join(names, " or "), id.name)
	return interpreter{}, &lambda.Error{Kind: lambda.NoRuntime, Message: message, Cause: errors.Join(causes...)}
}

// probe starts a program to learn what it is: the file on the PATH may be a script that chooses among versions, which
// would cost its time at each start of a worker.
func (r *Runtimes) probe(ctx context.Context, path, family string) (interpreter, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, r.languageOf(family).probe...)
	cmd.WaitDelay = time.Second
	if family == familyJava {
		out, err := cmd.CombinedOutput()
		if err != nil {
			return interpreter{}, fmt.Errorf("%s: %w", path, err)
		}
		it := interpreter{path: path, version: property(string(out), "java.specification.version")}
		if home := property(string(out), "java.home"); home != "" {
			it.path = filepath.Join(home, "bin", "java")
		}
		return check(it)
	}
	out, err := cmd.Output()
	if err != nil {
		return interpreter{}, fmt.Errorf("%s: %w", path, err)
	}
	first, second, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return check(interpreter{path: strings.TrimSpace(first), version: strings.TrimSpace(second)})
}

// property finds NAME = VALUE in what java prints.
func property(out, name string) string {
	for line := range strings.Lines(out) {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func check(it interpreter) (interpreter, error) {
	if !filepath.IsAbs(it.path) {
		return it, fmt.Errorf("%q is not the path of an interpreter", it.path)
	}
	_, err := os.Stat(it.path)
	return it, err
}

// sameVersion reports whether an interpreter's version is what an identifier asks for: 3.12.1 is 3.12.
func sameVersion(have, want string) bool {
	have = strings.TrimPrefix(have, "1.") // Java 8 calls itself 1.8
	return want == "" || have == want || strings.HasPrefix(have, want+".")
}
