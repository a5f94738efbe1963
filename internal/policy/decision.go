package policy

// Effect is what policies say of a call.
type Effect uint8

// The effects. The zero value refuses.
const (
	ImplicitDeny Effect = iota // nothing allows it and nothing denies it
	Allow
	ExplicitDeny
)

// String returns the name that AWS's policy simulator uses.
func (e Effect) String() string {
	switch e {
	case Allow:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

// Decision is what policies say of a call, and the statement that says so: for a denial the first one that denies, for
// an allowance the first one that allows.
type Decision struct {
	Effect    Effect
	Sid       string // "" when the statement has none
	Statement int    // its number in its document, from 0; meaningless when nothing decided
	// ByAccount says that what allows names the caller's account and not the caller, so that it is the account that says
	// who in it may (reference_policies_elements_principal, "AWS account principals").
	ByAccount bool
}

// Allowed reports whether the call may go on.
func (d Decision) Allowed() bool { return d.Effect == Allow }

// SameAccount joins what the caller's side says (identity policies, or the document of a Lambda authorizer) with what
// the API's resource policy says, when both belong to one account: a denial wins, then one allowance is enough, unless it
// is the resource policy's and leaves the choice to the account. It is Table A of apigateway-authorization-flow.
//
// Where an API has no resource policy, resource is the zero Decision. Where it has one and the route has no authorizer,
// or one for Cognito user pools, the policy alone decides and there is nothing to join: it must allow (same page; for
// Cognito the text of the page stands against its Table A, and the stricter of the two is taken:
// aws-behaviour-auth-websocket-logs, fact 23).
func SameAccount(identity, resource Decision) Decision {
	switch {
	case identity.Effect == ExplicitDeny:
		return identity
	case resource.Effect == ExplicitDeny:
		return resource
	case identity.Effect == Allow:
		return identity
	case resource.ByAccount:
		return Decision{}
	default:
		return resource
	}
}

// CrossAccount joins the same two when the caller's account is not the API's: a denial wins, then both must allow. It is
// Table B of apigateway-authorization-flow.
func CrossAccount(identity, resource Decision) Decision {
	switch {
	case identity.Effect == ExplicitDeny:
		return identity
	case resource.Effect == ExplicitDeny:
		return resource
	case identity.Effect == Allow && resource.Effect == Allow:
		return identity
	default:
		return Decision{}
	}
}

// EvaluateAll decides by policies of one kind together, such as all that are attached to a user and to the user's
// groups: a denial in one of them wins over allowances in others (reference_policies_evaluation-logic). Nil policies say
// nothing.
func EvaluateAll(req *Request, policies ...*Policy) Decision {
	var allowed Decision
	for _, p := range policies {
		if p == nil {
			continue
		}
		switch d := p.Evaluate(req); d.Effect {
		case ExplicitDeny:
			return d
		case Allow:
			if allowed.Effect != Allow {
				allowed = d
			}
		case ImplicitDeny:
		}
	}
	return allowed
}
