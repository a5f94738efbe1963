package apigateway

import (
	"context"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// rootPath is how AWS spells the empty base path.
const rootPath = "(none)"

func basePathOf(given string) string {
	if given == rootPath {
		return ""
	}
	return given
}

// mapping returns a mapping. The text is that of serverless-domain-manager issue 613.
func (r reader) mapping(domain, basePath string) (gateway.BasePathMapping, error) {
	m, err := state.BasePathMappings().Get(r, r.key(domain, state.BasePathKey(basePathOf(basePath))))
	return m, orNotFound(err, notFound("Invalid base path mapping identifier specified"))
}

// domainKey wants a domain name and returns the parent of its mappings.
func (r reader) domainKey(name string, id *string) (string, error) {
	d, err := r.domainName(name, text(id))
	return state.DomainNameKey(d.Name, d.ID), err
}

// createMapping checks a mapping and stores it under a path that is free.
func (w writer) createMapping(domain string, m gateway.BasePathMapping) error {
	if err := w.checkMapping(m); err != nil {
		return err
	}
	err := state.BasePathMappings().Create(w.tx, w.key(domain, state.BasePathKey(m.BasePath)), m)
	if errors.Is(err, store.ErrExists) {
		return conflict("Base path already exists for this domain name")
	}
	return err
}

// checkMapping has texts that users report: serverless-domain-manager issue 92 has that of stages.
func (r reader) checkMapping(m gateway.BasePathMapping) error {
	if strings.Contains(m.BasePath, "/") {
		return badRequest("API Gateway V1 doesn't support the slash character (/) in base path mappings. " +
			"To create a multi-level base path mapping, use API Gateway V2.")
	}
	if !consistsOf(m.BasePath, "$-_.+!*'()", 300) {
		return badRequest("Invalid base path specified: %s", m.BasePath)
	}
	if _, err := state.RestAPIs().Get(r, r.key("", m.APIID)); err != nil {
		return orNotFound(err, badRequest("Invalid REST API identifier specified"))
	}
	if m.Stage == "" {
		return nil
	}
	_, err := state.RestStages().Get(r, r.key(m.APIID, m.Stage))
	return orNotFound(err, badRequest("Invalid stage identifier specified"))
}

// CreateBasePathMapping serves an API, or a stage of it, under a path of a domain name.
func (s *Service) CreateBasePathMapping(ctx context.Context, call *wire.Call, in *gen.CreateBasePathMappingInput) (*gen.BasePathMapping, error) {
	m := gateway.BasePathMapping{BasePath: basePathOf(text(in.BasePath)), APIID: *in.RestApiId, Stage: text(in.Stage)}
	err := s.update(ctx, call, func(w writer) error {
		domain, err := w.domainKey(in.DomainName, in.DomainNameId)
		if err != nil {
			return err
		}
		return w.createMapping(domain, m)
	})
	if err != nil {
		return nil, err
	}
	return mappingOutput(m), nil
}

// GetBasePathMapping returns a mapping.
func (s *Service) GetBasePathMapping(ctx context.Context, call *wire.Call, in *gen.GetBasePathMappingInput) (*gen.BasePathMapping, error) {
	var m gateway.BasePathMapping
	err := s.view(ctx, call, func(r reader) error {
		domain, err := r.domainKey(in.DomainName, in.DomainNameId)
		if err != nil {
			return err
		}
		m, err = r.mapping(domain, in.BasePath)
		return err
	})
	if err != nil {
		return nil, err
	}
	return mappingOutput(m), nil
}

// GetBasePathMappings lists a domain name's mappings.
func (s *Service) GetBasePathMappings(ctx context.Context, call *wire.Call, in *gen.GetBasePathMappingsInput) (*gen.GetBasePathMappingsOutput, error) {
	var out gen.GetBasePathMappingsOutput
	err := s.listOwn(ctx, call, listing{limit: in.Limit, position: in.Position}, func(r reader, rng store.Range) (err error) {
		if rng.Parent, err = r.domainKey(in.DomainName, in.DomainNameId); err != nil {
			return err
		}
		page, err := state.BasePathMappings().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(m gateway.BasePathMapping) gen.BasePathMapping { return *mappingOutput(m) })
		return err
	})
	return &out, err
}

// UpdateBasePathMapping changes a mapping by patch operations; with another path it is found under that one.
func (s *Service) UpdateBasePathMapping(ctx context.Context, call *wire.Call, in *gen.UpdateBasePathMappingInput) (*gen.BasePathMapping, error) {
	var m gateway.BasePathMapping
	err := s.update(ctx, call, func(w writer) error {
		domain, err := w.domainKey(in.DomainName, in.DomainNameId)
		if err != nil {
			return err
		}
		if m, err = w.mapping(domain, in.BasePath); err != nil {
			return err
		}
		if err := state.BasePathMappings().Delete(w.tx, w.key(domain, state.BasePathKey(m.BasePath))); err != nil {
			return err
		}
		if err := mappingPatches().Apply(&m, in.PatchOperations); err != nil {
			return err
		}
		m.BasePath = basePathOf(m.BasePath)
		return w.createMapping(domain, m)
	})
	if err != nil {
		return nil, err
	}
	return mappingOutput(m), nil
}

// mappingPatches are UpdateBasePathMapping's. Terraform's spelling of the path is not the reference's.
func mappingPatches() patch.Table[gateway.BasePathMapping] {
	type m = gateway.BasePathMapping
	basePath := func(x *m) *string { return &x.BasePath }
	return patch.Table[m]{Refuse: patch.ListPaths, Rows: []patch.Row[m]{
		patch.Field("/basepath", patch.Replace, patch.Text(), basePath),
		patch.Field("/basePath", patch.Replace, patch.Text(), basePath).Wording("/basepath", ""),
		patch.Field("/restapiId", patch.Replace, patch.Text(), func(x *m) *string { return &x.APIID }),
		patch.Field("/stage", patch.Replace, patch.Text(), func(x *m) *string { return &x.Stage }),
	}}
}

// DeleteBasePathMapping removes a mapping.
func (s *Service) DeleteBasePathMapping(ctx context.Context, call *wire.Call, in *gen.DeleteBasePathMappingInput) (*gen.DeleteBasePathMappingOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		domain, err := w.domainKey(in.DomainName, in.DomainNameId)
		if err != nil {
			return err
		}
		m, err := w.mapping(domain, in.BasePath)
		if err != nil {
			return err
		}
		return state.BasePathMappings().Delete(w.tx, w.key(domain, state.BasePathKey(m.BasePath)))
	})
	return &gen.DeleteBasePathMappingOutput{}, err
}

func mappingOutput(m gateway.BasePathMapping) *gen.BasePathMapping {
	return &gen.BasePathMapping{BasePath: new(state.BasePathKey(m.BasePath)), RestApiId: &m.APIID, Stage: optional(m.Stage)}
}
