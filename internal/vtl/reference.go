package vtl

import (
	"fmt"

	"github.com/dipylon/dipylon/internal/java"
)

// reference is $name, with properties, methods and indexes behind it.
type reference struct {
	name     string
	key      string // the name that #set takes
	parts    []part
	literal  string
	nullText string // what is printed if it is undefined
	escaped  bool   // by an odd number of backslashes
	slashes  string // what is left of them
	before   string // what was read before the dollar sign
	nothing  bool   // $\!name refers to nothing
}

// part is one step from a value to another.
type part interface {
	get(r *run, v java.Value) (java.Value, error)
}

type (
	propertyPart string
	indexPart    struct{ index node }
	methodPart   struct {
		name string
		args []node
	}
)

func (n *reference) value(r *run) (java.Value, error) {
	if n.nothing {
		return nil, nil
	}
	return n.execute(r, n.parts)
}

// execute follows parts from the variable. An undefined one ends it.
func (n *reference) execute(r *run, parts []part) (java.Value, error) {
	if err := r.budget.Spend(1 + len(parts)); err != nil {
		return nil, err
	}
	v, err := r.get(n.name)
	for i := 0; i < len(parts) && v != nil && err == nil; i++ {
		v, err = parts[i].get(r, v)
	}
	if v == nil && err == nil && r.settings.Empty {
		return "", nil
	}
	return v, err
}

func (n *reference) truth(r *run) (bool, error) {
	v, err := n.value(r)
	if b, ok := v.(bool); ok || err != nil {
		return b, err
	}
	if b, ok := v.(*blockValue); ok {
		_, ok, err := b.text(r)
		return ok, err
	}
	return v != nil, nil
}

func (n *reference) render(r *run) error {
	v, err := n.value(r)
	if err != nil {
		return err
	}
	if n.escaped {
		slash := ""
		if v == nil {
			slash = `\`
		}
		return r.print(append(append(append(r.out, n.slashes...), slash...), n.undefined(r)...))
	}
	switch v := v.(type) {
	case string: // the most frequent
		out := append(append(append(r.out, n.slashes...), n.before...), v...)
		return r.print(out)
	case *blockValue:
		done, err := v.print(r)
		if done || err != nil {
			return err
		}
	}
	s, ok, err := r.text(v)
	if err != nil {
		return err
	}
	if !ok { // Velocity prints the backslashes twice
		s = n.slashes + n.before + n.undefined(r)
	} else {
		s = n.before + s
	}
	return r.print(append(append(r.out, n.slashes...), s...))
}

// undefined is what is printed in the place of nothing. An argument of a macro is printed as it was written.
func (n *reference) undefined(r *run) string {
	if s, ok := r.argumentText(n.nullText); ok {
		return s
	}
	return n.nullText
}

// set is #set with parts. What cannot be set stays as it is.
func (n *reference) set(r *run, v java.Value) error {
	last := len(n.parts) - 1
	owner, err := n.execute(r, n.parts[:last])
	if err != nil || owner == nil {
		return err
	}
	switch p := n.parts[last].(type) {
	case indexPart:
		i, err := p.index.value(r)
		if err != nil {
			return err
		}
		return setIndex(owner, i, v)
	case propertyPart:
		return setProperty(owner, string(p), v)
	case *methodPart: // Velocity takes the method's name for a property's
		return setProperty(owner, p.name, v)
	}
	return nil
}

func setProperty(owner java.Value, name string, v java.Value) error {
	switch owner := owner.(type) {
	case *java.Map:
		owner.PutName(name, v)
	case *loop:
		owner.put(name, v)
	case Setter:
		owner.SetProperty(name, v)
	}
	return nil
}

func setIndex(owner, index, v java.Value) error {
	switch owner := owner.(type) {
	case *java.Map:
		owner.Put(index, v)
	case *java.List:
		i, ok := index.(int32)
		if !ok || owner.View {
			return nil
		}
		at := int(i)
		if at < 0 {
			at += len(owner.Items)
		}
		if at < 0 || at >= len(owner.Items) {
			return outOfBounds(at, len(owner.Items))
		}
		owner.Items[at] = v
	case Setter:
		if name, ok := index.(string); ok {
			owner.SetProperty(name, v)
		}
	}
	return nil
}

func outOfBounds(i, n int) error {
	return fmt.Errorf("vtl: index %d out of bounds for length %d", i, n)
}

func (p propertyPart) get(r *run, v java.Value) (java.Value, error) {
	return property(r, v, string(p))
}

func (p indexPart) get(r *run, v java.Value) (java.Value, error) {
	i, err := p.index.value(r)
	if err != nil {
		return nil, err
	}
	if n, ok := i.(int32); ok && n < 0 {
		size, ok := sizeOf(v)
		if !ok {
			return nil, fmt.Errorf("vtl: a negative index of what has no size")
		}
		i = n + int32(size) //nolint:gosec // lists are not that long
	}
	switch v := v.(type) {
	case *java.Map:
		return v.Get(i), nil
	case *java.List:
		if n, ok := i.(int32); ok && !v.View {
			if n < 0 || int(n) >= len(v.Items) {
				return nil, outOfBounds(int(n), len(v.Items))
			}
			return v.Items[n], nil
		}
	case Object:
		if name, ok := i.(string); ok {
			return v.Property(name), nil
		}
	}
	return nil, nil
}

func sizeOf(v java.Value) (int, bool) {
	switch v := v.(type) {
	case *java.Map:
		return v.Len(), true
	case *java.List:
		return len(v.Items), true
	}
	return 0, false
}

func (p *methodPart) get(r *run, v java.Value) (java.Value, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	var room [4]java.Value
	args := room[:0]
	for _, a := range p.args {
		arg, err := a.value(r)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return call(r, v, p.name, args)
}
