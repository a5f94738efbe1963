package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

const jsonType = "application/json"

// notCanonical is AWS's text for references that are not to models (public reports of CDK's users, 2024).
const notCanonical = "Unable to create model for '%s': Invalid model specified: Validation Result: warnings : [], errors : [Model reference must be in canonical form]"

// definitions makes models of the document's schemas.
func (r *reader) definitions() error {
	schemas := members(r.component("schemas", "definitions"))
	for _, m := range schemas {
		r.models[m.Key] = true
	}
	for _, m := range schemas {
		if err := r.model(m.Key, m.Value); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) model(name string, schema *document.Value) error {
	plain, err := r.plain(schema, &name)
	if err != nil {
		return err
	}
	r.def.Models = append(r.def.Models, gateway.RestModel{
		Name: name, Description: r.text(schema, "description"), ContentType: jsonType, Schema: string(document.AppendJSON(nil, plain, 0)),
	})
	return nil
}

// use says where a schema is used, for a warning.
type use struct{ place, verb, path string }

// modelOf returns the name of the model that a schema stands for, or nothing with a warning.
func (r *reader) modelOf(schema *document.Value, of use) (string, error) {
	if ref, ok := document.Reference(schema); ok {
		if name, ok := schemaName(ref.Text); ok {
			if !r.models[name] { // recorded: public reports of CDK's users, 2024
				r.warn("Reference to model '%s' not found. Ignoring.", name)
				return "", nil
			}
			return name, nil
		}
		target, err := r.follow(schema)
		if err != nil {
			return "", err
		}
		if target == nil {
			r.warn("Reference to model '%s' not found. Ignoring.", ref.Text)
			return "", nil
		}
		schema = target
	}
	if schema.Kind != document.Object {
		return "", nil
	}
	if class, ok := primitives()[r.text(schema, "type")]; ok { // recorded: a public report of an import (StudentEvents OAS, README)
		r.warn("Unsupported model type '%s' in %s to method '%s %s'. Ignoring.", class, of.place, of.verb, of.path)
		return "", nil
	}
	if name, ok := r.inline[schema]; ok {
		return name, nil
	}
	return r.generate(schema)
}

// primitives names the types of schemas that AWS makes no model of when they have no name.
func primitives() map[string]string {
	return map[string]string{
		"string": "StringSchema", "integer": "IntegerSchema", "number": "NumberSchema", "boolean": "BooleanSchema", "file": "FileSchema",
	}
}

// generate makes a model of a schema that has no name. The name follows from the schema, so that importing it again makes no
// other model.
func (r *reader) generate(schema *document.Value) (string, error) {
	const shortest = 6
	plain, err := r.plain(schema, new(string))
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(document.AppendCompact(nil, plain))
	hash := hex.EncodeToString(digest[:])
	for n := shortest; n < len(hash); n++ {
		name := "MODEL" + hash[:n]
		if !r.models[name] {
			r.models[name], r.inline[schema] = true, name
			return name, r.model(name, schema)
		}
		if i := r.indexOf(name, plain); i >= 0 {
			r.inline[schema] = name
			return name, nil
		}
	}
	return "", errInput()
}

// indexOf returns where the model of that name and schema is, or -1.
func (r *reader) indexOf(name string, plain *document.Value) int {
	for i, model := range r.def.Models {
		if model.Name == name && model.Schema == string(document.AppendJSON(nil, plain, 0)) {
			return i
		}
	}
	return -1
}

// schemaName returns the name in a reference to a schema of the document.
func schemaName(ref string) (string, bool) {
	name, ok := strings.CutPrefix(ref, "#/definitions/")
	if !ok {
		name, ok = strings.CutPrefix(ref, "#/components/schemas/")
	}
	return name, ok && name != "" && !strings.Contains(name, "/")
}

// plain returns v as JSON can have it. In the schema of a model, references become those that models have; what else they name
// in the document is put in their place.
func (r *reader) plain(v *document.Value, model *string) (*document.Value, error) {
	p := plainer{reader: r, model: model}
	return p.value(v, 0)
}

type plainer struct {
	*reader
	// model is the model whose schema it is; nil for what is no schema.
	model *string
}

func (p *plainer) value(v *document.Value, depth int) (*document.Value, error) {
	if depth > document.MaxDepth {
		return nil, &Error{"A reference of the definition leads back to itself."}
	}
	if err := p.spend(1); err != nil {
		return nil, err
	}
	switch v.Kind {
	case document.Number:
		return plainNumber(v), nil
	case document.Boolean:
		on, _ := v.AsBool()
		return document.NewBool(on), nil
	case document.List:
		out := document.NewList()
		for _, item := range v.Items {
			child, err := p.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			out.AddItem(child)
		}
		return out, nil
	case document.Object:
		return p.object(v, depth)
	case document.Null, document.Text:
	}
	return v, nil
}

func (p *plainer) object(v *document.Value, depth int) (*document.Value, error) {
	if ref, ok := document.Reference(v); ok && p.model != nil {
		if name, ok := schemaName(ref.Text); ok {
			out := document.New(document.Object, v.At)
			return out, added(out, "$ref", document.NewText(ModelURL(unbound, name)))
		}
		if pointer, local := strings.CutPrefix(ref.Text, "#"); local {
			target := p.root.Resolve(pointer)
			if target != nil && target.Kind == document.Object {
				return p.value(target, depth+1)
			}
			if *p.model != "" {
				p.fail(notCanonical, *p.model)
			}
		}
	}
	out := document.New(document.Object, v.At)
	for _, m := range v.Members {
		child, err := p.value(m.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if err := added(out, m.Key, child); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func added(v *document.Value, key string, child *document.Value) error {
	if err := v.Add(document.Member{Key: key, Value: child}); err != nil {
		return errInput()
	}
	return nil
}

// plainNumber turns a number of YAML's into one of JSON's, or into text.
func plainNumber(v *document.Value) *document.Value {
	if json.Valid([]byte(v.Text)) {
		return v
	}
	if n, err := strconv.ParseInt(strings.ReplaceAll(v.Text, "_", ""), 0, 64); err == nil {
		return document.NewScalar(document.Number, strconv.FormatInt(n, 10), v.At)
	}
	if f, err := strconv.ParseFloat(v.Text, 64); err == nil {
		if text, err := json.Marshal(f); err == nil {
			return document.NewScalar(document.Number, string(text), v.At)
		}
	}
	return document.NewScalar(document.Text, v.Text, v.At)
}
