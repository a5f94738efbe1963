package vtl

import (
	"fmt"

	"github.com/dipylon/dipylon/internal/java"
)

// run is one execution.
type run struct {
	settings Settings
	budget   Budget
	out      []byte
	base     int // what stood in out before
	ctx      *scope
	macros   map[string]*macro
	copied   bool // macros are a copy of the template's
	calls    int  // of macros, in each other
	depth    int  // of everything
}

// node is a part of a template. What has no value is nil.
type node interface {
	render(r *run) error
	value(r *run) (java.Value, error)
	// truth is how the node counts as a condition.
	truth(r *run) (bool, error)
}

// stopError ends a part of the execution: the nearest, a certain loop, or all.
type stopError struct {
	nearest bool
	loop    *loop
}

func (e *stopError) Error() string { return "vtl: stopped" }

// maxDepth bounds the Go stack: values may be evaluated in each other by macros.
const maxDepth = 2000

// enter counts a step that leads deeper; the caller leaves it by r.depth--.
func (r *run) enter() error {
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("%w: too deep", ErrLimit)
	}
	return r.budget.Spend(1)
}

func (r *run) all(nodes []node) error {
	err := r.enter()
	defer func() { r.depth-- }()
	for i := 0; i < len(nodes) && err == nil; i++ {
		err = nodes[i].render(r)
	}
	return err
}

// print checks the output's limit after something was appended.
func (r *run) print(out []byte) error {
	grown := len(out) - len(r.out)
	r.out = out
	if len(out)-r.base > r.settings.Output {
		return fmt.Errorf("%w: too much output", ErrLimit)
	}
	return r.budget.Spend(cost(grown))
}

// cost is how many steps n bytes are worth.
func cost(n int) int {
	const bytesPerStep = 8
	return n / bytesPerStep
}

// capture returns what nodes print instead of printing it.
func (r *run) capture(nodes []node) (string, error) {
	start := len(r.out)
	err := r.all(nodes)
	s := string(r.out[start:])
	r.out = r.out[:start]
	return s, err
}

// text returns a value's text and whether there is one: undefined things and blocks that print themselves have none.
func (r *run) text(v java.Value) (string, bool, error) {
	switch v := v.(type) {
	case nil:
		return "", false, nil
	case string:
		return v, true, nil
	case *blockValue:
		return v.text(r)
	}
	s := java.String(v)
	return s, true, r.budget.Spend(cost(len(s)))
}

// scope is a part of the context: the variables of the template, those of a macro, or a loop's variable that is null.
type scope struct {
	parent *scope
	host   Variables             // of the outermost
	vars   map[string]java.Value // not of a loop
	args   map[string]node       // of a macro: evaluated in parent whenever they are referred to
	texts  map[string]string     // of those, by their reference in the macro
	loop   string                // the name of a variable that is null
	null   bool                  // it still is
}

func (r *run) get(name string) (java.Value, error) {
	for s := r.ctx; ; s = s.parent {
		switch {
		case s.loop != "":
			if s.null && s.loop == name {
				return nil, nil
			}
			continue
		case s.vars[name] != nil:
			return s.vars[name], nil
		case s.args[name] != nil:
			return r.in(s.parent, s.args[name])
		case s.parent != nil:
			continue
		}
		if _, hidden := s.vars[name]; hidden || s.host == nil {
			return nil, nil
		}
		return s.host.Variable(name), nil
	}
}

// in evaluates a macro's argument where the macro was called.
func (r *run) in(s *scope, n node) (java.Value, error) {
	here := r.ctx
	r.ctx = s
	defer func() { r.ctx = here }()
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	if ref, ok := n.(*reference); ok && len(ref.parts) == 0 {
		return r.get(ref.name)
	}
	return n.value(r)
}

// put sets a variable here and in every scope around.
func (r *run) put(name string, v java.Value) {
	for s := r.ctx; s != nil; s = s.parent {
		switch {
		case s.loop == "":
			s.vars[name] = v
		case s.loop == name && v == nil:
			s.null = true
		}
	}
}

func (r *run) remove(name string) {
	for s := r.ctx; s != nil; s = s.parent {
		if s.loop == name {
			s.null = false
		}
		delete(s.vars, name)
		delete(s.args, name)
		if s.parent == nil {
			s.vars[name] = nil // it hides the host's
		}
	}
}

// argumentText returns what a macro's argument was written as, if name is one.
func (r *run) argumentText(text string) (string, bool) {
	for s := r.ctx; s != nil; s = s.parent {
		if t, ok := s.texts[text]; ok {
			return t, true
		}
	}
	return "", false
}
