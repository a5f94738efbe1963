// Package patch applies the patch operations of REST APIs' Update operations as AWS does. What an operation takes is a
// [Table]: a row per path with the operators it allows, the kind of its value and the field that it changes.
//
// Values are strings. Operations of one request apply in order to the same target, and the first that is refused ends it:
// the caller then keeps nothing of the target, so a request applies as a whole or not at all.
//
// It is what internal/control/apigateway stands on and may import the generated types of that service.
package patch

import (
	"slices"
	"strings"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// Ops is a set of operators.
type Ops uint8

// The operators that paths have. AWS knows move and test too, and no path takes them.
const (
	Add Ops = 1 << iota
	Remove
	Replace
	Copy
)

// Names of the operators in the order in which AWS lists them, by bit.
var opNames = [...]string{"add", "remove", "replace", "copy"}

// String lists the operators as AWS's messages do: "add, replace".
func (o Ops) String() string {
	var names []string
	for i, name := range opNames {
		if o&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func parseOp(name string) Ops {
	if i := slices.Index(opNames[:], name); i >= 0 {
		return 1 << i
	}
	return 0
}

// Spec is what a row says without its target.
type Spec struct {
	// Path is a pattern: {name} stands for one segment, {name+} for one or more, anything else for itself.
	Path string
	Ops  Ops
	// Kind names the value.
	Kind string
	// Shown is how messages write the path; empty for Path.
	Shown string
	// WrongOp is the message for an operator that the path does not have; empty for the table's own.
	WrongOp string
}

// Row is a path with what it does to a T.
type Row[T any] struct {
	Spec
	Apply func(*T, Change) error
}

// Wording returns the row with messages of its own: how it is listed, and what refuses an operator it has not.
func (r Row[T]) Wording(shown, wrongOp string) Row[T] {
	r.Shown, r.WrongOp = shown, wrongOp
	return r
}

// Table is what one operation of AWS takes.
type Table[T any] struct {
	Rows []Row[T]
	// Refuse words the refusal of a path or operator that no row has.
	Refuse Refusal
}

// Change is one patch operation as a row sees it.
type Change struct {
	// Op is one operator, 0 for one that no path takes; Operator is its name.
	Op       Ops
	Operator string
	// Path is the path as it was sent; From is that of a copy.
	Path, From string
	// Value is empty when none was Given.
	Value string
	Given bool
	// hasPath is false when no path was sent at all.
	hasPath bool
	keys    []string
}

// Key returns what stands in the path for the pattern's i-th {name}, unescaped.
func (c Change) Key(i int) string { return unescape(c.keys[i]) }

// Raw returns what stands in the path for the pattern's i-th {name}, as it was sent.
func (c Change) Raw(i int) string { return c.keys[i] }

// shownPath is the path in messages (recorded: test_update_gateway_response).
func (c Change) shownPath() string {
	if !c.hasPath {
		return "null"
	}
	return c.Path
}

// unescape reads a segment of a JSON pointer (RFC 6901, section 4).
func unescape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
}

// Apply changes target by all operations, or returns why not.
func (t Table[T]) Apply(target *T, operations []gen.PatchOperation) error {
	for _, operation := range operations {
		c := changeOf(operation)
		row, err := t.find(&c)
		if err != nil {
			return err
		}
		if err := row.Apply(target, c); err != nil {
			return err
		}
	}
	return nil
}

func changeOf(operation gen.PatchOperation) Change {
	c := Change{
		Path: deref(operation.Path), From: deref(operation.From), Value: deref(operation.Value),
		Given: operation.Value != nil, hasPath: operation.Path != nil,
	}
	if operation.Op != nil {
		c.Operator = string(*operation.Op)
		c.Op = parseOp(c.Operator)
	}
	return c
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// find returns the row for a change and fills in its keys.
func (t Table[T]) find(c *Change) (Row[T], error) {
	var known *Spec
	for _, row := range t.Rows {
		keys, ok := match(row.Path, c.Path)
		if !ok {
			continue
		}
		if row.Ops&c.Op != 0 {
			c.keys = keys
			return row, nil
		}
		known = &row.Spec
	}
	if known != nil && known.WrongOp != "" {
		return Row[T]{}, BadRequest("%s", known.WrongOp)
	}
	return Row[T]{}, t.Refuse(t.Specs(), known, *c)
}

// Specs returns the rows without their targets.
func (t Table[T]) Specs() []Spec {
	specs := make([]Spec, len(t.Rows))
	for i, row := range t.Rows {
		specs[i] = row.Spec
	}
	return specs
}

// match matches a path with a pattern and returns what stands for its names.
func match(pattern, path string) ([]string, bool) {
	want, isPattern := strings.CutPrefix(pattern, "/")
	have, isPath := strings.CutPrefix(path, "/")
	if !isPattern || !isPath {
		return nil, false
	}
	return matchSegments(strings.Split(want, "/"), strings.Split(have, "/"), nil)
}

func matchSegments(want, have, keys []string) ([]string, bool) {
	for i, segment := range want {
		if strings.HasSuffix(segment, "+}") {
			// What follows takes exactly one segment each, for no pattern has two of these.
			n := len(have) - (len(want) - 1)
			if n < 1 {
				return nil, false
			}
			keys = append(keys, strings.Join(have[i:i+n], "/"))
			return matchSegments(want[i+1:], have[i+n:], keys)
		}
		if i >= len(have) || segment != have[i] && !isName(segment) {
			return nil, false
		}
		if isName(segment) {
			if have[i] == "" {
				return nil, false
			}
			keys = append(keys, have[i])
		}
	}
	return keys, len(want) == len(have)
}

func isName(segment string) bool { return strings.HasPrefix(segment, "{") }
