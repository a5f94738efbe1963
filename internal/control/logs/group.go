package logs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// CreateLogGroup makes a group.
func (s *Service) CreateLogGroup(ctx context.Context, call *wire.Call, in *gen.CreateLogGroupInput) (*gen.CreateLogGroupOutput, error) {
	id, err := idOf(call, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(strings.ToLower(id.Name), "aws/") {
		return nil, invalid("Log groups starting with AWS/ are reserved for AWS.")
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	g := gateway.LogGroup{
		Name: id.Name, Class: gateway.LogGroupStandard, KMSKeyID: text(in.KmsKeyId), Tags: in.Tags, CreatedAt: s.Now().UTC(),
		DeletionProtected: in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled,
	}
	if in.LogGroupClass != nil {
		g.Class = string(*in.LogGroupClass)
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		err := state.LogGroups().Create(tx, keyOf(id), g)
		if errors.Is(err, store.ErrExists) {
			return groupExists()
		}
		return err
	})
	return nil, modelled(err)
}

// DeleteLogGroup deletes a group with its events, those that are still on their way too: they would bring the group back.
func (s *Service) DeleteLogGroup(ctx context.Context, call *wire.Call, in *gen.DeleteLogGroupInput) (*gen.DeleteLogGroupOutput, error) {
	id, err := idOf(call, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if s.Flush != nil {
		s.Flush()
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		g, err := group(tx, id)
		if err != nil {
			return err
		}
		if g.DeletionProtected {
			return &gen.ValidationException{Message: "Deletion protection is enabled for log group " + id.Name}
		}
		key := filterKey(id, "")
		if _, err := state.MetricFilters().DeleteChildren(tx, key.Tenant, key.Parent); err != nil {
			return err
		}
		return state.LogGroups().Delete(tx, keyOf(id))
	})
	if err != nil {
		return nil, modelled(err)
	}
	s.meters.drop(id, "")
	return nil, s.Logs.Drop(id)
}

// PutRetentionPolicy sets how long events are kept.
func (s *Service) PutRetentionPolicy(ctx context.Context, call *wire.Call, in *gen.PutRetentionPolicyInput) (*gen.PutRetentionPolicyOutput, error) {
	days := int(*in.RetentionInDays)
	if !gateway.ValidLogRetention(days) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %s",
			days, strings.Join(strings.Fields(fmt.Sprint(gateway.LogRetentionDays())), ", "))
	}
	return nil, s.setRetention(ctx, call, *in.LogGroupName, days)
}

// DeleteRetentionPolicy keeps events for ever.
func (s *Service) DeleteRetentionPolicy(ctx context.Context, call *wire.Call, in *gen.DeleteRetentionPolicyInput) (*gen.DeleteRetentionPolicyOutput, error) {
	return nil, s.setRetention(ctx, call, *in.LogGroupName, 0)
}

func (s *Service) setRetention(ctx context.Context, call *wire.Call, name string, days int) error {
	id, err := idOf(call, name)
	if err != nil {
		return err
	}
	g, err := s.change(ctx, id, func(g *gateway.LogGroup) error {
		g.RetentionDays = days
		return nil
	})
	if err == nil {
		s.Logs.Log(id).Keep(retention(g))
	}
	return err
}

// PutLogGroupDeletionProtection turns the protection on or off.
func (s *Service) PutLogGroupDeletionProtection(
	ctx context.Context, call *wire.Call, in *gen.PutLogGroupDeletionProtectionInput,
) (*gen.PutLogGroupDeletionProtectionOutput, error) {
	id, err := idOf(call, *in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	_, err = s.change(ctx, id, func(g *gateway.LogGroup) error {
		g.DeletionProtected = *in.DeletionProtectionEnabled
		return nil
	})
	return nil, err
}

// DescribeLogGroups lists groups in the order of their names.
func (s *Service) DescribeLogGroups(ctx context.Context, call *wire.Call, in *gen.DescribeLogGroupsInput) (*gen.DescribeLogGroupsOutput, error) {
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	wanted := make([]string, len(in.LogGroupIdentifiers))
	for i, identifier := range in.LogGroupIdentifiers {
		id, err := idOf(call, identifier)
		if err != nil {
			return nil, err
		}
		wanted[i] = id.Name
	}
	pattern := strings.ToLower(text(in.LogGroupNamePattern))
	page, next, err := s.groups(ctx, call, listing{limit: in.Limit, token: in.NextToken, match: func(g *gateway.LogGroup) bool {
		return strings.HasPrefix(g.Name, text(in.LogGroupNamePrefix)) && strings.Contains(strings.ToLower(g.Name), pattern) &&
			(in.LogGroupClass == nil || g.Class == string(*in.LogGroupClass)) && (len(wanted) == 0 || slices.Contains(wanted, g.Name))
	}})
	if err != nil {
		return nil, err
	}
	out := &gen.DescribeLogGroupsOutput{LogGroups: []gen.LogGroup{}, NextToken: next}
	for i := range page {
		out.LogGroups = append(out.LogGroups, s.shown(call, &page[i]))
	}
	return out, nil
}

func (s *Service) shown(call *wire.Call, g *gateway.LogGroup) gen.LogGroup {
	id := gateway.LogGroupID{Region: call.Tenant.Region, Account: call.Tenant.Account, Name: g.Name}
	arn, class := gateway.LogGroupARN(id), gen.LogGroupClass(g.Class)
	out := gen.LogGroup{
		Arn: new(arn + ":*"), LogGroupArn: &arn, LogGroupName: &g.Name, LogGroupClass: &class, CreationTime: new(g.CreatedAt.UnixMilli()),
		MetricFilterCount: new(int32(len(s.meters.of(id)))), //nolint:gosec // G115: at most 100
		StoredBytes:       new(s.Logs.Log(id).Bytes()), DeletionProtectionEnabled: &g.DeletionProtected,
	}
	if g.RetentionDays > 0 {
		out.RetentionInDays = new(int32(g.RetentionDays)) //nolint:gosec // G115: one of AWS's
	}
	if g.KMSKeyID != "" {
		out.KmsKeyId = &g.KMSKeyID
	}
	return out
}

// ListLogGroups lists groups, chosen by a regular expression and by tags.
func (s *Service) ListLogGroups(ctx context.Context, call *wire.Call, in *gen.ListLogGroupsInput) (*gen.ListLogGroupsOutput, error) {
	if len(in.DataSources) > 0 || len(in.FieldIndexNames) > 0 {
		return nil, invalid("Data sources and field indexes are not built in Dipylon")
	}
	pattern, err := regexp.Compile(text(in.LogGroupNamePattern))
	if err != nil {
		return nil, invalid("The logGroupNamePattern is no regular expression")
	}
	page, next, err := s.groups(ctx, call, listing{limit: in.Limit, token: in.NextToken, match: func(g *gateway.LogGroup) bool {
		return pattern.MatchString(g.Name) && (in.LogGroupClass == nil || g.Class == string(*in.LogGroupClass)) && tagged(g, in.LogGroupTags)
	}})
	if err != nil {
		return nil, err
	}
	out := &gen.ListLogGroupsOutput{LogGroups: []gen.LogGroupSummary{}, NextToken: next}
	for i := range page {
		g := &page[i]
		arn := gateway.LogGroupARN(gateway.LogGroupID{Region: call.Tenant.Region, Account: call.Tenant.Account, Name: g.Name})
		out.LogGroups = append(out.LogGroups, gen.LogGroupSummary{LogGroupArn: &arn, LogGroupName: &g.Name, LogGroupClass: new(gen.LogGroupClass(g.Class))})
	}
	return out, nil
}

func tagged(g *gateway.LogGroup, filters []gen.TagFilter) bool {
	return !slices.ContainsFunc(filters, func(f gen.TagFilter) bool {
		value, ok := g.Tags[*f.Key]
		return !ok || len(f.Values) > 0 && !slices.Contains(f.Values, value)
	})
}

// listing asks for a page of groups. The token of the next page is the name of the last group.
type listing struct {
	limit *int32
	token *string
	match func(*gateway.LogGroup) bool
}

// defaultGroups is how many groups a page has.
const defaultGroups = 50

func (s *Service) groups(ctx context.Context, call *wire.Call, l listing) (page []gateway.LogGroup, next *string, err error) {
	limit := defaultGroups
	if l.limit != nil {
		limit = int(*l.limit)
	}
	after, err := readToken(l.token)
	if err != nil {
		return nil, nil, err
	}
	err = s.Store.View(ctx, func(r store.Reader) error {
		all, err := state.LogGroups().List(r, store.Range{Tenant: call.Tenant.String()})
		if err != nil {
			return err
		}
		for _, item := range all.Items {
			if g := item.Value; g.Name > after && l.match(&g) {
				page = append(page, g)
			}
		}
		return nil
	})
	slices.SortFunc(page, func(a, b gateway.LogGroup) int { return strings.Compare(a.Name, b.Name) })
	if len(page) > limit {
		page = page[:limit]
		next = new(newToken(page[limit-1].Name))
	}
	return page, next, err
}
