package openapi

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// follow returns the value that v stands for: v itself unless it is a reference. A reference to nothing gives nil.
// References that leave the document or lead back to themselves are errors.
func (r *reader) follow(v *document.Value) (*document.Value, error) {
	seen := 0
	for {
		ref, ok := document.Reference(v)
		if !ok {
			return v, nil
		}
		if seen++; seen > document.MaxDepth {
			return nil, invalid(ref.At, "Reference '%s' leads back to itself", ref.Text)
		}
		target, err := r.lookUp(ref)
		if err != nil || target == nil {
			return nil, err
		}
		v = target
	}
}

func (r *reader) lookUp(ref *document.Value) (*document.Value, error) {
	if target, known := r.refs[ref.Text]; known {
		return target, nil
	}
	pointer, local := strings.CutPrefix(ref.Text, "#")
	if !local {
		return nil, invalid(ref.At, "Reference '%s' is not inside the definition", ref.Text)
	}
	target := r.root.Resolve(pointer)
	r.refs[ref.Text] = target
	return target, nil
}
