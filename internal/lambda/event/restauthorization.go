package event

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// maxRESTAuthorization bounds the answer of an authorizer. It is ours: AWS states none for REST APIs.
const maxRESTAuthorization = 128 << 10

// What an execution log says of an answer that is none (recorded: aws-behaviour-auth-websocket-logs.md, fact 7). The words
// for a principal and for a context are ours.
var (
	errNoPolicy    = errors.New("Could not parse policy") //nolint:staticcheck // AWS's text
	errLongAnswer  = fmt.Errorf("the authorizer's answer has over %d bytes", maxRESTAuthorization)
	errNoPrincipal = errors.New("the authorizer's answer has no principalId")
	errContext     = errors.New("the context of an authorizer's answer is an object of strings, numbers and booleans")
)

// ReadRESTAuthorization reads the answer of a REST API's authorizer
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html), and nothing
// else: a member that it has not is an error. Functions behind the method get every value of the context as a string
// (recorded: public code index document 27200349677; the page says so of $context).
func ReadRESTAuthorization(payload []byte) (*Authorization, error) {
	if len(payload) > maxRESTAuthorization {
		return nil, errLongAnswer
	}
	var principal, policy, context, usage, unknown []byte
	valid := jsontext.Members(payload, func(name, value []byte) {
		switch {
		case jsontext.Is(name, "principalId"):
			principal = value
		case jsontext.Is(name, "policyDocument"):
			policy = value
		case jsontext.Is(name, "context"):
			context = value
		case jsontext.Is(name, "usageIdentifierKey"):
			usage = value
		case unknown == nil:
			unknown = name
		}
	})
	switch {
	case !valid:
		return nil, errNoPolicy
	case unknown != nil:
		const longest = 100
		return nil, fmt.Errorf("Invalid JSON in response: Unrecognized field \"%s\" , not marked as ignorable", unknown[:min(len(unknown), longest)]) //nolint:staticcheck // AWS's text
	case isNull(policy) || policy[0] != '{':
		return nil, errNoPolicy
	case isNull(principal) || isNested(principal):
		return nil, errNoPrincipal
	}
	a := &Authorization{Policy: slices.Clone(policy), Principal: scalar(principal), ContextJSON: []byte("{}")}
	if !isNull(usage) && !isNested(usage) {
		a.UsageKey = scalar(usage)
	}
	if isNull(context) {
		return a, nil
	}
	return a, a.readStrings(context)
}

func isNested(value []byte) bool { return value[0] == '{' || value[0] == '[' }

// readStrings reads a context. The two members that events have beside it are not taken from it.
func (a *Authorization) readStrings(context []byte) error {
	a.Context = map[string]string{}
	nested := false
	if !jsontext.Members(context, func(name, value []byte) {
		nested = nested || isNested(value)
		if key := string(jsontext.AppendUnquoted(nil, name)); !nested && !isNull(value) && key != "principalId" && key != "integrationLatency" {
			a.Context[key] = scalar(value)
		}
	}) || nested {
		return errContext
	}
	out := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(a.Context)) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = jsontext.AppendString(append(jsontext.AppendString(out, name), ':'), a.Context[name])
	}
	a.ContextJSON = append(out, '}')
	return nil
}

// SaysUnauthorized reports whether the error object of an authorizer's function has exactly this message, with which it
// refuses its caller (reported: auth0-samples/jwt-rsa-aws-custom-authorizer pull request 6).
func SaysUnauthorized(payload []byte) bool {
	said := false
	jsontext.Members(payload, func(name, value []byte) {
		if jsontext.Is(name, "errorMessage") {
			said = string(value) == `"Unauthorized"`
		}
	})
	return said
}
