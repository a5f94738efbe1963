package cloudwatch

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// maxTags is how many tags an alarm has at most (API reference, TagResource).
const maxTags = 50

func tagMap(in []gen.Tag) map[string]string {
	out := make(map[string]string, len(in))
	for _, t := range in {
		out[*t.Key] = *t.Value
	}
	return out
}

// changeTags stores what change makes of an alarm's tags.
func (s *Service) changeTags(ctx context.Context, call *wire.Call, arn string, change func(map[string]string)) error {
	t, name, ok := gateway.ParseAlarmARN(arn)
	unknown := &gen.ResourceNotFoundException{ResourceType: new("alarm"), ResourceId: &arn}
	if !ok || t != call.Tenant {
		return unknown
	}
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		a, err := state.Alarms().Get(tx, alarmKey(t, name))
		if errors.Is(err, store.ErrNotFound) {
			return unknown
		}
		if err != nil {
			return err
		}
		if a.Tags == nil {
			a.Tags = map[string]string{}
		}
		if change(a.Tags); len(a.Tags) > maxTags {
			return invalidValue("An alarm has at most %d tags.", maxTags)
		}
		return state.Alarms().Put(tx, alarmKey(t, name), a)
	})
	return modelled(err)
}

// TagResource adds and replaces tags of an alarm.
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

// ListTagsForResource lists an alarm's tags: of one that is not there none (recorded: localstack's test_tagging_metric_alarm).
func (s *Service) ListTagsForResource(ctx context.Context, call *wire.Call, in *gen.ListTagsForResourceInput) (*gen.ListTagsForResourceOutput, error) {
	out := &gen.ListTagsForResourceOutput{Tags: []gen.Tag{}}
	t, name, ok := gateway.ParseAlarmARN(*in.ResourceARN)
	if !ok || t != call.Tenant {
		return out, nil
	}
	err := s.Store.View(ctx, func(r store.Reader) error {
		a, err := state.Alarms().Get(r, alarmKey(t, name))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
			out.Tags = append(out.Tags, gen.Tag{Key: &key, Value: new(a.Tags[key])})
		}
		return err
	})
	return out, err
}
