package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a string with wildcards and policy variables, ready to be matched: the chunks between its asterisks, of
// which the first stands at the text's start and the last at its end, and the others wherever they fit first. So no
// asterisk is ever tried twice: matching takes time linear in the text, times the length of a chunk where chunks have
// question marks or variables.
type pattern struct {
	chunks    []chunk
	variables []variable
	fold      bool // ASCII letters match in either case
}

// chunk is a sequence of pieces, empty between two asterisks at an end.
type chunk []piece

// piece is a literal, or that many single characters, or a variable's value.
type piece struct {
	literal string
	any     int
	slot    int // 1 + index of the variable
}

// dialect says what is special in a pattern.
type dialect struct {
	wildcards bool
	variables bool // of policies of version 2012-10-17
	fold      bool
}

// maxVariables in one string: the values are kept on the stack while it is matched.
const maxVariables = 8

// outcome of a match. A variable without a value matches nothing (reference_policies_variables, "Policy variables with
// no value"); the caller decides what a negation makes of it.
type outcome uint8

const (
	differs outcome = iota
	matches
	unresolved
)

// builder collects the pieces of a pattern.
type builder struct {
	pattern
	current chunk
	literal []byte
}

func (b *builder) flush() {
	if len(b.literal) > 0 {
		b.current = append(b.current, piece{literal: string(b.literal)})
		b.literal = b.literal[:0]
	}
}

func (b *builder) star() {
	b.flush()
	if len(b.current) > 0 || len(b.chunks) == 0 { // two asterisks are one
		b.chunks = append(b.chunks, b.current)
	}
	b.current = nil
}

func (b *builder) question() {
	b.flush()
	if last := len(b.current) - 1; last >= 0 && b.current[last].any > 0 {
		b.current[last].any++
		return
	}
	b.current = append(b.current, piece{any: 1})
}

// parsePattern compiles a string of a document.
func parsePattern(t text, d dialect) (*pattern, error) {
	b := builder{pattern: pattern{fold: d.fold}}
	for i := 0; i < len(t.text); i++ {
		switch c := t.text[i]; {
		case c == '*' && d.wildcards:
			b.star()
		case c == '?' && d.wildcards:
			b.question()
		case c == '$' && d.variables && strings.HasPrefix(t.text[i:], "${"):
			n, err := b.variable(t, i)
			if err != nil {
				return nil, err
			}
			i += n - 1
		case d.fold:
			b.literal = append(b.literal, lower(c))
		default:
			b.literal = append(b.literal, c)
		}
	}
	b.flush()
	b.chunks = append(b.chunks, b.current)
	return &b.pattern, nil
}

// variable reads ${…} at an offset and returns its length.
func (b *builder) variable(t text, i int) (int, error) {
	n := variableLen(t.text[i:])
	if n == 0 {
		return 0, faultf(t.at, awsSyntax, "%q has a policy variable without an end", shorten(t.text))
	}
	inner := t.text[i+2 : i+n-1]
	if inner == "*" || inner == "?" || inner == "$" {
		b.literal = append(b.literal, inner[0])
		return n, nil
	}
	v, ok := parseVariable(inner)
	if !ok {
		return 0, faultf(t.at, awsSyntax, "%q is no policy variable: want ${key} or ${key, 'default'}", shorten(t.text[i:i+n]))
	}
	if len(b.variables) == maxVariables {
		return 0, faultf(t.at, awsSyntax, "%q has more than %d policy variables", shorten(t.text), maxVariables)
	}
	b.flush()
	b.variables = append(b.variables, v)
	b.current = append(b.current, piece{slot: len(b.variables)})
	return n, nil
}

// match matches a text. It does not allocate, if the context does not.
func (p *pattern) match(s string, c Context) outcome {
	if len(p.variables) == 0 {
		return p.matchWith(s, nil)
	}
	var values [maxVariables]string
	for i := range p.variables {
		v, ok := p.variables[i].value(c)
		if !ok {
			return unresolved
		}
		values[i] = v
	}
	return p.matchWith(s, values[:len(p.variables)])
}

func (p *pattern) matchWith(s string, values []string) outcome {
	m := matcher{values: values, fold: p.fold}
	at, ok := m.forward(p.chunks[0], s, 0)
	if !ok {
		return differs
	}
	last := len(p.chunks) - 1
	if last == 0 {
		if at != len(s) {
			return differs
		}
		return matches
	}
	for _, c := range p.chunks[1:last] {
		if at, ok = m.find(c, s, at); !ok {
			return differs
		}
	}
	if start, ok := m.backward(p.chunks[last], s); !ok || start < at {
		return differs
	}
	return matches
}

// matcher holds what a match depends on besides pattern and text.
type matcher struct {
	values []string
	fold   bool
}

func (m *matcher) text(p piece) string {
	if p.slot > 0 {
		return m.values[p.slot-1]
	}
	return p.literal
}

// forward matches a chunk at an offset and returns where it ends.
func (m *matcher) forward(c chunk, s string, at int) (int, bool) {
	for _, p := range c {
		if p.any == 0 {
			t := m.text(p)
			if len(s)-at < len(t) || !m.equal(s[at:at+len(t)], t) {
				return 0, false
			}
			at += len(t)
			continue
		}
		for range p.any {
			_, n := utf8.DecodeRuneInString(s[at:])
			if n == 0 {
				return 0, false
			}
			at += n
		}
	}
	return at, true
}

// backward matches a chunk at the end and returns where it starts.
func (m *matcher) backward(c chunk, s string) (int, bool) {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].any == 0 {
			t := m.text(c[i])
			if len(s) < len(t) || !m.equal(s[len(s)-len(t):], t) {
				return 0, false
			}
			s = s[:len(s)-len(t)]
			continue
		}
		for range c[i].any {
			_, n := utf8.DecodeLastRuneInString(s)
			if n == 0 {
				return 0, false
			}
			s = s[:len(s)-n]
		}
	}
	return len(s), true
}

// find matches a chunk at the first place from an offset on and returns where it ends.
func (m *matcher) find(c chunk, s string, at int) (int, bool) {
	if len(c) == 1 && c[0].any == 0 && !m.fold {
		t := m.text(c[0])
		i := strings.Index(s[at:], t)
		return at + i + len(t), i >= 0
	}
	for {
		if end, ok := m.forward(c, s, at); ok {
			return end, true
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		if n == 0 {
			return 0, false
		}
		at += n
	}
}

func (m *matcher) equal(s, t string) bool {
	if !m.fold {
		return s == t
	}
	for i := range len(s) {
		if lower(s[i]) != lower(t[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
