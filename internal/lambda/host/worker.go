package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// phase is when a worker is initialised: before its first call or, if that failed, within the call
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-init-errors).
type phase string

const (
	phaseInit   phase = "init"
	phaseInvoke phase = "invoke"
)

// worker is a process that runs a version of a function.
type worker struct {
	runner      *runner
	phase       phase
	provisioned bool // started before there was a call
	stale       func() bool
	api         *runtimeapi.Server
	proc        *sandbox.Process // nil if it could not be executed
	log         *logger

	began    time.Time
	initTime time.Duration
	// failure is why the initialisation failed.
	failure *failure
	ending  atomic.Bool

	// What follows is guarded by the runner's lock. ready is a worker that is initialised, and gone one that does not count any more.
	idleSince   time.Time
	ready, gone bool
	expected    bool // to be free soon

	call   call
	peakMB int
	peakAt time.Time
}

// newWorker starts a process. A process that cannot be executed is a worker whose initialisation has failed.
func (r *runner) newWorker(ctx context.Context, ph phase, provisioned bool) (*worker, error) {
	keeper := r.host.opts.Keeper
	room, err := keeper.Room()
	if err != nil {
		return nil, internal("make a worker's directory", err)
	}
	w := &worker{runner: r, phase: ph, provisioned: provisioned, api: runtimeapi.New(lambda.MaxResponse), began: time.Now()}
	w.log = newLogger(r, newStream(r.version, w.began))
	err = w.launch(ctx, room)
	if err != nil {
		w.api.Close()
		_ = os.RemoveAll(room)
	}
	var path *fs.PathError
	switch {
	case err == nil:
		return w, nil
	case errors.As(err, &path) && path.Op == "fork/exec":
		w.failure = &failure{status: statusError, kind: "Runtime.InvalidEntrypoint", text: err.Error()}
		return w, nil
	case errors.As(err, new(*lambda.Error)):
		return nil, err
	}
	return nil, internal("start a worker", err)
}

func internal(what string, err error) error {
	return &lambda.Error{Kind: lambda.Internal, Message: "Internal Error", Cause: fmt.Errorf("%s: %w", what, err)}
}

func (w *worker) launch(ctx context.Context, room string) error {
	r := w.runner
	keeper := r.host.opts.Keeper
	spec := &Worker{
		Version: r.version, Tmp: tmpOf(room), Socket: socketOf(room), LogStream: w.log.stream, Provisioned: w.provisioned, Listen: w.api.ListenTCP,
	}
	if err := errors.Join(os.Mkdir(spec.Tmp, 0o700), w.api.ListenUnix(spec.Socket)); err != nil {
		return err
	}
	if err := errors.Join(keeper.Give(spec.Tmp), keeper.Give(spec.Socket)); err != nil {
		return err
	}
	launch, err := r.host.opts.Launcher.Launch(ctx, spec)
	if err != nil {
		return err
	}
	w.stale = launch.Stale
	mark := "AWS_LAMBDA_LOG_STREAM_NAME=" + spec.LogStream
	env := append([]string{mark}, launch.Env...)
	for i := 1; i < len(env); i++ {
		if strings.HasPrefix(env[i], "AWS_LAMBDA_LOG_STREAM_NAME=") {
			env = append(env[:i], env[i+1:]...)
		}
	}
	w.log.initStart(w)
	started := make(chan struct{})
	w.proc, err = keeper.Start(sandbox.Spec{
		Argv: launch.Argv, Env: env, Dir: launch.Dir, Mark: mark, Room: room, MemoryMB: r.version.MemoryMB,
		Line: w.log.line,
		Exited: func() {
			<-started
			w.api.Gone()
			r.lost(w)
		},
	})
	close(started)
	return err
}

// newStream names a log stream as AWS does: date, version, and what no other has.
func newStream(v *lambda.Version, at time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return at.UTC().Format("2006/01/02/") + "[" + v.Version + "]" + hex.EncodeToString(b[:])
}

// initialise waits until the worker asks for its first call, or until a time; in that it may fail.
func (w *worker) initialise(until time.Time) {
	if w.failure == nil {
		w.failure = w.awaitInit(until)
	}
	w.initTime = time.Since(w.began)
	if w.failure != nil {
		w.log.initReport(w)
		w.end()
		return
	}
	w.runner.mu.Lock()
	w.ready = true
	w.runner.mu.Unlock()
}

func (w *worker) awaitInit(until time.Time) *failure {
	news := make(chan struct{})
	if w.api.WhenReady(func() { close(news) }) {
		return nil
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-news:
		if f := w.api.InitFailure(); f != nil {
			return initFailure(f)
		}
		return nil
	case <-w.proc.Exited():
		if f := w.api.InitFailure(); f != nil {
			return initFailure(f)
		}
		return exitFailure(w.proc.Exit())
	case <-timer.C:
		return &failure{status: statusTimeout}
	}
}

// isStale reports whether the worker has old code.
func (w *worker) isStale() bool { return w.stale != nil && w.stale() }

// end ends the worker's process.
func (w *worker) end() {
	w.ending.Store(true)
	if w.proc != nil {
		w.proc.Kill()
	}
	w.api.Close()
}

// peakAge is how old the figure of a worker's memory may be: asking costs a call of the system.
const peakAge = 200 * time.Millisecond

// peak is the most memory that the worker has had.
func (w *worker) peak(f *failure) int {
	if w.proc == nil {
		return 0
	}
	if now := time.Now(); now.Sub(w.peakAt) > peakAge || f != nil {
		w.peakMB, w.peakAt = w.proc.PeakMB(), now
	}
	return min(w.peakMB, w.runner.version.MemoryMB)
}
