package mapping

import "strings"

// Error is all that is wrong with a map of parameters, in AWS's words (recorded: aws-behaviour-http-api.md, fact 72).
type Error struct {
	Problems []string
}

// Error implements error.
func (e *Error) Error() string {
	return "Invalid mapping expression specified: Validation Result: warnings : [], errors : [" + strings.Join(e.Problems, ", ") + "]"
}

// StatusError is a status code that responses cannot be mapped by, or to, in AWS's words (recorded: the same fact).
type StatusError struct {
	Status string
}

// Error implements error.
func (e *StatusError) Error() string { return "Status Code " + e.Status + " is not valid" }

// keyError is a key of the wrong form. That of responses is AWS's whole text; of that for requests only the first words
// are known (badmintoncryer/cdk-preflight, rules pf-apigwv2-response-parameter-action and -request-parameter-action).
type keyError struct {
	of  side
	key string
}

// Error implements error.
func (e *keyError) Error() string {
	if e.of == ofResponse {
		return "Invalid Response Actioned Parameter destination specified: " + e.key
	}
	return "Invalid Request Actioned Parameter destination specified: " + e.key
}

// reservedError is a header that cannot be mapped. The text is AWS's, as users of its Terraform provider report it for X-Forwarded-For,
// X-Forwarded-Host and Authorization.
type reservedError struct {
	name string
}

// Error implements error.
func (e *reservedError) Error() string {
	return "Operations on header " + strings.ToLower(e.name) + " are restricted"
}
