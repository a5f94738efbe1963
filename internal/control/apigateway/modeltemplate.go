package apigateway

import (
	"strings"
)

// sampleTemplate writes a mapping template with a sample of what a schema describes, as GetModelTemplate does (AWS CLI's
// example; the console writes loops and values like these).
func sampleTemplate(schema string) (string, error) {
	tree, err := parseTree(schema)
	if err != nil {
		return "", badRequest("The model has no JSON schema to make a template of")
	}
	s := sampler{root: tree}
	s.b.WriteString("#set($inputRoot = $input.path('$'))\n")
	s.value(tree, "$inputRoot", "", 0)
	return s.b.String(), nil
}

// sampler writes a sample. A reference that leads to itself ends at maxSampleDepth.
type sampler struct {
	root *node
	b    strings.Builder
}

const (
	maxSampleDepth = 8
	// maxSample bounds a sample that grows at every level.
	maxSample = 256 << 10
)

// value writes a sample of a schema for what the template calls at.
func (s *sampler) value(schema *node, at, indent string, depth int) {
	schema = s.deref(schema)
	kind := typeOf(schema)
	if (kind == "object" || kind == "array") && (depth >= maxSampleDepth || s.b.Len() > maxSample) {
		s.b.WriteString("{ }")
		return
	}
	switch kind {
	case "object":
		s.object(schema, at, indent, depth)
	case "array":
		s.array(schema, indent, at, depth)
	case "integer":
		s.b.WriteString("42")
	case "number":
		s.b.WriteString("3.14")
	case "boolean":
		s.b.WriteString("true")
	case "null":
		s.b.WriteString("null")
	default:
		s.b.WriteString(`"foo"`)
	}
}

func (s *sampler) object(schema *node, at, indent string, depth int) {
	s.b.WriteString("{\n")
	properties := schema.member("properties")
	if properties != nil {
		for i, m := range properties.object {
			s.b.WriteString(indent + "  \"" + m.name + "\" : ")
			s.value(m.value, at+"."+m.name, indent+"  ", depth+1)
			if i < len(properties.object)-1 {
				s.b.WriteByte(',')
			}
			s.b.WriteByte('\n')
		}
	}
	s.b.WriteString(indent + "}")
}

func (s *sampler) array(schema *node, indent, at string, depth int) {
	s.b.WriteString("[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in " + at + ")\n" + indent + "  ")
	items := schema.member("items")
	if items == nil {
		items = &node{kind: objectNode}
	}
	s.value(items, "$elem", indent+"  ", depth+1)
	s.b.WriteString("#if($foreach.hasNext),#end\n\n#end\n" + indent + "]")
}

// deref follows references inside of the schema.
func (s *sampler) deref(schema *node) *node {
	const hops = 16
	for range hops {
		ref := schema.member("$ref")
		if ref == nil || ref.kind != textNode {
			return schema
		}
		path, ok := strings.CutPrefix(ref.text, "#")
		if !ok {
			return schema
		}
		target := s.root
		for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
			if name != "" && target != nil {
				target = target.member(name)
			}
		}
		if target == nil {
			return schema
		}
		schema = target
	}
	return schema
}

// typeOf tells a schema's type, also where it stands between the lines.
func typeOf(schema *node) string {
	kind := schema.member("type")
	if kind != nil && kind.kind == arrayNode && len(kind.array) > 0 {
		kind = kind.array[0]
	}
	switch {
	case kind != nil && kind.kind == textNode:
		return kind.text
	case schema.member("properties") != nil:
		return "object"
	case schema.member("items") != nil:
		return "array"
	}
	return ""
}
