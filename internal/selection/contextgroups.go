package selection

import (
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// authorizerVariable returns the variable by the name behind "context.authorizer.". A name that is not known is one of a
// Lambda authorizer's context.
func authorizerVariable(name string) part {
	group, rest := cutName(name)
	switch {
	case name == "error":
		return part{get: authorizerError}
	case name == "principalId":
		return part{get: principalID}
	case name == "claims":
		return part{get: absent} // null on AWS
	case group == "claims":
		return part{get: claim, name: rest}
	}
	return part{get: authorizerContext, name: name}
}

func authorizerError(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.Error)
}

func principalID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.Principal)
}

func claim(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.Identity.Claims == nil {
		return dst, false
	}
	value, ok := x.Identity.Claims.Claim(p.name)
	return append(dst, value...), ok
}

func authorizerContext(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	value, ok := x.Identity.Context[p.name]
	return append(dst, value...), ok
}

func identityVariable(name string) getter {
	switch name {
	case "accountId":
		return identityAccount
	case "apiKey":
		return apiKey
	case "apiKeyId":
		return apiKeyID
	case "caller":
		return caller
	case "sourceIp":
		return sourceIP
	case "user":
		return user
	case "userAgent":
		return userAgent
	case "userArn":
		return userARN
	case "vpcId":
		return vpc
	case "vpceId":
		return vpcEndpoint
	case "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
		"principalOrgId", "clientCert.clientCertPem", "clientCert.subjectDN", "clientCert.issuerDN",
		"clientCert.serialNumber", "clientCert.validity.notBefore", "clientCert.validity.notAfter":
		return absent // no caller has these: there are no Cognito identities, organizations or mutual TLS
	}
	return nil
}

func identityAccount(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.AccountID)
}

func apiKey(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.APIKey)
}

func apiKeyID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.APIKeyID)
}

func caller(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.Caller)
}

func user(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.User)
}

func userARN(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.UserARN)
}

func vpc(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.VPC)
}

func vpcEndpoint(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Identity.VPCEndpoint)
}

func sourceIP(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	mark := len(dst)
	dst = x.AppendSourceIP(dst)
	return dst, len(dst) > mark
}

func userAgent(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Trial != nil {
		return optional(dst, x.Trial.UserAgent)
	}
	return appendHeader(dst, &x.Request.Header, "User-Agent")
}

func integrationVariable(name string) getter {
	switch name {
	case "error":
		return integrationError
	case "integrationStatus":
		return integrationStatus
	case "status":
		return backendStatus
	case "latency":
		return integrationLatency
	case "requestId":
		return endpointRequestID
	case "responseTransferMode":
		return transferMode
	case "timeToAllHeaders":
		return integrationLatency
	}
	return nil
}

// transferMode has AWS's values (response-streaming-troubleshoot).
func transferMode(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	switch {
	case x.Integration.Streamed:
		return append(dst, "STREAMED"...), true
	case x.Integration.Latency > 0:
		return append(dst, "BUFFERED"...), true
	}
	return dst, false
}

func integrationError(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Integration.Error)
}

// integrationStatus is Lambda's, where a function was called, and backendStatus the function's
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
func integrationStatus(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.Integration.ServiceStatus != 0 {
		return positive(dst, x.Integration.ServiceStatus)
	}
	return backendStatus(dst, x, p)
}

func backendStatus(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return positive(dst, x.Integration.Status)
}

func integrationLatency(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Integration.Latency == 0 {
		return dst, false
	}
	return strconv.AppendInt(dst, x.Integration.Latency.Milliseconds(), 10), true
}

// endpointRequestID is the AWS service's, or what a back end calls so in its answer.
func endpointRequestID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	id := x.Integration.RequestID
	for _, name := range [...]string{"x-amzn-RequestId", "x-amz-request-id"} {
		if id == nil {
			id = x.Response.Header.Get(name)
		}
	}
	return append(dst, id...), len(id) > 0
}

func endpointRequestID2(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	id := x.Integration.RequestID2
	if id == nil {
		id = x.Response.Header.Get("x-amz-id-2")
	}
	return append(dst, id...), len(id) > 0
}

func errorVariable(name string) getter {
	switch name {
	case "message":
		return errorMessage
	case "messageString":
		return errorMessageString
	case "responseType":
		return errorResponseType
	case "validationErrorString":
		return errorValidation
	}
	return nil
}

func errorMessage(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Fault == nil {
		return dst, false
	}
	return append(dst, x.FaultMessage()...), true
}

// errorValidation is escaped everywhere: gateway responses, whose templates have no functions, put it between quotes
// (reported: aws/serverless-application-model issue 1207).
func errorValidation(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Fault == nil || x.Fault.Validation == "" {
		return dst, false
	}
	mark := len(dst)
	return escape(append(dst, x.Fault.Validation...), mark), true
}

// errorMessageString is the message between quotes, or null.
func errorMessageString(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.Fault == nil {
		return dst, false
	}
	if x.FaultMessage() == "" {
		return append(dst, "null"...), true
	}
	dst = append(dst, '"')
	mark := len(dst)
	dst, _ = errorMessage(dst, x, p)
	return append(escape(dst, mark), '"'), true
}

// errorResponseType is the type of gateway response that a REST API would give
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html).
func errorResponseType(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Fault == nil {
		return dst, false
	}
	if x.REST {
		return append(dst, x.Fault.Kind.REST().Type...), true
	}
	return append(dst, responseType(x.Fault.Kind)...), true
}

func responseType(k exchange.Kind) string {
	switch k {
	case exchange.KindRouteNotFound:
		return "RESOURCE_NOT_FOUND"
	case exchange.KindRequestTooLarge:
		return "REQUEST_TOO_LARGE"
	case exchange.KindThrottled:
		return "THROTTLED"
	case exchange.KindUnauthorized:
		return "UNAUTHORIZED"
	case exchange.KindAccessDenied, exchange.KindUnknownAPI:
		return "ACCESS_DENIED"
	case exchange.KindAuthorizerFailure:
		return "AUTHORIZER_FAILURE"
	case exchange.KindIntegrationFailure, exchange.KindFunctionFailure:
		return "INTEGRATION_FAILURE"
	case exchange.KindIntegrationTimeout:
		return "INTEGRATION_TIMEOUT"
	default:
		if k.Default().Status < 500 {
			return "DEFAULT_4XX"
		}
		return "DEFAULT_5XX"
	}
}
