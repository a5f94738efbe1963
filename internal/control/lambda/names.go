package lambda

import (
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
)

// maxName is the longest name of a function without anything around it.
const maxName = 64

// locate reads how a client names a function: by its name, by an ARN or by a part of an ARN, each of which may have a
// qualifier behind it. The wire has matched the text with the model's pattern:
//
//	[arn:PARTITION:lambda:][REGION:][ACCOUNT:][function:]NAME[:QUALIFIER]
func locate(call *wire.Call, name string, qualifier *string) (gateway.FunctionRef, error) {
	ref := gateway.FunctionRef{Tenant: call.Tenant}
	parts := strings.Split(name, ":")
	if len(parts) > 3 && parts[0] == "arn" {
		parts = parts[3:]
	}
	if len(parts) > 1 && isRegion(parts[0]) {
		ref.Tenant.Region, parts = parts[0], parts[1:]
	}
	if len(parts) > 1 && len(parts[0]) == 12 && isNumber(parts[0]) {
		ref.Tenant.Account, parts = parts[0], parts[1:]
	}
	if len(parts) > 1 && parts[0] == "function" {
		parts = parts[1:]
	}
	ref.Name = parts[0]
	if len(parts) > 1 {
		ref.Qualifier = parts[1]
	}
	if q := text(qualifier); q != "" {
		if ref.Qualifier != "" && ref.Qualifier != q {
			return ref, invalid("The derived qualifier from the function name does not match the specified qualifier.")
		}
		ref.Qualifier = q
	}
	return ref, reachable(call, ref)
}

// reachable refuses functions of other regions and accounts.
func reachable(call *wire.Call, ref gateway.FunctionRef) error {
	switch {
	case ref.Tenant.Region != call.Tenant.Region:
		return notFound("Functions from '%s' are not reachable in this region ('%s')", ref.Tenant.Region, call.Tenant.Region)
	case ref.Tenant.Account != call.Tenant.Account:
		return denied("User: arn:aws:iam::%s:user/%s is not authorized to perform: lambda:%s on resource: %s",
			call.Tenant.Account, call.Identity, call.Operation, ref.ARN())
	case len(ref.Name) > maxName:
		return invalid("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to %d", ref.Name, maxName)
	}
	return nil
}

// isRegion tells a region from a name: us-east-1, us-gov-west-1.
func isRegion(s string) bool {
	last := len(s) - 1
	return last > 3 && s[2] == '-' && '0' <= s[last] && s[last] <= '9' && s[last-1] == '-' && strings.Count(s, "-") <= 3 &&
		strings.Trim(s[:last], "abcdefghijklmnopqrstuvwxyz-") == ""
}

// unqualified is [locate] for operations on functions as a whole.
func unqualified(call *wire.Call, name string) (gateway.FunctionRef, error) {
	ref, err := locate(call, name, nil)
	ref.Qualifier = ""
	return ref, err
}

// isVersion tells a version's number from an alias.
func isVersion(qualifier string) bool { return isNumber(qualifier) }
