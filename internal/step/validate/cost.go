package validate

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// costs bound what validating costs, in visits of a value by a schema: a value of height h with n values in it costs at
// most n × costs[h]. Schemas such as {"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}} double the visits with
// every level, so that a small body could occupy a processor for ever.
type costs [maxHeight + 1]float64

// maxVisits is what one body may cost: around half a second. A schema must be able to take plainBody values of plainHeight.
const (
	maxVisits   = 2e6
	plainBody   = 100
	plainHeight = 4
)

func (s *schema) affordable(b shape) bool {
	return float64(b.values)*s.cost[b.height] <= maxVisits
}

// costOf also refuses what cannot be bounded.
func costOf(root *jsonschema.Schema) (costs, error) {
	var c costs
	all := reachable(root)
	for _, s := range all {
		if err := bounded(s); err != nil {
			return c, err
		}
	}
	var below map[*jsonschema.Schema]float64
	stable := false // higher values cost no more: the schema does not look deeper
	for height := range c {
		if stable {
			c[height] = c[height-1]
			continue
		}
		at := &level{height: height, below: below, cost: make(map[*jsonschema.Schema]float64, len(all))}
		for _, s := range all {
			if _, err := at.of(s); err != nil {
				return c, err
			}
		}
		stable = maps.Equal(at.cost, below)
		c[height], below = at.cost[root], at.cost
	}
	if c[plainHeight]*plainBody > maxVisits {
		return c, errors.New("is too complex: its alternatives multiply")
	}
	return c, nil
}

// bounded refuses the keywords whose cost is not known before the call.
func bounded(s *jsonschema.Schema) error {
	switch {
	case s.DynamicRef != nil || s.RecursiveRef != nil:
		return errors.New("$dynamicRef and $recursiveRef are not built: use $ref")
	case s.Format != nil && s.Format.Name == "regex":
		return errors.New("the format regex is not built")
	}
	return nil
}

// level holds the costs of all schemas for values of one height, made of the costs for values one less high.
type level struct {
	height      int
	cost, below map[*jsonschema.Schema]float64
}

// inProgress marks a schema whose cost is being computed.
const inProgress = -1

// of is the cost of a schema: its own, that of the schemas that look at the same value, and that of the most expensive
// child, since all children together are smaller than the value.
func (l *level) of(s *jsonschema.Schema) (float64, error) {
	if known, ok := l.cost[s]; ok {
		if known == inProgress {
			return 0, fmt.Errorf("%s refers to itself without an end", strings.TrimPrefix(s.Location, location))
		}
		return known, nil
	}
	l.cost[s] = inProgress
	total := own(s)
	for _, same := range sameValue(s) {
		n, err := l.of(same)
		if err != nil {
			return 0, err
		}
		total += n
	}
	if l.height > 0 {
		total += max(l.ofMember(s), l.ofItem(s))
	}
	l.cost[s] = total
	return total, nil
}

func (l *level) ofMember(s *jsonschema.Schema) float64 {
	most := l.most(s.AdditionalProperties)
	for _, p := range s.Properties {
		most = max(most, l.below[p])
	}
	for _, p := range s.PatternProperties {
		most += l.below[p] + 1
	}
	return most + l.below[s.UnevaluatedProperties] + l.below[s.PropertyNames]
}

func (l *level) ofItem(s *jsonschema.Schema) float64 {
	most := max(l.most(s.Items), l.most(s.AdditionalItems), l.below[s.Items2020])
	for _, p := range s.PrefixItems {
		most = max(most, l.below[p])
	}
	return most + l.below[s.Contains] + l.below[s.UnevaluatedItems]
}

// most is the greatest cost below of what the library keeps as any: a schema, a list of schemas, or a boolean.
func (l *level) most(v any) float64 {
	most := 0.0
	for _, s := range schemasIn(v) {
		most = max(most, l.below[s])
	}
	return most
}

func schemasIn(v any) []*jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{v}
	case []*jsonschema.Schema:
		return v
	}
	return nil
}

// own is what a schema does by itself. Comparisons of all items with each other, and with listed values, count for more.
func own(s *jsonschema.Schema) float64 {
	n := 1 + float64(len(s.Required))/8 + float64(len(s.DependentRequired))/8
	if s.UniqueItems {
		n += 10
	}
	if s.Enum != nil {
		n += float64(len(s.Enum.Values)) / 4
	}
	return n
}

// sameValue returns the schemas that look at the value that s looks at.
func sameValue(s *jsonschema.Schema) []*jsonschema.Schema {
	list := []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}
	list = append(append(append(list, s.AllOf...), s.AnyOf...), s.OneOf...)
	for _, d := range s.Dependencies {
		list = append(list, schemasIn(d)...)
	}
	for _, d := range s.DependentSchemas {
		list = append(list, d)
	}
	return present(list)
}

// reachable returns a schema with all that it leads to.
func reachable(root *jsonschema.Schema) []*jsonschema.Schema {
	list := []*jsonschema.Schema{root}
	seen := map[*jsonschema.Schema]bool{root: true}
	for i := 0; i < len(list); i++ {
		for _, s := range append(sameValue(list[i]), children(list[i])...) {
			if !seen[s] {
				seen[s] = true
				list = append(list, s)
			}
		}
	}
	return list
}

// children returns the schemas that look at parts of the value that s looks at.
func children(s *jsonschema.Schema) []*jsonschema.Schema {
	list := []*jsonschema.Schema{s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems}
	for _, p := range s.Properties {
		list = append(list, p)
	}
	for _, p := range s.PatternProperties {
		list = append(list, p)
	}
	list = append(list, s.PrefixItems...)
	for _, v := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		list = append(list, schemasIn(v)...)
	}
	return present(list)
}

func present(list []*jsonschema.Schema) []*jsonschema.Schema {
	kept := list[:0]
	for _, s := range list {
		if s != nil {
			kept = append(kept, s)
		}
	}
	return kept
}
