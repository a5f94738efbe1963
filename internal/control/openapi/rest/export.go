package rest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// ExportOptions are an export's parameters.
type ExportOptions struct {
	// Swagger writes 2.0 in place of 3.0.1, YAML YAML in place of JSON.
	Swagger, YAML bool
	// URL is the API's, such as https://abcdefghij.execute-api.eu-west-1.amazonaws.com, under which Stage is served.
	URL, Stage string
	// Integrations, Authorizers and Settings add extensions: without all of them an import makes another API. IncludeParts adds
	// the documentation as an extension too.
	Integrations, Authorizers, Settings, IncludeParts bool
	// Documentation is merged into what it describes; nil for none.
	Documentation *gateway.DocumentationVersion
}

// Version is what an export calls the version of an API: the date of its creation when it has none (AWS CLI's examples,
// get-export).
func Version(api gateway.RestAPI) string {
	if api.Version != "" {
		return api.Version
	}
	return api.CreatedAt.UTC().Format(time.RFC3339)
}

// Export writes what a deployment froze. Read makes an equal definition of one with all extensions, but for what such documents
// cannot say: descriptions and $schema of models that no file made, several responses for one pattern, and, in 2.0, which headers
// of responses are always there and models of one body by content type.
//
// Members stand in the order of AWS's exports, with names, generated texts and letters as there (recorded:
// test_export_swagger_openapi, test_export_oas30_openapi; developer guide, "OpenAPI definitions of the sample API"). AWS leaves
// the order of paths, models, parameters and headers to chance; here they are sorted.
func Export(snapshot *gateway.RestSnapshot, opts ExportOptions) ([]byte, error) {
	e := newExporter(snapshot, opts)
	root := e.document()
	if e.err != nil {
		return nil, e.err
	}
	if opts.YAML {
		return document.AppendYAML([]byte("---\n"), root, 0), nil
	}
	return document.AppendJSON(nil, root, 0), nil
}

// exporter makes a document's values. The first error stays.
type exporter struct {
	*gateway.RestSnapshot
	opts ExportOptions
	docs documented
	// authorizers and validators are by id, models by name.
	authorizers map[string]gateway.RestAuthorizer
	validators  map[string]string
	models      map[string]gateway.RestModel
	// apiKey and iam are the names of the schemes that ask for those; used says which do.
	apiKey, iam string
	used        map[string]bool
	err         error
}

func newExporter(snapshot *gateway.RestSnapshot, opts ExportOptions) *exporter {
	e := &exporter{
		RestSnapshot: snapshot, opts: opts, docs: documented{opts.Documentation}, authorizers: map[string]gateway.RestAuthorizer{},
		validators: map[string]string{}, models: map[string]gateway.RestModel{}, used: map[string]bool{},
	}
	taken := map[string]bool{}
	for _, a := range snapshot.Authorizers {
		e.authorizers[a.ID], taken[a.Name] = a, true
	}
	for _, v := range snapshot.Validators {
		e.validators[v.ID] = v.Name
	}
	for _, m := range snapshot.Models {
		e.models[m.Name] = m
	}
	free := func(name string) string {
		for taken[name] {
			name += "_"
		}
		return name
	}
	e.apiKey, e.iam = free("api_key"), free("sigv4")
	return e
}

func (e *exporter) document() *document.Value {
	root := object()
	if e.opts.Swagger {
		e.add(root, "swagger", text("2.0"))
	} else {
		e.add(root, "openapi", text("3.0.1"))
	}
	e.add(root, "info", e.info())
	e.server(root)
	if e.opts.Settings {
		e.addFull(root, "tags", e.tags())
	}
	e.add(root, "paths", e.paths())
	schemas, schemes := e.schemas(), e.securitySchemes()
	if e.opts.Swagger {
		e.addFull(root, "securityDefinitions", schemes)
		e.addFull(root, "definitions", schemas)
	} else {
		components := object()
		e.addFull(components, "schemas", schemas)
		e.addFull(components, "securitySchemes", schemes)
		e.add(root, "components", components)
	}
	e.docs.root(e, root)
	if e.opts.Settings {
		e.settings(root)
	}
	if e.opts.IncludeParts {
		e.addFull(root, extDocumentation, e.docs.parts(e))
	}
	return root
}

func (e *exporter) info() *document.Value {
	info := object()
	if e.opts.Swagger {
		e.addText(info, "description", e.API.Description)
		e.add(info, "version", text(Version(e.API)))
		e.add(info, "title", text(e.API.Name))
	} else {
		e.add(info, "title", text(e.API.Name))
		e.addText(info, "description", e.API.Description)
		e.add(info, "version", text(Version(e.API)))
	}
	e.docs.info(e, info)
	return info
}

func (e *exporter) server(root *document.Value) {
	endpoint := object()
	if e.API.DisableDefaultEndpoint {
		e.add(endpoint, "disableExecuteApiEndpoint", document.NewBool(true))
	}
	e.addFull(endpoint, "vpcEndpointIds", document.NewTexts(e.API.Endpoint.VPCEndpointIDs))
	if !e.opts.Settings {
		endpoint = object()
	}
	if e.opts.Swagger {
		scheme, host, _ := strings.Cut(e.opts.URL, "://")
		e.add(root, "host", text(host))
		e.add(root, "basePath", text("/"+e.opts.Stage))
		e.add(root, "schemes", document.NewTexts([]string{scheme}))
		e.addFull(root, extEndpoint, endpoint)
		return
	}
	base, variables, server := object(), object(), object()
	e.add(base, "default", text(e.opts.Stage))
	e.add(variables, "basePath", base)
	e.add(server, "url", text(e.opts.URL+"/{basePath}"))
	e.add(server, "variables", variables)
	e.addFull(server, extEndpoint, endpoint)
	e.add(root, "servers", document.NewList(server))
}

func (e *exporter) tags() *document.Value {
	tags := document.NewList()
	for _, name := range slices.Sorted(maps.Keys(e.API.Tags)) {
		tag := object()
		e.add(tag, "name", text(name))
		e.add(tag, extTagValue, text(e.API.Tags[name]))
		tags.AddItem(tag)
	}
	return tags
}

// schemas are the models; those of other languages than JSON Schema's have no place in such documents.
func (e *exporter) schemas() *document.Value {
	schemas := object()
	for _, name := range slices.Sorted(maps.Keys(e.models)) {
		if model := e.models[name]; model.ContentType == jsonType {
			e.add(schemas, name, e.schema(model))
		}
	}
	return schemas
}

func (e *exporter) schema(model gateway.RestModel) *document.Value {
	schema, err := document.ParseJSON([]byte(model.Schema))
	if err != nil || schema.Kind != document.Object {
		e.fail("the schema of model %s is no JSON object", model.Name)
		return object()
	}
	out := object()
	for _, m := range schema.Members {
		if m.Key != "$schema" {
			e.add(out, m.Key, e.unbound(m.Key, m.Value))
		}
	}
	e.docs.merge(e, out, gateway.DocumentationLocation{Type: "MODEL", Name: model.Name}, "title", "description")
	return out
}

// unbound turns the references of models into those of documents.
func (e *exporter) unbound(key string, v *document.Value) *document.Value {
	switch {
	case key == "$ref" && v.Kind == document.Text && strings.HasPrefix(v.Text, modelBase):
		_, name, ok := strings.Cut(strings.TrimPrefix(v.Text, modelBase), "/models/")
		if ok {
			return text(e.ref(name))
		}
	case v.Kind == document.Object:
		out := object()
		for _, m := range v.Members {
			e.add(out, m.Key, e.unbound(m.Key, m.Value))
		}
		return out
	case v.Kind == document.List:
		out := document.NewList()
		for _, item := range v.Items {
			out.AddItem(e.unbound("", item))
		}
		return out
	}
	return v
}

func (e *exporter) ref(model string) string {
	if e.opts.Swagger {
		return "#/definitions/" + model
	}
	return "#/components/schemas/" + model
}

func (e *exporter) settings(root *document.Value) {
	if e.API.Policy != "" {
		policy, err := document.ParseJSON([]byte(e.API.Policy))
		if err != nil {
			e.fail("the policy is no JSON")
			return
		}
		e.add(root, extPolicy, policy)
	}
	if e.API.APIKeySource == gateway.APIKeyFromAuthorizer {
		e.add(root, extAPIKeySource, text(e.API.APIKeySource))
	}
	e.addText(root, extSecurityPolicy, e.API.SecurityPolicy)
	e.addText(root, extAccessMode, e.API.EndpointAccessMode)
	e.addFull(root, extGatewayResponses, e.gatewayResponses())
	validators := object()
	for _, v := range sortedBy(e.Validators, func(v gateway.RequestValidator) string { return v.Name }) {
		out := object()
		e.add(out, "validateRequestParameters", document.NewBool(v.Parameters))
		e.add(out, "validateRequestBody", document.NewBool(v.Body))
		if _, twice := validators.Find(v.Name); !twice {
			e.add(validators, v.Name, out)
		}
	}
	e.addFull(root, extValidators, validators)
	e.addFull(root, extBinaryMediaTypes, document.NewTexts(e.API.BinaryMediaTypes))
	if size := e.API.MinimumCompressionSize; size != nil {
		e.add(root, extCompression, document.NewInt(*size))
	}
}

// gatewayResponses have their status as a number (recorded: public exports that Terraform's users keep).
func (e *exporter) gatewayResponses() *document.Value {
	all := object()
	for _, response := range sortedBy(e.GatewayResponses, func(r gateway.GatewayResponse) string { return string(r.Type) }) {
		v := object()
		if response.StatusCode != "" {
			e.add(v, "statusCode", document.NewScalar(document.Number, response.StatusCode, document.Place{}))
		}
		e.addFull(v, "responseParameters", e.mapping(response.Parameters))
		e.addFull(v, "responseTemplates", e.mapping(response.Templates))
		e.add(all, string(response.Type), v)
	}
	return all
}

func (e *exporter) mapping(m map[string]string) *document.Value {
	v := object()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e.add(v, key, text(m[key]))
	}
	return v
}

func sortedBy[T any](list []T, name func(T) string) []T {
	return slices.SortedFunc(slices.Values(list), func(a, b T) int { return strings.Compare(name(a), name(b)) })
}

func object() *document.Value { return document.New(document.Object, document.Place{}) }

func text(s string) *document.Value { return document.NewText(s) }

// add appends a member; addText and addFull do unless it is empty.
func (e *exporter) add(v *document.Value, key string, child *document.Value) {
	if err := v.Add(document.Member{Key: key, Value: child}); err != nil {
		e.fail("%s", err.Message)
	}
}

func (e *exporter) addText(v *document.Value, key, s string) {
	if s != "" {
		e.add(v, key, text(s))
	}
}

func (e *exporter) addFull(v *document.Value, key string, child *document.Value) {
	if !child.IsEmpty() {
		e.add(v, key, child)
	}
}

func (e *exporter) fail(format string, args ...any) {
	if e.err == nil {
		e.err = &Error{"Unable to export the API: " + fmt.Sprintf(format, args...)}
	}
}
