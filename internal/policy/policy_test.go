package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// group is a policy of the documentation with calls and what they get.
type group struct {
	Source  string          `json:"source"`
	Kind    string          `json:"kind"`
	Account string          `json:"account"`
	Policy  json.RawMessage `json:"policy"`
	Cases   []struct {
		Principal Principal `json:"principal"`
		Action    string    `json:"action"`
		Resource  string    `json:"resource"`
		Context   Map       `json:"context"`
		Want      string    `json:"want"`
		Sid       string    `json:"sid"`
	} `json:"cases"`
}

// documented is the API of apigateway-resource-policies-examples.
var documented = API{Region: "us-east-2", Account: "123456789012", ID: "aabbccddee"}

func TestDecisions(t *testing.T) {
	kinds := map[string]Kind{"": Identity, "resource": Resource, "authorizer": Authorizer}
	for _, g := range readGroups(t) {
		t.Run(g.Source, func(t *testing.T) {
			kind, ok := kinds[g.Kind]
			if !ok || len(g.Cases) == 0 {
				t.Fatalf("no cases, or no such kind: %q", g.Kind)
			}
			doc, err := documented.ExpandPolicy(g.Policy)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Compile(doc, Options{Kind: kind, Account: g.Account})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range g.Cases {
				req := &Request{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: c.Context}
				if req.Action == "" {
					req.Action = ActionInvoke
				}
				if got := p.Evaluate(req); got.Effect.String() != c.Want || got.Sid != c.Sid {
					t.Errorf("%s by %+v on %s with %v: %v by %q, want %s by %q", req.Action, c.Principal, c.Resource, c.Context, got.Effect, got.Sid, c.Want, c.Sid)
				}
			}
		})
	}
}

func readGroups(tb testing.TB) []group {
	tb.Helper()
	names, err := filepath.Glob("testdata/decisions/*.json")
	if err != nil || len(names) == 0 {
		tb.Fatal("no cases", err)
	}
	var all []group
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		var groups []group
		dec := json.NewDecoder(strings.NewReader(string(b)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&groups); err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all = append(all, groups...)
	}
	return all
}

// TestJoin is tables A and B of doc_source/apigateway-authorization-flow.md.
func TestJoin(t *testing.T) {
	for _, row := range []struct{ identity, resource, same, cross Effect }{
		{Allow, Allow, Allow, Allow},
		{Allow, ImplicitDeny, Allow, ImplicitDeny},
		{Allow, ExplicitDeny, ExplicitDeny, ExplicitDeny},
		{ImplicitDeny, Allow, Allow, ImplicitDeny},
		{ImplicitDeny, ImplicitDeny, ImplicitDeny, ImplicitDeny},
		{ImplicitDeny, ExplicitDeny, ExplicitDeny, ExplicitDeny},
		{ExplicitDeny, Allow, ExplicitDeny, ExplicitDeny},
		{ExplicitDeny, ImplicitDeny, ExplicitDeny, ExplicitDeny},
		{ExplicitDeny, ExplicitDeny, ExplicitDeny, ExplicitDeny},
	} {
		i, r := Decision{Effect: row.identity, Sid: "identity"}, Decision{Effect: row.resource, Sid: "resource"}
		if got := SameAccount(i, r); got.Effect != row.same || got.Allowed() != (row.same == Allow) {
			t.Errorf("same account, %v and %v: %v, want %v", i.Effect, r.Effect, got.Effect, row.same)
		}
		if got := CrossAccount(i, r); got.Effect != row.cross {
			t.Errorf("cross account, %v and %v: %v, want %v", i.Effect, r.Effect, got.Effect, row.cross)
		}
	}
	deny := SameAccount(Decision{Effect: Allow, Sid: "identity"}, Decision{Effect: ExplicitDeny, Sid: "resource"})
	if deny.Sid != "resource" {
		t.Errorf("the denial is of %q, want of the resource policy", deny.Sid)
	}
}

// TestAccountsDecideForTheirOwn: a policy that names an account lets in whom the account lets in
// (reference_policies_elements_principal, "AWS account principals"); one that names the caller, or everybody, is enough.
func TestAccountsDecideForTheirOwn(t *testing.T) {
	const account, user = `{"AWS":"111122223333"}`, `{"AWS":"arn:aws:iam::111122223333:user/me"}`
	statement := func(effect, principal string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"x:y","Resource":"*"}`
	}
	who := Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/me"}
	for _, c := range []struct {
		statements string
		byAccount  bool
		same       Effect // without a word of the caller's side
	}{
		{statement("Allow", account), true, ImplicitDeny},
		{statement("Allow", `{"AWS":"arn:aws:iam::111122223333:root"}`), true, ImplicitDeny},
		{statement("Allow", user), false, Allow},
		{statement("Allow", `"*"`), false, Allow},
		{statement("Allow", account) + "," + statement("Allow", user), false, Allow},
		{statement("Allow", account) + "," + statement("Deny", user), false, ExplicitDeny},
	} {
		p, err := Compile([]byte(`{"Statement":[`+c.statements+`]}`), Options{Kind: Resource})
		if err != nil {
			t.Fatal(err)
		}
		got := p.Evaluate(&Request{Principal: who, Action: "x:y", Resource: "arn:aws:x:::y"})
		if got.ByAccount != c.byAccount || SameAccount(Decision{}, got).Effect != c.same ||
			c.same != ExplicitDeny && (!SameAccount(Decision{Effect: Allow}, got).Allowed() || !CrossAccount(Decision{Effect: Allow}, got).Allowed()) {
			t.Errorf("%s: %+v", c.statements, got)
		}
	}
}

func TestEvaluateAll(t *testing.T) {
	one := func(effect, action string) *Policy {
		return compileText(t, `{"Version":"2012-10-17","Statement":{"Sid":"`+effect+`","Effect":"`+effect+`","Action":"x:`+action+`","Resource":"*"}}`)
	}
	allow, deny := one("Allow", "*"), one("Deny", "Put")
	for action, want := range map[string]Decision{
		"x:Get": {Effect: Allow, Sid: "Allow"},
		"x:Put": {Effect: ExplicitDeny, Sid: "Deny"},
		"y:Get": {},
	} {
		if got := EvaluateAll(&Request{Action: action, Resource: "*"}, allow, nil, deny); got != want {
			t.Errorf("%s: %+v, want %+v", action, got, want)
		}
	}
	if got := EvaluateAll(&Request{Action: "x:Get"}); got != (Decision{}) {
		t.Errorf("no policies: %+v", got)
	}
}

func compileText(tb testing.TB, doc string) *Policy {
	tb.Helper()
	p, err := Compile([]byte(doc), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestAllocations(t *testing.T) {
	p, req := benchmarkCase(t)
	if n := testing.AllocsPerRun(100, func() {
		if !EvaluateAll(req, p, nil).Allowed() {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations per evaluation, want none", n)
	}
}

// known is a context that does not allocate.
type known struct{ user, ip string }

func (k *known) Values(key string) Values {
	switch key {
	case KeyUserName:
		return One(k.user)
	case KeySourceIP:
		return One(k.ip)
	case KeyMFAAge:
		return One("100")
	default:
		return Values{}
	}
}

func benchmarkCase(tb testing.TB) (*Policy, *Request) {
	tb.Helper()
	p := compileText(tb, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Action":"execute-api:*","Resource":"arn:aws:execute-api:*:*:*/DELETE/*"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}},
		{"Effect":"Allow","Action":["execute-api:Inv*"],"Resource":["arn:aws:execute-api:eu-west-1:*:api1/*/GET/users/${aws:username}/*"],
		 "Condition":{"StringLike":{"aws:username":"a*"},"NumericLessThan":{"aws:MultiFactorAuthAge":"300"},"ArnLikeIfExists":{"aws:SourceArn":"arn:aws:sns:*:*:t"}}}]}`)
	return p, &Request{
		Principal: Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/ann"},
		Action:    ActionInvoke, Resource: API{"eu-west-1", "111122223333", "api1"}.ARN("prod", "GET", "/users/ann/orders/7"),
		Context: &known{user: "ann", ip: "10.1.2.3"},
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p, req := benchmarkCase(b)
	b.ReportAllocs()
	for b.Loop() {
		if !p.Evaluate(req).Allowed() {
			b.Fatal("refused")
		}
	}
}

func BenchmarkEvaluateOneStatement(b *testing.B) {
	p := compileText(b, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:*:api1/*"}}`)
	_, req := benchmarkCase(b)
	b.ReportAllocs()
	for b.Loop() {
		if !p.Evaluate(req).Allowed() {
			b.Fatal("refused")
		}
	}
}
