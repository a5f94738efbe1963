package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// OutputType is an export's format.
type OutputType string

// The formats.
const (
	JSON OutputType = "JSON"
	YAML OutputType = "YAML"
)

// ExportOptions are an export's parameters.
type ExportOptions struct {
	// Output is JSON if empty.
	Output OutputType
	// Extensions adds the x-amazon-apigateway-* and x-dipylon-* members, without which an import makes another API.
	Extensions bool
	// URL is the API's, such as https://abcdefghij.execute-api.eu-west-1.amazonaws.com.
	URL string
	// Time stands for the version of an API that has none.
	Time time.Time
}

// Export writes a definition as an OpenAPI 3.0.1 document. Its Unbuilt, Warnings and Info, and all places, are of no
// interest.
//
// The document has the order of members, the generated descriptions and the spelling of AWS's exports (recorded:
// aws-behaviour-http-api.md, fact 69; CX:26017641741; CX:43413526664; CX:56887779972; CX:9222701705), with paths, tags and
// parameters sorted. Read makes an equal definition of one with extensions, but for the order of routes and integrations and
// for three things: an API without a version gets a date; an integration that several routes share gets a name, unless it has
// one; and one that no route uses gets a name that says so.
//
// It fails if two routes have the same path and method, two authorizers the same name, a route with gateway.JWT none, or a
// key is too long to be imported.
func Export(def *Definition, opts ExportOptions) ([]byte, error) {
	e := exporter{def: def, opts: opts, named: map[string]*Integration{}, names: map[*Integration]string{}}
	routes := e.exportRoutes()
	e.nameIntegrations(routes)
	root := e.document(routes)
	if e.err != nil {
		return nil, e.err
	}
	switch opts.Output {
	case JSON, "":
		return document.AppendJSON(nil, root, 0), nil
	case YAML:
		return document.AppendYAML([]byte("---\n"), root, 0), nil
	}
	return nil, fmt.Errorf("output type %q is neither JSON nor YAML", opts.Output)
}

// exporter makes a document's values. The first error stays.
type exporter struct {
	def  *Definition
	opts ExportOptions
	// named has the integrations that stand under components by their names there, and names the names.
	named map[string]*Integration
	names map[*Integration]string
	err   error
}

func (e *exporter) document(routes []exportRoute) *document.Value {
	root := document.New(document.Object, document.Place{})
	e.add(root, "openapi", document.NewText("3.0.1"))
	e.add(root, "info", e.info())
	e.add(root, "servers", document.NewList(e.server()))
	e.addFull(root, "tags", e.tags())
	e.add(root, "paths", e.paths(routes))
	e.addFull(root, "components", e.components())
	if e.opts.Extensions {
		if e.def.CORS != nil {
			e.add(root, extCORS, e.cors(e.def.CORS))
		}
		e.addDipylon(root, e.def.Extensions)
		e.add(root, extExportVersion, document.NewText("1.0"))
	}
	return root
}

func (e *exporter) info() *document.Value {
	info := document.New(document.Object, document.Place{})
	e.add(info, "title", document.NewText(e.def.Name))
	e.addText(info, "description", e.def.Description)
	e.add(info, "version", document.NewText(cmp.Or(e.def.Version, e.opts.Time.UTC().Format("2006-01-02 15:04:05UTC"))))
	return info
}

func (e *exporter) server() *document.Value {
	base := document.New(document.Object, document.Place{})
	e.add(base, "default", document.NewText(e.def.BasePath))
	variables := document.New(document.Object, document.Place{})
	e.add(variables, "basePath", base)
	server := document.New(document.Object, document.Place{})
	e.add(server, "url", document.NewText(e.opts.URL+"/{basePath}"))
	e.add(server, "variables", variables)
	if e.opts.Extensions && e.def.DisableExecuteAPIEndpoint {
		configuration := document.New(document.Object, document.Place{})
		e.add(configuration, "disableExecuteApiEndpoint", document.NewBool(true))
		e.add(server, extEndpoint, configuration)
	}
	return server
}

func (e *exporter) tags() *document.Value {
	tags := document.NewList()
	for _, name := range slices.Sorted(maps.Keys(e.def.Tags)) {
		tag := document.New(document.Object, document.Place{})
		e.add(tag, "name", document.NewText(name))
		if e.opts.Extensions {
			e.add(tag, extTagValue, document.NewText(e.def.Tags[name]))
		}
		tags.AddItem(tag)
	}
	return tags
}

// cors has the members in AWS's order; allowCredentials is always there (recorded: CX:43413526664).
func (e *exporter) cors(c *gateway.CORS) *document.Value {
	v := document.New(document.Object, document.Place{})
	e.addFull(v, "allowMethods", document.NewTexts(c.AllowMethods))
	e.addFull(v, "allowHeaders", document.NewTexts(c.AllowHeaders))
	e.addFull(v, "exposeHeaders", document.NewTexts(c.ExposeHeaders))
	if c.MaxAge != nil {
		e.add(v, "maxAge", document.NewInt(*c.MaxAge))
	}
	e.add(v, "allowCredentials", document.NewBool(c.AllowCredentials))
	e.addFull(v, "allowOrigins", document.NewTexts(c.AllowOrigins))
	return v
}

func (e *exporter) components() *document.Value {
	schemes := document.New(document.Object, document.Place{})
	for _, a := range e.def.Authorizers {
		e.add(schemes, a.Name, e.securityScheme(a))
	}
	components := document.New(document.Object, document.Place{})
	e.addFull(components, "securitySchemes", schemes)
	if e.opts.Extensions {
		integrations := document.New(document.Object, document.Place{})
		for _, name := range slices.Sorted(maps.Keys(e.named)) {
			e.add(integrations, name, e.integration(e.named[name]))
		}
		e.addFull(components, extIntegrations, integrations)
	}
	return components
}

// securityScheme is oauth2 for a JWT authorizer, whatever it was (recorded: CX:56887779972).
func (e *exporter) securityScheme(a *Authorizer) *document.Value {
	if a.Type == gateway.LambdaAuthorizer {
		return e.lambdaScheme(a)
	}
	v := document.New(document.Object, document.Place{})
	e.add(v, "type", document.NewText("oauth2"))
	e.add(v, "flows", document.New(document.Object, document.Place{}))
	if !e.opts.Extensions {
		return v
	}
	config := document.New(document.Object, document.Place{})
	e.addFull(config, "audience", document.NewTexts(a.Audience))
	e.add(config, "issuer", document.NewText(a.Issuer))
	authorizer := document.New(document.Object, document.Place{})
	e.identitySource(authorizer, a)
	e.add(authorizer, "jwtConfiguration", config)
	e.add(authorizer, "type", document.NewText("jwt"))
	e.add(v, extAuthorizer, authorizer)
	return v
}

// lambdaScheme is as in the developer guide, "x-amazon-apigateway-authorizer object": an API key where the first identity
// source stands.
func (e *exporter) lambdaScheme(a *Authorizer) *document.Value {
	name, in := "Unused", "header"
	for _, source := range a.IdentitySource {
		if header, ok := strings.CutPrefix(source, "$request.header."); ok {
			name = header
			break
		}
		if parameter, ok := strings.CutPrefix(source, "$request.querystring."); ok {
			name, in = parameter, "query"
			break
		}
	}
	v := document.New(document.Object, document.Place{})
	e.add(v, "type", document.NewText("apiKey"))
	e.add(v, "name", document.NewText(name))
	e.add(v, "in", document.NewText(in))
	if !e.opts.Extensions {
		return v
	}
	authorizer := document.New(document.Object, document.Place{})
	e.identitySource(authorizer, a)
	e.addText(authorizer, "authorizerUri", a.URI)
	e.addText(authorizer, "authorizerCredentials", a.Credentials)
	e.addText(authorizer, "authorizerPayloadFormatVersion", a.PayloadVersion)
	if a.TTLSeconds != 0 {
		e.add(authorizer, "authorizerResultTtlInSeconds", document.NewInt(a.TTLSeconds))
	}
	if a.SimpleResponses {
		e.add(authorizer, "enableSimpleResponses", document.NewBool(true))
	}
	e.add(authorizer, "type", document.NewText("request"))
	e.add(v, extAuthorizer, authorizer)
	return v
}

// identitySource writes text with commas between its parts, where that can be read again.
func (e *exporter) identitySource(authorizer *document.Value, a *Authorizer) {
	if joined := strings.Join(a.IdentitySource, ","); slices.Equal(splitTexts(joined), a.IdentitySource) {
		e.addText(authorizer, "identitySource", joined)
		return
	}
	e.addFull(authorizer, "identitySource", document.NewTexts(a.IdentitySource))
}

// add appends a member.
func (e *exporter) add(v *document.Value, key string, child *document.Value) {
	if err := v.Add(document.Member{Key: key, Value: child}); err != nil {
		e.fail("%s", err.Message)
	}
}

func (e *exporter) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("export: "+format, args...)
	}
}

// addText appends a member unless it is empty, and so does addFull.
func (e *exporter) addText(v *document.Value, key, s string) {
	if s != "" {
		e.add(v, key, document.NewText(s))
	}
}

func (e *exporter) addFull(v *document.Value, key string, child *document.Value) {
	if !child.IsEmpty() {
		e.add(v, key, child)
	}
}

func (e *exporter) addDipylon(v *document.Value, extensions map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		child, err := document.ParseJSON(extensions[name])
		if err != nil {
			e.fail("%s: %v", name, err)
			return
		}
		e.add(v, name, child)
	}
}
