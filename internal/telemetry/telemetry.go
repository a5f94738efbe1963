// Package telemetry keeps what the gateway counts about itself. Series outlive programs: a redeployed stage goes on with
// the counters it had.
//
// It may import nothing of this module.
package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the set of all series.
type Metrics struct {
	registry  *prometheus.Registry
	stages    family
	routes    family
	functions functions
	faults    *prometheus.CounterVec
	rollouts  rollouts

	mu     sync.Mutex
	series map[key]*Series
	owners map[string]Owner // by the API's id
}

// key names a stage or, with a route key, a route of it.
type key struct{ api, stage, route string }

// family are the vectors of what is measured alike.
type family struct {
	requests    *prometheus.CounterVec
	processed   *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	integration *prometheus.HistogramVec
	lookups     *prometheus.CounterVec
}

// buckets are latencies in seconds, from a fraction of a local call to AWS's integration timeout.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// newFamily makes the vectors; of says in the help texts what a series is of.
func newFamily(prefix, of string, labels ...string) family {
	return family{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "requests_total",
			Help: "Calls answered, by " + of + " and class of status (AWS: Count, 4xx, 5xx; of REST APIs Count, 4XXError, 5XXError).",
		}, append([]string{"class"}, labels...)),
		processed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "processed_bytes_total",
			Help: "Payload of requests and responses, by " + of + " (AWS: DataProcessed).",
		}, labels),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + "request_duration_seconds", Buckets: buckets,
			Help: "Time from having read a call's head to having its response ready, by " + of + " (AWS: Latency).",
		}, labels),
		integration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + "integration_duration_seconds", Buckets: buckets,
			Help: "Time that the back end took to answer, by " + of + " (AWS: IntegrationLatency).",
		}, labels),
		lookups: newLookups(prefix, of, labels),
	}
}

func (f *family) register(r *prometheus.Registry) {
	r.MustRegister(f.requests, f.processed, f.latency, f.integration, f.lookups)
}

func (f *family) with(labels ...string) *Series {
	s := &Series{
		processed: f.processed.WithLabelValues(labels...),
		latency:   f.latency.WithLabelValues(labels...), integration: f.integration.WithLabelValues(labels...),
	}
	for class := 1; class < len(s.classes); class++ {
		s.classes[class] = f.requests.WithLabelValues(append([]string{strconv.Itoa(class) + "xx"}, labels...)...)
	}
	return s
}

func (f *family) forget(api string) {
	of := prometheus.Labels{"api": api}
	f.requests.DeletePartialMatch(of)
	f.processed.DeletePartialMatch(of)
	f.latency.DeletePartialMatch(of)
	f.integration.DeletePartialMatch(of)
	f.lookups.DeletePartialMatch(of)
}

// New returns an empty set with the process's own series.
func New() *Metrics {
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		stages:    newFamily("dipylon_", "API and stage", "api", "stage"),
		routes:    newFamily("dipylon_route_", "API, stage and route with detailed metrics", "api", "stage", "route"),
		functions: newFunctions(),
		faults:    newFaults(),
		rollouts:  newRollouts(),
		series:    map[key]*Series{},
		owners:    map[string]Owner{},
	}
	m.stages.register(m.registry)
	m.routes.register(m.registry)
	m.functions.register(m.registry)
	m.rollouts.register(m.registry)
	m.registry.MustRegister(m.faults,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the series in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Series measure the calls of a stage or of a route. Their methods are safe for concurrent use.
type Series struct {
	classes     [6]prometheus.Counter
	processed   prometheus.Counter
	latency     prometheus.Observer
	integration prometheus.Observer
	faults      *faults // nil for a route
	window      window
}

// Stage returns the series of a stage, the same for the same names.
func (m *Metrics) Stage(api, stage string) *Series {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := key{api: api, stage: stage}
	if m.series[k] == nil {
		s := m.stages.with(api, stage)
		s.faults = &faults{api: api, stage: stage, in: m.faults, seen: map[fault]prometheus.Counter{}}
		m.series[k] = s
	}
	return m.series[k]
}

// Route returns the series of a route by its key, which is not empty: AWS's detailed metrics.
func (m *Metrics) Route(api, stage, route string) *Series {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := key{api: api, stage: stage, route: route}
	if m.series[k] == nil {
		m.series[k] = m.routes.with(api, stage, route)
	}
	return m.series[k]
}

// Forget drops the series of an API that was deleted.
func (m *Metrics) Forget(api string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.series {
		if k.api == api {
			delete(m.series, k)
		}
	}
	delete(m.owners, api)
	m.stages.forget(api)
	m.routes.forget(api)
	m.faults.DeletePartialMatch(prometheus.Labels{"api": api})
}

// Observe counts one answered call. A call that reached no back end has an integration latency of 0.
func (s *Series) Observe(status int, latency, integration time.Duration) {
	if class := status / 100; class > 0 && class < len(s.classes) {
		s.classes[class].Inc()
	}
	s.latency.Observe(latency.Seconds())
	if integration > 0 {
		s.integration.Observe(integration.Seconds())
	}
	s.window.observe(status, latency, integration)
}

// Process counts the n bytes of a call's payload that are known when it is answered.
func (s *Series) Process(n int64) {
	s.window.processed.add(uint64(max(n, 0)))
	if n > 0 {
		s.processed.Add(float64(n))
	}
}

// ProcessMore counts n bytes that come later.
func (s *Series) ProcessMore(n int64) {
	if n > 0 {
		s.window.processed.sum.Add(uint64(n))
		s.processed.Add(float64(n))
	}
}
