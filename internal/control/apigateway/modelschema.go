package apigateway

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/draft4"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// maxModel is the longest schema of a model in bytes (limits).
const maxModel = 400 << 10

// checkModelName has the texts of test_model_validation (recorded) and of reports of the Serverless Framework's users.
func checkModelName(name string) error {
	if name == "" {
		return badRequest("Model name must be non-empty")
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return badRequest("Model name must be alphanumeric: %s", name)
		}
	}
	return nil
}

const (
	invalidModel  = "Invalid model specified: "
	invalidSchema = "Invalid model schema specified"
)

// checkModel checks a model as it would be stored. The first text is recorded (test_model_validation, test_update_model),
// those of schemas are of reports of importers' users.
func (r reader) checkModel(apiID string, model gateway.RestModel) error {
	if model.Schema == "" {
		return badRequest("Model schema must have at least 1 property or array items defined")
	}
	if len(model.Schema) > maxModel {
		return badRequest("The schema of a model has at most %d bytes", maxModel)
	}
	if err := checkContentType(model.ContentType); err != nil || model.ContentType != jsonType {
		return err
	}
	tree, err := parseTree(model.Schema)
	if err != nil || tree.object == nil {
		return validationResult(invalidModel, invalidSchema)
	}
	var errs []string
	if _, err := draft4.Check(model.Schema); err != nil {
		errs = append(errs, invalidSchema)
	}
	for _, ref := range refsOf(tree) {
		if strings.HasPrefix(ref.text, "#") {
			continue
		}
		name, ok := strings.CutPrefix(ref.text, rest.ModelURL(apiID, ""))
		if !ok {
			errs = append(errs, "Model reference must be in canonical form")
			continue
		}
		if name == model.Name {
			continue
		}
		if _, err := state.RestModels().Get(r, r.key(apiID, name)); errors.Is(err, store.ErrNotFound) {
			errs = append(errs, "Invalid model reference specified: "+ref.text)
		} else if err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return validationResult(invalidModel, errs...)
	}
	return nil
}

// checkKeywords refuses what draft 4 does not have (reported: segurvita/swagger-rm-example; clouddrove/terraform-aws-api-gateway
// issue 30). Definitions that are imported may have it: it means nothing.
func checkKeywords(model gateway.RestModel) error {
	unknown, err := draft4.Check(model.Schema)
	if err != nil || len(unknown) == 0 || model.ContentType != jsonType {
		return nil
	}
	slices.Sort(unknown)
	return validationResult(invalidModel, invalidSchema+`. Unsupported keyword(s): ["`+strings.Join(unknown, `","`)+`"]`)
}

// refsOf returns the values of every $ref.
func refsOf(tree *node) []*node {
	var refs []*node
	for _, m := range tree.object {
		if m.name == "$ref" && m.value.kind == textNode {
			refs = append(refs, m.value)
			continue
		}
		refs = append(refs, refsOf(m.value)...)
	}
	for _, item := range tree.array {
		refs = append(refs, refsOf(item)...)
	}
	return refs
}

// namesOther reports whether a schema names a model of the API.
func namesOther(schema, apiID, name string) bool {
	tree, err := parseTree(schema)
	return err == nil && slices.ContainsFunc(refsOf(tree), func(ref *node) bool { return ref.text == rest.ModelURL(apiID, name) })
}

// flatten puts the models that a schema names into its definitions, and names them there.
func (r reader) flatten(apiID, schema string) (string, error) {
	tree, err := parseTree(schema)
	if err != nil || tree.object == nil {
		return schema, nil // the schema of another language than JSON's
	}
	named := map[string]*node{}
	if err := r.resolve(apiID, tree, named); err != nil || len(named) == 0 {
		return schema, err
	}
	definitions := tree.member("definitions")
	if definitions == nil || definitions.kind != objectNode {
		definitions = &node{kind: objectNode, object: []member{}}
		tree.object = append(tree.object, member{"definitions", definitions})
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		definitions.object = append(definitions.object, member{name, named[name]})
	}
	return tree.String(), nil
}

// resolve renames the references of a tree and collects what they name. What is missing is left as it is.
func (r reader) resolve(apiID string, tree *node, named map[string]*node) error {
	for _, ref := range refsOf(tree) {
		name, ok := strings.CutPrefix(ref.text, rest.ModelURL(apiID, ""))
		if !ok {
			continue
		}
		if named[name] == nil {
			model, err := state.RestModels().Get(r, r.key(apiID, name))
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			other, err := parseTree(model.Schema)
			if err != nil {
				continue
			}
			within(other, "#/definitions/"+name)
			named[name] = other
			if err := r.resolve(apiID, other, named); err != nil {
				return err
			}
		}
		ref.text = "#/definitions/" + name
	}
	return nil
}

// within renames the references of a schema to itself, when it has become a part of another one.
func within(tree *node, place string) {
	for _, ref := range refsOf(tree) {
		if rest, ok := strings.CutPrefix(ref.text, "#"); ok {
			ref.text = place + rest
		}
	}
}
