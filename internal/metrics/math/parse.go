package math

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds how deeply expressions nest.
const maxDepth = 100

// Parse compiles an expression.
func Parse(text string) (*Expression, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, out: &Expression{}}
	if p.out.root, err = p.binary(1); err != nil {
		return nil, err
	}
	if p.peek().kind != end {
		return nil, p.unexpected()
	}
	return p.out, nil
}

type kind int

const (
	end kind = iota
	numeral
	word
	quoted
	symbol
)

// token is a piece of an expression. Of quoted text it has what is inside.
type token struct {
	kind kind
	text string
}

func lex(text string) ([]token, error) {
	var tokens []token
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return append(tokens, token{}), nil
		}
		t, n := next(rest)
		if n == 0 {
			return nil, fmt.Errorf("syntax error at %q", rest[:min(len(rest), 20)])
		}
		tokens = append(tokens, t)
		rest = rest[n:]
	}
}

// next returns the first token of a text, and how long it is.
func next(text string) (token, int) {
	switch c := text[0]; {
	case isDigit(c) || c == '.':
		n := 1
		for n < len(text) && (isDigit(text[n]) || text[n] == '.') {
			n++
		}
		if n < len(text)-1 && (text[n] == 'e' || text[n] == 'E') {
			m := n + 1
			if text[m] == '+' || text[m] == '-' {
				m++
			}
			for m < len(text) && isDigit(text[m]) {
				m++
				n = m
			}
		}
		return token{numeral, text[:n]}, n
	case isLetter(c):
		n := 1
		for n < len(text) && (isLetter(text[n]) || isDigit(text[n])) {
			n++
		}
		return token{word, text[:n]}, n
	case c == '\'' || c == '"':
		for n := 1; n < len(text); n++ {
			switch text[n] {
			case '\\':
				n++
			case c:
				return token{quoted, text[1:n]}, n + 1
			}
		}
		return token{}, 0
	}
	for _, s := range []string{"==", "!=", "<=", ">=", "&&", "||"} {
		if strings.HasPrefix(text, s) {
			return token{symbol, s}, len(s)
		}
	}
	if strings.IndexByte("+-*/^<>()[],", text[0]) >= 0 {
		return token{symbol, text[:1]}, 1
	}
	return token{}, 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

type parser struct {
	tokens []token
	at     int
	depth  int
	out    *Expression
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) accept(s string) bool {
	if t := p.peek(); t.kind == symbol && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) unexpected() error {
	if t := p.peek(); t.kind != end {
		return fmt.Errorf("syntax error at %q", t.text)
	}
	return fmt.Errorf("syntax error: the expression ends early")
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("the expression nests more than %d levels deep", maxDepth)
	}
	return nil
}

// binary reads operands and operators that bind at least as strongly as least.
func (p *parser) binary(least int) (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	left, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		strength := binding(t.text)
		if t.kind != symbol && t.kind != word || strength < least || strength == 0 {
			return left, nil
		}
		p.take()
		above := strength + 1
		if t.text == "^" {
			above = strength // from the right
		}
		right, err := p.binary(above)
		if err != nil {
			return nil, err
		}
		left = binary{t.text, left, right}
	}
}

func (p *parser) unary() (node, error) {
	if !p.accept("-") {
		return p.operand()
	}
	of, err := p.binary(binding("^"))
	return negation{of}, err
}

func (p *parser) operand() (node, error) {
	switch t := p.peek(); {
	case t.kind == numeral:
		p.take()
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, fmt.Errorf("syntax error at %q", t.text)
		}
		return number(v), nil
	case p.accept("("):
		inner, err := p.binary(1)
		if err == nil && !p.accept(")") {
			err = p.unexpected()
		}
		return inner, err
	case p.accept("["):
		items, err := p.list("]")
		return list(items), err
	case t.kind == word && binding(t.text) == 0:
		p.take()
		if p.accept("(") {
			return p.call(t.text)
		}
		if t.text[0] < 'a' || t.text[0] > 'z' {
			p.at--
			return nil, p.unexpected()
		}
		if !slices.Contains(p.out.names, t.text) {
			p.out.names = append(p.out.names, t.text)
		}
		return name(t.text), nil
	}
	return nil, p.unexpected()
}

// list reads what stands between commas, and the closing symbol. Words and quoted text that mean something to functions
// only are literals.
func (p *parser) list(closing string) ([]node, error) {
	var items []node
	if p.accept(closing) {
		return items, nil
	}
	for {
		item, err := p.binary(1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if p.accept(closing) {
			return items, nil
		}
		if !p.accept(",") {
			return nil, p.unexpected()
		}
	}
}
