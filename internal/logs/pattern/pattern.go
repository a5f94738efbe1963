// Package pattern reads the filter patterns of CloudWatch Logs and matches events with them
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): terms, conditions on JSON, and
// conditions on fields between spaces. A pattern is compiled once; matching takes time in proportion to the event.
//
// It may import jsontext.
package pattern

import (
	"fmt"
	"regexp"
	"strings"
)

// Pattern is a compiled filter pattern. It may be used by many at once.
type Pattern struct {
	matcher matcher
}

// matcher is one of the three kinds of patterns.
type matcher interface {
	match(message []byte) bool
	// extract returns what the pattern names, by its names.
	extract(message []byte) map[string]string
	// value returns what stands at a metric value's place, such as $.bytes or $size.
	value(message []byte, of string) (string, bool)
}

// MaxLength is the longest pattern in bytes (service model, FilterPattern).
const MaxLength = 1024

// Error is a pattern that is refused.
type Error struct{ Reason string }

// Error implements error.
func (e *Error) Error() string { return "Invalid filter pattern: " + e.Reason }

func refuse(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Compile reads a pattern. An empty one matches every event.
func Compile(text string) (*Pattern, error) {
	if len(text) > MaxLength {
		return nil, refuse("it is longer than %d bytes", MaxLength)
	}
	var m matcher
	var err error
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{"):
		m, err = compileJSON(trimmed)
	case strings.HasPrefix(trimmed, "["):
		m, err = compileFields(trimmed)
	default:
		m, err = compileTerms(trimmed)
	}
	if err != nil {
		return nil, err
	}
	return &Pattern{m}, nil
}

// Match reports whether an event's message matches.
func (p *Pattern) Match(message []byte) bool { return p.matcher.match(message) }

// Value returns what an event that matches has at a place that the pattern can name: a selector of a JSON pattern
// ($.bytes) or a field of one between spaces ($bytes). Metric filters take their values there.
func (p *Pattern) Value(message []byte, place string) (string, bool) {
	return p.matcher.value(message, place)
}

// maxRegexps is how many regular expressions a pattern may have (the syntax's documentation).
const maxRegexps = 2

// compileRegexp reads what stands between percent signs. RE2 has all that AWS permits and takes no time without bound.
func compileRegexp(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, refuse("%q is no regular expression", text)
	}
	return re, nil
}

// Extract returns the values that a pattern names: of its selectors, or of its fields. It is for events that match.
func (p *Pattern) Extract(message []byte) map[string]string { return p.matcher.extract(message) }
