package lambda

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
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
