package authorize

import (
	"context"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

// TestMayInvalidate: who may have a cached response replaced (developer guide, "Invalidate an API Gateway cache entry":
// policies with execute-api:InvalidateCache, "Cross-account cache invalidation is not supported").
func TestMayInvalidate(t *testing.T) {
	compile := func(kind policy.Kind, action string) *policy.Policy {
		principal := ""
		if kind == policy.Resource {
			principal = `"Principal":"*",`
		}
		p, err := policy.Compile([]byte(`{"Statement":{"Effect":"Allow",`+principal+`"Action":`+action+`,"Resource":"arn:aws:execute-api:eu-west-1:111122223333:api/prod/GET/pets/*"}}`), policy.Options{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	const both, invoke = `["execute-api:Invoke","execute-api:InvalidateCache"]`, `"execute-api:Invoke"`
	for name, c := range map[string]struct {
		flow               Flow
		account            string
		all                bool
		identity, resource string
		header             string
		want               bool
	}{
		"a caller with the right":     {flow: FlowIAM, account: "111122223333", identity: both, header: "max-age=0", want: true},
		"one without":                 {flow: FlowIAM, account: "111122223333", identity: invoke, header: "max-age=0"},
		"one who may do all":          {flow: FlowIAM, account: "111122223333", all: true, header: "max-age=0", want: true},
		"who does not ask":            {flow: FlowIAM, account: "111122223333", all: true},
		"by the resource policy":      {flow: FlowIAM, account: "111122223333", identity: invoke, resource: both, header: "max-age=0", want: true},
		"of another account":          {flow: FlowIAM, account: "444455556666", identity: both, resource: both, header: "max-age=0"},
		"anybody, by the resource's":  {flow: FlowNone, resource: both, header: "max-age=0", want: true},
		"anybody":                     {flow: FlowNone, resource: invoke, header: "max-age=0"},
		"by an authorizer's function": {flow: FlowLambda, identity: both, header: "max-age=0", want: true},
		"a user of a pool":            {flow: FlowCognito, all: true, header: "max-age=0"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := RESTConfig{API: restAPI, Stage: "prod", Flow: c.flow}
			grant := Grant{Principal: policy.Principal{Account: c.account}, All: c.all}
			if c.identity != "" {
				grant.Policy = compile(policy.Identity, c.identity)
			}
			if c.resource != "" {
				cfg.Policy = compile(policy.Resource, c.resource)
			}
			if c.flow != FlowNone {
				cfg.Identify = func(context.Context, *exchange.Exchange) (Grant, error) { return grant, nil }
			}
			x := &exchange.Exchange{REST: true}
			x.Request.Method, x.Route.Path = []byte("GET"), []byte("/pets/1")
			if c.header != "" {
				x.Request.Header.Add([]byte("Cache-Control"), []byte(c.header))
			}
			if err := REST(cfg).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if x.Identity.MayInvalidate != c.want {
				t.Errorf("got %v", x.Identity.MayInvalidate)
			}
		})
	}
}
