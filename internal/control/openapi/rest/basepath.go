package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// basePath finds the base path and what it does to paths, and the configuration of the endpoint, which 3.0 keeps beside it.
func (r *reader) basePath() error {
	r.endpoint(r.root.Get(extEndpoint))
	base := r.text(r.root, "basePath")
	if !r.swagger {
		base = r.servers(r.root.Get("servers"))
	}
	base = document.CleanPath(base)
	switch r.opts.BasePath {
	case Prepend:
		r.prefix = base
	case Split:
		_, rest, _ := strings.Cut(strings.TrimPrefix(base, "/"), "/")
		r.prefix = document.CleanPath(rest)
	case Ignore, "":
	}
	return nil
}

// servers follows the developer guide, "Set the OpenAPI basePath property": the first basePath variable wins, used or not;
// without one it is the path of the first server.
func (r *reader) servers(servers *document.Value) string {
	if servers == nil || len(servers.Items) == 0 {
		return ""
	}
	first := servers.Items[0]
	r.endpoint(first.Get(extEndpoint))
	if len(servers.Items) > 1 { // recorded: a public report of an import (StudentEvents OAS, README)
		r.warn("More than one server provided. Ignoring all but the first for defining endpoint configuration")
	}
	for _, server := range servers.Items {
		if variable := server.Get("variables").Get("basePath"); variable != nil {
			return r.text(variable, "default")
		}
	}
	url := r.text(first, "url")
	for _, m := range members(first.Get("variables")) {
		url = strings.ReplaceAll(url, "{"+m.Key+"}", r.text(m.Value, "default"))
	}
	return document.URLPath(url)
}

func (r *reader) endpoint(configuration *document.Value) {
	if off := configuration.Get("disableExecuteApiEndpoint"); off != nil {
		on, _ := off.AsBool()
		r.def.DisableDefaultEndpoint = &on
	}
	if ids := r.texts(configuration, "vpcEndpointIds"); ids != nil {
		r.def.VPCEndpointIDs = ids
	}
}

// fullPath puts the base path before a path.
func (r *reader) fullPath(path string) string {
	if path = r.prefix + document.CleanPath(path); path == "" {
		return "/"
	}
	return path
}
