package apigateway

import (
	"context"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// maxDefinition is the size of the greatest API definition (quotas page).
const maxDefinition = 6 << 20

// ImportDocumentationParts takes the documentation of an API definition: in the place of all parts, or merged with them. Parts
// that cannot be taken are warnings, or refuse the import when warnings shall.
func (s *Service) ImportDocumentationParts(ctx context.Context, call *wire.Call, in *gen.ImportDocumentationPartsInput) (*gen.ImportDocumentationPartsOutput, error) {
	parts, warnings, err := readDocumentation(in.Body)
	if err != nil {
		return nil, err
	}
	if isTrue(in.FailOnWarnings) && len(warnings) > 0 {
		return nil, badRequest("Warnings found during import: %s", strings.Join(warnings, "; "))
	}
	out := gen.ImportDocumentationPartsOutput{Ids: []string{}, Warnings: some(warnings)}
	err = s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if text(in.Mode) == string(gen.PutModeOverwrite) {
			if _, err := state.DocumentationParts().DeleteChildren(w.tx, w.tenant.String(), in.RestApiId); err != nil {
				return err
			}
		}
		all, err := w.documentationParts(in.RestApiId)
		if err != nil {
			return err
		}
		ids := map[gateway.DocumentationLocation]string{}
		for _, part := range all {
			ids[part.Location] = part.ID
		}
		for _, part := range parts {
			if part.ID = ids[part.Location]; part.ID == "" {
				part.ID = newID()
				ids[part.Location] = part.ID
			}
			if err := w.putPart(in.RestApiId, part); err != nil {
				return err
			}
			out.Ids = append(out.Ids, part.ID)
		}
		if len(ids) > maxDocumentationParts {
			return overLimit("documentation parts")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// readDocumentation reads x-amazon-apigateway-documentation (recorded: test_import_documentation_parts_bad_file).
func readDocumentation(body []byte) (parts []gateway.DocumentationPart, warnings []string, err error) {
	root, err := document.Parse(body, maxDefinition)
	if err != nil || root == nil || root.Kind != document.Object {
		return nil, nil, badRequest("Unable to build importer with provided input.")
	}
	parts, warnings = checkParts(rest.Documentation(root))
	return parts, warnings, nil
}

// checkParts returns the parts that can be, and what is wrong with the others.
func checkParts(all []gateway.DocumentationPart) (parts []gateway.DocumentationPart, warnings []string) {
	for i, part := range all {
		if err := checkPart(part); err != nil {
			warnings = append(warnings, fmt.Sprintf("Documentation part %d: %v", i+1, err))
			continue
		}
		parts = append(parts, part)
	}
	return parts, warnings
}
