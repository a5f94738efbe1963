package apigatewayv2

import (
	"context"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// GetTags returns the tags of an API, a stage or a VPC link.
func (s *Service) GetTags(ctx context.Context, call *wire.Call, in *gen.GetTagsInput) (*gen.GetTagsOutput, error) {
	out := gen.GetTagsOutput{Tags: map[string]string{}}
	err := s.view(ctx, call, func(r reader) error {
		target, err := r.taggable(in.ResourceArn)
		if err == nil && target.tags != nil {
			out.Tags = target.tags
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// TagResource adds and replaces tags.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	err := s.retag(ctx, call, in.ResourceArn, func(tags map[string]string) {
		maps.Copy(tags, in.Tags)
	})
	return &gen.TagResourceOutput{}, err
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	err := s.retag(ctx, call, in.ResourceArn, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
	return &gen.UntagResourceOutput{}, err
}

func (s *Service) retag(ctx context.Context, call *wire.Call, arn string, change func(map[string]string)) error {
	return s.update(ctx, call, func(w writer) error {
		target, err := w.taggable(arn)
		if err != nil {
			return err
		}
		tags := maps.Clone(target.tags)
		if tags == nil {
			tags = map[string]string{}
		}
		change(tags)
		if err := checkTags(tags); err != nil {
			return err
		}
		if target.link != nil {
			target.link.Tags = tags
			return w.putVPCLink(*target.link)
		}
		if target.stage != nil {
			target.stage.Tags = tags
			return w.putStage(target.api.ID, *target.stage)
		}
		target.api.Tags = tags
		return w.putAPI(target.api)
	})
}

// tagged is what a tag ARN names: an API, a stage of it, or a VPC link.
type tagged struct {
	api   gateway.API
	stage *gateway.Stage
	link  *gateway.VPCLink
	tags  map[string]string
}

// taggable reads an ARN such as arn:aws:apigateway:eu-west-1::/apis/ID/stages/NAME.
func (r reader) taggable(arn string) (tagged, error) {
	if id, ok := strings.CutPrefix(arn, "arn:aws:apigateway:"+r.tenant.Region+"::/vpclinks/"); ok {
		link, err := r.vpcLink(id)
		return tagged{link: &link, tags: link.Tags}, err
	}
	path, ok := strings.CutPrefix(arn, "arn:aws:apigateway:"+r.tenant.Region+"::/apis/")
	if !ok {
		return tagged{}, badRequest("Invalid resource ARN: %s", arn)
	}
	id, rest, hasMore := strings.Cut(path, "/")
	name, isStage := strings.CutPrefix(rest, "stages/")
	if hasMore && !isStage {
		return tagged{}, badRequest("Invalid resource ARN: %s", arn)
	}
	api, err := r.api(id)
	if err != nil || !isStage {
		return tagged{api: api, tags: api.Tags}, err
	}
	stage, err := r.stage(id, name)
	return tagged{api: api, stage: &stage, tags: stage.Tags}, err
}

// checkTags follows https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html.
func checkTags(tags map[string]string) error {
	if len(tags) > gateway.MaxTags {
		return badRequest("A resource can have at most %d tags", gateway.MaxTags)
	}
	for key, value := range tags {
		if key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 {
			return badRequest("Invalid tag %q: keys have 1 to 128 characters, values at most 256", key)
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return badRequest("Invalid tag key %q: the prefix aws: is reserved", key)
		}
	}
	if err := compile.CheckExtensions(compile.TaggedExtensions(tags)); err != nil {
		return badRequest("Invalid tag: %v", err)
	}
	return nil
}
