package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Topics are a tenant's SNS topics, by name.
func Topics() store.Collection[gateway.Topic] {
	return store.Collection[gateway.Topic]{Kind: "topic"}
}

// Subscriptions are a topic's subscriptions, by id; the parent is the topic's name.
func Subscriptions() store.Collection[gateway.Subscription] {
	return store.Collection[gateway.Subscription]{Kind: "subscription"}
}
