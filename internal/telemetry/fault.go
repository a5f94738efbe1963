package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// newFaults makes the vector of refused calls.
func newFaults() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dipylon_faults_total",
		Help: "Calls refused, by API, stage, the step that refused (none: before there was a route) and the kind of fault, such as throttled or quota_exceeded.",
	}, []string{"api", "stage", "step", "kind"})
}

// faults are the refusals of a stage's calls. A series is made when the first of its calls is refused.
type faults struct {
	api, stage string
	in         *prometheus.CounterVec

	mu   sync.RWMutex
	seen map[fault]prometheus.Counter
}

// fault names a refusal: both sets are closed.
type fault struct{ step, kind string }

// Refused counts a call of a stage that a step refused.
func (s *Series) Refused(step, kind string) {
	f := s.faults
	if f == nil { // of a route
		return
	}
	k := fault{step, kind}
	f.mu.RLock()
	c := f.seen[k]
	f.mu.RUnlock()
	if c == nil {
		c = f.add(k)
	}
	c.Inc()
}

func (f *faults) add(k fault) prometheus.Counter {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[k] == nil {
		f.seen[k] = f.in.WithLabelValues(f.api, f.stage, k.step, k.kind)
	}
	return f.seen[k]
}
