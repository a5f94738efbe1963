package policy

import "strings"

// variable is a policy variable, ${key} or ${key, 'default'} (reference_policies_variables).
type variable struct {
	key      string
	fallback string
	hasValue bool // fallback stands where the key has no value
}

// parseVariable reads what stands between the braces.
func parseVariable(inner string) (variable, bool) {
	name, fallback, hasFallback := strings.Cut(inner, ",")
	key, ok := contextKey(name)
	v := variable{key: key, hasValue: hasFallback}
	if hasFallback {
		quoted := strings.TrimLeft(fallback, " ")
		if len(quoted) < 2 || quoted[0] != '\'' || quoted[len(quoted)-1] != '\'' || strings.Contains(quoted[1:len(quoted)-1], "'") {
			return variable{}, false
		}
		v.fallback = quoted[1 : len(quoted)-1]
	}
	return v, ok
}

// variableLen returns the length of the ${…} that s begins with, 0 when it has no end. A brace in quotes is no end.
func variableLen(s string) int {
	quoted := false
	for i := len("${"); i < len(s); i++ {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return i + 1
		}
	}
	return 0
}

// value asks the context. A key with several values cannot be a variable, and an empty value is none.
func (v *variable) value(c Context) (string, bool) {
	values := lookup(c, v.key)
	if s, ok := values.single(); ok {
		return s, true
	}
	return v.fallback, v.hasValue
}

// arnFields splits the string of a document at the first five colons that are not in a variable; ok reports that there
// are as many as an ARN has.
func arnFields(s string, variables bool) (fields [6]string, ok bool) {
	n, start := 0, 0
	for i := 0; i < len(s) && n < 5; i++ {
		if variables && strings.HasPrefix(s[i:], "${") {
			if l := variableLen(s[i:]); l > 0 {
				i += l - 1
			}
			continue
		}
		if s[i] == ':' {
			fields[n] = s[start:i]
			n, start = n+1, i+1
		}
	}
	fields[n] = s[start:]
	return fields, n == 5
}
