package jwt

// Error is why a token was refused.
type Error struct {
	// Description is AWS's error_description where it is known. It is a fixed text, fit for a quoted string in a header.
	Description string
	// Cause is for the operator and never for the caller; it may be nil.
	Cause error
}

// Error returns what AWS gives as $context.authorizer.error (recorded: aws-behaviour-http-api.md, fact 71).
func (e *Error) Error() string { return "invalid_token: " + e.Description }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Expired reports whether the token was good once.
func (e *Error) Expired() bool { return e.Description == errExpired.Description }

// Unreachable reports whether the issuer's keys could not be had, so that nothing is known of the token.
func (e *Error) Unreachable() bool {
	return e.Description == discoveryFailed || e.Description == keysFailed
}

// Recorded from AWS, documented or reported: aws-behaviour-http-api.md, fact 7; "issuer does not match" is reported from
// access logs.
var (
	errSegments = &Error{Description: "token contains an invalid number of segments"}
	errIssuer   = &Error{Description: "issuer does not match"}
	errAudience = &Error{Description: "the token does not have a valid audience"}
	errExpired  = &Error{Description: "the token has expired"}
)

const (
	discoveryFailed = "OIDC discovery endpoint communication error"
	keysFailed      = "JWKS communication error"
)

// No recording of AWS's words for these was found.
var (
	errTooLong     = &Error{Description: "the token is too long"}
	errMalformed   = &Error{Description: "the token is malformed"}
	errAlgorithm   = &Error{Description: "the token's signing method is not supported"}
	errCritical    = &Error{Description: "the token has critical header parameters that are not supported"}
	errNoKeyID     = &Error{Description: "the token does not have a key id"}
	errKeyUnknown  = &Error{Description: "the token's signing key is not known"}
	errSignature   = &Error{Description: "signature is invalid"}
	errNoExpiry    = &Error{Description: "the token does not have an expiration time"}
	errNotYetValid = &Error{Description: "the token is not valid yet"}
	errNotYetMade  = &Error{Description: "the token was issued in the future"}
)

// ProbeError says that an issuer could not be discovered, in AWS's words (recorded: aws-behaviour-http-api.md, fact 57).
type ProbeError struct {
	Issuer string
	// Cause is for the operator.
	Cause error
}

// Error returns AWS's text, which CreateAuthorizer answers with status 400.
func (e *ProbeError) Error() string {
	return "Caught exception when connecting to URL for issuer " + e.Issuer + ". Please try again later. Error: Invalid issuer: " +
		e.Issuer + ". Issuer must have a valid discovery endpoint ended with '" + discoveryPath + "'"
}

// Unwrap returns the cause.
func (e *ProbeError) Unwrap() error { return e.Cause }
