package rest

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// What following references may cost.
const (
	// maxSteps bounds the work: each value that is looked at is a step.
	maxSteps = 1_000_000
	// maxNoteBytes bounds the notes; further ones are left out.
	maxNoteBytes = 1 << 20
)

// reader makes a definition of a document's root.
type reader struct {
	root *document.Value
	opts Options
	vars *strings.Replacer
	def  Definition
	// swagger tells 2.0 from 3.0.
	swagger bool
	// prefix is what Options.BasePath puts before each path.
	prefix string
	// refs caches what references name; nil stands for nothing.
	refs map[string]*document.Value
	// schemes are the security schemes by name.
	schemes map[string]scheme
	// models has the names of the document's models; inline those that schemas elsewhere were given.
	models map[string]bool
	inline map[*document.Value]string
	// steps and noteBytes count towards maxSteps and maxNoteBytes.
	steps, noteBytes int
}

func (r *reader) read() error {
	if r.root.Kind != document.Object {
		return errInput()
	}
	for _, read := range []func() error{r.version, r.basePath, r.settings, r.securitySchemes, r.definitions, r.paths, r.documentation} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) version() error {
	if v := r.root.Get("swagger"); v != nil {
		if v.Text != "2.0" {
			return errInput()
		}
		r.swagger = true
		return nil
	}
	v := r.root.Get("openapi")
	if v == nil || v.Text != "3.0" && !strings.HasPrefix(v.Text, "3.0.") {
		return errInput()
	}
	return nil
}

// component returns the part of the document that has kind by name, which 2.0 keeps at the root under another name.
func (r *reader) component(kind, swagger string) *document.Value {
	if r.swagger {
		return r.root.Get(swagger)
	}
	return r.root.Get("components").Get(kind)
}

// text returns a member that is a scalar, or nothing.
func (r *reader) text(v *document.Value, key string) string {
	child := v.Get(key)
	if child == nil || !child.IsScalar() {
		return ""
	}
	return r.vars.Replace(child.Text)
}

// texts returns the scalars of a member that is a list.
func (r *reader) texts(v *document.Value, key string) []string {
	var texts []string
	if child := v.Get(key); child != nil {
		for _, item := range child.Items {
			if item.IsScalar() {
				texts = append(texts, r.vars.Replace(item.Text))
			}
		}
	}
	return texts
}

func isTrue(v *document.Value, key string) bool {
	child := v.Get(key)
	if child == nil {
		return false
	}
	on, _ := child.AsBool()
	return on
}

// members returns the members of an object; a nil or another value has none.
func members(v *document.Value) []document.Member {
	if v == nil || v.Kind != document.Object {
		return nil
	}
	return v.Members
}

// follow returns the value that v stands for: v itself unless it is a reference, and nil if that leads nowhere.
func (r *reader) follow(v *document.Value) (*document.Value, error) {
	for seen := 0; ; seen++ {
		if v == nil || seen > document.MaxDepth {
			return nil, nil
		}
		ref, ok := document.Reference(v)
		if !ok {
			return v, r.spend(1)
		}
		target, known := r.refs[ref.Text]
		if !known {
			if pointer, local := strings.CutPrefix(ref.Text, "#"); local {
				target = r.root.Resolve(pointer)
			}
			r.refs[ref.Text] = target
		}
		v = target
	}
}

func (r *reader) spend(steps int) error {
	if r.steps += steps; r.steps > maxSteps {
		return &Error{"The references of the definition expand to too many elements."}
	}
	return nil
}

func (r *reader) warn(format string, args ...any) { r.note(&r.def.Warnings, format, args) }

func (r *reader) fail(format string, args ...any) { r.note(&r.def.Errors, format, args) }

func (r *reader) note(to *[]string, format string, args []any) {
	if r.noteBytes > maxNoteBytes && len(*to) > 0 {
		return
	}
	message := fmt.Sprintf(format, args...)
	r.noteBytes += len(message)
	*to = append(*to, message)
}
