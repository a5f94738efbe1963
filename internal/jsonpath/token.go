package jsonpath

import (
	"errors"

	"github.com/dipylon/dipylon/internal/java"
)

type kind uint8

const (
	property  kind = iota // .name ['name'] ['one','two']
	index                 // [0] [0,1] [-1]
	slice                 // [1:] [:1] [1:2]
	wildcard              // .* [*]
	scan                  // ..
	predicate             // [?(...)]
	function              // .name()
)

// token is one part of a path and what follows it.
type token struct {
	kind     kind
	names    []string // of a property or a function
	indexes  []int
	from, to *int
	filter   expression
	args     []argument
	next     *token
	// upstream says that all before the token is definite.
	upstream bool
}

// definite reports whether the token itself leads to one value at most.
func (t *token) definite() bool {
	switch t.kind {
	case property:
		return len(t.names) == 1 || t.next == nil // the values of several names make one object
	case index:
		return len(t.indexes) == 1
	case function:
		return true
	default:
		return false
	}
}

func (t *token) evaluate(e *evaluation, v java.Value) error {
	if err := e.step(); err != nil {
		return err
	}
	switch t.kind {
	case property:
		return t.properties(e, v)
	case index, slice:
		return t.elements(e, v)
	case wildcard:
		return t.all(e, v)
	case scan:
		return t.next.scan(e, v)
	case predicate:
		return t.matches(e, v)
	default:
		return t.call(e, v)
	}
}

// found hands a value on.
func (t *token) found(e *evaluation, v java.Value) error {
	if t.next != nil {
		return t.next.evaluate(e, v)
	}
	e.results = append(e.results, v)
	return nil
}

func (t *token) properties(e *evaluation, v java.Value) error {
	m, ok := v.(*java.Map)
	switch {
	case !ok && t.upstream:
		return ErrNotFound
	case !ok:
		return nil
	case len(t.names) > 1 && t.next == nil:
		return t.merged(e, m)
	}
	for _, name := range t.names {
		value, ok := m.FindName(name)
		switch {
		case ok:
			if err := t.found(e, value); err != nil {
				return err
			}
		case e.require, t.next != nil && t.upstream && t.definite():
			return ErrNotFound
		}
	}
	return nil
}

// merged finds an object with the members of those names that there are.
func (t *token) merged(e *evaluation, m *java.Map) error {
	merged := java.NewMap(len(t.names))
	for _, name := range t.names {
		value, ok := m.FindName(name)
		if ok {
			merged.PutName(name, value)
		} else if e.require {
			return ErrNotFound
		}
	}
	return t.found(e, merged)
}

func (t *token) elements(e *evaluation, v java.Value) error {
	l, ok := v.(*java.List)
	switch {
	case !ok && t.upstream:
		return ErrNotFound
	case !ok:
		return nil
	case t.kind == slice:
		return t.slice(e, l)
	}
	for _, i := range t.indexes {
		if err := t.element(e, l, i); err != nil {
			return err
		}
	}
	return nil
}

func (t *token) element(e *evaluation, l *java.List, i int) error {
	if i < 0 {
		i += len(l.Items)
	}
	if i < 0 || i >= len(l.Items) {
		return nil
	}
	return t.found(e, l.Items[i])
}

// slice counts from the end where only one bound is given. With two, negative ones stay what they are, and each index
// between them counts on its own.
func (t *token) slice(e *evaluation, l *java.List) error {
	n := len(l.Items)
	from, to := 0, n
	switch {
	case t.from != nil && t.to != nil:
		from, to = *t.from, min(n, *t.to)
		from = max(from, -n) // there is nothing before
	case t.from != nil:
		if from = *t.from; from < 0 {
			from = max(0, from+n)
		}
	default:
		if to = *t.to; to < 0 {
			to += n
		}
		to = min(n, to)
	}
	for i := from; n > 0 && i < to; i++ {
		if err := t.element(e, l, i); err != nil {
			return err
		}
	}
	return nil
}

func (t *token) all(e *evaluation, v java.Value) error {
	switch v := v.(type) {
	case *java.Map:
		for _, entry := range v.Entries() {
			if err := t.found(e, entry.Value); err != nil {
				return err
			}
		}
	case *java.List:
		for _, item := range v.Items {
			if err := t.found(e, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan evaluates the token, which stands behind "..", at v and everything below. In an array that the token takes, and
// that is not the end of the path, the original goes on with every element whatever the token says: so does this.
func (t *token) scan(e *evaluation, v java.Value) error {
	if err := e.step(); err != nil {
		return err
	}
	switch v := v.(type) {
	case *java.Map:
		return t.scanMap(e, v)
	case *java.List:
		return t.scanList(e, v)
	}
	return nil
}

func (t *token) scanMap(e *evaluation, m *java.Map) error {
	takes, err := t.takes(e, m)
	if err != nil {
		return err
	}
	if takes {
		if err := t.evaluate(e, m); err != nil {
			return err
		}
	}
	for _, entry := range m.Entries() {
		if err := t.scan(e, entry.Value); err != nil {
			return err
		}
	}
	return nil
}

func (t *token) scanList(e *evaluation, l *java.List) error {
	takes, err := t.takes(e, l)
	switch {
	case err != nil:
		return err
	case takes && t.next == nil:
		if err := t.evaluate(e, l); err != nil {
			return err
		}
	case takes:
		for _, item := range l.Items {
			if err := t.next.evaluate(e, item); err != nil {
				return err
			}
		}
	}
	for _, item := range l.Items {
		if err := t.scan(e, item); err != nil {
			return err
		}
	}
	return nil
}

// takes reports whether a scan evaluates the token at v.
func (t *token) takes(e *evaluation, v java.Value) (bool, error) {
	switch t.kind {
	case property:
		m, ok := v.(*java.Map)
		if !ok || !t.definite() {
			return ok, nil
		}
		for _, name := range t.names {
			if _, ok := m.FindName(name); !ok {
				return false, nil
			}
		}
		return true, nil
	case index, slice:
		_, ok := v.(*java.List)
		return ok, nil
	case wildcard:
		return true, nil
	case predicate:
		return t.accepts(e, v)
	default:
		return false, nil
	}
}

func (t *token) matches(e *evaluation, v java.Value) error {
	switch v := v.(type) {
	case *java.Map:
		ok, err := t.accepts(e, v)
		if err != nil || !ok {
			return err
		}
		return t.found(e, v)
	case *java.List:
		for _, item := range v.Items {
			ok, err := t.accepts(e, item)
			if err != nil {
				return err
			}
			if ok {
				if err := t.found(e, item); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if t.upstream {
		return ErrInvalid
	}
	return nil
}

// accepts reports whether the filter is true for v. One that does not fit the value is false.
func (t *token) accepts(e *evaluation, v java.Value) (bool, error) {
	if err := e.step(); err != nil {
		return false, err
	}
	ok, err := t.filter.test(e, v)
	if errors.Is(err, ErrInvalid) {
		return false, nil
	}
	return ok, err
}
