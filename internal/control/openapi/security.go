package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// requirement is the one security scheme that an operation asks for; the zero value is none.
type requirement struct {
	asked  bool
	scheme string
	scopes []string
}

// requirement reads the security of v; given is false if v leaves it to the root's. AWS allows one scheme (developer guide,
// "Working with OpenAPI definitions for HTTP APIs"), and takes [] and [{}] for none (aws/aws-sam-cli issue 6428).
func (r *reader) requirement(v *document.Value, at spot) (req requirement, given bool, err error) {
	security := v.Get("security")
	if security == nil {
		return requirement{}, false, nil
	}
	attribute := at.key("security")
	if security.Kind != document.List {
		return requirement{}, true, wrongType(security.At, attribute, "array")
	}
	var only document.Member
	schemes := 0
	for _, item := range security.Items {
		if item.Kind != document.Object {
			return requirement{}, true, wrongType(item.At, attribute, "object")
		}
		for _, m := range item.Members {
			schemes++
			only = m
		}
	}
	if len(security.Items) > 1 || schemes > 1 {
		return requirement{}, true, errMultiple(security.At, attribute)
	}
	if schemes == 0 {
		return requirement{}, true, nil
	}
	if !r.built(FeatureSecurity) {
		r.unbuilt(security.At, FeatureSecurity, at.where)
	}
	req.asked, req.scheme = true, only.Key
	req.scopes, err = r.scopes(only, attribute)
	return req, true, err
}

func errMultiple(at document.Place, attribute string) *Error {
	return invalid(at, "attribute %s has multiple security requirements, which are not supported", attribute)
}

func (r *reader) scopes(m document.Member, attribute string) ([]string, error) {
	attribute += "." + m.Key
	if m.Value.Kind == document.Null {
		return nil, nil
	}
	if m.Value.Kind != document.List {
		return nil, wrongType(m.Value.At, attribute, "array")
	}
	if err := r.spend(m.Value.Size, m.At); err != nil {
		return nil, err
	}
	var scopes []string
	for _, item := range m.Value.Items {
		if !item.IsScalar() {
			return nil, wrongType(item.At, attribute, "string")
		}
		scopes = append(scopes, r.vars.Replace(item.Text))
	}
	return scopes, nil
}

// authorize says how a route's callers are authorized. With ok false, the route cannot be and is left out: an operation that
// asks for security never becomes a route that anyone may call.
func (r *reader) authorize(op operation, route *Route) (ok bool, err error) {
	req, given, err := r.requirement(op.Value, op.spot)
	if err != nil {
		return false, err
	}
	mode, err := r.authMode(op)
	if err != nil || !r.built(FeatureSecurity) {
		return true, err
	}
	if !given && mode == nil {
		req = r.defaultSecurity
	}
	s := r.schemeOf(req)
	if mode != nil && req.asked {
		if !s.plain && s.problem != "" || s.problem == "" && s.authorization != *mode {
			return false, errMultiple(op.At, op.attribute)
		}
	}
	if mode != nil {
		s, req = scheme{authorization: *mode}, requirement{}
	}
	if (s.authorization == gateway.IAM || s.authorization == gateway.Custom) && len(req.scopes) > 0 {
		s.problem = scopesNotValid
	}
	if s.problem != "" {
		r.warn(op.At, "%s", AuthorizationWarning(route.Key, s.problem))
		return false, nil
	}
	route.Authorization, route.Authorizer = s.authorization, s.authorizer
	if s.authorization == gateway.JWT {
		route.Scopes = slices.Clone(req.scopes)
	}
	return true, nil
}

// scopesNotValid is AWS's text (aws-behaviour-http-api.md, fact 52).
const scopesNotValid = "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type"

// schemeOf finds what a requirement names. NONE, if it is not a scheme, is how SAM's users write that anyone may call
// (aws/serverless-application-model issue 2127).
func (r *reader) schemeOf(req requirement) scheme {
	if !req.asked {
		return scheme{}
	}
	s, ok := r.known[req.scheme]
	switch {
	case ok:
		return s
	case req.scheme == "NONE" && len(req.scopes) == 0:
		return scheme{plain: true}
	}
	return scheme{problem: fmt.Sprintf("Security scheme '%s' is not defined", req.scheme)}
}

// authMode reads x-amazon-apigateway-auth; nil if there is none (developer guide, "x-amazon-apigateway-auth object").
func (r *reader) authMode(op operation) (*gateway.Authorization, error) {
	auth := op.Value.Get(extAuth)
	if auth == nil {
		return nil, nil
	}
	if !r.built(FeatureSecurity) {
		r.unbuilt(auth.At, extAuth, op.where)
		return nil, nil
	}
	attribute := op.key(extAuth)
	if auth.Kind != document.Object {
		return nil, wrongType(auth.At, attribute, "object")
	}
	mode, err := r.textAt(auth, "type", attribute+".type")
	if err != nil {
		return nil, err
	}
	switch strings.ToUpper(mode) {
	case string(gateway.IAM):
		return new(gateway.IAM), nil
	case "NONE":
		return new(gateway.Anyone), nil
	}
	return nil, invalid(auth.At, "attribute %s.type must be AWS_IAM or NONE", attribute)
}
