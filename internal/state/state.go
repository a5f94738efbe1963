// Package state says which documents there are: their kinds, where they stand and which values are unique. It is what
// the control plane writes and rollout reads.
//
// It may import gateway and store.
package state

import (
	"errors"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// The kinds that rollout watches.
const (
	KindAPI   = "api"
	KindStage = "stage"
)

// APIs are the HTTP and WebSocket APIs, by id.
func APIs() store.Collection[gateway.API] {
	return store.Collection[gateway.API]{Kind: KindAPI}
}

// Routes are an API's routes; the parent is the API's id. No two of an API take the same calls.
func Routes() store.Collection[gateway.Route] {
	return store.Collection[gateway.Route]{Kind: "route", Unique: []store.Index[gateway.Route]{
		{Name: RouteKeyIndex, Scope: store.PerParent, Value: canonicalKey},
	}}
}

// RouteKeyIndex finds a route by its canonical key.
const RouteKeyIndex = "key"

func canonicalKey(r gateway.Route) string {
	key, err := gateway.ParseRouteKey(r.Key)
	if err != nil {
		return r.Key
	}
	return key.Canonical()
}

// Integrations are an API's integrations; the parent is the API's id.
func Integrations() store.Collection[gateway.Integration] {
	return store.Collection[gateway.Integration]{Kind: "integration"}
}

// Authorizers are an API's authorizers; the parent is the API's id.
func Authorizers() store.Collection[gateway.Authorizer] {
	return store.Collection[gateway.Authorizer]{Kind: "authorizer"}
}

// Models are an API's models; the parent is the API's id. Names are unique in an API.
func Models() store.Collection[gateway.Model] {
	return store.Collection[gateway.Model]{Kind: "model", Unique: []store.Index[gateway.Model]{
		{Name: "name", Scope: store.PerParent, Value: func(m gateway.Model) string { return m.Name }},
	}}
}

// VPCLinks are the VPC links of a tenant.
func VPCLinks() store.Collection[gateway.VPCLink] {
	return store.Collection[gateway.VPCLink]{Kind: "vpclink"}
}

// Stages are an API's stages by name; the parent is the API's id.
func Stages() store.Collection[gateway.Stage] {
	return store.Collection[gateway.Stage]{Kind: KindStage}
}

// Deployments are an API's deployments; the parent is the API's id.
func Deployments() store.Collection[gateway.Deployment] {
	return store.Collection[gateway.Deployment]{Kind: "deployment"}
}

// Snapshots are what deployments froze, under the deployment's id; the parent is the API's id.
func Snapshots() store.Collection[gateway.Snapshot] {
	return store.Collection[gateway.Snapshot]{Kind: "snapshot"}
}

// APIIDs reserve the ids of APIs of every kind, REST APIs included: a host names an id and a region but no account.
func APIIDs() store.Collection[APIOwner] {
	return store.Collection[APIOwner]{Kind: "api-id"}
}

// APIOwner is who holds an API id.
type APIOwner struct {
	Account string
}

// APIIDKey is where an id is reserved.
func APIIDKey(region, id string) store.Key { return store.At("*/"+region, "", id) }

// ReserveAPIID reserves an API's id: the wanted one, or one that is free if wanted is empty. A wanted one that somebody
// holds is store.ErrExists.
func ReserveAPIID(tx store.Tx, t gateway.Tenant, wanted string) (string, error) {
	owner := APIOwner{Account: t.Account}
	if wanted != "" {
		return wanted, APIIDs().Create(tx, APIIDKey(t.Region, wanted), owner)
	}
	const attempts = 8
	for range attempts {
		id := gateway.NewID(gateway.APIIDLength)
		err := APIIDs().Create(tx, APIIDKey(t.Region, id), owner)
		if !errors.Is(err, store.ErrExists) {
			return id, err
		}
	}
	return "", errors.New("no free API id found")
}

// Wipe deletes every document.
func Wipe(tx store.Tx) error {
	kinds := []string{KindAPI, KindStage, "route", "route." + RouteKeyIndex, "integration", "authorizer", "model", "model.name",
		"vpclink", "deployment", "snapshot", "api-id", KindFunction, KindFunctionVersion, KindFunctionAlias, KindFunctionPolicy,
		KindFunctionEvents, KindFunctionProvisioned, "layer", "layer-version", "role", "role.folded", "policy", "policy.folded",
		KindRestAPI, "rest-resource", "rest-resource." + ResourcePathIndex, "rest-model", "rest-validator",
		"rest-authorizer", "rest-authorizer.name", "rest-gateway-response", "rest-deployment", "rest-snapshot", KindRestStage,
		"rest-documentation", "rest-documentation-version", KindAPIKey, KindAPIKey + "." + APIKeyValueIndex, KindUsagePlan,
		KindUsagePlanKey, KindUsageExtension, "rest-account", KindDomainName, KindDomainName + "." + PublicDomainIndex, KindBasePathMapping,
		"domain-name-access", "client-certificate", "rest-vpclink", "log-group", "metric-filter", "dashboard", "topic", "subscription",
		"alarm", "alarm-event"}
	for _, kind := range kinds {
		docs, err := tx.List(store.Range{Kind: kind, AnyTenant: true, AnyParent: true})
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := tx.Delete(doc.Key); err != nil {
				return err
			}
		}
	}
	return nil
}
