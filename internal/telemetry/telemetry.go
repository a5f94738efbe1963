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
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	integration *prometheus.HistogramVec
	rollouts    *prometheus.CounterVec

	mu     sync.Mutex
	stages map[[2]string]*Stage
}

// buckets are latencies in seconds, from a fraction of a local call to AWS's integration timeout.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// New returns an empty set with the process's own series.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dipylon_requests_total",
			Help: "Calls answered, by API, stage and class of status.",
		}, []string{"api", "stage", "class"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dipylon_request_duration_seconds", Buckets: buckets,
			Help: "Time from having read a call's head to having its response ready (AWS: Latency).",
		}, []string{"api", "stage"}),
		integration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dipylon_integration_duration_seconds", Buckets: buckets,
			Help: "Time that the back end took to answer (AWS: IntegrationLatency).",
		}, []string{"api", "stage"}),
		rollouts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dipylon_rollouts_total",
			Help: "Configuration changes that went live or were rejected; a rejected one leaves the last good program serving.",
		}, []string{"result"}),
		stages: map[[2]string]*Stage{},
	}
	m.registry.MustRegister(m.requests, m.latency, m.integration, m.rollouts,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the series in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// RolledOut counts a rollout.
func (m *Metrics) RolledOut(ok bool) {
	result := "live"
	if !ok {
		result = "rejected"
	}
	m.rollouts.WithLabelValues(result).Inc()
}

// Stage are the series of one stage. Its methods are safe for concurrent use.
type Stage struct {
	classes     [6]prometheus.Counter
	latency     prometheus.Observer
	integration prometheus.Observer
}

// Stage returns the series of a stage, the same for the same names.
func (m *Metrics) Stage(api, stage string) *Stage {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [2]string{api, stage}
	if s := m.stages[key]; s != nil {
		return s
	}
	s := &Stage{latency: m.latency.WithLabelValues(api, stage), integration: m.integration.WithLabelValues(api, stage)}
	for class := range s.classes {
		if class > 0 {
			s.classes[class] = m.requests.WithLabelValues(api, stage, strconv.Itoa(class)+"xx")
		}
	}
	m.stages[key] = s
	return s
}

// Forget drops the series of an API that was deleted.
func (m *Metrics) Forget(api string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.stages {
		if key[0] == api {
			delete(m.stages, key)
		}
	}
	for _, vec := range []interface {
		DeletePartialMatch(prometheus.Labels) int
	}{m.requests, m.latency, m.integration} {
		vec.DeletePartialMatch(prometheus.Labels{"api": api})
	}
}

// Observe counts one answered call. A call that reached no back end has an integration latency of 0.
func (s *Stage) Observe(status int, latency, integration time.Duration) {
	if class := status / 100; class > 0 && class < len(s.classes) {
		s.classes[class].Inc()
	}
	s.latency.Observe(latency.Seconds())
	if integration > 0 {
		s.integration.Observe(integration.Seconds())
	}
}
