package iam

import (
	"context"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// awsAccount stands in the ARNs of AWS's own policies.
const awsAccount = "aws"

// policyName is what the ARN of a managed policy says.
type policyName struct{ account, path, name string }

func (n policyName) arn() string { return gateway.PolicyARN(n.account, n.path, n.name) }

func parsePolicyARN(arn string) (policyName, bool) {
	rest, ok := strings.CutPrefix(arn, "arn:aws:iam::")
	account, path, hasPath := strings.Cut(rest, ":policy/")
	slash := strings.LastIndexByte(path, '/') + 1
	n := policyName{account: account, path: "/" + path[:slash], name: path[slash:]}
	return n, ok && hasPath && n.account != "" && !strings.Contains(account, ":") && n.name != ""
}

// policyName reads the ARN that a caller gave.
func (r reader) policyName(arn string) (policyName, error) {
	name, ok := parsePolicyARN(arn)
	if !ok {
		return name, validation("ARN %s is not valid.", arn)
	}
	return name, nil
}

// CreatePolicy makes a managed policy with its first version.
func (s *Service) CreatePolicy(ctx context.Context, call *wire.Call, in *gen.CreatePolicyInput) (*gen.CreatePolicyOutput, error) {
	tags, err := newTags(in.Tags, policyTags)
	if err != nil {
		return nil, err
	}
	if err := checkManaged(*in.PolicyDocument); err != nil {
		return nil, err
	}
	now := s.now()
	p := gateway.ManagedPolicy{
		ID: newID(policyIDs), Name: *in.PolicyName, Path: or(in.Path, "/"), Description: text(in.Description),
		Versions: []gateway.PolicyVersion{{ID: "v1", Document: *in.PolicyDocument, CreatedAt: now}}, Default: "v1", LastVersion: 1,
		Tags: tags, CreatedAt: now, UpdatedAt: now,
	}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.room("policy", maxPolicies, "PoliciesPerAccount"); err != nil {
			return err
		}
		err := state.ManagedPolicies().Create(w.tx, w.key(p.Name), p)
		if taken(err) {
			return alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := shownPolicy(call.Tenant.Account, p, usage{})
	out.Tags = in.Tags
	return &gen.CreatePolicyOutput{Policy: &out}, nil
}

func checkManaged(document string) error {
	if err := checkDocument(document, policy.Managed); err != nil {
		return err
	}
	if policy.Size([]byte(document)) > maxManaged {
		return limitExceeded("Cannot exceed quota for PolicySize: %d", maxManaged)
	}
	return nil
}

// shownPolicy is a policy as listings show it.
func shownPolicy(account string, p gateway.ManagedPolicy, used usage) gen.Policy {
	return gen.Policy{
		Arn:                           new(gateway.PolicyARN(account, p.Path, p.Name)),
		AttachmentCount:               &used.attached,
		CreateDate:                    &p.CreatedAt,
		DefaultVersionId:              &p.Default,
		IsAttachable:                  new(true),
		Path:                          &p.Path,
		PermissionsBoundaryUsageCount: &used.bounds,
		PolicyId:                      &p.ID,
		PolicyName:                    &p.Name,
		UpdateDate:                    &p.UpdatedAt,
	}
}

// GetPolicy returns a policy without its documents.
func (s *Service) GetPolicy(ctx context.Context, call *wire.Call, in *gen.GetPolicyInput) (*gen.GetPolicyOutput, error) {
	var out gen.Policy
	err := s.view(ctx, call, func(r reader) error {
		p, err := r.policy(*in.PolicyArn, noPolicy(*in.PolicyArn))
		if err != nil {
			return err
		}
		used, err := r.usages()
		name, _ := parsePolicyARN(*in.PolicyArn)
		out = shownPolicy(name.account, p, used[*in.PolicyArn])
		out.Description, out.Tags = optional(p.Description), shownTags(p.Tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &gen.GetPolicyOutput{Policy: &out}, nil
}

// ListPolicies returns the account's policies and those of AWS's that are known here.
func (s *Service) ListPolicies(ctx context.Context, call *wire.Call, in *gen.ListPoliciesInput) (*gen.ListPoliciesOutput, error) {
	var all []gen.Policy
	err := s.view(ctx, call, func(r reader) error {
		used, err := r.usages()
		if err != nil {
			return err
		}
		own, err := state.ManagedPolicies().List(r, store.Range{Tenant: r.tenant})
		if err != nil {
			return err
		}
		add := func(account string, p gateway.ManagedPolicy) {
			shown := shownPolicy(account, p, used[gateway.PolicyARN(account, p.Path, p.Name)])
			if listed(shown, in) {
				all = append(all, shown)
			}
		}
		for _, item := range own.Items {
			add(r.account, item.Value)
		}
		for _, p := range awsPolicies() {
			add(awsAccount, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	page, err := cut(all, func(p gen.Policy) string { return *p.PolicyName + " " + *p.Arn }, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListPoliciesOutput{
		Policies: append([]gen.Policy{}, page.items...), IsTruncated: &page.truncated, Marker: page.marker,
	}, nil
}

// listed reports whether a listing is to have a policy.
func listed(p gen.Policy, in *gen.ListPoliciesInput) bool {
	isAWS := strings.HasPrefix(*p.Arn, "arn:aws:iam::"+awsAccount+":")
	if in.Scope != nil && *in.Scope != gen.PolicyScopeTypeAll && isAWS != (*in.Scope == gen.PolicyScopeTypeAws) {
		return false
	}
	if in.OnlyAttached != nil && *in.OnlyAttached && *p.AttachmentCount+*p.PermissionsBoundaryUsageCount == 0 {
		return false
	}
	if how := in.PolicyUsageFilter; how != nil {
		count := p.AttachmentCount
		if *how == gen.PolicyUsageTypePermissionsBoundary {
			count = p.PermissionsBoundaryUsageCount
		}
		if *count == 0 {
			return false
		}
	}
	return strings.HasPrefix(*p.Path, text(in.PathPrefix))
}

// DeletePolicy removes a policy that nobody uses and that has no version but the default. The texts are from public
// reports.
func (s *Service) DeletePolicy(ctx context.Context, call *wire.Call, in *gen.DeletePolicyInput) (*gen.DeletePolicyOutput, error) {
	arn := *in.PolicyArn
	return &gen.DeletePolicyOutput{}, s.update(ctx, call, func(w writer) error {
		p, err := w.ownPolicy(arn, noPolicy(arn))
		if err != nil {
			return err
		}
		used, err := w.usages()
		switch {
		case err != nil:
			return err
		case used[arn] != usage{}:
			return deleteConflict("Cannot delete a policy attached to entities.")
		case len(p.Versions) > 1:
			return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions." +
				" The default version is deleted with the policy.")
		}
		return state.ManagedPolicies().Delete(w.tx, w.key(p.Name))
	})
}
