package iam

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// CreatePolicyVersion adds a document to a policy.
func (s *Service) CreatePolicyVersion(ctx context.Context, call *wire.Call, in *gen.CreatePolicyVersionInput) (*gen.CreatePolicyVersionOutput, error) {
	if err := checkManaged(*in.PolicyDocument); err != nil {
		return nil, err
	}
	var out gen.PolicyVersion
	err := s.changePolicy(ctx, call, policyChange{*in.PolicyArn, notAttachable(*in.PolicyArn), func(w writer, p *gateway.ManagedPolicy) error {
		if len(p.Versions) >= maxVersions {
			return limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		p.LastVersion++
		v := gateway.PolicyVersion{ID: "v" + strconv.Itoa(p.LastVersion), Document: *in.PolicyDocument, CreatedAt: w.now}
		p.Versions = append(p.Versions, v)
		if in.SetAsDefault != nil && *in.SetAsDefault {
			p.Default = v.ID
		}
		p.UpdatedAt = w.now
		out = shownVersion(*p, v)
		return nil
	}})
	if err != nil {
		return nil, err
	}
	return &gen.CreatePolicyVersionOutput{PolicyVersion: &out}, nil
}

// shownVersion is a version as listings show it: without its document.
func shownVersion(p gateway.ManagedPolicy, v gateway.PolicyVersion) gen.PolicyVersion {
	return gen.PolicyVersion{CreateDate: &v.CreatedAt, IsDefaultVersion: new(v.ID == p.Default), VersionId: &v.ID}
}

// GetPolicyVersion returns a version with its document.
func (s *Service) GetPolicyVersion(ctx context.Context, call *wire.Call, in *gen.GetPolicyVersionInput) (*gen.GetPolicyVersionOutput, error) {
	var out gen.PolicyVersion
	missing := noVersion(*in.PolicyArn, *in.VersionId)
	err := s.view(ctx, call, func(r reader) error {
		p, err := r.policy(*in.PolicyArn, missing)
		if err != nil {
			return err
		}
		i := versionIndex(p, *in.VersionId)
		if i < 0 {
			return missing
		}
		out = shownVersion(p, p.Versions[i])
		out.Document = encoded(p.Versions[i].Document)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &gen.GetPolicyVersionOutput{PolicyVersion: &out}, nil
}

func versionIndex(p gateway.ManagedPolicy, id string) int {
	return slices.IndexFunc(p.Versions, func(v gateway.PolicyVersion) bool { return v.ID == id })
}

// ListPolicyVersions returns a policy's versions, the newest first.
func (s *Service) ListPolicyVersions(ctx context.Context, call *wire.Call, in *gen.ListPolicyVersionsInput) (*gen.ListPolicyVersionsOutput, error) {
	var p gateway.ManagedPolicy
	err := s.view(ctx, call, func(r reader) (err error) {
		p, err = r.policy(*in.PolicyArn, notAttachable(*in.PolicyArn))
		return err
	})
	if err != nil {
		return nil, err
	}
	versions := convert(p.Versions, func(v gateway.PolicyVersion) gen.PolicyVersion { return shownVersion(p, v) })
	page, err := cut(versions, newestFirst, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListPolicyVersionsOutput{Versions: page.items, IsTruncated: &page.truncated, Marker: page.marker}, nil
}

// newestFirst is a key that falls as the numbers of versions rise.
func newestFirst(v gen.PolicyVersion) string {
	const beyond = 1 << 31
	number, _ := strconv.Atoi((*v.VersionId)[1:])
	return fmt.Sprintf("%010d", beyond-number)
}

// SetDefaultPolicyVersion makes another version the one that counts.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, call *wire.Call, in *gen.SetDefaultPolicyVersionInput) (*gen.SetDefaultPolicyVersionOutput, error) {
	missing := noVersion(*in.PolicyArn, *in.VersionId)
	return &gen.SetDefaultPolicyVersionOutput{}, s.changePolicy(ctx, call, policyChange{*in.PolicyArn, missing, func(w writer, p *gateway.ManagedPolicy) error {
		if versionIndex(*p, *in.VersionId) < 0 {
			return missing
		}
		p.Default, p.UpdatedAt = *in.VersionId, w.now
		return nil
	}})
}

// DeletePolicyVersion removes a version that is not the default.
func (s *Service) DeletePolicyVersion(ctx context.Context, call *wire.Call, in *gen.DeletePolicyVersionInput) (*gen.DeletePolicyVersionOutput, error) {
	missing := noVersion(*in.PolicyArn, *in.VersionId)
	return &gen.DeletePolicyVersionOutput{}, s.changePolicy(ctx, call, policyChange{*in.PolicyArn, missing, func(w writer, p *gateway.ManagedPolicy) error {
		i := versionIndex(*p, *in.VersionId)
		switch {
		case i < 0:
			return missing
		case p.Default == *in.VersionId:
			return deleteConflict("Cannot delete the default version of a policy.")
		}
		p.Versions, p.UpdatedAt = slices.Delete(p.Versions, i, i+1), w.now
		return nil
	}})
}
