package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// rollouts are the measures of configuration that goes live, and of the store that it comes from.
type rollouts struct {
	count                *prometheus.CounterVec
	duration, update     prometheus.Histogram
	lastLive             prometheus.Gauge
	rejected, notUpdated prometheus.Counter
}

// changeBuckets are durations in seconds, from a small change to a machine that is in trouble.
var changeBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newRollouts() rollouts {
	r := rollouts{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dipylon_rollouts_total",
			Help: "Configuration changes that went live or were rejected; a rejected one leaves the last good program serving.",
		}, []string{"result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dipylon_rollout_duration_seconds", Buckets: changeBuckets,
			Help: "Time that it took to make a change live: to read what it touches, compile it and swap it in.",
		}),
		lastLive: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dipylon_rollout_last_live_timestamp_seconds", Help: "When a change last went live, in seconds since 1970; 0 for never.",
		}),
		update: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dipylon_store_update_duration_seconds", Buckets: changeBuckets,
			Help: "Time that updates of the store took, their wait for one another and the sync to the disk included.",
		}),
		notUpdated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dipylon_store_update_failures_total", Help: "Updates that the store could not carry out, as for want of space.",
		}),
	}
	r.rejected = r.count.WithLabelValues("rejected")
	r.count.WithLabelValues("live")
	return r
}

func (r *rollouts) register(to *prometheus.Registry) {
	to.MustRegister(r.count, r.duration, r.lastLive, r.update, r.notUpdated)
}

// RolledOut counts a rollout that began then.
func (m *Metrics) RolledOut(began time.Time, ok bool) {
	r := &m.rollouts
	r.duration.Observe(time.Since(began).Seconds())
	if !ok {
		r.rejected.Inc()
		return
	}
	r.count.WithLabelValues("live").Inc()
	r.lastLive.SetToCurrentTime()
}

// Updated counts an update of the store.
func (m *Metrics) Updated(took time.Duration, failed bool) {
	m.rollouts.update.Observe(took.Seconds())
	if failed {
		m.rollouts.notUpdated.Inc()
	}
}
