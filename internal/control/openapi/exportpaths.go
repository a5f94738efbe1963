package openapi

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// defaultPath is where exports put the default route (developer guide, "x-amazon-apigateway-any-method object").
const defaultPath = "/" + gateway.DefaultRouteKey

// methodOrder is OpenAPI's own. The any-method stands behind the path's parameters, with the extensions.
var methodOrder = []string{"get", "put", "post", "delete", "options", "head", "patch", extAnyMethod}

// exportRoute is a route with the place in the document where it goes.
type exportRoute struct {
	*Route
	path, method string
}

func (e *exporter) exportRoutes() []exportRoute {
	routes := make([]exportRoute, 0, len(e.def.Routes))
	for i := range e.def.Routes {
		r := exportRoute{Route: &e.def.Routes[i]}
		method, path, ok := strings.Cut(r.Key, " ")
		switch {
		case !ok:
			r.method, r.path = extAnyMethod, defaultPath
		case method == gateway.MethodAny:
			r.method, r.path = extAnyMethod, path
			if path == defaultPath {
				e.fail("route %q would be the default route", r.Key)
			}
		default:
			r.method, r.path = strings.ToLower(method), path
		}
		if e.opts.Extensions || r.method != extAnyMethod {
			routes = append(routes, r)
		}
	}
	slices.SortStableFunc(routes, func(a, b exportRoute) int {
		return cmp.Or(strings.Compare(a.path, b.path),
			cmp.Compare(slices.Index(methodOrder, a.method), slices.Index(methodOrder, b.method)))
	})
	return routes
}

func (e *exporter) paths(routes []exportRoute) *document.Value {
	paths := document.New(document.Object, document.Place{})
	for len(routes) > 0 {
		path := routes[0].path
		n := slices.IndexFunc(routes, func(r exportRoute) bool { return r.path != path })
		if n < 0 {
			n = len(routes)
		}
		e.add(paths, path, e.pathItem(path, routes[:n]))
		routes = routes[n:]
	}
	return paths
}

func (e *exporter) pathItem(path string, routes []exportRoute) *document.Value {
	item, parameters := document.New(document.Object, document.Place{}), e.pathParameters(path)
	for _, r := range routes {
		if r.method == extAnyMethod {
			e.addFull(item, "parameters", parameters)
			parameters = document.NewList()
		}
		e.add(item, r.method, e.operation(r))
	}
	e.addFull(item, "parameters", parameters)
	return item
}

// pathParameters are AWS's: a greedy variable keeps its plus (fact 69).
func (e *exporter) pathParameters(path string) *document.Value {
	parameters := document.NewList()
	for part := range strings.SplitSeq(path, "/") {
		name, ok := strings.CutPrefix(part, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		schema := document.New(document.Object, document.Place{})
		e.add(schema, "type", document.NewText("string"))
		p := document.New(document.Object, document.Place{})
		e.add(p, "name", document.NewText(name))
		e.add(p, "in", document.NewText("path"))
		e.add(p, "description", document.NewText("Generated path parameter for "+name))
		e.add(p, "required", document.NewBool(true))
		e.add(p, "schema", schema)
		parameters.AddItem(p)
	}
	return parameters
}

func (e *exporter) operation(r exportRoute) *document.Value {
	v := document.New(document.Object, document.Place{})
	e.addText(v, "operationId", r.OperationName)
	answer := document.New(document.Object, document.Place{})
	e.add(answer, "description", document.NewText("Default response for "+r.Key))
	responses := document.New(document.Object, document.Place{})
	e.add(responses, "default", answer)
	e.add(v, "responses", responses)
	if (r.Authorization == gateway.JWT || r.Authorization == gateway.Custom) && r.Authorizer == nil {
		e.fail("route %q has no authorizer", r.Key)
	}
	if r.Authorizer != nil {
		requirement := document.New(document.Object, document.Place{})
		e.add(requirement, r.Authorizer.Name, document.NewTexts(r.Scopes))
		e.add(v, "security", document.NewList(requirement))
	}
	if e.opts.Extensions {
		e.operationExtensions(v, r)
	}
	return v
}

func (e *exporter) operationExtensions(v *document.Value, r exportRoute) {
	if r.path == defaultPath && r.method == extAnyMethod {
		e.add(v, "isDefaultRoute", document.NewBool(true))
	}
	if r.Authorization == gateway.IAM {
		auth := document.New(document.Object, document.Place{})
		e.add(auth, "type", document.NewText(string(gateway.IAM)))
		e.add(v, extAuth, auth)
	}
	if r.Integration != nil {
		if name, ok := e.names[r.Integration]; ok {
			ref := document.New(document.Object, document.Place{})
			e.add(ref, "$ref", document.NewText("#/components/"+extIntegrations+"/"+name))
			e.add(v, extIntegration, ref)
		} else {
			e.add(v, extIntegration, e.integration(r.Integration))
		}
	}
	e.addDipylon(v, r.Extensions)
}

// integration has the members in AWS's order, as far as it is known (recorded: CX:43413526664, CX:5564470942; developer
// guide, "x-amazon-apigateway-integration object").
func (e *exporter) integration(in *Integration) *document.Value {
	v := document.New(document.Object, document.Place{})
	e.addText(v, "integrationSubtype", in.Subtype)
	e.addText(v, "credentials", in.Credentials)
	if in.ResponseParameters != nil {
		responses := document.New(document.Object, document.Place{})
		for _, status := range slices.Sorted(maps.Keys(in.ResponseParameters)) {
			e.add(responses, status, e.parameters(in.ResponseParameters[status]))
		}
		e.add(v, "responseParameters", responses)
	}
	if in.RequestParameters != nil {
		e.add(v, "requestParameters", e.parameters(in.RequestParameters))
	}
	e.addText(v, "payloadFormatVersion", in.PayloadVersion)
	e.addText(v, "connectionId", in.ConnectionID)
	e.add(v, "type", document.NewText(strings.ToLower(in.Type)))
	e.addText(v, "httpMethod", in.Method)
	e.addText(v, "uri", in.URI)
	e.addText(v, "connectionType", in.ConnectionType)
	if in.TimeoutMillis != 0 {
		e.add(v, "timeoutInMillis", document.NewInt(in.TimeoutMillis))
	}
	e.addText(v, "description", in.Description)
	if in.ServerNameToVerify != "" {
		tls := document.New(document.Object, document.Place{})
		e.add(tls, "serverNameToVerify", document.NewText(in.ServerNameToVerify))
		e.add(v, "tlsConfig", tls)
	}
	return v
}

func (e *exporter) parameters(parameters map[string]string) *document.Value {
	v := document.New(document.Object, document.Place{})
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		e.add(v, key, document.NewText(parameters[key]))
	}
	return v
}

// nameIntegrations chooses what stands under components: integrations with names, with several routes, and with none. AWS
// repeats a shared integration for each of its routes, so that an import makes several of it; that is not taken over.
func (e *exporter) nameIntegrations(routes []exportRoute) {
	uses := map[*Integration]int{}
	var inOrder []*Integration
	for _, r := range routes {
		if r.Integration == nil {
			continue
		}
		if uses[r.Integration]++; uses[r.Integration] == 1 {
			inOrder = append(inOrder, r.Integration)
		}
	}
	for _, in := range e.def.Integrations {
		if uses[in] == 0 {
			inOrder = append(inOrder, in)
		}
	}
	taken := map[string]bool{}
	for n, in := range inOrder {
		name := in.Name
		if strings.ContainsAny(name, "/~%") {
			name = ""
		}
		switch {
		case uses[in] == 0 && !strings.HasPrefix(name, unusedPrefix):
			name = unusedPrefix + cmp.Or(name, strconv.Itoa(n))
		case uses[in] > 1 && name == "":
			name = fmt.Sprintf("integration_%d", n)
		case name == "":
			continue
		}
		for base, k := name, 2; taken[name]; k++ {
			name = fmt.Sprintf("%s_%d", base, k)
		}
		taken[name] = true
		e.named[name], e.names[in] = in, name
	}
}
