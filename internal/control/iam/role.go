package iam

import (
	"context"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

const defaultSession = time.Hour

// CreateRole makes a role.
func (s *Service) CreateRole(ctx context.Context, call *wire.Call, in *gen.CreateRoleInput) (*gen.CreateRoleOutput, error) {
	tags, err := newTags(in.Tags, roleTags)
	if err != nil {
		return nil, err
	}
	role := gateway.Role{
		ID: newID(roleIDs), Name: *in.RoleName, Path: or(in.Path, "/"), Description: text(in.Description), Trust: *in.AssumeRolePolicyDocument,
		MaxSession: defaultSession, Boundary: text(in.PermissionsBoundary), Tags: tags, CreatedAt: s.now(),
	}
	if in.MaxSessionDuration != nil {
		role.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
	}
	if err := checkTrust(role.Trust); err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.room("role", maxRoles, "RolesPerAccount"); err != nil {
			return err
		}
		if err := w.checkBoundary(role.Boundary); err != nil {
			return err
		}
		err := state.Roles().Create(w.tx, w.key(role.Name), role)
		if taken(err) {
			return alreadyExists("Role with name %s already exists.", role.Name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := shownRole(call, role)
	out.MaxSessionDuration, out.Description, out.Tags, out.PermissionsBoundary = nil, nil, in.Tags, shownBoundary(role.Boundary)
	return &gen.CreateRoleOutput{Role: &out}, nil
}

// room refuses one document more than a quota of the account lets there be.
func (w writer) room(kind string, most int, quota string) error {
	docs, err := w.List(store.Range{Tenant: w.tenant, Kind: kind})
	if err == nil && len(docs) >= most {
		err = limitExceeded("Cannot exceed quota for %s: %d", quota, most)
	}
	return err
}

func checkTrust(document string) error {
	if err := checkDocument(document, policy.Trust); err != nil {
		return err
	}
	if policy.Size([]byte(document)) > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	return nil
}

// checkBoundary wants a policy that exists, or one of AWS's, of which not all are known here.
func (w writer) checkBoundary(arn string) error {
	if arn == "" {
		return nil
	}
	name, ok := parsePolicyARN(arn)
	if !ok {
		return invalidInput("ARN %s is not valid.", arn)
	}
	if name.account == awsAccount {
		return nil
	}
	_, err := w.policy(arn, noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn))
	return err
}

// shownRole is a role as listings show it.
func shownRole(call *wire.Call, r gateway.Role) gen.Role {
	return gen.Role{
		Arn:                      new(gateway.RoleARN(call.Tenant.Account, r.Path, r.Name)),
		AssumeRolePolicyDocument: encoded(r.Trust),
		CreateDate:               &r.CreatedAt,
		Description:              optional(r.Description),
		MaxSessionDuration:       new(int32(r.MaxSession / time.Second)), //nolint:gosec // at most 43,200
		Path:                     &r.Path,
		RoleId:                   &r.ID,
		RoleName:                 &r.Name,
	}
}

// shownBoundary has the type that AWS answers with, which is not the model's.
func shownBoundary(arn string) *gen.AttachedPermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &gen.AttachedPermissionsBoundary{
		PermissionsBoundaryArn: &arn, PermissionsBoundaryType: new(gen.PermissionsBoundaryAttachmentType("Policy")),
	}
}

// GetRole returns a role.
func (s *Service) GetRole(ctx context.Context, call *wire.Call, in *gen.GetRoleInput) (*gen.GetRoleOutput, error) {
	role, err := s.findRole(ctx, call, in.RoleName)
	if err != nil {
		return nil, err
	}
	out := shownRole(call, role)
	out.PermissionsBoundary, out.RoleLastUsed = shownBoundary(role.Boundary), &gen.RoleLastUsed{}
	if len(role.Tags) > 0 {
		out.Tags = shownTags(role.Tags)
	}
	return &gen.GetRoleOutput{Role: &out}, nil
}

func (s *Service) findRole(ctx context.Context, call *wire.Call, name *string) (role gateway.Role, err error) {
	err = s.view(ctx, call, func(r reader) (err error) {
		role, err = r.role(*name)
		return err
	})
	return role, err
}

// ListRoles returns the roles under a path.
func (s *Service) ListRoles(ctx context.Context, call *wire.Call, in *gen.ListRolesInput) (*gen.ListRolesOutput, error) {
	var roles []gateway.Role
	err := s.view(ctx, call, func(r reader) (err error) {
		roles, err = r.roles()
		return err
	})
	if err != nil {
		return nil, err
	}
	var under []gateway.Role
	for _, role := range roles {
		if strings.HasPrefix(role.Path, text(in.PathPrefix)) {
			under = append(under, role)
		}
	}
	page, err := cut(under, func(r gateway.Role) string { return r.Name }, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListRolesOutput{
		Roles:       convert(page.items, func(r gateway.Role) gen.Role { return shownRole(call, r) }),
		IsTruncated: &page.truncated, Marker: page.marker,
	}, nil
}

// UpdateRole changes description and longest session, as far as they are given.
func (s *Service) UpdateRole(ctx context.Context, call *wire.Call, in *gen.UpdateRoleInput) (*gen.UpdateRoleOutput, error) {
	return &gen.UpdateRoleOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		if in.Description != nil {
			role.Description = *in.Description
		}
		if in.MaxSessionDuration != nil {
			role.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
		}
		return nil
	})
}

// UpdateRoleDescription changes the description.
func (s *Service) UpdateRoleDescription(ctx context.Context, call *wire.Call, in *gen.UpdateRoleDescriptionInput) (*gen.UpdateRoleDescriptionOutput, error) {
	var out gen.Role
	err := s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		role.Description = *in.Description
		out = shownRole(call, *role)
		out.MaxSessionDuration = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &gen.UpdateRoleDescriptionOutput{Role: &out}, nil
}

// UpdateAssumeRolePolicy replaces the trust policy.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, call *wire.Call, in *gen.UpdateAssumeRolePolicyInput) (*gen.UpdateAssumeRolePolicyOutput, error) {
	return &gen.UpdateAssumeRolePolicyOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		role.Trust = *in.PolicyDocument
		return checkTrust(role.Trust)
	})
}

// PutRolePermissionsBoundary bounds a role.
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, call *wire.Call, in *gen.PutRolePermissionsBoundaryInput) (*gen.PutRolePermissionsBoundaryOutput, error) {
	return &gen.PutRolePermissionsBoundaryOutput{}, s.changeRole(ctx, call, *in.RoleName, func(w writer, role *gateway.Role) error {
		role.Boundary = *in.PermissionsBoundary
		return w.checkBoundary(role.Boundary)
	})
}

// DeleteRolePermissionsBoundary takes the bound away, if there is one.
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, call *wire.Call, in *gen.DeleteRolePermissionsBoundaryInput) (*gen.DeleteRolePermissionsBoundaryOutput, error) {
	return &gen.DeleteRolePermissionsBoundaryOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		role.Boundary = ""
		return nil
	})
}

// DeleteRole removes a role that has no policies.
func (s *Service) DeleteRole(ctx context.Context, call *wire.Call, in *gen.DeleteRoleInput) (*gen.DeleteRoleOutput, error) {
	return &gen.DeleteRoleOutput{}, s.update(ctx, call, func(w writer) error {
		role, err := w.role(*in.RoleName)
		switch {
		case err != nil:
			return err
		case len(role.Attached) > 0:
			return deleteConflict("Cannot delete entity, must detach all policies first.")
		case len(role.Inline) > 0:
			return deleteConflict("Cannot delete entity, must delete policies first.")
		}
		return state.Roles().Delete(w.tx, w.key(role.Name))
	})
}

// ListInstanceProfilesForRole finds none: there are no instances here.
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, call *wire.Call, in *gen.ListInstanceProfilesForRoleInput) (*gen.ListInstanceProfilesForRoleOutput, error) {
	if _, err := s.findRole(ctx, call, in.RoleName); err != nil {
		return nil, err
	}
	return &gen.ListInstanceProfilesForRoleOutput{InstanceProfiles: []gen.InstanceProfile{}, IsTruncated: new(false)}, nil
}
