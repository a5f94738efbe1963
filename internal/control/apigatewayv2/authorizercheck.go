package apigatewayv2

import (
	"strings"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// changeAuthorizer applies what is given and checks the result; texts are fact 56's.
func changeAuthorizer(a *gateway.Authorizer, in gen.CreateAuthorizerInput) error {
	switch gen.AuthorizerType(text(in.AuthorizerType)) {
	case "":
	case gen.AuthorizerTypeJwt:
		a.Type = gateway.JWTAuthorizer
	case gen.AuthorizerTypeRequest:
		a.Type = gateway.LambdaAuthorizer
	}
	if text(in.IdentityValidationExpression) != "" {
		return badRequest("IdentityValidationExpression is not supported for HTTP APIs")
	}
	if text(in.Name) != "" {
		a.Name = *in.Name
	}
	if in.IdentitySource != nil {
		a.IdentitySource = in.IdentitySource
	}
	if a.Type == gateway.LambdaAuthorizer {
		return changeLambdaAuthorizer(a, in)
	}
	switch {
	case text(in.AuthorizerUri) != "", text(in.AuthorizerCredentialsArn) != "", in.EnableSimpleResponses != nil && *in.EnableSimpleResponses:
		return badRequest("AuthorizerUri, AuthorizerCredentialsArn and EnableSimpleResponses are for REQUEST authorizers")
	case in.AuthorizerResultTtlInSeconds != nil && *in.AuthorizerResultTtlInSeconds != 0:
		return badRequest("AuthorizerResultTtlInSeconds is not supported for JWT authorizers")
	}
	a.URI, a.PayloadVersion, a.SimpleResponses, a.TTLSeconds = "", "", false, 0
	if jwt := in.JwtConfiguration; jwt != nil {
		if text(jwt.Issuer) != "" {
			a.Issuer = *jwt.Issuer
		}
		if jwt.Audience != nil {
			a.Audience = jwt.Audience
		}
	}
	return checkAuthorizer(*a)
}

func changeLambdaAuthorizer(a *gateway.Authorizer, in gen.CreateAuthorizerInput) error {
	if in.JwtConfiguration != nil && (text(in.JwtConfiguration.Issuer) != "" || len(in.JwtConfiguration.Audience) > 0) {
		return badRequest("JwtConfiguration is for JWT authorizers")
	}
	a.Issuer, a.Audience = "", nil
	set(&a.CredentialsARN, in.AuthorizerCredentialsArn)
	replace(&a.URI, in.AuthorizerUri)
	replace(&a.PayloadVersion, in.AuthorizerPayloadFormatVersion)
	setFlag(&a.SimpleResponses, in.EnableSimpleResponses)
	if in.AuthorizerResultTtlInSeconds != nil {
		a.TTLSeconds = int(*in.AuthorizerResultTtlInSeconds)
	}
	return checkAuthorizer(*a)
}

func checkAuthorizer(a gateway.Authorizer) error {
	if a.Type == gateway.LambdaAuthorizer {
		return checkLambdaAuthorizer(a)
	}
	switch {
	case a.Issuer == "":
		return badRequest("JwtConfiguration must not be null for JWT Authorizer")
	case len(a.Audience) == 0:
		return badRequest("Audience must be specified for JWT Authorizer")
	case len(a.Audience) > gateway.MaxAudiences:
		return badRequest("An authorizer can have at most %d audiences", gateway.MaxAudiences)
	case len(a.IdentitySource) == 0:
		return badRequest("Identity source is required for JWT Authorizer")
	}
	for _, source := range a.IdentitySource {
		if !isIdentitySource(source) {
			return noIdentitySource(source)
		}
	}
	return nil
}

// checkLambdaAuthorizer has AWS's texts where it says so; that of the TTL is deploy-verified too (badmintoncryer/cdk-preflight,
// pf-apigwv2-authorizer-ttl-range).
func checkLambdaAuthorizer(a gateway.Authorizer) error {
	switch {
	case a.URI == "":
		return badRequest("AuthorizerUri is a required field in an Authorizer")
	case a.PayloadVersion == "":
		return badRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
	case a.PayloadVersion != payloadV1 && a.PayloadVersion != payloadV2:
		return badRequest("Unsupported AuthorizerPayloadFormatVersion: %s", a.PayloadVersion)
	case a.SimpleResponses && a.PayloadVersion != payloadV2:
		return badRequest(`EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".`)
	case a.TTLSeconds < 0 || a.TTLSeconds > gateway.MaxTTLSeconds:
		return badRequest("Authorizer result TTL outside allowable range. TTL must be between 0 and %d seconds.", gateway.MaxTTLSeconds)
	case a.TTLSeconds > 0 && len(a.IdentitySource) == 0:
		return badRequest("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")
	}
	for _, source := range a.IdentitySource {
		if err := compile.CheckIdentitySource(source); err != nil {
			return noIdentitySource(source)
		}
	}
	if err := compile.CheckAuthorizerURI(a.URI); err != nil {
		return badRequest("%v", err)
	}
	return nil
}

// noIdentitySource has the text that badmintoncryer/cdk-preflight verified by a deployment
// (pf-apigwv2-http-identity-source-expression).
func noIdentitySource(source string) error {
	return badRequest("Invalid identity source expression: %s. The source must be a request header, request querystring, stage variable or context parameter", source)
}

// isIdentitySource says whether a JWT can stand there: in a header or in the query string.
func isIdentitySource(expression string) bool {
	name, ok := strings.CutPrefix(expression, "$request.header.")
	if !ok {
		name, ok = strings.CutPrefix(expression, "$request.querystring.")
	}
	return ok && name != "" && consistsOf(name, "_.!#$%&'*+^|~`-", 256)
}
