package validate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxViolations is how many violations are looked at to choose those that are told.
const maxViolations = 500

// explain adds what a violation comes down to, in an order that does not depend on chance.
func explain(violation *jsonschema.ValidationError, found *problems) {
	var list []problem
	collect(violation, &list)
	slices.SortFunc(list, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Error, b.Error))
	})
	for _, p := range slices.Compact(list) {
		found.add(p.Where, p.Error)
	}
}

// collect goes down to the violations that are no consequence of others.
func collect(v *jsonschema.ValidationError, list *[]problem) {
	if len(*list) >= maxViolations {
		return
	}
	switch k := v.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range v.Causes {
			collect(cause, list)
		}
		return
	case *kind.AnyOf:
		if branch := likely(v); branch != nil {
			collect(branch, list)
			return
		}
	case *kind.OneOf:
		if branch := likely(v); branch != nil && len(k.Subschemas) == 0 {
			collect(branch, list)
			return
		}
	}
	*list = append(*list, problem{Where: where(v.InstanceLocation), Error: text(v.ErrorKind)})
}

// likely returns which of several alternatives the caller has meant, if only one is left without those that want another
// type or another constant.
func likely(v *jsonschema.ValidationError) *jsonschema.ValidationError {
	var branch *jsonschema.ValidationError
	for _, cause := range v.Causes {
		if otherwise(cause, len(v.InstanceLocation)) {
			continue
		}
		if branch != nil {
			return nil
		}
		branch = cause
	}
	return branch
}

// otherwise says whether a branch is for other values: of another type, or with another constant in one of its members.
func otherwise(v *jsonschema.ValidationError, depth int) bool {
	switch v.ErrorKind.(type) {
	case *kind.Type, *kind.FalseSchema:
		return len(v.InstanceLocation) == depth
	case *kind.Const, *kind.Enum:
		return len(v.InstanceLocation) <= depth+1
	case *kind.Group, *kind.Reference, *kind.AllOf:
		return slices.ContainsFunc(v.Causes, func(c *jsonschema.ValidationError) bool { return otherwise(c, depth) })
	}
	return false
}

// where is a JSON pointer behind the word body.
func where(path []string) string {
	var b strings.Builder
	b.WriteString(inBody)
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// text says what is wrong, without the value: the caller has it.
func text(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("is of type %s, want %s", k.Got, strings.Join(k.Want, " or "))
	case *kind.Enum:
		return "is not one of " + listed(k.Want)
	case *kind.Const:
		return "is not " + listed([]any{k.Want})
	case *kind.Format:
		return "is not in the format " + k.Want
	case *kind.Pattern:
		return "does not match the pattern " + k.Want
	case *kind.Not:
		return "matches what it must not"
	case *kind.AnyOf:
		return "matches none of the alternatives"
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return "matches more than one of the alternatives"
		}
		return "matches none of the alternatives"
	case *kind.FalseSchema:
		return "is not allowed"
	}
	if s := textOfNumber(k); s != "" {
		return s
	}
	if s := textOfString(k); s != "" {
		return s
	}
	if s := textOfObject(k); s != "" {
		return s
	}
	if s := textOfArray(k); s != "" {
		return s
	}
	return "does not match the schema"
}

func textOfNumber(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return "is less than " + number(k.Want)
	case *kind.Maximum:
		return "is more than " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "is not more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "is not less than " + number(k.Want)
	case *kind.MultipleOf:
		return "is no multiple of " + number(k.Want)
	}
	return ""
}

func textOfString(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("is shorter than %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("is longer than %d characters", k.Want)
	}
	return ""
}

func textOfObject(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Required:
		return "has no " + quoted(k.Missing)
	case *kind.Dependency:
		return fmt.Sprintf("has %q, but no %s", k.Prop, quoted(k.Missing))
	case *kind.DependentRequired:
		return fmt.Sprintf("has %q, but no %s", k.Prop, quoted(k.Missing))
	case *kind.AdditionalProperties:
		slices.Sort(k.Properties)
		return "has what is not allowed: " + quoted(k.Properties)
	case *kind.PropertyNames:
		return fmt.Sprintf("has a name that is not allowed: %q", k.Property)
	case *kind.MinProperties:
		return fmt.Sprintf("has fewer than %d properties", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has more than %d properties", k.Want)
	}
	return ""
}

func textOfArray(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinItems:
		return fmt.Sprintf("has fewer than %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has more than %d items", k.Want)
	case *kind.AdditionalItems:
		return fmt.Sprintf("has %d items too many", k.Count)
	case *kind.UniqueItems:
		return fmt.Sprintf("has equal items at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains, *kind.MinContains:
		return "has too few of the items that it must contain"
	case *kind.MaxContains:
		return fmt.Sprintf("has more than %d of the items that it may contain", k.Want)
	}
	return ""
}

// shown is how many of several values or names are told.
const shown = 10

func quoted(names []string) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), shown)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", clip(name))
	}
	return b.String()
}

func listed(values []any) string {
	var parts []string
	for _, v := range values[:min(len(values), shown)] {
		text, err := json.Marshal(v)
		if err != nil {
			return "what is allowed"
		}
		parts = append(parts, string(text))
	}
	return strings.Join(parts, ", ")
}

func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return fmt.Sprint(f)
}
