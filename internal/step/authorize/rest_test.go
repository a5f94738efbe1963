package authorize

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

var restAPI = policy.API{Region: "eu-west-1", Account: "111122223333", ID: "api"}

func prefix(s string) netip.Prefix     { return netip.MustParsePrefix(s) }
func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// policySaying compiles a policy of one statement, of no statement that applies, or none.
func policySaying(t *testing.T, effect string, kind policy.Kind) *policy.Policy {
	t.Helper()
	if effect == "" {
		return nil
	}
	principal, resource := "", "*"
	if kind == policy.Resource {
		principal = `"Principal":"*",`
	}
	if effect == "silent" {
		effect, resource = "Allow", "arn:aws:execute-api:eu-west-1:111122223333:other/*"
	}
	p, err := policy.Compile([]byte(`{"Statement":{"Effect":"`+effect+`",`+principal+`"Action":"execute-api:Invoke","Resource":"`+resource+`"}}`), policy.Options{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	restARN = "arn:aws:execute-api:eu-west-1:********3333:api/prod/GET/pets/1"
	// The texts are recorded: aws-behaviour-auth-websocket-logs.md, facts 1, 2 and 21.
	byDeny      = " with an explicit deny in a resource-based policy"
	bySilence   = " because no resource-based policy allows the execute-api:Invoke action"
	byOwnDeny   = " with an explicit deny in an identity-based policy"
	byOwnQuiet  = " because no identity-based policy allows the execute-api:Invoke action"
	anonymous   = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: " + restARN
	userMe      = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: execute-api:Invoke on resource: " + restARN
	userOther   = "User: arn:aws:iam::444455556666:user/me is not authorized to perform: execute-api:Invoke on resource: " + restARN
	ofAuthorize = "User is not authorized to access this resource"
)

// TestREST follows https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html, its
// flows and its tables A and B (aws-behaviour-auth-websocket-logs.md, facts 22 and 23).
func TestREST(t *testing.T) {
	for _, c := range []struct {
		flow               Flow
		account            string // of the caller
		identity, resource string
		want               string // the message; empty lets the call through
		unasked            bool   // nobody is to be identified
	}{
		{FlowNone, "", "", "Allow", "", true},
		{FlowNone, "", "", "Deny", anonymous + byDeny, true},
		{FlowNone, "", "", "silent", anonymous + bySilence, true},

		{FlowLambda, "", "Allow", "", "", false},
		{FlowLambda, "", "Deny", "", ofAuthorize + byOwnDeny, false},
		{FlowLambda, "", "silent", "", ofAuthorize + byOwnQuiet, false},
		{FlowLambda, "", "Allow", "Deny", anonymous + byDeny, true},
		{FlowLambda, "", "Allow", "Allow", "", false},
		{FlowLambda, "", "Allow", "silent", "", false},
		{FlowLambda, "", "silent", "Allow", "", false},
		{FlowLambda, "", "silent", "silent", ofAuthorize + byOwnQuiet, false},
		{FlowLambda, "", "Deny", "Allow", ofAuthorize + byOwnDeny, false},

		{FlowIAM, "111122223333", "Allow", "", "", false},
		{FlowIAM, "111122223333", "Deny", "", userMe + byOwnDeny, false},
		{FlowIAM, "111122223333", "silent", "", userMe + byOwnQuiet, false},
		{FlowIAM, "111122223333", "Allow", "Allow", "", false},
		{FlowIAM, "111122223333", "Allow", "silent", "", false},
		{FlowIAM, "111122223333", "Allow", "Deny", userMe + byDeny, false},
		{FlowIAM, "111122223333", "silent", "Allow", "", false},
		{FlowIAM, "111122223333", "", "Allow", "", false},
		{FlowIAM, "111122223333", "silent", "Deny", userMe + byDeny, false},
		{FlowIAM, "111122223333", "Deny", "Allow", userMe + byOwnDeny, false},
		{FlowIAM, "111122223333", "Deny", "silent", userMe + byOwnDeny, false},
		{FlowIAM, "444455556666", "Allow", "Allow", "", false},
		{FlowIAM, "444455556666", "Allow", "silent", userOther + bySilence, false},
		{FlowIAM, "444455556666", "Allow", "", userOther + bySilence, false},
		{FlowIAM, "444455556666", "Allow", "Deny", userOther + byDeny, false},
		{FlowIAM, "444455556666", "silent", "Allow", userOther + byOwnQuiet, false},
		{FlowIAM, "444455556666", "Deny", "Allow", userOther + byOwnDeny, false},

		{FlowCognito, "", "", "", "", false},
		{FlowCognito, "", "", "Allow", "", false},
		{FlowCognito, "", "", "Deny", anonymous + byDeny, false},
		{FlowCognito, "", "", "silent", anonymous + bySilence, false},
	} {
		asked := false
		cfg := RESTConfig{API: restAPI, Stage: "prod", Flow: c.flow, Policy: policySaying(t, c.resource, policy.Resource)}
		if c.flow != FlowNone {
			grant := Grant{Policy: policySaying(t, c.identity, policy.Identity)}
			if c.account != "" {
				grant.Principal = policy.Principal{Account: c.account, ARN: "arn:aws:iam::" + c.account + ":user/me"}
			}
			cfg.Identify = func(context.Context, *exchange.Exchange) (Grant, error) {
				asked = true
				return grant, nil
			}
		}
		x := asking("GET", "/pets/1", "")
		err := REST(cfg).Run(t.Context(), x)
		got := ""
		if fault, ok := errors.AsType[*exchange.Fault](err); ok && fault.Kind == exchange.KindAccessDenied {
			got = fault.Message
		} else if err != nil {
			t.Fatal(err)
		}
		if got != c.want || x.Identity.Error != c.want || asked == c.unasked {
			t.Errorf("flow %d, account %q, %q and %q:\n got %s\nwant %s\nasked: %v", c.flow, c.account, c.identity, c.resource, got, c.want, asked)
		}
	}
}

// TestPrivate: all calls of a private API fail until a policy allows them
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html).
func TestPrivate(t *testing.T) {
	for _, c := range []struct {
		flow     Flow
		resource string
		want     string
	}{
		{FlowNone, "", anonymous + bySilence},
		{FlowNone, "Allow", ""},
		{FlowCognito, "", anonymous + bySilence},
		{FlowIAM, "silent", userMe + bySilence},
		{FlowIAM, "Allow", ""},
	} {
		cfg := RESTConfig{API: restAPI, Stage: "prod", Flow: c.flow, Private: true, Policy: policySaying(t, c.resource, policy.Resource)}
		if c.flow != FlowNone {
			cfg.Identify = func(context.Context, *exchange.Exchange) (Grant, error) {
				if c.flow == FlowCognito {
					return Grant{}, nil
				}
				return Grant{All: true, Principal: policy.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/me"}}, nil
			}
		}
		x := asking("GET", "/pets/1", "")
		if err := REST(cfg).Run(t.Context(), x); x.Identity.Error != c.want || (err == nil) != (c.want == "") {
			t.Errorf("flow %d, %q: %v", c.flow, c.resource, err)
		}
	}
}

// TestRESTRefusesLongARNs: fact 12.
func TestRESTRefusesLongARNs(t *testing.T) {
	for flow, want := range map[Flow]bool{FlowLambda: true, FlowIAM: false} {
		cfg := RESTConfig{API: restAPI, Stage: "prod", Flow: flow, Identify: func(context.Context, *exchange.Exchange) (Grant, error) {
			return Grant{All: true, Principal: policy.Principal{Account: restAPI.Account}}, nil
		}}
		prefix := restAPI.ARN("prod", "GET", "/")
		fits := REST(cfg).Run(t.Context(), asking("GET", "/"+strings.Repeat("x", maxMethodARN-len(prefix)), ""))
		err := REST(cfg).Run(t.Context(), asking("GET", "/"+strings.Repeat("x", maxMethodARN-len(prefix)+1), ""))
		fault, _ := errors.AsType[*exchange.Fault](err)
		if fits != nil || (err != nil) != want || want && fault.Kind != exchange.KindURITooLong {
			t.Errorf("flow %d: %v, %v", flow, fits, err)
		}
	}
}

func TestRESTWithoutAnything(t *testing.T) {
	if REST(RESTConfig{}).Run != nil {
		t.Error("there is a step where everybody may call")
	}
}

// TestRESTIdentifies: whom nobody knows is refused as Identify says.
func TestRESTIdentifies(t *testing.T) {
	want := exchange.Refuse(exchange.KindUnauthorized, nil)
	cfg := RESTConfig{API: restAPI, Flow: FlowCognito, Policy: policySaying(t, "Deny", policy.Resource), Identify: func(context.Context, *exchange.Exchange) (Grant, error) {
		return Grant{}, want
	}}
	if err := REST(cfg).Run(t.Context(), asking("GET", "/", "")); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}
