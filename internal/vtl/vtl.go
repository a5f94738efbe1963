// Package vtl is Apache Velocity's template language, release 1.7, as AWS uses it for mapping templates: templates are
// compiled once and executed many times, over values of internal/java. It prints what Velocity prints, down to white
// space, escapes and undefined references, with Velocity's settings at their defaults. What it does otherwise:
//
//   - #include and #parse are errors when a template is compiled.
//   - Every execution has [Settings] with limits. A loop ends after Settings.Loops rounds, as on AWS; beyond the others there
//     is an error.
//   - Undefined references may be empty strings, see Settings.Empty.
//   - A macro lives as long as its template.
//   - There is no reflection: class is a property of nothing but maps that have such a key, and the methods are those
//     of the tables in this package.
//   - Regular expressions are Go's (RE2), and arrays, as split returns them, print as lists do.
//
// Objects of the host are bound through [Variables]; tools.go has those of API Gateway. It stands below the steps of REST
// APIs, and may use internal/java and internal/jsonpath.
package vtl

import (
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/java"
)

// MaxTemplate is how long a template may be, in bytes (AWS's quota).
const MaxTemplate = 300 << 10

// Settings are those of one execution.
type Settings struct {
	// Empty says that what is undefined is the empty string. On AWS it is: it prints as "" and equals "" and another
	// undefined reference (aws-behaviour.md, facts 24, 25 and 28; localstack's recording of
	// test_input_path_template_formatting). In Velocity it is null and prints as it was written, unless its engine is
	// given a handler of invalid references, which AWS seems to do.
	Empty  bool
	Output int // how many bytes may be printed
	Steps  int // how many nodes may be evaluated; what methods make counts in proportion to its size
	Loops  int // how many rounds a #foreach has at most
}

// AWS returns the settings that AWS has, and a bound for what AWS bounds by time.
func AWS() Settings { return Settings{Empty: true, Output: 10 << 20, Steps: 10_000_000, Loops: 1000} }

// ErrLimit is what an execution beyond its limits ends with.
var ErrLimit = errors.New("vtl: the template goes beyond its limits")

// Variables are what a template may refer to by $name. Variables that a template sets come before them.
type Variables interface {
	// Variable returns nil for what is not defined.
	Variable(name string) java.Value
}

// Object is a value of the host with properties and methods of its own.
type Object interface {
	// Property returns $object.name; nil is undefined.
	Property(name string) java.Value
	// Call returns what a method returns, and whether there is such a method for these arguments. Work that the size of
	// an argument does not bound is counted in the budget.
	Call(name string, args []java.Value, b *Budget) (result java.Value, ok bool, err error)
}

// Setter is an Object whose properties a template may set.
type Setter interface {
	// SetProperty is #set($object.name = value).
	SetProperty(name string, value java.Value)
}

// Budget counts down the steps of an execution.
type Budget struct{ Left int }

// Spend takes n steps.
func (b *Budget) Spend(n int) error {
	if b.Left -= n; b.Left < 0 {
		return ErrLimit
	}
	return nil
}

// Template is a compiled template. It may be executed by several goroutines.
type Template struct {
	nodes     []node
	macros    map[string]*macro
	names     map[string]bool // of variables
	evaluates bool
}

// Compile reads a template.
func Compile(source string) (*Template, error) {
	if len(source) > MaxTemplate {
		return nil, fmt.Errorf("vtl: the template is longer than %d bytes", MaxTemplate)
	}
	t := &Template{macros: map[string]*macro{}, names: map[string]bool{}}
	var err error
	t.nodes, err = newParser(source, t, 0).template()
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Uses reports whether the template may refer to a variable.
func (t *Template) Uses(name string) bool { return t.evaluates || t.names[name] }

// Append appends what the template prints. After an error it is what was printed so far.
func (t *Template) Append(dst []byte, vars Variables, s Settings) ([]byte, error) {
	r := &run{settings: s, budget: Budget{s.Steps}, out: dst, base: len(dst), macros: t.macros}
	r.ctx = &scope{vars: map[string]java.Value{}, host: vars}
	err := r.all(t.nodes)
	var stop *stopError
	if errors.As(err, &stop) {
		err = nil
	}
	return r.out, err
}
