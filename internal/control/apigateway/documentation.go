package apigateway

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// documentationPart returns a part. An API that does not exist has none (recorded: test_invalid_get_documentation_part).
func (r reader) documentationPart(apiID, id string) (gateway.DocumentationPart, error) {
	part, err := state.DocumentationParts().Get(r, r.key(apiID, id))
	return part, orNotFound(err, notFound("Invalid Documentation part identifier specified"))
}

func (r reader) documentationParts(apiID string) ([]gateway.DocumentationPart, error) {
	return values(state.DocumentationParts().List(r, r.children(apiID)))
}

// CreateDocumentationPart describes a part of an API.
func (s *Service) CreateDocumentationPart(ctx context.Context, call *wire.Call, in *gen.CreateDocumentationPartInput) (*gen.DocumentationPart, error) {
	part := gateway.DocumentationPart{ID: newID(), Location: locationOf(in.Location), Properties: *in.Properties}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if err := checkPart(part); err != nil {
			return err
		}
		all, err := w.documentationParts(in.RestApiId)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.Location == part.Location {
				return conflict("Documentation part already exists for the specified location: %s.", locationText(part.Location))
			}
		}
		if len(all) >= maxDocumentationParts {
			return overLimit("documentation parts")
		}
		return w.putPart(in.RestApiId, part)
	})
	if err != nil {
		return nil, err
	}
	return partOutput(part), nil
}

// maxDocumentationParts is how many parts an API can have (quotas page).
const maxDocumentationParts = 2000

func (w writer) putPart(apiID string, part gateway.DocumentationPart) error {
	return state.DocumentationParts().Put(w.tx, w.key(apiID, part.ID), part)
}

func locationOf(in *gen.DocumentationPartLocation) gateway.DocumentationLocation {
	return gateway.DocumentationLocation{
		Type: text(in.Type), Path: text(in.Path), Method: text(in.Method), StatusCode: text(in.StatusCode), Name: text(in.Name),
	}
}

// locationFields returns which fields a type of part has, and whether it wants a name (API reference, DocumentationPartLocation).
func locationFields(kind string) (fields string, named, known bool) {
	switch kind {
	case "API":
		return "", false, true
	case "AUTHORIZER", "MODEL":
		return "name", true, true
	case "RESOURCE":
		return "path", false, true
	case "METHOD", "REQUEST_BODY":
		return "path method", false, true
	case "PATH_PARAMETER", "QUERY_PARAMETER", "REQUEST_HEADER":
		return "path method name", true, true
	case "RESPONSE", "RESPONSE_BODY":
		return "path method statusCode", false, true
	case "RESPONSE_HEADER":
		return "path method statusCode name", true, true
	}
	return "", false, false
}

// checkPart checks a part as it would be stored; the texts are our own.
func checkPart(part gateway.DocumentationPart) error {
	l := part.Location
	fields, named, known := locationFields(l.Type)
	if !known {
		return badRequest("Invalid documentation part type specified: '%s'", l.Type)
	}
	for _, field := range [][2]string{{"path", l.Path}, {"method", l.Method}, {"statusCode", l.StatusCode}, {"name", l.Name}} {
		if field[1] != "" && !strings.Contains(fields, field[0]) {
			return badRequest("Invalid documentation part location: the type %s has no %s", l.Type, field[0])
		}
	}
	if named && l.Name == "" {
		return badRequest("Invalid documentation part location: the type %s needs a name", l.Type)
	}
	if strings.TrimSpace(part.Properties) == "" {
		return badRequest("Documentation part properties must be non-empty")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(part.Properties), &object); err != nil {
		return badRequest("Documentation part properties must be a JSON object")
	}
	return nil
}

func locationText(l gateway.DocumentationLocation) string {
	text := "type '" + l.Type + "'"
	for _, field := range [][2]string{{"path", l.Path}, {"method", l.Method}, {"status code", l.StatusCode}, {"name", l.Name}} {
		if field[1] != "" {
			text += ", " + field[0] + " '" + field[1] + "'"
		}
	}
	return text
}

// GetDocumentationPart returns a part.
func (s *Service) GetDocumentationPart(ctx context.Context, call *wire.Call, in *gen.GetDocumentationPartInput) (*gen.DocumentationPart, error) {
	part, err := readPart(ctx, s, call, part{in.RestApiId, in.DocumentationPartId}, reader.documentationPart)
	if err != nil {
		return nil, err
	}
	return partOutput(part), nil
}

// GetDocumentationParts lists an API's parts: those of a type, of a path, or whose name begins with a query.
func (s *Service) GetDocumentationParts(ctx context.Context, call *wire.Call, in *gen.GetDocumentationPartsInput) (*gen.GetDocumentationPartsOutput, error) {
	if text(in.LocationStatus) == string(gen.LocationStatusTypeUndocumented) {
		return nil, notBuilt("apigateway:GetDocumentationParts with the location status UNDOCUMENTED")
	}
	filter := text(in.Type) != "" || text(in.Path) != "" || text(in.NameQuery) != ""
	out := gen.GetDocumentationPartsOutput{Items: []gen.DocumentationPart{}}
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		if filter {
			rng.Limit, rng.After = 0, ""
		}
		page, err := state.DocumentationParts().List(r, rng)
		out.Position = position(page.Next)
		for _, item := range page.Items {
			l := item.Value.Location
			if (text(in.Type) == "" || l.Type == text(in.Type)) &&
				(text(in.Path) == "" || l.Path == text(in.Path)) && strings.HasPrefix(l.Name, text(in.NameQuery)) {
				out.Items = append(out.Items, *partOutput(item.Value))
			}
		}
		return err
	})
	return &out, err
}

// UpdateDocumentationPart changes a part's properties (recorded: test_documentation_part_lifecycle).
func (s *Service) UpdateDocumentationPart(ctx context.Context, call *wire.Call, in *gen.UpdateDocumentationPartInput) (*gen.DocumentationPart, error) {
	var part gateway.DocumentationPart
	err := s.update(ctx, call, func(w writer) (err error) {
		if part, err = w.documentationPart(in.RestApiId, in.DocumentationPartId); err != nil {
			return err
		}
		if err := partPatches().Apply(&part, in.PatchOperations); err != nil {
			return err
		}
		if err := checkPart(part); err != nil {
			return err
		}
		return w.putPart(in.RestApiId, part)
	})
	if err != nil {
		return nil, err
	}
	return partOutput(part), nil
}

// partPatches are UpdateDocumentationPart's (recorded: test_invalid_update_documentation_part).
func partPatches() patch.Table[gateway.DocumentationPart] {
	return patch.Table[gateway.DocumentationPart]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.DocumentationPart]{
		patch.Field("/properties", patch.Replace, patch.Text(), func(p *gateway.DocumentationPart) *string { return &p.Properties }),
	}}
}

// DeleteDocumentationPart removes a part. Unlike others it looks at the API first (recorded: test_invalid_delete_documentation_part).
func (s *Service) DeleteDocumentationPart(ctx context.Context, call *wire.Call, in *gen.DeleteDocumentationPartInput) (*gen.DeleteDocumentationPartOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if _, err := w.documentationPart(in.RestApiId, in.DocumentationPartId); err != nil {
			return err
		}
		return state.DocumentationParts().Delete(w.tx, w.key(in.RestApiId, in.DocumentationPartId))
	})
	return &gen.DeleteDocumentationPartOutput{}, err
}

func partOutput(part gateway.DocumentationPart) *gen.DocumentationPart {
	l := part.Location
	return &gen.DocumentationPart{Id: &part.ID, Properties: &part.Properties, Location: &gen.DocumentationPartLocation{
		Type: new(gen.DocumentationPartType(l.Type)), Path: optional(l.Path), Method: optional(l.Method), StatusCode: optional(l.StatusCode), Name: optional(l.Name),
	}}
}
