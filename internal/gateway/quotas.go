package gateway

import "time"

// Quotas are AWS's limits on what an API may hold and how long a call may take; configuration lifts them
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
type Quotas struct {
	RoutesPerAPI, IntegrationsPerAPI, StagesPerAPI, AuthorizersPerAPI int
	// Timeout is the longest timeout of an integration.
	Timeout time.Duration
}

// MaxTags is how many tags a resource can have.
const MaxTags = 50

// MaxStageVariables is how many variables a stage can have.
const MaxStageVariables = 100

// MaxAudiences is how many audiences an authorizer can have, MaxScopes how many scopes a route.
const (
	MaxAudiences = 50
	MaxScopes    = 10
)

// RestQuotas are AWS's limits on REST APIs; configuration lifts them
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html).
type RestQuotas struct {
	ResourcesPerAPI, StagesPerAPI, AuthorizersPerAPI int
	// Timeout is the longest timeout of an integration of an edge-optimized API and the default of the others.
	Timeout time.Duration
}
