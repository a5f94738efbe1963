package vtl

import (
	"errors"
	"math"

	"github.com/dipylon/dipylon/internal/java"
)

// expression is embedded in nodes that are nothing but values: they are not printed, and as conditions they are false,
// even as numbers and strings.
type expression struct{}

func (expression) render(*run) error        { return nil }
func (expression) truth(*run) (bool, error) { return false, nil }

// statement is embedded in nodes that have no value.
type statement struct{}

func (statement) value(*run) (java.Value, error) { return nil, nil }
func (statement) truth(*run) (bool, error)       { return false, nil }

// textNode is printed as it stands.
type textNode string

func (n textNode) render(r *run) error          { return r.print(append(r.out, n...)) }
func (textNode) value(*run) (java.Value, error) { return nil, nil }
func (textNode) truth(*run) (bool, error)       { return false, nil }

// failingNode is what Velocity complains of only when it gets there.
type failingNode struct {
	statement
	text string
}

func (n failingNode) render(*run) error { return errors.New("vtl: " + n.text) }

// wordNode is a word among a directive's arguments.
type wordNode string

func (wordNode) render(*run) error              { return nil }
func (wordNode) value(*run) (java.Value, error) { return nil, nil }
func (wordNode) truth(*run) (bool, error)       { return false, nil }

// constant is a literal.
type constant struct{ v java.Value }

func (constant) render(*run) error                { return nil }
func (n constant) value(*run) (java.Value, error) { return n.v, nil }
func (n constant) truth(*run) (bool, error)       { return n.v == true, nil }

// stringNode is a string with a template in it.
type stringNode struct {
	expression
	nodes  []node
	padded bool
}

func (n *stringNode) value(r *run) (java.Value, error) {
	s, err := r.capture(n.nodes)
	if n.padded && s != "" {
		s = s[:len(s)-1]
	}
	return s, err
}

type listNode struct {
	expression
	items []node
}

func (n *listNode) value(r *run) (java.Value, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	l := java.NewList()
	if len(n.items) > 0 {
		l.Items = make([]java.Value, len(n.items))
	}
	for i, item := range n.items {
		v, err := item.value(r)
		if err != nil {
			return nil, err
		}
		l.Items[i] = v
	}
	return l, r.budget.Spend(len(n.items))
}

type mapNode struct {
	expression
	entries [][2]node
}

func (n *mapNode) value(r *run) (java.Value, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	m := java.NewMap(len(n.entries))
	for _, entry := range n.entries {
		k, err := entry[0].value(r)
		if err != nil {
			return nil, err
		}
		v, err := entry[1].value(r)
		if err != nil {
			return nil, err
		}
		m.Put(k, v)
	}
	return m, r.budget.Spend(len(n.entries))
}

// rangeNode counts up or down, both ends included.
type rangeNode struct{ from, to node }

func (*rangeNode) render(*run) error        { return nil }
func (*rangeNode) truth(*run) (bool, error) { return false, nil }

func (n *rangeNode) value(r *run) (java.Value, error) {
	var ends [2]int64
	for i, end := range []node{n.from, n.to} {
		v, err := end.value(r)
		if err != nil {
			return nil, err
		}
		if !java.IsNumber(v) {
			return nil, nil
		}
		ends[i] = int64(intValue(v))
	}
	size := ends[1] - ends[0]
	step := int64(1)
	if size <= 0 {
		size, step = -size, -1
	}
	const stepsPerElement = 4
	if size > math.MaxInt32 {
		return nil, ErrLimit
	}
	if err := r.budget.Spend(stepsPerElement * int(size+1)); err != nil {
		return nil, err
	}
	l := &java.List{Items: make([]java.Value, size+1)}
	for i := range l.Items {
		l.Items[i] = java.Narrow(ends[0] + int64(i)*step)
	}
	return l, nil
}

type notNode struct{ of node }

func (notNode) render(*run) error { return nil }

func (n notNode) truth(r *run) (bool, error) {
	if err := r.enter(); err != nil {
		return false, err
	}
	defer func() { r.depth-- }()
	t, err := n.of.truth(r)
	return !t, err
}

func (n notNode) value(r *run) (java.Value, error) {
	return n.truth(r)
}

// branch is a part of an #if. The condition of #else is nil.
type branch struct {
	condition node
	body      []node
}

type ifNode struct {
	statement
	branches []branch
}

func (n *ifNode) render(r *run) error {
	for _, b := range n.branches {
		if b.condition != nil {
			t, err := b.condition.truth(r)
			if err != nil {
				return err
			}
			if !t {
				continue
			}
		}
		return r.all(b.body)
	}
	return nil
}

// setNode is #set. A value that is null changes nothing.
type setNode struct {
	statement
	target *reference
	rhs    node
}

func (n *setNode) render(r *run) error {
	if err := r.budget.Spend(1); err != nil {
		return err
	}
	v, err := n.rhs.value(r)
	if err != nil || v == nil {
		return err
	}
	if len(n.target.parts) == 0 {
		r.put(n.target.key, v)
		return nil
	}
	return n.target.set(r, v)
}
