// Package draft4 checks JSON bodies by JSON Schemas of draft 4, as API Gateway does: with the words of the Java library
// that it uses (github.com/java-json-tools/json-schema-validator), down to the order of the messages and to what is not
// looked at once something is wrong. testdata holds what the library itself says.
//
// Schemas are compiled once, for all bodies. What a body and a schema may cost together is bounded. The package stands
// below internal/step/validate and internal/control/apigateway, and may use internal/java.
package draft4

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// Model is a schema under a name, by which others may name it.
type Model struct {
	Name, Schema string
}

// modelHost begins the references to other models
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html):
// https://apigateway.amazonaws.com/restapis/API/models/NAME.
const modelHost = "https://apigateway.amazonaws.com/restapis/"

// Set holds the models of an API, each compiled when it is first asked for. It is not for concurrent use; what it returns is.
type Set struct {
	texts     map[string]string
	documents map[string]*document
}

// NewSet returns the set of some models.
func NewSet(models []Model) *Set {
	s := &Set{texts: make(map[string]string, len(models)), documents: map[string]*document{}}
	for _, m := range models {
		s.texts[m.Name] = m.Schema
	}
	return s
}

// Schema is a compiled schema: immutable, and for concurrent use.
type Schema struct {
	root *schema
	// parsers are for bodies.
	parsers sync.Pool
}

// Schema returns a model's schema. The error says why it cannot be used.
func (s *Set) Schema(name string) (*Schema, error) {
	root, err := s.resolve(nil, modelHost+"/models/"+name)
	if err != nil {
		return nil, err
	}
	return &Schema{root: root}, nil
}

// ErrUnchecked is of a body that can be found neither right nor wrong: because the schema cannot be carried out, or because
// that would take too long.
var ErrUnchecked = errors.New("draft4: the body cannot be checked by its schema")

// ErrNoJSON is of a body that is none, or has more values than may be checked.
var ErrNoJSON = errors.New("draft4: no JSON")

// Validate returns what is wrong with a body, nothing if it is right. The error is [ErrNoJSON] or wraps [ErrUnchecked].
func (s *Schema) Validate(body []byte) ([]string, error) {
	p, ok := s.parsers.Get().(*parser)
	if !ok {
		p = &parser{}
	}
	defer func() { p.reset(); s.parsers.Put(p) }()
	n, err := p.parse(body)
	if err != nil {
		return nil, err
	}
	v := validator{budget: maxCost}
	if ok := v.check(s.root, n, nil); v.err == nil && ok {
		return nil, nil
	}
	if v.err == nil {
		v = validator{budget: maxCost}
		var r report
		v.check(s.root, n, &r)
		if v.err == nil {
			return r.messages, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrUnchecked, v.err)
}

// Check returns what is wrong with a model's schema: that it is none, or the keywords in it that draft 4 does not have.
// Patterns that RE2 lacks are not wrong.
func Check(text string) (unknown []string, err error) {
	n, err := parse([]byte(text))
	if err != nil {
		return nil, err
	}
	d := &document{schemas: map[*node]*schema{}}
	if _, err := d.compile(n, 0); err != nil {
		return nil, err
	}
	return d.unknown, nil
}

// document is a model's schema, compiled.
type document struct {
	node *node
	// schemas are by the place of their node.
	schemas map[*node]*schema
	// pending are the schemas whose references are still to be resolved.
	pending []*schema
	unknown []string
	err     error
}

// document returns a model's document, compiled once.
func (s *Set) document(name string) (*document, error) {
	if d := s.documents[name]; d != nil {
		return d, d.err
	}
	text, ok := s.texts[name]
	if !ok {
		return nil, fmt.Errorf("there is no model %s", name)
	}
	d := &document{schemas: map[*node]*schema{}}
	s.documents[name] = d
	if d.node, d.err = parse([]byte(text)); d.err == nil {
		_, d.err = d.compile(d.node, 0)
	}
	if d.err != nil {
		d.err = fmt.Errorf("the model %s is no schema: %w", name, d.err)
		return d, d.err
	}
	s.settle(d)
	return d, nil
}

// settle resolves the references of a document. What leads nowhere is broken, and matters where it is looked at.
func (s *Set) settle(d *document) {
	for len(d.pending) > 0 {
		last := d.pending[len(d.pending)-1]
		d.pending = d.pending[:len(d.pending)-1]
		last.target, last.broken = s.resolve(d, last.ref)
	}
}

// resolve finds what a reference in a document leads to.
func (s *Set) resolve(in *document, ref string) (*schema, error) {
	address, pointer, _ := strings.Cut(ref, "#")
	d := in
	if address != "" {
		rest, ok := strings.CutPrefix(address, modelHost)
		_, name, named := strings.Cut(rest, "/models/")
		if !ok || !named {
			return nil, fmt.Errorf("%s names no model of this API", ref)
		}
		var err error
		if d, err = s.document(name); err != nil {
			return nil, err
		}
	}
	n := d.node
	if pointer != "" {
		rest, ok := strings.CutPrefix(pointer, "/")
		if !ok {
			return nil, fmt.Errorf("%s is no pointer", ref)
		}
		for part := range strings.SplitSeq(rest, "/") {
			if n = n.at(unescapePointer(part)); n == nil {
				return nil, fmt.Errorf("%s is not there", ref)
			}
		}
	}
	if known := d.schemas[n]; known != nil {
		return known, nil
	}
	late, err := d.compile(n, 0) // it stands below a keyword that draft 4 does not have
	if err != nil {
		return nil, fmt.Errorf("%s is no schema: %w", ref, err)
	}
	s.settle(d)
	return late, nil
}

// unescapePointer reads a part of a JSON pointer in a URI.
func unescapePointer(part string) string {
	if text, err := url.PathUnescape(part); err == nil {
		part = text
	}
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}
