package lambda

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// held makes calls that run until the test lets them go.
type held struct {
	host    *fakeHost
	begun   chan struct{}
	release chan struct{}
	calls   sync.WaitGroup
}

func newHeld() *held {
	h := &held{begun: make(chan struct{}), release: make(chan struct{})}
	h.host = &fakeHost{call: func(context.Context, *Version, *Invocation, *Result) error {
		h.begun <- struct{}{}
		<-h.release
		return nil
	}}
	return h
}

// hold begins n calls and returns when they run.
func (h *held) hold(t *testing.T, target *Target, n int) {
	t.Helper()
	for range n {
		h.calls.Go(func() {
			if _, err := invoke(t, target); err != nil {
				t.Error(err)
			}
		})
		<-h.begun
	}
}

func (h *held) let(n int) {
	for range n {
		h.release <- struct{}{}
	}
}

func reserve(n int) func(*Definition) {
	return func(def *Definition) { def.Function.Reserved = &n }
}

// The texts and reasons are recorded: LocalStack's validated TestLambdaConcurrency; the reasons stand in the service model.
func TestConcurrency(t *testing.T) {
	h := newHeld()
	d := open(t, Options{Host: h.host, Concurrency: 5})
	put(t, d, definition("own", reserve(2)))
	put(t, d, definition("off", reserve(0)))
	put(t, d, definition("a"))
	put(t, d, definition("b"))
	other := definition("a")
	other.Tenant.Region = "us-east-1"
	put(t, d, other)
	target := func(name, qualifier string) *Target { return d.Target(ref(name, qualifier), Caller{}) }
	refused := func(target *Target, reason string) {
		t.Helper()
		_, err := invoke(t, target)
		wantKind(t, err, Throttled, "Rate Exceeded.")
		if e, ok := errors.AsType[*Error](err); ok && e.Reason != reason {
			t.Errorf("reason %s, want %s", e.Reason, reason)
		}
	}
	refused(target("off", ""), reasonReserved)

	h.hold(t, target("own", ""), 1)
	h.hold(t, target("own", "1"), 1)
	refused(target("own", ""), reasonReserved)
	h.hold(t, target("a", ""), 2)
	h.hold(t, target("b", ""), 1) // 5 of the account less 2 that are reserved
	refused(target("a", ""), reasonAccount)
	refused(target("b", "2"), reasonAccount)
	h.hold(t, d.Target(gateway.FunctionRef{Tenant: other.Tenant, Name: "a"}, Caller{}), 3) // another region

	// What is reserved later is taken from the others, and calls end where they were counted.
	put(t, d, definition("a", reserve(1)))
	refused(target("a", ""), reasonReserved)
	put(t, d, definition("own"))
	h.hold(t, target("own", ""), 1)
	refused(target("own", ""), reasonAccount) // 4 for all without a reservation: 2 of a's, 1 of b's and this one
	h.let(9)
	h.calls.Wait()
	h.hold(t, target("own", ""), 4)
	refused(target("b", ""), reasonAccount)
	h.hold(t, target("a", ""), 1)
	h.let(5)
	h.calls.Wait()
	for _, s := range d.Status() {
		if s.Running != 0 {
			t.Errorf("%s has %d calls", s.Name, s.Running)
		}
	}
	for tenant, a := range d.accounts {
		if a.running.Load() != 0 {
			t.Errorf("%v has %d calls", tenant, a.running.Load())
		}
	}
}

// TestConcurrencyUnderLoad never lets more calls run than may.
func TestConcurrencyUnderLoad(t *testing.T) {
	const limit = 3
	var mu sync.Mutex
	running, most, throttles := 0, 0, 0
	host := &fakeHost{call: func(context.Context, *Version, *Invocation, *Result) error {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(time.Microsecond)
		mu.Lock()
		running--
		mu.Unlock()
		return nil
	}}
	d := open(t, Options{Host: host})
	put(t, d, definition("f", reserve(limit)))
	target := d.Target(ref("f", ""), Caller{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 500 {
				if _, err := invoke(t, target); err != nil {
					mu.Lock()
					throttles++
					mu.Unlock()
				}
			}
		})
	}
	callers.Wait()
	if most > limit {
		t.Errorf("%d calls at once", most)
	}
	if out, err := invoke(t, target); err != nil {
		t.Errorf("%+v, %v: calls that ended are still counted", out, err)
	}
}

// TestAbandonedCallsCount: a call whose caller has left runs on, and counts until it ends.
func TestAbandonedCallsCount(t *testing.T) {
	var ended func()
	host := &leavingHost{ended: &ended}
	d := open(t, Options{Host: host})
	put(t, d, definition("f", reserve(1)))
	target := d.Target(ref("f", ""), Caller{})
	if _, err := invoke(t, target); err != context.Canceled { //nolint:errorlint // it is that very error
		t.Fatal(err)
	}
	_, err := invoke(t, target)
	wantKind(t, err, Throttled, "Rate Exceeded.")
	d.Delete(tenant, "f")
	if host.retired {
		t.Error("the runner was retired before its call ended")
	}
	ended()
	if !host.retired {
		t.Error("the runner was not retired")
	}
}

// leavingHost's calls return at once and go on.
type leavingHost struct {
	ended   *func()
	retired bool
}

func (h *leavingHost) Runner(v *Version) Runner {
	if v.Version == "$LATEST" {
		return h
	}
	return &fakeRunner{host: &fakeHost{}, version: v}
}

func (h *leavingHost) Invoke(_ context.Context, in *Invocation, _ *Result) error {
	*h.ended = in.Ended
	return context.Canceled
}
func (h *leavingHost) Warm(int)    {}
func (h *leavingHost) Warmed() int { return 0 }
func (h *leavingHost) Retire()     { h.retired = true }

func BenchmarkInvoke(b *testing.B) {
	d, err := New(Options{Host: &fakeHost{}})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Put(definition("f")); err != nil {
		b.Fatal(err)
	}
	target := d.Target(ref("f", ""), Caller{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var out Result
		in := Invocation{Payload: []byte("{}")}
		for pb.Next() {
			in.RequestID = ""
			if err := target.Invoke(context.Background(), &in, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
}
