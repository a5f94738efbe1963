package telemetry

import (
	"sync/atomic"
	"time"
)

// window collects, until somebody takes it, what Prometheus's counters and histograms do not tell: the sizes of single
// values.
type window struct {
	latency, integration, processed distribution // microseconds, and bytes
	clientErrors, serverErrors      atomic.Uint32
	hits, misses                    atomic.Uint32
}

func (w *window) observe(status int, latency, integration time.Duration) {
	switch status / 100 {
	case 4:
		w.clientErrors.Add(1)
	case 5:
		w.serverErrors.Add(1)
	}
	w.latency.add(microseconds(latency))
	if integration > 0 {
		w.integration.add(microseconds(integration))
	}
}

func microseconds(d time.Duration) uint64 {
	return uint64(max(d, 0) / time.Microsecond)
}

// Calls are what was measured of a stage, or of a route, since the last time.
type Calls struct {
	API, Stage, Route          string
	ClientErrors, ServerErrors uint32
	CacheHits, CacheMisses     uint32
	// Latency and Integration are in microseconds; Latency has every call. Processed are bytes.
	Latency, Integration, Processed Distribution
}

// TakeCalls returns what was measured since the last time, of what has had calls. It is for one taker.
func (m *Metrics) TakeCalls() []Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Calls
	for k, s := range m.series {
		w := &s.window
		latency := w.latency.take()
		if latency.Count == 0 {
			continue
		}
		all = append(all, Calls{
			API: k.api, Stage: k.stage, Route: k.route,
			Latency: latency, Integration: w.integration.take(), Processed: w.processed.take(),
			ClientErrors: w.clientErrors.Swap(0), ServerErrors: w.serverErrors.Swap(0), CacheHits: w.hits.Swap(0), CacheMisses: w.misses.Swap(0),
		})
	}
	return all
}

// FunctionCalls are what was measured of a function since the last time.
type FunctionCalls struct {
	Account, Region, Name string
	Errors, Throttles     uint32
	// Duration has every call that ran, in microseconds.
	Duration Distribution
}

// TakeFunctionCalls is [Metrics.TakeCalls] for functions.
func (m *Metrics) TakeFunctionCalls() []FunctionCalls {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []FunctionCalls
	for k, s := range m.functions.series {
		c := FunctionCalls{
			Account: k.account, Region: k.region, Name: k.name,
			Duration: s.ran.take(), Errors: s.failed.Swap(0), Throttles: s.throttled.Swap(0),
		}
		if c.Duration.Count > 0 || c.Throttles > 0 {
			all = append(all, c)
		}
	}
	return all
}

// Owner says whose an API is, and what it is called.
type Owner struct {
	Account, Region, Name string
	REST                  bool
}

// Own tells whose an API is.
func (m *Metrics) Own(api string, o Owner) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[api] = o
}

// Owner returns whose an API is.
func (m *Metrics) Owner(api string) (Owner, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.owners[api]
	return o, ok
}
