//go:build unix

package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// longest is how long a test waits for what must come.
const longest = 30 * time.Second

// eventually waits until there is nothing left to say.
func eventually(t *testing.T, missing func() string) {
	t.Helper()
	for deadline := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
		left := missing()
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %s", longest, left)
		}
	}
}

// runs tells whether a process is there and has not ended. One that nobody waits for has.
func runs(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) // without /proc the signal decides
	}
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return !bytes.HasPrefix(state, []byte("Z"))
}

func gone(t *testing.T, pids []int) {
	t.Helper()
	eventually(t, func() string {
		if left := slices.DeleteFunc(slices.Clone(pids), func(pid int) bool { return !runs(pid) }); len(left) > 0 {
			return fmt.Sprintf("processes %v run", left)
		}
		return ""
	})
}

// TestNoProcessIsLeft ends the server by SIGKILL and by SIGTERM while functions run that left children behind, some of them in sessions of
// their own: all end.
func TestNoProcessIsLeft(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			s := serve(t, t.TempDir())
			s.function("forks", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(3) }) // that SIGTERM waits for
			api := s.route("forks")
			var pids []int
			for _, path := range []string{"/fork", "/fork?detach=1"} {
				v := s.call(api, path)
				pids = append(pids, v.PID, v.Child)
			}
			var calls sync.WaitGroup
			for range 3 {
				calls.Go(func() { _, _ = s.get(api, "/hang") })
			}
			s.call(api, "/slow?ms=200") // while the others hang
			for _, pid := range pids {
				if !runs(pid) {
					t.Errorf("process %d has ended too early", pid)
				}
			}
			workers := children(s.PID())
			if len(workers) < 3 {
				t.Errorf("the server has the children %v", workers)
			}
			if err := s.Signal(signal); err != nil {
				t.Fatal(err)
			}
			gone(t, append(pids, workers...))
			calls.Wait()
		})
	}
}

// children are the processes whose parent that one is; none where there is no /proc.
func children(parent int) []int {
	var all []int
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, _ := os.ReadFile(file)
		var pid, of int
		var state string
		head, rest, _ := strings.Cut(string(stat), " (")
		_, rest, _ = strings.Cut(rest, ") ")
		_, _ = fmt.Sscan(head, &pid)
		if _, err := fmt.Sscan(rest, &state, &of); err == nil && of == parent {
			all = append(all, pid)
		}
	}
	return all
}

// TestChildrenEndWithTheirFunction deletes a function that left children behind.
func TestChildrenEndWithTheirFunction(t *testing.T) {
	s := serve(t, t.TempDir())
	s.function("forks", nil)
	api := s.route("forks")
	one, two := s.call(api, "/fork"), s.call(api, "/fork?detach=1")
	if _, err := s.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("forks")}); err != nil {
		t.Fatal(err)
	}
	gone(t, []int{one.PID, one.Child, two.PID, two.Child})
}

// TestConcurrency calls a function with a reserved concurrency of two by eight callers: no more than two run at once, and what is over the limit is
// throttled at once.
func TestConcurrency(t *testing.T) {
	const reserved, callers, each, tries = 2, 8, 3, 10_000
	s := serve(t, t.TempDir())
	s.function("limited", nil)
	_, err := s.lambda.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{
		FunctionName: aws.String("limited"), ReservedConcurrentExecutions: aws.Int32(reserved),
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var ran []told
	throttled := 0
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			own := 0
			for try := 0; own < each && try < tries; try++ {
				out, err := s.invoke("limited", "/slow?ms=50")
				var limit *types.TooManyRequestsException
				mu.Lock()
				switch {
				case errors.As(err, &limit):
					if throttled++; limit.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
						t.Errorf("reason %q", limit.Reason)
					}
				case err != nil:
					t.Error(err)
				default:
					own++
					ran = append(ran, tell(t, out.Payload))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	atOnce := 0
	for _, a := range ran {
		n := 0
		for _, b := range ran {
			if b.Began <= a.Began && a.Began < b.Ended {
				n++
			}
		}
		atOnce = max(atOnce, n)
	}
	if len(ran) != callers*each || throttled == 0 || atOnce > reserved {
		t.Errorf("%d calls ran, %d at once, %d were throttled", len(ran), atOnce, throttled)
	}
}

// TestUpdateUnderLoad changes a function's code again and again while clients call it: no call fails, and the first call after a change
// runs the new code.
func TestUpdateUnderLoad(t *testing.T) {
	const callers, changes = 4, 20
	s := serve(t, t.TempDir())
	s.function("changing", nil)
	api := s.route("changing")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calling sync.WaitGroup
	var mu sync.Mutex
	calls := 0
	for range callers {
		calling.Go(func() {
			for ctx.Err() == nil {
				answer, err := s.get(api, "/slow?ms=5")
				if err != nil || answer.Status != 200 {
					t.Errorf("%+v, %v", answer, err)
					return
				}
				mu.Lock()
				calls++
				mu.Unlock()
			}
		})
	}
	for n := range changes {
		code, want := built.two, "two"
		if n%2 == 1 {
			code, want = built.one, "one"
		}
		_, err := s.lambda.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("changing"), ZipFile: code})
		if err != nil {
			t.Fatal(err)
		}
		updated := lambda.NewFunctionUpdatedV2Waiter(s.lambda, func(o *lambda.FunctionUpdatedV2WaiterOptions) { o.MinDelay = 5 * time.Millisecond })
		if err := updated.Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: aws.String("changing")}, longest); err != nil {
			t.Fatal(err)
		}
		if got := s.call(api, "/echo").Version; got != want {
			t.Errorf("change %d: version %s runs", n, got)
		}
	}
	cancel()
	calling.Wait()
	t.Logf("%d calls during %d changes", calls, changes)
	if calls < changes {
		t.Errorf("only %d calls", calls)
	}
}

// TestRestartKeepsFunctions stops and kills the server: functions, their code and permissions are there again.
func TestRestartKeepsFunctions(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	s.function("kept", nil)
	api := s.route("kept")
	s.call(api, "/echo")
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGKILL} {
		if err := s.Signal(signal); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), longest)
		_ = s.Wait(ctx)
		cancel()
		s = serve(t, dir)
		if got := s.call(api, "/echo"); got.Version != "one" {
			t.Errorf("after %v: %+v", signal, got)
		}
	}
}

// TestAcknowledgedEventsOutliveACrash kills the server again and again while clients hand in asynchronous calls: each that was
// acknowledged is run, by the next server at the latest.
func TestAcknowledgedEventsOutliveACrash(t *testing.T) {
	const kills, clients, events = 3, 3, 10
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "ran")
	s := serve(t, dir)
	s.function("async", nil)
	var acknowledged []string
	for round := range kills {
		var mu sync.Mutex
		var sending sync.WaitGroup
		enough := make(chan struct{})
		count := 0
		for client := range clients {
			sending.Go(func() {
				for n := 0; ; n++ {
					line := fmt.Sprintf("%d-%d-%d", round, client, n)
					_, err := s.lambda.Invoke(context.WithoutCancel(t.Context()), &lambda.InvokeInput{
						FunctionName: aws.String("async"), InvocationType: types.InvocationTypeEvent, Payload: payload("/append?file=" + file + "&line=" + line),
					})
					if err != nil {
						return // killed
					}
					mu.Lock()
					acknowledged = append(acknowledged, line)
					if count++; count == events {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(longest):
			t.Fatal("too few events were acknowledged")
		}
		s.Kill()
		sending.Wait()
		s = serve(t, dir)
	}
	eventually(t, func() string {
		text, err := os.ReadFile(file)
		if err != nil {
			return err.Error()
		}
		ran := strings.Split(string(text), "\n")
		for _, line := range acknowledged {
			if !slices.Contains(ran, line) {
				return "event " + line + " was acknowledged and has not run"
			}
		}
		return ""
	})
	t.Logf("%d events acknowledged, none lost", len(acknowledged))
}
