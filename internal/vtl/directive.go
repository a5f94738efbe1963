package vtl

import (
	"errors"
	"fmt"
	"maps"

	"github.com/dipylon/dipylon/internal/java"
)

type foreachNode struct {
	statement
	name string
	list node
	body []node
}

const (
	counterName = "velocityCount"
	hasNextName = "velocityHasNext"
	loopName    = "foreach"
)

func (n *foreachNode) render(r *run) error {
	over, err := n.list.value(r)
	if err != nil {
		return err
	}
	items, ok := elements(over)
	if !ok {
		return nil
	}
	var saved [4]java.Value
	names := [4]string{n.name, counterName, hasNextName, loopName}
	for i, name := range names {
		if saved[i], err = r.get(name); err != nil {
			return err
		}
	}
	l := &loop{index: -1}
	if parent, ok := saved[3].(*loop); ok {
		l.parent = parent
	} else {
		l.replaced = saved[3]
	}
	r.put(loopName, l)
	if err := n.rounds(r, l, over, items); err != nil && !l.ends(err) {
		return err
	}
	for i, name := range names[:3] {
		if saved[i] != nil {
			r.put(name, saved[i])
		} else {
			r.remove(name)
		}
	}
	return n.leave(r)
}

// rounds runs the body for each element. More than the limit's are passed over, as on AWS and in Velocity.
func (n *foreachNode) rounds(r *run, l *loop, over java.Value, items []java.Value) error {
	outside := r.ctx
	defer func() { r.ctx = outside }()
	var null *scope
	for i, item := range items {
		if i == r.settings.Loops {
			break
		}
		l.index, l.hasNext = i, i+1 < len(items)
		r.put(counterName, java.Narrow(int64(i+1)))
		r.put(hasNextName, l.hasNext)
		r.put(n.name, item)
		if item == nil {
			if null == nil {
				null = &scope{parent: outside, loop: n.name, null: true}
			}
			r.ctx = null
		}
		err := r.all(n.body)
		r.ctx = outside
		if err != nil {
			return err
		}
		if size, ok := sizeOf(over); ok && size != len(items) {
			return n.changed(over, i+1, size, len(items))
		}
	}
	return nil
}

// changed is what becomes of a loop over a collection that its body has changed, as Java's iterators have it: an error, or
// its end if that was reached.
func (n *foreachNode) changed(over java.Value, next, size, before int) error {
	_, isMap := over.(*java.Map)
	if isMap && next == before || !isMap && next == size {
		return nil
	}
	return errors.New("vtl: #foreach over a collection that its body changes")
}

// leave restores what $foreach was, unless the template has set it.
func (n *foreachNode) leave(r *run) error {
	v, err := r.get(loopName)
	if l, ok := v.(*loop); ok {
		switch {
		case l.parent != nil:
			r.put(loopName, l.parent)
		case l.replacedValue() != nil:
			r.put(loopName, l.replacedValue())
		default:
			r.remove(loopName)
		}
	}
	return err
}

// elements returns what a loop goes over; of a map that is its values.
func elements(v java.Value) ([]java.Value, bool) {
	switch v := v.(type) {
	case *java.List:
		return v.Items, true
	case *java.Map:
		items := make([]java.Value, 0, v.Len())
		for _, e := range v.Entries() {
			items = append(items, e.Value)
		}
		return items, true
	case *loop:
		return elements(v.stored())
	}
	return nil, false
}

// breakNode is #break, of the nearest part or of a certain loop.
type breakNode struct{ scope node }

func (*breakNode) value(*run) (java.Value, error) { return nil, nil }
func (*breakNode) truth(*run) (bool, error)       { return false, nil }

func (n *breakNode) render(r *run) error {
	if n.scope == nil {
		return &stopError{nearest: true}
	}
	v, err := n.scope.value(r)
	if err != nil {
		return err
	}
	l, ok := v.(*loop)
	if !ok {
		return fmt.Errorf("vtl: #break of what is no loop")
	}
	return &stopError{loop: l}
}

// stopNode is #stop.
type stopNode struct{ statement }

func (stopNode) render(*run) error { return &stopError{} }

// stopsHere reports whether an error ends a macro, a block or an evaluation and no more.
func stopsHere(err error) bool {
	var s *stopError
	return errors.As(err, &s) && s.nearest
}

type macro struct {
	params []string
	body   []node
}

// callNode is a call of a macro, or text if there is no such macro.
type callNode struct {
	statement
	name    string
	args    []node
	texts   []string // what the arguments were written as
	body    []node
	hasBody bool
	literal string
}

// maxMacros is how deep macros may call each other (Velocity's default).
const maxMacros = 20

func (n *callNode) render(r *run) error {
	m := r.macros[n.name]
	if m == nil {
		return r.print(append(r.out, n.literal...))
	}
	if r.calls >= maxMacros {
		return fmt.Errorf("%w: macros call each other more than %d deep", ErrLimit, maxMacros)
	}
	s := &scope{parent: r.ctx, vars: map[string]java.Value{}}
	for i, a := range n.args {
		if _, ok := a.(wordNode); ok {
			return fmt.Errorf("vtl: #%s is called with a word", n.name)
		}
		if i >= len(m.params) {
			continue
		}
		s.bind(m.params[i], a, n.texts[i])
	}
	if n.hasBody {
		s.vars["bodyContent"] = &blockValue{ctx: r.ctx, body: n.body, most: maxMacros}
	}
	r.ctx = s
	r.calls++
	err := r.all(m.body)
	r.calls--
	r.ctx = s.parent
	if stopsHere(err) {
		return nil
	}
	return err
}

// bind gives a macro an argument: constants as they are, everything else by name.
func (s *scope) bind(name string, arg node, text string) {
	if c, ok := arg.(constant); ok && !isString(c.v) {
		s.vars[name] = c.v
		return
	}
	if s.args == nil {
		s.args, s.texts = map[string]node{}, map[string]string{}
	}
	s.args[name] = arg
	s.texts["$"+name] = text
}

// defineNode is #define: a block under a name.
type defineNode struct {
	statement
	name string
	body []node
}

func (n *defineNode) render(r *run) error {
	const most = 2 // Velocity's default
	r.put(n.name, &blockValue{ctx: r.ctx, body: n.body, most: most})
	return nil
}

// blockValue prints its body where it is referred to, with the variables of there. Its text, where it is a value, has the
// variables of where it was made.
type blockValue struct {
	ctx   *scope
	body  []node
	depth int
	most  int
}

// print reports whether the block was printed: not if it is too deep in itself.
func (b *blockValue) print(r *run) (bool, error) {
	if b.depth >= b.most {
		return false, nil
	}
	b.depth++
	err := r.all(b.body)
	b.depth--
	if stopsHere(err) {
		err = nil
	}
	return true, err
}

func (b *blockValue) text(r *run) (string, bool, error) {
	start, here := len(r.out), r.ctx
	r.ctx = b.ctx
	done, err := b.print(r)
	s := string(r.out[start:])
	r.out, r.ctx = r.out[:start], here
	return s, done, err
}

// evaluateNode is #evaluate: a template that is known only now.
type evaluateNode struct{ source node }

func (*evaluateNode) value(*run) (java.Value, error) { return nil, nil }
func (*evaluateNode) truth(*run) (bool, error)       { return false, nil }

func (n *evaluateNode) render(r *run) error {
	v, err := n.source.value(r)
	if err != nil {
		return err
	}
	source, _, err := r.text(v)
	if err != nil {
		return err
	}
	if len(source) > MaxTemplate {
		return fmt.Errorf("%w: #evaluate of more than %d bytes", ErrLimit, MaxTemplate)
	}
	if err := r.budget.Spend(len(source)); err != nil {
		return err
	}
	if !r.copied { // the template's macros are everybody's
		r.macros, r.copied = maps.Clone(r.macros), true
	}
	nodes, err := newParser(source, &Template{macros: r.macros, names: map[string]bool{}}, 0).template()
	if err != nil {
		return err
	}
	err = r.all(nodes)
	var s *stopError
	if errors.As(err, &s) && s.loop == nil {
		return nil
	}
	return err
}
