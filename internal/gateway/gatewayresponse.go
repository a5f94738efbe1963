package gateway

// The types of gateway responses (API reference, GatewayResponse).
const (
	AccessDenied                 GatewayResponseType = "ACCESS_DENIED"
	APIConfigurationError        GatewayResponseType = "API_CONFIGURATION_ERROR"
	AuthorizerConfigurationError GatewayResponseType = "AUTHORIZER_CONFIGURATION_ERROR"
	AuthorizerFailure            GatewayResponseType = "AUTHORIZER_FAILURE"
	BadRequestBody               GatewayResponseType = "BAD_REQUEST_BODY"
	BadRequestParameters         GatewayResponseType = "BAD_REQUEST_PARAMETERS"
	Default4XX                   GatewayResponseType = "DEFAULT_4XX"
	Default5XX                   GatewayResponseType = "DEFAULT_5XX"
	ExpiredToken                 GatewayResponseType = "EXPIRED_TOKEN"
	IntegrationFailure           GatewayResponseType = "INTEGRATION_FAILURE"
	IntegrationTimeout           GatewayResponseType = "INTEGRATION_TIMEOUT"
	InvalidAPIKey                GatewayResponseType = "INVALID_API_KEY"
	InvalidSignature             GatewayResponseType = "INVALID_SIGNATURE"
	MissingAuthenticationToken   GatewayResponseType = "MISSING_AUTHENTICATION_TOKEN"
	QuotaExceeded                GatewayResponseType = "QUOTA_EXCEEDED"
	RequestTooLarge              GatewayResponseType = "REQUEST_TOO_LARGE"
	ResourceNotFound             GatewayResponseType = "RESOURCE_NOT_FOUND"
	Throttled                    GatewayResponseType = "THROTTLED"
	Unauthorized                 GatewayResponseType = "UNAUTHORIZED"
	UnsupportedMediaType         GatewayResponseType = "UNSUPPORTED_MEDIA_TYPE"
	WAFFiltered                  GatewayResponseType = "WAF_FILTERED"
)

// DefaultGatewayResponses returns what an API answers unless it says otherwise, in the order of AWS's list (recorded:
// test_gateway_response_crud).
func DefaultGatewayResponses() []GatewayResponse {
	defaults := []GatewayResponse{
		{Type: AccessDenied, StatusCode: "403"},
		{Type: APIConfigurationError, StatusCode: "500"},
		{Type: AuthorizerConfigurationError, StatusCode: "500"},
		{Type: AuthorizerFailure, StatusCode: "500"},
		{Type: BadRequestBody, StatusCode: "400"},
		{Type: BadRequestParameters, StatusCode: "400"},
		{Type: Default4XX},
		{Type: Default5XX},
		{Type: ExpiredToken, StatusCode: "403"},
		{Type: IntegrationFailure, StatusCode: "504"},
		{Type: IntegrationTimeout, StatusCode: "504"},
		{Type: InvalidAPIKey, StatusCode: "403"},
		{Type: InvalidSignature, StatusCode: "403"},
		{Type: MissingAuthenticationToken, StatusCode: "403"},
		{Type: QuotaExceeded, StatusCode: "429"},
		{Type: RequestTooLarge, StatusCode: "413"},
		{Type: ResourceNotFound, StatusCode: "404"},
		{Type: Throttled, StatusCode: "429"},
		{Type: Unauthorized, StatusCode: "401"},
		{Type: UnsupportedMediaType, StatusCode: "415"},
		{Type: WAFFiltered, StatusCode: "403"},
	}
	for i := range defaults {
		defaults[i].Templates = map[string]string{"application/json": `{"message":$context.error.messageString}`}
	}
	return defaults
}
