package wire

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxProblems bounds how many broken constraints one answer lists, maxShown how many bytes of a value it shows.
	maxProblems = 100
	maxShown    = 1024

	notNull = "Member must not be null"
)

// validate checks an input against the model's constraints and words what is broken as AWS's services in Java do
// (aws-behaviour.md, fact 40).
func (s *Service) validate(op *Operation, input any) error {
	if op.Input == NoShape {
		return nil
	}
	v := validator{service: s, emptyClears: s.model.EmptyClears && strings.HasPrefix(op.Name, "Update")}
	root := ""
	if s.model.ValidationRoot {
		root = lowerFirst(op.Name) + "Input"
	}
	v.structure(s.shapeOf(op.Input), reflect.ValueOf(input).Elem(), root)
	if len(v.problems) == 0 {
		return nil
	}
	noun := "errors"
	if len(v.problems) == 1 {
		noun = "error"
	}
	return &Error{
		Code:      cmp.Or(s.model.ValidationCode, "ValidationException"),
		QueryCode: "ValidationError",
		Message:   fmt.Sprintf("%d validation %s detected: %s", len(v.problems), noun, strings.Join(v.problems, "; ")),
		Status:    400,
	}
}

type validator struct {
	service     *Service
	emptyClears bool
	problems    []string
}

func (v *validator) report(shown, path, constraint string) {
	what := "Value " + shown
	if v.service.model.HidesValues {
		what = "Value"
	}
	if len(v.problems) < maxProblems {
		v.problems = append(v.problems, what+" at '"+path+"' failed to satisfy constraint: "+constraint)
	}
}

func (v *validator) structure(s *Shape, value reflect.Value, path string) {
	for i := range s.Members {
		m := &s.Members[i]
		if m.Exempt {
			continue
		}
		field, at := value.FieldByName(m.Field), join(path, lowerFirst(m.Wire))
		if m.Location != InBody { // recorded: test_update_method_response_negative_tests has 'statusCode' alone
			at = lowerFirst(m.Field)
		}
		switch {
		case !absent(field):
			v.value(v.service.shapeOf(m.Shape), field, at)
		case m.Required:
			v.report("null", at, notNull)
		}
	}
}

func (v *validator) value(s *Shape, value reflect.Value, path string) {
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	for _, constraint := range v.broken(s, value) {
		v.report(show(s, value), path, constraint)
	}
	switch s.Kind {
	case Structure:
		v.structure(s, value, path)
	case List:
		v.list(s, value, path)
	case Map:
		v.dict(s, value, path)
	case String, Integer, Long, Double, Boolean, Timestamp, Blob:
	}
}

// list reports scalars once, with all constraints of an element, and goes into anything else.
func (v *validator) list(s *Shape, value reflect.Value, path string) {
	elem := v.service.shapeOf(s.Elem)
	for i := range value.Len() {
		if !elem.scalar() {
			v.value(elem, value.Index(i), join(path, strconv.Itoa(i+1)+".member"))
		} else if len(v.broken(elem, value.Index(i))) > 0 {
			v.report(show(s, value), path, "Member must satisfy constraint: ["+strings.Join(v.elementConstraints(elem), ", ")+"]")
			return
		}
	}
}

func (v *validator) dict(s *Shape, value reflect.Value, path string) {
	key, elem := v.service.shapeOf(s.Key), v.service.shapeOf(s.Elem)
	keys := value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	badKey, badValue := false, false
	for _, k := range keys {
		badKey = badKey || len(v.broken(key, k)) > 0
		if !elem.scalar() {
			v.value(elem, value.MapIndex(k), join(path, k.String()+".member"))
			continue
		}
		badValue = badValue || len(v.broken(elem, value.MapIndex(k))) > 0
	}
	if badKey {
		v.report(show(s, value), path, "Map keys must satisfy constraint: ["+strings.Join(key.constraints(), ", ")+"]")
	}
	if badValue {
		v.report(show(s, value), path, "Map value must satisfy constraint: ["+strings.Join(v.elementConstraints(elem), ", ")+"]")
	}
}

func (s *Shape) scalar() bool { return s.Kind != Structure && s.Kind != List && s.Kind != Map }

// broken returns the constraints of the shape itself that the value does not meet.
func (v *validator) broken(s *Shape, value reflect.Value) []string {
	size, ok := magnitude(s, value)
	if !ok || v.emptyClears && s.Kind == String && size == 0 {
		return nil
	}
	var list []string
	if s.Min.Set && size < float64(s.Min.Value) {
		list = append(list, s.minText())
	}
	if s.Max.Set && size > float64(s.Max.Value) {
		list = append(list, s.maxText())
	}
	if s.Kind != String {
		return list
	}
	if s.Pattern != "" && !v.service.patterns[s.Pattern].MatchString(value.String()) {
		list = append(list, s.patternText())
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value.String()) {
		list = append(list, s.enumText())
	}
	return list
}

// magnitude is what Min and Max bound. Streams and shapes without a size have none.
func magnitude(s *Shape, value reflect.Value) (float64, bool) {
	switch s.Kind {
	case String:
		return float64(utf8.RuneCountInString(value.String())), true
	case List, Map:
		return float64(value.Len()), true
	case Blob:
		if s.Streaming {
			return 0, false
		}
		return float64(value.Len()), true
	case Integer, Long:
		return float64(value.Int()), true
	case Double:
		return value.Float(), true
	case Structure, Boolean, Timestamp:
	}
	return 0, false
}

func (s *Shape) constraints() []string {
	var list []string
	if s.Max.Set {
		list = append(list, s.maxText())
	}
	if s.Min.Set {
		list = append(list, s.minText())
	}
	if s.Pattern != "" {
		list = append(list, s.patternText())
	}
	if len(s.Enum) > 0 {
		list = append(list, s.enumText())
	}
	return list
}

// elementConstraints are those of a list's element or a map's value. Most services have it not null besides (recordings of
// Lambda's PublishLayerVersion and CreateAlias and of IAM's UntagRole in localstack's snapshots), API Gateway has not
// (test_create_rest_api_verify_defaults there).
func (v *validator) elementConstraints(s *Shape) []string {
	if v.service.model.ValidationRoot {
		return s.constraints()
	}
	return append(s.constraints(), notNull)
}

func (s *Shape) measure() string {
	switch s.Kind {
	case Integer, Long, Double:
		return "value"
	default:
		return "length"
	}
}

func (s *Shape) minText() string {
	return fmt.Sprintf("Member must have %s greater than or equal to %d", s.measure(), s.Min.Value)
}

func (s *Shape) maxText() string {
	return fmt.Sprintf("Member must have %s less than or equal to %d", s.measure(), s.Max.Value)
}

func (s *Shape) patternText() string {
	return "Member must satisfy regular expression pattern: " + s.Pattern
}

func (s *Shape) enumText() string {
	return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
}

// show renders a value for a message, as Java prints it.
func show(s *Shape, value reflect.Value) string {
	if s.Sensitive {
		return "'***Sensitive Data Redacted***'"
	}
	text := plain(value)
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "..."
	}
	return "'" + text + "'"
}

func plain(value reflect.Value) string {
	switch value.Kind() {
	case reflect.Slice:
		var items []string
		for i := range min(value.Len(), maxShown) {
			items = append(items, plain(value.Index(i)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		var items []string
		for it := value.MapRange(); it.Next() && len(items) < maxShown; {
			items = append(items, plain(it.Key())+"="+plain(it.Value()))
		}
		slices.Sort(items)
		return "{" + strings.Join(items, ", ") + "}"
	case reflect.Struct:
		return "..."
	default:
		return fmt.Sprint(value.Interface())
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
