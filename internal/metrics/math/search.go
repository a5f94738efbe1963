package math

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Search is a compiled search for metrics
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html).
type Search struct {
	namespace  string
	dimensions []string // names in order, nil for any
	term       func(*Candidate) bool
}

// Candidate is a metric as a search looks at it.
type Candidate struct {
	Namespace, Name string
	// Dimensions are names and values.
	Dimensions [][2]string
}

// maxSearch is how long a search may be.
const maxSearch = 1024

// ParseSearch compiles what stands between the quotation marks of SEARCH.
func ParseSearch(text string) (*Search, error) {
	if len(text) > maxSearch {
		return nil, fmt.Errorf("a search has at most %d characters", maxSearch)
	}
	p := &searchParser{rest: text}
	s := &Search{}
	if p.accept('{') {
		if err := p.schema(s); err != nil {
			return nil, err
		}
		p.accept(',')
	}
	if p.peek() == 0 {
		if s.namespace == "" {
			return nil, errors.New("a search has a metric schema, a term or both")
		}
		s.term = func(*Candidate) bool { return true }
		return s, nil
	}
	var err error
	if s.term, err = p.either(); err == nil && p.peek() != 0 {
		err = p.unexpected()
	}
	return s, err
}

// Match tells whether the search finds a metric.
func (s *Search) Match(c *Candidate) bool {
	if s.namespace != "" && s.namespace != c.Namespace {
		return false
	}
	if s.dimensions != nil {
		names := make([]string, len(c.Dimensions))
		for i, d := range c.Dimensions {
			names[i] = d[0]
		}
		slices.Sort(names)
		if !slices.Equal(names, s.dimensions) {
			return false
		}
	}
	return s.term(c)
}

type searchParser struct {
	rest  string
	depth int
}

// peek returns what is next after spaces, 0 at the end.
func (p *searchParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *searchParser) accept(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *searchParser) unexpected() error {
	return fmt.Errorf("the search is not understood at %q", p.rest[:min(len(p.rest), 20)])
}

// schema reads {Namespace, Name, Name} after the brace.
func (p *searchParser) schema(s *Search) error {
	for first := true; ; first = false {
		text, _, ok := p.text(",}")
		if !ok {
			return p.unexpected()
		}
		if first {
			s.namespace = text
		} else {
			s.dimensions = append(s.dimensions, text)
		}
		if p.accept('}') {
			slices.Sort(s.dimensions)
			return nil
		}
		if !p.accept(',') {
			return p.unexpected()
		}
	}
}

// text reads quoted text, or up to a space or one of the ends.
func (p *searchParser) text(ends string) (text string, exact, ok bool) {
	if p.accept('"') {
		var b strings.Builder
		for i := 0; i < len(p.rest); i++ {
			switch c := p.rest[i]; {
			case c == '"':
				p.rest = p.rest[i+1:]
				return b.String(), true, true
			case c == '\\' && i+1 < len(p.rest):
				i++
				b.WriteByte(p.rest[i])
			default:
				b.WriteByte(c)
			}
		}
		return "", true, false
	}
	p.peek()
	n := strings.IndexAny(p.rest, " \t\r\n\""+ends)
	if n < 0 {
		n = len(p.rest)
	}
	text, p.rest = p.rest[:n], p.rest[n:]
	return text, false, text != ""
}

// keyword accepts a Boolean operator.
func (p *searchParser) keyword(word string) bool {
	p.peek()
	after, ok := strings.CutPrefix(p.rest, word)
	if !ok || after != "" && !strings.ContainsRune(" \t\r\n(\"", rune(after[0])) {
		return false
	}
	p.rest = after
	return true
}

func (p *searchParser) either() (func(*Candidate) bool, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("the search nests too deeply")
	}
	defer func() { p.depth-- }()
	left, err := p.both()
	for err == nil && p.keyword("OR") {
		var right func(*Candidate) bool
		if right, err = p.both(); err == nil {
			l := left
			left = func(c *Candidate) bool { return l(c) || right(c) }
		}
	}
	return left, err
}

// both reads terms with AND between them, or nothing.
func (p *searchParser) both() (func(*Candidate) bool, error) {
	left, err := p.term()
	for err == nil {
		before := p.rest
		if p.keyword("OR") {
			p.rest = before
			return left, nil
		}
		p.keyword("AND")
		if next := p.peek(); next == 0 || next == ')' {
			return left, nil
		}
		var right func(*Candidate) bool
		if right, err = p.term(); err == nil {
			l := left
			left = func(c *Candidate) bool { return l(c) && right(c) }
		}
	}
	return left, err
}

func (p *searchParser) term() (func(*Candidate) bool, error) {
	negated := false
	for p.keyword("NOT") {
		negated = !negated
	}
	of, err := p.operand()
	if err != nil || !negated {
		return of, err
	}
	return func(c *Candidate) bool { return !of(c) }, nil
}

func (p *searchParser) operand() (func(*Candidate) bool, error) {
	if p.accept('(') {
		inner, err := p.either()
		if err == nil && !p.accept(')') {
			err = p.unexpected()
		}
		return inner, err
	}
	text, exact, ok := p.text("()=")
	if !ok {
		return nil, p.unexpected()
	}
	property := ""
	if p.accept('=') {
		property = text
		if text, exact, ok = p.text("()="); !ok {
			return nil, p.unexpected()
		}
	}
	match := partial(text)
	if exact {
		match = func(s string) bool { return s == text }
	}
	return func(c *Candidate) bool { return c.any(property, match) }, nil
}

// any tells whether the property matches, or any if none is named.
func (c *Candidate) any(property string, match func(string) bool) bool {
	switch property {
	case "MetricName":
		return match(c.Name)
	case "Namespace":
		return match(c.Namespace)
	case "":
		return match(c.Name) || match(c.Namespace) ||
			slices.ContainsFunc(c.Dimensions, func(d [2]string) bool { return match(d[0]) || match(d[1]) })
	}
	return slices.ContainsFunc(c.Dimensions, func(d [2]string) bool { return d[0] == property && match(d[1]) })
}

// partial matches whole words of a name: one in any case, several that follow one another, or all without what is between
// them. Words that the term does not part are told by their capitals, so these count.
func partial(term string) func(string) bool {
	var wanted []string
	exact := map[int]bool{}
	for _, part := range strings.FieldsFunc(term, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		of := words(part)
		for i := range of {
			exact[len(wanted)+i] = len(of) > 1
		}
		wanted = append(wanted, of...)
	}
	all := strings.Join(wanted, "")
	return func(s string) bool {
		has := words(s)
		if strings.EqualFold(strings.Join(has, ""), all) {
			return true
		}
		for i := 0; len(wanted) > 0 && i+len(wanted) <= len(has); i++ {
			n := 0
			for n < len(wanted) && (has[i+n] == wanted[n] || !exact[n] && strings.EqualFold(has[i+n], wanted[n])) {
				n++
			}
			if n == len(wanted) {
				return true
			}
		}
		return false
	}
}

// words cuts a name where capitals, digits and other characters say so: SDBFailure2 is SDB, Failure and 2.
func words(s string) []string {
	var all []string
	runes := []rune(s)
	begin := 0
	cut := func(at int) {
		if at > begin {
			all = append(all, string(runes[begin:at]))
		}
		begin = at
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			cut(i)
			begin = i + 1
			continue
		}
		if i == begin {
			continue
		}
		before := runes[i-1]
		followed := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if unicode.IsDigit(r) != unicode.IsDigit(before) ||
			unicode.IsUpper(r) && (unicode.IsLower(before) || followed) {
			cut(i)
		}
	}
	cut(len(runes))
	return all
}
