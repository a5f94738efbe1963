package filter

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Limits of https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html.
const (
	maxKeys         = 5
	maxCombinations = 150
	maxSize         = 256 << 10
)

// Compile reads a policy on the bodies of messages, which may be nested, or on their attributes. The error is an *[Error].
func Compile(text string, onBody bool) (*Policy, error) {
	if len(text) > maxSize {
		return nil, fail("Filter policy is too long")
	}
	if !json.Valid([]byte(text)) {
		return nil, notJSON(text)
	}
	c := &compiler{source: text, tokens: scan(text)}
	if c.next().kind != beginObject {
		return nil, c.fail("Filter is not an object")
	}
	root := &node{}
	combinations, err := c.object(root, 1)
	if err != nil {
		return nil, err
	}
	if c.nested && !onBody {
		return nil, &Error{"Filter policy scope MessageAttributes does not support nested filter policy"}
	}
	if c.keys > maxKeys {
		return nil, fail("Filter policy can not have more than %d keys", maxKeys)
	}
	if combinations > maxCombinations {
		return nil, fail("Filter policy is too complex")
	}
	return &Policy{root}, nil
}

// compiler walks the tokens of a policy as AWS's reader does, so that its messages name the same places.
type compiler struct {
	source string
	tokens []token
	at     int
	token  token
	// keys counts those of the top, and nested tells of objects in objects.
	keys   int
	nested bool
}

func (c *compiler) next() token {
	c.token = c.tokens[min(c.at, len(c.tokens)-1)]
	c.at++
	return c.token
}

// fail says what is wrong at the current token; failRead, if its text has been read.
func (c *compiler) fail(message string) error     { return at(message, c.source, c.token.begun) }
func (c *compiler) failRead(message string) error { return at(message, c.source, c.token.read) }

// object reads the rest of an object and counts the combinations of values that match.
func (c *compiler) object(n *node, depth int) (int, error) {
	combinations := 1
	for c.next().kind == name {
		field := c.token.text
		if depth == 1 {
			c.keys++
		}
		var more int
		var err error
		switch c.next().kind {
		case beginArray:
			if field == "$or" && c.alternatives() {
				more, err = c.or(n, depth)
				break
			}
			more, err = c.rules(n.child(field))
			more *= depth
		case beginObject:
			c.nested = true
			more, err = c.object(n.child(field), depth+1)
		default:
			err = c.fail(strconv.Quote(field) + " must be an object or an array")
		}
		if err != nil {
			return 0, err
		}
		combinations = min(combinations*more, maxCombinations+1)
	}
	return combinations, nil
}

// alternatives tells whether the array that has begun is one of $or: of two objects or more, none of them a rule.
func (c *compiler) alternatives() bool {
	objects, depth := 0, 0
	for _, t := range c.tokens[c.at:] {
		switch {
		case t.kind == endArray && depth == 0:
			return objects > 1
		case t.kind == beginObject || t.kind == beginArray:
			if depth == 0 {
				if t.kind == beginArray {
					return false
				}
				objects++
			}
			depth++
		case t.kind == endObject || t.kind == endArray:
			depth--
		case depth == 0, depth == 1 && t.kind == name && slices.Contains(operators[:], t.text):
			return false
		}
	}
	return false
}

func (c *compiler) or(n *node, depth int) (int, error) {
	var list []*node
	sum := 0
	for c.next().kind == beginObject {
		alternative := &node{}
		keys := c.keys
		more, err := c.object(alternative, depth)
		c.keys = keys
		if err != nil {
			return 0, err
		}
		sum = min(sum+more, maxCombinations+1)
		list = append(list, alternative)
	}
	n.either = append(n.either, list)
	return sum, nil
}

// rules reads the rest of an array.
func (c *compiler) rules(n *node) (int, error) {
	count := 0
	for c.next().kind != endArray {
		count++
		var r rule
		var err error
		switch c.token.kind {
		case beginObject:
			r, err = c.expression()
		case str, num, literal:
			r, err = exact{c.value()}, nil
		default:
			err = c.fail("Match value must be String, number, true, false, or null")
		}
		if err != nil {
			return 0, err
		}
		n.rules = append(n.rules, r)
	}
	if count == 0 {
		return 0, c.fail("Empty arrays are not allowed")
	}
	return count, nil
}

// value is the current token's, if it is no list and no object.
func (c *compiler) value() any {
	switch c.token.kind { //nolint:exhaustive // the caller knows
	case str:
		return c.token.text
	case num:
		n, _ := strconv.ParseFloat(c.token.text, 64) // beyond the greatest is infinite
		return n
	}
	switch c.token.text {
	case "true":
		return true
	case "false":
		return false
	}
	return nil
}

// operators are what a rule can be besides a value.
var operators = [...]string{"anything-but", "prefix", "suffix", "equals-ignore-case", "numeric", "exists", "cidr"}

// expression reads the rest of an object that is a rule.
func (c *compiler) expression() (rule, error) {
	operator := c.next().text
	if c.token.kind != name || !slices.Contains(operators[:], operator) {
		return nil, c.fail("Unrecognized match type " + operator)
	}
	c.next()
	r, err := c.operand(operator)
	if err != nil {
		return nil, err
	}
	if c.next().kind != endObject {
		return nil, c.fail("Only one key allowed in match expression")
	}
	return r, nil
}

func (c *compiler) operand(operator string) (rule, error) {
	switch operator {
	case "numeric":
		if c.token.kind != beginArray {
			return nil, c.fail("Value of numeric must be an array.")
		}
		return c.numeric()
	case "anything-but":
		return c.anythingBut()
	case "exists":
		switch c.token.text {
		case "true", "false":
			if c.token.kind == literal {
				return exists(c.token.text == "true"), nil
			}
		}
		return nil, c.fail("exists match pattern must be either true or false.")
	}
	if c.token.kind != str {
		if operator == "cidr" {
			operator = "prefix" // sic
		}
		return nil, c.fail(operator + " match pattern must be a string")
	}
	switch operator {
	case "suffix":
		return text{c.token.text, strings.HasSuffix}, nil
	case "equals-ignore-case":
		return text{c.token.text, strings.EqualFold}, nil
	case "cidr":
		r, wrong := parseCIDR(c.token.text)
		if wrong != "" {
			return nil, fail("%s", wrong)
		}
		return r, nil
	}
	return text{c.token.text, strings.HasPrefix}, nil
}

func (c *compiler) anythingBut() (rule, error) {
	switch c.token.kind { //nolint:exhaustive // all others are refused
	case str, num:
		return anythingBut{[]any{c.value()}}, nil
	case beginArray:
		r := anythingBut{}
		for c.next().kind != endArray {
			if c.token.kind != str && c.token.kind != num {
				return nil, c.fail("Inside anything but list, start|null|boolean is not supported.")
			}
			r.values = append(r.values, c.value())
		}
		if len(r.values) == 0 {
			return nil, c.fail("Empty arrays are not allowed")
		}
		return r, nil
	case beginObject:
		if operator := c.next().text; c.token.kind != name || operator != "prefix" {
			return nil, c.fail("Unsupported anything-but pattern: " + operator)
		}
		if c.next().kind != str {
			return nil, c.fail("prefix match pattern must be a string")
		}
		r := text{c.token.text, differsInStart}
		if c.next().kind != endObject {
			return nil, c.fail("Only one key allowed in match expression")
		}
		return r, nil
	}
	return nil, c.fail("Value of anything-but must be an array or single string/number value.")
}

// numeric reads the rest of an array such as [">", 0, "<=", 150].
func (c *compiler) numeric() (rule, error) {
	operator := c.next().text
	if c.token.kind != str {
		return nil, c.failRead("Invalid member in numeric match: " + operator)
	}
	n, err := c.number(operator)
	if err != nil {
		return nil, err
	}
	r, ok := bound(operator, n)
	switch {
	case !ok:
		return nil, c.fail("Unrecognized numeric range operator: " + operator)
	case c.next().kind == endArray:
		return r, nil
	case operator != ">" && operator != ">=":
		return nil, c.fail("Too many elements in numeric expression")
	case c.token.kind != str:
		return nil, c.failRead("Bad value in numeric range: " + c.token.text)
	case c.token.text != "<" && c.token.text != "<=":
		return nil, c.failRead("Bad numeric range operator: " + c.token.text)
	}
	second := c.token.text
	top, err := c.number(second)
	if err != nil {
		return nil, err
	}
	if c.next().kind != endArray {
		return nil, c.fail("Too many terms in numeric range expression")
	}
	if n >= top {
		return nil, c.fail("Bottom must be less than top")
	}
	r.to, r.openTo = top, second == "<"
	return r, nil
}

// number reads what an operator compares with. Of an operator that is none the caller complains.
func (c *compiler) number(operator string) (float64, error) {
	if c.next().kind != num {
		switch operator {
		case "=":
			return 0, c.fail("Value of equals must be numeric")
		case "<", "<=", ">", ">=":
			return 0, c.fail("Value of " + operator + " must be numeric")
		}
		return 0, nil
	}
	n, _ := c.value().(float64)
	return n, nil
}
