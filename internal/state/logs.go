package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// LogGroups are a tenant's log groups, by name.
func LogGroups() store.Collection[gateway.LogGroup] {
	return store.Collection[gateway.LogGroup]{Kind: "log-group"}
}

// MetricFilters are a log group's metric filters, by name; the parent is the group's name.
func MetricFilters() store.Collection[gateway.MetricFilter] {
	return store.Collection[gateway.MetricFilter]{Kind: "metric-filter"}
}
