package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// LogGroups are a tenant's log groups, by name.
func LogGroups() store.Collection[gateway.LogGroup] {
	return store.Collection[gateway.LogGroup]{Kind: "log-group"}
}
