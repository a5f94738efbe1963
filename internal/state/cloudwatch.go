package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Dashboards are an account's dashboards, by name: on AWS they belong to no region.
func Dashboards() store.Collection[gateway.Dashboard] {
	return store.Collection[gateway.Dashboard]{Kind: "dashboard"}
}

// DashboardKey is where a dashboard is.
func DashboardKey(t gateway.Tenant, name string) store.Key {
	return store.At(t.Account+"/*", "", name)
}
