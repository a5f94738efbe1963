package authorize

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

// Identify finds out who calls a method of a REST API and fills the exchange's Identity. It refuses who does not say so
// credibly, by a fault; whether the caller may make the call is decided by what it returns.
type Identify func(ctx context.Context, x *exchange.Exchange) (Grant, error)

// Grant is what speaks for a caller.
type Grant struct {
	// Principal is the caller as resource policies see it; the zero value is anonymous.
	Principal policy.Principal
	// Policy is what the caller may do: attached to the caller, or said by an authorizer's function. nil says nothing.
	Policy *policy.Policy
	// Document is the text of Policy, if an authorizer's function said it.
	Document []byte
	// All allows everything, in place of a policy.
	All bool
}

// Flow is how the caller's side and a resource policy decide together: a closed set, named as
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html does.
type Flow uint8

// The flows.
const (
	// FlowNone has no caller's side: a resource policy must allow.
	FlowNone Flow = iota
	// FlowLambda asks the resource policy for denials before it asks the authorizer, and then joins both.
	FlowLambda
	// FlowIAM joins what both say of a caller who signed.
	FlowIAM
	// FlowCognito lets in whom the user pool knows; a resource policy must allow besides.
	FlowCognito
)

// RESTConfig is what the authorization of a REST API's method is compiled from.
type RESTConfig struct {
	API   policy.API
	Stage string
	// Policy is the API's resource policy; nil without one.
	Policy *policy.Policy
	// Private asks of the resource policy to allow every call, so that there must be one
	// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html).
	Private bool
	// Networks tell which calls of a private API come through VPC endpoints; nil for none.
	Networks *Networks
	Flow     Flow
	// Identify is nil with FlowNone only.
	Identify Identify
	// Detail names who identifies callers, for `dipylon explain`.
	Detail string
}

// REST returns the step that decides who may call a method of a REST API, by its resource policy and by what identifies
// callers; one without Run where everybody may.
func REST(cfg RESTConfig) exchange.Step {
	if cfg.Flow == FlowNone && cfg.Policy == nil && !cfg.Private {
		return exchange.Step{}
	}
	detail := cfg.Detail
	if cfg.Policy != nil || cfg.Private {
		detail += ", resource policy"
	}
	s := &restStep{RESTConfig: cfg, prefix: strings.TrimSuffix(cfg.API.ARN(cfg.Stage, "", ""), "/")}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}
}

type restStep struct {
	RESTConfig
	// prefix begins the ARNs of all methods.
	prefix string
}

// maxMethodARN is AWS's limit in bytes of the ARN that an authorizer is asked about (aws-behaviour-auth-websocket-logs.md,
// fact 12).
const maxMethodARN = 1600

var errLongARN = errors.New("the method's ARN is over 1600 bytes")

func (s *restStep) run(ctx context.Context, x *exchange.Exchange) error {
	arn := s.arn(x)
	if s.Flow == FlowLambda && len(arn) > maxMethodARN {
		return exchange.Refuse(exchange.KindURITooLong, errLongARN)
	}
	req := policy.Request{Action: policy.ActionInvoke, Resource: arn, Context: callContext{x}}
	if s.Private {
		s.Networks.place(x)
	}
	if s.Flow == FlowLambda {
		if d := s.resource(&req); d.Effect == policy.ExplicitDeny {
			return s.refuse(x, &req, verdictOf{resource: d})
		}
	}
	var grant Grant
	if s.Identify != nil {
		began := time.Now()
		var err error
		grant, err = s.Identify(ctx, x)
		s.identified(x).End(began, err)
		if err != nil {
			return err
		}
	}
	req.Principal = grant.Principal
	began := time.Now()
	err := s.permit(x, &req, grant)
	if s.Flow == FlowLambda || s.Flow == FlowIAM {
		x.Phases.Authorize.End(began, err)
	}
	return err
}

// identified is the phase that finds out who calls.
func (s *restStep) identified(x *exchange.Exchange) *exchange.Phase {
	if s.Flow == FlowIAM {
		return &x.Phases.Authenticate
	}
	return &x.Phases.Authorizer
}

// permit lets a caller through or not.
func (s *restStep) permit(x *exchange.Exchange, req *policy.Request, grant Grant) error {
	v := verdictOf{identity: s.identity(req, grant), resource: s.resource(req)}
	if !s.decide(req, v).Allowed() {
		return s.refuse(x, req, v)
	}
	x.Identity.MayInvalidate = x.Request.Header.Has("Cache-Control") && s.mayInvalidate(req, grant)
	return nil
}

// arn is the method's: of the path as it was called (aws-behaviour-auth-websocket-logs.md, fact 13).
func (s *restStep) arn(x *exchange.Exchange) string {
	path := x.Route.PlainPath()
	arn := append(x.Alloc(len(s.prefix) + len(x.Request.Method) + 1 + len(path))[:0], s.prefix...)
	arn = append(arn, x.Request.Method...)
	if len(path) == 0 || path[0] != '/' {
		arn = append(arn, '/')
	}
	return string(append(arn, path...))
}

// verdictOf is what both sides say of a call.
type verdictOf struct{ identity, resource policy.Decision }

func (s *restStep) resource(req *policy.Request) policy.Decision {
	if s.Policy == nil {
		return policy.Decision{}
	}
	return s.Policy.Evaluate(req)
}

func (s *restStep) identity(req *policy.Request, grant Grant) policy.Decision {
	switch {
	case grant.All:
		return policy.Decision{Effect: policy.Allow}
	case grant.Policy != nil:
		return grant.Policy.Evaluate(req)
	}
	return policy.Decision{}
}

// decide joins what both sides say (aws-behaviour-auth-websocket-logs.md, facts 22 and 23).
func (s *restStep) decide(req *policy.Request, v verdictOf) policy.Decision {
	governed := s.Policy != nil || s.Private
	if s.Private && v.resource.Effect != policy.Allow {
		return v.resource
	}
	switch s.Flow {
	case FlowNone:
		return v.resource
	case FlowCognito:
		if !governed {
			return policy.Decision{Effect: policy.Allow}
		}
		return v.resource
	case FlowLambda:
		return policy.SameAccount(v.identity, v.resource)
	case FlowIAM:
		if req.Principal.Account == s.API.Account {
			return policy.SameAccount(v.identity, v.resource)
		}
		return policy.CrossAccount(v.identity, v.resource)
	}
	return policy.Decision{}
}

// refuse words a denial as AWS does (recorded: aws-behaviour-auth-websocket-logs.md, facts 1, 2 and 21).
func (s *restStep) refuse(x *exchange.Exchange, req *policy.Request, v verdictOf) error {
	reason, resource := " because no resource-based policy allows the "+req.Action+" action", true
	switch {
	case v.resource.Effect == policy.ExplicitDeny:
		reason = " with an explicit deny in a resource-based policy"
	case v.identity.Effect == policy.ExplicitDeny:
		reason, resource = " with an explicit deny in an identity-based policy", false
	case v.identity.Effect != policy.Allow && (s.Flow == FlowLambda || s.Flow == FlowIAM):
		reason, resource = " because no identity-based policy allows the "+req.Action+" action", false
	}
	message := "User is not authorized to access this resource" + reason
	if resource || s.Flow != FlowLambda {
		message = "User: " + userOf(req) + " is not authorized to perform: " + req.Action + " on resource: " + s.masked(req.Resource) + reason
	}
	x.Identity.Error = message
	// Reported of resource policies (public code index document 22165364824).
	x.Journal.Sayf(exchange.JournalInfo, "The client is not authorized to perform this operation.")
	return &exchange.Fault{
		Kind: exchange.KindAccessDenied, Message: message,
		Cause: fmt.Errorf("%s on %s: the caller's side says %v, the resource policy %v", req.Action, req.Resource, v.identity.Effect, v.resource.Effect),
	}
}

func userOf(req *policy.Request) string {
	if req.Principal.ARN == "" {
		return "anonymous"
	}
	return req.Principal.ARN
}

// masked is the method's ARN with all but the last four digits of the account hidden.
func (s *restStep) masked(arn string) string {
	account := s.API.Account
	if n := len(account) - 4; n > 0 {
		return strings.Replace(arn, ":"+account+":", ":"+"********"[:min(n, 8)]+account[n:]+":", 1)
	}
	return arn
}
