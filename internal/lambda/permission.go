package lambda

import (
	"bytes"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

// actionInvoke is what a policy must allow.
const actionInvoke = "lambda:InvokeFunction"

// policyDocument is what GetPolicy shows: the statements in one document.
func policyDocument(p gateway.FunctionPolicy) []byte {
	var b bytes.Buffer
	b.WriteString(`{"Version":"2012-10-17","Id":"default","Statement":[`)
	for i, s := range p.Statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.JSON)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// permit decides whether a caller may invoke what a qualifier means. A version or an alias has a policy of its own, and
// then the function's does not count; $LATEST has the function's
// (https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases-permissions.html).
func (f *function) permit(qualifier string, c Caller, roles Roles) *Error {
	if c.Service == "" {
		return nil
	}
	own := qualifier
	if own == "" || own == gateway.LatestVersion {
		qualifier, own = "", gateway.LatestVersion
	}
	arn := gateway.FunctionARN(f.tenant, f.name, qualifier)
	req := c.request(arn)
	if c.Role != "" {
		return f.permitRole(f.policies[own], req, c, roles)
	}
	if policy.EvaluateAll(req, f.policies[own]).Allowed() {
		return nil
	}
	return &Error{
		Kind: Forbidden,
		Message: c.Service + " is not authorized to perform: " + actionInvoke + " on resource: " + arn +
			" because no resource-based policy allows the " + actionInvoke + " action",
		Cause: errors.New("to allow it: " + addPermission(f.name, qualifier, c)),
	}
}

// permitRole decides a call in the name of a role: by what the role may do, and by the function's policy, as
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html joins the two.
func (f *function) permitRole(own *policy.Policy, req *policy.Request, c Caller, roles Roles) *Error {
	identity, err := roles.Decide(c.Role, c.Service, req)
	if err != nil {
		return &Error{Kind: NotAssumed, Message: "API Gateway does not have permission to assume the provided role " + c.Role, Cause: err}
	}
	account := accountOf(c.Role)
	req.Principal = policy.Principal{Account: account, ARN: c.Role, Role: c.Role}
	join := policy.SameAccount
	if account != f.tenant.Account {
		join = policy.CrossAccount
	}
	if join(identity, policy.EvaluateAll(req, own)).Allowed() {
		return nil
	}
	return &Error{
		Kind: Forbidden,
		Message: c.Role + " is not authorized to perform: " + actionInvoke + " on resource: " + req.Resource +
			" because no identity-based policy allows the " + actionInvoke + " action",
	}
}

// accountOf returns an ARN's account.
func accountOf(arn string) string {
	const fields, account = 6, 4
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) < fields {
		return ""
	}
	return parts[account]
}

// request is what a policy is asked. Keys of a service's own calls are on
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
func (c Caller) request(arn string) *policy.Request {
	known := policy.Map{"aws:principalisawsservice": {"true"}, "aws:principalservicename": {c.Service}}
	if c.SourceARN != "" {
		known[policy.KeySourceARN] = []string{c.SourceARN}
	}
	if c.SourceAccount != "" {
		known[policy.KeySourceAccount] = []string{c.SourceAccount}
	}
	return &policy.Request{Principal: policy.Principal{Service: c.Service}, Action: actionInvoke, Resource: arn, Context: known}
}

// addPermission is the command that gives what is missing. It allows all of an API, as most permissions do.
func addPermission(name, qualifier string, c Caller) string {
	source := c.SourceARN
	if strings.Contains(source, ":execute-api:") {
		api, _, _ := strings.Cut(source, "/")
		source = api + "/*"
	}
	command := "aws lambda add-permission --function-name " + name
	if qualifier != "" {
		command += " --qualifier " + qualifier
	}
	command += " --statement-id " + strings.TrimSuffix(c.Service, ".amazonaws.com") + " --action " + actionInvoke + " --principal " + c.Service
	if source != "" {
		command += " --source-arn '" + source + "'"
	}
	return command
}
