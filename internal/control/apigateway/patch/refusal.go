package patch

import (
	"fmt"
	"slices"
	"strings"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// BadRequest returns AWS's error of that name.
func BadRequest(format string, args ...any) error {
	return &gen.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

// NotFound returns AWS's error of that name.
func NotFound(format string, args ...any) error {
	return &gen.NotFoundException{Message: fmt.Sprintf(format, args...)}
}

// Refusal words the refusal of a change that no row takes. known is a row with the path and without the operator, nil when
// no row has the path. AWS has several families of wordings (patch-operations.md, "Error families").
type Refusal func(all []Spec, known *Spec, c Change) error

// ListPaths looks at the operator first and lists the paths that take it (recorded: test_update_resource_behaviour).
func ListPaths(all []Spec, _ *Spec, c Change) error {
	var paths []string
	for _, spec := range all {
		shown := spec.Shown
		if shown == "" {
			shown = spec.Path
		}
		if spec.Ops&c.Op != 0 && !slices.Contains(paths, shown) {
			paths = append(paths, shown)
		}
	}
	rest := "Please choose supported operations"
	if len(paths) > 0 {
		rest = "Must be one of: [" + strings.Join(paths, ", ") + "]"
	}
	return BadRequest("Invalid patch path  '%s' specified for op '%s'. %s", c.shownPath(), c.Operator, rest)
}

// PathThenOp looks at the path first and lists its operators (recorded: test_update_method_validation).
func PathThenOp(_ []Spec, known *Spec, c Change) error {
	if known == nil {
		return BadRequest("Invalid patch path %s", c.shownPath())
	}
	return BadRequest("Invalid patch operation specified. Must be one of: [%s]", known.Ops)
}
