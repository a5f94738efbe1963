package gateway

import "strings"

// PathPart is one segment of a resource's path.
type PathPart struct {
	// Variable is the name of {name} and {name+}, empty for a fixed part; Greedy is for the latter.
	Variable string
	Greedy   bool
}

// ParsePathPart reads a path part, or reports that it has characters that none can have.
func ParsePathPart(part string) (PathPart, bool) {
	inner, opens := strings.CutPrefix(part, "{")
	inner, closes := strings.CutSuffix(inner, "}")
	if opens != closes {
		return PathPart{}, false
	}
	if !opens {
		return PathPart{}, isPathWord(part)
	}
	name, greedy := strings.CutSuffix(inner, "+")
	return PathPart{Variable: name, Greedy: greedy}, isPathWord(name)
}

// isPathWord reports whether s is of the characters that AWS's refusal lists.
func isPathWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && strings.IndexByte("._-:", c) < 0 {
			return false
		}
	}
	return s != ""
}
