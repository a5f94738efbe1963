package sns

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// maxTags is how many tags a topic has at most (https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html).
const maxTags = 50

func tagMap(tags []gen.Tag) (map[string]string, error) {
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		if _, twice := out[*t.Key]; twice {
			return nil, invalid("Duplicated keys are not allowed.")
		}
		out[*t.Key] = *t.Value
	}
	if len(out) > maxTags {
		return nil, tooManyTags()
	}
	return out, nil
}

func tooManyTags() error {
	return &gen.TagLimitExceededException{Message: "Could not complete request: tag quota of per resource exceeded"}
}

// unknown words a topic that is not there as the operations of tags do.
func unknown(err error) error {
	if _, ok := errors.AsType[*gen.NotFoundException](err); ok {
		return &gen.ResourceNotFoundException{Message: "Resource does not exist"}
	}
	return err
}

// TagResource adds and replaces tags.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	p, err := topicAt(call, "ResourceArn", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = s.changeTopic(ctx, p, func(t *gateway.Topic) error {
		if t.Tags == nil {
			t.Tags = map[string]string{}
		}
		maps.Copy(t.Tags, tags)
		if len(t.Tags) > maxTags {
			return tooManyTags()
		}
		return nil
	})
	return &gen.TagResourceOutput{}, unknown(err)
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	p, err := topicAt(call, "ResourceArn", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = s.changeTopic(ctx, p, func(t *gateway.Topic) error {
		for _, key := range in.TagKeys {
			delete(t.Tags, key)
		}
		return nil
	})
	return &gen.UntagResourceOutput{}, unknown(err)
}

// ListTagsForResource lists a topic's tags.
func (s *Service) ListTagsForResource(ctx context.Context, call *wire.Call, in *gen.ListTagsForResourceInput) (*gen.ListTagsForResourceOutput, error) {
	p, err := topicAt(call, "ResourceArn", *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &gen.ListTagsForResourceOutput{Tags: []gen.Tag{}}
	err = s.Store.View(ctx, func(r store.Reader) error {
		t, err := topic(r, p)
		for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
			out.Tags = append(out.Tags, gen.Tag{Key: &key, Value: new(t.Tags[key])})
		}
		return err
	})
	return out, unknown(err)
}
