package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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
		return appendJSON(nil, root, 0), nil
	case YAML:
		return appendYAML([]byte("---\n"), root, 0), nil
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

func (e *exporter) document(routes []exportRoute) *value {
	root := newValue(object, place{})
	e.add(root, "openapi", newText("3.0.1"))
	e.add(root, "info", e.info())
	e.add(root, "servers", newList(e.server()))
	e.addFull(root, "tags", e.tags())
	e.add(root, "paths", e.paths(routes))
	e.addFull(root, "components", e.components())
	if e.opts.Extensions {
		if e.def.CORS != nil {
			e.add(root, extCORS, e.cors(e.def.CORS))
		}
		e.addDipylon(root, e.def.Extensions)
		e.add(root, extExportVersion, newText("1.0"))
	}
	return root
}

func (e *exporter) info() *value {
	info := newValue(object, place{})
	e.add(info, "title", newText(e.def.Name))
	e.addText(info, "description", e.def.Description)
	e.add(info, "version", newText(cmp.Or(e.def.Version, e.opts.Time.UTC().Format("2006-01-02 15:04:05UTC"))))
	return info
}

func (e *exporter) server() *value {
	base := newValue(object, place{})
	e.add(base, "default", newText(e.def.BasePath))
	variables := newValue(object, place{})
	e.add(variables, "basePath", base)
	server := newValue(object, place{})
	e.add(server, "url", newText(e.opts.URL+"/{basePath}"))
	e.add(server, "variables", variables)
	if e.opts.Extensions && e.def.DisableExecuteAPIEndpoint {
		configuration := newValue(object, place{})
		e.add(configuration, "disableExecuteApiEndpoint", newBool(true))
		e.add(server, extEndpoint, configuration)
	}
	return server
}

func (e *exporter) tags() *value {
	tags := newList()
	for _, name := range slices.Sorted(maps.Keys(e.def.Tags)) {
		tag := newValue(object, place{})
		e.add(tag, "name", newText(name))
		if e.opts.Extensions {
			e.add(tag, extTagValue, newText(e.def.Tags[name]))
		}
		tags.addItem(tag)
	}
	return tags
}

// cors has the members in AWS's order; allowCredentials is always there (recorded: CX:43413526664).
func (e *exporter) cors(c *gateway.CORS) *value {
	v := newValue(object, place{})
	e.addFull(v, "allowMethods", newTexts(c.AllowMethods))
	e.addFull(v, "allowHeaders", newTexts(c.AllowHeaders))
	e.addFull(v, "exposeHeaders", newTexts(c.ExposeHeaders))
	if c.MaxAge != nil {
		e.add(v, "maxAge", newInt(*c.MaxAge))
	}
	e.add(v, "allowCredentials", newBool(c.AllowCredentials))
	e.addFull(v, "allowOrigins", newTexts(c.AllowOrigins))
	return v
}

func (e *exporter) components() *value {
	schemes := newValue(object, place{})
	for _, a := range e.def.Authorizers {
		e.add(schemes, a.Name, e.securityScheme(a))
	}
	components := newValue(object, place{})
	e.addFull(components, "securitySchemes", schemes)
	if e.opts.Extensions {
		integrations := newValue(object, place{})
		for _, name := range slices.Sorted(maps.Keys(e.named)) {
			e.add(integrations, name, e.integration(e.named[name]))
		}
		e.addFull(components, extIntegrations, integrations)
	}
	return components
}

// securityScheme is oauth2 for a JWT authorizer, whatever it was (recorded: CX:56887779972).
func (e *exporter) securityScheme(a *Authorizer) *value {
	if a.Type == gateway.LambdaAuthorizer {
		return e.lambdaScheme(a)
	}
	v := newValue(object, place{})
	e.add(v, "type", newText("oauth2"))
	e.add(v, "flows", newValue(object, place{}))
	if !e.opts.Extensions {
		return v
	}
	config := newValue(object, place{})
	e.addFull(config, "audience", newTexts(a.Audience))
	e.add(config, "issuer", newText(a.Issuer))
	authorizer := newValue(object, place{})
	e.identitySource(authorizer, a)
	e.add(authorizer, "jwtConfiguration", config)
	e.add(authorizer, "type", newText("jwt"))
	e.add(v, extAuthorizer, authorizer)
	return v
}

// lambdaScheme is as in the developer guide, "x-amazon-apigateway-authorizer object": an API key where the first identity
// source stands.
func (e *exporter) lambdaScheme(a *Authorizer) *value {
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
	v := newValue(object, place{})
	e.add(v, "type", newText("apiKey"))
	e.add(v, "name", newText(name))
	e.add(v, "in", newText(in))
	if !e.opts.Extensions {
		return v
	}
	authorizer := newValue(object, place{})
	e.identitySource(authorizer, a)
	e.addText(authorizer, "authorizerUri", a.URI)
	e.addText(authorizer, "authorizerCredentials", a.Credentials)
	e.addText(authorizer, "authorizerPayloadFormatVersion", a.PayloadVersion)
	if a.TTLSeconds != 0 {
		e.add(authorizer, "authorizerResultTtlInSeconds", newInt(a.TTLSeconds))
	}
	if a.SimpleResponses {
		e.add(authorizer, "enableSimpleResponses", newBool(true))
	}
	e.add(authorizer, "type", newText("request"))
	e.add(v, extAuthorizer, authorizer)
	return v
}

// identitySource writes text with commas between its parts, where that can be read again.
func (e *exporter) identitySource(authorizer *value, a *Authorizer) {
	if joined := strings.Join(a.IdentitySource, ","); slices.Equal(splitTexts(joined), a.IdentitySource) {
		e.addText(authorizer, "identitySource", joined)
		return
	}
	e.addFull(authorizer, "identitySource", newTexts(a.IdentitySource))
}

// add appends a member.
func (e *exporter) add(v *value, key string, child *value) {
	if err := v.addMember(member{key: key, value: child}); err != nil {
		e.fail("%s", err.Message)
	}
}

func (e *exporter) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("export: "+format, args...)
	}
}

// addText appends a member unless it is empty, and so does addFull.
func (e *exporter) addText(v *value, key, s string) {
	if s != "" {
		e.add(v, key, newText(s))
	}
}

func (e *exporter) addFull(v *value, key string, child *value) {
	if !child.isEmpty() {
		e.add(v, key, child)
	}
}

func (e *exporter) addDipylon(v *value, extensions map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(extensions)) {
		child, err := parseJSON(extensions[name])
		if err != nil {
			e.fail("%s: %s", name, err.Message)
			return
		}
		e.add(v, name, child)
	}
}

func newText(s string) *value { return newScalar(text, s, place{}) }

func newInt(n int) *value { return newScalar(number, strconv.Itoa(n), place{}) }

func newBool(on bool) *value { return newScalar(boolean, strconv.FormatBool(on), place{}) }

func newList(items ...*value) *value {
	v := newValue(list, place{})
	for _, item := range items {
		v.addItem(item)
	}
	return v
}

func newTexts(texts []string) *value {
	v := newList()
	for _, s := range texts {
		v.addItem(newText(s))
	}
	return v
}
