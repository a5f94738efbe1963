package authorize

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

// TestSigned: facts are those of aws-behaviour-auth-websocket-logs.md; texts that are only the verifier's are tested there.
func TestSigned(t *testing.T) {
	header := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	const none = "because no identity-based policy allows the execute-api:Invoke action"
	for _, c := range []struct {
		name        string
		key, secret string
		method      string
		path, body  string
		change      func(*http.Request)
		resource    string // the resource policy's statements
		kind        exchange.Kind
		want        string // part of the message; empty for a call that is let through
	}{
		{"administrator", "ADMIN", "s1", "GET", "/x", "", nil, "", 0, ""},
		{"by policy", "PETS", "s2", "POST", "/pets/1", `{"a":1}`, nil, "", 0, ""},
		{"by policy elsewhere", "PETS", "s2", "GET", "/x", "", nil, "", exchange.KindAccessDenied,
			"User: arn:aws:iam::000000000000:user/pets is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********0000:api/prod/GET/x " + none},
		{"a policy's denial", "PETS", "s2", "DELETE", "/pets/1", "", nil, "", exchange.KindAccessDenied, "with an explicit deny in an identity-based policy"},
		{"no policy", "NONE", "s3", "GET", "/x", "", nil, "", exchange.KindAccessDenied, none},
		{"the resource policy alone", "NONE", "s3", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/none"},"Action":"execute-api:Invoke","Resource":"execute-api:/prod/GET/x"}`, 0, ""},
		{"the resource policy alone, for another", "NONE", "s3", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/pets"},"Action":"execute-api:Invoke","Resource":"execute-api:/*"}`, exchange.KindAccessDenied, none},
		{"the resource policy for the account", "NONE", "s3", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"execute-api:Invoke","Resource":"*"}`, exchange.KindAccessDenied, none},
		{"the resource policy denies an administrator", "ADMIN", "s1", "GET", "/x", "", nil, `{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/pets"},"Action":"execute-api:*","Resource":"execute-api:/*"}`, exchange.KindAccessDenied,
			"User: arn:aws:iam::000000000000:user/root is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********0000:api/prod/GET/x with an explicit deny in a resource-based policy"},
		// Developer guide, apigateway-resource-policies-examples: roles of another account.
		{"a role of another account", "FOREIGN", "s4", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:role/developer","arn:aws:iam::444455556666:role/Admin"]},"Action":"execute-api:Invoke","Resource":["execute-api:/prod/GET/x"]}`, 0, ""},
		{"an account", "FOREIGN", "s4", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"execute-api:Invoke","Resource":"execute-api:/*"}`, 0, ""},
		{"the role by a condition", "FOREIGN", "s4", "GET", "/x", "", nil, `{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/dev*"},"StringEquals":{"aws:PrincipalType":"AssumedRole","aws:PrincipalAccount":"444455556666"},"Null":{"aws:username":"true"}}}`, 0, ""},
		{"another account that nobody lets in", "FOREIGN", "s4", "GET", "/x", "", nil, "", exchange.KindAccessDenied,
			"User: arn:aws:sts::444455556666:assumed-role/developer/me is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********0000:api/prod/GET/x because no resource-based policy allows the execute-api:Invoke action"},

		{"unsigned", "", "", "GET", "/x", "", nil, "", exchange.KindMissingToken, "Missing Authentication Token"}, // fact 15
		{"unsigned, denied to all", "", "", "GET", "/x", "", nil, `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, exchange.KindMissingToken, "Missing Authentication Token"},
		{"bearer token", "", "", "GET", "/x", "", header("Bearer x"), "", exchange.KindIncompleteSignature, // fact 16
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='."},
		{"one word", "", "", "GET", "/x", "", header("token"), "", exchange.KindIncompleteSignature, // fact 17
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "},
		{"another region", "ADMIN", "s1", "GET", "/x", "", func(r *http.Request) {
			header(strings.Replace(r.Header.Get("Authorization"), "eu-west-1/execute-api", "eu-west-2/lambda", 1))(r)
		}, "", exchange.KindInvalidSignature, "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'execute-api'. "}, // fact 18
		{"wrong secret", "ADMIN", "s2", "GET", "/x", "", nil, "", exchange.KindInvalidSignature, "\n\nThe Canonical String for this request should have been\n'GET\n/prod/x\n\nhost:api."}, // fact 19
		{"unknown key", "WHO", "s1", "GET", "/x", "", nil, "", exchange.KindUnknownClient, "The security token included in the request is invalid."},                                       // fact 20
		{"without the session's token", "TOKEN", "s5", "GET", "/x", "", nil, "", exchange.KindUnknownClient, "The security token included in the request is invalid."},
		{"expired", "EXPIRED", "s6", "GET", "/x", "", nil, "", exchange.KindExpiredToken, "The security token included in the request is expired"},
		{"stale", "ADMIN", "s1", "GET", "/x", "", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") }, "", exchange.KindInvalidSignature, "Signature expired: 20200101T000000Z is now earlier than "},
		{"both forms", "ADMIN", "s1", "GET", "/x", "", func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256" }, "", exchange.KindInvalidSignature, "Found both 'X-Amz-Algorithm'"},
		{"a query that is none", "ADMIN", "s1", "GET", "/x", "", func(r *http.Request) { r.URL.RawQuery = "a=%" }, "", exchange.KindBadRequest, "Incomplete trailing escape % sequence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			iam := iamConfig(t)
			cfg := RESTConfig{API: iam.API, Stage: "prod", Flow: FlowIAM, Identify: Signed(iam)}
			if c.resource != "" {
				cfg.Policy = resourcePolicy(t, iam.API, c.resource)
			}
			x := signedCall(t, c.key, c.secret, c.method, c.path, c.body, c.change)
			err := REST(cfg).Run(t.Context(), x)
			if c.want == "" {
				if err != nil || x.Identity.AccessKey != c.key || !strings.Contains(x.Identity.UserARN, ":"+x.Identity.AccountID+":") || x.Identity.Caller != c.key || x.Identity.User != c.key {
					t.Errorf("got %v, %+v", err, x.Identity)
				}
				return
			}
			fault, ok := errors.AsType[*exchange.Fault](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			x.REST, x.Fault = true, fault
			if fault.Kind != c.kind || !strings.Contains(x.FaultMessage(), c.want) {
				t.Errorf("got %v: %s", fault.Kind, x.FaultMessage())
			}
			if fault.Cause != nil && strings.Contains(fault.Cause.Error(), "Canonical String") {
				t.Errorf("the log holds the request: %v", fault.Cause)
			}
		})
	}
}

func TestSignedChecksTheBody(t *testing.T) {
	cfg := iamConfig(t)
	x := signedCall(t, "ADMIN", "s1", "POST", "/x", "what was signed", nil)
	x.Request.Body.Stream = io.NopCloser(strings.NewReader("what was sent!!"))
	_, err := Signed(cfg)(t.Context(), x)
	if fault, ok := errors.AsType[*exchange.Fault](err); !ok || fault.Kind != exchange.KindInvalidSignature {
		t.Errorf("got %v", err)
	}
	x = signedCall(t, "", "", "POST", "/x", "of a stranger", nil)
	if _, err := Signed(cfg)(t.Context(), x); err == nil || x.Request.Body.Stream == nil {
		t.Errorf("a stranger's body is read: %v", err)
	}
}

// resourcePolicy is one of that statement, as the control plane takes it.
func resourcePolicy(t *testing.T, api policy.API, statement string) *policy.Policy {
	t.Helper()
	full, err := api.ExpandPolicy([]byte(`{"Version":"2012-10-17","Statement":[` + statement + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Compile(full, policy.Options{Kind: policy.Resource})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNoMethod: facts 15 to 17. A body is not read.
func TestNoMethod(t *testing.T) {
	cfg := iamConfig(t)
	for authorization, want := range map[string]exchange.Kind{
		"": exchange.KindMissingToken, "Bearer x": exchange.KindIncompleteSignature, "x": exchange.KindIncompleteSignature,
	} {
		x := signedCall(t, "", "", "POST", "/nowhere", "body", func(r *http.Request) {
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
		})
		fault, ok := errors.AsType[*exchange.Fault](NoMethod(cfg.Verifier, cfg.API).Run(t.Context(), x))
		if !ok || fault.Kind != want || x.Request.Body.Stream == nil {
			t.Errorf("%q: %v", authorization, fault)
		}
	}
	for _, v := range []Verifier{cfg.Verifier, nil} {
		err := NoMethod(v, cfg.API).Run(t.Context(), signedCall(t, "ADMIN", "s1", "GET", "/nowhere", "", nil))
		if fault, ok := errors.AsType[*exchange.Fault](err); !ok || fault.Kind != exchange.KindMissingToken {
			t.Errorf("signed: %v", err)
		}
	}
}

// TestConditions: the keys that API Gateway fills for everybody
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html).
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		condition string
		holds     bool // for a call from 203.0.113.9
		behind    bool // for one from 10.1.2.3, behind vpce-narrow
	}{
		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, true, false},
		{`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`, false, false},
		{`"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}`, false, true},
		{`"NotIpAddress":{"aws:VpcSourceIp":"192.168.0.0/16"}`, true, true},
		{`"IpAddressIfExists":{"aws:VpcSourceIp":"192.168.0.0/16"}`, true, false},
		{`"StringEquals":{"aws:SourceVpce":"vpce-narrow"}`, false, true},
		{`"StringNotEquals":{"aws:SourceVpce":"vpce-narrow"}`, true, false},
		{`"StringEquals":{"aws:sourceVpce":["vpce-wide","vpce-narrow"]}`, false, true},
		{`"StringEquals":{"aws:SourceVpc":"vpc-2"}`, false, true},
		{`"StringEquals":{"aws:SourceVpc":"vpc-1"}`, false, false},
		{`"Null":{"aws:SourceVpc":"true"}`, true, false},
		{`"StringLike":{"aws:Referer":"https://example.com/*"}`, true, true},
		{`"StringEquals":{"aws:UserAgent":"test"}`, true, true},
		{`"Bool":{"aws:SecureTransport":"true"}`, false, false},
		{`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, true, true},
		{`"NumericLessThan":{"aws:EpochTime":"1000"}`, false, false},
		{`"StringEquals":{"aws:PrincipalAccount":"000000000000"}`, false, false},
		{`"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/*"}`, true, true},
	} {
		networks := NewNetworks([]Network{
			{Prefix: prefix("10.0.0.0/8"), Endpoint: "vpce-wide", VPC: "vpc-1"}, {Prefix: prefix("10.1.0.0/16"), Endpoint: "vpce-narrow", VPC: "vpc-2"},
		})
		cfg := RESTConfig{API: restAPI, Stage: "prod", Networks: networks, Private: true}
		cfg.Policy = resourcePolicy(t, restAPI, `{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{`+c.condition+`}}`)
		for from, want := range map[string]bool{"203.0.113.9:1": c.holds, "[::ffff:10.1.2.3]:1": c.behind} {
			x := asking("GET", "/x", "")
			x.Request.Remote = addrPort(from)
			x.Request.Header.Add([]byte("Referer"), []byte("https://example.com/a"))
			x.Request.Header.Add([]byte("User-Agent"), []byte("test"))
			if err := REST(cfg).Run(t.Context(), x); (err == nil) != want {
				t.Errorf("%s from %s: %v", c.condition, from, err)
			}
			public := cfg // only private APIs have endpoints
			public.Private, x.Identity = false, exchange.Identity{}
			if err := REST(public).Run(t.Context(), x); strings.Contains(c.condition, "Vpce") && err == nil != strings.Contains(c.condition, "Not") {
				t.Errorf("%s from %s, of a public API: %v", c.condition, from, err)
			}
		}
	}
}
