// Package host runs functions on this machine: it is a lambda.Host whose workers are child processes.
//
// A runner has the workers of one version of a function. A call takes the worker that was used last; if none is idle, it
// waits for whichever comes first, one that becomes free or one that is started. A worker has one call at a time. The runner speaks to
// it by package runtimeapi and ends it by package sandbox; how it is started, its [Launcher] knows.
//
// Timeouts, crashes and refused answers are worded as AWS words them (failure.go), and so are the lines that AWS
// adds to a function's log (log.go, text.go, record.go).
package host

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// Launcher knows how workers are started.
type Launcher interface {
	// Launch returns how a worker is started. An error that is a [*lambda.Error] is the call's answer.
	Launch(ctx context.Context, w *Worker) (Launch, error)
}

// Worker is a process that is to be started.
type Worker struct {
	Version *lambda.Version
	// Tmp is the worker's own directory for its temporary files, and Socket where its Runtime API listens.
	Tmp, Socket string
	// LogStream is the worker's alone. The environment has it as AWS_LAMBDA_LOG_STREAM_NAME.
	LogStream string
	// Provisioned is a worker that is started before there is a call.
	Provisioned bool
	// Listen lets the Runtime API listen on TCP, too, for clients that cannot do otherwise, and returns its address.
	Listen func() (string, error)
}

// Launch is how a worker is started.
type Launch struct {
	// Argv is the command line; its first member is a path.
	Argv []string
	// Env is the whole environment.
	Env []string
	// Dir is the working directory.
	Dir string
	// Stale, if not nil, tells whether the code has changed since. Such a worker ends when it is idle; its call is not
	// disturbed.
	Stale func() bool
}

// Clock is the time for workers that are idle.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f after d, unless stop is called before.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Options are a host's settings.
type Options struct {
	Launcher Launcher
	Keeper   *sandbox.Keeper
	Logs     lambda.Logs
	// Log is for our own failures.
	Log *slog.Logger
	// IdleAfter is after how long an idle worker ends; 0 stands for [DefaultIdle].
	IdleAfter time.Duration
	// InitTimeout bounds the initialisation of a worker; 0 stands for [DefaultInit].
	InitTimeout time.Duration
	// Clock may be nil.
	Clock Clock
}

const (
	// DefaultIdle is how long workers stay idle. AWS says of its own only that it is some time.
	DefaultIdle = 10 * time.Minute
	// DefaultInit is AWS's limit of the init phase
	// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib).
	DefaultInit = 10 * time.Second
	// defaultTimeout is AWS's for functions that are made without one.
	defaultTimeout = 3 * time.Second
)

// Host is a lambda.Host. It is safe for use by many goroutines.
type Host struct {
	opts Options

	mu      sync.Mutex
	runners map[*runner]struct{} // those that have workers, or want some
	sweeper func()               // stops the next sweep; nil if none is to come
	closed  bool
}

// New returns a host, which starts nothing yet.
func New(opts Options) *Host {
	if opts.IdleAfter <= 0 {
		opts.IdleAfter = DefaultIdle
	}
	if opts.InitTimeout <= 0 {
		opts.InitTimeout = DefaultInit
	}
	if opts.Clock == nil {
		opts.Clock = systemClock{}
	}
	return &Host{opts: opts, runners: map[*runner]struct{}{}}
}

// Runner returns a runner for a version.
func (h *Host) Runner(v *lambda.Version) lambda.Runner {
	group := v.LogGroup
	if group == "" {
		group = "/aws/lambda/" + v.Name
	}
	timeout := v.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &runner{host: h, version: v, format: newFormat(v), logs: h.opts.Logs.Group(v.Tenant, group), timeout: timeout}
}

// Close ends all workers, and with them the calls under way, and the keeper.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	if h.sweeper != nil {
		h.sweeper()
		h.sweeper = nil
	}
	runners := h.runners
	h.runners = map[*runner]struct{}{}
	h.mu.Unlock()
	for r := range runners {
		r.Retire()
	}
	return h.opts.Keeper.Close()
}

// watch sees to it that a runner's idle workers end in time.
func (h *Host) watch(r *runner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.runners[r] = struct{}{}
	h.plan()
}

// Bounds of the time between two looks at idle workers.
const (
	minSweep = time.Second
	maxSweep = time.Minute
)

func (h *Host) plan() {
	if h.sweeper == nil && len(h.runners) > 0 {
		const parts = 10
		h.sweeper = h.opts.Clock.AfterFunc(min(max(h.opts.IdleAfter/parts, minSweep), maxSweep), h.sweep)
	}
}

// sweep ends the workers that have been idle for too long, or whose code has changed.
func (h *Host) sweep() {
	h.mu.Lock()
	runners := make([]*runner, 0, len(h.runners))
	for r := range h.runners {
		runners = append(runners, r)
	}
	h.mu.Unlock()
	now := h.opts.Clock.Now()
	var done []*runner
	for _, r := range runners {
		if r.sweep(now.Add(-h.opts.IdleAfter)) {
			done = append(done, r)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range done {
		if r.isEmpty() { // still
			delete(h.runners, r)
		}
	}
	h.sweeper = nil
	if !h.closed {
		h.plan()
	}
}

type systemClock struct{}

// Now implements Clock.
func (systemClock) Now() time.Time { return time.Now() }

// AfterFunc implements Clock.
func (systemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// Names of what is in a worker's room.
func tmpOf(room string) string    { return filepath.Join(room, "tmp") }
func socketOf(room string) string { return filepath.Join(room, "api") }
