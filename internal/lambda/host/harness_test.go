package host_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/host"
	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// patience bounds what a test waits for; nothing is expected to take that long.
const patience = time.Minute

// rig is a host whose functions are this binary.
type rig struct {
	*host.Host
	t      testing.TB
	dir    string
	keeper *sandbox.Keeper
	logs   *logs
	clock  *clock
	stale  atomic.Pointer[func() bool]
	starts atomic.Int64
}

func newRig(t testing.TB, change ...func(*host.Options)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), logs: &logs{news: make(chan struct{}, 1)}, clock: &clock{now: time.Now()}}
	keeper := sandbox.New(sandbox.Options{Dir: t.TempDir(), Sentinel: []string{"/usr/bin/env", "SENTINEL=1", os.Args[0]}})
	r.keeper = keeper
	opts := host.Options{Launcher: r, Keeper: keeper, Logs: r.logs, Log: slog.New(slog.DiscardHandler), Clock: r.clock}
	for _, f := range change {
		f(&opts)
	}
	r.Host = host.New(opts)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Launch implements host.Launcher.
func (r *rig) Launch(_ context.Context, w *host.Worker) (host.Launch, error) {
	r.starts.Add(1)
	env := []string{"HANDLER=" + w.Version.Handler, "SOCKET=" + w.Socket, "TMPDIR=" + w.Tmp, "SHARED=" + r.dir}
	argv := []string{os.Args[0]}
	switch w.Version.Handler {
	case "none":
		argv = []string{"/var/task/bootstrap"}
	case "no runtime":
		return host.Launch{}, &lambda.Error{Kind: lambda.NoRuntime, Message: "there is none"}
	case "official", "shell":
		addr, err := w.Listen()
		if err != nil {
			return host.Launch{}, err
		}
		env = append(env, "AWS_LAMBDA_RUNTIME_API="+addr, "_HANDLER=x", "AWS_LAMBDA_FUNCTION_NAME=f", "PATH="+os.Getenv("PATH"))
		if w.Version.Handler == "shell" {
			argv[0] = filepath.Join(r.dir, "bootstrap")
		}
	}
	l := host.Launch{Argv: argv, Env: env, Dir: r.dir}
	if f := r.stale.Load(); f != nil {
		l.Stale = *f
	}
	return l, nil
}

func version(handler string) *lambda.Version {
	return &lambda.Version{
		FunctionVersion: gateway.FunctionVersion{
			Version: "$LATEST", Runtime: "provided.al2023", Handler: handler, MemoryMB: 512, Timeout: patience,
		},
		Tenant: gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}, Name: "f",
	}
}

func (r *rig) runner(handler string, change ...func(*lambda.Version)) lambda.Runner {
	v := version(handler)
	for _, f := range change {
		f(v)
	}
	return r.Runner(v)
}

func within(d time.Duration) func(*lambda.Version) {
	return func(v *lambda.Version) { v.Timeout = d }
}

const id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

func invocation(payload string) *lambda.Invocation {
	return &lambda.Invocation{Payload: []byte(payload), RequestID: id, InvokedARN: "arn:aws:lambda:eu-west-1:000000000000:function:f"}
}

// invoke calls a function, which must be run.
func (r *rig) invoke(run lambda.Runner, in *lambda.Invocation) lambda.Result {
	r.t.Helper()
	ended := 0
	in.Ended = func() { ended++ }
	var out lambda.Result
	if err := run.Invoke(r.t.Context(), in, &out); err != nil {
		r.t.Fatal(err)
	}
	if out.Stream == nil && ended != 1 {
		r.t.Errorf("the call ended %d times", ended)
	}
	return out
}

// logs collects what functions log.
type logs struct {
	mu    sync.Mutex
	group string
	lines []string
	bytes int
	news  chan struct{}
}

// Group implements lambda.Logs.
func (l *logs) Group(_ gateway.Tenant, name string) lambda.LogWriter {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.group = name
	return l
}

// LogTo implements lambda.LogWriter.
func (l *logs) LogTo(_ time.Time, _ string, line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += len(line)
	if len(l.lines) < 1000 {
		l.lines = append(l.lines, string(line))
	}
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *logs) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// wait waits for a line with a text.
func (l *logs) wait(t testing.TB, part string) string {
	t.Helper()
	for late := time.After(patience); ; {
		for _, line := range l.all() {
			if strings.Contains(line, part) {
				return line
			}
		}
		select {
		case <-l.news:
		case <-late:
			t.Fatalf("no line with %q in %q", part, l.all())
		}
	}
}

// clock is moved by hand.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	tasks []*task
}

type task struct {
	at time.Time
	f  func()
}

// Now implements host.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements host.Clock.
func (c *clock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := &task{c.now.Add(d), f}
	c.tasks = append(c.tasks, one)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		one.f = func() {}
	}
}

// advance moves the time and runs what is due.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	c.tasks = slices.DeleteFunc(c.tasks, func(one *task) bool {
		if one.at.After(c.now) {
			return false
		}
		due = append(due, one.f)
		return true
	})
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// pending counts what is to be run later.
func (c *clock) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tasks)
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for late := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("never came: " + what)
		}
	}
}

// begun waits until the function "slow" has begun with a file, which is removed to have it end.
func begun(t testing.TB, path string) {
	t.Helper()
	until(t, "the call's begin", func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

func (r *rig) file(n int) string { return filepath.Join(r.dir, fmt.Sprint("call", n)) }

// alive reports whether a process is there and no zombie.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
