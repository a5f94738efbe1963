package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what a policy is attached to: it decides which elements a document may have.
type Kind uint8

// The kinds of policies.
const (
	Identity   Kind = iota // users, groups and roles: no Principal; the zero value
	Resource               // APIs, functions and endpoints: Principal or NotPrincipal
	Authorizer             // what a Lambda authorizer returns: as Identity, resources of at most 512 characters
	RoleTrust              // roles, for who may assume them: as Resource, without resources
)

// Limits of documents, in characters; see [Options.MaxSize].
const (
	// MaxIdentitySize is IAM's limit of a managed policy; white space does not count (reference_iam-quotas).
	MaxIdentitySize = 6144
	// MaxResourceSize is API Gateway's limit of a resource policy (limits).
	MaxResourceSize = 8192
	// MaxFunctionSize is Lambda's limit of the policy of a function.
	MaxFunctionSize = 20480
	// MaxAuthorizerSize is ours: no limit is known but the next one.
	MaxAuthorizerSize = 65536
	// MaxTrustSize is the largest quota of trust policies that AWS grants (reference_iam-quotas).
	MaxTrustSize = 4096
	// maxAuthorizerResource is API Gateway's limit of a resource (api-gateway-lambda-authorizer-output).
	maxAuthorizerResource = 512
)

// The versions of the policy language; a document without one is of the older.
const (
	versionWithVariables = "2012-10-17"
	versionWithout       = "2008-10-17"
)

// Options say how a document is read.
type Options struct {
	Kind    Kind
	MaxSize int // in characters, without white space for [Identity]; 0 is the limit of the kind
	// Account, when set, stands in the execute-api ARNs of Arn conditions that have an empty account: Terraform's AWS
	// provider writes such source ARNs into permissions when it was told not to ask for its account.
	Account string
}

// Policy is a compiled document. It does not change and may be used by many at once.
type Policy struct {
	statements []statement // those that deny first
}

// statement is compiled.
type statement struct {
	sid        string
	number     int
	deny       bool
	principals principals
	actions    patterns
	resources  patterns
	conditions []condition
}

// patterns are those of an element, or of its negation.
type patterns struct {
	list []*pattern
	not  bool
}

// Compile reads a document. The error is an *[Error].
func Compile(doc []byte, o Options) (*Policy, error) {
	p, err := compile(doc, o)
	if f, ok := errors.AsType[*fault](err); ok {
		return nil, f.locate(doc)
	}
	return p, err
}

// compiler holds what the meaning of an element depends on.
type compiler struct {
	options   Options
	variables bool // the document's version has them
	sids      map[string]bool
}

func compile(doc []byte, o Options) (*Policy, error) {
	if err := checkSize(doc, o); err != nil {
		return nil, err
	}
	raw, err := read(doc)
	if err != nil {
		return nil, err
	}
	c := &compiler{options: o, sids: map[string]bool{}}
	switch v := raw.version; v.text {
	case versionWithVariables:
		c.variables = true
	case versionWithout:
	default:
		if v.at > 0 {
			return nil, faultf(v.at, awsSyntax, "want the version 2012-10-17 or 2008-10-17, not %q", shorten(v.text))
		}
	}
	if len(raw.statements) == 0 && o.Kind != Authorizer { // an authorizer that says nothing allows nothing
		return nil, faultf(raw.at, awsSyntax, "want a Statement")
	}
	p := &Policy{}
	for i := range raw.statements {
		s, err := c.statement(&raw.statements[i])
		if err != nil {
			return nil, err
		}
		s.number = i
		p.statements = append(p.statements, s)
	}
	slices.SortStableFunc(p.statements, func(a, b statement) int { return index(b.deny) - index(a.deny) })
	return p, nil
}

func checkSize(doc []byte, o Options) error {
	limit := o.MaxSize
	if limit == 0 {
		limit = [...]int{Identity: MaxIdentitySize, Resource: MaxResourceSize, Authorizer: MaxAuthorizerSize, RoleTrust: MaxTrustSize}[o.Kind]
	}
	size := utf8.RuneCount(doc)
	if o.Kind == Identity || o.Kind == RoleTrust {
		size = Size(doc)
	}
	if size > limit {
		return faultf(0, fmt.Sprintf(awsSize, limit), "%d characters are over the limit of %d", size, limit)
	}
	return nil
}

// Size is the length of a document as IAM counts it: in characters, without white space (reference_iam-quotas).
func Size(doc []byte) int {
	size := utf8.RuneCount(doc)
	for _, c := range doc {
		size -= index(c == ' ' || c == '\t' || c == '\r' || c == '\n')
	}
	return size
}

func (c *compiler) statement(raw *rawStatement) (statement, error) {
	s := statement{sid: raw.sid.text, deny: raw.effect.text == "Deny"}
	if err := c.sid(raw.sid); err != nil {
		return s, err
	}
	if !s.deny && raw.effect.text != "Allow" {
		return s, faultf(max(raw.effect.at, raw.at), awsSyntax, `want an Effect that is "Allow" or "Deny", not %q`, shorten(raw.effect.text))
	}
	var err error
	if s.principals, err = c.principals(raw); err != nil {
		return s, err
	}
	if s.actions, err = c.patterns(element{at: raw.at, is: raw.action, not: raw.notAction, aws: awsNoActions, name: "Action"}, c.action); err != nil {
		return s, err
	}
	if c.options.Kind == RoleTrust {
		s.resources = patterns{not: true} // the role itself
	} else if s.resources, err = c.patterns(element{at: raw.at, is: raw.resource, not: raw.notResource, aws: awsNoResources, name: "Resource"}, c.resource); err != nil {
		return s, err
	}
	for i := range raw.conditions {
		cond, err := c.condition(&raw.conditions[i])
		if err != nil {
			return s, err
		}
		s.conditions = append(s.conditions, cond)
	}
	return s, nil
}

// sid checks a statement's id: those of identity policies are alphanumeric and unique, others have services' rules.
func (c *compiler) sid(sid text) error {
	if c.options.Kind != Identity || sid.text == "" {
		return nil
	}
	if !alphanumeric(sid.text) {
		return faultf(sid.at, awsSidForm, "the Sid %q has other characters than letters and digits", shorten(sid.text))
	}
	if c.sids[sid.text] {
		return faultf(sid.at, awsSidTwice, "the Sid %q stands twice", shorten(sid.text))
	}
	c.sids[sid.text] = true
	return nil
}

func alphanumeric(s string) bool {
	for _, b := range []byte(s) {
		if b = lower(b); (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

// element is Action or Resource, or the negation of one of them.
type element struct {
	at      int // of the statement
	is, not list
	aws     string // what AWS says when there is none
	name    string
}

func (c *compiler) patterns(e element, compile func(text) (*pattern, error)) (patterns, error) {
	if e.is.at > 0 && e.not.at > 0 {
		return patterns{}, faultf(e.not.at, awsSyntax, "Not%s and %s exclude each other", e.name, e.name)
	}
	out, from := patterns{not: e.not.at > 0}, e.is
	if out.not {
		from = e.not
	}
	if len(from.values) == 0 {
		return out, faultf(max(from.at, e.at), e.aws, "want %s or Not%s with at least one value", e.name, e.name)
	}
	for _, v := range from.values {
		p, err := compile(v)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, p)
	}
	return out, nil
}

// action compiles "*" or vendor:name with wildcards in the name.
func (c *compiler) action(v text) (*pattern, error) {
	vendor, name, ok := strings.Cut(v.text, ":")
	switch {
	case v.text == "*":
	case !ok || name == "":
		return nil, faultf(v.at, awsNoVendor, "%q is no action: want one such as execute-api:Invoke", shorten(v.text))
	case strings.Contains(name, ":"):
		return nil, faultf(v.at, awsColons, "the action %q has two colons", shorten(v.text))
	case !isVendor(vendor):
		return nil, faultf(v.at, fmt.Sprintf(awsVendor, shorten(vendor)), "%q is no service", shorten(vendor))
	}
	return parsePattern(v, dialect{wildcards: true, fold: true})
}

func isVendor(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// resource compiles "*" or an ARN, over whose colons and slashes wildcards reach. Variables stand behind the fifth colon
// only (reference_policies_variables).
func (c *compiler) resource(v text) (*pattern, error) {
	s := v.text
	if s != "*" && !strings.HasPrefix(s, "arn:") {
		return nil, faultf(v.at, fmt.Sprintf(awsNoARN, shorten(s)), `%q is neither an ARN nor "*"`, shorten(s))
	}
	if c.options.Kind == Authorizer && utf8.RuneCountInString(s) > maxAuthorizerResource {
		return nil, faultf(v.at, awsSyntax, "the resource has over %d characters", maxAuthorizerResource)
	}
	fields, _ := arnFields(s, c.variables)
	if c.options.Kind != Authorizer && strings.ContainsAny(fields[2], "*?") {
		return nil, faultf(v.at, awsVendorRegex, "%q has a wildcard in place of a service", shorten(s))
	}
	if c.variables && strings.Contains(strings.Join(fields[:5], ":"), "${") {
		return nil, faultf(v.at, awsSyntax, "%q has a policy variable before the fifth colon", shorten(s))
	}
	return parsePattern(v, dialect{wildcards: true, variables: c.variables})
}

// Evaluate decides by one policy. Of what allows, the first that does so to the caller itself counts, else the first.
func (p *Policy) Evaluate(req *Request) Decision {
	var byAccount Decision
	for i := range p.statements {
		s := &p.statements[i]
		if !s.applies(req) {
			continue
		}
		d := Decision{Effect: Allow, Sid: s.sid, Statement: s.number}
		if s.deny {
			d.Effect = ExplicitDeny
			return d
		}
		if !s.principals.nameAccount(&req.Principal) {
			return d
		}
		if byAccount.Effect != Allow {
			byAccount, byAccount.ByAccount = d, true
		}
	}
	return byAccount
}

func (s *statement) applies(req *Request) bool {
	if !s.principals.matches(&req.Principal) || !s.actions.match(req.Action, nil, s.deny) || !s.resources.match(req.Resource, req.Context, s.deny) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(req.Context) {
			return false
		}
	}
	return true
}

// match reports whether an element speaks of a text. A variable without a value matches no resource; an allowance of
// all but such a resource would be one of all, so that one speaks of nothing.
func (p *patterns) match(s string, c Context, deny bool) bool {
	for _, one := range p.list {
		switch one.match(s, c) {
		case matches:
			return !p.not
		case unresolved:
			if p.not && !deny {
				return false
			}
		case differs:
		}
	}
	return p.not
}
