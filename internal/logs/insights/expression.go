package insights

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// expression is compiled.
type expression interface{ of(r *row) value }

// field is a field by its slot.
type field int

func (f field) of(r *row) value { return r.get(int(f)) }

// constant is a literal.
type constant value

func (c constant) of(*row) value { return value(c) }

type unary struct {
	op string
	a  expression
}

func (u unary) of(r *row) value {
	v := u.a.of(r)
	if u.op == "not" {
		return ofBool(!v.truth())
	}
	f, ok := v.num()
	if !ok {
		return value{}
	}
	return ofNumber(-f)
}

type binary struct {
	op   string
	a, b expression
}

func (b binary) of(r *row) value {
	switch b.op {
	case "and":
		return ofBool(b.a.of(r).truth() && b.b.of(r).truth())
	case "or":
		return ofBool(b.a.of(r).truth() || b.b.of(r).truth())
	}
	x, y := b.a.of(r), b.b.of(r)
	switch b.op {
	case "+", "-", "*", "/", "%", "^":
		return calculate(b.op, x, y)
	}
	if x.kind == absent || y.kind == absent {
		return ofBool(b.op == "!=" && x.kind != y.kind)
	}
	n := compare(x, y)
	switch b.op {
	case "=", "==":
		return ofBool(n == 0)
	case "!=":
		return ofBool(n != 0)
	case "<":
		return ofBool(n < 0)
	case "<=":
		return ofBool(n <= 0)
	case ">":
		return ofBool(n > 0)
	}
	return ofBool(n >= 0)
}

func calculate(op string, x, y value) value {
	a, ok := x.num()
	b, also := y.num()
	if !ok || !also {
		return value{}
	}
	switch op {
	case "+":
		return ofNumber(a + b)
	case "-":
		return ofNumber(a - b)
	case "*":
		return ofNumber(a * b)
	case "/":
		return ofNumber(a / b)
	case "%":
		return ofNumber(math.Mod(a, b))
	}
	return ofNumber(math.Pow(a, b))
}

// like looks for a text, or for what a regular expression matches.
type like struct {
	a    expression
	re   *regexp.Regexp
	text expression
	not  bool
}

func (l like) of(r *row) value {
	v := l.a.of(r)
	if v.kind == absent {
		return ofBool(l.not)
	}
	var found bool
	if l.re != nil {
		found = l.re.MatchString(v.String())
	} else {
		found = strings.Contains(v.String(), l.text.of(r).String())
	}
	return ofBool(found != l.not)
}

type among struct {
	a    expression
	list []expression
	not  bool
}

func (in among) of(r *row) value {
	v := in.a.of(r)
	found := v.kind != absent && slices.ContainsFunc(in.list, func(e expression) bool { return compare(v, e.of(r)) == 0 })
	return ofBool(found != in.not)
}

// expression reads with the usual precedence: or, and, not, comparisons, sums, products, powers.
func (p *parser) expression() (expression, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, &Error{"the expression is nested too deep", p.peek().start, p.peek().end}
	}
	defer func() { p.depth-- }()
	return p.chain(p.conjunction, "or")
}

func (p *parser) conjunction() (expression, error) { return p.chain(p.negation, "and") }

// chain reads operands between key words.
func (p *parser) chain(operand func() (expression, error), word string) (expression, error) {
	a, err := operand()
	for err == nil && p.word(word) {
		var b expression
		if b, err = operand(); err == nil {
			a = binary{word, a, b}
		}
	}
	return a, err
}

func (p *parser) negation() (expression, error) {
	if !p.word("not") {
		return p.comparison()
	}
	if p.depth++; p.depth > maxNesting {
		return nil, &Error{"the expression is nested too deep", p.peek().start, p.peek().end}
	}
	defer func() { p.depth-- }()
	a, err := p.negation()
	return unary{"not", a}, err
}

func (p *parser) comparison() (expression, error) {
	a, err := p.sum()
	if err != nil {
		return nil, err
	}
	for _, op := range []string{"!=", "<=", ">=", "==", "=", "<", ">"} {
		if p.sign(op) {
			b, err := p.sum()
			return binary{op, a, b}, err
		}
	}
	if p.sign("=~") {
		return p.like(a, false)
	}
	not := false
	if t := p.tokens[min(p.at+1, len(p.tokens)-1)]; t.kind == tokenName && (strings.EqualFold(t.text, "like") || strings.EqualFold(t.text, "in")) {
		not = p.word("not")
	}
	switch {
	case p.word("like"):
		return p.like(a, not)
	case p.word("in"):
		return p.among(a, not)
	}
	return a, nil
}

func (p *parser) like(a expression, not bool) (expression, error) {
	t := p.peek()
	if t.kind == tokenRegexp {
		p.at++
		re, err := compileRegexp(t)
		return like{a: a, re: re, not: not}, err
	}
	text, err := p.sum()
	return like{a: a, text: text, not: not}, err
}

func compileRegexp(t token) (*regexp.Regexp, error) {
	re, err := regexp.Compile(t.text)
	if err != nil {
		return nil, &Error{fmt.Sprintf("/%s/ is no regular expression", t.text), t.start, t.end}
	}
	return re, nil
}

func (p *parser) among(a expression, not bool) (expression, error) {
	if !p.sign("[") {
		return nil, p.unexpected()
	}
	list, err := p.list("]")
	return among{a, list, not}, err
}

// list reads expressions up to a closing sign.
func (p *parser) list(closing string) ([]expression, error) {
	var list []expression
	if p.sign(closing) {
		return list, nil
	}
	for {
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		switch {
		case p.sign(","):
		case p.sign(closing):
			return list, nil
		default:
			return nil, p.unexpected()
		}
	}
}

func (p *parser) sum() (expression, error)     { return p.signs(p.product, "+", "-") }
func (p *parser) product() (expression, error) { return p.signs(p.power, "*", "/", "%") }
func (p *parser) power() (expression, error)   { return p.signs(p.minus, "^") }

// signs reads operands between signs.
func (p *parser) signs(operand func() (expression, error), signs ...string) (expression, error) {
	a, err := operand()
	for err == nil {
		op := p.peek()
		if op.kind != tokenSign || !slices.Contains(signs, op.text) {
			break
		}
		p.at++
		var b expression
		if b, err = operand(); err == nil {
			a = binary{op.text, a, b}
		}
	}
	return a, err
}

func (p *parser) minus() (expression, error) {
	negative := false
	for p.sign("-") {
		negative = !negative
	}
	a, err := p.primary()
	if negative {
		return unary{"-", a}, err
	}
	return a, err
}

func (p *parser) primary() (expression, error) {
	t := p.peek()
	switch {
	case p.sign("("):
		e, err := p.expression()
		if err == nil && !p.sign(")") {
			err = p.unexpected()
		}
		return e, err
	case t.kind == tokenText:
		p.at++
		return constant(ofText(t.text)), nil
	case t.kind == tokenNumber:
		p.at++
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			period, ok := parsePeriod(t.text)
			if !ok {
				return nil, &Error{fmt.Sprintf("%s is no number", t.text), t.start, t.end}
			}
			f = period
		}
		return constant(ofNumber(f)), nil
	case t.kind == tokenQuoted:
		p.at++
		return field(p.slot(t.text)), nil
	case t.kind != tokenName:
		return nil, p.unexpected()
	}
	p.at++
	if p.sign("(") {
		return p.call(t)
	}
	switch strings.ToLower(t.text) {
	case "true", "false":
		return constant(ofBool(strings.EqualFold(t.text, "true"))), nil
	}
	return field(p.slot(t.text)), nil
}
