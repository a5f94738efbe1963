package cloudwatch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// maxTags is how many tags a resource has at most (API reference, TagResource).
const maxTags = 50

func tagMap(in []gen.Tag) map[string]string {
	out := make(map[string]string, len(in))
	for _, t := range in {
		out[*t.Key] = *t.Value
	}
	return out
}

// changeTags stores what change makes of the tags of an alarm or of a dashboard.
func (s *Service) changeTags(ctx context.Context, call *wire.Call, arn string, change func(map[string]string)) error {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		if t, name, ok := gateway.ParseAlarmARN(arn); ok && t == call.Tenant {
			return changeOne(tx, state.Alarms(), alarmKey(t, name), func(a *gateway.Alarm) (err error) {
				a.Tags, err = changed(a.Tags, change)
				return err
			})
		}
		if name, ok := dashboardOf(call, arn); ok {
			return changeOne(tx, state.Dashboards(), state.DashboardKey(call.Tenant, name), func(d *gateway.Dashboard) (err error) {
				d.Tags, err = changed(d.Tags, change)
				return err
			})
		}
		return store.ErrNotFound
	})
	if errors.Is(err, store.ErrNotFound) {
		kind := "alarm"
		if strings.Contains(arn, ":dashboard/") {
			kind = "dashboard"
		}
		return &gen.ResourceNotFoundException{ResourceType: &kind, ResourceId: &arn}
	}
	return modelled(err)
}

// changeOne stores what change makes of a document.
func changeOne[T any](tx store.Tx, all store.Collection[T], key store.Key, change func(*T) error) error {
	one, err := all.Get(tx, key)
	if err != nil {
		return err
	}
	if err := change(&one); err != nil {
		return err
	}
	return all.Put(tx, key, one)
}

// changed returns tags after a change.
func changed(tags map[string]string, change func(map[string]string)) (map[string]string, error) {
	if tags == nil {
		tags = map[string]string{}
	}
	if change(tags); len(tags) > maxTags {
		return nil, invalidValue("A resource has at most %d tags.", maxTags)
	}
	return tags, nil
}

// dashboardOf returns the name in the ARN of a dashboard of the caller's account.
func dashboardOf(call *wire.Call, arn string) (string, bool) {
	return strings.CutPrefix(arn, dashboardARN(call.Tenant.Account, ""))
}

// TagResource adds and replaces tags of an alarm or a dashboard.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	return &gen.TagResourceOutput{}, s.changeTags(ctx, call, *in.ResourceARN, func(tags map[string]string) { maps.Copy(tags, tagMap(in.Tags)) })
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	return &gen.UntagResourceOutput{}, s.changeTags(ctx, call, *in.ResourceARN, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

// ListTagsForResource lists the tags of an alarm or a dashboard: of one that is not there none (recorded: localstack's
// test_tagging_metric_alarm).
func (s *Service) ListTagsForResource(ctx context.Context, call *wire.Call, in *gen.ListTagsForResourceInput) (*gen.ListTagsForResourceOutput, error) {
	out := &gen.ListTagsForResourceOutput{Tags: []gen.Tag{}}
	err := s.Store.View(ctx, func(r store.Reader) error {
		var tags map[string]string
		err := store.ErrNotFound
		if t, name, ok := gateway.ParseAlarmARN(*in.ResourceARN); ok && t == call.Tenant {
			var a gateway.Alarm
			a, err = state.Alarms().Get(r, alarmKey(t, name))
			tags = a.Tags
		} else if name, ok := dashboardOf(call, *in.ResourceARN); ok {
			var d gateway.Dashboard
			d, err = state.Dashboards().Get(r, state.DashboardKey(call.Tenant, name))
			tags = d.Tags
		}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			out.Tags = append(out.Tags, gen.Tag{Key: &key, Value: new(tags[key])})
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return out, err
}
