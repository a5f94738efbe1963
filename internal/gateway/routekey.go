package gateway

import (
	"errors"
	"strings"
)

// RouteKey is a parsed route key of an HTTP API: "GET /pets/{id}", "ANY /{proxy+}" or "$default".
type RouteKey struct {
	// Method is upper case; ANY takes every method. Empty for $default.
	Method string
	// Segments are the parts of the path between slashes. The root path has one empty segment.
	Segments []Segment
	// Default marks the catch-all.
	Default bool
}

// Segment is one part of a route's path.
type Segment struct {
	// Text is the literal, or the variable's name without braces and plus.
	Text string
	Kind SegmentKind
}

// SegmentKind tells a literal from the two kinds of variables.
type SegmentKind uint8

// The kinds of segments.
const (
	Literal  SegmentKind = iota
	Variable             // {name} takes one segment
	Greedy               // {name+} takes the rest, and stands last
)

// DefaultRouteKey is the catch-all's key.
const DefaultRouteKey = "$default"

// MethodAny stands for every method.
const MethodAny = "ANY"

// Refusals carry AWS's texts: the first is recorded (aws-behaviour-http-api.md, fact 49); the second is recorded in
// anomalyco/sst issue 207, there with an older expression that lacks the colon.
var (
	errRouteKey = errors.New(`The provided route key is not formatted properly for HTTP protocol. ` +
		`Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"`)
	errPathParts = errors.New(`One or more path parts appear to be invalid. ` +
		`Parts are validated against this regular expression: ^(\{[\w.:-]+\+?\}|[a-zA-Z0-9.:_-]+)$`)
)

// ParseRouteKey reads a route key of an HTTP API. Its error has AWS's text.
func ParseRouteKey(key string) (RouteKey, error) {
	if key == DefaultRouteKey {
		return RouteKey{Default: true}, nil
	}
	method, path, ok := strings.Cut(key, " ")
	if !ok || !ValidMethod(method) || !strings.HasPrefix(path, "/") {
		return RouteKey{}, errRouteKey
	}
	if path == "/" {
		return RouteKey{Method: method, Segments: []Segment{{}}}, nil
	}
	parts := strings.Split(path[1:], "/")
	segments := make([]Segment, len(parts))
	seen := map[string]bool{}
	for i, part := range parts {
		s, ok := parseSegment(part)
		if !ok || s.Kind == Greedy && i != len(parts)-1 {
			return RouteKey{}, errPathParts
		}
		if s.Kind != Literal {
			if seen[s.Text] {
				return RouteKey{}, errPathParts
			}
			seen[s.Text] = true
		}
		segments[i] = s
	}
	return RouteKey{Method: method, Segments: segments}, nil
}

// Canonical returns the key with its variables' names taken out: two routes whose canonical keys are equal match the
// same calls.
func (k RouteKey) Canonical() string {
	if k.Default {
		return DefaultRouteKey
	}
	var b strings.Builder
	b.WriteString(k.Method)
	b.WriteByte(' ')
	for _, s := range k.Segments {
		b.WriteByte('/')
		switch s.Kind {
		case Literal:
			b.WriteString(s.Text)
		case Variable:
			b.WriteString("{}")
		case Greedy:
			b.WriteString("{+}")
		}
	}
	return b.String()
}

// ValidMethod reports whether m is a method that routes and integrations can name.
func ValidMethod(m string) bool {
	switch m {
	case MethodAny, "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return true
	}
	return false
}

func parseSegment(part string) (Segment, bool) {
	if !strings.HasPrefix(part, "{") {
		return Segment{Text: part}, validPart(part)
	}
	name, ok := strings.CutSuffix(part[1:], "}")
	if !ok {
		return Segment{}, false
	}
	kind := Variable
	if greedy, ok := strings.CutSuffix(name, "+"); ok {
		name, kind = greedy, Greedy
	}
	return Segment{Text: name, Kind: kind}, validPart(name)
}

func validPart(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte("-._:", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// HasVariable reports whether the path has a variable of that name.
func (k RouteKey) HasVariable(name string) bool {
	for _, s := range k.Segments {
		if s.Kind != Literal && s.Text == name {
			return true
		}
	}
	return false
}
