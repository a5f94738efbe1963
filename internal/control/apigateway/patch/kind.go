package patch

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind reads the value of a change.
type Kind[V any] struct {
	Name  string
	Parse func(Change) (V, error)
}

// Then returns a kind that checks what it read.
func (k Kind[V]) Then(check func(V) error) Kind[V] {
	return Kind[V]{Name: k.Name, Parse: func(c Change) (V, error) {
		v, err := k.Parse(c)
		if err == nil {
			err = check(v)
		}
		return v, err
	}}
}

// Otherwise returns a kind that refuses with a text of its own.
func (k Kind[V]) Otherwise(text string) Kind[V] {
	return Kind[V]{Name: k.Name, Parse: func(c Change) (V, error) {
		v, err := k.Parse(c)
		if err != nil {
			return v, BadRequest("%s", text)
		}
		return v, nil
	}}
}

// Text takes any string; an absent value is empty.
func Text() Kind[string] {
	return Kind[string]{Name: "string", Parse: func(c Change) (string, error) { return c.Value, nil }}
}

// Flag is true for "true" and false for everything else (recorded: test_update_method, test_update_api_key).
func Flag() Kind[bool] {
	return Kind[bool]{Name: "boolean", Parse: func(c Change) (bool, error) { return strings.EqualFold(c.Value, "true"), nil }}
}

// Integer takes 32 bits.
func Integer() Kind[int] {
	return Kind[int]{Name: "integer", Parse: func(c Change) (int, error) {
		n, err := strconv.ParseInt(c.Value, 10, 32)
		if err != nil {
			return 0, invalid(c, "an integer")
		}
		return int(n), nil
	}}
}

// Long takes 64 bits.
func Long() Kind[int64] {
	return Kind[int64]{Name: "long", Parse: func(c Change) (int64, error) {
		n, err := strconv.ParseInt(c.Value, 10, 64)
		if err != nil {
			return 0, invalid(c, "an integer")
		}
		return n, nil
	}}
}

// Double takes a finite number.
func Double() Kind[float64] {
	return Kind[float64]{Name: "double", Parse: func(c Change) (float64, error) {
		f, err := strconv.ParseFloat(c.Value, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return 0, invalid(c, "a number")
		}
		return f, nil
	}}
}

// Enum takes one of values.
func Enum[S ~string](values ...S) Kind[S] {
	return Kind[S]{Name: "enum", Parse: func(c Change) (S, error) {
		if !slices.Contains(values, S(c.Value)) {
			names := make([]string, len(values))
			for i, v := range values {
				names[i] = string(v)
			}
			return "", invalid(c, "one of ["+strings.Join(names, ", ")+"]")
		}
		return S(c.Value), nil
	}}
}

// ARN takes an ARN; an empty value clears.
func ARN() Kind[string] {
	return Kind[string]{Name: "ARN", Parse: func(c Change) (string, error) {
		if c.Value != "" && !strings.HasPrefix(c.Value, "arn:") {
			return "", invalid(c, "an ARN")
		}
		return c.Value, nil
	}}
}

// JSON takes a JSON document; an empty value clears.
func JSON() Kind[string] {
	return Kind[string]{Name: "JSON", Parse: func(c Change) (string, error) {
		if c.Value != "" && !json.Valid([]byte(c.Value)) {
			return "", invalid(c, "JSON")
		}
		return c.Value, nil
	}}
}

// Optional makes nil of an absent or empty value.
func Optional[V any](kind Kind[V]) Kind[*V] {
	return Kind[*V]{Name: kind.Name, Parse: func(c Change) (*V, error) {
		if c.Value == "" {
			return nil, nil
		}
		v, err := kind.Parse(c)
		return &v, err
	}}
}

// OrEmpty takes an absent or empty value as the zero one, which clears.
func OrEmpty[V any](kind Kind[V]) Kind[V] {
	return Kind[V]{Name: kind.Name, Parse: func(c Change) (V, error) {
		if c.Value == "" {
			var zero V
			return zero, nil
		}
		return kind.Parse(c)
	}}
}

// invalid has a text of our own: AWS's is not known.
func invalid(c Change, want string) error {
	return BadRequest("Invalid patch value '%s' specified for path %s: must be %s", c.Value, c.Path, want)
}
