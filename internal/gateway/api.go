package gateway

import (
	"encoding/json"
	"time"
)

// API is an HTTP or WebSocket API: the live settings that no deployment freezes.
type API struct {
	ID          string
	Name        string
	Description string
	Version     string
	Protocol    Protocol
	// RouteSelection and APIKeySelection are the two selection expressions; HTTP APIs have fixed ones.
	RouteSelection  string
	APIKeySelection string
	// DisableDefaultEndpoint refuses calls under the execute-api host.
	DisableDefaultEndpoint  bool
	DisableSchemaValidation bool
	IPAddressType           string
	// CORS is nil without a cross-origin configuration.
	CORS *CORS
	// Extensions are Dipylon's own settings, JSON objects by name (docs/extensions.md); tags of the same names replace them.
	Extensions map[string]json.RawMessage
	Tags       map[string]string
	CreatedAt  time.Time
	// ImportInfo and Warnings are what the last import said.
	ImportInfo, Warnings []string
}

// Protocol is what an API speaks.
type Protocol string

// The protocols of apigatewayv2.
const (
	HTTP      Protocol = "HTTP"
	WebSocket Protocol = "WEBSOCKET"
)

// The values that HTTP APIs take when none is given (recorded: aws-behaviour-http-api.md, fact 66).
const (
	DefaultRouteSelection  = "$request.method $request.path"
	DefaultAPIKeySelection = "$request.header.x-api-key"
	DefaultIPAddressType   = "ipv4"
)

// Route sends the calls that match Key to an integration.
type Route struct {
	ID  string
	Key string
	// IntegrationID is the target; empty while there is none, and calls then fail.
	IntegrationID string
	OperationName string
	// Authorization is how callers are authorized; empty means that anyone may call.
	Authorization Authorization
	AuthorizerID  string
	// Scopes are those of which a token needs one; empty asks for none.
	Scopes []string
	// Extensions are the route's own settings of the same names as the API's.
	Extensions map[string]json.RawMessage
	// Managed routes came with quick create: AWS lets nobody change them but through UpdateApi.
	Managed bool
}

// Authorization is a closed set; see [Route].
type Authorization string

// The kinds of authorization that are built.
const (
	Anyone Authorization = ""
	JWT    Authorization = "JWT"
	IAM    Authorization = "AWS_IAM"
	// Custom is by a Lambda authorizer.
	Custom Authorization = "CUSTOM"
)

// Authorizer says who is let through: whose token is valid, or whom a function allows.
type Authorizer struct {
	ID, Name string
	Type     AuthorizerType
	// IdentitySource are selection expressions: of where a token stands, of which the first that gives one counts, or of
	// what a call must have for the function to be asked, all of it.
	IdentitySource []string
	// Issuer is the URL that a token's iss must equal; Audience the values of which its aud or client_id must be one.
	Issuer   string
	Audience []string
	// URI names the function, and PayloadVersion, 1.0 or 2.0, the format of what it is asked. SimpleResponses says that it
	// answers yes or no and no policy. Its answers count for TTLSeconds for all calls whose identity sources are the same; 0
	// asks anew for every call.
	URI, PayloadVersion string
	SimpleResponses     bool
	TTLSeconds          int
	// CredentialsARN is the role that calls the function; empty asks the function's policy.
	CredentialsARN string
}

// AuthorizerType is a closed set; see [Authorizer].
type AuthorizerType string

// The types of authorizers.
const (
	JWTAuthorizer    AuthorizerType = ""
	LambdaAuthorizer AuthorizerType = "REQUEST"
)

// MaxTTLSeconds is the longest that an authorizer's answer counts
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
const MaxTTLSeconds = 3600

// AuthorizerIDLength is the length of ids of authorizers and VPC links (recorded: aws-behaviour-http-api.md, fact 48).
const AuthorizerIDLength = 6

// Model is a JSON Schema under a name.
type Model struct {
	ID, Name, ContentType, Description, Schema string
}

// VPCLink stands for the way into a private network. Here back ends are reached as configuration says, so a link is a
// name with tags.
type VPCLink struct {
	ID, Name                    string
	SecurityGroupIDs, SubnetIDs []string
	Tags                        map[string]string
	CreatedAt                   time.Time
}

// Integration is a back end and how to call it.
type Integration struct {
	ID          string
	Type        IntegrationType
	Description string
	// Method is the back end's method; ANY and the empty string keep the client's.
	Method string
	URI    string
	// PayloadVersion is 1.0 or 2.0; HTTP_PROXY knows 1.0 only.
	PayloadVersion string
	// TimeoutMillis bounds the call, from sending to the last byte of the answer's body.
	TimeoutMillis int
	// ServerNameToVerify overrides the name on the back end's certificate.
	ServerNameToVerify string
	// Subtype is the service's action of an AWSProxy integration, such as SQS-SendMessage; RequestParameters are then its
	// parameters, and CredentialsARN the role that calls it.
	Subtype, CredentialsARN string
	// VPCLinkID makes the integration private: URI is then the ARN of a load balancer's listener or of a Cloud Map service.
	VPCLinkID string
	// RequestParameters change the request, such as "overwrite:header.X"; ResponseParameters the response, by status code.
	RequestParameters  map[string]string
	ResponseParameters map[string]map[string]string
	Managed            bool
}

// IntegrationType is a closed set; see [Integration].
type IntegrationType string

// The integration types that are built.
const (
	HTTPProxy IntegrationType = "HTTP_PROXY"
	// AWSProxy calls an AWS service, which Subtype names, or without one the Lambda function that URI names.
	AWSProxy IntegrationType = "AWS_PROXY"
)

// Timeouts of HTTP APIs in milliseconds (developer guide, "Amazon API Gateway quotas and important notes").
const (
	MinTimeoutMillis     = 50
	DefaultTimeoutMillis = 30_000
)

// Stage names a deployment and holds the settings that take effect without one.
type Stage struct {
	Name         string
	Description  string
	DeploymentID string
	AutoDeploy   bool
	Variables    map[string]string
	Tags         map[string]string
	// DefaultSettings are those of every route that has none in RouteSettings, whose keys are route keys. An entry there
	// replaces the default whole, it does not merge with it (reported: aws-behaviour-http-api.md, fact 74).
	DefaultSettings RouteSettings
	RouteSettings   map[string]RouteSettings
	// AccessLog is where and how calls are logged; nil for not at all.
	AccessLog *AccessLog
	// LastStatus tells how the last automatic deployment went.
	LastStatus           string
	Managed              bool
	CreatedAt, UpdatedAt time.Time
}

// AccessLog is a stage's log of calls.
type AccessLog struct {
	// Destination is the ARN of a log group.
	Destination string
	// Format is a line's template.
	Format string
}

// RouteSettings limit and measure a route. They are live.
type RouteSettings struct {
	// Rate is in calls per second, Burst in calls; nil leaves it to the account's limit, and 0 lets nothing through.
	Rate            *float64
	Burst           *int
	DetailedMetrics bool
}

// Settings returns what holds for a route.
func (s *Stage) Settings(routeKey string) RouteSettings {
	if settings, ok := s.RouteSettings[routeKey]; ok {
		return settings
	}
	return s.DefaultSettings
}

// DefaultStage is served from the base of the API's URL.
const DefaultStage = "$default"

// Deployment is the record of a snapshot.
type Deployment struct {
	ID          string
	Description string
	Automatic   bool
	CreatedAt   time.Time
}

// AutomaticDescription is what AWS writes on deployments that nobody asked for (aws-behaviour-http-api.md, fact 65).
const AutomaticDescription = "Automatic deployment triggered by changes to the Api configuration"

// Snapshot is what a deployment froze. It is immutable.
type Snapshot struct {
	Routes       []Route
	Integrations []Integration
	Authorizers  []Authorizer
}
