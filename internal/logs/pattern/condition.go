package pattern

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// condition is a comparison of a value with a constant.
type condition struct {
	op     operator
	number float64
	text   []byte // with wildcards cut out: see parts
	// parts are what stands between the asterisks of a text; nil without one.
	parts   [][]byte
	re      *regexp.Regexp
	numeric bool
}

// operator is a closed set.
type operator uint8

const (
	equal operator = iota
	notEqual
	less
	greater
	lessOrEqual
	greaterOrEqual
)

// operators, the longer first.
var operators = [...]struct { //nolint:gochecknoglobals // a constant table
	text string
	op   operator
}{{"!=", notEqual}, {"<=", lessOrEqual}, {">=", greaterOrEqual}, {"==", equal}, {"=", equal}, {"<", less}, {">", greater}}

func cutOperator(s string) (op operator, rest string, ok bool) {
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(s, o.text); ok {
			return o.op, strings.TrimLeft(rest, " "), true
		}
	}
	return 0, s, false
}

// newCondition is for a constant as it was written: quoted, a regular expression between percent signs, or plain.
func newCondition(op operator, constant string, quoted bool) (condition, error) {
	c := condition{op: op}
	if n := len(constant); !quoted && n > 1 && constant[0] == '%' && constant[n-1] == '%' {
		if op != equal && op != notEqual {
			return c, refuse("a regular expression is compared by = and != only")
		}
		var err error
		c.re, err = compileRegexp(constant[1 : n-1])
		return c, err
	}
	if number, err := strconv.ParseFloat(constant, 64); err == nil && !quoted && !math.IsInf(number, 0) && !math.IsNaN(number) {
		c.number, c.numeric, c.text = number, true, []byte(constant)
		return c, nil
	}
	if op != equal && op != notEqual {
		return c, refuse("%q is no number", constant)
	}
	c.text = []byte(constant)
	if strings.Contains(constant, "*") {
		for part := range strings.SplitSeq(constant, "*") {
			c.parts = append(c.parts, []byte(part))
		}
	}
	return c, nil
}

// holds reports whether a value meets the condition.
func (c *condition) holds(value []byte) bool {
	if c.numeric {
		number, err := strconv.ParseFloat(string(value), 64)
		if err != nil {
			return c.op == notEqual
		}
		switch c.op {
		case equal:
			return number == c.number
		case notEqual:
			return number != c.number
		case less:
			return number < c.number
		case greater:
			return number > c.number
		case lessOrEqual:
			return number <= c.number
		case greaterOrEqual:
			return number >= c.number
		}
	}
	return c.is(value) == (c.op == equal)
}

func (c *condition) is(value []byte) bool {
	switch {
	case c.re != nil:
		return c.re.Match(value)
	case c.parts == nil:
		return bytes.Equal(value, c.text)
	}
	return glob(c.parts, value)
}

// glob matches a text with the parts between asterisks.
func glob(parts [][]byte, value []byte) bool {
	value, ok := bytes.CutPrefix(value, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := bytes.Index(value, part)
		if i < 0 {
			return false
		}
		value = value[i+len(part):]
	}
	return bytes.HasSuffix(value, last)
}
