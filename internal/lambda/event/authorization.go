package event

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// Authorization is an authorizer's answer. It keeps nothing of the payload that it was read from.
type Authorization struct {
	// Allowed is a simple response's isAuthorized. Policy is the IAM policy of any other; nil in a simple response.
	Allowed bool
	Policy  []byte
	// Principal is principalId. Context has all values as strings; ContextJSON is the context as events have it, an object
	// whose members stand in the order of their names, or null.
	Principal   string
	Context     map[string]string
	ContextJSON []byte
	// UsageKey is the API key that a REST API's authorizer named.
	UsageKey string
}

// Size is about how many bytes the answer takes.
func (a *Authorization) Size() int {
	const each = 48
	n := len(a.Policy) + len(a.Principal) + len(a.ContextJSON) + len(a.UsageKey)
	for name, value := range a.Context {
		n += len(name) + len(value) + each
	}
	return n
}

// errAuthorization begins what AWS logs of an authorizer's answer that is none (recorded:
// https://dev.classmethod.jp/articles/tsnote-api-gateway-lambda-authorizer-internal-server-error-troubleshooting/).
var errAuthorization = errors.New("The response from the Lambda Authorizer function doesn't match the format that API Gateway expects.") //nolint:staticcheck,revive // AWS's text

func notAuthorization(format string, args ...any) error {
	return fmt.Errorf("%w %s", errAuthorization, fmt.Sprintf(format, args...))
}

// ReadAuthorization reads an authorizer's answer
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html): a simple response, or
// one with an IAM policy. With format 1.0 the context has strings, numbers and booleans only.
func ReadAuthorization(payload []byte, version string, simple bool) (*Authorization, error) {
	var authorized, principal, policy, context []byte
	if !jsontext.Members(payload, func(name, value []byte) {
		switch {
		case jsontext.Is(name, "isAuthorized"):
			authorized = value
		case jsontext.Is(name, "principalId"):
			principal = value
		case jsontext.Is(name, "policyDocument"):
			policy = value
		case jsontext.Is(name, "context"):
			context = value
		}
	}) {
		return nil, notAuthorization("It is no JSON object")
	}
	a := &Authorization{ContextJSON: []byte("null")}
	switch {
	case simple && isNull(authorized):
		return nil, notAuthorization("Simple response did not include 'isAuthorized'")
	case simple && authorized[0] != 't' && authorized[0] != 'f':
		return nil, notAuthorization("'isAuthorized' is neither true nor false")
	case simple:
		a.Allowed = authorized[0] == 't'
	case isNull(policy) || policy[0] != '{':
		return nil, notAuthorization("Policy response did not include 'policyDocument'")
	default:
		a.Policy = slices.Clone(policy)
	}
	if !isNull(principal) {
		if principal[0] == '{' || principal[0] == '[' {
			return nil, notAuthorization("'principalId' is not a string")
		}
		a.Principal = scalar(principal)
	}
	if isNull(context) {
		return a, nil
	}
	return a, a.readContext(context, version)
}

func isNull(value []byte) bool { return len(value) == 0 || value[0] == 'n' }

// scalar returns a value's text: what a string says, anything else as it is written.
func scalar(value []byte) string {
	if value[0] == '"' {
		return string(jsontext.AppendUnquoted(nil, value[1:len(value)-1]))
	}
	return string(jsontext.AppendCompact(nil, value))
}

func (a *Authorization) readContext(context []byte, version string) error {
	values := map[string][]byte{}
	nested := false
	if !jsontext.Members(context, func(name, value []byte) {
		values[string(jsontext.AppendUnquoted(nil, name))] = value
		nested = nested || value[0] == '{' || value[0] == '['
	}) {
		return notAuthorization("'context' is not an object")
	}
	if nested && version == "1.0" {
		return notAuthorization("'context' has a value that is neither a string, a number nor a boolean")
	}
	a.Context = make(map[string]string, len(values))
	out := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = jsontext.AppendCompact(append(jsontext.AppendString(out, name), ':'), value)
		if !isNull(value) {
			a.Context[name] = scalar(value)
		}
	}
	a.ContextJSON = append(out, '}')
	return nil
}
