package wire

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"time"
)

// reader answers what a protocol's parsed message holds at one place. raw is a value that the same reader gave out or
// the root; nil is absent.
type reader interface {
	// members returns a structure's members by wire name.
	members(raw any) (map[string]any, error)
	elements(raw any, list *Shape) ([]any, error)
	entries(raw any, dict *Shape) (map[string]any, error)
	// scalar returns a string, int64, float64, bool, time.Time or []byte, as the shape's kind wants.
	scalar(raw any, s *Shape) (any, error)
}

// decoder fills generated structures from a reader by walking the shapes. Unknown members are ignored, null is absent.
type decoder struct {
	shapes Shapes
	reader reader
}

// structure fills the members of dst that travel in the body.
func (d decoder) structure(s *Shape, raw any, dst reflect.Value) error {
	if raw == nil {
		return nil
	}
	members, err := d.reader.members(raw)
	if err != nil {
		return err
	}
	for i := range s.Members {
		m := &s.Members[i]
		if m.Location != InBody || members[m.Wire] == nil {
			continue
		}
		if err := d.member(m, members[m.Wire], dst); err != nil {
			return err
		}
	}
	return nil
}

func (d decoder) member(m *Member, raw any, dst reflect.Value) error {
	if entries, ok := raw.(map[string]any); ok && m.EmptyNull {
		for key, value := range entries {
			if value == nil {
				entries[key] = ""
			}
		}
	}
	return d.value(&d.shapes[m.Shape], raw, dst.FieldByName(m.Field))
}

// value fills dst, which is a field, an element or a map's value, and allocates where it is a pointer.
func (d decoder) value(s *Shape, raw any, dst reflect.Value) error {
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	switch s.Kind {
	case Structure:
		return d.structure(s, raw, dst)
	case List:
		return d.list(s, raw, dst)
	case Map:
		return d.dict(s, raw, dst)
	case String, Integer, Long, Double, Boolean, Timestamp, Blob:
		v, err := d.reader.scalar(raw, s)
		if err != nil {
			return err
		}
		return assign(s, v, dst)
	}
	return nil
}

func (d decoder) list(s *Shape, raw any, dst reflect.Value) error {
	elements, err := d.reader.elements(raw, s)
	if err != nil {
		return err
	}
	dst.Set(reflect.MakeSlice(dst.Type(), 0, len(elements)))
	for _, raw := range elements {
		if raw == nil {
			continue
		}
		elem := reflect.New(dst.Type().Elem()).Elem()
		if err := d.value(&d.shapes[s.Elem], raw, elem); err != nil {
			return err
		}
		dst.Set(reflect.Append(dst, elem))
	}
	return nil
}

func (d decoder) dict(s *Shape, raw any, dst reflect.Value) error {
	entries, err := d.reader.entries(raw, s)
	if err != nil {
		return err
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(entries)))
	for key, raw := range entries {
		if raw == nil {
			continue
		}
		elem := reflect.New(dst.Type().Elem()).Elem()
		if err := d.value(&d.shapes[s.Elem], raw, elem); err != nil {
			return err
		}
		dst.SetMapIndex(reflect.ValueOf(key), elem)
	}
	return nil
}

// assign sets a scalar that a reader returned for the shape.
func assign(s *Shape, v any, dst reflect.Value) error {
	switch v := v.(type) {
	case string:
		dst.SetString(v)
	case bool:
		dst.SetBool(v)
	case float64:
		dst.SetFloat(v)
	case int64:
		if s.Kind == Integer && (v < math.MinInt32 || v > math.MaxInt32) {
			return cannotConvert("Long", s)
		}
		dst.SetInt(v)
	case time.Time:
		dst.Set(reflect.ValueOf(v))
	case []byte:
		if s.Streaming {
			dst.Set(reflect.ValueOf(io.Reader(bytes.NewReader(v))))
			return nil
		}
		dst.SetBytes(v)
	}
	return nil
}

// serializationError is how AWS refuses a message that it cannot read.
func serializationError(message string) *Error {
	return &Error{Code: "SerializationException", QueryCode: "MalformedInput", Message: message, Status: 400}
}

// cannotConvert words a wrong type as AWS does (aws-behaviour.md, fact 40); got is the name of a class in java.lang.
func cannotConvert(got string, want *Shape) *Error {
	return serializationError("class java.lang." + got + " can not be converted to an " + javaName[want.Kind])
}

// notACollection is AWS's answer to a scalar in the place of a structure, list or map.
func notACollection(got string) *Error {
	return serializationError("Unrecognized collection type class java.lang." + got)
}

var (
	errUnexpectedObject = serializationError("Start of structure or map found where not expected.")
	errUnexpectedList   = serializationError("Start of list found where not expected.")
)

var javaName = map[Kind]string{
	String: "String", Integer: "Integer", Long: "Long", Double: "Double", Boolean: "Boolean", Timestamp: "Date", Blob: "ByteBuffer",
}
