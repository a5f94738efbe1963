// Package gateway is the vocabulary: APIs, routes, integrations, stages and deployments as value structs, with their
// invariants, ids and ARNs. It has no opinion on AWS's JSON or on how things are stored, compiled or served.
//
// It may use the standard library only.
package gateway

import "strings"

// Tenant is who owns a resource and where: on AWS, and here, resources live per account and region.
type Tenant struct {
	Account, Region string
}

// String returns "account/region", the form that the store's keys use.
func (t Tenant) String() string { return t.Account + "/" + t.Region }

// ParseTenant reads what [Tenant.String] wrote.
func ParseTenant(s string) (Tenant, bool) {
	account, region, ok := strings.Cut(s, "/")
	return Tenant{Account: account, Region: region}, ok && account != "" && region != ""
}
