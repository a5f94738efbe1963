package apigateway

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// retag changes the tags of a document, when change is given, and returns those that it then has.
type retag func(w writer, change func(map[string]string)) (map[string]string, error)

// TagResource adds and replaces tags.
func (s *Service) TagResource(ctx context.Context, call *wire.Call, in *gen.TagResourceInput) (*gen.TagResourceOutput, error) {
	err := s.changeTags(ctx, call, in.ResourceArn, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
	return &gen.TagResourceOutput{}, err
}

// UntagResource removes tags; keys that are not there are no error.
func (s *Service) UntagResource(ctx context.Context, call *wire.Call, in *gen.UntagResourceInput) (*gen.UntagResourceOutput, error) {
	err := s.changeTags(ctx, call, in.ResourceArn, func(tags map[string]string) {
		maps.DeleteFunc(tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
	})
	return &gen.UntagResourceOutput{}, err
}

func (s *Service) changeTags(ctx context.Context, call *wire.Call, arn string, change func(map[string]string)) error {
	return s.update(ctx, call, func(w writer) error {
		target, err := w.taggable(arn)
		if err == nil {
			_, err = target(w, change)
		}
		return err
	})
}

// GetTags returns the tags of what an ARN names.
func (s *Service) GetTags(ctx context.Context, call *wire.Call, in *gen.GetTagsInput) (*gen.GetTagsOutput, error) {
	var out gen.GetTagsOutput
	err := s.view(ctx, call, func(r reader) error {
		target, err := r.taggable(in.ResourceArn)
		if err != nil {
			return err
		}
		tags, err := target(writer{reader: r}, nil)
		out.Tags = orEmpty(tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// taggable finds what an ARN names (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html).
func (r reader) taggable(arn string) (retag, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "apigateway" || parts[3] != r.tenant.Region || parts[4] != "" && parts[4] != r.tenant.Account {
		return nil, badRequest("Invalid resource ARN: %s", arn)
	}
	path := strings.Split(strings.TrimPrefix(parts[5], "/"), "/")
	id := path[len(path)-1]
	switch {
	case len(path) == 4 && path[0] == "restapis" && path[2] == "stages":
		return tagger(found[gateway.RestStage]{state.RestStages(), r.key(path[1], id), notFound("Invalid stage identifier specified")}, func(d *gateway.RestStage) *map[string]string { return &d.Tags }), nil
	case path[0] == "domainnameaccessassociations" && len(path) == 5:
		return tagger(found[gateway.DomainNameAccessAssociation]{state.DomainNameAccessAssociations(), r.key("", id), notFound("Invalid domain name access association identifier specified")}, func(d *gateway.DomainNameAccessAssociation) *map[string]string { return &d.Tags }), nil
	case len(path) != 2:
		return nil, badRequest("Invalid resource ARN: %s", arn)
	}
	switch path[0] {
	case "restapis":
		return tagger(found[gateway.RestAPI]{state.RestAPIs(), r.key("", id), noAPI(r.tenant, id)}, func(d *gateway.RestAPI) *map[string]string { return &d.Tags }), nil
	case "apikeys":
		return tagger(found[gateway.APIKey]{state.APIKeys(), r.key("", id), notFound("Invalid API Key identifier specified")}, func(d *gateway.APIKey) *map[string]string { return &d.Tags }), nil
	case "usageplans":
		return tagger(found[gateway.UsagePlan]{state.UsagePlans(), r.key("", id), notFound("Invalid Usage Plan ID specified")}, func(d *gateway.UsagePlan) *map[string]string { return &d.Tags }), nil
	case "clientcertificates":
		return tagger(found[gateway.ClientCertificate]{state.ClientCertificates(), r.key("", id), notFound("Invalid Client Certificate identifier specified")}, func(d *gateway.ClientCertificate) *map[string]string { return &d.Tags }), nil
	case "vpclinks":
		return tagger(found[gateway.RestVPCLink]{state.RestVPCLinks(), r.key("", id), notFound("Invalid Vpc Link identifier specified")}, func(d *gateway.RestVPCLink) *map[string]string { return &d.Tags }), nil
	case "domainnames":
		return tagger(found[gateway.DomainName]{state.DomainNames(), r.key("", id), notFound("Invalid domain name identifier specified")}, func(d *gateway.DomainName) *map[string]string { return &d.Tags }), nil
	}
	return nil, badRequest("Invalid resource ARN: %s", arn)
}

// found is a document's place, and what is said when nothing is there.
type found[T any] struct {
	of      store.Collection[T]
	key     store.Key
	missing error
}

// tagger is the retag of a document of any kind that has tags.
func tagger[T any](found found[T], tagsOf func(*T) *map[string]string) retag {
	return func(w writer, change func(map[string]string)) (map[string]string, error) {
		value, err := found.of.Get(w, found.key)
		if err != nil {
			return nil, orNotFound(err, found.missing)
		}
		tags := tagsOf(&value)
		if change == nil {
			return *tags, nil
		}
		*tags = orEmpty(maps.Clone(*tags))
		change(*tags)
		if err := checkTags(*tags); err != nil {
			return nil, err
		}
		return *tags, found.of.Put(w.tx, found.key, value)
	}
}
