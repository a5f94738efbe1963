package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// The kinds of REST APIs that rollout watches.
const (
	KindRestAPI   = "rest-api"
	KindRestStage = "rest-stage"
)

// RestAPIs are the REST APIs of a tenant, by id.
func RestAPIs() store.Collection[gateway.RestAPI] {
	return store.Collection[gateway.RestAPI]{Kind: KindRestAPI}
}

// What follows belongs to an API: the parent is its id.

// Resources are an API's resources with their methods. No two have the same path.
func Resources() store.Collection[gateway.Resource] {
	return store.Collection[gateway.Resource]{Kind: "rest-resource", Unique: []store.Index[gateway.Resource]{
		{Name: ResourcePathIndex, Scope: store.PerParent, Value: func(r gateway.Resource) string { return r.Path }},
	}}
}

// ResourcePathIndex finds a resource by its path.
const ResourcePathIndex = "path"

// RestModels are an API's models by name.
func RestModels() store.Collection[gateway.RestModel] {
	return store.Collection[gateway.RestModel]{Kind: "rest-model"}
}

// RequestValidators are an API's request validators.
func RequestValidators() store.Collection[gateway.RequestValidator] {
	return store.Collection[gateway.RequestValidator]{Kind: "rest-validator"}
}

// RestAuthorizers are an API's authorizers. Names are unique in an API.
func RestAuthorizers() store.Collection[gateway.RestAuthorizer] {
	return store.Collection[gateway.RestAuthorizer]{Kind: "rest-authorizer", Unique: []store.Index[gateway.RestAuthorizer]{
		{Name: "name", Scope: store.PerParent, Value: func(a gateway.RestAuthorizer) string { return a.Name }},
	}}
}

// GatewayResponses are those that an API has in place of the defaults, by type.
func GatewayResponses() store.Collection[gateway.GatewayResponse] {
	return store.Collection[gateway.GatewayResponse]{Kind: "rest-gateway-response"}
}

// RestDeployments are an API's deployments.
func RestDeployments() store.Collection[gateway.RestDeployment] {
	return store.Collection[gateway.RestDeployment]{Kind: "rest-deployment"}
}

// RestSnapshots are what deployments froze, under the deployment's id.
func RestSnapshots() store.Collection[gateway.RestSnapshot] {
	return store.Collection[gateway.RestSnapshot]{Kind: "rest-snapshot"}
}

// RestStages are an API's stages by name.
func RestStages() store.Collection[gateway.RestStage] {
	return store.Collection[gateway.RestStage]{Kind: KindRestStage}
}

// DocumentationParts are an API's documentation parts.
func DocumentationParts() store.Collection[gateway.DocumentationPart] {
	return store.Collection[gateway.DocumentationPart]{Kind: "rest-documentation"}
}

// DocumentationVersions are an API's documentation versions by name.
func DocumentationVersions() store.Collection[gateway.DocumentationVersion] {
	return store.Collection[gateway.DocumentationVersion]{Kind: "rest-documentation-version"}
}
