// Package strictjson reads JSON objects that people write as configuration, more strictly than encoding/json: names are
// compared exactly, none stands twice, none is unknown, and nothing is null. What a typing error would silently switch
// off is an error.
//
// It serves the steps that are configured by JSON. It may use the standard library only.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Member is a member of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Members returns the members of an object in their order. raw holds nothing else.
func Members(raw []byte) ([]Member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	switch t, err := d.Token(); {
	case err != nil:
		return nil, syntax(err)
	case t != json.Delim('{'):
		return nil, errors.New("want a JSON object")
	}
	var members []Member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, syntax(err)
		}
		m := Member{Name: t.(string)} // the decoder gives nothing else in this place
		if seen[m.Name] {
			return nil, fmt.Errorf("%s stands twice", m.Name)
		}
		seen[m.Name] = true
		if err := d.Decode(&m.Value); err != nil {
			return nil, syntax(err)
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, syntax(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return members, nil
}

// Object reads the members of an object into what fields points to, by name. Those that are absent leave it alone.
func Object(raw []byte, fields map[string]any) error {
	members, err := Members(raw)
	if err != nil {
		return err
	}
	for _, m := range members {
		target, ok := fields[m.Name]
		if !ok {
			return fmt.Errorf("%s is not known: want %s", m.Name, names(fields))
		}
		if string(m.Value) == "null" {
			return fmt.Errorf("%s is null", m.Name)
		}
		if err := json.Unmarshal(m.Value, target); err != nil {
			return fmt.Errorf("%s: %w", m.Name, syntax(err))
		}
	}
	return nil
}

func names(fields map[string]any) string {
	list := make([]string, 0, len(fields))
	for name := range fields {
		list = append(list, name)
	}
	slices.Sort(list)
	return "one of " + strings.Join(list, ", ")
}

// syntax says what encoding/json has found without the names of Go's types.
func syntax(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("a JSON %s does not fit, want %s", wrong.Value, kind(wrong.Type))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends too early")
	}
	return err
}

func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	default:
		return "another type"
	}
}
