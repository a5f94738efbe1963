package openapi

import (
	"fmt"
	"strings"
)

// servers finds the base path and whether the default endpoint is off.
func (r *reader) servers() error {
	servers := r.root.get("servers")
	if servers != nil && servers.kind != list {
		return wrongType(servers.at, "servers", "array")
	}
	if err := r.endpoint(r.root.get(extEndpoint)); err != nil {
		return err
	}
	var base string
	if servers != nil {
		for i, server := range servers.items {
			if server.kind != object {
				return wrongType(server.at, fmt.Sprintf("servers[%d]", i), "object")
			}
			if err := r.endpoint(server.get(extEndpoint)); err != nil {
				return err
			}
		}
		var err error
		if base, err = r.basePath(servers.items); err != nil {
			return err
		}
	}
	r.def.BasePath = cleanPath(base)
	return r.setPrefix()
}

// basePath follows the developer guide, "Set the OpenAPI basePath property": the first basePath variable wins, used or not;
// without one it is the path of the first server.
func (r *reader) basePath(servers []*value) (string, error) {
	for i, server := range servers {
		variable := server.get("variables").get("basePath")
		if variable == nil {
			continue
		}
		attribute := fmt.Sprintf("servers[%d].variables.basePath", i)
		if variable.kind != object {
			return "", wrongType(variable.at, attribute, "object")
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
	if variables := servers[0].get("variables"); variables != nil {
		for _, m := range variables.members {
			if d := m.value.get("default"); d != nil && d.isScalar() {
				url = strings.ReplaceAll(url, "{"+m.key+"}", d.text)
			}
		}
	}
	return urlPath(url), nil
}

// urlPath returns the path of an absolute or relative URL.
func urlPath(url string) string {
	url, _, _ = strings.Cut(url, "?")
	url, _, _ = strings.Cut(url, "#")
	if _, rest, ok := strings.Cut(url, "//"); ok {
		_, path, _ := strings.Cut(rest, "/")
		return path
	}
	return url
}

// cleanPath returns "/a/b" for "a/b/", and nothing for "/".
func cleanPath(path string) string {
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}

func (r *reader) setPrefix() error {
	switch r.opts.BasePath {
	case "", Ignore:
	case Prepend:
		r.prefix = r.def.BasePath
	case Split:
		_, rest, _ := strings.Cut(strings.TrimPrefix(r.def.BasePath, "/"), "/")
		r.prefix = cleanPath(rest)
	default:
		return newError(place{}, "Invalid basepath '%s': it must be ignore, prepend or split", r.opts.BasePath)
	}
	return nil
}

func (r *reader) endpoint(configuration *value) error {
	disable := configuration.get("disableExecuteApiEndpoint")
	if disable == nil {
		return nil
	}
	on, ok := disable.asBool()
	if !ok {
		return wrongType(disable.at, extEndpoint+".disableExecuteApiEndpoint", "boolean")
	}
	r.def.DisableExecuteAPIEndpoint = r.def.DisableExecuteAPIEndpoint || on
	return nil
}

func (v *value) asBool() (on, ok bool) {
	if v.kind != boolean && v.kind != text {
		return false, false
	}
	switch strings.ToLower(v.text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}
