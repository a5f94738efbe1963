package gateway

// RestIntegration is a method's back end and how to call it.
type RestIntegration struct {
	Type RestIntegrationType `json:",omitzero"`
	// Method is the back end's method; MOCK has none.
	Method string `json:",omitzero"`
	URI    string `json:",omitzero"`
	// Credentials is a role's ARN, or arn:aws:iam::*:user/* for the caller's own.
	Credentials string `json:",omitzero"`
	// ConnectionType is INTERNET or VPC_LINK, empty for INTERNET; ConnectionID names the VPC link, or a stage variable
	// that does; Target is the ARN of a load balancer or of its listener behind a VPC link of version 2.
	ConnectionType, ConnectionID, Target string `json:",omitzero"`
	// RequestParameters map "integration.request.header.X" to expressions; RequestTemplates are by content type.
	RequestParameters, RequestTemplates map[string]string `json:",omitzero"`
	PassthroughBehavior                 string            `json:",omitzero"`
	// ContentHandling is CONVERT_TO_BINARY or CONVERT_TO_TEXT; empty passes bodies through.
	ContentHandling string `json:",omitzero"`
	TimeoutMillis   int    `json:",omitzero"`
	// TransferMode is BUFFERED or STREAM; empty for BUFFERED.
	TransferMode       string   `json:",omitzero"`
	CacheNamespace     string   `json:",omitzero"`
	CacheKeyParameters []string `json:",omitzero"`
	// InsecureSkipVerification takes certificates of unknown authorities; nil without a TLS configuration.
	InsecureSkipVerification *bool `json:",omitzero"`
	// Responses are by status code.
	Responses map[string]IntegrationResponse `json:",omitzero"`
}

// RestIntegrationType is a closed set; see [RestIntegration].
type RestIntegrationType string

// The types of REST APIs' integrations.
const (
	RestHTTP      RestIntegrationType = "HTTP"
	RestHTTPProxy RestIntegrationType = "HTTP_PROXY"
	RestAWS       RestIntegrationType = "AWS"
	RestAWSProxy  RestIntegrationType = "AWS_PROXY"
	RestMock      RestIntegrationType = "MOCK"
)

// What becomes of a body without a template for its content type.
const (
	WhenNoMatch     = "WHEN_NO_MATCH"
	WhenNoTemplates = "WHEN_NO_TEMPLATES"
	Never           = "NEVER"
)

// How bodies are converted.
const (
	ConvertToBinary = "CONVERT_TO_BINARY"
	ConvertToText   = "CONVERT_TO_TEXT"
)

// How integrations reach their back end.
const (
	ConnectionInternet = "INTERNET"
	ConnectionVPCLink  = "VPC_LINK"
)

// How a back end's answer is passed on.
const (
	TransferBuffered = "BUFFERED"
	TransferStream   = "STREAM"
)

// DefaultRestTimeoutMillis is the timeout of REST APIs' integrations (recorded: aws-behaviour.md, fact 44).
const DefaultRestTimeoutMillis = 29_000

// MaxStreamMillis is the longest timeout of an integration whose answer is streamed, 15 minutes
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
const MaxStreamMillis = 900_000

// IntegrationResponse turns what a back end answered into a method response of the same status code.
type IntegrationResponse struct {
	// SelectionPattern chooses this response by status or error message; nil or empty makes it the default.
	SelectionPattern *string `json:",omitzero"`
	// Parameters map "method.response.header.X" to expressions; Templates are by content type.
	Parameters, Templates map[string]string `json:",omitzero"`
	ContentHandling       string            `json:",omitzero"`
}
