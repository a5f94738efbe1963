package vtl

import (
	"fmt"
	"strings"
)

// parser makes nodes of tokens. The first error is kept; the token behind it is the end.
type parser struct {
	lex    lexer
	tokens []token // all so far
	pos    int     // of the next one
	err    error
	depth  int
	t      *Template // its macros and names are filled
	nested int       // how deep strings and templates in them stand
}

// maxNesting is how deep directives, brackets and strings may stand in each other.
const maxNesting = 100

// newParser returns a parser for a whole template, or for one in a string of it.
func newParser(source string, t *Template, nested int) *parser {
	return &parser{lex: lexer{text: source}, t: t, nested: nested}
}

// template parses everything.
func (p *parser) template() ([]node, error) {
	if p.nested > maxNesting {
		return nil, fmt.Errorf("vtl: strings are nested too deep")
	}
	nodes := p.block()
	if p.kind(0) != eof {
		p.unexpected()
	}
	return nodes, p.err
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("vtl: "+format, args...)
	}
}

func (p *parser) unexpected() {
	p.fail("unexpected %q in line %d", p.peek(0).image, 1+strings.Count(p.lex.text[:p.lex.pos], "\n"))
}

// peek returns the token that comes n tokens behind the next.
func (p *parser) peek(n int) *token {
	for p.err == nil && p.pos+n >= len(p.tokens) {
		t, err := p.lex.next()
		if err != nil {
			p.err = err
			break
		}
		p.tokens = append(p.tokens, t)
	}
	if p.err != nil {
		return &token{}
	}
	return &p.tokens[p.pos+n]
}

func (p *parser) kind(n int) kind { return p.peek(n).kind }

// take consumes the next token and returns its position.
func (p *parser) take() int {
	p.peek(0)
	if p.err != nil {
		return 0
	}
	p.pos++
	return p.pos - 1
}

// accept consumes the next token if it is of that kind.
func (p *parser) accept(k kind) bool {
	if p.kind(0) != k || p.err != nil {
		return false
	}
	p.take()
	return true
}

func (p *parser) expect(k kind) {
	if !p.accept(k) {
		p.unexpected()
	}
}

// down enters what may be nested; the caller leaves it by p.depth--.
func (p *parser) down() {
	if p.depth++; p.depth > maxNesting {
		p.fail("the template is nested too deep")
	}
}

// literal returns the text of the tokens from one to another.
func (p *parser) literal(first, last int) string {
	if p.err != nil {
		return ""
	}
	var b strings.Builder
	for i := first; i <= last; i++ {
		b.WriteString(p.tokens[i].literal())
	}
	return b.String()
}

func (p *parser) block() []node {
	p.down()
	defer func() { p.depth-- }()
	var nodes []node
	for p.err == nil {
		switch p.kind(0) {
		case eof, end, elseDirective, elseifDirective:
			return nodes
		}
		n := p.statement()
		last := len(nodes) - 1
		if t, ok := n.(textNode); ok && last >= 0 {
			if before, ok := nodes[last].(textNode); ok {
				nodes[last] = before + t
				continue
			}
		}
		nodes = append(nodes, n)
	}
	return nil
}

func (p *parser) statement() node {
	switch k := p.kind(0); k {
	case ifDirective:
		return p.ifStatement()
	case identifier:
		return p.reference()
	case braceOpen:
		if p.kind(1) == identifier {
			return p.reference()
		}
		return p.text()
	case lineComment, commentClose, docCommentClose:
		return p.comment()
	case textblock:
		image := p.peek(0).image
		p.take()
		return textNode(image[len("#[[") : len(image)-len("]]#")])
	case setDirective:
		return p.set()
	case escapedDirective:
		n := p.escapedDirective(p.peek(0).image)
		p.tokens[p.take()].image = string(n) // its literal is what it prints
		return n
	case doubleEscape:
		return p.escapes()
	case word, bracedWord:
		return p.directive()
	case text, dot, parenClose, parenOpen, integer, floating, stringLiteral, escape, braceClose, emptyIndex:
		return p.text()
	default:
		p.unexpected()
		return textNode("")
	}
}

func (p *parser) text() node {
	t := p.peek(0)
	p.take()
	return textNode(t.literal())
}

// comment prints what was read before it.
func (p *parser) comment() node {
	t := *p.peek(0)
	p.take()
	if t.kind == lineComment {
		p.accept(lineEnd)
	}
	for _, mark := range []string{"##", "#*"} {
		if i := strings.Index(t.image, mark); i >= 0 {
			return textNode(t.image[:i])
		}
	}
	return textNode("")
}

// escapedDirective drops half of the backslashes before what is a directive.
func (p *parser) escapedDirective(image string) textNode {
	slashes := lenOf(image, `\`)
	name := strings.Trim(image[slashes+1:], "{}")
	if p.isDirective(name) || name == "if" || name == "end" || name == "set" || name == "else" || name == "elseif" {
		return textNode(image[:(slashes-1)/2] + image[slashes:])
	}
	return textNode(image)
}

// escapes reads pairs of backslashes: before a directive each stands for one.
func (p *parser) escapes() node {
	n := 0
	for p.accept(doubleEscape) {
		n++
	}
	t := p.peek(0)
	switch t.kind {
	case ifDirective, elseDirective, elseifDirective, end:
		return textNode(strings.Repeat(`\`, n))
	}
	if t.image != "" && p.isDirective(t.image[1:]) {
		return textNode(strings.Repeat(`\`, n))
	}
	return textNode(strings.Repeat(`\\`, n))
}

// isDirective knows the macros that were defined before.
func (p *parser) isDirective(name string) bool {
	switch name {
	case "foreach", "include", "parse", "macro", "literal", "evaluate", "break", "define", "stop":
		return true
	}
	_, ok := p.t.macros[name]
	return ok
}

func (p *parser) ifStatement() node {
	n := &ifNode{}
	for {
		p.take()
		p.accept(whitespace)
		p.expect(parenOpen)
		condition := p.expression()
		p.expect(parenClose)
		n.branches = append(n.branches, branch{condition, p.block()})
		if p.kind(0) != elseifDirective || p.err != nil {
			break
		}
	}
	if p.accept(elseDirective) {
		n.branches = append(n.branches, branch{nil, p.block()})
	}
	p.expect(end)
	return n
}

func (p *parser) set() node {
	p.take()
	p.accept(whitespace)
	if k := p.kind(0); k != identifier && k != braceOpen {
		p.unexpected()
		return textNode("")
	}
	target := p.reference()
	p.accept(whitespace)
	p.expect(assign)
	value := p.expression()
	p.expect(parenClose)
	p.lex.inSet = false
	if p.err != nil {
		return textNode("")
	}
	return &setNode{target: target, rhs: value}
}
