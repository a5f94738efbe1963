package program

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Router finds the route of a call by AWS's precedence for HTTP APIs: a full match of path and method, then a match
// with a greedy variable, then $default; a literal goes before a variable, a longer prefix before a shorter one, and on
// the same path a method before ANY
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
//
// It is a tree of path segments: a call walks its own segments, whatever the number of routes.
type Router struct {
	root     node
	fallback *Route
}

type node struct {
	literal  map[string]*node
	variable *node
	exact    methods
	greedy   methods
}

// methods are the routes of one path: few, so a list that lies in one piece beats a map.
type methods struct {
	named []named
	any   *Route
}

type named struct {
	method string
	route  *Route
}

func (m *methods) find(method []byte) *Route {
	for i := range m.named {
		if m.named[i].method == string(method) {
			return m.named[i].route
		}
	}
	return m.any
}

// errDuplicate says that two routes take the same calls.
var errDuplicate = errors.New("another route takes the same calls")

// Add puts a route under its key. Two routes that differ in the names of their variables only are refused.
func (r *Router) Add(key gateway.RouteKey, route *Route) error {
	if key.Default {
		if r.fallback != nil {
			return fmt.Errorf("route %s: %w", route.Key, errDuplicate)
		}
		r.fallback = route
		return nil
	}
	at := &r.root
	for _, s := range key.Segments {
		if s.Kind == gateway.Greedy {
			break
		}
		at = at.child(s)
	}
	slot := &at.exact
	if n := len(key.Segments); n > 0 && key.Segments[n-1].Kind == gateway.Greedy {
		slot = &at.greedy
	}
	for _, s := range key.Segments {
		if s.Kind != gateway.Literal {
			route.vars = append(route.vars, variable{name: s.Text, greedy: s.Kind == gateway.Greedy})
		} else {
			route.vars = append(route.vars, variable{})
		}
	}
	if !slot.add(key.Method, route) {
		return fmt.Errorf("route %s: %w", route.Key, errDuplicate)
	}
	return nil
}

func (n *node) child(s gateway.Segment) *node {
	if s.Kind == gateway.Variable {
		if n.variable == nil {
			n.variable = &node{}
		}
		return n.variable
	}
	next := n.literal[s.Text]
	if next == nil {
		if n.literal == nil {
			n.literal = map[string]*node{}
		}
		next = &node{}
		n.literal[s.Text] = next
	}
	return next
}

func (m *methods) add(method string, route *Route) bool {
	if method == gateway.MethodAny {
		if m.any != nil {
			return false
		}
		m.any = route
		return true
	}
	for _, n := range m.named {
		if n.method == method {
			return false
		}
	}
	m.named = append(m.named, named{method, route})
	return true
}

// Find returns the route for a method and an escaped path that begins with a slash, or nil.
func (r *Router) Find(method, path []byte) *Route {
	path = path[1:]
	if found := r.root.full(method, path); found != nil {
		return found
	}
	if found := r.root.prefix(method, path); found != nil {
		return found
	}
	return r.fallback
}

// full finds the most specific route whose segments are exactly those of path.
func (n *node) full(method, path []byte) *Route {
	segment, rest, more := bytes.Cut(path, slash)
	for _, next := range [2]*node{n.next(segment), n.variable} {
		if next == nil {
			continue
		}
		var found *Route
		if more {
			found = next.full(method, rest)
		} else {
			found = next.exact.find(method)
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// prefix finds the greedy route that lies deepest on the way of path.
func (n *node) prefix(method, path []byte) *Route {
	segment, rest, more := bytes.Cut(path, slash)
	if more {
		for _, next := range [2]*node{n.next(segment), n.variable} {
			if next == nil {
				continue
			}
			if found := next.prefix(method, rest); found != nil {
				return found
			}
		}
	}
	return n.greedy.find(method)
}

var slash = []byte{'/'}

// next returns the child for a literal segment; an escaped segment is compared by what it stands for, since AWS routes
// on the decoded path (recorded: aws-behaviour-http-api.md, fact 17).
func (n *node) next(segment []byte) *node {
	if len(n.literal) == 0 {
		return nil
	}
	if bytes.IndexByte(segment, '%') < 0 {
		return n.literal[string(segment)]
	}
	return n.literal[unescape(segment)]
}

// unescape decodes percent escapes; broken ones stay as they are.
func unescape(s []byte) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, okHi := unhex(s[i+1])
			lo, okLo := unhex(s[i+2])
			if okHi && okLo {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// variable is one segment of a route's path: its name if it is a variable, else empty.
type variable struct {
	name   string
	greedy bool
}

// bind appends the path's variables to vars. The path matches the route.
func (r *Route) bind(vars []exchange.PathVar, path []byte) []exchange.PathVar {
	rest := path[1:]
	for _, v := range r.vars {
		segment, after, _ := bytes.Cut(rest, slash)
		switch {
		case v.greedy:
			return append(vars, exchange.PathVar{Name: v.name, Value: rest})
		case v.name != "":
			vars = append(vars, exchange.PathVar{Name: v.name, Value: segment})
		}
		rest = after
	}
	return vars
}
