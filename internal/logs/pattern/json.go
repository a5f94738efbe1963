package pattern

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// document is a condition on an event that is a JSON object.
type document struct{ root node }

// node is a condition: one on a value, or some joined by && or ||.
type node interface {
	holds(doc []byte) bool
	// extract adds what stands at the selectors.
	extract(doc []byte, into map[string]string)
}

type (
	allOf []node
	anyOf []node
)

func (a allOf) holds(doc []byte) bool {
	for _, n := range a {
		if !n.holds(doc) {
			return false
		}
	}
	return true
}

func (a anyOf) holds(doc []byte) bool {
	for _, n := range a {
		if n.holds(doc) {
			return true
		}
	}
	return false
}

// comparison is a condition on the value at a selector.
type comparison struct {
	text string // of the selector
	at   selector
	test test
	with condition // of test compared
}

// test is a closed set.
type test uint8

const (
	compared test = iota
	isTrue
	isFalse
	isNull
	exists
	notExists
)

func (c *comparison) holds(doc []byte) bool {
	value, ok := c.at.find(doc)
	switch c.test {
	case compared:
		return ok && c.compare(value)
	case isTrue:
		return ok && string(value) == "true"
	case isFalse:
		return ok && string(value) == "false"
	case isNull:
		return ok && string(value) == "null"
	case exists:
		return ok
	case notExists:
		return !ok
	}
	return false
}

func (c *comparison) compare(value []byte) bool {
	if value[0] != '"' {
		return value[0] != '{' && value[0] != '[' && c.with.holds(value)
	}
	if c.with.numeric {
		if c.with.op == equal || c.with.op == notEqual { // a text that reads like the number
			return bytes.Equal(value[1:len(value)-1], c.with.text) == (c.with.op == equal)
		}
		return false
	}
	var room [128]byte
	return c.with.holds(jsontext.AppendUnquoted(room[:0], value[1:len(value)-1]))
}

// selector leads to a value: names of members, and numbers of elements.
type selector []key

type key struct {
	name  string
	index int
	array bool
}

func (s selector) find(doc []byte) ([]byte, bool) {
	doc = bytes.TrimSpace(doc)
	for _, k := range s {
		var found []byte
		if k.array {
			found = jsontext.Element(doc, k.index)
		} else {
			found = jsontext.Member(doc, k.name)
		}
		if found == nil {
			return nil, false
		}
		doc = found
	}
	return doc, len(doc) > 0
}

func (d *document) match(message []byte) bool {
	message = bytes.TrimSpace(message)
	return len(message) > 0 && message[0] == '{' && d.root.holds(message)
}

func (d *document) value(message []byte, of string) (string, bool) {
	p := jsonParser{rest: of}
	at, err := p.selector()
	if err != nil || p.rest != "" {
		return "", false
	}
	value, ok := at.find(message)
	if !ok {
		return "", false
	}
	return plain(value), true
}

// compileJSON reads "{ $.a = 1 && ($.b = "x*" || $.c IS TRUE) }".
func compileJSON(text string) (matcher, error) {
	if !strings.HasSuffix(text, "}") {
		return nil, refuse("a brace is not closed")
	}
	p := jsonParser{rest: strings.TrimSpace(text[1 : len(text)-1])}
	root, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, refuse("%q stands behind the condition", p.rest)
	}
	if p.regexps > maxRegexps {
		return nil, refuse("there are more than %d regular expressions", maxRegexps)
	}
	return &document{root}, nil
}

type jsonParser struct {
	rest    string
	regexps int
}

func (p *jsonParser) skip(n int) { p.rest = strings.TrimLeft(p.rest[n:], " \t\r\n") }

func (p *jsonParser) take(token string) bool {
	if !strings.HasPrefix(p.rest, token) {
		return false
	}
	p.skip(len(token))
	return true
}

// word takes a key word, in any case of letters.
func (p *jsonParser) word(token string) bool {
	n := len(token)
	if len(p.rest) < n || !strings.EqualFold(p.rest[:n], token) || len(p.rest) > n && isWord(p.rest[n]) {
		return false
	}
	p.skip(n)
	return true
}

// maxNesting bounds parentheses.
const maxNesting = 50

func (p *jsonParser) either(depth int) (node, error) {
	var list anyOf
	for {
		n, err := p.both(depth)
		if err != nil {
			return nil, err
		}
		if list = append(list, n); !p.take("||") {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *jsonParser) both(depth int) (node, error) {
	var list allOf
	for {
		n, err := p.one(depth)
		if err != nil {
			return nil, err
		}
		if list = append(list, n); !p.take("&&") {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *jsonParser) one(depth int) (node, error) {
	if depth > maxNesting {
		return nil, refuse("parentheses are nested too deep")
	}
	if p.take("(") {
		n, err := p.either(depth + 1)
		if err == nil && !p.take(")") {
			err = refuse("a parenthesis is not closed")
		}
		return n, err
	}
	before := p.rest
	at, err := p.selector()
	if err != nil {
		return nil, err
	}
	c := &comparison{text: before[:len(before)-len(p.rest)], at: at}
	p.skip(0)
	switch {
	case p.word("IS"):
		switch {
		case p.word("TRUE"):
			c.test = isTrue
		case p.word("FALSE"):
			c.test = isFalse
		case p.word("NULL"):
			c.test = isNull
		default:
			return nil, refuse("IS is followed by TRUE, FALSE or NULL")
		}
	case p.word("NOT"):
		if !p.word("EXISTS") {
			return nil, refuse("NOT is followed by EXISTS")
		}
		c.test = notExists
	case p.word("EXISTS"):
		c.test = exists
	default:
		c.with, err = p.comparison()
	}
	return c, err
}

func (p *jsonParser) comparison() (condition, error) {
	op, rest, ok := cutOperator(p.rest)
	if !ok {
		return condition{}, refuse("an operator is missing in front of %q", p.rest)
	}
	p.rest = rest
	p.skip(0)
	constant, quoted := "", false
	switch {
	case strings.HasPrefix(p.rest, `"`):
		var after string
		if constant, after, quoted = cutQuoted(p.rest); !quoted {
			return condition{}, refuse("a quote is not closed")
		}
		p.skip(len(p.rest) - len(after))
	case strings.HasPrefix(p.rest, "%"):
		end := strings.IndexByte(p.rest[1:], '%')
		if end < 0 {
			return condition{}, refuse("a percent sign is not closed")
		}
		p.regexps++
		constant = p.rest[:end+2]
		p.skip(end + 2)
	default:
		n := strings.IndexAny(p.rest, " \t\r\n&|)")
		if n < 0 {
			n = len(p.rest)
		}
		if constant = p.rest[:n]; constant == "" {
			return condition{}, refuse("a constant is missing")
		}
		p.skip(n)
	}
	return newCondition(op, constant, quoted)
}

// selector reads $.a.b[0]["c d"].
func (p *jsonParser) selector() (selector, error) {
	if !strings.HasPrefix(p.rest, "$") {
		return nil, refuse("%q is no selector, which begins with $", p.rest)
	}
	p.rest = p.rest[1:]
	var s selector
	for {
		dot := strings.HasPrefix(p.rest, ".")
		if dot {
			p.rest = p.rest[1:]
		}
		switch {
		case strings.HasPrefix(p.rest, "["):
			k, err := p.bracket()
			if err != nil {
				return nil, err
			}
			s = append(s, k)
		case dot:
			n := 0
			for n < len(p.rest) && (isWord(p.rest[n]) || p.rest[n] == '-' || p.rest[n] == '@' || p.rest[n] >= 0x80) {
				n++
			}
			if n == 0 {
				return nil, refuse("a name is missing in a selector")
			}
			s, p.rest = append(s, key{name: p.rest[:n]}), p.rest[n:]
		case len(s) == 0:
			return nil, refuse("a selector begins with $.")
		default:
			return s, nil
		}
	}
}

func (p *jsonParser) bracket() (key, error) {
	inner, rest, ok := strings.Cut(p.rest[1:], "]")
	if !ok {
		return key{}, refuse("a bracket is not closed")
	}
	p.rest = rest
	inner = strings.TrimSpace(inner)
	if n := len(inner); n > 1 && (inner[0] == '"' || inner[0] == '\'') && inner[n-1] == inner[0] {
		return key{name: inner[1 : n-1]}, nil
	}
	index, err := strconv.Atoi(inner)
	if err != nil || index < 0 {
		return key{}, refuse("%q is the number of no element", inner)
	}
	return key{index: index, array: true}, nil
}

func (d *document) extract(message []byte) map[string]string {
	out := map[string]string{}
	d.root.extract(message, out)
	return out
}

func (a allOf) extract(doc []byte, into map[string]string) {
	for _, n := range a {
		n.extract(doc, into)
	}
}

func (a anyOf) extract(doc []byte, into map[string]string) {
	for _, n := range a {
		n.extract(doc, into)
	}
}

func (c *comparison) extract(doc []byte, into map[string]string) {
	if value, ok := c.at.find(doc); ok {
		into[c.text] = plain(value)
	}
}

// plain is a value without quotes.
func plain(value []byte) string {
	if value[0] == '"' {
		value = jsontext.AppendUnquoted(nil, value[1:len(value)-1])
	}
	return string(value)
}
