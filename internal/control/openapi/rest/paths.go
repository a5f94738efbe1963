package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

func (r *reader) paths() error {
	for _, m := range members(r.root.Get("paths")) {
		if strings.HasPrefix(m.Key, "x-") {
			continue
		}
		item, err := r.follow(m.Value)
		if err != nil {
			return err
		}
		if err := r.path(m.Key, item); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) path(path string, item *document.Value) error {
	p := Path{Path: r.fullPath(path)}
	for _, m := range members(item) {
		verb, ok := verbOf(m.Key)
		if !ok || m.Value.Kind != document.Object {
			continue
		}
		op := operation{reader: r, v: m.Value, item: item, path: p.Path}
		op.out.Verb = verb
		if err := op.read(); err != nil {
			return err
		}
		p.Operations = append(p.Operations, op.out)
	}
	r.def.Paths = append(r.def.Paths, p)
	return nil
}

// verbOf returns the method of a path item's member; TRACE is none that REST APIs have.
func verbOf(key string) (string, bool) {
	switch key {
	case "get", "put", "post", "delete", "options", "head", "patch":
		return strings.ToUpper(key), true
	case extAnyMethod:
		return gateway.MethodAny, true
	}
	return "", false
}

// operation reads one method.
type operation struct {
	*reader
	v, item *document.Value
	path    string
	out     Operation
}

func (op *operation) read() error {
	m := &op.out.Method
	m.OperationName = op.text(op.v, "operationId")
	op.out.Validator = op.text(op.v, extValidator)
	if op.out.Validator == "" {
		op.out.Validator = op.text(op.root, extValidator)
	}
	for _, read := range []func() error{op.parameters, op.requestBody, op.responses, op.authorize, op.integration} {
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// parameters are those of the path and the operation's own, which hold before them. Variables of the path need not be declared
// (recorded: test_import_and_validate_rest_api).
func (op *operation) parameters() error {
	for part := range strings.SplitSeq(op.path, "/") {
		if parsed, ok := gateway.ParsePathPart(part); ok && parsed.Variable != "" {
			op.require("path", parsed.Variable, true)
		}
	}
	for _, list := range []*document.Value{op.item.Get("parameters"), op.v.Get("parameters")} {
		if list == nil {
			continue
		}
		for _, item := range list.Items {
			parameter, err := op.follow(item)
			if err != nil {
				return err
			}
			if parameter == nil {
				op.warn("Reference to parameter '%s' not found. Ignoring.", item.Get("$ref").Text)
				continue
			}
			if err := op.parameter(parameter); err != nil {
				return err
			}
		}
	}
	return nil
}

func (op *operation) parameter(v *document.Value) error {
	name, in := op.text(v, "name"), op.text(v, "in")
	switch in {
	case "path":
		op.require("path", name, true)
	case "query":
		op.require("querystring", name, isTrue(v, "required"))
	case "header":
		op.require("header", name, isTrue(v, "required"))
	case "body":
		return op.body(v.Get("schema"), op.mediaTypes("consumes"))
	default:
		op.warn("Parameter '%s' in %s of method '%s %s' is not supported. Ignoring.", name, in, op.out.Verb, op.path)
	}
	return nil
}

func (op *operation) require(source, name string, required bool) {
	m := &op.out.Method
	if m.RequestParameters == nil {
		m.RequestParameters = map[string]bool{}
	}
	m.RequestParameters["method.request."+source+"."+name] = required
}

// mediaTypes returns what an operation or else the document consumes or produces, in 2.0.
func (op *operation) mediaTypes(key string) []string {
	for _, v := range []*document.Value{op.v, op.root} {
		if types := op.texts(v, key); len(types) > 0 {
			return types
		}
	}
	return []string{jsonType}
}

func (op *operation) body(schema *document.Value, types []string) error {
	if schema == nil {
		return nil
	}
	model, err := op.modelOf(schema, use{"request", op.out.Verb, op.path})
	if err != nil || model == "" {
		return err
	}
	for _, contentType := range types {
		set(&op.out.Method.RequestModels, contentType, model)
	}
	return nil
}

func set[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}

// requestBody is 3.0's.
func (op *operation) requestBody() error {
	body, err := op.follow(op.v.Get("requestBody"))
	if err != nil {
		return err
	}
	for _, media := range members(body.Get("content")) {
		if err := op.body(media.Value.Get("schema"), []string{media.Key}); err != nil {
			return err
		}
	}
	return nil
}

func (op *operation) responses() error {
	for _, m := range members(op.v.Get("responses")) {
		if m.Key == "default" || strings.HasPrefix(m.Key, "x-") {
			continue
		}
		v, err := op.follow(m.Value)
		if err != nil {
			return err
		}
		if !isStatus(m.Key) {
			op.warn("Unsupported response code '%s' in method '%s %s'. Ignoring.", m.Key, op.out.Verb, op.path)
			continue
		}
		response, err := op.response(v, m.Key)
		if err != nil {
			return err
		}
		set(&op.out.Method.Responses, m.Key, response)
	}
	return nil
}

func (op *operation) response(v *document.Value, status string) (gateway.MethodResponse, error) {
	var response gateway.MethodResponse
	for _, header := range members(v.Get("headers")) {
		declared, err := op.follow(header.Value)
		if err != nil {
			return response, err
		}
		set(&response.Parameters, "method.response.header."+header.Key, isTrue(declared, "required"))
	}
	schemas := map[string]*document.Value{}
	types := []string{}
	if op.swagger {
		if schema := v.Get("schema"); schema != nil {
			for _, contentType := range op.mediaTypes("produces") {
				schemas[contentType], types = schema, append(types, contentType)
			}
		}
	}
	for _, media := range members(v.Get("content")) {
		if schema := media.Value.Get("schema"); schema != nil && !op.swagger {
			schemas[media.Key], types = schema, append(types, media.Key)
		}
	}
	for _, contentType := range types {
		model, err := op.modelOf(schemas[contentType], use{status + " response", op.out.Verb, op.path})
		if err != nil {
			return response, err
		}
		if model != "" {
			set(&response.Models, contentType, model)
		}
	}
	return response, nil
}

func isStatus(s string) bool {
	return len(s) == 3 && strings.Trim(s, "0123456789") == ""
}
