package gateway

import "time"

// RestAPI is a REST API: what holds for all of its resources. A deployment freezes it with them.
type RestAPI struct {
	ID, Name, Description, Version string
	// APIKeySource is where a call's API key stands: HEADER or AUTHORIZER.
	APIKeySource     string
	BinaryMediaTypes []string
	// MinimumCompressionSize is in bytes; nil turns compression off.
	MinimumCompressionSize *int
	Endpoint               RestEndpoint
	// Policy is the resource policy, a document as it was given; empty for none.
	Policy string
	// DisableDefaultEndpoint refuses calls under the execute-api host.
	DisableDefaultEndpoint bool
	// SecurityPolicy and EndpointAccessMode say which TLS the default endpoint speaks.
	SecurityPolicy, EndpointAccessMode string
	RootResourceID                     string
	Tags                               map[string]string
	CreatedAt                          time.Time
	// Warnings are what the last import said.
	Warnings []string
}

// RestEndpoint is the endpoint configuration of a REST API or of a domain name.
type RestEndpoint struct {
	// Types are EDGE, REGIONAL or PRIVATE.
	Types []string
	// IPAddressType is ipv4 or dualstack.
	IPAddressType  string
	VPCEndpointIDs []string
}

// The types of endpoints.
const (
	EndpointEdge     = "EDGE"
	EndpointRegional = "REGIONAL"
	EndpointPrivate  = "PRIVATE"
)

// Where a call's API key stands.
const (
	APIKeyFromHeader     = "HEADER"
	APIKeyFromAuthorizer = "AUTHORIZER"
)

// The types of IP addresses; private APIs have the second only (recorded: aws-behaviour.md, fact 43).
const (
	IPv4      = "ipv4"
	DualStack = "dualstack"
)

// MaxCompressionSize is the greatest minimum compression size in bytes (recorded: test_update_rest_api_compression).
const MaxCompressionSize = 10 << 20

// Lengths of the ids of REST APIs' parts, as AWS's answers in its documentation and in clients' logs show them.
const (
	RootResourceIDLength = 10
	APIKeyIDLength       = 10
	// RestPartIDLength is that of everything else: resources, models, authorizers, deployments, usage plans.
	RestPartIDLength = 6
)

// RestAPIARN returns the ARN of a REST API.
func RestAPIARN(region, apiID string) string {
	return "arn:aws:apigateway:" + region + "::/restapis/" + apiID
}

// RestStageARN returns the ARN of a REST API's stage.
func RestStageARN(region, apiID, stage string) string {
	return RestAPIARN(region, apiID) + "/stages/" + stage
}

// SecurityPolicies are the TLS policies of REST APIs and domain names (service model, SecurityPolicy).
func SecurityPolicies() []string {
	return []string{
		"TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
		"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS13_2025_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE",
		"SecurityPolicy_TLS12_2018_EDGE", "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
	}
}
