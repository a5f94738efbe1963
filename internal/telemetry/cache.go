package telemetry

import "github.com/prometheus/client_golang/prometheus"

// newLookups makes the vector of a family; of says in the help text what a series is of.
func newLookups(prefix, of string, labels []string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "cache_lookups_total",
		Help: "Calls whose response was looked up in the cache of a REST API's stage, by " + of + " (AWS: CacheHitCount, CacheMissCount).",
	}, append([]string{"result"}, labels...))
}

// Cache counts look-ups in the cache of a REST API's stage. Its methods are safe for concurrent use.
type Cache struct {
	hits, misses []prometheus.Counter
	windows      []*window
}

// Cache returns the series of a stage's cache. With a route's key, for AWS's detailed metrics, what is counted counts for
// the route too.
func (m *Metrics) Cache(api, stage, route string) *Cache {
	c := &Cache{windows: []*window{&m.Stage(api, stage).window}}
	c.add(&m.stages, api, stage)
	if route != "" {
		c.windows = append(c.windows, &m.Route(api, stage, route).window)
		c.add(&m.routes, api, stage, route)
	}
	return c
}

func (c *Cache) add(f *family, labels ...string) {
	c.hits = append(c.hits, f.lookups.WithLabelValues(append([]string{"hit"}, labels...)...))
	c.misses = append(c.misses, f.lookups.WithLabelValues(append([]string{"miss"}, labels...)...))
}

// Hit counts a call that was answered from the cache.
func (c *Cache) Hit() {
	increment(c.hits)
	for _, w := range c.windows {
		w.hits.Add(1)
	}
}

// Missed counts a call that was not.
func (c *Cache) Missed() {
	increment(c.misses)
	for _, w := range c.windows {
		w.misses.Add(1)
	}
}

func increment(counters []prometheus.Counter) {
	for _, counter := range counters {
		counter.Inc()
	}
}
