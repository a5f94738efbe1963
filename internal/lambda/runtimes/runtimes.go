// Package runtimes knows how a function's process is started: by its runtime identifier it finds the interpreter on this
// machine, gives it a runtime client of our own (bootstrap/*, which speak the Runtime API over a Unix socket) or the
// function's own, and builds the environment that AWS documents.
//
// A host of workers asks it for a [Command]; it starts no worker itself. It may import gateway and lambda.
package runtimes

import (
	"context"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/dipylon/dipylon/internal/lambda"
)

// Options are the same for all functions.
type Options struct {
	// Dir is where the runtime clients are written. Workers must be able to read it.
	Dir string
	// Paths names interpreters by runtime identifier ("python3.12") or by its family ("python"); others are looked for on
	// the PATH.
	Paths map[string]string
	// Endpoint returns what functions get as AWS_ENDPOINT_URL, so that their SDKs call it instead of AWS; empty gives none,
	// and so does nil.
	Endpoint func() string
	// Credentials are what a function signs its calls with; nil gives none.
	Credentials func(v *lambda.Version) Credentials
	// Log takes what is odd about this machine, each once.
	Log *slog.Logger
}

// Credentials are a key pair, perhaps with a session token.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// Runtimes makes commands. It is safe for use by many goroutines.
type Runtimes struct {
	opts Options
	// dir holds the runtime clients.
	dir string

	mu    sync.Mutex
	found map[string]*finding
}

// New writes the runtime clients below opts.Dir if they are not there yet.
func New(opts Options) (*Runtimes, error) {
	dir, err := install(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &Runtimes{opts: opts, dir: dir, found: map[string]*finding{}}, nil
}

// Spec is a worker to start.
type Spec struct {
	Version *lambda.Version
	// Code is the directory of the function's code, and Layers that of its merged layers; empty for none.
	Code, Layers string
	// Tmp is the worker's own directory.
	Tmp string
	// Socket is where the worker's Runtime API listens as a Unix socket, and API its host:port. Clients that do not know of
	// the socket use the address.
	Socket, API string
	LogStream   string
	// Provisioned says that the worker is started before there is a call.
	Provisioned bool
}

// Command is a process to start.
type Command struct {
	// Argv is the command line; its first member is a path.
	Argv []string
	// Env is the whole environment.
	Env []string
	// Dir is the working directory.
	Dir string
}

// Command returns how the worker of spec is started. The error is a [*lambda.Error] whose message says what this machine
// lacks.
func (r *Runtimes) Command(ctx context.Context, spec Spec) (Command, error) {
	id := parseID(spec.Version.Runtime)
	cmd := Command{Dir: spec.Code}
	env := newEnvironment()
	var err error
	switch id.family {
	case familyNode:
		err = r.node(ctx, id, spec, &cmd, env)
	case familyPython:
		err = r.python(ctx, id, spec, &cmd, env)
	case familyRuby:
		err = r.ruby(ctx, id, spec, &cmd, env)
	case familyJava:
		err = r.java(ctx, id, spec, &cmd, env)
	case familyProvided:
		provided(spec, &cmd)
	default:
		err = unknown(spec.Version.Runtime)
	}
	if err != nil {
		return Command{}, err
	}
	r.setCommon(spec, id, env)
	cmd.Env = env.list(spec.Version.Environment)
	wrap(spec, id, &cmd)
	return cmd, nil
}

// Find looks for what runs a runtime's functions, so that the first start need not. The error is as [Runtimes.Command]'s.
func (r *Runtimes) Find(ctx context.Context, runtime string) error {
	id := parseID(runtime)
	switch id.family {
	case familyNode, familyPython, familyRuby, familyJava:
		_, err := r.find(ctx, id)
		return err
	case familyProvided:
		return nil
	}
	return unknown(runtime)
}

// A family is what the identifiers of one language have in common.
const (
	familyNode     = "nodejs"
	familyPython   = "python"
	familyRuby     = "ruby"
	familyJava     = "java"
	familyProvided = "provided"
)

// identifier is a runtime identifier with its parts: nodejs and 20, python and 3.12, provided and al2023.
type identifier struct {
	name, family, version string
}

// parseID splits an identifier. One that AWS does not have has some family, too; whether it exists is the control plane's
// question.
func parseID(name string) identifier {
	id := identifier{name: name, family: name}
	if i := strings.IndexAny(name, ".0123456789"); i > 0 {
		id.family, id.version = name[:i], strings.TrimPrefix(name[i:], ".")
	}
	switch id.family {
	case familyNode:
		id.version = strings.TrimSuffix(id.version, ".x")
	case familyJava:
		id.version = strings.TrimSuffix(id.version, ".al2")
	}
	return id
}

// unknown refuses what is not run here.
func unknown(name string) error {
	message := "The runtime " + name + " is not run on this machine. Dipylon runs nodejs, python, ruby, java and provided; " +
		"a program of any language runs as provided.al2023, with an executable named bootstrap."
	return &lambda.Error{Kind: lambda.NoRuntime, Message: message}
}

func (r *Runtimes) node(ctx context.Context, id identifier, spec Spec, cmd *Command, env *environment) error {
	found, err := r.find(ctx, id)
	if err != nil {
		return err
	}
	// As on AWS, so that a heap that grows too far ends with V8's message.
	const share = 90
	heap := strconv.Itoa(spec.Version.MemoryMB * share / 100)
	cmd.Argv = []string{found.path, "--max-old-space-size=" + heap, filepath.Join(r.dir, "bootstrap.js")}
	env.own("DIPYLON_RUNTIME_SOCKET", spec.Socket)
	env.addPath(filepath.Dir(found.path))
	env.set("NODE_PATH", join(
		below(spec.Layers, "nodejs/node"+id.version+"/node_modules"), below(spec.Layers, "nodejs/node_modules"), spec.Code))
	return nil
}

func (r *Runtimes) python(ctx context.Context, id identifier, spec Spec, cmd *Command, env *environment) error {
	found, err := r.find(ctx, id)
	if err != nil {
		return err
	}
	cmd.Argv = []string{found.path, filepath.Join(r.dir, "dipylon_start.py")}
	env.own("DIPYLON_RUNTIME_SOCKET", spec.Socket)
	env.own("DIPYLON_OPT", spec.Layers)
	env.addPath(below(spec.Layers, "python/bin"))
	env.addPath(filepath.Dir(found.path))
	env.set("PYTHONPATH", r.dir)
	return nil
}

func (r *Runtimes) ruby(ctx context.Context, id identifier, spec Spec, cmd *Command, env *environment) error {
	found, err := r.find(ctx, id)
	if err != nil {
		return err
	}
	cmd.Argv = []string{found.path, filepath.Join(r.dir, "bootstrap.rb")}
	env.own("DIPYLON_RUNTIME_SOCKET", spec.Socket)
	env.addPath(filepath.Dir(found.path))
	abi := id.version + ".0"
	env.set("GEM_PATH", join(below(spec.Code, "vendor/bundle/ruby/"+abi), below(spec.Layers, "ruby/gems/"+abi)))
	env.set("RUBYLIB", join(spec.Code, below(spec.Layers, "ruby/lib")))
	return nil
}

// wrap puts the function's wrapper script before the command line
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper); AWS has none for provided runtimes.
func wrap(spec Spec, id identifier, cmd *Command) {
	script := spec.Version.Environment["AWS_LAMBDA_EXEC_WRAPPER"]
	if script == "" || id.family == familyProvided {
		return
	}
	if rest, ok := strings.CutPrefix(script, "/opt/"); ok && spec.Layers != "" {
		script = filepath.Join(spec.Layers, rest)
	} else if rest, ok := strings.CutPrefix(script, "/var/task/"); ok {
		script = filepath.Join(spec.Code, rest)
	}
	cmd.Argv = append([]string{script}, cmd.Argv...)
}

// below returns a path in a directory, or nothing if there is no directory.
func below(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// join makes a list of directories as environment variables hold it.
func join(dirs ...string) string {
	var kept []string
	for _, dir := range dirs {
		if dir != "" {
			kept = append(kept, dir)
		}
	}
	return strings.Join(kept, string(filepath.ListSeparator))
}
