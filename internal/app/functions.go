package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/control/iam"
	controllambda "github.com/dipylon/dipylon/internal/control/lambda"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/code"
	"github.com/dipylon/dipylon/internal/lambda/host"
	"github.com/dipylon/dipylon/internal/lambda/remote"
	"github.com/dipylon/dipylon/internal/lambda/runtimes"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
	"github.com/dipylon/dipylon/internal/objects"
	"github.com/dipylon/dipylon/internal/role"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// functions are the parts that run functions.
type functions struct {
	directory *lambda.Directory
	roles     *role.Directory
	host      *host.Host
	code      *code.Store
	objects   *objects.Client
	control   *controllambda.Service
	// find looks for what runs a runtime, ahead of its first call.
	find func(ctx context.Context, runtime string)
}

// openFunctions makes the parts. None starts a process before a call comes.
func (a *App) openFunctions() error {
	f := &a.functions
	dir := filepath.Join(a.cfg.DataDir, "lambda")
	as, err := functionUser(a.cfg.Lambda.User)
	if err == nil {
		err = makeReachable(dir, as)
	}
	if err != nil {
		return err
	}
	if f.code, err = code.New(code.Options{Dir: filepath.Join(dir, "code")}); err != nil {
		return fmt.Errorf("the code of functions: %w", err)
	}
	if err := a.openHost(dir, as); err != nil {
		return err
	}
	if err := a.openDirectory(dir); err != nil {
		return err
	}
	f.objects = objects.New(objects.Options{Endpoint: a.cfg.AWSEndpoints["s3"], Credentials: a.cfg.AWSCredential})
	a.world.Functions = func(ref gateway.FunctionRef, caller lambda.Caller) compile.Function {
		return f.directory.Target(ref, caller)
	}
	return nil
}

// openHost makes what runs functions on this machine.
func (a *App) openHost(dir string, as *sandbox.User) error {
	found, err := runtimes.New(runtimes.Options{
		Dir: filepath.Join(dir, "runtimes"), Paths: a.cfg.Lambda.Runtimes, Log: a.log,
		Endpoint: a.functionEndpoint, Credentials: a.functionCredentials,
	})
	if err != nil {
		return fmt.Errorf("the runtimes of functions: %w", err)
	}
	a.functions.find = func(ctx context.Context, runtime string) {
		if err := found.Find(ctx, runtime); err != nil && ctx.Err() == nil {
			a.log.Warn("functions of this runtime cannot run here", "runtime", runtime, "error", err)
		}
	}
	a.functions.host = host.New(host.Options{
		Launcher: &launcher{code: a.functions.code, runtimes: found, watcher: code.NewWatcher()},
		Keeper:   sandbox.New(sandbox.Options{Sentinel: a.sentinel, User: as}), Logs: functionLogs{a.accessLogs, a.logged},
		Log: a.log, IdleAfter: a.cfg.Lambda.Idle,
	})
	return nil
}

func (a *App) openDirectory(dir string) error {
	cfg := &a.cfg.Lambda
	meters := functionMeters{a.metrics}
	keyID, secret, token, _ := a.cfg.AWSCredential("*")
	elsewhere, err := remote.New(remote.Options{
		Endpoints: cfg.Endpoints, Client: a.client, KeyID: keyID, Secret: secret, Token: token, Meters: meters,
	})
	if err != nil {
		return err
	}
	a.functions.roles = role.New(iam.AWSPolicy)
	a.functions.directory, err = lambda.New(lambda.Options{
		Host: a.functions.host, Remote: elsewhere, Roles: a.functions.roles, Concurrency: cfg.Concurrency, Meters: meters, Log: a.log,
		Spool: filepath.Join(dir, "events"), DeadLetters: filepath.Join(a.cfg.DataDir, "dead-letters"),
	})
	return err
}

// newFunctionControl makes the operations of functions.
func (a *App) newFunctionControl() *controllambda.Service {
	f := &a.functions
	f.control = controllambda.New(controllambda.Options{
		Store: a.store, Live: a.rollout, Functions: f.directory, Code: readyCode{f.code, f.find}, Objects: f.objects,
		Concurrency: a.cfg.Lambda.Concurrency, Now: time.Now, Log: a.log,
	})
	return f.control
}

// start begins what goes on behind the calls. All functions are known.
func (f *functions) start(ctx context.Context) error {
	f.directory.Start()
	return f.control.Start(ctx)
}

// stop waits until ctx ends for asynchronous calls that run, and then ends all workers.
func (f *functions) stop(ctx context.Context) error {
	if f.control != nil {
		f.control.Stop()
	}
	if f.directory != nil {
		f.directory.Close(ctx)
	}
	if f.objects != nil {
		f.objects.Close()
	}
	if f.host != nil {
		return f.host.Close()
	}
	return nil
}

// functionEndpoint is what functions call instead of AWS.
func (a *App) functionEndpoint() string {
	if a.cfg.Lambda.AWSEndpoint == config.Self {
		return "http://" + a.ControlAddr()
	}
	return a.cfg.Lambda.AWSEndpoint
}

// functionCredentials are the key pair that stands for a function's role, if there is one. A function that calls this
// Dipylon has the well-known pair where everyone has it.
func (a *App) functionCredentials(v *lambda.Version) runtimes.Credentials {
	keyID, secret, token, ok := a.cfg.AWSCredential(v.Role)
	if !ok && a.cfg.Lambda.AWSEndpoint == config.Self {
		if knownID, knownSecret, valid := a.cfg.WellKnown(); valid {
			keyID, secret = knownID, knownSecret
		}
	}
	return runtimes.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: token}
}

// functionUser reads a user's name, or UID:GID. Nil is whom this process runs as.
func functionUser(text string) (*sandbox.User, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // nobody else
	}
	uid, gid, numbers := strings.Cut(text, ":")
	if !numbers {
		u, err := user.Lookup(text)
		if err != nil {
			return nil, fmt.Errorf("--lambda-user: %w", err)
		}
		uid, gid = u.Uid, u.Gid
	}
	const bits = 32
	u, errU := strconv.ParseUint(uid, 10, bits)
	g, errG := strconv.ParseUint(gid, 10, bits)
	if err := errors.Join(errU, errG); err != nil {
		return nil, fmt.Errorf("--lambda-user: want a user's name or UID:GID: %w", err)
	}
	return &sandbox.User{UID: uint32(u), GID: uint32(g)}, nil
}

// makeReachable lets another user through to a directory of the data directory, in which all else is closed to others.
func makeReachable(dir string, as *sandbox.User) error {
	const private, through = 0o700, 0o711
	if err := os.MkdirAll(dir, private); err != nil || as == nil {
		return err
	}
	for _, own := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(own, through); err != nil {
			return err
		}
	}
	for at := filepath.Dir(filepath.Dir(dir)); at != filepath.Dir(at); at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.Mode()&1 == 0 {
			return fmt.Errorf("--lambda-user: functions could not reach their code, since %s is closed to others: choose another --data-dir", at)
		}
	}
	return nil
}

// running tells how many calls of each function run now.
func (f *functions) running(emit func(t gateway.Tenant, function string, running int)) {
	for _, s := range f.directory.Status() {
		emit(s.Tenant, s.Name, s.Running)
	}
}

// functionMeters count calls of functions among the other series.
type functionMeters struct{ metrics *telemetry.Metrics }

// Meter implements [lambda.Meters].
func (m functionMeters) Meter(t gateway.Tenant, function string) lambda.Meter {
	return m.metrics.Function(t.Account, t.Region, function)
}

// Forget implements [lambda.Meters].
func (m functionMeters) Forget(t gateway.Tenant, function string) {
	m.metrics.ForgetFunction(t.Account, t.Region, function)
}

// functionLogs write to log groups, and to whom the option FunctionLines names.
type functionLogs struct {
	sink   *accesslog.Sink
	logged func(group string, line []byte)
}

// Group implements [lambda.Logs]. A name that CloudWatch Logs would not take is not served by the control plane.
func (l functionLogs) Group(t gateway.Tenant, name string) lambda.LogWriter {
	group, err := l.sink.Group("arn:aws:logs:" + t.Region + ":" + t.Account + ":log-group:" + name)
	if err != nil {
		group, _ = l.sink.Group("") // which goes nowhere
	}
	if l.logged == nil {
		return group
	}
	return observedLog{group, name, l.logged}
}

// observedLog shows lines to one more.
type observedLog struct {
	lambda.LogWriter
	group  string
	logged func(group string, line []byte)
}

// LogTo implements [lambda.LogWriter].
func (l observedLog) LogTo(at time.Time, stream string, line []byte) {
	l.LogWriter.LogTo(at, stream, line)
	l.logged(l.group, line)
}
