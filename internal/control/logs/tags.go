package logs

import (
	"context"
	"maps"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// maxTags is how many tags a group has at most (service model, Tags).
const maxTags = 50

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return &gen.TooManyTagsException{Message: "A resource can have no more than 50 tags."}
	}
	return nil
}

func (s *Service) tag(ctx context.Context, call *wire.Call, identifier string, tags map[string]string) error {
	id, err := idOf(call, identifier)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, func(g *gateway.LogGroup) error {
		if g.Tags == nil {
			g.Tags = map[string]string{}
		}
		maps.Copy(g.Tags, tags)
		return checkTags(g.Tags)
	})
	return err
}

func (s *Service) untag(ctx context.Context, call *wire.Call, identifier string, keys []string) error {
	id, err := idOf(call, identifier)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, func(g *gateway.LogGroup) error {
		for _, key := range keys {
			delete(g.Tags, key)
		}
		return nil
	})
	return err
}

// tags are never nil: AWS shows {} for none.
func (s *Service) tags(ctx context.Context, call *wire.Call, identifier string) (map[string]string, error) {
	id, err := idOf(call, identifier)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	err = s.Store.View(ctx, func(r store.Reader) error {
		g, err := group(r, id)
		maps.Copy(tags, g.Tags)
		return err
	})
	return tags, err
}

// TagResource adds tags to a group.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	return nil, s.tag(ctx, call, *in.ResourceArn, in.Tags)
}

// TagLogGroup is TagResource of old.
func (s *Service) TagLogGroup(ctx context.Context, call *wire.Call, in *gen.TagLogGroupInput) (*gen.TagLogGroupOutput, error) {
	return nil, s.tag(ctx, call, *in.LogGroupName, in.Tags)
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	return nil, s.untag(ctx, call, *in.ResourceArn, in.TagKeys)
}

// UntagLogGroup is UntagResource of old.
func (s *Service) UntagLogGroup(ctx context.Context, call *wire.Call, in *gen.UntagLogGroupInput) (*gen.UntagLogGroupOutput, error) {
	return nil, s.untag(ctx, call, *in.LogGroupName, in.Tags)
}

// ListTagsForResource lists a group's tags.
func (s *Service) ListTagsForResource(ctx context.Context, call *wire.Call, in *gen.ListTagsForResourceInput) (*gen.ListTagsForResourceOutput, error) {
	tags, err := s.tags(ctx, call, *in.ResourceArn)
	return &gen.ListTagsForResourceOutput{Tags: tags}, err
}

// ListTagsLogGroup is ListTagsForResource of old.
func (s *Service) ListTagsLogGroup(ctx context.Context, call *wire.Call, in *gen.ListTagsLogGroupInput) (*gen.ListTagsLogGroupOutput, error) {
	tags, err := s.tags(ctx, call, *in.LogGroupName)
	return &gen.ListTagsLogGroupOutput{Tags: tags}, err
}
