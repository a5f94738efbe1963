package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/host"
)

func shortInit(o *host.Options) { o.InitTimeout = time.Second }

func TestInvoke(t *testing.T) {
	r := newRig(t)
	f := r.runner("print")
	in := invocation("no newline")
	in.Tail = true
	out := r.invoke(f, in)
	if string(out.Payload) != "{}" || out.FunctionError != "" {
		t.Fatalf("got %+v", out)
	}
	// https://github.com/localstack/localstack, tests/aws/services/lambda_/test_lambda.snapshot.json: test_invocation_type_event_error
	want := []string{
		`^INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}$`,
		`^START RequestId: ` + id + ` Version: \$LATEST$`, `^to stderr$`, `^no newline$`, `^END RequestId: ` + id + `$`,
		`^REPORT RequestId: ` + id + `\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: \d+\.\d\d ms\t$`,
	}
	lines := r.logs.all()
	if len(lines) != len(want) || r.logs.group != "/aws/lambda/f" {
		t.Fatalf("logged %q to %s", lines, r.logs.group)
	}
	for i := range want {
		if !regexp.MustCompile(want[i]).MatchString(lines[i]) {
			t.Errorf("logged %q, want %s", lines[i], want[i])
		}
	}
	if tail := string(out.LogTail); tail != strings.Join(lines[1:], "\n")+"\n" {
		t.Errorf("tail %q", tail)
	}
	in = invocation("x")
	if out := r.invoke(f, in); out.LogTail != nil {
		t.Error("a tail that nobody wanted")
	}
	if last := r.logs.all()[9]; strings.Contains(last, "Init Duration") {
		t.Errorf("logged %q", last)
	}
}

func TestEventAndEnvironment(t *testing.T) {
	t.Setenv("SECRET_OF_OURS", "x")
	r := newRig(t)
	in := invocation("")
	in.TraceID, in.ClientContext = "Root=1-a", `{"b":1}`
	f := r.runner("tell")
	before := time.Now().Add(patience).UnixMilli()
	got := strings.Split(string(r.invoke(f, in).Payload), "|")
	if got[1] != in.InvokedARN || got[2] != "Root=1-a" || got[3] != `{"b":1}` {
		t.Errorf("got %q", got)
	}
	if at := int64(atoi(t, got[0])); at < before || at > time.Now().Add(patience).UnixMilli() {
		t.Errorf("deadline %d", at)
	}
	if !regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`).MatchString(got[4]) || strings.Contains(got[5], "SECRET") {
		t.Errorf("log stream %s, environment %s", got[4], got[5])
	}
	in = invocation("")
	got = strings.Split(string(r.invoke(f, in).Payload), "|")
	if !regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`).MatchString(got[2]) {
		t.Errorf("trace %q", got[2])
	}
}

func TestTailIsTheEnd(t *testing.T) {
	r := newRig(t)
	in := invocation(strings.Repeat(strings.Repeat("x", 99)+"\n", 1000))
	in.Tail = true
	tail := r.invoke(r.runner("print"), in).LogTail
	if len(tail) != 4<<10 || !strings.HasSuffix(string(tail), "\t\n") {
		t.Errorf("%d bytes, ending %q", len(tail), tail[len(tail)-10:])
	}
}

// TestScale has calls at the same time, and then one after the other: the worker that was used last gets them.
func TestScale(t *testing.T) {
	r := newRig(t)
	f := r.runner("slow")
	const calls = 5
	var done sync.WaitGroup
	for n := range calls {
		done.Go(func() { r.invoke(f, invocation(r.file(n))) })
	}
	for n := range calls {
		begun(t, r.file(n))
	}
	if n := r.starts.Load(); n != calls || f.Warmed() != calls {
		t.Errorf("%d workers were started, %d are warm, want %d", n, f.Warmed(), calls)
	}
	for n := range calls {
		_ = os.Remove(r.file(n))
	}
	done.Wait()
	for range 3 {
		var one sync.WaitGroup
		one.Go(func() { r.invoke(f, invocation(r.file(0))) })
		begun(t, r.file(0))
		_ = os.Remove(r.file(0))
		one.Wait()
	}
	if n := r.starts.Load(); n != calls {
		t.Errorf("%d workers were started for calls one after the other", n)
	}
}

func TestIdleOut(t *testing.T) {
	r := newRig(t)
	f := r.runner("pid")
	pid := string(r.invoke(f, invocation("")).Payload)
	idle := func() { until(t, "an idle worker", func() bool { return host.Idle(f) == 1 }) }
	idle()
	r.clock.advance(host.DefaultIdle / 2)
	if again := string(r.invoke(f, invocation("")).Payload); again != pid {
		t.Errorf("process %s after %s", again, pid)
	}
	idle()
	r.clock.advance(host.DefaultIdle - time.Second)
	if f.Warmed() != 1 {
		t.Error("ended too early")
	}
	r.clock.advance(2 * time.Minute)
	if f.Warmed() != 0 {
		t.Error("still warm")
	}
	until(t, "the process's end", func() bool { return !alive(pid) })
	r.clock.advance(2 * time.Minute)
	if n := r.clock.pending(); n != 0 {
		t.Errorf("%d timers without a worker", n)
	}
	if again := string(r.invoke(f, invocation("")).Payload); again == pid {
		t.Error("the same process")
	}
}

// TestIdleFunctionsCostNothing makes a thousand runners and looks at goroutines and timers.
func TestIdleFunctionsCostNothing(t *testing.T) {
	r := newRig(t)
	before := goruntime.NumGoroutine()
	var all []lambda.Runner
	for range 1000 {
		all = append(all, r.runner("echo"))
	}
	if after := goruntime.NumGoroutine(); after > before || r.clock.pending() > 0 || r.starts.Load() > 0 {
		t.Errorf("%d goroutines more, %d timers, %d processes", after-before, r.clock.pending(), r.starts.Load())
	}
	for _, f := range all {
		f.Retire()
	}
}

func TestWarm(t *testing.T) {
	r := newRig(t)
	f := r.runner("pid")
	f.Warm(2)
	until(t, "two workers", func() bool { return f.Warmed() == 2 })
	r.clock.advance(2 * host.DefaultIdle)
	if f.Warmed() != 2 {
		t.Error("warm workers ended")
	}
	pid := string(r.invoke(f, invocation("")).Payload)
	if n := r.starts.Load(); n != 2 {
		t.Errorf("%d workers were started", n)
	}
	kill(t, pid)
	until(t, "the process's end", func() bool { return f.Warmed() == 1 })
	r.clock.advance(2 * time.Minute)
	until(t, "another in its place", func() bool { return r.starts.Load() == 3 && f.Warmed() == 2 })
	f.Warm(0)
	r.clock.advance(2 * host.DefaultIdle)
	if f.Warmed() != 0 {
		t.Error("still warm")
	}
}

func TestRetire(t *testing.T) {
	r := newRig(t)
	f := r.runner("slow")
	var done sync.WaitGroup
	done.Go(func() {
		if out := r.invoke(f, invocation(r.file(0))); string(out.Payload) != "slow" {
			t.Errorf("got %+v", out)
		}
	})
	begun(t, r.file(0))
	f.Retire()
	_ = os.Remove(r.file(0))
	done.Wait()
	until(t, "the worker's end", func() bool { return f.Warmed() == 0 })
}

// TestRecycle changes the code under load: no call fails, and all later ones are of new workers.
func TestRecycle(t *testing.T) {
	r := newRig(t)
	var generation sync.Map
	change := func() {
		var old bool
		var mu sync.Mutex
		f := func() bool { mu.Lock(); defer mu.Unlock(); return old }
		r.stale.Store(&f)
		generation.Store("end", func() { mu.Lock(); old = true; mu.Unlock() })
	}
	change()
	f := r.runner("pid")
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for range 3 {
		load.Go(func() {
			for ctx.Err() == nil {
				if out := r.invoke(f, invocation("")); out.FunctionError != "" {
					t.Errorf("got %s", out.Payload)
				}
			}
		})
	}
	for range 3 {
		before := r.starts.Load()
		end, _ := generation.Load("end")
		change()
		end.(func())()
		until(t, "new workers", func() bool { return r.starts.Load() > before })
	}
	stop()
	load.Wait()
}

// TestCallerLeaves lets callers leave while their call waits for a worker and while it runs: both calls go on.
func TestCallerLeaves(t *testing.T) {
	for _, by := range []string{"context", "deadline"} {
		t.Run(by, func(t *testing.T) {
			r := newRig(t)
			f := r.runner("slow")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan struct{})
			payload := []byte(r.file(1))
			in := &lambda.Invocation{Payload: payload, RequestID: id, Ended: func() { close(ended) }, Alloc: func(int) []byte {
				t.Error("memory was taken for an answer that nobody waits for")
				return nil
			}}
			if by == "deadline" {
				in.Deadline = time.Now().Add(200 * time.Millisecond)
			} else {
				go func() {
					begun(t, r.file(1))
					cancel()
				}()
			}
			err := f.Invoke(ctx, in, &lambda.Result{})
			var e *lambda.Error
			if !errors.As(err, &e) || e.Kind != lambda.TimedOut {
				t.Fatalf("got %v", err)
			}
			clear(payload)
			begun(t, r.file(1))
			_ = os.Remove(r.file(1))
			<-ended
			r.logs.wait(t, "REPORT RequestId: "+id)
			if f.Warmed() != 1 {
				t.Error("the worker is lost")
			}
		})
	}
}

func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a gigabyte")
	}
	r := newRig(t)
	out := r.invoke(r.runner("flood"), invocation(""))
	if out.FunctionError != "" || r.logs.bytes < 1<<30-1<<14 {
		t.Errorf("got %s after %d bytes", out.Payload, r.logs.bytes)
	}
}

func TestForkedProcessesEnd(t *testing.T) {
	if goruntime.GOOS != "linux" {
		t.Skip("who leaves the group is found only where there is /proc")
	}
	r := newRig(t)
	f := r.runner("fork")
	child := string(r.invoke(f, invocation("")).Payload)
	if !alive(child) {
		t.Fatal("no child")
	}
	f.Retire()
	until(t, "the child's end", func() bool { return !alive(child) })
}

// TestOfficialClient runs a function on AWS's own client for Go, over TCP.
func TestOfficialClient(t *testing.T) {
	r := newRig(t)
	f := r.runner("official")
	for range 3 {
		if out := r.invoke(f, invocation(`{"a":1}`)); string(out.Payload) != `{"a":1}` || out.FunctionError != "" {
			t.Errorf("got %+v", out)
		}
	}
	out := r.invoke(f, invocation(`{"fail":true}`))
	if out.FunctionError != "Unhandled" || string(out.Payload) != `{"errorMessage":"as you wish","errorType":"errorString"}` {
		t.Errorf("got %s %s", out.FunctionError, out.Payload)
	}
	if n := r.starts.Load(); n != 1 {
		t.Errorf("%d workers were started", n)
	}
}

// TestShell runs a bootstrap as people write them in shells, with a connection for each request.
func TestShell(t *testing.T) {
	need(t, "curl")
	r := newRig(t)
	script := filepath.Join(r.dir, "bootstrap")
	text := `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  event=$(curl -sS -D "$TMPDIR/head" "$api/next") || exit 1
  id=$(grep -i lambda-runtime-aws-request-id "$TMPDIR/head" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -d "$event$event" "$api/$id/response"
done
`
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	f := r.runner("shell")
	for range 3 {
		if out := r.invoke(f, invocation("ab")); string(out.Payload) != "abab" || out.FunctionError != "" {
			t.Errorf("got %s %s", out.FunctionError, out.Payload)
		}
	}
	if n := r.starts.Load(); n > 2 { // the shell may be slow to come back
		t.Errorf("%d workers were started", n)
	}
}

func TestClose(t *testing.T) {
	r := newRig(t)
	f := r.runner("never")
	got := make(chan lambda.Result)
	go func() {
		var out lambda.Result
		_ = f.Invoke(context.Background(), invocation(""), &out)
		got <- out
	}()
	r.logs.wait(t, "START RequestId")
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if out := <-got; out.FunctionError == "" {
		t.Errorf("got %+v", out)
	}
	if err := f.Invoke(t.Context(), invocation(""), &lambda.Result{}); err == nil {
		t.Error("a call after the end")
	}
}

func kill(t *testing.T, pid string) {
	t.Helper()
	p, err := os.FindProcess(atoi(t, pid))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
}
