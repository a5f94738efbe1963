// Package role is the data plane's side of IAM roles: who may assume one, and what may then be done in its name. It decides
// by the documents that the control plane keeps, compiled when they change.
//
// It stands beside the directory of functions, which owns the interface that it fills. It may import gateway and policy.
package role

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

// actionAssume is what a role's trust policy must allow.
const actionAssume = "sts:AssumeRole"

// Directory knows the roles of all accounts. It is safe for use by many goroutines.
type Directory struct {
	// managed returns the document of one of AWS's managed policies.
	managed func(arn string) (document string, ok bool)

	mu         sync.Mutex
	roles      atomic.Pointer[map[string]*role] // by ARN
	generation atomic.Uint64
}

// role is compiled. What of its documents cannot be read allows nothing.
type role struct {
	account string
	trust   *policy.Policy
	says    []*policy.Policy
	// boundary bounds what says allows, if the role has one.
	boundary *policy.Policy
	bounded  bool
}

// New returns an empty directory. managed finds AWS's managed policies.
func New(managed func(arn string) (document string, ok bool)) *Directory {
	d := &Directory{managed: managed}
	d.roles.Store(&map[string]*role{})
	return d
}

// Put takes the place of all roles of an account, and of its managed policies.
func (d *Directory) Put(account string, roles []gateway.Role, managed []gateway.ManagedPolicy) {
	documents := make(map[string]string, len(managed))
	for i := range managed {
		p := &managed[i]
		for _, v := range p.Versions {
			if v.ID == p.Default {
				documents[gateway.PolicyARN(account, p.Path, p.Name)] = v.Document
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	next := maps.Clone(*d.roles.Load())
	maps.DeleteFunc(next, func(_ string, r *role) bool { return r.account == account })
	for i := range roles {
		next[gateway.RoleARN(account, roles[i].Path, roles[i].Name)] = d.compile(account, &roles[i], documents)
	}
	d.roles.Store(&next)
	d.generation.Add(1)
}

func (d *Directory) compile(account string, in *gateway.Role, documents map[string]string) *role {
	find := func(arn string) *policy.Policy {
		document, ok := documents[arn]
		if !ok {
			document, ok = d.managed(arn)
		}
		if !ok {
			return nil
		}
		return read(document, policy.Options{Kind: policy.Identity})
	}
	r := &role{account: account, trust: read(in.Trust, policy.Options{Kind: policy.RoleTrust}), bounded: in.Boundary != ""}
	for _, document := range in.Inline {
		r.says = append(r.says, read(document, policy.Options{Kind: policy.Identity}))
	}
	for _, arn := range in.Attached {
		r.says = append(r.says, find(arn))
	}
	if r.bounded {
		r.boundary = find(in.Boundary)
	}
	return r
}

func read(document string, o policy.Options) *policy.Policy {
	p, err := policy.Compile([]byte(document), o)
	if err != nil {
		return nil
	}
	return p
}

// Generation changes whenever a decision may.
func (d *Directory) Generation() uint64 { return d.generation.Load() }

// Decide says whether a role may do something that a service has assumed. The error says why the service cannot assume it.
func (d *Directory) Decide(roleARN, service string, req *policy.Request) (policy.Decision, error) {
	r := (*d.roles.Load())[roleARN]
	if r == nil {
		return policy.Decision{}, fmt.Errorf("there is no role %s: create it", roleARN)
	}
	assume := policy.Request{Principal: policy.Principal{Service: service}, Action: actionAssume, Resource: roleARN, Context: req.Context}
	if !policy.EvaluateAll(&assume, r.trust).Allowed() {
		return policy.Decision{}, fmt.Errorf("the trust policy of the role %s does not let %s assume it", roleARN, service)
	}
	decision := policy.EvaluateAll(req, r.says...)
	if decision.Allowed() && r.bounded && !policy.EvaluateAll(req, r.boundary).Allowed() {
		return policy.Decision{}, nil
	}
	return decision, nil
}
