package policy

import (
	"fmt"
	"strings"
)

// test compares one value of the request with one of the policy.
type test interface {
	holds(value string, c Context) bool
}

// condition is one key of one operator with its values: all conditions of a statement must hold, and of the values of
// one condition any (reference_policies_multi-value-conditions).
type condition struct {
	key      string
	negate   bool
	set      setOperator
	ifExists bool
	null     bool // the operator is Null: absent says which answers make it hold
	absent   [2]bool
	tests    []test
}

// setOperator is what stands before the operator.
type setOperator uint8

const (
	single setOperator = iota
	forAllValues
	forAnyValue
)

// holds decides a condition. What is not in the request does not match, so a negated operator holds; IfExists holds;
// ForAllValues holds and ForAnyValue does not, negated or not (reference_policies_elements_condition_operators and
// reference_policies_multi-value-conditions).
//
// Without a set operator a key with several values matches when one of them does: the pages leave that open.
func (c *condition) holds(ctx Context) bool {
	values := lookup(ctx, c.key)
	n := values.len()
	switch {
	case c.null:
		return c.absent[index(n == 0)]
	case n == 0 && c.ifExists:
		return true
	case c.set == forAllValues:
		return values.empty() || c.all(&values, ctx)
	case c.set == forAnyValue:
		return !values.empty() && c.any(&values, ctx, c.negate)
	default:
		return c.any(&values, ctx, false) != c.negate
	}
}

func (c *condition) all(values *Values, ctx Context) bool {
	for i := range values.len() {
		if c.matches(values.at(i), ctx) == c.negate {
			return false
		}
	}
	return true
}

// any reports whether one value matches, or, negated, whether one does not.
func (c *condition) any(values *Values, ctx Context, negate bool) bool {
	for i := range values.len() {
		if c.matches(values.at(i), ctx) != negate {
			return true
		}
	}
	return false
}

func (c *condition) matches(value string, ctx Context) bool {
	for _, t := range c.tests {
		if t.holds(value, ctx) {
			return true
		}
	}
	return false
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// operator is a condition operator without what stands around it.
type operator struct {
	family   family
	relation relation // of numbers and dates
	negate   bool
}

type family uint8

const (
	stringEquals family = iota
	stringFold
	stringLike
	numeric
	date
	boolean
	binary
	address
	arn
	null
)

// relation is what the request's value is to the policy's.
type relation uint8

const (
	equal relation = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// holds takes what cmp.Compare says of the request's value and the policy's.
func (r relation) holds(compared int) bool {
	switch r {
	case less:
		return compared < 0
	case lessOrEqual:
		return compared <= 0
	case greater:
		return compared > 0
	case greaterOrEqual:
		return compared >= 0
	default:
		return compared == 0
	}
}

// operators are all that reference_policies_elements_condition_operators lists.
var operators = map[string]operator{
	"StringEquals":              {family: stringEquals},
	"StringNotEquals":           {family: stringEquals, negate: true},
	"StringEqualsIgnoreCase":    {family: stringFold},
	"StringNotEqualsIgnoreCase": {family: stringFold, negate: true},
	"StringLike":                {family: stringLike},
	"StringNotLike":             {family: stringLike, negate: true},
	"NumericEquals":             {family: numeric},
	"NumericNotEquals":          {family: numeric, negate: true},
	"NumericLessThan":           {family: numeric, relation: less},
	"NumericLessThanEquals":     {family: numeric, relation: lessOrEqual},
	"NumericGreaterThan":        {family: numeric, relation: greater},
	"NumericGreaterThanEquals":  {family: numeric, relation: greaterOrEqual},
	"DateEquals":                {family: date},
	"DateNotEquals":             {family: date, negate: true},
	"DateLessThan":              {family: date, relation: less},
	"DateLessThanEquals":        {family: date, relation: lessOrEqual},
	"DateGreaterThan":           {family: date, relation: greater},
	"DateGreaterThanEquals":     {family: date, relation: greaterOrEqual},
	"Bool":                      {family: boolean},
	"BinaryEquals":              {family: binary},
	"IpAddress":                 {family: address},
	"NotIpAddress":              {family: address, negate: true},
	"ArnEquals":                 {family: arn},
	"ArnNotEquals":              {family: arn, negate: true},
	"ArnLike":                   {family: arn},
	"ArnNotLike":                {family: arn, negate: true},
	"Null":                      {family: null},
}

// compileCondition checks one key of one operator.
func (c *compiler) condition(raw *rawCondition) (condition, error) {
	name, set := raw.operator.text, single
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, set = rest, forAnyValue
	}
	name, ifExists := strings.CutSuffix(name, "IfExists")
	op, ok := operators[name]
	if !ok || op.family == null && (ifExists || set != single) {
		s := shorten(raw.operator.text)
		return condition{}, faultf(raw.operator.at, fmt.Sprintf(awsCondition, s), "there is no condition operator %q", s)
	}
	key, ok := contextKey(raw.key.text)
	if !ok {
		return condition{}, faultf(raw.key.at, awsNoVendor, "%q is no condition key: want one such as aws:SourceIp", shorten(raw.key.text))
	}
	if len(raw.values.values) == 0 {
		return condition{}, faultf(raw.values.at, awsSyntax, "want a value to compare with")
	}
	out := condition{key: key, negate: op.negate, set: set, ifExists: ifExists, null: op.family == null}
	for _, v := range raw.values.values {
		if err := c.addTest(&out, op, v); err != nil {
			return condition{}, err
		}
	}
	return out, nil
}

func (c *compiler) addTest(out *condition, op operator, v text) error {
	if op.family == null {
		absent, ok := parseBool(v.text)
		if !ok {
			return faultf(v.at, awsSyntax, "Null takes true or false, not %q", shorten(v.text))
		}
		out.absent[index(absent)] = true
		return nil
	}
	t, err := c.test(op, v)
	out.tests = append(out.tests, t)
	return err
}

// test compiles one value of a policy.
func (c *compiler) test(op operator, v text) (test, error) {
	switch op.family {
	case stringEquals:
		return parsePattern(v, dialect{variables: c.variables})
	case stringFold:
		return parsePattern(v, dialect{variables: c.variables, fold: true})
	case stringLike:
		return parsePattern(v, dialect{variables: c.variables, wildcards: true})
	case arn:
		return c.arn(v)
	case boolean:
		return c.boolean(v)
	case numeric:
		return newNumberTest(op.relation, v)
	case date:
		return newDateTest(op.relation, v)
	case binary:
		return newBytesTest(v)
	case address:
		return newAddressTest(v)
	default:
		panic("policy: no such family of operators")
	}
}
