package host_test

import (
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// BenchmarkInvoke is a warm call of a process, with its log, by one client and by sixteen. host-µs/op is the processor
// time of the host alone.
func BenchmarkInvoke(b *testing.B) {
	b.Run("raw", func(b *testing.B) { benchmark(b, newRig(b).runner("echo fast")) })
	for language := range languages {
		b.Run(language, func(b *testing.B) {
			_, f := realRunner(b, language)
			benchmark(b, f)
		})
	}
}

func benchmark(b *testing.B, f lambda.Runner) {
	for _, clients := range []int{1, 16} {
		b.Run(strconv.Itoa(clients), func(b *testing.B) {
			b.ReportAllocs()
			var all sync.WaitGroup
			before := used(b)
			for n := range clients {
				all.Go(func() { call(b, f, (b.N+n)/clients) })
			}
			all.Wait()
			b.ReportMetric(float64((used(b)-before).Nanoseconds())/1e3/float64(b.N), "host-µs/op")
		})
	}
}

func call(b *testing.B, f lambda.Runner, times int) {
	memory := make([]byte, 1024)
	in := invocation(`{"version":"2.0","routeKey":"GET /pets/{id}","rawPath":"/pets/7","headers":{"accept":"*/*"},"isBase64Encoded":false}`)
	in.TraceID = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
	in.Alloc = func(n int) []byte { return memory[:n] }
	var out lambda.Result
	for range times {
		if err := f.Invoke(b.Context(), in, &out); err != nil || out.FunctionError != "" {
			b.Error(err, string(out.Payload))
			return
		}
	}
}

// used is the processor time of this process alone.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
