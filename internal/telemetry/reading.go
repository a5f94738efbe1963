package telemetry

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Reading are series whose values others keep: a counter if the name ends in "_total", else a gauge.
type Reading struct {
	Name, Help string
	Labels     []string
	// Read emits each series' value, and the values of its labels. It is called at every scrape, by several at once.
	Read func(emit func(value float64, labels ...string))
}

// Register adds series. It panics if the name is taken.
func (m *Metrics) Register(r Reading) {
	c := &collector{Reading: r, desc: prometheus.NewDesc(r.Name, r.Help, r.Labels, nil), kind: prometheus.GaugeValue}
	if strings.HasSuffix(r.Name, "_total") {
		c.kind = prometheus.CounterValue
	}
	m.registry.MustRegister(c)
}

type collector struct {
	Reading
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements [prometheus.Collector].
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	c.Read(func(value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(c.desc, c.kind, value, labels...)
	})
}
