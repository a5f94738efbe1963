package iam

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// tagRules differ: a role's keys are the same in either case of letters, a policy's are not.
type tagRules struct {
	fold      bool
	duplicate string
	// quota is what a 51st tag exceeds.
	quota string
}

var (
	roleTags = tagRules{
		fold: true, duplicate: "Duplicate tag keys found. Please note that Tag keys are case insensitive.", quota: "TagsPerRole",
	}
	policyTags = tagRules{duplicate: "Duplicate tag keys found.", quota: "TagsPerPolicy"}
)

// same compares keys.
func (t tagRules) same(a, b string) bool { return a == b || t.fold && strings.EqualFold(a, b) }

// newTags reads the tags of a new resource.
func newTags(tags []gen.Tag, rules tagRules) (map[string]string, error) {
	return addTags(nil, tags, rules)
}

// addTags returns tags with others added, or put in the place of those with their keys.
func addTags(to map[string]string, tags []gen.Tag, rules tagRules) (map[string]string, error) {
	out := maps.Clone(to)
	if out == nil {
		out = map[string]string{}
	}
	for i, tag := range tags {
		same := func(other gen.Tag) bool { return rules.same(*other.Key, *tag.Key) }
		if slices.ContainsFunc(tags[:i], same) {
			return nil, invalidInput("%s", rules.duplicate)
		}
		maps.DeleteFunc(out, func(key, _ string) bool { return rules.same(key, *tag.Key) })
		out[*tag.Key] = *tag.Value
	}
	if len(out) > maxTags {
		return nil, limitExceeded("Cannot exceed quota for %s: %d", rules.quota, maxTags)
	}
	return out, nil
}

func removeTags(tags map[string]string, keys []string, rules tagRules) {
	maps.DeleteFunc(tags, func(key, _ string) bool {
		return slices.ContainsFunc(keys, func(gone string) bool { return rules.same(key, gone) })
	})
}

func shownTags(tags map[string]string) []gen.Tag {
	out := []gen.Tag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, gen.Tag{Key: &key, Value: new(tags[key])})
	}
	return out
}

// TagRole adds and replaces tags.
func (s *Service) TagRole(ctx context.Context, call *wire.Call, in *gen.TagRoleInput) (*gen.TagRoleOutput, error) {
	return &gen.TagRoleOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) (err error) {
		role.Tags, err = addTags(role.Tags, in.Tags, roleTags)
		return err
	})
}

// UntagRole removes tags; keys that are not there are no error.
func (s *Service) UntagRole(ctx context.Context, call *wire.Call, in *gen.UntagRoleInput) (*gen.UntagRoleOutput, error) {
	return &gen.UntagRoleOutput{}, s.changeRole(ctx, call, *in.RoleName, func(_ writer, role *gateway.Role) error {
		removeTags(role.Tags, in.TagKeys, roleTags)
		return nil
	})
}

// ListRoleTags returns a role's tags.
func (s *Service) ListRoleTags(ctx context.Context, call *wire.Call, in *gen.ListRoleTagsInput) (*gen.ListRoleTagsOutput, error) {
	role, err := s.findRole(ctx, call, in.RoleName)
	if err != nil {
		return nil, err
	}
	page, err := cut(shownTags(role.Tags), tagKey, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListRoleTagsOutput{Tags: page.items, IsTruncated: &page.truncated, Marker: page.marker}, nil
}

func tagKey(t gen.Tag) string { return *t.Key }

// TagPolicy adds and replaces tags.
func (s *Service) TagPolicy(ctx context.Context, call *wire.Call, in *gen.TagPolicyInput) (*gen.TagPolicyOutput, error) {
	return &gen.TagPolicyOutput{}, s.changePolicy(ctx, call, policyChange{*in.PolicyArn, noPolicy(*in.PolicyArn), func(_ writer, p *gateway.ManagedPolicy) (err error) {
		p.Tags, err = addTags(p.Tags, in.Tags, policyTags)
		return err
	}})
}

// UntagPolicy removes tags; keys that are not there are no error.
func (s *Service) UntagPolicy(ctx context.Context, call *wire.Call, in *gen.UntagPolicyInput) (*gen.UntagPolicyOutput, error) {
	return &gen.UntagPolicyOutput{}, s.changePolicy(ctx, call, policyChange{*in.PolicyArn, noPolicy(*in.PolicyArn), func(_ writer, p *gateway.ManagedPolicy) error {
		removeTags(p.Tags, in.TagKeys, policyTags)
		return nil
	}})
}

// ListPolicyTags returns a policy's tags.
func (s *Service) ListPolicyTags(ctx context.Context, call *wire.Call, in *gen.ListPolicyTagsInput) (*gen.ListPolicyTagsOutput, error) {
	var tags []gen.Tag
	err := s.view(ctx, call, func(r reader) error {
		p, err := r.policy(*in.PolicyArn, noPolicy(*in.PolicyArn))
		tags = shownTags(p.Tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	page, err := cut(tags, tagKey, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	return &gen.ListPolicyTagsOutput{Tags: page.items, IsTruncated: &page.truncated, Marker: page.marker}, nil
}
