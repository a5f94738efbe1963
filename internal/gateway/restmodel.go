package gateway

import "strings"

// RestModel is a JSON Schema under a name.
type RestModel struct {
	ID, Name, Description, ContentType, Schema string
}

// RequestValidator says what of a request is checked.
type RequestValidator struct {
	ID, Name         string
	Body, Parameters bool
}

// RestAuthorizer decides who may call methods whose authorization is CUSTOM or COGNITO_USER_POOLS.
type RestAuthorizer struct {
	ID, Name string
	Type     RestAuthorizerType
	// AuthType is only for exports: custom, or awsSigv4 and the like.
	AuthType string
	// ProviderARNs are user pools.
	ProviderARNs []string
	// URI invokes the function of a Lambda authorizer with Credentials, a role's ARN; empty asks the function's policy.
	URI, Credentials string
	// IdentitySource are expressions, separated by commas.
	IdentitySource string
	// IdentityValidation is a regular expression that tokens match.
	IdentityValidation string
	// TTLSeconds is how long results are kept, 0 for not at all; nil is the default.
	TTLSeconds *int
}

// RestAuthorizerType is a closed set; see [RestAuthorizer].
type RestAuthorizerType string

// The types of REST APIs' authorizers.
const (
	TokenAuthorizer   RestAuthorizerType = "TOKEN"
	RequestAuthorizer RestAuthorizerType = "REQUEST"
	CognitoAuthorizer RestAuthorizerType = "COGNITO_USER_POOLS"
)

// UserPoolIssuer returns the issuer of the tokens of a Cognito user pool
// (https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html),
// and whether that is its ARN: arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID.
func UserPoolIssuer(arn string) (string, bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "cognito-idp" || parts[3] == "" {
		return "", false
	}
	id, ok := strings.CutPrefix(parts[5], "userpool/")
	domain := ".amazonaws.com/"
	if parts[1] == "aws-cn" {
		domain = ".amazonaws.com.cn/"
	}
	return "https://cognito-idp." + parts[3] + domain + id, ok && id != "" && !strings.Contains(id, "/")
}

// How long the results of authorizers are kept, in seconds (API reference, Authorizer).
const (
	DefaultAuthorizerTTL = 300
	MaxAuthorizerTTL     = 3600
)

// GatewayResponse is what an API answers itself, in place of the default of its type.
type GatewayResponse struct { //nolint:revive // AWS's word
	Type GatewayResponseType
	// StatusCode is empty where the cause decides.
	StatusCode string
	// Parameters map "gatewayresponse.header.X" to expressions; Templates are by content type.
	Parameters, Templates map[string]string
}

// GatewayResponseType is a closed set; [DefaultGatewayResponses] has one of each.
type GatewayResponseType string //nolint:revive // AWS's word
