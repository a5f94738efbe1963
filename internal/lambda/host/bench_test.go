package host_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// BenchmarkInvoke is a warm call of a process, with its log.
func BenchmarkInvoke(b *testing.B) {
	r := newRig(b)
	f := r.runner("echo fast")
	memory := make([]byte, 1024)
	in := invocation(`{"version":"2.0","routeKey":"GET /pets/{id}","rawPath":"/pets/7","headers":{"accept":"*/*"},"isBase64Encoded":false}`)
	in.TraceID = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
	in.Alloc = func(n int) []byte { return memory[:n] }
	var out lambda.Result
	ctx := b.Context()
	b.ReportAllocs()
	before := used(b)
	for b.Loop() {
		if err := f.Invoke(ctx, in, &out); err != nil || out.FunctionError != "" {
			b.Fatal(err, string(out.Payload))
		}
	}
	b.ReportMetric(float64((used(b)-before).Nanoseconds())/1e3/float64(b.N), "host-µs/op")
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
