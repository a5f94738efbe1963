package wire

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// The values of a message on its way out, between the generated structures and a protocol's bytes. Scalars are string,
// int64, float64, bool, []byte and stamp.
type (
	// object is a structure with its present members.
	object []entry
	entry  struct {
		name  string
		value any
	}
	// list and dict carry their shape for the query protocol; a dict is in the order of its keys.
	list struct {
		shape *Shape
		items []any
	}
	dict struct {
		shape   *Shape
		entries []entry
	}
	// stamp is a timestamp with its form; DefaultTime leaves that to the protocol.
	stamp struct {
		time   time.Time
		format TimeFormat
	}
)

// encoder turns generated structures into values by walking the shapes. Absent members are left out.
type encoder struct {
	shapes Shapes
	// places hold where the members of a structure are in its Go type: finding them by name is a tenth of a long answer.
	places map[*Shape][]int
}

func newEncoder(shapes Shapes) encoder { return encoder{shapes, make(map[*Shape][]int)} }

// placesOf returns where the members are; -1 is nowhere.
func (e encoder) placesOf(s *Shape, t reflect.Type) []int {
	places, ok := e.places[s]
	if !ok {
		places = make([]int, len(s.Members))
		for i := range s.Members {
			places[i] = -1
			if f, ok := t.FieldByName(s.Members[i].Field); ok {
				places[i] = f.Index[0]
			}
		}
		e.places[s] = places
	}
	return places
}

// structure returns the members that travel in the body.
func (e encoder) structure(s *Shape, v reflect.Value) object {
	o := make(object, 0, len(s.Members))
	places := e.placesOf(s, v.Type())
	for i := range s.Members {
		m := &s.Members[i]
		if m.Location != InBody || places[i] < 0 {
			continue
		}
		if value, ok := e.field(m, v.Field(places[i])); ok {
			o = append(o, entry{m.Wire, value})
		}
	}
	return o
}

// member returns false for an absent member.
func (e encoder) member(m *Member, v reflect.Value) (any, bool) {
	return e.field(m, v.FieldByName(m.Field))
}

func (e encoder) field(m *Member, field reflect.Value) (any, bool) {
	if absent(field) {
		return nil, false
	}
	value := e.value(&e.shapes[m.Shape], m.Format, field)
	if entries, ok := value.(dict); ok && m.EmptyNull {
		for i := range entries.entries {
			if entries.entries[i].value == "" {
				entries.entries[i].value = nil
			}
		}
	}
	return value, true
}

func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

func (e encoder) value(s *Shape, format TimeFormat, v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch s.Kind {
	case Structure:
		return e.structure(s, v)
	case List:
		l := list{shape: s, items: make([]any, 0, v.Len())}
		for i := range v.Len() {
			l.items = append(l.items, e.value(&e.shapes[s.Elem], DefaultTime, v.Index(i)))
		}
		return l
	case Map:
		d := dict{shape: s, entries: make([]entry, 0, v.Len())}
		for it := v.MapRange(); it.Next(); {
			d.entries = append(d.entries, entry{it.Key().String(), e.value(&e.shapes[s.Elem], DefaultTime, it.Value())})
		}
		slices.SortFunc(d.entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		return d
	case String:
		return v.String()
	case Integer, Long:
		return v.Int()
	case Double:
		return v.Float()
	case Boolean:
		return v.Bool()
	case Timestamp:
		return stamp{v.Interface().(time.Time), timeFormat(format, s.Format)}
	case Blob:
		return v.Bytes()
	}
	return nil
}

// timeFormat returns the member's format, or else its shape's.
func timeFormat(member, shape TimeFormat) TimeFormat {
	if member != DefaultTime {
		return member
	}
	return shape
}
