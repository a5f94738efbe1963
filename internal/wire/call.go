// Package wire speaks AWS's protocols on the server side: rest-json, json 1.0 and 1.1, query and rpc-v2-cbor. Generated
// packages under gen describe each service by an operation table; one codec per protocol walks the tables, and dispatch
// picks the service by the credential scope of the verified signature.
package wire

import "github.com/dipylon/dipylon/internal/gateway"

// Call is what a handler learns of a control-plane request besides its input.
type Call struct {
	// Tenant is the account and region that the call acts on, from the credential scope.
	Tenant gateway.Tenant
	// RequestID is what the caller gets back and what the log carries.
	RequestID string
	// AccessKeyID is the key that signed; Identity the configured name behind it.
	AccessKeyID, Identity string
	// Service and Operation name what was called, such as "apigatewayv2" and "CreateApi".
	Service, Operation string
	// TraceID is the caller's X-Amzn-Trace-Id; empty if there is none.
	TraceID string
	// UserAgent is what the caller calls itself.
	UserAgent string
	// BaseURL is scheme and authority of the control plane as the caller addressed it, without a slash at the end.
	BaseURL string
}
