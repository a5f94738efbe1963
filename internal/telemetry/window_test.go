package telemetry

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestDistribution: sums and ends are exact, and values that stand for others are near them.
func TestDistribution(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var d distribution
		var values []uint64
		var sum uint64
		for range 1 + random.IntN(50) {
			v := random.Uint64() >> (6 + random.IntN(58))
			values = append(values, v)
			sum += v
			d.add(v)
		}
		got := d.take()
		slices.Sort(values)
		if got.Count != uint64(len(values)) || got.Sum != sum || got.Min != values[0] || got.Max != values[len(values)-1] {
			t.Fatalf("%v: %+v", values, got)
		}
		at := 0
		for _, p := range got.Parts {
			for range p.Count {
				if v := float64(values[at]); math.Abs(p.Value-v) > 0.004*v {
					t.Fatalf("%v stands for %v", p.Value, v)
				}
				at++
			}
		}
		if again := d.take(); again.Count != 0 {
			t.Fatalf("taken twice: %+v", again)
		}
	}
	var d distribution
	for _, v := range []uint64{0, 127, 128, 255, 256, math.MaxUint64 >> 1} {
		d.add(v)
	}
	if got := d.take(); got.Count != 6 || got.Parts[0].Value != 0 || got.Parts[1].Value != 127 || got.Parts[2].Value != 128 || got.Parts[3].Value != 255 {
		t.Errorf("got %+v", got)
	}
}

func TestTakeCalls(t *testing.T) {
	m := New()
	s, r := m.Stage("api", "prod"), m.Route("api", "prod", "GET /")
	m.Stage("idle", "prod")
	s.Observe(200, 3*time.Millisecond, 2*time.Millisecond)
	s.Process(100)
	s.ProcessMore(20)
	s.Observe(404, 5*time.Millisecond, 0)
	s.Process(0)
	r.Observe(500, time.Millisecond, 0)
	r.Process(1)
	m.Cache("api", "prod", "GET /").Hit()
	m.Cache("api", "prod", "").Missed()
	all := m.TakeCalls()
	slices.SortFunc(all, func(a, b Calls) int { return len(a.Route) - len(b.Route) })
	if len(all) != 2 {
		t.Fatalf("got %+v", all)
	}
	if c := all[0]; c.Stage != "prod" || c.Latency.Count != 2 || c.Latency.Sum != 8000 || c.Integration.Count != 1 || c.ClientErrors != 1 ||
		c.ServerErrors != 0 || c.Processed.Count != 2 || c.Processed.Sum != 120 || c.CacheHits != 1 || c.CacheMisses != 1 {
		t.Errorf("got %+v", c)
	}
	if c := all[1]; c.Route != "GET /" || c.Latency.Max != 1000 || c.ServerErrors != 1 || c.CacheHits != 1 || c.CacheMisses != 0 {
		t.Errorf("got %+v", c)
	}
	if again := m.TakeCalls(); len(again) != 0 {
		t.Errorf("taken twice: %+v", again)
	}
	m.Own("api", Owner{Account: "1", Name: "pets", REST: true})
	if o, ok := m.Owner("api"); !ok || o.Name != "pets" {
		t.Errorf("%+v, %v", o, ok)
	}
	m.Forget("api")
	if _, ok := m.Owner("api"); ok {
		t.Error("the owner of a deleted API is left")
	}
}

func TestTakeFunctionCalls(t *testing.T) {
	m := New()
	f := m.Function("1", "eu-west-1", "f")
	f.Ran(time.Millisecond, true)
	f.Ran(3*time.Millisecond, false)
	f.Throttled()
	if m.Function("1", "eu-west-1", "f") != f {
		t.Error("the same function has other series")
	}
	all := m.TakeFunctionCalls()
	if len(all) != 1 || all[0].Duration.Count != 2 || all[0].Duration.Sum != 4000 || all[0].Errors != 1 || all[0].Throttles != 1 || all[0].Name != "f" {
		t.Errorf("got %+v", all)
	}
	if again := m.TakeFunctionCalls(); len(again) != 0 {
		t.Errorf("taken twice: %+v", again)
	}
}

// BenchmarkObserve tells what measuring costs a call, and how much of that is for CloudWatch's metrics.
func BenchmarkObserve(b *testing.B) {
	s := New().Stage("api", "prod")
	b.Run("call", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.Observe(200, time.Duration(i%1000)*time.Microsecond, time.Microsecond)
			s.Process(100)
		}
	})
	b.Run("window", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.window.observe(200, time.Duration(i%1000)*time.Microsecond, time.Microsecond)
			s.window.processed.add(100)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				s.window.observe(200, 700*time.Microsecond, time.Microsecond)
				s.window.processed.add(100)
			}
		})
	})
}
