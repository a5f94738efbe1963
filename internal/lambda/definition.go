package lambda

import "github.com/dipylon/dipylon/internal/gateway"

// Definition is all that the store holds of a function, as rollout hands it to [Directory.Put].
type Definition struct {
	Tenant   gateway.Tenant
	Function gateway.Function
	// Versions are the published ones.
	Versions []gateway.FunctionVersion
	Aliases  []gateway.FunctionAlias
	// Policies, Events and Provisioned are by qualifier; gateway.LatestVersion stands for none.
	Policies    map[string]gateway.FunctionPolicy
	Events      map[string]gateway.FunctionEventConfig
	Provisioned map[string]gateway.FunctionProvisioned
}

// Caller is an AWS service that calls a function, and for what resource: what a function's policy is asked about. The
// zero Caller is the account's own administrator, who needs no policy.
type Caller struct {
	// Service is such as apigateway.amazonaws.com.
	Service string
	// SourceARN is the resource that the service calls for, and SourceAccount its account.
	SourceARN, SourceAccount string
	// Role is the ARN of the role that the service assumes for the call; empty for a call in its own name.
	Role string
}
