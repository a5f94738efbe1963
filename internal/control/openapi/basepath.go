package openapi

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// servers finds the base path and whether the default endpoint is off.
func (r *reader) servers() error {
	servers := r.root.Get("servers")
	if servers != nil && servers.Kind != document.List {
		return wrongType(servers.At, "servers", "array")
	}
	if err := r.endpoint(r.root.Get(extEndpoint)); err != nil {
		return err
	}
	var base string
	if servers != nil {
		for i, server := range servers.Items {
			if server.Kind != document.Object {
				return wrongType(server.At, fmt.Sprintf("servers[%d]", i), "object")
			}
			if err := r.endpoint(server.Get(extEndpoint)); err != nil {
				return err
			}
		}
		var err error
		if base, err = r.basePath(servers.Items); err != nil {
			return err
		}
	}
	r.def.BasePath = document.CleanPath(base)
	return r.setPrefix()
}

// basePath follows the developer guide, "Set the OpenAPI basePath property": the first basePath variable wins, used or not;
// without one it is the path of the first server.
func (r *reader) basePath(servers []*document.Value) (string, error) {
	for i, server := range servers {
		variable := server.Get("variables").Get("basePath")
		if variable == nil {
			continue
		}
		attribute := fmt.Sprintf("servers[%d].variables.basePath", i)
		if variable.Kind != document.Object {
			return "", wrongType(variable.At, attribute, "object")
		}
		return r.textAt(variable, "default", attribute+".default")
	}
	if len(servers) == 0 {
		return "", nil
	}
	url, err := r.textAt(servers[0], "url", "servers[0].url")
	if err != nil {
		return "", err
	}
	if variables := servers[0].Get("variables"); variables != nil {
		for _, m := range variables.Members {
			if d := m.Value.Get("default"); d != nil && d.IsScalar() {
				url = strings.ReplaceAll(url, "{"+m.Key+"}", d.Text)
			}
		}
	}
	return document.URLPath(url), nil
}

func (r *reader) setPrefix() error {
	switch r.opts.BasePath {
	case "", Ignore:
	case Prepend:
		r.prefix = r.def.BasePath
	case Split:
		_, rest, _ := strings.Cut(strings.TrimPrefix(r.def.BasePath, "/"), "/")
		r.prefix = document.CleanPath(rest)
	default:
		return newError(document.Place{}, "Invalid basepath '%s': it must be ignore, prepend or split", r.opts.BasePath)
	}
	return nil
}

func (r *reader) endpoint(configuration *document.Value) error {
	disable := configuration.Get("disableExecuteApiEndpoint")
	if disable == nil {
		return nil
	}
	on, ok := disable.AsBool()
	if !ok {
		return wrongType(disable.At, extEndpoint+".disableExecuteApiEndpoint", "boolean")
	}
	r.def.DisableExecuteAPIEndpoint = r.def.DisableExecuteAPIEndpoint || on
	return nil
}
