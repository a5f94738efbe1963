package state

import (
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// The kinds of IAM's documents.
const (
	KindRole          = "role"
	KindManagedPolicy = "policy"
)

// IAMTenant is where an account's IAM documents stand.
func IAMTenant(account string) gateway.Tenant {
	return gateway.Tenant{Account: account, Region: gateway.IAMRegion}
}

// Roles are an account's roles by name, which differ in more than the case of letters. The tenant is [IAMTenant]'s.
func Roles() store.Collection[gateway.Role] {
	return store.Collection[gateway.Role]{Kind: KindRole, Unique: []store.Index[gateway.Role]{
		{Name: "folded", Scope: store.PerTenant, Value: func(r gateway.Role) string { return strings.ToLower(r.Name) }},
	}}
}

// ManagedPolicies are an account's customer-managed policies by name, as [Roles] are.
func ManagedPolicies() store.Collection[gateway.ManagedPolicy] {
	return store.Collection[gateway.ManagedPolicy]{Kind: KindManagedPolicy, Unique: []store.Index[gateway.ManagedPolicy]{
		{Name: "folded", Scope: store.PerTenant, Value: func(p gateway.ManagedPolicy) string { return strings.ToLower(p.Name) }},
	}}
}
