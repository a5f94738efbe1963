package exchange

import "errors"

// Kind is why a call was refused: a closed set, and the table below is the only place that gives each its default
// status and message.
type Kind uint8

// The kinds. Names follow AWS's gateway response types where there is one.
const (
	// KindInternal is our own failure.
	KindInternal Kind = iota
	// KindBadRequest is a request that cannot be understood.
	KindBadRequest
	// KindInvalidRequest is a request that is understood and is not what the API asks for.
	KindInvalidRequest
	// KindRouteNotFound is a path or stage that the API does not have.
	KindRouteNotFound
	// KindUnknownAPI is a host or id that names no API.
	KindUnknownAPI
	// KindRequestTooLarge is a body over the payload quota.
	KindRequestTooLarge
	// KindURITooLong is a request line over the quota.
	KindURITooLong
	// KindHeaderTooLarge is a head over the quota.
	KindHeaderTooLarge
	// KindThrottled is a call over a limit of calls per second.
	KindThrottled
	// KindUnauthorized is a caller who did not say who it is, or not credibly.
	KindUnauthorized
	// KindAccessDenied is a caller who may not do this.
	KindAccessDenied
	// KindIntegrationFailure is a back end that cannot be reached or answers nonsense.
	KindIntegrationFailure
	// KindIntegrationTimeout is a back end that did not answer in time.
	KindIntegrationTimeout
	// KindFunctionFailure is a function that failed, that cannot be called, or whose answer is none.
	KindFunctionFailure
	// KindAuthorizerFailure is an authorizer's function of that kind.
	KindAuthorizerFailure
	// KindClientGone is a client that left before its answer; nobody reads the response.
	KindClientGone
	// KindMissingToken is a call to a path or method that a REST API does not have, or one that is to be signed and is not.
	KindMissingToken
	// KindInvalidSignature is a signature that is wrong.
	KindInvalidSignature
	// KindIncompleteSignature is a signature that cannot be read.
	KindIncompleteSignature
	// KindUnknownClient is an access key or session token that nobody has.
	KindUnknownClient
	// KindExpiredToken is a session token past its end.
	KindExpiredToken
	// KindInvalidAPIKey is a call without a key that may make it.
	KindInvalidAPIKey
	// KindQuotaExceeded is a call whose API key has used up its plan's quota.
	KindQuotaExceeded
	// KindBadParameters is a call without a parameter that its method requires.
	KindBadParameters
	// KindBadBody is a body that does not match its method's model.
	KindBadBody
	// KindUnsupportedMediaType is a body that no template of its integration takes.
	KindUnsupportedMediaType
	// KindConfiguration is an API whose configuration cannot be carried out.
	KindConfiguration
	// KindBadAuthorizer is an authorizer whose configuration or answer is none.
	KindBadAuthorizer
)

// Default is what a kind answers unless configuration says otherwise.
type Default struct {
	Name    string
	Status  int
	Message string
}

// Default returns the kind's row.
func (k Kind) Default() Default { return defaults[k] }

// String returns the kind's name, for logs and metric labels.
func (k Kind) String() string { return defaults[k].Name }

var defaults = [...]Default{
	KindInternal:           {"internal", 500, "Internal Server Error"},
	KindBadRequest:         {"bad_request", 400, "Bad Request"},
	KindInvalidRequest:     {"invalid_request", 400, "Invalid request"},
	KindRouteNotFound:      {"route_not_found", 404, "Not Found"},
	KindUnknownAPI:         {"unknown_api", 403, "Forbidden"},
	KindRequestTooLarge:    {"request_too_large", 413, "Request Entity Too Large"},
	KindURITooLong:         {"uri_too_long", 414, "Request URI too long"},
	KindHeaderTooLarge:     {"header_too_large", 431, "Request Header Fields Too Large"},
	KindThrottled:          {"throttled", 429, "Too Many Requests"},
	KindUnauthorized:       {"unauthorized", 401, "Unauthorized"},
	KindAccessDenied:       {"access_denied", 403, "Forbidden"},
	KindIntegrationFailure: {"integration_failure", 503, "Service Unavailable"},
	KindIntegrationTimeout: {"integration_timeout", 503, "Service Unavailable"},
	KindFunctionFailure:    {"function_failure", 500, "Internal Server Error"},
	KindAuthorizerFailure:  {"authorizer_failure", 500, "Internal Server Error"},
	KindClientGone:         {"client_gone", 499, "Client Closed Request"},

	KindMissingToken:         {"missing_token", 403, "Missing Authentication Token"},
	KindInvalidSignature:     {"invalid_signature", 403, "Forbidden"},
	KindIncompleteSignature:  {"incomplete_signature", 403, "Forbidden"},
	KindUnknownClient:        {"unknown_client", 403, "Forbidden"},
	KindExpiredToken:         {"expired_token", 403, "Forbidden"},
	KindInvalidAPIKey:        {"invalid_api_key", 403, "Forbidden"},
	KindQuotaExceeded:        {"quota_exceeded", 429, "Limit Exceeded"},
	KindBadParameters:        {"bad_parameters", 400, "Bad Request"},
	KindBadBody:              {"bad_body", 400, "Bad Request"},
	KindUnsupportedMediaType: {"unsupported_media_type", 415, "Unsupported Media Type"},
	KindConfiguration:        {"configuration", 500, "Internal Server Error"},
	KindBadAuthorizer:        {"bad_authorizer", 500, "Internal Server Error"},
}

// Fault refuses a call. Cause is for the operator's log; its text is never sent.
type Fault struct {
	Kind Kind
	// Step is the name of the step that refused; program.Run fills it.
	Step  string
	Cause error
	// Message takes the place of the kind's in the answer of a REST API; empty leaves it.
	Message string
	// Validation is what was found wrong with a body, one message after the other in brackets; empty for nothing.
	Validation string
	// Challenge is the value of WWW-Authenticate, for a caller whose token was refused; empty for none.
	Challenge string
	// Details, a JSON value, is the member "errors" of the answer: what the caller may know of the cause; nil for none.
	Details []byte
	// RetryAfter is in how many seconds the call may be tried again; 0 says nothing.
	RetryAfter int64
}

// Error implements error, for logs.
func (f *Fault) Error() string {
	if f.Cause == nil {
		return f.Kind.String()
	}
	return f.Kind.String() + ": " + f.Cause.Error()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Refuse returns a fault of that kind with that cause.
func Refuse(kind Kind, cause error) *Fault { return &Fault{Kind: kind, Cause: cause} }

// What a request body's reader may end with, besides io.EOF and the connection's own errors.
var (
	ErrBodyTooLarge  = errors.New("request body exceeds the payload quota")
	ErrBodyMalformed = errors.New("request body is framed wrongly")
)
