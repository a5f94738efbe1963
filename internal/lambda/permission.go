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
func (f *function) permit(qualifier string, c Caller) *Error {
	if c.Service == "" {
		return nil
	}
	own := qualifier
	if own == "" || own == gateway.LatestVersion {
		qualifier, own = "", gateway.LatestVersion
	}
	arn := gateway.FunctionARN(f.tenant, f.name, qualifier)
	if p := f.policies[own]; p != nil && p.Evaluate(c.request(arn)).Allowed() {
		return nil
	}
	return &Error{
		Kind: Forbidden,
		Message: c.Service + " is not authorized to perform: " + actionInvoke + " on resource: " + arn +
			" because no resource-based policy allows the " + actionInvoke + " action",
		Cause: errors.New("to allow it: " + addPermission(f.name, qualifier, c)),
	}
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
