package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// plan is a model with everything named and decided: what emit writes down.
type plan struct {
	svc service
	m   *model
	// shapes are the names of the shapes to generate, sorted; types their Go names where they have one.
	shapes []string
	types  map[string]string
	exempt map[string]bool
}

func newPlan(svc service, m *model, d delta) (*plan, error) {
	if err := d.apply(m); err != nil {
		return nil, err
	}
	used, err := m.used(svc)
	if err != nil {
		return nil, err
	}
	p := &plan{svc: svc, m: m, types: make(map[string]string), exempt: make(map[string]bool)}
	p.shapes = slices.Sorted(maps.Keys(used))
	if err := p.deriveBounds(); err != nil {
		return nil, err
	}
	if err := p.checkPatterns(); err != nil {
		return nil, err
	}
	if err := p.nameTypes(); err != nil {
		return nil, err
	}
	return p, p.readExempt()
}

// boundsInName matches the shapes of apigatewayv2 that carry their bounds in their name only.
var boundsInName = regexp.MustCompile(`WithLengthBetween(Minus)?(\d+)And(\d+)(K)?$`)

// deriveBounds fills in the bounds that a shape has in its name, unless the model gives some.
func (p *plan) deriveBounds() error {
	for _, name := range p.shapes {
		s := p.m.Shapes[name]
		parts := boundsInName.FindStringSubmatch(name)
		if parts == nil || s.Min != nil || s.Max != nil {
			continue
		}
		low, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return err
		}
		high, err := strconv.ParseInt(parts[3], 10, 64)
		if err != nil {
			return err
		}
		if parts[1] != "" {
			low = -low
		}
		if parts[4] != "" {
			high *= 1024
		}
		s.Min, s.Max = new(bound(low)), new(bound(high))
	}
	return nil
}

// unicodeEscape matches Java's escapes, which Go spells \x{....}.
var unicodeEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

func (p *plan) checkPatterns() error {
	for _, name := range p.shapes {
		s := p.m.Shapes[name]
		s.Pattern = unicodeEscape.ReplaceAllString(s.Pattern, `\x{$1}`)
		if slices.Contains(p.svc.SkipPatterns, name) {
			s.Pattern = ""
		}
		if _, err := regexp.Compile(s.Pattern); err != nil {
			return fmt.Errorf("%s: %w (skipPatterns leaves it out)", name, err)
		}
	}
	return nil
}

// nameTypes gives structures and enumerations their Go names. A shape that is the input or output of one operation and
// nothing else is called after the operation.
func (p *plan) nameTypes() error {
	uses := make(map[string]int)
	for _, name := range p.shapes {
		for _, ref := range p.m.Shapes[name].references() {
			uses[ref.Shape]++
		}
	}
	wanted := make(map[string]string)
	for _, op := range p.built() {
		for suffix, ref := range map[string]*reference{"Input": op.Input, "Output": op.Output} {
			if ref != nil {
				uses[ref.Shape]++
				wanted[ref.Shape] = op.Name + suffix
			}
		}
	}
	taken := make(map[string]string)
	for _, name := range p.shapes {
		s := p.m.Shapes[name]
		if s.Type != "structure" && len(s.Enum) == 0 {
			continue
		}
		goName := exported(name)
		if w, ok := wanted[name]; ok && uses[name] == 1 {
			goName = w
		}
		if other, ok := taken[goName]; ok {
			return fmt.Errorf("%s and %s would both be called %s", other, name, goName)
		}
		taken[goName] = name
		p.types[name] = goName
	}
	return nil
}

// readExempt checks that each exemption, and each other member that is named, names something.
func (p *plan) readExempt() error {
	for _, name := range slices.Concat(p.svc.Exempt, p.svc.EmptyNull) {
		shapeName, memberName, _ := strings.Cut(name, ".")
		s, ok := p.m.Shapes[shapeName]
		if !ok || memberName != "" && s.Members[memberName] == nil {
			return fmt.Errorf("exempt, emptyNull: nothing is called %s", name)
		}
	}
	for _, name := range p.svc.Exempt {
		p.exempt[name] = true
	}
	return nil
}

// operations returns all operations by name; built those that have a handler.
func (p *plan) operations() []*operation {
	return slices.SortedFunc(maps.Values(p.m.Operations), func(a, b *operation) int { return cmp.Compare(a.Name, b.Name) })
}

func (p *plan) built() []*operation {
	return slices.DeleteFunc(p.operations(), func(op *operation) bool { return !p.isBuilt(op) })
}

func (p *plan) isBuilt(op *operation) bool { return slices.Contains(p.svc.Built, op.Name) }

// typeOf returns the Go type of an operation's input or output. An absent one is an empty structure named suffix.
func (p *plan) typeOf(op *operation, ref *reference, suffix string) string {
	if ref == nil {
		return op.Name + suffix
	}
	return p.types[ref.Shape]
}

// field is a member in its Go form.
type field struct {
	name, wire string
	*reference
	rank int
}

// fields returns a structure's members: those that come first, then the others in the order of their Go names. The message
// of an error is not among them.
func (p *plan) fields(s *shape) []field {
	var list []field
	for name, ref := range s.Members {
		if s.Exception && strings.EqualFold(name, "message") {
			continue
		}
		rank := slices.Index(s.first, name)
		if rank < 0 {
			rank = len(s.first)
		}
		list = append(list, field{name: exported(name), wire: cmp.Or(ref.LocationName, name), reference: ref, rank: rank})
	}
	slices.SortFunc(list, func(a, b field) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.name, b.name)) })
	return list
}

// messageName returns how an error calls its message on the wire.
func messageName(s *shape) string {
	for name, ref := range s.Members {
		if strings.EqualFold(name, "message") {
			return cmp.Or(ref.LocationName, name)
		}
	}
	return "message"
}

// goType returns the type of a field: scalars are pointers, so that absent and zero differ, except path labels, which
// are never absent.
func (p *plan) goType(f field) string {
	t := p.elemType(f.Shape)
	switch p.m.Shapes[f.Shape].Type {
	case "list", "map", "blob":
		return t
	default:
		if f.Location == "uri" {
			return t
		}
		return "*" + t
	}
}

func (p *plan) elemType(name string) string {
	s := p.m.Shapes[name]
	if t, ok := p.types[name]; ok {
		return t
	}
	switch s.Type {
	case "list":
		return "[]" + p.elemType(s.Member.Shape)
	case "map":
		return "map[string]" + p.elemType(s.Value.Shape)
	case "blob":
		if s.Streaming {
			return "io.Reader"
		}
		return "[]byte"
	default:
		return scalars[s.Type].goType
	}
}

// scalars maps the model's simple types to Go and to the table.
var scalars = map[string]struct{ goType, kind string }{
	"string":    {"string", "String"},
	"character": {"string", "String"},
	"integer":   {"int32", "Integer"},
	"long":      {"int64", "Long"},
	"float":     {"float64", "Double"},
	"double":    {"float64", "Double"},
	"boolean":   {"bool", "Boolean"},
	"timestamp": {"time.Time", "Timestamp"},
	"blob":      {"[]byte", "Blob"},
	"structure": {"", "Structure"},
	"list":      {"", "List"},
	"map":       {"", "Map"},
}

// exported turns a name of the model into an exported identifier.
func exported(name string) string {
	name = strings.TrimLeft(name, "_")
	r := []rune(name)
	r[0] = unicode.ToUpper(r[0])
	return strings.NewReplacer("-", "_", ".", "_").Replace(string(r))
}

// camel turns an enumeration's value into the end of an identifier: AWS_PROXY becomes AwsProxy.
func camel(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		if strings.ToUpper(w) == w {
			w = strings.ToLower(w)
		}
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}
