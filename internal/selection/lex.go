package selection

import "strings"

// next splits s at its first variable: the text before it, its name without dollar sign and braces, and what follows.
// Without a variable all is text. A text that has escapes ends behind the first, with an empty name.
func next(s string) (text, name, after string) {
	for i := range len(s) {
		switch {
		case s[i] == '\\' && strings.HasPrefix(s[i+1:], "$"):
			if i > 0 {
				return s[:i], "", s[i:]
			}
			return "$", "", s[2:]
		case s[i] != '$':
		default:
			if name, n := nameAt(s[i+1:]); n > 0 {
				return s[:i], name, s[i+1+n:]
			}
		}
	}
	return s, "", ""
}

// nameAt reads the variable's name that s begins with, and returns how many bytes it takes, 0 for none.
func nameAt(s string) (name string, n int) {
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}')
		switch {
		case !hasRoot(s[1:]):
			return "", 0
		case end < 0:
			return s, len(s) // to be refused
		}
		return s[1:end], end + 1
	}
	if !hasRoot(s) {
		return "", 0
	}
	n = extent(s)
	return s[:n], n
}

// hasRoot reports whether s begins with one of the names that variables have, and a dot.
func hasRoot(s string) bool {
	for _, root := range []string{"request.", "response.", "context.", "stageVariables.", "method.request."} {
		if strings.HasPrefix(s, root) {
			return true
		}
	}
	return false
}

// extent is the length of a name without braces. Dots, hyphens and colons belong to it within, and not at its end;
// brackets only where there is a path into a body. A name of the context has no hyphen, unless someone else made it up.
func extent(s string) int {
	joins := ".-:"
	if strings.HasPrefix(s, "context.") && !strings.HasPrefix(s, "context.authorizer.") {
		joins = "."
	}
	path := strings.HasPrefix(strings.TrimPrefix(s, "method."), "request.body") || strings.HasPrefix(s, "response.body")
	n := 0
	for n < len(s) {
		switch c := s[n]; {
		case isName(c):
			n++
		case path && c == '[':
			end := strings.IndexByte(s[n:], ']')
			if end < 0 {
				return n
			}
			n += end + 1
		case strings.IndexByte(joins, c) >= 0 && n+1 < len(s) && isName(s[n+1]):
			n += 2
		case path && strings.HasPrefix(s[n:], ".."):
			n += 2 // recursive descent: to be refused, not to be cut off
		default:
			return n
		}
	}
	return n
}

func isName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
