package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// documentation reads the documentation parts (developer guide, "x-amazon-apigateway-documentation object").
func (r *reader) documentation() error {
	if r.opts.IgnoreDocumentation {
		return nil
	}
	parts := r.root.Get(extDocumentation).Get("documentationParts")
	if parts == nil {
		return nil
	}
	for _, part := range parts.Items {
		location, properties := part.Get("location"), part.Get("properties")
		p := gateway.DocumentationPart{Location: gateway.DocumentationLocation{
			Type: strings.ToUpper(r.text(location, "type")), Path: r.text(location, "path"), Method: r.text(location, "method"),
			StatusCode: r.text(location, "statusCode"), Name: r.text(location, "name"),
		}}
		switch {
		case p.Location.Type == "" || properties == nil:
			r.warn("A documentation part has no location or no properties. Ignoring.")
			continue
		case properties.IsScalar():
			p.Properties = r.text(part, "properties")
		default:
			plain, err := r.plain(properties, nil)
			if err != nil {
				return err
			}
			p.Properties = string(document.AppendCompact(nil, plain))
		}
		r.def.Documentation = append(r.def.Documentation, p)
	}
	return nil
}
