package rest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// documented is the documentation of an export (developer guide, "Representation of API documentation in API Gateway"). What
// OpenAPI has a place for goes there; the rest is only in the extension.
type documented struct{ version *gateway.DocumentationVersion }

// properties returns what is said of a place: by the part that names it, or by the one that names it best in general.
func (d documented) properties(at gateway.DocumentationLocation) *document.Value {
	if d.version == nil {
		return nil
	}
	best, found := -1, (*gateway.DocumentationPart)(nil)
	for i := range d.version.Parts {
		part := &d.version.Parts[i]
		if score := fit(part.Location, at); score > best {
			best, found = score, part
		}
	}
	if found == nil {
		return nil
	}
	properties, err := document.ParseJSON([]byte(found.Properties))
	if err != nil || properties.Kind != document.Object {
		return nil
	}
	return properties
}

// fit says how well a part's location describes a place, or -1 if it does not. Paths are prefixes, an empty or general method or
// status is any, and a longer path outweighs the others.
func fit(part, at gateway.DocumentationLocation) int {
	const statusWeight, methodWeight, pathWeight = 1, 2, 4
	if part.Type != at.Type || part.Name != at.Name && part.Name != "*" {
		return -1
	}
	score := 0
	for _, field := range [][2]string{{part.StatusCode, at.StatusCode}, {part.Method, at.Method}} {
		general := field[0] == "" || field[0] == "*"
		if !general && !strings.EqualFold(field[0], field[1]) {
			return -1
		}
	}
	if part.StatusCode != "" && part.StatusCode != "*" {
		score += statusWeight
	}
	if part.Method != "" && part.Method != "*" {
		score += methodWeight
	}
	path := strings.TrimSuffix(part.Path, "/")
	switch {
	case path == strings.TrimSuffix(at.Path, "/"):
	case at.Type == "RESOURCE" || !strings.HasPrefix(at.Path, path+"/"):
		return -1
	}
	return score + pathWeight*strings.Count(path, "/")
}

// merge adds what OpenAPI knows of what is said of a place: the properties that are named, and extensions.
func (d documented) merge(e *exporter, v *document.Value, at gateway.DocumentationLocation, named ...string) {
	d.copy(e, v, d.properties(at), named)
}

// copy adds the properties that are named, in that order, and then extensions.
func (d documented) copy(e *exporter, v, properties *document.Value, named []string) {
	put := func(key string, said *document.Value) {
		if i, there := v.Find(key); there {
			v.Members[i].Value = said
			return
		}
		e.add(v, key, said)
	}
	for _, key := range named {
		if said := properties.Get(key); said != nil {
			put(key, said)
		}
	}
	for _, m := range members(properties) {
		if strings.HasPrefix(m.Key, "x-") && !strings.HasPrefix(m.Key, extensionPrefix) {
			put(m.Key, m.Value)
		}
	}
}

func (d documented) info(e *exporter, info *document.Value) {
	said := d.properties(gateway.DocumentationLocation{Type: "API"})
	d.copy(e, info, said.Get("info"), []string{"description", "termsOfService", "contact", "license"})
}

func (d documented) root(e *exporter, root *document.Value) {
	d.copy(e, root, d.properties(gateway.DocumentationLocation{Type: "API"}), []string{"externalDocs"})
}

// parts is the extension.
func (d documented) parts(e *exporter) *document.Value {
	v := object()
	if d.version == nil {
		return v
	}
	e.add(v, "version", text(d.version.Version))
	e.add(v, "createdDate", text(d.version.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")))
	list := document.NewList()
	sorted := slices.SortedFunc(slices.Values(d.version.Parts), func(a, b gateway.DocumentationPart) int {
		x, y := a.Location, b.Location
		return cmp.Or(strings.Compare(x.Type, y.Type), strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method),
			strings.Compare(x.StatusCode, y.StatusCode), strings.Compare(x.Name, y.Name))
	})
	for _, part := range sorted {
		location, out := object(), object()
		for _, field := range [][2]string{
			{"type", part.Location.Type}, {"path", part.Location.Path}, {"method", part.Location.Method},
			{"statusCode", part.Location.StatusCode}, {"name", part.Location.Name},
		} {
			e.addText(location, field[0], field[1])
		}
		properties, err := document.ParseJSON([]byte(part.Properties))
		if err != nil {
			continue
		}
		e.add(out, "location", location)
		e.add(out, "properties", properties)
		list.AddItem(out)
	}
	e.add(v, "documentationParts", list)
	return v
}
