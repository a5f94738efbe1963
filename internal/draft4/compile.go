package draft4

import (
	"errors"
	"fmt"
	"slices"
)

// schema is a schema, compiled.
type schema struct {
	// ref makes the schema stand for target; broken says why it cannot.
	ref    string
	target *schema
	broken error
	// keywords are in the order in which they are looked at.
	keywords []keyword

	// What is below looks at parts of a value, once the keywords have found nothing wrong.
	items                *schema
	tuple                []*schema
	additionalItems      *schema
	properties           map[string]*schema
	patternProperties    []patternProperty
	additionalProperties *schema
	looks                bool
}

// keyword looks at values of some kinds. It reports whether it found nothing wrong; with a report it says what is and goes
// on.
type keyword struct {
	kinds kinds
	check func(v *validator, n *node, r *report) bool
}

type patternProperty struct {
	text    string
	pattern *pattern
	schema  *schema
}

const maxSchemaDepth = 100

// compile compiles a schema and all below it. The error says that it is none.
func (d *document) compile(n *node, depth int) (*schema, error) {
	switch {
	case n.kind != object:
		return nil, fmt.Errorf("a schema is an object and not %s", n.kind)
	case depth > maxSchemaDepth:
		return nil, errors.New("nested too deeply")
	}
	s := &schema{}
	d.schemas[n] = s
	c := compiler{document: d, node: n, schema: s, depth: depth}
	for _, name := range sortedNames(n) {
		if err := c.keyword(name, n.member(name)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if f := n.member("format"); f != nil {
		c.format(f.text)
	}
	s.looks = s.items != nil || len(s.tuple) > 0 || s.additionalItems != nil ||
		len(s.properties) > 0 || len(s.patternProperties) > 0 || s.additionalProperties != nil
	if ref := n.member("$ref"); ref != nil && ref.kind == text {
		s.ref = ref.text
		d.pending = append(d.pending, s)
	}
	return s, nil
}

func sortedNames(n *node) []string {
	names := make([]string, len(n.members))
	for i := range n.members {
		names[i] = n.members[i].name
	}
	slices.Sort(names)
	return names
}

// compiler compiles the keywords of one schema.
type compiler struct {
	document *document
	node     *node
	schema   *schema
	depth    int
}

// add adds a keyword behind those that come before it by name.
func (c *compiler) add(k kinds, check func(v *validator, n *node, r *report) bool) {
	c.schema.keywords = append(c.schema.keywords, keyword{k, check})
}

var errType = errors.New("is of a wrong type")

// keyword compiles one. Keywords come in the order of their names.
func (c *compiler) keyword(name string, n *node) error {
	switch name {
	case "additionalItems", "items", "maxItems", "minItems", "uniqueItems":
		return c.arrays(name, n)
	case "additionalProperties", "dependencies", "maxProperties", "minProperties", "patternProperties", "properties", "required":
		return c.objects(name, n)
	case "allOf", "anyOf", "oneOf", "not":
		return c.alternatives(name, n)
	case "exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf":
		return c.numbers(name, n)
	case "maxLength", "minLength", "pattern":
		return c.texts(name, n)
	case "enum":
		return c.enum(n)
	case "type":
		return c.types(n)
	case "definitions":
		_, err := c.schemas(n)
		return err
	case "$ref", "$schema", "description", "format", "id", "title":
		if n.kind != text {
			return errType
		}
	case "default":
	default:
		if !slices.Contains(c.document.unknown, name) {
			c.document.unknown = append(c.document.unknown, name)
		}
	}
	return nil
}

// below compiles a schema in this one.
func (c *compiler) below(n *node) (*schema, error) { return c.document.compile(n, c.depth+1) }

// list compiles an array of schemas.
func (c *compiler) list(n *node) ([]*schema, error) {
	if n.kind != array {
		return nil, errType
	}
	if len(n.items) == 0 {
		return nil, errEmpty
	}
	list := make([]*schema, len(n.items))
	for i := range n.items {
		var err error
		if list[i], err = c.below(&n.items[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// schemas compiles schemas by names.
func (c *compiler) schemas(n *node) (map[string]*schema, error) {
	if n.kind != object {
		return nil, errType
	}
	all := make(map[string]*schema, len(n.members))
	for i := range n.members {
		m := &n.members[i]
		s, err := c.below(&m.node)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		all[m.name] = s
	}
	return all, nil
}

// count reads a limit.
func count(n *node) (int, error) {
	const most = 1<<31 - 1
	if n.kind != integer {
		return 0, errType
	}
	if !n.small || n.value < 0 || n.value > most {
		return 0, errors.New("is negative or too large")
	}
	return int(n.value), nil
}

var (
	errEmpty     = errors.New("is empty")
	errDuplicate = errors.New("has equal elements")
)

// names reads an array of different texts, and sorts them.
func names(n *node) ([]string, error) {
	if n.kind != array {
		return nil, errType
	}
	if len(n.items) == 0 {
		return nil, errEmpty
	}
	list := make([]string, len(n.items))
	for i := range n.items {
		if n.items[i].kind != text {
			return nil, errType
		}
		list[i] = n.items[i].text
	}
	slices.Sort(list)
	if len(slices.Compact(slices.Clone(list))) < len(list) {
		return nil, errDuplicate
	}
	return list, nil
}

func (c *compiler) types(n *node) error {
	list := []string{n.text}
	if n.kind != text {
		var err error
		if list, err = names(n); err != nil {
			return err
		}
	}
	var allowed kinds
	for _, name := range list {
		k := slices.Index(kindNames[:], name)
		if k < 0 {
			return fmt.Errorf("%q is no type", name)
		}
		allowed |= 1 << k
	}
	if allowed.has(number) {
		allowed |= 1 << integer
	}
	var shown []string
	for k, name := range kindNames {
		if allowed.has(kind(k)) {
			shown = append(shown, name)
		}
	}
	expected := quoted(shown)
	c.add(anyKind, func(_ *validator, n *node, r *report) bool {
		return allowed.has(n.kind) || r.say("instance type (%s) does not match any allowed primitive type (allowed: %s)", n.kind, expected)
	})
	return nil
}

func (c *compiler) enum(n *node) error {
	if n.kind != array {
		return errType
	}
	seen, texts := map[string]bool{}, map[string]bool{}
	v := &validator{budget: maxCost}
	for i := range n.items {
		key := string(v.key(nil, &n.items[i]))
		if seen[key] {
			return errDuplicate
		}
		seen[key] = true
		if n.items[i].kind == text {
			texts[n.items[i].text] = true
		}
	}
	if v.err != nil {
		return v.err
	}
	shown := n.String()
	c.add(anyKind, func(v *validator, n *node, r *report) bool {
		if n.kind == text && texts[n.text] {
			return true
		}
		return seen[string(v.key(nil, n))] || r.say("instance value (%s) not found in enum (possible values: %s)", n, shown)
	})
	return nil
}

// quoted is a list of texts as Jackson writes it.
func quoted(names []string) string {
	var b []byte
	for i, name := range names {
		if len(b) > maxShown {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, name)
	}
	return "[" + string(b) + "]"
}

// without returns the names that an object has no member for.
func without(list []string, n *node) []string {
	var missing []string
	for _, name := range list {
		if n.member(name) == nil {
			missing = append(missing, name)
		}
	}
	return missing
}
