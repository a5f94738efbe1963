package policy

import "strings"

// Request is what policies are asked about.
type Request struct {
	Principal Principal
	Action    string  // such as [ActionInvoke]
	Resource  string  // the ARN of what is called, such as [API.ARN] returns
	Context   Context // nil when nothing is known
}

// Context answers what is known of a call. Key names do not depend on case on AWS; here they arrive in lower case.
type Context interface {
	// Values returns the values of a context key, such as "aws:sourceip": one, several, or none when the call has no
	// such key.
	Values(key string) Values
}

// Values are the values of one context key. The zero value says that the key is absent; an empty string is a value.
type Values struct {
	first string
	rest  []string
	some  bool
}

// One is the value of a key that has one value at most.
func One(value string) Values { return Values{first: value, some: true} }

// Many are the values of a key that can have several. None is the same as an absent key.
func Many(values ...string) Values {
	if len(values) == 0 {
		return Values{}
	}
	return Values{first: values[0], rest: values[1:], some: true}
}

// len returns how many values there are.
func (v *Values) len() int {
	if !v.some {
		return 0
	}
	return 1 + len(v.rest)
}

func (v *Values) at(i int) string {
	if i == 0 {
		return v.first
	}
	return v.rest[i-1]
}

// empty reports that there is nothing but empty strings, which set operators take for nothing
// (reference_policies_multi-value-conditions: "a null data set, such as an empty string").
func (v *Values) empty() bool {
	for i := range v.len() {
		if v.at(i) != "" {
			return false
		}
	}
	return true
}

// single returns the value of a key that is not empty and not several, which is what can stand for a policy variable.
func (v *Values) single() (string, bool) {
	return v.first, v.some && len(v.rest) == 0 && v.first != ""
}

// Map is a context of known values, by keys in lower case.
type Map map[string][]string

// Values implements [Context].
func (m Map) Values(key string) Values { return Many(m[key]...) }

// The global condition keys that API Gateway fills (apigateway-resource-policies-aws-condition-keys), as [Context] gets
// them. Those of [KeyPrincipalTagPrefix] go on with the tag's key in lower case.
const (
	KeyCurrentTime        = "aws:currenttime" // ISO 8601 in UTC
	KeyEpochTime          = "aws:epochtime"   // seconds since 1970
	KeyTokenIssueTime     = "aws:tokenissuetime"
	KeyMFAPresent         = "aws:multifactorauthpresent"
	KeyMFAAge             = "aws:multifactorauthage"
	KeyPrincipalAccount   = "aws:principalaccount"
	KeyPrincipalARN       = "aws:principalarn" // of the role, for a role's session
	KeyPrincipalOrgID     = "aws:principalorgid"
	KeyPrincipalOrgPaths  = "aws:principalorgpaths"
	KeyPrincipalTagPrefix = "aws:principaltag/"
	KeyPrincipalType      = "aws:principaltype"
	KeyReferer            = "aws:referer"
	KeySecureTransport    = "aws:securetransport" // "true" or "false"
	KeySourceAccount      = "aws:sourceaccount"
	KeySourceARN          = "aws:sourcearn"
	KeySourceIP           = "aws:sourceip"
	KeySourceVPC          = "aws:sourcevpc"
	KeySourceVPCE         = "aws:sourcevpce"
	KeyUserAgent          = "aws:useragent"
	KeyUserID             = "aws:userid"
	KeyUserName           = "aws:username"
	KeyVPCSourceIP        = "aws:vpcsourceip"
)

// lookup asks a context that may be nil.
func lookup(c Context, key string) Values {
	if c == nil {
		return Values{}
	}
	return c.Values(key)
}

// contextKey checks the name of a key and returns it as [Context] gets it.
func contextKey(name string) (string, bool) {
	vendor, rest, ok := strings.Cut(name, ":")
	if !ok || vendor == "" || rest == "" || strings.ContainsAny(name, "'\"{}$*?,") {
		return "", false
	}
	for _, c := range name {
		if c < ' ' {
			return "", false
		}
	}
	return strings.ToLower(name), true
}
