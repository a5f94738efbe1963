package host_test

import (
	"context"
	"io"
	"os"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// TestChaos calls a function that does anything, by callers of whom some leave. Each call ends once, and the function
// works at the end.
func TestChaos(t *testing.T) {
	goroutines, files := goruntime.NumGoroutine(), openFiles()
	r := newRig(t)
	f := r.runner("any", within(500*time.Millisecond))
	deeds := []string{"echo", "exit", "error", "twice", "garbage", "7 MB", "print", "no json", "hang up", "fork", "die", "stream", "stream, exit"}
	const clients, calls = 8, 13
	var all sync.WaitGroup
	var ended atomic.Int64
	for n := range clients {
		all.Go(func() {
			for k := range calls {
				ctx, cancel := context.WithCancel(t.Context())
				in := invocation(deeds[(n*5+k)%len(deeds)])
				in.Streaming = k%2 == 0
				in.Ended = func() { ended.Add(1) }
				if n%4 == 0 {
					time.AfterFunc(time.Duration(k)*time.Millisecond, cancel)
				}
				var out lambda.Result
				err := f.Invoke(ctx, in, &out)
				if out.Stream != nil {
					if k%4 == 0 {
						_, _ = io.Copy(io.Discard, out.Stream)
					}
					_ = out.Stream.Close()
				}
				if err != nil && ctx.Err() == nil {
					t.Errorf("%s: %v", in.Payload, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	until(t, "the end of all calls", func() bool { return ended.Load() == clients*calls })
	if out := r.invoke(f, invocation("echo")); string(out.Payload) != "echo" {
		t.Errorf("got %+v", out)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	until(t, "the end of all goroutines", func() bool { return goruntime.NumGoroutine() <= goroutines })
	until(t, "the closing of all files", func() bool { return openFiles() <= files })
}

// openFiles counts the descriptors in use, where that can be known.
func openFiles() int {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(open)
}
