package jsonpath

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// operand is one side of a comparison: a path, a regular expression, or a value.
type operand struct {
	path    *Path
	pattern *regexp.Regexp
	value   java.Value
}

// undefined is the value of a path that leads nowhere. It equals nothing.
type undefined struct{}

func (o *operand) evaluate(e *evaluation, item java.Value) (java.Value, error) {
	switch {
	case o.pattern != nil:
		return o.pattern, nil
	case o.path == nil:
		return o.value, nil
	}
	v, err := e.nested(o.path, item, false)
	if errors.Is(err, ErrNotFound) {
		return undefined{}, nil
	}
	return v, err
}

func (x relation) test(e *evaluation, item java.Value) (bool, error) {
	left, err := x.left.evaluate(e, item)
	if err != nil {
		return false, err
	}
	right, err := x.right.evaluate(e, item)
	if err != nil {
		return false, err
	}
	return relate(left, right, x.operator)
}

func relate(left, right java.Value, operator string) (bool, error) {
	switch operator {
	case "==":
		return same(left, right), nil
	case "!=":
		return !same(left, right), nil
	case "===":
		return sameType(left, right) && same(left, right), nil
	case "!==":
		return !sameType(left, right) || !same(left, right), nil
	case "<", "<=", ">", ">=":
		return ordered(left, right, operator), nil
	case "=~":
		return match(left, right), nil
	case "size":
		return hasSize(left, right), nil
	case "empty":
		return isEmpty(left, right)
	case "contains":
		return contains(left, right), nil
	}
	return relateList(left, right, operator)
}

// relateList does the operators whose right side is a list.
func relateList(left, right java.Value, operator string) (bool, error) {
	set, err := list(right)
	if err != nil || set == nil {
		return operator == "nin" && err == nil, err
	}
	if operator == "in" || operator == "nin" {
		return isIn(left, set.Items) == (operator == "in"), nil
	}
	all, err := list(left)
	if err != nil || all == nil {
		return false, err
	}
	in := func(v java.Value) bool { return isIn(v, set.Items) }
	switch operator {
	case "subsetof":
		return !slices.ContainsFunc(all.Items, func(v java.Value) bool { return !in(v) }), nil
	case "anyof":
		return slices.ContainsFunc(all.Items, in), nil
	case "noneof":
		return !slices.ContainsFunc(all.Items, in), nil
	default: // all
		return !slices.ContainsFunc(set.Items, func(v java.Value) bool { return !isIn(v, all.Items) }), nil
	}
}

// list returns v as a list, nil for an object. For what is neither the filter does not fit.
func list(v java.Value) (*java.List, error) {
	switch v := v.(type) {
	case *java.List:
		return v, nil
	case *java.Map:
		return nil, nil
	}
	return nil, ErrInvalid
}

func isIn(v java.Value, items []java.Value) bool {
	return slices.ContainsFunc(items, func(item java.Value) bool { return same(v, item) })
}

// same is "==": strings and numbers are compared as what the left side is.
func same(left, right java.Value) bool {
	switch l := left.(type) {
	case undefined, *regexp.Regexp:
		return false
	case string:
		if java.IsNumber(right) {
			right = java.String(right)
		}
		return l == right
	case nil, bool, *java.Map, *java.List:
		return java.Equal(left, right)
	}
	if s, ok := right.(string); ok {
		d, ok := java.ParseDecimal(s)
		if !ok {
			return false
		}
		right = d
	}
	c, ok := compareNumbers(left, right)
	return ok && c == 0
}

func sameType(left, right java.Value) bool {
	return typeOf(left) == typeOf(right)
}

func typeOf(v java.Value) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case *java.Map, *java.List:
		return "json"
	case undefined, *regexp.Regexp:
		return ""
	}
	return "number"
}

func compareNumbers(left, right java.Value) (int, bool) {
	l, lok := whole(left)
	r, rok := whole(right)
	if lok && rok {
		switch {
		case l < r:
			return -1, true
		case l > r:
			return 1, true
		}
		return 0, true
	}
	a, aok := java.ToDecimal(left)
	b, bok := java.ToDecimal(right)
	if !aok || !bok {
		return 0, false
	}
	return a.Compare(b), true
}

func whole(v java.Value) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case *java.Decimal:
		if v.Scale() == 0 && v.Unscaled().IsInt64() {
			return v.Unscaled().Int64(), true
		}
	}
	return 0, false
}

func ordered(left, right java.Value, operator string) bool {
	var c int
	ls, lok := left.(string)
	rs, rok := right.(string)
	switch {
	case lok && rok:
		c = strings.Compare(ls, rs)
	case lok || rok:
		return false
	default:
		var ok bool
		if c, ok = compareNumbers(left, right); !ok {
			return false
		}
	}
	switch operator {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	default:
		return c >= 0
	}
}

// match is "=~": exactly one side is a regular expression, and it takes the whole of the other. Of a list it takes any
// element.
func match(left, right java.Value) bool {
	re, ok := left.(*regexp.Regexp)
	subject := right
	if !ok {
		if re, ok = right.(*regexp.Regexp); !ok {
			return false
		}
		subject = left
	}
	if l, ok := subject.(*java.List); ok {
		return slices.ContainsFunc(l.Items, func(v java.Value) bool { return re.MatchString(subjectText(v)) })
	}
	_, both := subject.(*regexp.Regexp)
	return !both && re.MatchString(subjectText(subject))
}

func subjectText(v java.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case nil, *java.Map, *java.List, undefined:
		return ""
	}
	return java.String(v)
}

func hasSize(left, right java.Value) bool {
	d, ok := java.ToDecimal(right)
	if !ok {
		return false
	}
	size := -1
	switch l := left.(type) {
	case string:
		size = utf16Len(l)
	case *java.List:
		size = len(l.Items)
	case *java.Map:
	default:
		return false
	}
	return d.Int().IsInt64() && d.Int().Int64() == int64(size)
}

// utf16Len is String.length.
func utf16Len(s string) (n int) {
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

func isEmpty(left, right java.Value) (bool, error) {
	want, ok := right.(bool)
	var empty bool
	switch l := left.(type) {
	case string:
		empty = l == ""
	case *java.List:
		empty = len(l.Items) == 0
	case *java.Map:
		empty = l.Len() == 0
	default:
		return false, nil
	}
	if !ok {
		return false, ErrInvalid
	}
	return empty == want, nil
}

func contains(left, right java.Value) bool {
	switch l := left.(type) {
	case string:
		s, ok := right.(string)
		return ok && strings.Contains(l, s)
	case *java.List:
		return slices.ContainsFunc(l.Items, func(item java.Value) bool { return same(item, right) })
	}
	return false
}
