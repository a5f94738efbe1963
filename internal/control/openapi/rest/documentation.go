package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Documentation returns the documentation parts of a document as they stand there (developer guide,
// "x-amazon-apigateway-documentation object"). Whether they describe what there can be is for the caller.
func Documentation(root *document.Value) []gateway.DocumentationPart {
	list := root.Get(extDocumentation).Get("documentationParts")
	if list == nil {
		return nil
	}
	parts := make([]gateway.DocumentationPart, len(list.Items))
	for i, item := range list.Items {
		parts[i] = documentationPart(item)
	}
	return parts
}

func documentationPart(item *document.Value) gateway.DocumentationPart {
	field := func(name string) string {
		if v := item.Get("location").Get(name); v != nil && v.IsScalar() {
			return v.Text
		}
		return ""
	}
	part := gateway.DocumentationPart{Location: gateway.DocumentationLocation{
		Type: strings.ToUpper(field("type")), Path: field("path"), Method: field("method"), StatusCode: field("statusCode"), Name: field("name"),
	}}
	switch properties := item.Get("properties"); {
	case properties == nil:
	case properties.IsScalar():
		part.Properties = properties.Text
	default:
		part.Properties = string(document.AppendCompact(nil, properties))
	}
	return part
}

func (r *reader) documentation() error {
	if !r.opts.IgnoreDocumentation {
		r.def.Documentation = Documentation(r.root)
	}
	return nil
}
