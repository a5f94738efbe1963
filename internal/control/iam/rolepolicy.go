package iam

import (
	"context"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

func noRolePolicy(name string) error {
	return noSuchEntity("The role policy with name %s cannot be found.", name)
}

// PutRolePolicy makes or replaces a policy that belongs to a role alone.
func (s *Service) PutRolePolicy(ctx context.Context, call *wire.Call, in *gen.PutRolePolicyInput) (*gen.PutRolePolicyOutput, error) {
	return &gen.PutRolePolicyOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		if err := checkDocument(*in.PolicyDocument, policy.Inline); err != nil {
			return err
		}
		if role.Inline == nil {
			role.Inline = map[string]string{}
		}
		role.Inline[*in.PolicyName] = *in.PolicyDocument
		size := 0
		for _, document := range role.Inline {
			size += policy.Size([]byte(document))
		}
		if size > maxInline {
			// The text is from public reports.
			return limitExceeded("Maximum policy size of %d bytes exceeded for role %s", maxInline, role.Name)
		}
		return nil
	})
}

// GetRolePolicy returns one of a role's own policies.
func (s *Service) GetRolePolicy(ctx context.Context, call *wire.Call, in *gen.GetRolePolicyInput) (*gen.GetRolePolicyOutput, error) {
	role, err := s.findRole(ctx, call, in.RoleName)
	if err != nil {
		return nil, err
	}
	document, ok := role.Inline[*in.PolicyName]
	if !ok {
		return nil, noRolePolicy(*in.PolicyName)
	}
	return &gen.GetRolePolicyOutput{RoleName: &role.Name, PolicyName: in.PolicyName, PolicyDocument: encoded(document)}, nil
}

// ListRolePolicies returns the names of a role's own policies.
func (s *Service) ListRolePolicies(ctx context.Context, call *wire.Call, in *gen.ListRolePoliciesInput) (*gen.ListRolePoliciesOutput, error) {
	role, err := s.findRole(ctx, call, in.RoleName)
	if err != nil {
		return nil, err
	}
	names := slices.Collect(maps.Keys(role.Inline))
	page, err := cut(names, func(name string) string { return name }, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListRolePoliciesOutput{
		PolicyNames: append([]string{}, page.items...), IsTruncated: &page.truncated, Marker: page.marker,
	}, nil
}

// DeleteRolePolicy removes one of a role's own policies.
func (s *Service) DeleteRolePolicy(ctx context.Context, call *wire.Call, in *gen.DeleteRolePolicyInput) (*gen.DeleteRolePolicyOutput, error) {
	return &gen.DeleteRolePolicyOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		if _, ok := role.Inline[*in.PolicyName]; !ok {
			return noRolePolicy(*in.PolicyName)
		}
		delete(role.Inline, *in.PolicyName)
		return nil
	})
}
