package wire

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the rest-json operation of a method and an escaped path: a trie of path segments. A literal segment wins
// over a label, a label over a greedy label; dead ends are backed out of.
type router struct {
	root *segment
	// trailingSlash is the model's.
	trailingSlash bool
}

type segment struct {
	literals map[string]*segment
	label    *segment
	// routes end here; greedy ones take this and all segments that follow.
	routes, greedy []route
}

// route is an operation with its path's label names in order and the query literals that it wants.
type route struct {
	op       *Operation
	labels   []string
	literals url.Values
}

// match is the outcome of routing: the operation and its labels, percent-decoded once.
type match struct {
	op     *Operation
	labels map[string]string
}

func newRouter(trailingSlash bool) *router {
	return &router{root: new(segment), trailingSlash: trailingSlash}
}

func (r *router) add(op *Operation) {
	path, query, _ := strings.Cut(op.Path, "?")
	rt := route{op: op}
	if query != "" {
		rt.literals, _ = url.ParseQuery(query)
	}
	at := r.root
	for _, part := range splitPath(path) {
		name, isLabel := strings.CutPrefix(part, "{")
		if !isLabel {
			at = at.literal(part)
			continue
		}
		name = strings.TrimSuffix(name, "}")
		if greedy, ok := strings.CutSuffix(name, "+"); ok {
			rt.labels = append(rt.labels, greedy)
			at.greedy = append(at.greedy, rt)
			return
		}
		rt.labels = append(rt.labels, name)
		if at.label == nil {
			at.label = new(segment)
		}
		at = at.label
	}
	at.routes = append(at.routes, rt)
}

func (s *segment) literal(part string) *segment {
	if s.literals == nil {
		s.literals = make(map[string]*segment)
	}
	next, ok := s.literals[part]
	if !ok {
		next = new(segment)
		s.literals[part] = next
	}
	return next
}

// find returns false when no operation has that method and path.
func (r *router) find(req *http.Request) (match, bool) {
	parts := splitPath(req.URL.EscapedPath())
	want := request{method: req.Method, query: req.URL.Query()}
	m, ok := r.root.find(parts, nil, want)
	if last := len(parts) - 1; !ok && r.trailingSlash && last > 0 && parts[last] == "" {
		return r.root.find(parts[:last], nil, want)
	}
	return m, ok
}

type request struct {
	method string
	query  url.Values
}

func (s *segment) find(rest, values []string, want request) (match, bool) {
	if len(rest) == 0 {
		return pick(s.routes, values, want)
	}
	if next, ok := s.literals[rest[0]]; ok {
		if m, ok := next.find(rest[1:], values, want); ok {
			return m, true
		}
	}
	if s.label != nil && rest[0] != "" {
		if m, ok := s.label.find(rest[1:], append(values[:len(values):len(values)], rest[0]), want); ok {
			return m, true
		}
	}
	if whole := strings.Join(rest, "/"); whole != "" {
		return pick(s.greedy, append(values[:len(values):len(values)], whole), want)
	}
	return match{}, false
}

// pick chooses the route with the method and with the most query literals that the request satisfies.
func pick(routes []route, values []string, want request) (match, bool) {
	best := -1
	for i, rt := range routes {
		if rt.op.Method != want.method || !rt.wanted(want.query) {
			continue
		}
		if best < 0 || len(rt.literals) > len(routes[best].literals) {
			best = i
		}
	}
	if best < 0 {
		return match{}, false
	}
	labels, err := routes[best].decode(values)
	return match{op: routes[best].op, labels: labels}, err == nil
}

func (rt route) wanted(query url.Values) bool {
	for name := range rt.literals {
		if !query.Has(name) || query.Get(name) != rt.literals.Get(name) {
			return false
		}
	}
	return true
}

func (rt route) decode(values []string) (map[string]string, error) {
	labels := make(map[string]string, len(values))
	for i, value := range values {
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return nil, err
		}
		labels[rt.labels[i]] = decoded
	}
	return labels, nil
}

// splitPath returns the segments after the leading slash; the root has none.
func splitPath(path string) []string {
	path = strings.TrimPrefix(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
