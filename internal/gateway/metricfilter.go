package gateway

import "time"

// MetricFilter makes a metric of a log group's events.
type MetricFilter struct {
	Name, Pattern string
	// Namespace and Metric name the metric. Value is a number, or where an event that matches has one.
	Namespace, Metric, Value, Unit string
	// Default is the value of minutes with events of which none matches; nil for none.
	Default *float64 `json:",omitempty"`
	// Dimensions say where an event has the value of each.
	Dimensions map[string]string `json:",omitempty"`
	CreatedAt  time.Time
}
