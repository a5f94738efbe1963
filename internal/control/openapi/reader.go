package openapi

import (
	"fmt"
	"strings"
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
	root *value
	opts Options
	vars *strings.Replacer
	def  Definition
	// prefix is what Options.BasePath puts before each path.
	prefix string
	// keys has the route key for each canonical one.
	keys map[string]string
	// refs caches the values that references name; nil stands for none.
	refs map[string]*value
	// shared holds the integrations that references name.
	shared map[*value]*Integration
	// used marks the integrations that are in the definition.
	used map[*Integration]bool
	// known has the security schemes by name; defaultSecurity is the root's requirement.
	known           map[string]scheme
	defaultSecurity requirement
	// steps and noteBytes count towards maxSteps and maxNoteBytes.
	steps, noteBytes int
}

func newReader(root *value, opts Options) *reader {
	return &reader{
		root:   root,
		opts:   opts,
		vars:   awsVariables(opts.Tenant.Account, opts.Tenant.Region),
		keys:   map[string]string{},
		refs:   map[string]*value{},
		shared: map[*value]*Integration{},
		used:   map[*Integration]bool{},
	}
}

func (r *reader) read() error {
	if r.root.kind != object {
		return malformed(r.root.at, "The definition is not an object")
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
	if swagger := r.root.get("swagger"); swagger != nil {
		return malformed(swagger.at, "HTTP APIs support only OpenAPI 3.0, not Swagger '%s'", swagger.text)
	}
	v := r.root.get("openapi")
	if v == nil || !v.isScalar() {
		return malformed(r.root.at, "Unable to determine OAS version")
	}
	if v.text != "3.0" && !strings.HasPrefix(v.text, "3.0.") {
		return malformed(v.at, "Unable to determine OAS version from '%s'", v.text)
	}
	return nil
}

func (r *reader) info() error {
	info, err := r.objectAt(r.root, "info", "info")
	if err != nil {
		return err
	}
	if info == nil {
		return missing(r.root.at, "info")
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
		return missing(info.at, "info.title")
	}
	return nil
}

// tags reads the root's tags as AWS tags (developer guide, "x-amazon-apigateway-tag-value property").
func (r *reader) tags() error {
	tags := r.root.get("tags")
	if tags == nil {
		return nil
	}
	if tags.kind != list {
		return wrongType(tags.at, "tags", "array")
	}
	for i, tag := range tags.items {
		if tag.kind != object {
			return wrongType(tag.at, fmt.Sprintf("tags[%d]", i), "object")
		}
		name, err := r.textAt(tag, "name", fmt.Sprintf("tags[%d].name", i))
		if err != nil {
			return err
		}
		if name == "" {
			return missing(tag.at, fmt.Sprintf("tags[%d].name", i))
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
func (r *reader) objectAt(v *value, key, attribute string) (*value, error) {
	child := v.get(key)
	if child != nil && child.kind != object {
		return nil, wrongType(child.at, attribute, "object")
	}
	return child, nil
}

// textAt returns an object's member that must be a scalar if it is there.
func (r *reader) textAt(v *value, key, attribute string) (string, error) {
	child := v.get(key)
	if child == nil {
		return "", nil
	}
	if !child.isScalar() {
		return "", wrongType(child.at, attribute, "string")
	}
	return r.vars.Replace(child.text), nil
}

// spend counts steps; the error is about the value at that place.
func (r *reader) spend(steps int, at place) error {
	if r.steps += steps; r.steps > maxSteps {
		return malformed(at, "References expand to too many elements")
	}
	return nil
}

func (r *reader) warn(at place, format string, args ...any) {
	r.note(&r.def.Warnings, at, format, args)
}

func (r *reader) inform(at place, format string, args ...any) {
	r.note(&r.def.Info, at, format, args)
}

func (r *reader) note(to *[]Note, at place, format string, args []any) {
	if r.noteBytes > maxNoteBytes && len(*to) > 0 {
		return
	}
	message := fmt.Sprintf(format, args...)
	r.noteBytes += len(message)
	*to = append(*to, Note{message, at.line, at.column})
}

func (r *reader) unbuilt(at place, name, where string) {
	if r.noteBytes > maxNoteBytes && len(r.def.Unbuilt) > 0 {
		return
	}
	r.noteBytes += len(where)
	r.def.Unbuilt = append(r.def.Unbuilt, Feature{name, where, at.line, at.column})
}

func missing(at place, attribute string) *Error {
	return invalid(at, "Parse issue: attribute %s is missing", attribute)
}

func wrongType(at place, attribute, want string) *Error {
	return invalid(at, "Parse issue: attribute %s is not of type `%s`", attribute, want)
}

// awsVariables replaces the variables that AWS resolves on import (developer guide, "AWS variables for OpenAPI import").
func awsVariables(account, region string) *strings.Replacer {
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.NewReplacer(
		"${AWS::AccountId}", account, "${AWS::Region}", region, "${AWS::Partition}", partition)
}
