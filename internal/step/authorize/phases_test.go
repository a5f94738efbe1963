package authorize

import (
	"context"
	"errors"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

// TestPhases: which phases a call has is AWS's (Compute Blog, "Troubleshooting Amazon API Gateway with enhanced observability
// variables"): authenticate for AWS_IAM, authorizer for functions and user pools, authorize for AWS_IAM and functions.
func TestPhases(t *testing.T) {
	refused := exchange.Refuse(exchange.KindUnauthorized, errors.New("no token"))
	for name, c := range map[string]struct {
		flow     Flow
		identify error
		identity string
		want     [3]int
	}{
		"a signature":               {FlowIAM, nil, "Allow", [3]int{200, 0, 200}},
		"a signature, denied":       {FlowIAM, nil, "Deny", [3]int{200, 0, 403}},
		"a wrong signature":         {FlowIAM, exchange.Refuse(exchange.KindInvalidSignature, nil), "", [3]int{403, 0, 0}},
		"a function":                {FlowLambda, nil, "Allow", [3]int{0, 200, 200}},
		"a function that denies":    {FlowLambda, nil, "Deny", [3]int{0, 200, 403}},
		"a function that refuses":   {FlowLambda, refused, "", [3]int{0, 401, 0}},
		"a function that fails":     {FlowLambda, errors.New("down"), "", [3]int{0, 500, 0}},
		"a user pool":               {FlowCognito, nil, "", [3]int{0, 200, 0}},
		"a user pool, wrong token":  {FlowCognito, refused, "", [3]int{0, 401, 0}},
		"nobody, a resource policy": {FlowNone, nil, "", [3]int{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := RESTConfig{API: restAPI, Stage: "prod", Flow: c.flow}
			if c.flow == FlowNone {
				cfg.Policy = policySaying(t, "Allow", policy.Resource)
			} else {
				granted := policySaying(t, c.identity, policy.Identity)
				cfg.Identify = func(context.Context, *exchange.Exchange) (Grant, error) {
					return Grant{Principal: policy.Principal{Account: restAPI.Account}, Policy: granted}, c.identify
				}
			}
			x := &exchange.Exchange{REST: true}
			x.Request.Method, x.Route.Path = []byte("GET"), []byte("/pets/1")
			err := REST(cfg).Run(t.Context(), x)
			got := [3]int{x.Phases.Authenticate.Status, x.Phases.Authorizer.Status, x.Phases.Authorize.Status}
			if got != c.want {
				t.Errorf("got %v, want %v: %v", got, c.want, err)
			}
			for _, phase := range []exchange.Phase{x.Phases.Authenticate, x.Phases.Authorizer, x.Phases.Authorize} {
				if (phase.Status > 200) != (phase.Error != "") {
					t.Errorf("phase %+v", phase)
				}
			}
		})
	}
}
