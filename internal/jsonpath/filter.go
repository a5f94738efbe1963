package jsonpath

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// expression is a part of a filter. Its error is one of [ErrInvalid], which makes the whole filter false, or [ErrCostly].
type expression interface {
	test(e *evaluation, item java.Value) (bool, error)
}

type (
	or  []expression
	and []expression
	not struct{ expression }
	// exists tests whether a path leads anywhere.
	exists struct {
		path *Path
		want bool
	}
	relation struct {
		left, right operand
		operator    string
	}
)

func (x or) test(e *evaluation, item java.Value) (bool, error) {
	for _, operand := range x {
		if ok, err := operand.test(e, item); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (x and) test(e *evaluation, item java.Value) (bool, error) {
	for _, operand := range x {
		if ok, err := operand.test(e, item); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (x not) test(e *evaluation, item java.Value) (bool, error) {
	ok, err := x.expression.test(e, item)
	return !ok && err == nil, err
}

func (x exists) test(e *evaluation, item java.Value) (bool, error) {
	_, err := e.nested(x.path, item, true)
	if errors.Is(err, ErrNotFound) {
		return !x.want, nil
	}
	return err == nil && x.want, err
}

// filterReader reads
//
//	or = and { "||" and }
//	and = term { "&&" term }
//	term = "!" term | "(" or ")" | value [ operator value ]
type filterReader struct {
	text  string
	pos   int
	depth int
}

// compileFilter reads a filter with its brackets: (...).
func compileFilter(text string, depth int) (expression, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("jsonpath: filters are nested too deep")
	}
	r := filterReader{text: text, depth: depth}
	x, err := r.or()
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.text) {
		return nil, r.unexpected()
	}
	return x, nil
}

func (r *filterReader) unexpected() error {
	return fmt.Errorf("jsonpath: unexpected character at position %d of filter %s", r.pos, r.text)
}

func (r *filterReader) space() {
	for r.pos < len(r.text) && r.text[r.pos] == ' ' {
		r.pos++
	}
}

// peek returns the next character behind spaces, 0 at the end.
func (r *filterReader) peek() byte {
	if r.space(); r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

func (r *filterReader) take(s string) bool {
	r.space()
	if !strings.HasPrefix(r.text[r.pos:], s) {
		return false
	}
	r.pos += len(s)
	return true
}

func (r *filterReader) or() (expression, error) {
	var all or
	for {
		x, err := r.and()
		if err != nil {
			return nil, err
		}
		all = append(all, x)
		if !r.take("||") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (r *filterReader) and() (expression, error) {
	var all and
	for {
		x, err := r.term()
		if err != nil {
			return nil, err
		}
		all = append(all, x)
		if !r.take("&&") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (r *filterReader) term() (expression, error) {
	if r.depth++; r.depth > maxNesting {
		return nil, fmt.Errorf("jsonpath: the filter is nested too deep: %s", r.text)
	}
	defer func() { r.depth-- }()
	switch r.peek() {
	case '!':
		start := r.pos
		r.pos++
		if c := r.peek(); c == '$' || c == '@' {
			r.pos = start
			break
		}
		x, err := r.term()
		return not{x}, err
	case '(':
		r.pos++
		x, err := r.or()
		if err == nil && !r.take(")") {
			err = r.unexpected()
		}
		return x, err
	}
	return r.relation()
}

func (r *filterReader) relation() (expression, error) {
	want := !r.take("!")
	left, err := r.operand()
	if err != nil {
		return nil, err
	}
	start := r.pos
	if x, ok := r.comparison(left); ok {
		return x, nil
	}
	r.pos = start
	if left.path == nil {
		return nil, r.unexpected()
	}
	return exists{left.path, want}, nil
}

// comparison reads what stands behind the left side. If that is no comparison, the left side stands alone.
func (r *filterReader) comparison(left operand) (expression, bool) {
	operator := r.operator()
	if operator == "" {
		return nil, false
	}
	r.take("!")
	right, err := r.operand()
	if err != nil {
		return nil, false
	}
	return relation{left, right, operator}, true
}

var operators = map[string]string{
	"==": "==", "===": "===", "!=": "!=", "!==": "!==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "=~": "=~",
	"IN": "in", "NIN": "nin", "SUBSETOF": "subsetof", "ANYOF": "anyof", "NONEOF": "noneof", "SIZE": "size", "EMPTY": "empty",
	"CONTAINS": "contains", "ALL": "all",
}

// operator reads symbols, or a word up to the next space. It returns "" for what is no operator.
func (r *filterReader) operator() string {
	r.space()
	start := r.pos
	for r.pos < len(r.text) && isSymbol(r.text[r.pos]) {
		r.pos++
	}
	if r.pos == start {
		for r.pos < len(r.text) && r.text[r.pos] != ' ' {
			r.pos++
		}
	}
	return operators[strings.ToUpper(r.text[start:r.pos])]
}

func isSymbol(c byte) bool { return strings.IndexByte("<>=~!", c) >= 0 }

// operand reads a path or a literal.
func (r *filterReader) operand() (operand, error) {
	switch r.peek() {
	case '$', '@':
		p, err := compile(r.path(), r.depth+1)
		return operand{path: p}, err
	case '\'', '"':
		end := closing(r.text, r.pos)
		if end < 0 {
			return operand{}, r.unexpected()
		}
		s, err := unescape(r.text[r.pos+1 : end])
		r.pos = end + 1
		return operand{value: s}, err
	case '/':
		return r.pattern()
	case '[', '{':
		end := matching(r.text, r.pos, false)
		if end < 0 {
			return operand{}, r.unexpected()
		}
		v, err := ParseLoose(r.text[r.pos : end+1])
		r.pos = end + 1
		return operand{value: v}, err
	}
	for _, word := range []struct {
		text  string
		value java.Value
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if r.take(word.text) {
			return operand{value: word.value}, nil
		}
	}
	return r.number()
}

func (r *filterReader) number() (operand, error) {
	start := r.pos
	for r.pos < len(r.text) && strings.IndexByte("0123456789-.eE", r.text[r.pos]) >= 0 {
		r.pos++
	}
	d, ok := java.ParseDecimal(r.text[start:r.pos])
	if !ok {
		return operand{}, r.unexpected()
	}
	return operand{value: d}, nil
}

// path returns the text of a path. It ends at a space, a symbol, or a bracket that closes no call.
func (r *filterReader) path() string {
	start := r.pos
	calls := 0
	for r.pos++; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case c == '[':
			end := matching(r.text, r.pos, true)
			if end < 0 {
				end = len(r.text) - 1
			}
			r.pos = end
		case c == '(':
			calls++
		case c == ')' && calls > 0:
			calls--
		case calls > 0:
		case c == ' ' || c == ')' || isSymbol(c):
			return r.text[start:r.pos]
		}
	}
	return r.text[start:]
}

// pattern reads /regular expression/flags.
func (r *filterReader) pattern() (operand, error) {
	end := closing(r.text, r.pos)
	if end < 0 {
		return operand{}, r.unexpected()
	}
	source, flags := r.text[r.pos+1:end], ""
	for r.pos = end + 1; r.pos < len(r.text) && strings.IndexByte("dixmsuU", r.text[r.pos]) >= 0; r.pos++ {
		switch c := r.text[r.pos]; c {
		case 'i', 'm', 's':
			flags += string(c)
		case 'x':
			return operand{}, fmt.Errorf("jsonpath: no comments in regular expressions: %s", source)
		}
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	re, err := regexp.Compile(`\A(?:` + flags + strings.ReplaceAll(source, `\/`, `/`) + `)\z`)
	return operand{pattern: re}, err
}
