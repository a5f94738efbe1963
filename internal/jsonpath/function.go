package jsonpath

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// argument is what a function is called with: a path into the document, or a value.
type argument struct {
	path  *Path
	value java.Value
}

// functions are those of the original; first, last and index came with its release 2.8.
var functions = []string{"avg", "stddev", "sum", "min", "max", "concat", "length", "size", "append", "keys", "first", "last", "index"}

func isLength(name string) bool { return name == "length" || name == "size" }

// function reads the arguments of a call, whose bracket stands before the position.
func (c *compiler) function(name string) error {
	if !slices.Contains(functions, name) {
		return fmt.Errorf("jsonpath: there is no function %s", name)
	}
	end := matching(c.text, c.pos-1, false)
	if end < 0 {
		return fmt.Errorf("jsonpath: the arguments of %s have no end", name)
	}
	t := &token{kind: function, names: []string{name}}
	for _, text := range splitArguments(c.text[c.pos:end]) {
		a, err := c.argument(name, text)
		if err != nil {
			return err
		}
		t.args = append(t.args, a)
	}
	if name == "index" && len(t.args) == 0 {
		return fmt.Errorf("jsonpath: index takes a number")
	}
	c.pos = end + 1
	c.add(t)
	return nil
}

func (c *compiler) argument(name, text string) (argument, error) {
	if text == "" {
		return argument{}, fmt.Errorf("jsonpath: %s has an empty argument", name)
	}
	if text[0] != '$' && text[0] != '@' {
		value, err := ParseLoose(text)
		return argument{value: value}, err
	}
	inner := compiler{text: text, depth: c.depth + 1}
	p, err := compile(text, c.depth+1)
	if err == nil && isLength(name) && p.tail != nil && !p.function {
		p, err = compile(inner.text+".*", c.depth+1) // what is counted is the children
	}
	return argument{path: p}, err
}

// splitArguments splits at the commas that stand in no bracket and in no string.
func splitArguments(s string) (args []string) {
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			if end := closing(s, i); end > 0 {
				i = end
			}
		case '(', '[', '{':
			if end := matching(s, i, false); end > 0 {
				i = end
			}
		case ',':
			args = append(args, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if last := strings.TrimSpace(s[start:]); last != "" || len(args) > 0 {
		args = append(args, last)
	}
	return args
}

// call finds the function's result. Tokens behind it go on from there.
func (t *token) call(e *evaluation, v java.Value) error {
	args, err := t.arguments(e, v)
	if err != nil {
		return err
	}
	result, err := apply(t.names[0], v, args)
	if err != nil {
		return err
	}
	return t.found(e, result)
}

// arguments evaluates paths at the document, but those of length at the value itself.
func (t *token) arguments(e *evaluation, v java.Value) ([]java.Value, error) {
	if len(t.args) == 0 {
		return nil, nil
	}
	args := make([]java.Value, len(t.args))
	for i, a := range t.args {
		args[i] = a.value
		if a.path == nil {
			continue
		}
		at := *e
		at.item = e.root
		if isLength(t.names[0]) {
			at.item, at.root = v, v
		}
		value, err := at.nested(a.path, at.item, false)
		if err != nil {
			return nil, err
		}
		args[i] = value
	}
	return args, nil
}

func apply(name string, v java.Value, args []java.Value) (java.Value, error) {
	switch name {
	case "length", "size":
		return length(v, args), nil
	case "concat":
		return concat(v, args), nil
	case "append":
		if l, ok := v.(*java.List); ok {
			return &java.List{Items: append(slices.Clone(l.Items), args...), JSON: l.JSON}, nil
		}
		return v, nil
	case "keys":
		m, ok := v.(*java.Map)
		if !ok {
			return nil, nil
		}
		keys := java.NewList()
		for _, e := range m.Entries() {
			keys.Items = append(keys.Items, e.Key())
		}
		return keys, nil
	case "first":
		return pick(v, 0)
	case "last":
		return pick(v, -1)
	case "index":
		if d, ok := java.ToDecimal(args[0]); ok && d.Int().IsInt64() {
			return pick(v, int(d.Int().Int64()))
		}
		return nil, ErrInvalid
	default:
		return aggregate(name, v, args)
	}
}

func length(v java.Value, args []java.Value) java.Value {
	if len(args) > 0 {
		if l, ok := args[0].(*java.List); ok {
			return java.Narrow(int64(len(l.Items)))
		}
	}
	switch v := v.(type) {
	case *java.List:
		return java.Narrow(int64(len(v.Items)))
	case *java.Map:
		return java.Narrow(int64(v.Len()))
	}
	return nil
}

func pick(v java.Value, i int) (java.Value, error) {
	l, ok := v.(*java.List)
	if !ok {
		return nil, ErrInvalid
	}
	if i < 0 {
		i += len(l.Items)
	}
	if i < 0 || i >= len(l.Items) {
		return nil, ErrInvalid
	}
	return l.Items[i], nil
}

// concat joins the strings of a list, and whatever the arguments hold.
func concat(v java.Value, args []java.Value) java.Value {
	var out []byte
	if l, ok := v.(*java.List); ok {
		for _, item := range l.Items {
			if s, ok := item.(string); ok {
				out = append(out, s...)
			}
		}
	}
	for _, item := range flatten(args) {
		if item != nil {
			out = java.Append(out, item)
		}
	}
	return string(out)
}

// flatten puts the elements of lists among the other arguments.
func flatten(args []java.Value) []java.Value {
	var out []java.Value
	for _, a := range args {
		if l, ok := a.(*java.List); ok {
			out = append(out, l.Items...)
		} else {
			out = append(out, a)
		}
	}
	return out
}

// aggregate computes with the numbers of a list and of the arguments. There must be one at least. As in the original, the
// greatest of negative numbers is Double.MIN_VALUE.
func aggregate(name string, v java.Value, args []java.Value) (java.Value, error) {
	var count, sum, squares float64
	low, high := math.MaxFloat64, math.SmallestNonzeroFloat64
	add := func(items []java.Value) {
		for _, item := range items {
			if f, ok := toFloat(item); ok {
				count++
				sum += f
				squares += f * f
				low, high = min(low, f), max(high, f)
			}
		}
	}
	if l, ok := v.(*java.List); ok {
		add(l.Items)
	}
	add(flatten(args))
	if count == 0 {
		return nil, ErrInvalid
	}
	switch name {
	case "sum":
		return sum, nil
	case "avg":
		return sum / count, nil
	case "min":
		return low, nil
	case "max":
		return high, nil
	default:
		return math.Sqrt(squares/count - sum*sum/count/count), nil
	}
}

func toFloat(v java.Value) (float64, bool) {
	switch v := v.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	case *java.Decimal:
		return v.Float(), true
	}
	return 0, false
}
