package document

import (
	"net/url"
	"strconv"
	"strings"
)

// Reference returns what v refers to if it is a reference object.
func Reference(v *Value) (*Value, bool) {
	if v.Kind != Object {
		return nil, false
	}
	ref := v.Get("$ref")
	return ref, ref != nil && ref.IsScalar()
}

// Resolve returns the value that a JSON pointer in a URI fragment (RFC 6901, section 6) names, or nil.
func (v *Value) Resolve(pointer string) *Value {
	pointer, err := url.PathUnescape(pointer)
	if err != nil {
		return nil
	}
	if pointer == "" {
		return v
	}
	steps := strings.Split(pointer, "/")
	if steps[0] != "" {
		return nil
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, step := range steps[1:] {
		switch {
		case v == nil:
			return nil
		case v.Kind == List:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v.Items) {
				return nil
			}
			v = v.Items[i]
		default:
			v = v.Get(unescape.Replace(step))
		}
	}
	return v
}
