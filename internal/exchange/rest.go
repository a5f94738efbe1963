package exchange

import "bytes"

// RESTDefault is what a REST API answers to a kind of fault unless it says otherwise.
type RESTDefault struct {
	// Type is the gateway response's
	// (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
	Type    string
	Status  int
	Message string
	// ErrorType is the value of x-amzn-ErrorType.
	ErrorType string
}

const internalError = "InternalServerErrorException"

// REST returns the kind's row for REST APIs.
func (k Kind) REST() RESTDefault { return restDefaults[k] }

// Messages and error types as recorded: aws-behaviour.md, facts 1, 5 and 29 and what follows fact 50;
// aws-behaviour-auth-websocket-logs.md, facts 1, 6, 15, 26 and 27. Failures of back ends: "Network error communicating
// with endpoint" in RhinoSecurityLabs/IPRotate_Burp_Extension issue 17, "Endpoint request timed out" in DataBiosphere/azul
// pull request 7502. A function's failure is 502 and of no type of its own (recorded: fact 5). Of an unknown key the
// text is reported (kndt84/aws-api-gateway-client issue 31), and its type is what re:Post's
// knowledge-center/api-gateway-troubleshoot-403-forbidden says.
var restDefaults = [...]RESTDefault{
	KindInternal:           {"DEFAULT_5XX", 500, "Internal server error", internalError},
	KindBadRequest:         {"DEFAULT_4XX", 400, "Bad Request", "BadRequestException"},
	KindInvalidRequest:     {"DEFAULT_4XX", 400, "Bad Request", "BadRequestException"},
	KindRouteNotFound:      {"MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"},
	KindUnknownAPI:         {"ACCESS_DENIED", 403, "Forbidden", "ForbiddenException"},
	KindRequestTooLarge:    {"REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException"},
	KindURITooLong:         {"DEFAULT_4XX", 414, "Request URI too long", "BadRequestException"},
	KindHeaderTooLarge:     {"DEFAULT_4XX", 431, "Request Header Fields Too Large", "BadRequestException"},
	KindThrottled:          {"THROTTLED", 429, "Too Many Requests", "TooManyRequestsException"},
	KindUnauthorized:       {"UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException"},
	KindAccessDenied:       {"ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException"},
	KindIntegrationFailure: {"INTEGRATION_FAILURE", 504, "Network error communicating with endpoint", internalError},
	KindIntegrationTimeout: {"INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", internalError},
	KindFunctionFailure:    {"DEFAULT_5XX", 502, "Internal server error", internalError},
	KindAuthorizerFailure:  {"AUTHORIZER_FAILURE", 500, "", internalError},
	KindClientGone:         {"DEFAULT_4XX", 499, "Client Closed Request", "BadRequestException"},

	KindMissingToken:         {"MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"},
	KindInvalidSignature:     {"INVALID_SIGNATURE", 403, "The request signature we calculated does not match the signature you provided.", "InvalidSignatureException"},
	KindIncompleteSignature:  {"DEFAULT_4XX", 403, "Invalid key=value pair (missing equal-sign) in Authorization header.", "IncompleteSignatureException"},
	KindUnknownClient:        {"ACCESS_DENIED", 403, "The security token included in the request is invalid.", "AccessDeniedException"},
	KindExpiredToken:         {"EXPIRED_TOKEN", 403, "The security token included in the request is expired", "ExpiredTokenException"},
	KindInvalidAPIKey:        {"INVALID_API_KEY", 403, "Forbidden", "ForbiddenException"},
	KindQuotaExceeded:        {"QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException"},
	KindBadParameters:        {"BAD_REQUEST_PARAMETERS", 400, "Missing required request parameters", "BadRequestException"},
	KindBadBody:              {"BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException"},
	KindUnsupportedMediaType: {"UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "BadRequestException"},
	KindConfiguration:        {"API_CONFIGURATION_ERROR", 500, "Internal server error", internalError},
	KindBadAuthorizer:        {"AUTHORIZER_CONFIGURATION_ERROR", 500, "", "AuthorizerConfigurationException"},
}

// FaultMessage is what the caller is told of the fault; empty is null.
func (x *Exchange) FaultMessage() string {
	switch {
	case !x.REST:
		return x.Fault.Kind.Default().Message
	case x.Fault.Message != "":
		return x.Fault.Message
	}
	return x.Fault.Kind.REST().Message
}

// PlainPath is the path without stage as a REST API matches it, with one slash at its beginning (recorded:
// aws-behaviour.md, fact 7). One at its end stays.
func (m *Matched) PlainPath() []byte { return plainPath(m.Path) }

func plainPath(path []byte) []byte {
	for bytes.HasPrefix(path, twoSlashes) {
		path = path[1:]
	}
	return path
}

var twoSlashes = []byte("//")

// IsID reports whether a response's field is one of the two ids that every answer of a REST API gets.
func IsID(name []byte) bool {
	return EqualFold(name, "x-amzn-RequestId") || EqualFold(name, "x-amz-apigw-id")
}
