package backend

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Members die and come back under load: no call goes without a member, all are counted, and in the end all are in.
func TestConcurrency(t *testing.T) {
	const workers, each = 8, 20_000
	r, g := group(t, 4)
	var dead atomic.Pointer[string]
	dead.Store(new(string))
	var now atomic.Int64
	g.standing.opts.Now = func() time.Time { return g.standing.began.Add(time.Duration(now.Load())) }
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				m := g.Pick()
				if strings.Contains(*dead.Load(), m.Target.Addr[:1]) {
					m.Report(down)
					if m = g.PickOther(m); m == nil {
						continue
					}
				}
				m.Report(nil)
				if w == 0 && i%500 == 0 {
					dead.Store(new([]string{"", "a", "bc", "abcd", "d"}[rand.N(5)]))
					now.Add(int64(15 * time.Second))
				}
				if w == 1 && i%500 == 0 {
					_ = r.Status()
				}
			}
		})
	}
	wg.Wait()
	dead.Store(new(string))
	for range 20 {
		now.Add(int64(300 * time.Second))
		calls(g, 8, "")
	}
	expect(t, "in the end", states(r), "in in in in")
	var picks int64
	for _, m := range r.Status()[0].Members {
		picks += m.Picks
		if m.Failures == 0 || m.Ejections == 0 {
			t.Errorf("%s has never failed: %+v", m.Address, m)
		}
	}
	if picks < workers*each {
		t.Errorf("%d picks of %d calls", picks, workers*each)
	}
}

// Of many calls that come when a trial is due, one is the trial.
func TestOneTrialOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := group(t, 3)
		calls(g, 15, "a")
		time.Sleep(10 * time.Second)
		var trials atomic.Int32
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if g.Pick().Target.Addr == "a:80" {
					trials.Add(1)
				}
			})
		}
		wg.Wait()
		if n := trials.Load(); n != 1 {
			t.Errorf("%d trials", n)
		}
	})
}

func TestPickAllocatesNothing(t *testing.T) {
	_, g := group(t, 3)
	if n := testing.AllocsPerRun(1000, func() { g.Pick().Report(nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPickReport(b *testing.B) {
	bench := func(name, dead string) {
		r, err := New(Options{Groups: map[string]Config{"g": withAddresses("a:80", "b:80", "c:80")}})
		if err != nil {
			b.Fatal(err)
		}
		defer r.Close()
		g, _ := r.Find("g")
		calls(g, 30, dead)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Pick().Report(nil)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					g.Pick().Report(nil)
				}
			})
		})
	}
	bench("all", "")
	bench("one-ejected", "b")
}
