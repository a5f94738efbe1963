package rest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// verbs are OpenAPI's, in its order. The any-method is an extension that every export has.
var verbs = []string{"get", "put", "post", "delete", "options", "head", "patch", extAnyMethod}

func (e *exporter) paths() *document.Value {
	paths := object()
	resources := slices.Clone(e.Resources)
	slices.SortFunc(resources, func(a, b gateway.Resource) int { return strings.Compare(a.Path, b.Path) })
	for _, resource := range resources {
		item := object()
		for _, key := range verbs {
			verb, _ := verbOf(key)
			if m := resource.Methods[verb]; m != nil {
				op := exported{exporter: e, Method: m, resource: resource, verb: verb}
				e.add(item, key, op.value())
			}
		}
		e.docs.merge(e, item, gateway.DocumentationLocation{Type: "RESOURCE", Path: resource.Path})
		e.addFull(paths, resource.Path, item)
	}
	return paths
}

// exported is a method on its way to the document.
type exported struct {
	*exporter
	*gateway.Method
	resource gateway.Resource
	verb     string
}

func (op exported) location(kind, name, status string) gateway.DocumentationLocation {
	return gateway.DocumentationLocation{Type: kind, Path: op.resource.Path, Method: op.verb, Name: name, StatusCode: status}
}

func (op exported) value() *document.Value {
	v := object()
	op.docs.merge(op.exporter, v, op.location("METHOD", "", ""), "tags", "summary", "description")
	op.addText(v, "operationId", op.OperationName)
	if op.opts.Swagger {
		op.addFull(v, "consumes", document.NewTexts(op.consumes()))
		op.addFull(v, "produces", document.NewTexts(op.produces()))
	}
	op.addFull(v, "parameters", op.parameters())
	if !op.opts.Swagger && len(op.RequestModels) > 0 {
		op.add(v, "requestBody", op.requestBody())
	}
	responses := object()
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		op.add(responses, status, op.response(status, op.Responses[status]))
	}
	op.add(v, "responses", responses)
	op.addFull(v, "security", op.security())
	if name := op.validators[op.RequestValidatorID]; op.opts.Settings {
		op.addText(v, extValidator, name)
	}
	if op.opts.Integrations && op.Integration != nil {
		op.add(v, extIntegration, op.integration())
	}
	return v
}

// consumes are the content types that a model or a template is for (recorded: test_export_swagger_openapi).
func (op exported) consumes() []string {
	types := slices.Collect(maps.Keys(op.RequestModels))
	if op.Integration != nil {
		types = slices.AppendSeq(types, maps.Keys(op.Integration.RequestTemplates))
	}
	return sorted(types)
}

func (op exported) produces() []string {
	var types []string
	for _, response := range op.Responses {
		types = slices.AppendSeq(types, maps.Keys(response.Models))
	}
	if op.Integration != nil {
		for _, response := range op.Integration.Responses {
			types = slices.AppendSeq(types, maps.Keys(response.Templates))
		}
	}
	return sorted(types)
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// parameters are sorted by where they stand and by their names.
func (op exported) parameters() *document.Value {
	list := document.NewList()
	for _, source := range [][3]string{
		{"path", "path", "PATH_PARAMETER"}, {"querystring", "query", "QUERY_PARAMETER"}, {"header", "header", "REQUEST_HEADER"},
	} {
		prefix := "method.request." + source[0] + "."
		for _, key := range slices.Sorted(maps.Keys(op.RequestParameters)) {
			name, ok := strings.CutPrefix(key, prefix)
			if !ok {
				continue
			}
			p, required := object(), op.RequestParameters[key]
			op.add(p, "name", text(name))
			op.add(p, "in", text(source[1]))
			op.docs.merge(op.exporter, p, op.location(source[2], name, ""), "description")
			if required || op.opts.Swagger {
				op.add(p, "required", document.NewBool(required))
			}
			op.typed(p)
			list.AddItem(p)
		}
	}
	if op.opts.Swagger && len(op.RequestModels) > 0 {
		list.AddItem(op.bodyParameter())
	}
	return list
}

// typed says that a parameter or a header is text: nothing else is known.
func (op exported) typed(v *document.Value) {
	if op.opts.Swagger {
		op.add(v, "type", text("string"))
		return
	}
	schema := object()
	op.add(schema, "type", text("string"))
	op.add(v, "schema", schema)
}

// bodyParameter is of the JSON model, or of the first one: 2.0 knows one schema of a body.
func (op exported) bodyParameter() *document.Value {
	model := op.RequestModels[cmp.Or(jsonIn(op.RequestModels), first(op.RequestModels))]
	p := object()
	op.add(p, "in", text("body"))
	op.add(p, "name", text(model))
	op.docs.merge(op.exporter, p, op.location("REQUEST_BODY", "", ""), "description")
	op.add(p, "required", document.NewBool(true))
	op.add(p, "schema", op.reference(model))
	return p
}

func jsonIn(models map[string]string) string {
	if _, there := models[jsonType]; there {
		return jsonType
	}
	return ""
}

func first(models map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(models)) {
		return key
	}
	return ""
}

// reference refers to a model. The refusal is AWS's (developer guide, "Export a REST API from API Gateway").
func (op exported) reference(model string) *document.Value {
	if found, there := op.models[model]; there && found.ContentType != jsonType {
		op.fail("Only found non-JSON body models for %s %s", op.verb, op.resource.Path)
	}
	v := object()
	op.add(v, "$ref", text(op.ref(model)))
	return v
}

func (op exported) requestBody() *document.Value {
	body := object()
	op.docs.merge(op.exporter, body, op.location("REQUEST_BODY", "", ""), "description")
	op.add(body, "content", op.content(op.RequestModels))
	op.add(body, "required", document.NewBool(true))
	return body
}

func (op exported) content(models map[string]string) *document.Value {
	content := object()
	for _, contentType := range slices.Sorted(maps.Keys(models)) {
		media := object()
		op.add(media, "schema", op.reference(models[contentType]))
		op.add(content, contentType, media)
	}
	return content
}

func (op exported) response(status string, response gateway.MethodResponse) *document.Value {
	v := object()
	op.docs.merge(op.exporter, v, op.location("RESPONSE", "", status), "description")
	if _, there := v.Find("description"); !there {
		op.add(v, "description", text(status+" response"))
	}
	if op.opts.Swagger && len(response.Models) > 0 {
		op.add(v, "schema", op.reference(response.Models[cmp.Or(jsonIn(response.Models), first(response.Models))]))
	}
	headers := object()
	for _, key := range slices.Sorted(maps.Keys(response.Parameters)) {
		name := strings.TrimPrefix(key, "method.response.header.")
		header := object()
		op.docs.merge(op.exporter, header, op.location("RESPONSE_HEADER", name, status), "description")
		if response.Parameters[key] && !op.opts.Swagger {
			op.add(header, "required", document.NewBool(true))
		}
		op.typed(header)
		op.add(headers, name, header)
	}
	op.addFull(v, "headers", headers)
	if !op.opts.Swagger {
		op.add(v, "content", op.content(response.Models))
	}
	return v
}

// integration leaves out what is AWS's default (recorded: test_export_oas30_openapi).
func (op exported) integration() *document.Value {
	in, v := op.Integration, object()
	op.add(v, "type", text(strings.ToLower(string(in.Type))))
	op.addText(v, "credentials", in.Credentials)
	op.addText(v, "connectionId", in.ConnectionID)
	op.addText(v, "httpMethod", in.Method)
	op.addText(v, "uri", in.URI)
	op.addText(v, "integrationTarget", in.Target)
	op.addFull(v, "responses", op.integrationResponses())
	op.addFull(v, "requestParameters", op.mapping(in.RequestParameters))
	op.addFull(v, "requestTemplates", op.mapping(in.RequestTemplates))
	op.add(v, "passthroughBehavior", text(strings.ToLower(in.PassthroughBehavior)))
	if in.ConnectionType == gateway.ConnectionVPCLink {
		op.add(v, "connectionType", text(in.ConnectionType))
	}
	if in.TimeoutMillis != gateway.DefaultRestTimeoutMillis {
		op.add(v, "timeoutInMillis", document.NewInt(in.TimeoutMillis))
	}
	if in.CacheNamespace != op.resource.ID {
		op.addText(v, "cacheNamespace", in.CacheNamespace)
	}
	op.addFull(v, "cacheKeyParameters", document.NewTexts(in.CacheKeyParameters))
	op.addText(v, "contentHandling", in.ContentHandling)
	op.addText(v, "responseTransferMode", in.TransferMode)
	if skip := in.InsecureSkipVerification; skip != nil {
		tls := object()
		op.add(tls, "insecureSkipVerification", document.NewBool(*skip))
		op.add(v, "tlsConfig", tls)
	}
	return v
}

// integrationResponses are by their pattern. Of several with one pattern, only the first can be chosen.
func (op exported) integrationResponses() *document.Value {
	all := object()
	for _, status := range slices.Sorted(maps.Keys(op.Integration.Responses)) {
		response, pattern := op.Integration.Responses[status], "default"
		if p := response.SelectionPattern; p != nil && *p != "" {
			pattern = *p
		}
		if _, taken := all.Find(pattern); taken {
			continue
		}
		v := object()
		op.add(v, "statusCode", text(status))
		op.addFull(v, "responseParameters", op.mapping(response.Parameters))
		op.addFull(v, "responseTemplates", op.mapping(response.Templates))
		op.addText(v, "contentHandling", response.ContentHandling)
		op.add(all, pattern, v)
	}
	return all
}
