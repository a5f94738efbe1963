package patch

import "slices"

// Field is a row that sets a field to the value and by remove to its zero value.
func Field[T, V any](path string, ops Ops, kind Kind[V], field func(*T) *V) Row[T] {
	return Row[T]{Spec: Spec{Path: path, Ops: ops, Kind: kind.Name}, Apply: func(target *T, c Change) (err error) {
		var v V
		if c.Op != Remove {
			if v, err = kind.Parse(c); err != nil {
				return err
			}
		}
		*field(target) = v
		return nil
	}}
}

// Entry is a field that is a map, with the texts of its refusals.
type Entry[T, V any] struct {
	Field func(*T) *map[string]V
	Kind  Kind[V]
	// Missing refuses remove and replace of a key that is not there; without it the one does nothing and the other adds.
	Missing string
	// Null refuses add and replace without a value.
	Null string
	// KeepEmpty leaves an empty map where the last key is removed; most are then gone.
	KeepEmpty bool
}

// Map is a row of a path that ends in a map's key.
func Map[T, V any](path string, ops Ops, e Entry[T, V]) Row[T] {
	return Row[T]{Spec: Spec{Path: path, Ops: ops, Kind: e.Kind.Name}, Apply: func(target *T, c Change) error {
		entries, key := e.Field(target), c.Key(0)
		if _, there := (*entries)[key]; !there && c.Op != Add && e.Missing != "" {
			return NotFound("%s", e.Missing)
		}
		if c.Op == Remove {
			delete(*entries, key)
			if len(*entries) == 0 && !e.KeepEmpty {
				*entries = nil
			}
			return nil
		}
		if !c.Given && e.Null != "" {
			return BadRequest("%s", e.Null)
		}
		v, err := e.Kind.Parse(c)
		if err != nil {
			return err
		}
		if *entries == nil {
			*entries = map[string]V{}
		}
		(*entries)[key] = v
		return nil
	}}
}

// Set is a row of a path that ends in a list's element. Replace takes the element off and puts the value at the end
// (recorded: test_update_rest_api_operation_add_remove).
func Set[T any](path string, ops Ops, field func(*T) *[]string) Row[T] {
	return Row[T]{Spec: Spec{Path: path, Ops: ops, Kind: "string"}, Apply: func(target *T, c Change) error {
		list, element := field(target), c.Key(0)
		if c.Op != Add {
			*list = without(*list, element)
		}
		switch {
		case c.Op == Replace && c.Value != "":
			*list = with(*list, c.Value)
		case c.Op == Add, c.Op == Replace:
			*list = with(*list, element)
		}
		return nil
	}}
}

// List is a row of a path that is a list's own; the element is the value.
func List[T any](path string, ops Ops, field func(*T) *[]string) Row[T] {
	return Row[T]{Spec: Spec{Path: path, Ops: ops, Kind: "string"}, Apply: func(target *T, c Change) error {
		list := field(target)
		switch {
		case c.Value == "":
			return invalid(c, "an element of the list")
		case c.Op == Remove:
			*list = without(*list, c.Value)
		default:
			*list = with(*list, c.Value)
		}
		return nil
	}}
}

// Do is a row with code of its own.
func Do[T any](path string, ops Ops, kind string, apply func(*T, Change) error) Row[T] {
	return Row[T]{Spec: Spec{Path: path, Ops: ops, Kind: kind}, Apply: apply}
}

func with(list []string, element string) []string {
	if slices.Contains(list, element) {
		return list
	}
	return append(slices.Clip(list), element)
}

func without(list []string, element string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == element })
}
