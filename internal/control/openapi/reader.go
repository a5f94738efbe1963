package openapi

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// What following references may cost.
const (
	// maxSteps bounds the work: each member that is looked at is a step, and so is each stepBytes of text.
	maxSteps  = 1_000_000
	stepBytes = 64
	// maxNoteBytes bounds the notes; further ones are left out.
	maxNoteBytes = 8 << 20
)

// reader makes a definition of a document's root.
type reader struct {
	root *document.Value
	opts Options
	vars *strings.Replacer
	def  Definition
	// prefix is what Options.BasePath puts before each path.
	prefix string
	// keys has the route key for each canonical one.
	keys map[string]string
	// refs caches the values that references name; nil stands for none.
	refs map[string]*document.Value
	// shared holds the integrations that references name.
	shared map[*document.Value]*Integration
	// used marks the integrations that are in the definition.
	used map[*Integration]bool
	// known has the security schemes by name; defaultSecurity is the root's requirement.
	known           map[string]scheme
	defaultSecurity requirement
	// steps and noteBytes count towards maxSteps and maxNoteBytes.
	steps, noteBytes int
}

func newReader(root *document.Value, opts Options) *reader {
	return &reader{
		root:   root,
		opts:   opts,
		vars:   document.Variables(opts.Tenant.Account, opts.Tenant.Region),
		keys:   map[string]string{},
		refs:   map[string]*document.Value{},
		shared: map[*document.Value]*Integration{},
		used:   map[*Integration]bool{},
	}
}

func (r *reader) read() error {
	if r.root.Kind != document.Object {
		return malformed(r.root.At, "The definition is not an object")
	}
	for _, read := range []func() error{
		r.version, r.info, r.rootKeys, r.tags, r.servers, r.components, r.paths, r.unusedIntegrations,
	} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// version accepts OpenAPI 3.0 only, as HTTP APIs do.
func (r *reader) version() error {
	if swagger := r.root.Get("swagger"); swagger != nil {
		return malformed(swagger.At, "HTTP APIs support only OpenAPI 3.0, not Swagger '%s'", swagger.Text)
	}
	v := r.root.Get("openapi")
	if v == nil || !v.IsScalar() {
		return malformed(r.root.At, "Unable to determine OAS version")
	}
	if v.Text != "3.0" && !strings.HasPrefix(v.Text, "3.0.") {
		return malformed(v.At, "Unable to determine OAS version from '%s'", v.Text)
	}
	return nil
}

func (r *reader) info() error {
	info, err := r.objectAt(r.root, "info", "info")
	if err != nil {
		return err
	}
	if info == nil {
		return missing(r.root.At, "info")
	}
	for _, field := range []struct {
		key string
		to  *string
	}{{"title", &r.def.Name}, {"version", &r.def.Version}, {"description", &r.def.Description}} {
		if *field.to, err = r.textAt(info, field.key, "info."+field.key); err != nil {
			return err
		}
	}
	if r.def.Name == "" {
		return missing(info.At, "info.title")
	}
	return nil
}

// tags reads the root's tags as AWS tags (developer guide, "x-amazon-apigateway-tag-value property").
func (r *reader) tags() error {
	tags := r.root.Get("tags")
	if tags == nil {
		return nil
	}
	if tags.Kind != document.List {
		return wrongType(tags.At, "tags", "array")
	}
	for i, tag := range tags.Items {
		if tag.Kind != document.Object {
			return wrongType(tag.At, fmt.Sprintf("tags[%d]", i), "object")
		}
		name, err := r.textAt(tag, "name", fmt.Sprintf("tags[%d].name", i))
		if err != nil {
			return err
		}
		if name == "" {
			return missing(tag.At, fmt.Sprintf("tags[%d].name", i))
		}
		tagValue, err := r.textAt(tag, extTagValue, fmt.Sprintf("tags[%d].%s", i, extTagValue))
		if err != nil {
			return err
		}
		if r.def.Tags == nil {
			r.def.Tags = map[string]string{}
		}
		r.def.Tags[name] = tagValue
	}
	return nil
}

// objectAt returns an object's member that must be an object if it is there.
func (r *reader) objectAt(v *document.Value, key, attribute string) (*document.Value, error) {
	child := v.Get(key)
	if child != nil && child.Kind != document.Object {
		return nil, wrongType(child.At, attribute, "object")
	}
	return child, nil
}

// textAt returns an object's member that must be a scalar if it is there.
func (r *reader) textAt(v *document.Value, key, attribute string) (string, error) {
	child := v.Get(key)
	if child == nil {
		return "", nil
	}
	if !child.IsScalar() {
		return "", wrongType(child.At, attribute, "string")
	}
	return r.vars.Replace(child.Text), nil
}

// spend counts steps; the error is about the value at that place.
func (r *reader) spend(steps int, at document.Place) error {
	if r.steps += steps; r.steps > maxSteps {
		return malformed(at, "References expand to too many elements")
	}
	return nil
}

func (r *reader) warn(at document.Place, format string, args ...any) {
	r.note(&r.def.Warnings, at, format, args)
}

func (r *reader) inform(at document.Place, format string, args ...any) {
	r.note(&r.def.Info, at, format, args)
}

func (r *reader) note(to *[]Note, at document.Place, format string, args []any) {
	if r.noteBytes > maxNoteBytes && len(*to) > 0 {
		return
	}
	message := fmt.Sprintf(format, args...)
	r.noteBytes += len(message)
	*to = append(*to, Note{message, at.Line, at.Column})
}

func (r *reader) unbuilt(at document.Place, name, where string) {
	if r.noteBytes > maxNoteBytes && len(r.def.Unbuilt) > 0 {
		return
	}
	r.noteBytes += len(where)
	r.def.Unbuilt = append(r.def.Unbuilt, Feature{name, where, at.Line, at.Column})
}

func missing(at document.Place, attribute string) *Error {
	return invalid(at, "Parse issue: attribute %s is missing", attribute)
}

func wrongType(at document.Place, attribute, want string) *Error {
	return invalid(at, "Parse issue: attribute %s is not of type `%s`", attribute, want)
}
