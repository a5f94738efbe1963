package lambda

import (
	"errors"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

const (
	functionARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"
	apiARN      = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5"
)

type conditions = map[string]map[string]string

func like(source string) conditions { return conditions{"ArnLike": {"AWS:SourceArn": source}} }

// The semantics are of https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html and
// https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases-permissions.html; source ARNs of API Gateway on
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html.
var permissionCases = []struct {
	name      string
	qualifier string // of the call
	// policy is by qualifier: statements with their resource and conditions.
	policies map[string][]gateway.FunctionStatement
	source   string
	allowed  bool
}{
	{"no policy", "", nil, "/prod/GET/pets", false},
	{"whole API", "", of("", like(apiARN+"/*/*")), "/prod/GET/pets", true},
	{"whole API, one star", "", of("", like(apiARN+"/*")), "/prod/GET/pets/1", true},
	{"greedy path", "", of("", like(apiARN+"/*/*/pets/*")), "/prod/GET/pets/1/toys", true},
	{"other path", "", of("", like(apiARN+"/*/*/pets/*")), "/prod/GET/owners", false},
	{"one method", "", of("", like(apiARN+"/*/GET/pets")), "/prod/GET/pets", true},
	{"another method", "", of("", like(apiARN+"/*/GET/pets")), "/prod/POST/pets", false},
	{"one stage", "", of("", like(apiARN+"/prod/*")), "/prod/GET/pets", true},
	{"another stage", "", of("", like(apiARN+"/prod/*")), "/test/GET/pets", false},
	{"$default", "", of("", like(apiARN+"/*/$default")), "/$default/$default", true},
	{"another API", "", of("", like(strings.Replace(apiARN, "a1b2", "b1b2", 1)+"/*/*")), "/prod/GET/pets", false},
	{"any API of the account", "", of("", like("arn:aws:execute-api:eu-west-1:111122223333:*")), "/prod/GET/pets", true},
	{"another account", "", of("", like("arn:aws:execute-api:eu-west-1:444455556666:*/*")), "/prod/GET/pets", false},
	// Terraform's AWS provider with skip_requesting_account_id writes no account: it is the function's own.
	{"no account", "", of("", like("arn:aws:execute-api:eu-west-1::a1b2c3d4e5/*/*")), "/prod/GET/pets", true},
	{"no account, another API", "", of("", like("arn:aws:execute-api:eu-west-1::other/*/*")), "/prod/GET/pets", false},
	{"no condition", "", of("", nil), "/prod/GET/pets", true},
	{"ArnEquals", "", of("", conditions{"ArnEquals": {"aws:SourceArn": apiARN + "/*/*"}}), "/prod/GET/pets", true},
	{"StringEquals takes no wildcards", "", of("", conditions{"StringEquals": {"aws:SourceArn": apiARN + "/*/*"}}), "/prod/GET/pets", false},
	{"source account", "", of("", conditions{"StringEquals": {"AWS:SourceAccount": "111122223333"}}), "/prod/GET/pets", true},
	{"another source account", "", of("", conditions{"StringEquals": {"AWS:SourceAccount": "444455556666"}}), "/prod/GET/pets", false},
	{"both conditions, one fails", "", of("", conditions{
		"ArnLike": {"AWS:SourceArn": apiARN + "/*"}, "StringEquals": {"AWS:SourceAccount": "444455556666"},
	}), "/prod/GET/pets", false},

	{"$LATEST by the function's", "$LATEST", of("", like(apiARN+"/*")), "/prod/GET/pets", true},
	{"alias by its own", "prod", of("prod", like(apiARN+"/*")), "/prod/GET/pets", true},
	{"alias not by the function's", "prod", of("", like(apiARN+"/*")), "/prod/GET/pets", false},
	{"function not by an alias's", "", of("prod", like(apiARN+"/*")), "/prod/GET/pets", false},
	{"version by its own", "1", of("1", like(apiARN+"/*")), "/prod/GET/pets", true},
	{"version not by the alias's", "1", of("prod", like(apiARN+"/*")), "/prod/GET/pets", false},
}

// of is the policy of one qualifier with one statement.
func of(qualifier string, c conditions) map[string][]gateway.FunctionStatement {
	key, arn := "$LATEST", functionARN
	if qualifier != "" {
		key, arn = qualifier, functionARN+":"+qualifier
	}
	return map[string][]gateway.FunctionStatement{key: {statement("one", arn, c)}}
}

func TestPermission(t *testing.T) {
	for _, c := range permissionCases {
		d := open(t, Options{})
		put(t, d, definition("f", func(def *Definition) {
			def.Aliases = []gateway.FunctionAlias{{Name: "prod", Version: "1"}}
			for qualifier, statements := range c.policies {
				def.Policies[qualifier] = gateway.FunctionPolicy{Statements: statements}
			}
		}))
		caller := Caller{Service: "apigateway.amazonaws.com", SourceARN: apiARN + c.source, SourceAccount: "111122223333"}
		_, err := invoke(t, d.Target(ref("f", c.qualifier), caller))
		if c.allowed != (err == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.allowed {
			wantKind(t, err, Forbidden, "aws lambda add-permission --function-name f ")
		}
		caller.Service = "events.amazonaws.com"
		_, err = invoke(t, d.Target(ref("f", c.qualifier), caller))
		wantKind(t, err, Forbidden, "events.amazonaws.com is not authorized")
		if _, err := invoke(t, d.Target(ref("f", c.qualifier), Caller{})); err != nil {
			t.Errorf("%s: the administrator needs no permission: %v", c.name, err)
		}
	}
}

// TestPermissionHint: the command that the log shows gives the permission that is missing.
func TestPermissionHint(t *testing.T) {
	d := open(t, Options{})
	put(t, d, definition("f", func(def *Definition) { def.Aliases = []gateway.FunctionAlias{{Name: "prod", Version: "1"}} }))
	caller := Caller{Service: "apigateway.amazonaws.com", SourceARN: apiARN + "/prod/GET/pets"}
	for qualifier, flag := range map[string]string{"": "", "prod": "--qualifier prod "} {
		_, err := invoke(t, d.Target(ref("f", qualifier), caller))
		wantKind(t, err, Forbidden, "aws lambda add-permission --function-name f "+flag+
			"--statement-id apigateway --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '"+apiARN+"/*'")
	}
}

// TestPermissionFollowsThePolicy: a decision holds until the policy changes.
func TestPermissionFollowsThePolicy(t *testing.T) {
	d := open(t, Options{})
	target := d.Target(ref("f", ""), Caller{Service: "apigateway.amazonaws.com", SourceARN: apiARN + "/prod/GET/pets"})
	allowed := definition("f", func(def *Definition) {
		def.Policies["$LATEST"] = gateway.FunctionPolicy{Statements: []gateway.FunctionStatement{
			statement("other", functionARN, like("arn:aws:execute-api:eu-west-1:111122223333:other/*")),
			statement("this", functionARN, like(apiARN+"/*")),
		}}
	})
	for _, def := range []Definition{definition("f"), allowed, definition("f"), allowed} {
		put(t, d, def)
		for range 2 {
			if _, err := invoke(t, target); (err == nil) != (len(def.Policies) > 0) {
				t.Errorf("%d policies: %v", len(def.Policies), err)
			}
		}
	}
}

// rolesFake lets a role do what its decision says, unless err says that nobody may assume it.
type rolesFake struct {
	generation uint64
	decision   policy.Decision
	err        error
}

func (r *rolesFake) Generation() uint64 { return r.generation }

func (r *rolesFake) Decide(string, string, *policy.Request) (policy.Decision, error) {
	return r.decision, r.err
}

// TestRoles: the role's policies and the function's are joined as
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html says.
func TestRoles(t *testing.T) {
	const own, other = "arn:aws:iam::111122223333:role/r", "arn:aws:iam::444455556666:role/r"
	allow, deny := policy.Decision{Effect: policy.Allow}, policy.Decision{Effect: policy.ExplicitDeny}
	roles := &rolesFake{}
	d := open(t, Options{Roles: roles})
	permits := map[bool]Definition{false: definition("f"), true: definition("f", func(def *Definition) {
		var statements []gateway.FunctionStatement
		for i, role := range []string{own, other} {
			statements = append(statements, gateway.FunctionStatement{ID: string(rune('a' + i)), JSON: `{"Effect":"Allow","Principal":{"AWS":"` + role +
				`"},"Action":"lambda:InvokeFunction","Resource":"` + functionARN + `"}`})
		}
		def.Policies["$LATEST"] = gateway.FunctionPolicy{Statements: statements}
	})}
	for _, c := range []struct {
		name     string
		role     string
		permits  bool // the function's policy
		decision policy.Decision
		err      error
		allowed  bool
		kind     Kind
	}{
		{"by its own policies", own, false, allow, nil, true, 0},
		{"by the function's", own, true, policy.Decision{}, nil, true, 0},
		{"by none", own, false, policy.Decision{}, nil, false, Forbidden},
		{"denied", own, true, deny, nil, false, Forbidden},
		{"another account's, by both", other, true, allow, nil, true, 0},
		{"another account's, by its own alone", other, false, allow, nil, false, Forbidden},
		{"another account's, by the function's alone", other, true, policy.Decision{}, nil, false, Forbidden},
		{"not to be assumed", own, true, allow, errors.New("no trust"), false, NotAssumed},
	} {
		put(t, d, permits[c.permits])
		*roles = rolesFake{roles.generation + 1, c.decision, c.err}
		target := d.Target(ref("f", ""), Caller{Service: "apigateway.amazonaws.com", SourceARN: apiARN + "/prod/GET/pets", Role: c.role})
		_, err := invoke(t, target)
		if c.allowed != (err == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.allowed {
			wantKind(t, err, c.kind, "")
		}
		*roles = rolesFake{roles.generation + 1, policy.Decision{}, errors.New("gone")}
		if _, err := invoke(t, target); err == nil {
			t.Errorf("%s: the decision outlives a change of roles", c.name)
		}
	}
}
