package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// functions are the vectors of what is measured of functions.
type functions struct {
	invocations, errors, throttles *prometheus.CounterVec
	duration                       *prometheus.HistogramVec
	series                         map[functionKey]*FunctionSeries
}

type functionKey struct{ account, region, name string }

// functionBuckets are durations in seconds, from a warm call on this machine to the longest that a function may run.
var functionBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900}

func newFunctions() functions {
	labels := []string{"account", "region", "function"}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dipylon_function_" + name, Help: help}, labels)
	}
	return functions{
		series:      map[functionKey]*FunctionSeries{},
		invocations: counter("invocations_total", "Calls of a function that ran (AWS: Invocations)."),
		errors:      counter("errors_total", "Calls that the function failed (AWS: Errors)."),
		throttles:   counter("throttles_total", "Calls refused for a limit of concurrency (AWS: Throttles)."),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dipylon_function_duration_seconds", Buckets: functionBuckets,
			Help: "Time that a call of a function took, the start of a worker included (AWS: Duration, which leaves that out).",
		}, labels),
	}
}

func (f *functions) register(r *prometheus.Registry) {
	r.MustRegister(f.invocations, f.errors, f.throttles, f.duration)
}

// FunctionSeries measure the calls of a function. Their methods are safe for concurrent use.
type FunctionSeries struct {
	invocations, errors, throttles prometheus.Counter
	duration                       prometheus.Observer

	// What [Metrics.TakeFunctionCalls] takes.
	ran               distribution
	failed, throttled atomic.Uint32
}

// Function returns the series of a function, the same for the same names.
func (m *Metrics) Function(account, region, name string) *FunctionSeries {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.functions
	k := functionKey{account, region, name}
	if f.series[k] != nil {
		return f.series[k]
	}
	f.series[k] = &FunctionSeries{
		invocations: f.invocations.WithLabelValues(account, region, name),
		errors:      f.errors.WithLabelValues(account, region, name),
		throttles:   f.throttles.WithLabelValues(account, region, name),
		duration:    f.duration.WithLabelValues(account, region, name),
	}
	return f.series[k]
}

// ForgetFunction drops the series of a function that was deleted.
func (m *Metrics) ForgetFunction(account, region, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := &m.functions
	delete(f.series, functionKey{account, region, name})
	f.invocations.DeleteLabelValues(account, region, name)
	f.errors.DeleteLabelValues(account, region, name)
	f.throttles.DeleteLabelValues(account, region, name)
	f.duration.DeleteLabelValues(account, region, name)
}

// Ran counts a call that ran.
func (s *FunctionSeries) Ran(d time.Duration, failed bool) {
	s.invocations.Inc()
	if failed {
		s.errors.Inc()
		s.failed.Add(1)
	}
	s.duration.Observe(d.Seconds())
	s.ran.add(microseconds(d))
}

// Throttled counts a call that did not run for a limit of concurrency.
func (s *FunctionSeries) Throttled() {
	s.throttles.Inc()
	s.throttled.Add(1)
}
