package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// AttachRolePolicy attaches a managed policy; once more does nothing. AWS's policies need not be known here.
func (s *Service) AttachRolePolicy(ctx context.Context, call *wire.Call, in *gen.AttachRolePolicyInput) (*gen.AttachRolePolicyOutput, error) {
	arn := *in.PolicyArn
	return &gen.AttachRolePolicyOutput{}, s.changeRole(ctx, call, *in.RoleName, func(w writer, role *gateway.Role) error {
		name, err := w.policyName(arn)
		if err == nil && name.account != awsAccount {
			_, err = w.policy(arn, notAttachable(arn))
		}
		switch {
		case err != nil || slices.Contains(role.Attached, arn):
			return err
		case len(role.Attached) >= maxAttached:
			return limitExceeded("Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		role.Attached = append(role.Attached, arn)
		return nil
	})
}

// DetachRolePolicy takes a managed policy off a role.
func (s *Service) DetachRolePolicy(ctx context.Context, call *wire.Call, in *gen.DetachRolePolicyInput) (*gen.DetachRolePolicyOutput, error) {
	arn := *in.PolicyArn
	return &gen.DetachRolePolicyOutput{}, s.changeRole(ctx, call, *in.RoleName, func(w writer, role *gateway.Role) error {
		if _, err := w.policyName(arn); err != nil {
			return err
		}
		i := slices.Index(role.Attached, arn)
		if i < 0 {
			return noPolicy(arn)
		}
		role.Attached = slices.Delete(role.Attached, i, i+1)
		return nil
	})
}

// ListAttachedRolePolicies returns the managed policies of a role whose path begins as asked.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, call *wire.Call, in *gen.ListAttachedRolePoliciesInput) (*gen.ListAttachedRolePoliciesOutput, error) {
	role, err := s.findRole(ctx, call, in.RoleName)
	if err != nil {
		return nil, err
	}
	var attached []gen.AttachedPolicy
	for _, arn := range role.Attached {
		if name, ok := parsePolicyARN(arn); ok && strings.HasPrefix(name.path, text(in.PathPrefix)) {
			attached = append(attached, gen.AttachedPolicy{PolicyArn: new(arn), PolicyName: new(name.name)})
		}
	}
	page, err := cut(attached, func(p gen.AttachedPolicy) string { return *p.PolicyName + " " + *p.PolicyArn }, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListAttachedRolePoliciesOutput{
		AttachedPolicies: append([]gen.AttachedPolicy{}, page.items...), IsTruncated: &page.truncated, Marker: page.marker,
	}, nil
}

// ListEntitiesForPolicy returns the roles that use a policy. There are no users and groups that could.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, call *wire.Call, in *gen.ListEntitiesForPolicyInput) (*gen.ListEntitiesForPolicyOutput, error) {
	arn := *in.PolicyArn
	var using []gateway.Role
	err := s.view(ctx, call, func(r reader) error {
		roles, err := r.roles()
		if err != nil {
			return err
		}
		using = slices.DeleteFunc(roles, func(role gateway.Role) bool {
			return !usedBy(role, arn, in.PolicyUsageFilter) || !strings.HasPrefix(role.Path, text(in.PathPrefix))
		})
		name, err := r.policyName(arn)
		if err != nil || name.account == awsAccount && len(using) > 0 {
			return err
		}
		_, err = r.policy(arn, notAttachable(arn))
		return err
	})
	if err != nil {
		return nil, err
	}
	if in.EntityFilter != nil && *in.EntityFilter != gen.EntityTypeRole {
		using = nil
	}
	page, err := cut(using, func(r gateway.Role) string { return r.Name }, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListEntitiesForPolicyOutput{
		PolicyGroups: []gen.PolicyGroup{}, PolicyUsers: []gen.PolicyUser{},
		PolicyRoles: convert(page.items, func(r gateway.Role) gen.PolicyRole { return gen.PolicyRole{RoleId: &r.ID, RoleName: &r.Name} }),
		IsTruncated: &page.truncated, Marker: page.marker,
	}, nil
}

// usedBy reports whether a role uses a policy in the way that a filter names, or in any.
func usedBy(role gateway.Role, arn string, how *gen.PolicyUsageType) bool {
	attached, bounds := slices.Contains(role.Attached, arn), role.Boundary == arn
	switch {
	case how == nil:
		return attached || bounds
	case *how == gen.PolicyUsageTypePermissionsBoundary:
		return bounds
	default:
		return attached
	}
}

// usage counts the roles that use a policy.
type usage struct{ attached, bounds int32 }

// usages counts the uses of all policies by ARN.
func (r reader) usages() (map[string]usage, error) {
	roles, err := r.roles()
	counts := map[string]usage{}
	for _, role := range roles {
		for _, arn := range role.Attached {
			u := counts[arn]
			u.attached++
			counts[arn] = u
		}
		if role.Boundary != "" {
			u := counts[role.Boundary]
			u.bounds++
			counts[role.Boundary] = u
		}
	}
	return counts, err
}
