package openapi

import (
	"net/url"
	"strconv"
	"strings"
)

// reference returns what v refers to if it is a reference object.
func reference(v *value) (*value, bool) {
	if v.kind != object {
		return nil, false
	}
	ref := v.get("$ref")
	return ref, ref != nil && ref.isScalar()
}

// follow returns the value that v stands for: v itself unless it is a reference. A reference to nothing gives nil.
// References that leave the document or lead back to themselves are errors.
func (r *reader) follow(v *value) (*value, error) {
	seen := 0
	for {
		ref, ok := reference(v)
		if !ok {
			return v, nil
		}
		if seen++; seen > maxDepth {
			return nil, invalid(ref.at, "Reference '%s' leads back to itself", ref.text)
		}
		target, err := r.lookUp(ref)
		if err != nil || target == nil {
			return nil, err
		}
		v = target
	}
}

func (r *reader) lookUp(ref *value) (*value, error) {
	if target, known := r.refs[ref.text]; known {
		return target, nil
	}
	pointer, local := strings.CutPrefix(ref.text, "#")
	if !local {
		return nil, invalid(ref.at, "Reference '%s' is not inside the definition", ref.text)
	}
	target := r.root.resolve(pointer)
	r.refs[ref.text] = target
	return target, nil
}

// resolve returns the value that a JSON pointer in a URI fragment (RFC 6901, section 6) names, or nil.
func (v *value) resolve(pointer string) *value {
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
		case v.kind == list:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v.items) {
				return nil
			}
			v = v.items[i]
		default:
			v = v.get(unescape.Replace(step))
		}
	}
	return v
}
