package apigateway

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func (r reader) documentationVersion(apiID, version string) (gateway.DocumentationVersion, error) {
	v, err := state.DocumentationVersions().Get(r, r.key(apiID, version))
	return v, orNotFound(err, notFound("Invalid Documentation version specified"))
}

// CreateDocumentationVersion freezes an API's documentation parts, and gives them to a stage when one is named.
func (s *Service) CreateDocumentationVersion(ctx context.Context, call *wire.Call, in *gen.CreateDocumentationVersionInput) (*gen.DocumentationVersion, error) {
	v := gateway.DocumentationVersion{Version: *in.DocumentationVersion, Description: text(in.Description)}
	if v.Version == "" {
		return nil, badRequest("Documentation version cannot be empty")
	}
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if v.Parts, err = w.documentationParts(in.RestApiId); err != nil {
			return err
		}
		v.CreatedAt = w.now
		err = state.DocumentationVersions().Create(w.tx, w.key(in.RestApiId, v.Version), v)
		if errors.Is(err, store.ErrExists) {
			return conflict("Documentation version %s already exists for this API", v.Version)
		}
		if name := text(in.StageName); err == nil && name != "" {
			return w.documentStage(in.RestApiId, name, v.Version)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return versionOutput(v), nil
}

func (w writer) documentStage(apiID, name, version string) error {
	stage, err := w.stage(apiID, name)
	if err != nil {
		return err
	}
	stage.DocumentationVersion = version
	return w.saveStage(apiID, &stage)
}

// GetDocumentationVersion returns a version.
func (s *Service) GetDocumentationVersion(ctx context.Context, call *wire.Call, in *gen.GetDocumentationVersionInput) (*gen.DocumentationVersion, error) {
	v, err := readPart(ctx, s, call, part{in.RestApiId, in.DocumentationVersion}, reader.documentationVersion)
	if err != nil {
		return nil, err
	}
	return versionOutput(v), nil
}

// GetDocumentationVersions lists an API's versions.
func (s *Service) GetDocumentationVersions(ctx context.Context, call *wire.Call, in *gen.GetDocumentationVersionsInput) (*gen.GetDocumentationVersionsOutput, error) {
	var out gen.GetDocumentationVersionsOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		page, err := state.DocumentationVersions().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(v gateway.DocumentationVersion) gen.DocumentationVersion { return *versionOutput(v) })
		return err
	})
	return &out, err
}

// UpdateDocumentationVersion changes a version's description.
func (s *Service) UpdateDocumentationVersion(ctx context.Context, call *wire.Call, in *gen.UpdateDocumentationVersionInput) (*gen.DocumentationVersion, error) {
	var v gateway.DocumentationVersion
	err := s.update(ctx, call, func(w writer) (err error) {
		if v, err = w.documentationVersion(in.RestApiId, in.DocumentationVersion); err != nil {
			return err
		}
		if err := versionPatches().Apply(&v, in.PatchOperations); err != nil {
			return err
		}
		return state.DocumentationVersions().Put(w.tx, w.key(in.RestApiId, v.Version), v)
	})
	if err != nil {
		return nil, err
	}
	return versionOutput(v), nil
}

// versionPatches are UpdateDocumentationVersion's.
func versionPatches() patch.Table[gateway.DocumentationVersion] {
	return patch.Table[gateway.DocumentationVersion]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.DocumentationVersion]{
		patch.Field("/description", patch.Replace, patch.Text(), func(v *gateway.DocumentationVersion) *string { return &v.Description }),
	}}
}

// DeleteDocumentationVersion removes a version, and takes it off the stages that have it.
func (s *Service) DeleteDocumentationVersion(ctx context.Context, call *wire.Call, in *gen.DeleteDocumentationVersionInput) (*gen.DeleteDocumentationVersionOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.documentationVersion(in.RestApiId, in.DocumentationVersion); err != nil {
			return err
		}
		stages, err := w.stages(in.RestApiId)
		if err != nil {
			return err
		}
		for _, stage := range stages {
			if stage.DocumentationVersion != in.DocumentationVersion {
				continue
			}
			if err := w.documentStage(in.RestApiId, stage.Name, ""); err != nil {
				return err
			}
		}
		return state.DocumentationVersions().Delete(w.tx, w.key(in.RestApiId, in.DocumentationVersion))
	})
	return &gen.DeleteDocumentationVersionOutput{}, err
}

func versionOutput(v gateway.DocumentationVersion) *gen.DocumentationVersion {
	return &gen.DocumentationVersion{Version: &v.Version, Description: optional(v.Description), CreatedDate: &v.CreatedAt}
}
