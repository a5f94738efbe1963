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
// It is a tree of path segments: a call walks its own segments, whatever the number of routes. With thousands of routes
// a call finds next to nothing of its own way in the CPU's caches, so what it reads lies together: all nodes in one
// slice, those of a route side by side, each leading to its routes without a table in between.
type Router struct {
	// Strict says that the root is no variable's: only a route of its own takes it, as in REST APIs.
	Strict bool

	nodes    []node // the first is the root
	fallback *Route
}

// node is a path up to one of its segments. Children are indices of nodes; 0 is none, as the root is no child.
type node struct {
	// The first literal child, often the only one, is text and literal; the others are in more.
	text     string
	literal  int32
	variable int32
	more     map[string]int32
	// exact are the routes that end here and greedy those that take all longer paths, each a chain.
	exact, greedy *Route
}

// errDuplicate says that two routes take the same calls.
var errDuplicate = errors.New("another route takes the same calls")

// Add puts a route under its key. Two routes that differ in the names of their variables only are refused.
func (r *Router) Add(key gateway.RouteKey, route *Route) error {
	chain := &r.fallback
	if !key.Default {
		chain = r.chain(key.Segments)
	}
	route.method, route.vars = key.Method, variables(key.Segments)
	route.gather()
	if !route.join(chain) {
		return fmt.Errorf("route %s: %w", route.Key, errDuplicate)
	}
	return nil
}

// chain returns the chain of the routes of a path, and adds the nodes that are missing on its way.
func (r *Router) chain(path []gateway.Segment) **Route {
	if len(r.nodes) == 0 {
		r.nodes = append(r.nodes, node{})
	}
	at := int32(0)
	for _, s := range path {
		if s.Kind == gateway.Greedy {
			return &r.nodes[at].greedy
		}
		at = r.child(at, s)
	}
	return &r.nodes[at].exact
}

// child returns the node's child for a segment, which it adds if it is missing.
func (r *Router) child(at int32, s gateway.Segment) int32 {
	n := &r.nodes[at]
	added := int32(len(r.nodes)) //nolint:gosec // memory ends before it overflows
	switch {
	case s.Kind == gateway.Variable:
		if n.variable != 0 {
			return n.variable
		}
		n.variable = added
	case n.literal == 0:
		n.text, n.literal = s.Text, added
	case n.text == s.Text:
		return n.literal
	default:
		if child := n.more[s.Text]; child != 0 {
			return child
		}
		if n.more == nil {
			n.more = map[string]int32{}
		}
		n.more[s.Text] = added
	}
	r.nodes = append(r.nodes, node{})
	return added
}

// join puts the route into a chain, where ANY comes last. It returns false if another one takes its method.
func (r *Route) join(chain **Route) bool {
	for *chain != nil && (*chain).method != gateway.MethodAny {
		if (*chain).method == r.method {
			return false
		}
		chain = &(*chain).next
	}
	if *chain != nil && r.method == gateway.MethodAny {
		return false
	}
	r.next, *chain = *chain, r
	return true
}

// take returns the first route of a chain that takes the method, or nil.
func (r *Route) take(method []byte) *Route {
	for ; r != nil; r = r.next {
		if r.method == string(method) || r.method == gateway.MethodAny {
			return r
		}
	}
	return nil
}

// Find returns the route for a method and an escaped path that begins with a slash, or nil.
func (r *Router) Find(method, path []byte) *Route {
	if len(r.nodes) > 0 {
		if r.Strict && len(path) == 1 {
			return r.nodes[0].root(r.nodes).take(method)
		}
		if found := r.full(0, method, path[1:]); found != nil {
			return found
		}
		if found := r.prefix(0, method, path[1:]); found != nil {
			return found
		}
	}
	return r.fallback
}

// root returns the routes of the root's path, whose one segment is empty.
func (n *node) root(nodes []node) *Route {
	if i := n.find(nil); i != 0 {
		return nodes[i].exact
	}
	return nil
}

// full finds the most specific route whose segments, from this node on, are exactly those of path.
func (r *Router) full(at int32, method, path []byte) *Route {
	segment, rest, more := bytes.Cut(path, slash)
	n := &r.nodes[at]
	for _, next := range [2]int32{n.find(segment), n.variable} {
		if next == 0 {
			continue
		}
		var found *Route
		if more {
			found = r.full(next, method, rest)
		} else {
			found = r.nodes[next].exact.take(method)
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// prefix finds the greedy route that lies deepest on the way of path.
func (r *Router) prefix(at int32, method, path []byte) *Route {
	segment, rest, more := bytes.Cut(path, slash)
	n := &r.nodes[at]
	if more {
		for _, next := range [2]int32{n.find(segment), n.variable} {
			if next == 0 {
				continue
			}
			if found := r.prefix(next, method, rest); found != nil {
				return found
			}
		}
	}
	return n.greedy.take(method)
}

var slash = []byte{'/'}

// find returns the child for a literal segment, or 0; an escaped segment is compared by what it stands for, since AWS
// routes on the decoded path (recorded: aws-behaviour-http-api.md, fact 17).
func (n *node) find(segment []byte) int32 {
	if n.literal == 0 {
		return 0
	}
	if bytes.IndexByte(segment, '%') >= 0 {
		segment = unescape(segment)
	}
	if n.text == string(segment) {
		return n.literal
	}
	return n.more[string(segment)]
}

// unescape decodes percent escapes; broken ones stay as they are.
func unescape(s []byte) []byte {
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
	return out
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

// variable is one variable of a route's path.
type variable struct {
	name string
	// skip is the number of literal segments between it and the variable before.
	skip   int
	greedy bool
}

func variables(path []gateway.Segment) []variable {
	var vars []variable
	skip := 0
	for _, s := range path {
		if s.Kind == gateway.Literal {
			skip++
			continue
		}
		vars = append(vars, variable{name: s.Text, skip: skip, greedy: s.Kind == gateway.Greedy})
		skip = 0
	}
	return vars
}

// bind appends the path's variables to vars. The path matches the route.
func (r *Route) bind(vars []exchange.PathVar, path []byte) []exchange.PathVar {
	rest := path[1:]
	for i := range r.vars {
		v := &r.vars[i]
		for range v.skip {
			_, rest, _ = bytes.Cut(rest, slash)
		}
		value := rest
		if !v.greedy {
			value, rest, _ = bytes.Cut(rest, slash)
		}
		vars = append(vars, exchange.PathVar{Name: v.name, Value: value})
	}
	return vars
}
