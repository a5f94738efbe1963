package vtl

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

func (p *parser) expression() node {
	p.down()
	defer func() { p.depth-- }()
	return p.binary(0)
}

// precedence has the binary operators, those that bind least first.
var precedence = [][]kind{
	{logicalOr}, {logicalAnd}, {equal, notEqual}, {less, greater, lessEqual, greaterEqual}, {plus, minus}, {times, divide, modulo},
}

func (p *parser) binary(level int) node {
	if level == len(precedence) {
		return p.unary()
	}
	first := p.pos
	left := p.binary(level + 1)
	for p.err == nil {
		operator := p.kind(0)
		found := false
		for _, k := range precedence[level] {
			found = found || k == operator
		}
		if !found {
			break
		}
		leftText := p.literal(first, p.pos-1)
		p.take()
		first = p.pos
		right := p.binary(level + 1)
		n := &binaryNode{operator: operator, left: left, right: right}
		if operator == plus {
			n.leftText, n.rightText = p.operandText(left, leftText), p.operandText(right, p.literal(first, p.pos-1))
		}
		left = n
	}
	return left
}

// operandText is what an operand of + that is null counts as beside a string: its own text, without the white space around
// it unless it is an operation itself.
func (p *parser) operandText(n node, text string) string {
	if _, ok := n.(*binaryNode); ok {
		return text
	}
	return strings.Trim(text, " \t\r\n")
}

func (p *parser) unary() node {
	p.down()
	defer func() { p.depth-- }()
	not := 0
	if p.kind(0) == whitespace {
		not = 1
	}
	if p.kind(not) == logicalNot {
		p.pos += not + 1
		return notNode{p.unary()}
	}
	p.accept(whitespace)
	var n node
	if p.accept(parenOpen) {
		n = p.expression()
		p.expect(parenClose)
	} else {
		n = p.operand()
	}
	p.accept(whitespace)
	return n
}

// parameter is an operand with white space around it.
func (p *parser) parameter() node {
	p.accept(whitespace)
	n := p.operand()
	p.accept(whitespace)
	return n
}

// beginsOperand reports whether a token may begin what operand reads.
func beginsOperand(k kind) bool {
	switch k {
	case stringLiteral, integer, floating, trueLiteral, falseLiteral, listOpen, mapOpen, identifier, braceOpen:
		return true
	}
	return false
}

func (p *parser) operand() node {
	p.down()
	defer func() { p.depth-- }()
	image := p.peek(0).image
	switch p.kind(0) {
	case stringLiteral:
		p.take()
		return p.string(image)
	case integer:
		p.take()
		return p.integer(image)
	case floating:
		p.take()
		f, _ := strconv.ParseFloat(image, 64)
		return constant{f}
	case trueLiteral:
		p.take()
		return constant{true}
	case falseLiteral:
		p.take()
		return constant{false}
	case listOpen:
		return p.list()
	case mapOpen:
		return p.mapLiteral()
	case identifier, braceOpen:
		return p.reference()
	}
	p.unexpected()
	return constant{}
}

func (p *parser) integer(image string) node {
	if n, err := strconv.ParseInt(image, 10, 64); err == nil {
		return constant{java.Narrow(n)}
	}
	n, _ := new(big.Int).SetString(image, 10)
	if n == nil || len(image) > java.MaxDigits {
		p.fail("%.40q is no number", image)
		return constant{}
	}
	return constant{n}
}

// list reads [one, two] or the range [1..2].
func (p *parser) list() node {
	p.take()
	n := &listNode{}
	if p.accept(listClose) {
		return n
	}
	// White space alone is no list to Velocity.
	n.items = append(n.items, p.parameter())
	if p.accept(twoDots) {
		r := &rangeNode{n.items[0], p.parameter()}
		p.expect(listClose)
		return r
	}
	for p.accept(comma) {
		n.items = append(n.items, p.parameter())
	}
	p.expect(listClose)
	return n
}

func (p *parser) mapLiteral() node {
	p.take()
	n := &mapNode{}
	next := 0
	if p.kind(0) == whitespace {
		next = 1
	}
	if !beginsOperand(p.kind(next)) {
		p.accept(whitespace)
	} else {
		for {
			key := p.parameter()
			p.expect(colon)
			n.entries = append(n.entries, [2]node{key, p.parameter()})
			if !p.accept(comma) {
				break
			}
		}
	}
	if !p.accept(mapClose) {
		p.expect(braceClose)
	}
	return n
}

// string reads a literal with its quotes. Between double quotes stands a template.
func (p *parser) string(image string) node {
	quote := image[0]
	inner := image[1 : len(image)-1]
	if quote == '"' {
		inner = p.unescape(inner)
	}
	inner = strings.ReplaceAll(inner, string(quote)+string(quote), string(quote))
	if quote == '\'' || !strings.ContainsAny(image, "$#") {
		return constant{inner}
	}
	// As in Velocity a space behind lets the last token end; it is taken off what the template prints.
	source, padded := inner, !strings.Contains(inner, "##")
	if padded {
		source += " "
	}
	nodes, err := newParser(source, p.t, p.nested+1).template()
	if err != nil {
		p.fail("in a string: %w", err)
	}
	return &stringNode{nodes: nodes, padded: padded}
}

// unescape resolves \uXXXX.
func (p *parser) unescape(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\u`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		const digits = 4
		code, err := strconv.ParseUint(after[:min(digits, len(after))], 16, 16)
		if err != nil || len(after) < digits {
			p.fail(`no digits behind \u`)
			return ""
		}
		b.WriteRune(rune(code))
		s = after[digits:]
	}
}

// reference reads a reference that begins with the next token.
func (p *parser) reference() *reference {
	p.down()
	defer func() { p.depth-- }()
	first := p.take()
	braced := p.err == nil && p.tokens[first].kind == braceOpen
	if braced {
		p.expect(identifier)
	}
	n := &reference{}
	p.indexes(n)
	for p.kind(0) == dot && p.kind(1) == identifier {
		p.take()
		name := p.peek(0).image
		p.take()
		if p.kind(0) == parenOpen && p.beginsArguments() {
			n.parts = append(n.parts, p.method(name))
		} else {
			n.parts = append(n.parts, propertyPart(name))
		}
		p.indexes(n)
	}
	if braced {
		p.expect(braceClose)
	}
	if p.err == nil {
		p.name(n, first)
	}
	return n
}

// beginsArguments looks behind a bracket. It must not be asked what comes behind anything else: the lexer's state is not
// settled there.
func (p *parser) beginsArguments() bool {
	k := p.kind(1)
	return beginsOperand(k) || k == whitespace || k == callClose
}

func (p *parser) indexes(n *reference) {
	for p.accept(indexOpen) {
		p.accept(whitespace)
		switch k := p.kind(0); k {
		case stringLiteral, integer, trueLiteral, falseLiteral, identifier, braceOpen:
			n.parts = append(n.parts, indexPart{p.operand()})
		default:
			p.unexpected()
		}
		p.accept(whitespace)
		p.expect(indexClose)
	}
}

func (p *parser) method(name string) part {
	p.take()
	m := &methodPart{name: name}
	if !p.accept(callClose) {
		m.args = append(m.args, p.parameter())
		for p.accept(comma) {
			m.args = append(m.args, p.parameter())
		}
		p.expect(callClose)
	}
	return m
}

// name makes of the first token's image what Velocity makes of it: name, kind, backslashes and what stood before.
func (p *parser) name(n *reference, first int) {
	t := &p.tokens[first]
	defer func() { n.key = t.image[1:] }()
	if i := strings.Index(t.image, `\!`); i >= 0 {
		n.nothing = true
		n.nullText = p.quietEscape(t.image)
		n.name = n.nullText
		return
	}
	if !strings.Contains(t.image, "$") { // a word behind a #set that stood right behind a reference
		n.nothing, n.nullText = true, t.image
		return
	}
	if slashes := lenOf(t.image, `\`); slashes > 0 {
		n.escaped = slashes%2 != 0
		n.slashes = t.image[:slashes/2]
		t.image = t.image[slashes:]
	}
	if i := strings.LastIndexByte(t.image, '$'); i > 0 {
		n.before = t.image[:i]
		t.image = t.image[i:]
	}
	n.nullText = p.literal(first, p.pos-1)
	n.literal = n.nullText
	name, quiet := strings.CutPrefix(t.image, "$!")
	if !quiet {
		name = strings.TrimPrefix(t.image, "$")
	} else if !n.escaped {
		n.nullText = ""
	}
	if name == "{" {
		name = p.tokens[first+1].image
	}
	n.name = name
	p.t.names[name] = true
}

// quietEscape takes one backslash out of "$\!name".
func (p *parser) quietEscape(image string) string {
	dollar := strings.IndexByte(image, '$')
	start := dollar + strings.IndexByte(image[dollar:], '\\')
	slashes := lenOf(image[start:], `\`)
	return image[:start+slashes-1] + image[start+slashes:]
}
