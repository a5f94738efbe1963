package lambda

import (
	"context"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// ListTags returns the tags of a function.
func (s *Service) ListTags(ctx context.Context, call *wire.Call, in *gen.ListTagsInput) (*gen.ListTagsOutput, error) {
	ref, err := taggable(call, in.Resource)
	if err != nil {
		return nil, err
	}
	out := gen.ListTagsOutput{Tags: map[string]string{}}
	err = s.view(ctx, call, func(r reader) error {
		fn, err := r.function(ref)
		maps.Copy(out.Tags, fn.Tags)
		return err
	})
	return &out, err
}

// TagResource adds and replaces tags.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	if len(in.Tags) == 0 {
		return nil, invalid("An error occurred and the request cannot be processed.")
	}
	err := s.retag(ctx, call, in.Resource, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
	return &gen.TagResourceOutput{}, err
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	err := s.retag(ctx, call, in.Resource, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
	return &gen.UntagResourceOutput{}, err
}

func (s *Service) retag(ctx context.Context, call *wire.Call, arn string, change func(map[string]string)) error {
	ref, err := taggable(call, arn)
	if err != nil {
		return err
	}
	return s.update(ctx, call, func(w writer) error {
		fn, err := w.function(ref)
		if err != nil {
			return err
		}
		tags := maps.Clone(fn.Tags)
		if tags == nil {
			tags = map[string]string{}
		}
		change(tags)
		if err := checkTags(tags); err != nil {
			return err
		}
		fn.Tags, fn.Latest.RevisionID = tags, gateway.NewUUID()
		return w.putFunction(fn)
	})
}

// taggable reads the ARN of a function; the other resources that have tags on AWS are not built.
func taggable(call *wire.Call, arn string) (gateway.FunctionRef, error) {
	ref, ok := gateway.ParseFunctionARN(arn)
	switch {
	case !ok && !strings.Contains(arn, ":function:"):
		return ref, notBuilt("tags of resources other than functions")
	case !ok:
		return ref, invalid("Invalid resource ARN: %s", arn)
	case ref.Qualifier != "":
		return ref, invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	return ref, reachable(call, ref)
}

// checkTags follows https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid("Number of tags exceeds resource tag limit.")
	}
	for key, value := range tags {
		switch {
		case key == "" || len([]rune(key)) > 128 || len([]rune(value)) > 256:
			return invalid("Invalid tag %q: keys have 1 to 128 characters, values at most 256", key)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalid("Invalid tag key %q: the prefix aws: is reserved", key)
		}
	}
	return nil
}
