// Package mapping is parameter mapping: what an integration changes in requests before the back end gets them, and in the
// back end's responses before the client does
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html).
//
// Request mapping stands right in front of integrate: it fills the exchange's Outgoing, which integrate reads, so that the
// request stays what the client sent. Response mapping runs always, in front of what else changes responses, and does
// something if the back end has answered. The package may import content, gateway, exchange, selection and template.
package mapping

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

// Name is the name of both steps.
const Name = "mapping"

// Validate says whether an integration may have these parameters: keys such as "append:header.x", and for responses the
// same by status code. Headers that AWS reserves it may map if they are among the mappable. Its error has AWS's text.
func Validate(request map[string]string, response map[string]map[string]string, mappable []string) error {
	o := settings{strict: true, mappable: mappable}
	if _, err := compileRequest(request, o); err != nil {
		return err
	}
	_, err := compileResponse(response, o)
	return err
}

// settings are those of the values, and whether headers that are reserved are refused, but for the mappable. Programs are
// made of what was accepted once, so these do not ask again.
type settings struct {
	selection.Options
	strict   bool
	mappable []string
}

func (o *settings) refuses(k key) bool {
	return o.strict && k.target == toHeader && isReserved(k.text) &&
		!slices.ContainsFunc(o.mappable, func(name string) bool { return strings.EqualFold(name, k.text) })
}

// mapping is one parameter, compiled. A value that no call changes is in fixed.
type mapping struct {
	key
	name  []byte
	value *selection.Expression
	fixed []byte
}

// evaluate returns the mapping's value for a call, valid as long as the exchange. What is removed has none and is ok.
func (m *mapping) evaluate(x *exchange.Exchange) (value []byte, ok bool) {
	if m.fixed != nil {
		return m.fixed, true
	}
	if m.value == nil {
		return nil, m.op == exchange.EditRemove
	}
	return m.value.Append(x.Alloc(usualValue)[:0], x)
}

// usualValue is room for most values, in bytes.
const usualValue = 128

// compileParameters compiles a map and returns it in the order of its application: removals, replacements, additions,
// each by name. A parameter with an empty value does nothing, unless it removes.
func compileParameters(params map[string]string, dest side, o settings) ([]mapping, error) {
	var out []mapping
	var wrong Error
	for _, text := range sortedKeys(params) {
		m, err := compileParameter(text, params[text], dest, o)
		switch {
		case err != nil:
			wrong.Problems = append(wrong.Problems, err.Error())
		case m.op == exchange.EditRemove || m.value != nil:
			out = append(out, m)
		}
	}
	if len(wrong.Problems) > 0 {
		return nil, &wrong
	}
	slices.SortStableFunc(out, func(a, b mapping) int { return cmp.Compare(a.op, b.op) })
	return out, nil
}

func compileParameter(text, value string, dest side, o settings) (mapping, error) {
	k, err := parseKey(text, dest)
	if err != nil {
		return mapping{}, err
	}
	if o.refuses(k) {
		return mapping{}, &reservedError{k.text}
	}
	m := mapping{key: k, name: []byte(k.text)}
	if k.op == exchange.EditRemove || value == "" {
		return m, nil
	}
	o.Path = k.target == toPath
	if m.value, err = selection.Compile(value, o.Options); err != nil {
		return mapping{}, err
	}
	if constant, ok := m.value.Constant(); ok {
		m.fixed = []byte(constant)
		if k.target == toHeader {
			clean(m.fixed)
		}
	}
	return m, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// describe lists parameters for `dipylon explain`.
func describe(params map[string]string) string {
	parts := make([]string, 0, len(params))
	for _, k := range sortedKeys(params) {
		parts = append(parts, k+"="+params[k])
	}
	return strings.Join(parts, ", ")
}

// clean makes a call's value fit for its header. One that is fixed is fit already, and shared.
func (m *mapping) clean(value []byte) {
	if m.fixed == nil {
		clean(value)
	}
}

// clean makes a value fit to stand in a header field: control characters, which bodies and claims can bring in, become
// spaces.
func clean(value []byte) {
	for i, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			value[i] = ' '
		}
	}
}
