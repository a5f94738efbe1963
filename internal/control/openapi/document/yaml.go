package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

func parseYAML(doc []byte) (*Value, error) {
	if err := checkMarkers(doc, maxMarkersYAML); err != nil {
		return nil, err
	}
	if bytes.Count(doc, []byte(",")) > maxCommasYAML {
		return nil, malformed(Place{}, "The definition has too many elements")
	}
	limits := loaderlimits.New(loaderlimits.DepthFunc(func(depth int, _ *loaderlimits.DepthContext) error {
		if depth > MaxDepth {
			return errors.New(depthExceeded)
		}
		return nil
	}))
	loader, err := yaml.NewLoader(bytes.NewReader(doc), yaml.WithPlugin(limits))
	if err != nil {
		return nil, yamlError(err)
	}
	var node, second yaml.Node
	if err := loader.Load(&node); errors.Is(err, io.EOF) || err == nil && len(node.Content) == 0 {
		return nil, malformed(Place{}, "The definition is empty")
	} else if err != nil {
		return nil, yamlError(err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, malformed(Place{second.Line, second.Column}, "The definition has more than one YAML document")
	case !errors.Is(err, io.EOF):
		return nil, yamlError(err)
	}
	c := yamlConverter{anchored: map[*yaml.Node]*Value{}}
	return c.convert(node.Content[0], 1)
}

const depthExceeded = "depth exceeded"

func yamlError(err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return malformed(Place{}, "Invalid YAML: %s", err)
	}
	at := Place{load.Mark.Line, load.Mark.Column}
	if strings.Contains(load.Message, depthExceeded) {
		return errDepth(at)
	}
	return malformed(at, "Invalid YAML: %s", load.Message)
}

// yamlConverter makes values of YAML's nodes.
type yamlConverter struct {
	// anchored holds the anchored nodes that are complete; an alias to another one stands inside of what it names.
	anchored map[*yaml.Node]*Value
	// aliased counts the nodes that aliases stood for so far.
	aliased int
}

func (c *yamlConverter) convert(n *yaml.Node, depth int) (*Value, error) {
	at := Place{n.Line, n.Column}
	if depth > MaxDepth {
		return nil, errDepth(at)
	}
	var v *Value
	var err error
	switch n.Kind {
	case yaml.AliasNode:
		return c.alias(n, depth)
	case yaml.MappingNode:
		v, err = c.mapping(n, depth)
	case yaml.SequenceNode:
		v, err = c.sequence(n, depth)
	case yaml.ScalarNode:
		v, err = scalar(n)
	case yaml.DocumentNode, yaml.StreamNode:
		err = malformed(at, "Invalid YAML: a document inside of another")
	}
	if err != nil {
		return nil, err
	}
	if n.Anchor != "" {
		c.anchored[n] = v
	}
	return v, nil
}

func (c *yamlConverter) alias(n *yaml.Node, depth int) (*Value, error) {
	at := Place{n.Line, n.Column}
	v, complete := c.anchored[n.Alias]
	switch {
	case !complete:
		return nil, malformed(at, "Anchor '%s' contains itself", n.Value)
	case depth+v.Height-1 > MaxDepth:
		return nil, errDepth(at)
	}
	if c.aliased += v.Size; c.aliased > maxAliased {
		return nil, malformed(at, "Aliases expand to more than %d elements", maxAliased)
	}
	return v, nil
}

func (c *yamlConverter) sequence(n *yaml.Node, depth int) (*Value, error) {
	v := New(List, Place{n.Line, n.Column})
	if err := checkTag(n, "!!seq"); err != nil {
		return nil, err
	}
	for _, item := range n.Content {
		child, err := c.convert(item, depth+1)
		if err != nil {
			return nil, err
		}
		v.AddItem(child)
	}
	return v, nil
}

func (c *yamlConverter) mapping(n *yaml.Node, depth int) (*Value, error) {
	v := New(Object, Place{n.Line, n.Column})
	if err := checkTag(n, "!!map"); err != nil {
		return nil, err
	}
	var merges []*Value
	for i := 0; i+1 < len(n.Content); i += 2 {
		keyNode := n.Content[i]
		key, err := c.convert(keyNode, depth+1)
		if err != nil {
			return nil, err
		}
		at := Place{keyNode.Line, keyNode.Column}
		if key.Kind == List || key.Kind == Object {
			return nil, malformed(at, "A key must be a string")
		}
		child, err := c.convert(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if isMerge(keyNode) {
			if merges != nil {
				return nil, malformed(at, "Duplicate key '%s'", key.Text)
			}
			if merges, err = mergeSources(child); err != nil {
				return nil, err
			}
			continue
		}
		if err := v.Add(Member{key.Text, at, child}); err != nil {
			return nil, err
		}
	}
	return v, c.merge(v, merges)
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0
}

func mergeSources(v *Value) ([]*Value, error) {
	sources := []*Value{v}
	if v.Kind == List {
		sources = v.Items
	}
	for _, s := range sources {
		if s.Kind != Object {
			return nil, malformed(s.At, "A merge key takes a mapping or a list of mappings")
		}
	}
	return sources, nil
}

// merge adds the sources' members to v: v's own win, then those of the earlier source.
func (c *yamlConverter) merge(v *Value, sources []*Value) error {
	for _, source := range sources {
		if c.aliased += source.Size; c.aliased > maxAliased {
			return malformed(v.At, "Aliases expand to more than %d elements", maxAliased)
		}
		for _, m := range source.Members {
			if _, taken := v.Find(m.Key); taken {
				continue
			}
			if err := v.Add(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// scalar keeps a scalar's text as it stands: dates, octal numbers and the many spellings of booleans are only read where a
// reader wants them to be more than text.
func scalar(n *yaml.Node) (*Value, error) {
	at := Place{n.Line, n.Column}
	if strings.IndexByte(n.Value, 0) >= 0 {
		return nil, errNUL(at)
	}
	switch n.ShortTag() {
	case "!!null":
		return NewScalar(Null, n.Value, at), nil
	case "!!int", "!!float":
		return NewScalar(Number, n.Value, at), nil
	case "!!bool":
		return NewScalar(Boolean, n.Value, at), nil
	case "!!str", "!!timestamp", "!!merge":
		return NewScalar(Text, n.Value, at), nil
	}
	return nil, errTag(n)
}

func checkTag(n *yaml.Node, want string) error {
	if tag := n.ShortTag(); tag != want {
		return errTag(n)
	}
	return nil
}

// errTag refuses what another tool should have resolved, such as CloudFormation's !Sub.
func errTag(n *yaml.Node) *Error {
	return malformed(Place{n.Line, n.Column}, "Tag '%s' is not supported", n.ShortTag())
}
