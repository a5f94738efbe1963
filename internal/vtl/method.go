package vtl

import (
	"fmt"
	"math/big"

	"github.com/dipylon/dipylon/internal/java"
)

// arguments are what a method is called with.
type arguments []java.Value

func (a arguments) string(i int) (string, bool) {
	if i >= len(a) {
		return "", false
	}
	s, ok := a[i].(string)
	return s, ok
}

// strings returns the first arguments, if they are all strings and there are no others.
func (a arguments) strings(n int) ([2]string, bool) {
	var out [2]string
	if len(a) != n {
		return out, false
	}
	for i := range n {
		s, ok := a.string(i)
		if !ok {
			return out, false
		}
		out[i] = s
	}
	return out, true
}

// int is an argument where Java wants an int: a Long is none.
func (a arguments) int(i int) (int, bool) {
	if i >= len(a) {
		return 0, false
	}
	n, ok := a[i].(int32)
	return int(n), ok
}

// void is what methods return that return nothing.
const void = ""

// call calls a method of a value. What has no such method returns null, without an error.
func call(r *run, v java.Value, name string, args arguments) (java.Value, error) {
	result, ok, err := callOf(r, v, name, args)
	if err != nil || !ok && !isCommon(name, args) {
		return nil, err
	}
	if !ok {
		return common(r, v, name, args)
	}
	if s, ok := result.(string); ok {
		err = r.budget.Spend(cost(len(s)))
	}
	return result, err
}

func callOf(r *run, v java.Value, name string, args arguments) (java.Value, bool, error) {
	if name == "compareTo" && len(args) == 1 && isComparable(v) && !sameComparable(v, args[0]) {
		return nil, true, fmt.Errorf("vtl: compareTo of another class")
	}
	switch v := v.(type) {
	case string:
		return stringMethod(r, v, name, args)
	case *java.Map:
		return mapMethod(r, v, name, args)
	case *java.List:
		return listMethod(r, v, name, args)
	case int32, int64, float64, *big.Int, *java.Decimal:
		result, ok, err := numberMethod(v, name, args)
		return result, ok, err
	case bool:
		result, ok := boolMethod(v, name, args)
		return result, ok, nil
	case *java.Entry:
		result, ok := entryMethod(v, name, args)
		return result, ok, nil
	case Object:
		return v.Call(name, args, &r.budget)
	}
	return nil, false, nil
}

// same is Object.equals.
func same(a, b java.Value) bool {
	switch a.(type) {
	case *blockValue, *loop:
		return a == b
	}
	return java.Equal(a, b)
}

func isComparable(v java.Value) bool {
	switch v.(type) {
	case string, bool:
		return true
	}
	return java.IsNumber(v)
}

func sameComparable(a, b java.Value) bool {
	return sameNumberClass(a, b) || !java.IsNumber(a) && sameClass(a, b)
}

// isCommon tells the methods of java.lang.Object.
func isCommon(name string, args arguments) bool {
	switch name {
	case "toString", "hashCode":
		return len(args) == 0
	case "equals":
		return len(args) == 1
	}
	return false
}

func common(r *run, v java.Value, name string, args arguments) (java.Value, error) {
	switch name {
	case "toString":
		s, ok, err := r.text(v)
		if !ok {
			return nil, err
		}
		return s, err
	case "hashCode":
		const most = 100_000 // of a list that holds itself Java has none either
		b := Budget{most}
		h := hashCode(v, &b)
		if b.Left < 0 {
			return nil, fmt.Errorf("%w: hashCode of too much", ErrLimit)
		}
		return h, r.budget.Spend(most - b.Left)
	default:
		return same(v, args[0]), r.budget.Spend(1)
	}
}

// property is $value.name: a getter, a map's key, or isName.
func property(r *run, v java.Value, name string) (java.Value, error) {
	switch v := v.(type) {
	case *java.Map:
		value, _ := v.FindName(name)
		return value, nil
	case *java.Entry:
		switch name {
		case "key", "Key":
			return v.Key(), nil
		case "value", "Value":
			return v.Value, nil
		}
		return nil, nil
	case Object:
		return v.Property(name), nil
	case string, *java.List:
		if name == "empty" || name == "Empty" {
			return call(r, v, "isEmpty", nil)
		}
	case float64:
		switch name {
		case "infinite", "Infinite":
			return call(r, v, "isInfinite", nil)
		case "naN", "NaN":
			return call(r, v, "isNaN", nil)
		}
	}
	return nil, nil
}

func boolMethod(v bool, name string, args arguments) (java.Value, bool) {
	switch {
	case name == "booleanValue" && len(args) == 0:
		return v, true
	case name == "compareTo" && len(args) == 1:
		other, _ := args[0].(bool)
		switch {
		case v == other:
			return int32(0), true
		case v:
			return int32(1), true
		}
		return int32(-1), true
	case (name == "parseBoolean" || name == "valueOf") && len(args) == 1:
		if b, ok := args[0].(bool); ok {
			return b, name == "valueOf"
		}
		s, ok := args.string(0)
		return equalFold(s, "true"), ok
	}
	return nil, false
}

func entryMethod(e *java.Entry, name string, args arguments) (java.Value, bool) {
	switch {
	case name == "getKey" && len(args) == 0:
		return e.Key(), true
	case name == "getValue" && len(args) == 0:
		return e.Value, true
	case name == "setValue" && len(args) == 1:
		old := e.Value
		e.Value = args[0]
		return old, true
	}
	return nil, false
}

// hashCode is Object.hashCode of what has one by its value.
func hashCode(v java.Value, b *Budget) int32 {
	const prime = 31
	var h int32
	if b.Spend(1) != nil {
		return h
	}
	switch v := v.(type) {
	case string:
		for _, c := range utf16Of(v) {
			h = h*prime + int32(c)
		}
	case bool:
		if h = 1237; v {
			h = 1231
		}
	case int32:
		h = v
	case int64:
		h = int32(v ^ int64(uint64(v)>>32)) //nolint:gosec // as in Java
	case *java.List:
		h = 1
		for _, item := range v.Items {
			h = h*prime + hashCode(item, b)
		}
	case *java.Map:
		for _, e := range v.Entries() {
			h += hashCode(e.Key(), b) ^ hashCode(e.Value, b)
		}
	}
	return h
}

func numberFormat(s string) error { return fmt.Errorf("vtl: for input string: %q", s) }
