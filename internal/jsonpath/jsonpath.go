// Package jsonpath is Jayway JsonPath, the dialect that AWS evaluates in mapping templates and parameter mappings: paths
// are compiled once and read many documents. It follows release 2.4 of the original with its options at their defaults,
// and knows the functions of later ones. What it does otherwise:
//
//   - Regular expressions are Go's (RE2): no look-around, no back references.
//   - append() leaves the document as it is, and last() works on a list of one.
//   - A document that takes more than [MaxSteps] steps is an error.
//
// It stands below the steps of REST APIs and internal/vtl, and may use internal/java.
package jsonpath

import (
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/java"
)

// Limits.
const (
	// MaxLength is how long a path may be, in bytes.
	MaxLength = 8192
	// MaxSteps is how many values may be looked at to read a document.
	MaxSteps = 2_000_000
	// maxNesting is how deep filters and functions may stand in each other.
	maxNesting = 32
)

// Errors of reading. A definite path that leads nowhere is ErrNotFound.
var (
	ErrNotFound = errors.New("jsonpath: no results for path")
	ErrInvalid  = errors.New("jsonpath: the path does not fit the document")
	ErrCostly   = errors.New("jsonpath: the path takes too many steps")
)

// Path is a compiled path. It may be used by several goroutines.
type Path struct {
	text     string
	tail     *token // nil if the path is the document itself
	relative bool   // it begins with @
	definite bool
	function bool // its last token is a function
	simple   bool // nothing but single names and indexes
}

// Compile reads a path. One that begins with neither $ nor @ is taken to begin with "$.".
func Compile(path string) (*Path, error) {
	if len(path) > MaxLength {
		return nil, fmt.Errorf("jsonpath: the path is longer than %d bytes", MaxLength)
	}
	return compile(path, 0)
}

// String returns the path as it was given.
func (p *Path) String() string { return p.text }

// Definite reports whether the path leads to one value at most. Others read a list, empty if there is nothing.
func (p *Path) Definite() bool { return p.definite }

// Read returns the value that the path leads to, or the list of values if the path is not definite.
func (p *Path) Read(doc java.Value) (java.Value, error) {
	steps := MaxSteps
	return p.ReadWithin(doc, &steps)
}

// ReadWithin is Read within a number of steps, which it counts down.
func (p *Path) ReadWithin(doc java.Value, steps *int) (java.Value, error) {
	if p.simple {
		return p.walk(doc)
	}
	return p.read(&evaluation{item: doc, root: doc, steps: steps})
}

// walk is read without a list of results.
func (p *Path) walk(v java.Value) (java.Value, error) {
	for t := p.tail; t != nil; t = t.next {
		found := false
		switch model := v.(type) {
		case *java.Map:
			if t.kind == property {
				v, found = model.FindName(t.names[0])
			}
		case *java.List:
			if t.kind == index {
				i := t.indexes[0]
				if i < 0 {
					i += len(model.Items)
				}
				if found = 0 <= i && i < len(model.Items); found {
					v = model.Items[i]
				}
			}
		}
		if !found {
			return nil, ErrNotFound
		}
	}
	return v, nil
}

// evaluation is one reading of a document.
type evaluation struct {
	item    java.Value // what the path begins at
	root    java.Value
	require bool // every name must be there, as in tests of existence
	steps   *int
	results []java.Value
}

func (p *Path) read(e *evaluation) (java.Value, error) {
	if p.tail == nil {
		return e.item, nil
	}
	if err := p.tail.evaluate(e, e.item); err != nil {
		return nil, err
	}
	if !p.definite {
		return java.NewArray(e.results...), nil
	}
	if len(e.results) == 0 {
		return nil, ErrNotFound
	}
	return e.results[len(e.results)-1], nil
}

// nested reads another path in the course of this reading.
func (e *evaluation) nested(p *Path, item java.Value, require bool) (java.Value, error) {
	if !p.relative {
		item = e.root
	}
	return p.read(&evaluation{item: item, root: e.root, require: require, steps: e.steps})
}

// step counts.
func (e *evaluation) step() error {
	if *e.steps--; *e.steps < 0 {
		return ErrCostly
	}
	return nil
}
