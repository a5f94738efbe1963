package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
)

// compiler reads a path from text[pos:end].
type compiler struct {
	text  string
	pos   int
	depth int
	first *token
	last  *token
}

func compile(path string, depth int) (*Path, error) {
	c := compiler{text: strings.Trim(path, " "), depth: depth}
	switch {
	case c.text == "":
		return nil, fmt.Errorf("jsonpath: the path is empty")
	case depth > maxNesting:
		return nil, fmt.Errorf("jsonpath: the path is nested too deep")
	case c.text[0] != '$' && c.text[0] != '@':
		c.text = "$." + c.text
	}
	if strings.HasSuffix(c.text, ".") {
		return nil, fmt.Errorf("jsonpath: a path does not end with a dot: %s", path)
	}
	if len(c.text) > 1 {
		c.pos = 1
		if ch := c.text[1]; ch != '.' && ch != '[' {
			return nil, c.unexpected()
		}
		if err := c.tokens(); err != nil {
			return nil, err
		}
	}
	if f := c.last; f != nil && f.kind == function && c.first.kind == scan {
		return c.inverted(path)
	}
	return c.path(path), nil
}

// path settles what is known of the tokens once they are all read.
func (c *compiler) path(text string) *Path {
	p := &Path{text: text, tail: c.first, relative: c.text[0] == '@', simple: true}
	p.function = c.last != nil && c.last.kind == function
	p.definite = true
	for t := p.tail; t != nil; t = t.next {
		t.upstream = p.definite
		p.definite = p.definite && t.definite()
		p.simple = p.simple && (t.kind == property && len(t.names) == 1 || t.kind == index && len(t.indexes) == 1)
	}
	return p
}

// inverted turns $..path.function() into $.function($..path): what a scan finds is counted together.
func (c *compiler) inverted(text string) (*Path, error) {
	t := c.first
	for t.next.kind != function {
		t = t.next
	}
	f := t.next
	t.next = nil
	inner := compiler{text: "$", first: c.first, last: t}
	switch {
	case isLength(f.names[0]):
		inner.add(&token{kind: wildcard})
	case t.kind == scan:
		return nil, fmt.Errorf("jsonpath: nothing is scanned for in %s", text)
	}
	f.args = []argument{{path: inner.path(text)}}
	return (&compiler{text: "$", first: f, last: c.last}).path(text), nil
}

func (c *compiler) add(t *token) {
	if c.last == nil {
		c.first = t
	} else {
		c.last.next = t
	}
	c.last = t
}

func (c *compiler) unexpected() error {
	return fmt.Errorf("jsonpath: unexpected character at position %d of %s", c.pos, c.text)
}

// at returns the character at i, 0 behind the end.
func (c *compiler) at(i int) byte {
	if i < len(c.text) {
		return c.text[i]
	}
	return 0
}

// tokens reads to the end. A single character that is left over is ignored, as in the original.
func (c *compiler) tokens() error {
	for {
		var err error
		switch c.at(c.pos) {
		case '[':
			err = c.bracket()
		case '.':
			err = c.dot()
		case '*':
			c.pos++
			c.add(&token{kind: wildcard})
		default:
			err = c.name()
		}
		if err != nil {
			return err
		}
		if c.pos >= len(c.text)-1 {
			return nil
		}
	}
}

// dot reads "." or "..", and what must follow.
func (c *compiler) dot() error {
	c.pos++
	if c.at(c.pos) == '.' {
		c.pos++
		c.add(&token{kind: scan})
	}
	switch c.at(c.pos) {
	case '.', 0:
		return c.unexpected()
	case '[':
		return c.bracket()
	case '*':
		c.pos++
		c.add(&token{kind: wildcard})
		return nil
	}
	return c.name()
}

// name reads name or function(arguments).
func (c *compiler) name() error {
	n := strings.IndexAny(c.text[c.pos:], " .[(")
	if n < 0 {
		n = len(c.text) - c.pos
	}
	name := c.text[c.pos : c.pos+n]
	switch {
	case name == "", c.at(c.pos+n) == ' ':
		return c.unexpected()
	case c.at(c.pos+n) == '(':
		c.pos += n + 1
		return c.function(name)
	}
	c.pos += n
	c.add(&token{kind: property, names: []string{name}})
	return nil
}

// skip returns the position of the first character from i on that is no space.
func (c *compiler) skip(i int) int {
	for c.at(i) == ' ' {
		i++
	}
	return i
}

func (c *compiler) bracket() error {
	inner := c.skip(c.pos + 1)
	switch ch := c.at(inner); {
	case ch == '\'' || ch == '"':
		return c.names(inner)
	case '0' <= ch && ch <= '9' || ch == '-' || ch == ':':
		return c.array()
	case ch == '*':
		end := c.skip(inner + 1)
		if c.at(end) != ']' {
			return c.unexpected()
		}
		c.pos = end + 1
		c.add(&token{kind: wildcard})
		return nil
	case ch == '?':
		return c.predicate(inner)
	}
	return c.unexpected()
}

// names reads ['one', 'two'], whose first quote stands at i.
func (c *compiler) names(i int) error {
	quote := c.at(i)
	t := &token{kind: property}
	for {
		if c.at(i) != quote {
			return c.unexpected()
		}
		end := closing(c.text, i)
		if end < 0 {
			return c.unexpected()
		}
		name, err := unescape(c.text[i+1 : end])
		if err != nil {
			return err
		}
		t.names = append(t.names, name)
		i = c.skip(end + 1)
		if c.at(i) == ']' {
			break
		}
		if c.at(i) != ',' {
			return c.unexpected()
		}
		i = c.skip(i + 1)
	}
	c.pos = i + 1
	c.add(t)
	return nil
}

// closing returns where the quote that stands at i is closed, -1 if it is not.
func closing(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// array reads [0], [0, 1], [-1], [1:], [:1], [1:2].
func (c *compiler) array() error {
	inner, _, ok := strings.Cut(c.text[c.pos+1:], "]")
	if !ok {
		return c.unexpected()
	}
	t := &token{kind: index}
	var err error
	if strings.Contains(inner, ":") {
		err = t.parseSlice(strings.Trim(inner, " "))
	} else {
		for part := range strings.SplitSeq(inner, ",") {
			var i int
			if i, err = parseIndex(strings.Trim(part, " ")); err != nil {
				break
			}
			t.indexes = append(t.indexes, i)
		}
	}
	if err != nil {
		return err
	}
	c.pos += len(inner) + 2
	c.add(t)
	return nil
}

func (t *token) parseSlice(s string) error {
	t.kind = slice
	from, to, _ := strings.Cut(s, ":")
	to, _, _ = strings.Cut(to, ":")
	for _, bound := range []struct {
		text string
		at   **int
	}{{from, &t.from}, {to, &t.to}} {
		if bound.text == "" {
			continue
		}
		i, err := parseIndex(bound.text)
		if err != nil {
			return err
		}
		*bound.at = &i
	}
	if t.from == nil && t.to == nil {
		return fmt.Errorf("jsonpath: a slice without bounds: [%s]", s)
	}
	return nil
}

func parseIndex(s string) (int, error) {
	i, err := strconv.ParseInt(s, 10, 32)
	if err != nil || s[0] == '+' {
		return 0, fmt.Errorf("jsonpath: %q is no index", s)
	}
	return int(i), nil
}

// predicate reads [?(...)], whose question mark stands at i.
func (c *compiler) predicate(i int) error {
	open := c.skip(i + 1)
	if c.at(open) != '(' {
		return c.unexpected()
	}
	end := matching(c.text, open, true)
	if end < 0 {
		return c.unexpected()
	}
	after := c.skip(end + 1)
	if c.at(after) != ']' {
		return c.unexpected()
	}
	filter, err := compileFilter(c.text[open:end+1], c.depth+1)
	if err != nil {
		return err
	}
	c.pos = after + 1
	c.add(&token{kind: predicate, filter: filter})
	return nil
}

// matching returns where the bracket at i is closed, past strings and, if asked, regular expressions; -1 if it is not.
func matching(s string, i int, patterns bool) int {
	opening, depth := s[i], 0
	ending := map[byte]byte{'(': ')', '[': ']', '{': '}'}[opening]
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'' || c == '"' || c == '/' && patterns:
			if i = closing(s, i); i < 0 {
				return -1
			}
		case c == opening:
			depth++
		case c == ending:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// unescape resolves backslashes as in Java; before any other character they are dropped.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if n := strings.IndexByte("rftnb", s[i]); n >= 0 {
			b.WriteByte("\r\f\t\n\b"[n])
			continue
		}
		if s[i] != 'u' {
			b.WriteByte(s[i])
			continue
		}
		code, err := strconv.ParseUint(s[i+1:min(i+5, len(s))], 16, 16)
		if err != nil {
			return "", fmt.Errorf("jsonpath: no digits behind \\u in %q", s)
		}
		b.WriteRune(rune(code))
		i += 4
	}
	return b.String(), nil
}
