package draft4

import (
	"errors"
	"math/big"
	"slices"
	"unicode/utf8"
)

func (c *compiler) arrays(name string, n *node) (err error) {
	s := c.schema
	switch name {
	case "additionalItems":
		switch {
		case n.kind == object:
			s.additionalItems, err = c.below(n)
		case n.kind != boolean:
			return errType
		case n.value == 0:
			if items := c.node.member("items"); items != nil && items.kind == array {
				c.tupleOnly(len(items.items))
			}
		}
	case "items":
		if n.kind == array {
			s.tuple, err = c.list(n)
			return err
		}
		s.items, err = c.below(n)
	case "maxItems":
		return c.limit(1<<array, n, func(n *node, max int, r *report) bool {
			return len(n.items) <= max || r.say("array is too long: must have at most %d elements but instance has %d elements", max, len(n.items))
		})
	case "minItems":
		return c.limit(1<<array, n, func(n *node, min int, r *report) bool {
			return len(n.items) >= min || r.say("array is too short: must have at least %d elements but instance has %d elements", min, len(n.items))
		})
	case "uniqueItems":
		if n.kind != boolean {
			return errType
		}
		if n.value != 0 {
			c.add(1<<array, unique)
		}
	}
	return err
}

func (c *compiler) tupleOnly(size int) {
	c.add(1<<array, func(_ *validator, n *node, r *report) bool {
		return len(n.items) <= size || r.say("schema only allows %d elements in array but instance has %d elements", size, len(n.items))
	})
}

// limit compiles a keyword whose value is a number of something.
func (c *compiler) limit(k kinds, n *node, check func(n *node, limit int, r *report) bool) error {
	limit, err := count(n)
	if err == nil {
		c.add(k, func(_ *validator, n *node, r *report) bool { return check(n, limit, r) })
	}
	return err
}

func unique(v *validator, n *node, r *report) bool {
	seen := make(map[string]struct{}, len(n.items))
	for i := range n.items {
		key := string(v.key(nil, &n.items[i]))
		if _, twice := seen[key]; twice {
			return r.say("array must not contain duplicate elements")
		}
		seen[key] = struct{}{}
	}
	return true
}

func (c *compiler) objects(name string, n *node) (err error) {
	s := c.schema
	switch name {
	case "additionalProperties":
		switch {
		case n.kind == object:
			s.additionalProperties, err = c.below(n)
		case n.kind != boolean:
			return errType
		case n.value == 0:
			c.add(1<<object, s.onlyKnown)
		}
	case "dependencies":
		return c.dependencies(n)
	case "maxProperties":
		return c.limit(1<<object, n, func(n *node, max int, r *report) bool {
			return len(n.members) <= max || r.say("object has too many properties (found %d but schema requires at most %d)", len(n.members), max)
		})
	case "minProperties":
		return c.limit(1<<object, n, func(n *node, min int, r *report) bool {
			return len(n.members) >= min || r.say("object has too few properties (found %d but schema requires at least %d)", len(n.members), min)
		})
	case "patternProperties":
		schemas, err := c.schemas(n)
		if err != nil {
			return err
		}
		for _, text := range sortedNames(n) {
			p, err := compilePattern(text)
			if err != nil {
				return err
			}
			s.patternProperties = append(s.patternProperties, patternProperty{text, p, schemas[text]})
		}
	case "properties":
		s.properties, err = c.schemas(n)
	case "required":
		list, err := names(n)
		if err != nil {
			return err
		}
		c.add(1<<object, func(v *validator, n *node, r *report) bool {
			v.charge(len(list) / namesOfOne)
			for _, name := range list {
				if n.member(name) == nil {
					return r.say("object has missing required properties (%s)", quoted(without(list, n)))
				}
			}
			return true
		})
	}
	return err
}

// namesOfOne are looked up at the cost of a visit.
const namesOfOne = 4

// onlyKnown is additionalProperties when it is false.
func (s *schema) onlyKnown(v *validator, n *node, r *report) bool {
	var unwanted []string
	v.charge(len(n.members) / namesOfOne)
	for i := range n.members {
		name := n.members[i].name
		if _, ok := s.properties[name]; ok || s.matchesAny(v, name) {
			continue
		}
		if r == nil {
			return false
		}
		unwanted = append(unwanted, name)
	}
	if len(unwanted) == 0 {
		return true
	}
	slices.Sort(unwanted)
	return r.say("object instance has properties which are not allowed by the schema: %s", quoted(unwanted))
}

func (s *schema) matchesAny(v *validator, name string) bool {
	for i := range s.patternProperties {
		if v.match(s.patternProperties[i].pattern, name) {
			return true
		}
	}
	return false
}

type dependency struct {
	name     string
	required []string
	schema   *schema
}

func (c *compiler) dependencies(n *node) error {
	if n.kind != object {
		return errType
	}
	var ofNames, ofSchemas []dependency
	for _, name := range sortedNames(n) {
		value := n.member(name)
		if value.kind == object {
			s, err := c.below(value)
			if err != nil {
				return err
			}
			ofSchemas = append(ofSchemas, dependency{name: name, schema: s})
			continue
		}
		list, err := names(value)
		if err != nil {
			return err
		}
		ofNames = append(ofNames, dependency{name: name, required: list})
	}
	c.add(1<<object, func(v *validator, n *node, r *report) bool {
		for _, d := range ofNames {
			if n.member(d.name) == nil {
				continue
			}
			v.charge(len(d.required) / namesOfOne)
			missing := without(d.required, n)
			if len(missing) > 0 && !r.say("property %q of object has missing property dependencies (schema requires %s; missing: %s)",
				d.name, quoted(d.required), quoted(missing)) {
				return false
			}
		}
		for _, d := range ofSchemas {
			if n.member(d.name) != nil && !v.check(d.schema, n, r) && r == nil {
				return false
			}
		}
		return true
	})
	return nil
}

func (c *compiler) alternatives(name string, n *node) error {
	if name == "not" {
		s, err := c.below(n)
		if err == nil {
			c.add(anyKind, func(v *validator, n *node, r *report) bool {
				return !v.check(s, n, nil) || r.say("instance matched a schema which it should not have")
			})
		}
		return err
	}
	list, err := c.list(n)
	if err != nil {
		return err
	}
	all := len(list)
	c.add(anyKind, func(v *validator, n *node, r *report) bool {
		matched := 0
		for _, s := range list {
			if v.check(s, n, nil) {
				matched++
			}
		}
		switch {
		case name == "allOf" && matched < all:
			return r.say("instance failed to match all required schemas (matched only %d out of %d)", matched, all)
		case name == "anyOf" && matched == 0:
			return r.say("instance failed to match at least one required schema among %d", all)
		case name == "oneOf" && matched != 1:
			return r.say("instance failed to match exactly one schema (matched %d out of %d)", matched, all)
		}
		return true
	})
	return nil
}

func (c *compiler) numbers(name string, n *node) error {
	switch name {
	case "exclusiveMaximum", "exclusiveMinimum":
		if n.kind != boolean {
			return errType
		}
		if c.node.member(map[string]string{"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum"}[name]) == nil {
			return errors.New("stands alone")
		}
		return nil
	}
	if !numbers.has(n.kind) {
		return errType
	}
	l := newLimit(n)
	if name == "multipleOf" {
		if l.decimal.Unscaled().Sign() <= 0 {
			return errors.New("is not positive")
		}
		c.add(numbers, func(v *validator, n *node, r *report) bool {
			if n.small && l.small && n.scale == l.scale {
				return n.value%l.value == 0 || r.say(noMultiple, n, l.shown)
			}
			return v.multiple(n.decimal(), l.decimal) || r.say(noMultiple, n, l.shown)
		})
		return nil
	}
	c.bound(name, l)
	return nil
}

const noMultiple = "remainder of division is not zero (%s / %s)"

func (c *compiler) bound(name string, l *limit) {
	max := name == "maximum"
	exclusive := false
	if e := c.node.member(map[bool]string{true: "exclusiveMaximum", false: "exclusiveMinimum"}[max]); e != nil {
		exclusive = e.kind == boolean && e.value != 0
	}
	c.add(numbers, func(v *validator, n *node, r *report) bool {
		v.charge(1)
		order := n.compare(l)
		switch {
		case max && order > 0:
			return r.say("numeric instance is greater than the required maximum (maximum: %s, found: %s)", l.shown, n)
		case !max && order < 0:
			return r.say("numeric instance is lower than the required minimum (minimum: %s, found: %s)", l.shown, n)
		case order != 0 || !exclusive:
			return true
		case max:
			return r.say("numeric instance is not strictly lower than the required maximum %s", l.shown)
		}
		return r.say("numeric instance is not strictly greater than the required minimum %s", l.shown)
	})
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (c *compiler) texts(name string, n *node) error {
	switch name {
	case "maxLength":
		return c.limit(1<<text, n, func(n *node, max int, r *report) bool {
			size := utf8.RuneCountInString(n.text)
			return size <= max || r.say("string \"%s\" is too long (length: %d, maximum allowed: %d)", clip(n.text), size, max)
		})
	case "minLength":
		return c.limit(1<<text, n, func(n *node, min int, r *report) bool {
			size := utf8.RuneCountInString(n.text)
			return size >= min || r.say("string \"%s\" is too short (length: %d, required minimum: %d)", clip(n.text), size, min)
		})
	}
	if n.kind != text {
		return errType
	}
	regex := n.text
	p, err := compilePattern(regex)
	if err != nil {
		return err
	}
	c.add(1<<text, func(v *validator, n *node, r *report) bool {
		return v.match(p, n.text) || r.say("ECMA 262 regex \"%s\" does not match input string \"%s\"", regex, clip(n.text))
	})
	return nil
}
