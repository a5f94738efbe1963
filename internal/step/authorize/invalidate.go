package authorize

import "github.com/dipylon/dipylon/internal/policy"

// mayInvalidate reports whether a caller may have cached responses replaced: policies allow it as they allow calls, but
// not to callers of other accounts
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html#invalidate-method-caching).
func (s *restStep) mayInvalidate(invoke *policy.Request, grant Grant) bool {
	if invoke.Principal.Account != "" && invoke.Principal.Account != s.API.Account {
		return false
	}
	req := *invoke
	req.Action = policy.ActionInvalidateCache
	var identity policy.Decision
	if s.Flow == FlowIAM || s.Flow == FlowLambda {
		identity = s.identity(&req, grant)
	}
	return policy.SameAccount(identity, s.resource(&req)).Allowed()
}
