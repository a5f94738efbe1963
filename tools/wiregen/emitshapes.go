package main

import (
	"slices"
	"strings"
)

// shapeConst is the constant of a shape. It keeps leading underscores and the case of a first letter where these tell shapes apart.
func (p *plan) shapeConst(name string) string {
	upper := exported(name)
	switch {
	case strings.HasPrefix(name, "_"):
		return "shape" + name
	case upper != name && slices.Contains(p.shapes, upper):
		return "shape_" + name
	}
	return "shape" + upper
}

// writeShapes writes the table of shapes and the constants that index it.
func (p *plan) writeShapes(w *source) {
	w.line("const (")
	for i, name := range p.shapes {
		if i == 0 {
			w.line("%s wire.ShapeID = iota + 1", p.shapeConst(name))
			continue
		}
		w.line("%s", p.shapeConst(name))
	}
	w.line(")\n")
	w.line("var shapes = wire.Shapes{")
	for _, name := range p.shapes {
		p.writeShape(w, name)
	}
	w.line("}")
}

func (p *plan) writeShape(w *source, name string) {
	s := p.m.Shapes[name]
	w.put("%s: {Name: %q, Kind: wire.%s", p.shapeConst(name), name, scalars[s.Type].kind)
	if s.Member != nil {
		w.put(", Elem: %s", p.shapeConst(s.Member.Shape))
		optional(w, "ElemName", s.Member.LocationName)
	}
	if s.Key != nil {
		w.put(", Key: %s, Elem: %s", p.shapeConst(s.Key.Shape), p.shapeConst(s.Value.Shape))
		optional(w, "KeyName", s.Key.LocationName)
		optional(w, "ValueName", s.Value.LocationName)
	}
	if s.Payload != "" {
		optional(w, "Payload", exported(s.Payload))
		optional(w, "PayloadType", p.svc.PayloadTypes[name])
	}
	if s.Exception {
		optional(w, "MessageName", messageName(s))
	}
	truth(w, "Flattened", s.Flattened)
	truth(w, "Streaming", s.Streaming)
	truth(w, "Sensitive", s.Sensitive)
	timeFormat(w, s.TimestampFormat)
	if !p.exempt[name] {
		writeConstraints(w, s)
	}
	if fields := p.fields(s); len(fields) > 0 {
		w.line(", Members: []wire.Member{")
		for _, f := range fields {
			p.writeMember(w, name, f)
		}
		w.WriteString("}")
	}
	w.line("},")
}

func writeConstraints(w *source, s *shape) {
	if s.Min != nil {
		w.put(", Min: wire.Bound{Set: true, Value: %d}", *s.Min)
	}
	if s.Max != nil {
		w.put(", Max: wire.Bound{Set: true, Value: %d}", *s.Max)
	}
	optional(w, "Pattern", s.Pattern)
	if len(s.Enum) > 0 {
		w.put(", Enum: %#v", s.Enum)
	}
}

func (p *plan) writeMember(w *source, owner string, f field) {
	s := p.m.Shapes[owner]
	w.put("{Field: %q, Wire: %q, Shape: %s", f.name, f.wire, p.shapeConst(f.Shape))
	if loc, ok := locations[f.Location]; ok {
		w.put(", Location: wire.%s", loc)
	}
	timeFormat(w, f.TimestampFormat)
	truth(w, "Required", slices.ContainsFunc(s.Required, func(name string) bool { return exported(name) == f.name }))
	truth(w, "Exempt", names(p.svc.Exempt, owner, f))
	truth(w, "EmptyNull", names(p.svc.EmptyNull, owner, f))
	w.line("},")
}

// names reports whether a list has the member, as "Shape.member".
func names(list []string, owner string, f field) bool {
	return slices.ContainsFunc(list, func(name string) bool {
		shapeName, memberName, ok := strings.Cut(name, ".")
		return ok && shapeName == owner && exported(memberName) == f.name
	})
}

var locations = map[string]string{
	"uri": "InPath", "querystring": "InQuery", "header": "InHeader", "headers": "InHeaderPrefix", "statusCode": "InStatus",
}

var timeFormats = map[string]string{"iso8601": "ISO8601", "unixTimestamp": "EpochSeconds", "rfc822": "HTTPDate"}

func timeFormat(w *source, name string) {
	if known, ok := timeFormats[name]; ok {
		w.put(", Format: wire.%s", known)
	}
}

func optional(w *source, name, value string) {
	if value != "" {
		w.put(", %s: %q", name, value)
	}
}

func truth(w *source, name string, value bool) {
	if value {
		w.put(", %s: true", name)
	}
}
