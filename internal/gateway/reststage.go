package gateway

import "time"

// RestDeployment is the record of a snapshot of a REST API.
type RestDeployment struct {
	ID, Description string
	CreatedAt       time.Time
	// Summary tells by path and verb what was deployed.
	Summary map[string]map[string]MethodSummary
}

// MethodSummary is a line of a deployment's summary.
type MethodSummary struct {
	Authorization  MethodAuthorization
	APIKeyRequired bool
}

// RestSnapshot is everything that a deployment of a REST API froze. It is immutable.
type RestSnapshot struct {
	API              RestAPI
	Resources        []Resource
	Models           []RestModel
	Validators       []RequestValidator
	Authorizers      []RestAuthorizer
	GatewayResponses []GatewayResponse
}

// RestStage serves a deployment under a name, with settings that hold without a new deployment.
type RestStage struct {
	Name, Description, DeploymentID string
	Variables                       map[string]string
	// MethodSettings are by "path/METHOD" as patch operations spell it: "*/*", "~1pets~1{id}/GET", "pets/GET".
	MethodSettings map[string]MethodSettings
	// CacheSize is in gigabytes as AWS writes it, such as "0.5"; empty was never set.
	CacheEnabled        bool
	CacheSize           string
	Canary              *CanarySettings
	AccessLog           *AccessLog
	Tracing             bool
	ClientCertificateID string
	WebACLARN           string
	// DocumentationVersion is the version of the documentation that exports carry.
	DocumentationVersion string
	Tags                 map[string]string
	CreatedAt, UpdatedAt time.Time
}

// MethodSettings are the live settings of a method.
type MethodSettings struct {
	Metrics, DataTrace bool
	// LoggingLevel is OFF, ERROR or INFO; empty was never set.
	LoggingLevel string
	// Rate is in calls per second, Burst in calls; -1 leaves it to the account.
	Rate                                float64
	Burst                               int
	Caching, CacheEncrypted             bool
	CacheTTLSeconds                     int
	RequireAuthorizationForCacheControl bool
	UnauthorizedCacheControl            string
}

// DefaultMethodSettings are what the first setting of a method fills in (recorded: aws-behaviour.md, fact 45).
func DefaultMethodSettings() MethodSettings {
	return MethodSettings{
		Rate: 10_000, Burst: 5_000, CacheTTLSeconds: 300, RequireAuthorizationForCacheControl: true,
		UnauthorizedCacheControl: "SUCCEED_WITH_RESPONSE_HEADER",
	}
}

// MaxCacheTTL is how long responses are cached at most, in seconds (API reference, MethodSetting).
const MaxCacheTTL = 3600

// CanarySettings send a part of a stage's calls to another deployment.
type CanarySettings struct {
	DeploymentID string
	// Percent is the canary's share of the calls, 0 to 100.
	Percent       float64
	Overrides     map[string]string
	UseStageCache bool
}
