package throttle

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

func TestStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		buckets := NewBuckets()
		account := Gate{Limit: Limit{Rate: 1, Burst: 3}, Bucket: buckets.Get(Key{Region: "r"}), Scope: "account"}
		step := func(route string, burst int) exchange.Step {
			return Step(buckets, Gate{
				Limit: Limit{Rate: 1, Burst: burst}, Scope: "route",
				Bucket: buckets.Get(Key{Region: "r", API: "a", Stage: "s", Route: route}),
			}, account)
		}
		try := func(s exchange.Step) string {
			err := s.Run(t.Context(), nil)
			var fault *exchange.Fault
			if errors.As(err, &fault) && fault.Kind == exchange.KindThrottled {
				return fault.Cause.Error()
			}
			if err != nil {
				t.Fatal(err)
			}
			return ""
		}
		const routeFull, accountFull = "route limit of 1 calls/s with bursts of 2 is reached", "account limit of 1 calls/s with bursts of 3 is reached"
		a := step("GET /a", 2)
		for i, want := range []string{"", "", routeFull} {
			if got := try(a); got != want {
				t.Errorf("call %d: %q", i, got)
			}
		}
		// A redeploy compiles the step anew and refills nothing.
		if got := try(step("GET /a", 2)); got != routeFull {
			t.Errorf("after a redeploy: %q", got)
		}
		b := step("GET /b", 5)
		for i, want := range []string{"", accountFull} {
			if got := try(b); got != want {
				t.Errorf("the account's call %d: %q", i, got)
			}
		}
		time.Sleep(time.Second)
		if got := try(a); got != "" {
			t.Errorf("a second later: %q", got)
		}
	})
}

func TestForget(t *testing.T) {
	s := NewBuckets()
	gone, stays, account := Key{Region: "r", API: "a"}, Key{Region: "r2", API: "a"}, Key{Region: "r"}
	before := map[Key]*Bucket{gone: s.Get(gone), stays: s.Get(stays), account: s.Get(account)}
	s.Forget("r", "a")
	s.Forget("r", "")
	if s.Get(gone) == before[gone] || s.Get(stays) != before[stays] || s.Get(account) != before[account] {
		t.Error("Forget drops the wrong buckets")
	}
}

// Whatever the interleaving, no more calls go through than the limit allows.
func TestTakeConcurrently(t *testing.T) {
	var b Bucket
	var taken atomic.Int64
	p := Limit{Rate: 1, Burst: 1000}.Pace()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if b.take(p, 0) {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 1000 {
		t.Errorf("%d calls went through, want 1000", n)
	}
}

func BenchmarkStep(b *testing.B) {
	buckets := NewBuckets()
	step := Step(buckets, Gate{Limit: Limit{Rate: 1e9, Burst: 1 << 30}, Bucket: &Bucket{}}, Gate{Limit: Limit{Rate: 1e9, Burst: 1 << 30}, Bucket: &Bucket{}})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := step.Run(b.Context(), nil); err != nil {
				b.Error(err)
			}
		}
	})
}
