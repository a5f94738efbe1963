package filter

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// rule is one condition on a value that is neither list nor object.
type rule interface {
	matches(v any, present bool) bool
}

// exact is a string, a float64, a bool or nil.
type exact struct{ value any }

func (r exact) matches(v any, present bool) bool {
	return present && same(r.value, v)
}

// same compares a value of a policy with one of a message, whose numbers may be text.
func same(own, v any) bool {
	if n, ok := own.(float64); ok {
		other, isNumber := number(v)
		return isNumber && n == other
	}
	switch v.(type) {
	case json.Number, float64:
		return false
	}
	return own == v
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		n, err := strconv.ParseFloat(string(v), 64)
		return n, err == nil
	}
	return 0, false
}

type exists bool

func (r exists) matches(_ any, present bool) bool { return bool(r) == present }

// text is a condition on strings.
type text struct {
	operand string
	holds   func(s, operand string) bool
}

func (r text) matches(v any, _ bool) bool {
	s, ok := v.(string)
	return ok && r.holds(s, r.operand)
}

func differsInStart(s, prefix string) bool { return !strings.HasPrefix(s, prefix) }

// anythingBut is any value but some.
type anythingBut struct{ values []any }

func (r anythingBut) matches(v any, present bool) bool {
	if !present || v == nil {
		return false
	}
	for _, own := range r.values {
		if same(own, v) {
			return false
		}
	}
	return true
}

// span is a range of numbers.
type span struct {
	from, to         float64
	openFrom, openTo bool
}

func (r span) matches(v any, _ bool) bool {
	n, ok := number(v)
	return ok && (n > r.from || n == r.from && !r.openFrom) && (n < r.to || n == r.to && !r.openTo)
}

// bound is a range that one comparison makes.
func bound(operator string, n float64) (span, bool) {
	r := span{from: math.Inf(-1), to: math.Inf(1)}
	switch operator {
	case "=":
		r.from, r.to = n, n
	case ">":
		r.from, r.openFrom = n, true
	case ">=":
		r.from = n
	case "<":
		r.to, r.openTo = n, true
	case "<=":
		r.to = n
	default:
		return r, false
	}
	return r, true
}

type cidr struct{ prefix netip.Prefix }

func (r cidr) matches(v any, _ bool) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	addr, err := netip.ParseAddr(s)
	return err == nil && r.prefix.Contains(addr)
}

// parseCIDR words what is wrong as AWS does (recorded: localstack's test_validate_policy_string_operators).
func parseCIDR(s string) (cidr, string) {
	address, bits, found := strings.Cut(s, "/")
	if !found || strings.Contains(bits, "/") {
		return cidr{}, "Malformed CIDR, one '/' required"
	}
	n, err := strconv.Atoi(bits)
	if err != nil {
		return cidr{}, "Malformed CIDR, mask bits must be an integer"
	}
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return cidr{}, "Nonstandard IP address: " + address
	}
	prefix, err := addr.Prefix(n)
	if err != nil {
		return cidr{}, "Malformed CIDR, mask bits must not be negative or exceed the address"
	}
	return cidr{prefix}, ""
}
