// Package selection evaluates AWS's selection expressions over an exchange: $request.header.X, $context.requestId,
// ${stageVariables.X}/fixed and the like. An expression is compiled once, each variable to a function; evaluating one
// appends bytes and looks no name up. Parameter mapping, access logs and identity sources share it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html).
//
// It stands under the steps that use it, and may import exchange, jsontext, java and jsonpath.
package selection

import (
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsonpath"
)

// Scope is where an expression stands, which decides what it may name. It is a closed set.
type Scope uint8

// The scopes.
const (
	// Request is a request's parameter mapping: $request, $context and $stageVariables.
	Request Scope = iota
	// Response is a response's parameter mapping: $response, $context and $stageVariables.
	Response
	// Log is the format of an access log: $context only, everything else is text.
	Log
	// Template is a template without directives: $context, $stageVariables and $method.request, of which those that are absent
	// print nothing; everything else is text.
	Template
)

// Options say where an expression stands and what is known when it is compiled.
type Options struct {
	Scope Scope
	// StageVariables are put in; one that is not there is absent in every call.
	StageVariables map[string]string
	// AccountID is the API's owner, $context.accountId.
	AccountID string
	// DeploymentID is what a REST API's stage serves, and Traced says that it is traced by X-Ray.
	DeploymentID string
	Traced       bool
	// Path says that the value will be a request's path: path variables then stay escaped as they were sent.
	Path bool
}

// Expression is a compiled expression. It is immutable.
type Expression struct {
	parts []part
	log   bool
	// present: there is a value whatever the call has.
	present       bool
	request, resp int64
}

// part is text, or a variable, which has a getter.
type part struct {
	text string
	get  getter
	// name is what the variable is followed by, such as a header's name.
	name string
	path jsonPath
	full *jsonpath.Path // a REST API's, if it is not as simple as path; nil else
	// plain: the value needs no escaping in a log.
	plain bool
}

// getter appends a variable's value, and reports whether the call has one.
type getter func(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool)

// How much of a body expressions read.
const (
	// PathLimit is what a path into a body sees of it, in bytes (recorded: aws-behaviour-http-api.md, fact 73).
	PathLimit = 100 << 10
	// WholeBody is more than any body has.
	WholeBody = math.MaxInt64
)

// Append appends the value. It is present if there is text only, or if one of the variables at least is; nothing has been
// appended else. In a log format every variable has a value: "-" stands for what is absent.
func (e *Expression) Append(dst []byte, x *exchange.Exchange) (out []byte, present bool) {
	start := len(dst)
	present = e.present
	for i := range e.parts {
		p := &e.parts[i]
		if p.get == nil {
			dst = append(dst, p.text...)
			continue
		}
		mark := len(dst)
		out, ok := p.get(dst, x, p)
		if e.log {
			dst = logged(out, mark, ok, p)
			continue
		}
		dst, present = out[:mark], present || ok
		if ok {
			dst = out
		}
	}
	if !present {
		return dst[:start], false
	}
	return dst, true
}

// logged makes the value behind mark fit for a log.
func logged(dst []byte, mark int, ok bool, p *part) []byte {
	if !ok || len(dst) == mark {
		return append(dst[:mark], '-')
	}
	if p.plain {
		return dst
	}
	return escape(dst, mark)
}

// NeedsRequestBody returns how many bytes of the request's body must be known before the expression is evaluated: 0,
// [PathLimit] or [WholeBody]. See [exchange.Body.ReadAhead].
func (e *Expression) NeedsRequestBody() int64 { return e.request }

// NeedsResponseBody is NeedsRequestBody for the response.
func (e *Expression) NeedsResponseBody() int64 { return e.resp }

// Constant returns the value of an expression that has no variables, but for stage variables.
func (e *Expression) Constant() (value string, ok bool) {
	for i := range e.parts {
		if e.parts[i].get != nil {
			return "", false
		}
		value += e.parts[i].text
	}
	return value, true
}

// Error is an expression that names what there is not, with AWS's text.
type Error struct {
	Expression string
}

// Error implements error.
func (e *Error) Error() string { return "Invalid mapping expression specified: " + e.Expression }

// IdentityError is a wrong identity source, with AWS's text (aws-behaviour-http-api.md, fact 56).
type IdentityError struct {
	Expression string
}

// Error implements error.
func (e *IdentityError) Error() string { return "Invalid identity source expression: " + e.Expression }
