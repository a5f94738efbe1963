package draft4

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// What checking a body may cost: visits of a value by a schema and the like, around half a second; and how deep schemas
// may lead into one another.
const (
	maxCost   = 2_000_000
	maxNested = 5_000
)

// maxMessages is how many messages are kept. AWS keeps all.
const maxMessages = 200

var (
	errCost = errors.New("it takes too long")
	errLoop = errors.New("the schema refers to itself without an end")
)

// report takes what is wrong. A nil one wants to know only whether something is.
type report struct {
	messages []string
}

func (r *report) empty() bool { return r == nil || len(r.messages) == 0 }

// say adds a message, and reports whether to go on.
func (r *report) say(format string, args ...any) bool {
	if r == nil {
		return false
	}
	if len(r.messages) < maxMessages {
		r.messages = append(r.messages, fmt.Sprintf(format, args...))
	}
	return true
}

// validator checks one body. err stops it.
type validator struct {
	budget int
	depth  int
	err    error
}

func (v *validator) charge(cost int) {
	if v.budget -= cost; v.budget < 0 && v.err == nil {
		v.err = errCost
	}
}

// check checks a value, and reports whether nothing is wrong with it; with a report, nothing in all of the report. Once
// something is, the library looks no deeper.
func (v *validator) check(s *schema, n *node, r *report) bool {
	v.charge(1)
	if v.depth++; v.depth > maxNested && v.err == nil {
		v.err = errLoop
	}
	if v.err == nil && s.broken != nil {
		v.err = s.broken
	}
	ok := false
	switch {
	case v.err != nil:
	case s.ref != "":
		ok = v.check(s.target, n, r)
	default:
		ok = v.keywords(s, n, r) && (!s.looks || v.parts(s, n, r))
	}
	v.depth--
	return ok
}

func (v *validator) keywords(s *schema, n *node, r *report) bool {
	for i := range s.keywords {
		k := &s.keywords[i]
		if !k.kinds.has(n.kind) {
			continue
		}
		const bytesOfOne = 256
		if v.charge(len(n.text) / bytesOfOne); !k.check(v, n, r) {
			return false
		}
	}
	return v.err == nil && r.empty()
}

// parts checks what is in a value. The library's messages are in the order of the names.
func (v *validator) parts(s *schema, n *node, r *report) bool {
	for i := range n.items {
		if below := s.ofItem(i); below != nil && !v.check(below, &n.items[i], r) && r == nil {
			return false
		}
	}
	members := n.members
	v.charge(len(members) / namesOfOne)
	if r != nil {
		members = slices.Clone(members)
		slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	}
	for i := range members {
		if !v.member(s, &members[i], r) && r == nil {
			return false
		}
	}
	return v.err == nil && r.empty()
}

// ofItem returns the schema of an array's item, nil for none.
func (s *schema) ofItem(i int) *schema {
	switch {
	case s.items != nil:
		return s.items
	case i < len(s.tuple):
		return s.tuple[i]
	}
	return s.additionalItems
}

// member checks a member by all schemas that are for its name.
func (v *validator) member(s *schema, m *member, r *report) bool {
	known := false
	if below := s.properties[m.name]; below != nil {
		known = true
		if !v.check(below, &m.node, r) && r == nil {
			return false
		}
	}
	for i := range s.patternProperties {
		if !v.match(s.patternProperties[i].pattern, m.name) {
			continue
		}
		known = true
		if !v.check(s.patternProperties[i].schema, &m.node, r) && r == nil {
			return false
		}
	}
	return known || s.additionalProperties == nil || v.check(s.additionalProperties, &m.node, r)
}

// key is a text that equal values share: numbers are equal by their value, objects whatever their order.
func (v *validator) key(dst []byte, n *node) []byte {
	const bytesOfOne = 8
	if v.charge(1 + len(n.text)/bytesOfOne); v.err != nil {
		return dst
	}
	switch {
	case n.kind == number, n.kind == integer && (!n.small || n.value%10 == 0): // 10 and 1e1 are equal
		return append(dst, plain(n.decimal()).String()...)
	case n.kind == array:
		dst = append(dst, '[')
		for i := range n.items {
			dst = append(v.key(dst, &n.items[i]), ',')
		}
		return append(dst, ']')
	case n.kind == object:
		sorted := make([]*member, len(n.members))
		for i := range n.members {
			sorted[i] = &n.members[i]
		}
		slices.SortFunc(sorted, func(a, b *member) int { return strings.Compare(a.name, b.name) })
		dst = append(dst, '{')
		for _, m := range sorted {
			dst = append(strconv.AppendQuote(dst, m.name), ':')
			dst = append(v.key(dst, &m.node), ',')
		}
		return append(dst, '}')
	case n.kind == text:
		return strconv.AppendQuote(dst, n.text)
	}
	return n.append(dst)
}

// multiple reports whether n is a multiple of a positive number.
func (v *validator) multiple(n, of *java.Decimal) bool {
	a, b := n.Unscaled(), of.Unscaled()
	switch apart := n.Scale() - of.Scale(); {
	case apart < 0:
		v.charge(-apart / 8)
		a = new(big.Int).Mul(a, pow10(-apart))
	case apart > 0:
		v.charge(apart / 8)
		b = new(big.Int).Mul(b, pow10(apart))
	}
	v.charge((a.BitLen() + b.BitLen()) / 512)
	return v.err != nil || new(big.Int).Rem(a, b).Sign() == 0
}
