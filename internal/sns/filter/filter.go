// Package filter is the filter policies of SNS subscriptions, compiled: which messages a subscriber wants, by their attributes or
// by their bodies (https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html).
//
// It may import the standard library only.
package filter

import (
	"encoding/json"
	"strings"
)

// Policy is a compiled filter policy. It does not change and may be used by many at once.
type Policy struct {
	root *node
}

// node is an object of a policy: all of it must match.
type node struct {
	// rules are those of an array; any of them suffices. Nil for an object.
	rules  []rule
	fields map[string]*node
	// either are the alternatives of each $or.
	either [][]*node
}

// child finds or makes the node of a field. A dot in a name stands for a level, as in messages.
func (n *node) child(name string) *node {
	for part := range strings.SplitSeq(name, ".") {
		next := n.fields[part]
		if next == nil {
			next = &node{}
			if n.fields == nil {
				n.fields = map[string]*node{}
			}
			n.fields[part] = next
		}
		n = next
	}
	return n
}

// Attribute is a message attribute. Values of the type Binary match nothing.
type Attribute struct {
	Type, Value string
}

// MatchAttributes tells whether a subscriber wants a message with these attributes.
func (p *Policy) MatchAttributes(attributes map[string]Attribute) bool {
	values := make(map[string]any, len(attributes))
	for name, a := range attributes {
		kind, label, _ := strings.Cut(a.Type, ".")
		switch {
		case kind == "Number":
			if n, ok := number(json.Number(a.Value)); ok {
				values[name] = n
			}
		case kind == "String" && label == "Array":
			var list []any
			if decode([]byte(a.Value), &list) != nil {
				continue
			}
			values[name] = list
		case kind == "String":
			values[name] = a.Value
		}
	}
	return p.root.match(expand(values), true)
}

// MatchBody tells whether a subscriber wants a message with this body. One that is no JSON object is not wanted.
func (p *Policy) MatchBody(body string) bool {
	var object map[string]any
	if decode([]byte(body), &object) != nil || object == nil {
		return false
	}
	return p.root.match(expand(object), true)
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errTrailing
	}
	return nil
}

// expand makes levels of the dots in names, so that {"a.b": 1} is {"a": {"b": 1}} (recorded: localstack's
// test_filter_policy_on_message_body_dot_attribute).
func expand(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = expand(v[i])
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			add(out, name, expand(value))
		}
		return out
	}
	return v
}

// add sets a value at a path. What is there already becomes a list with it.
func add(object map[string]any, name string, value any) {
	for {
		part, rest, more := strings.Cut(name, ".")
		there, taken := object[part]
		switch {
		case !more && !taken:
			object[part] = value
			return
		case !more:
			object[part] = []any{there, value}
			return
		}
		next, ok := there.(map[string]any)
		if !ok {
			next = map[string]any{}
			object[part] = next
			if taken {
				object[part] = []any{there, next}
			}
		}
		object, name = next, rest
	}
}

// match asks for a value, or for its absence. Of a list one element must match as a whole; an empty one is absent (recorded:
// test_filter_policy_empty_array_payload).
func (n *node) match(v any, present bool) bool {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			if n.match(element, true) {
				return true
			}
		}
		return len(v) == 0 && n.match(nil, false)
	case map[string]any:
		return n.matchRules(nil, false) && n.matchFields(v)
	}
	return n.matchRules(v, present) && n.matchFields(nil)
}

func (n *node) matchRules(v any, present bool) bool {
	for _, r := range n.rules {
		if r.matches(v, present) {
			return true
		}
	}
	return n.rules == nil
}

func (n *node) matchFields(object map[string]any) bool {
	for name, child := range n.fields {
		v, present := object[name]
		if !child.match(v, present) {
			return false
		}
	}
	for _, alternatives := range n.either {
		matched := false
		for _, a := range alternatives {
			matched = matched || a.matchFields(object)
		}
		if !matched {
			return false
		}
	}
	return true
}
