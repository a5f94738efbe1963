package openapi

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

func (r *reader) paths() error {
	paths, err := r.objectAt(r.root, "paths", "paths")
	if err != nil {
		return err
	}
	if paths == nil {
		return missing(r.root.At, "paths")
	}
	for _, m := range paths.Members {
		if strings.HasPrefix(m.Key, "x-") || m.Value.Kind == document.Null {
			continue
		}
		if err := r.path(m); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) path(path document.Member) error {
	attribute := fmt.Sprintf("paths.'%s'", path.Key)
	item, err := r.follow(path.Value)
	if err != nil {
		return err
	}
	switch {
	case item == nil:
		r.warn(path.At, "Parse issue: attribute %s.%s is missing", attribute, path.Value.Get("$ref").Text)
		return nil
	case item.Kind != document.Object:
		return wrongType(item.At, attribute, "object")
	}
	if !strings.HasPrefix(path.Key, "/") {
		// Recorded: aws/serverless-application-model issue 2297, whose document has the path $default.
		r.warn(path.At, "Parse issue: attribute paths. Resource %s should start with /", path.Key)
	}
	at := spot{"paths." + path.Key, attribute}
	if err := r.checkKeys(item, pathKeys, at); err != nil {
		return err
	}
	for _, m := range item.Members {
		if method, ok := methodOf(m.Key); ok && m.Value.Kind != document.Null {
			op := operation{Member: m, path: path.Key, method: method}
			op.spot = spot{at.where + "." + m.Key, attribute + "(" + m.Key + ")"}
			if err := r.operation(op); err != nil {
				return err
			}
		}
	}
	return nil
}

func methodOf(key string) (string, bool) {
	switch key {
	case "get", "put", "post", "delete", "options", "head", "patch", "trace":
		return strings.ToUpper(key), true
	case extAnyMethod:
		return gateway.MethodAny, true
	}
	return "", false
}

// operation is one operation on its way to a route.
type operation struct {
	document.Member
	spot
	path, method string
}

func (r *reader) operation(op operation) error {
	v := op.Value
	if v.Kind != document.Object {
		return wrongType(v.At, op.attribute, "object")
	}
	keys := operationKeys
	if op.method == gateway.MethodAny {
		keys = anyMethodKeys
	}
	if err := r.checkKeys(v, keys, op.spot); err != nil {
		return err
	}
	if err := r.checkSchemas(op); err != nil {
		return err
	}
	name, err := r.textAt(v, "operationId", op.key("operationId"))
	if err != nil {
		return err
	}
	key := r.routeKey(op)
	route := Route{Key: key, OperationName: name, Line: op.At.Line, Column: op.At.Column}
	if route.Extensions, err = r.dipylon(v, op.spot); err != nil {
		return err
	}
	open, err := r.authorize(op, &route)
	if err != nil || !r.claim(key, op.At) || !open {
		return err
	}
	if route.Integration, err = r.routeIntegration(op, key); err != nil {
		return err
	}
	r.def.Routes = append(r.def.Routes, route)
	return nil
}

// routeKey names the route; the default route is the any-method of /$default, or one that says isDefaultRoute.
func (r *reader) routeKey(op operation) string {
	if op.method == gateway.MethodAny {
		flag := op.Value.Get("isDefaultRoute")
		if flag != nil {
			if on, ok := flag.AsBool(); ok && on {
				return gateway.DefaultRouteKey
			}
		}
		if strings.TrimPrefix(op.path, "/") == gateway.DefaultRouteKey {
			return gateway.DefaultRouteKey
		}
	}
	switch {
	case r.prefix == "" || !strings.HasPrefix(op.path, "/"):
		return op.method + " " + op.path
	case op.path == "/":
		return op.method + " " + r.prefix
	}
	return op.method + " " + r.prefix + op.path
}

// claim takes the route key for a route, or warns if it is not valid or another route matches the same calls.
func (r *reader) claim(key string, at document.Place) bool {
	parsed, err := gateway.ParseRouteKey(key)
	if err == nil && len(key) > document.MaxKeyBytes {
		err = fmt.Errorf("The route key is longer than %d bytes", document.MaxKeyBytes) //nolint:staticcheck // a sentence of the warning
	}
	if err != nil {
		r.warn(at, "%s", RouteWarning(key, err.Error()))
		return false
	}
	canonical := parsed.Canonical()
	switch taken, ok := r.keys[canonical]; {
	case !ok:
		r.keys[canonical] = key
		return true
	case taken == key:
		r.warn(at, "%s", RouteWarning(key, fmt.Sprintf("Route with key %s already exists for this API", key)))
	default:
		// Recorded: plutomi/plutomi issue 271.
		r.warn(at, "%s", RouteWarning(key, fmt.Sprintf(
			"The provided route key %q has a conflicting variable on the same hierarchical level as %q", key, taken)))
	}
	return false
}

// checkSchemas warns about schemas that responses and the request body refer to and that are not there: nothing reads
// them, but AWS warns, and imports may fail on it (recorded: Terraform's AWS provider, fail_on_warnings).
func (r *reader) checkSchemas(op operation) error {
	if body := op.Value.Get("requestBody"); body != nil {
		if err := r.checkContent(body, op.key("requestBody")); err != nil {
			return err
		}
	}
	responses := op.Value.Get("responses")
	if responses == nil {
		return nil
	}
	for _, response := range responses.Members {
		if err := r.checkContent(response.Value, op.key("responses."+response.Key)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) checkContent(v *document.Value, attribute string) error {
	content := v.Get("content")
	if content == nil {
		return r.spend(1+len(attribute)/stepBytes, v.At)
	}
	if err := r.spend(1+len(content.Members)+len(attribute)/stepBytes, content.At); err != nil {
		return err
	}
	for _, media := range content.Members {
		schema := media.Value.Get("schema")
		if schema == nil {
			continue
		}
		ref, ok := document.Reference(schema)
		if !ok || !strings.HasPrefix(ref.Text, "#") {
			continue
		}
		target, err := r.lookUp(ref)
		if err != nil {
			return err
		}
		if target == nil {
			r.warn(ref.At, "Parse issue: attribute %s.content.schema.%s is missing", attribute, ref.Text)
		}
	}
	return nil
}
