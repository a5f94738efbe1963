package role

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

const (
	account  = "111122223333"
	arn      = "arn:aws:iam::111122223333:role/api/r"
	function = "arn:aws:lambda:eu-west-1:111122223333:function:f"
	service  = "apigateway.amazonaws.com"

	trust  = `{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","apigateway.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
	invoke = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}`
	deny   = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"lambda:*","Resource":"` + function + `"}]}`
	read3  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
)

func managed(arn string) (string, bool) {
	if arn == "arn:aws:iam::aws:policy/service-role/AWSLambdaRole" {
		return invoke, true
	}
	return "", false
}

// TestDecide: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
func TestDecide(t *testing.T) {
	own := gateway.PolicyARN(account, "/", "own")
	cases := []struct {
		name string
		role gateway.Role
		want string
	}{
		{"inline", gateway.Role{Trust: trust, Inline: map[string]string{"a": invoke}}, "allowed"},
		{"of AWS", gateway.Role{Trust: trust, Attached: []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaRole"}}, "allowed"},
		{"of the account", gateway.Role{Trust: trust, Attached: []string{own}}, "allowed"},
		{"nothing", gateway.Role{Trust: trust}, "implicitDeny"},
		{"something else", gateway.Role{Trust: trust, Inline: map[string]string{"a": read3}}, "implicitDeny"},
		{"not known", gateway.Role{Trust: trust, Attached: []string{"arn:aws:iam::aws:policy/Other"}}, "implicitDeny"},
		{"not readable", gateway.Role{Trust: trust, Inline: map[string]string{"a": "{"}}, "implicitDeny"},
		{"a denial wins", gateway.Role{Trust: trust, Inline: map[string]string{"a": invoke, "b": deny}}, "explicitDeny"},
		{"within its boundary", gateway.Role{Trust: trust, Boundary: own, Inline: map[string]string{"a": invoke}}, "allowed"},
		{"beyond its boundary", gateway.Role{Trust: trust, Boundary: gateway.PolicyARN(account, "/", "gone"), Inline: map[string]string{"a": invoke}}, "implicitDeny"},
		{"not trusting", gateway.Role{Trust: strings.ReplaceAll(trust, "apigateway", "ec2"), Inline: map[string]string{"a": invoke}}, "error"},
		{"without trust", gateway.Role{Inline: map[string]string{"a": invoke}}, "error"},
	}
	for _, c := range cases {
		d := New(managed)
		c.role.Name, c.role.Path = "r", "/api/"
		d.Put("444455556666", []gateway.Role{c.role}, nil)
		d.Put(account, []gateway.Role{c.role}, []gateway.ManagedPolicy{{
			Name: "own", Path: "/", Default: "v2",
			Versions: []gateway.PolicyVersion{{ID: "v1", Document: read3}, {ID: "v2", Document: invoke}},
		}})
		got := "error"
		decision, err := d.Decide(arn, service, &policy.Request{Action: "lambda:InvokeFunction", Resource: function})
		if err == nil {
			got = decision.Effect.String()
		}
		if got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

// TestPut: what an account has takes the place of what it had, and of nobody else's.
func TestPut(t *testing.T) {
	d := New(managed)
	role := gateway.Role{Name: "r", Path: "/api/", Trust: trust, Inline: map[string]string{"a": invoke}}
	req := &policy.Request{Action: "lambda:InvokeFunction", Resource: function}
	d.Put(account, []gateway.Role{role}, nil)
	before := d.Generation()
	d.Put("444455556666", nil, nil)
	if _, err := d.Decide(arn, service, req); err != nil || d.Generation() == before {
		t.Errorf("%v, generation %d", err, d.Generation())
	}
	d.Put(account, nil, nil)
	if _, err := d.Decide(arn, service, req); err == nil {
		t.Error("the role is still there")
	}
}
