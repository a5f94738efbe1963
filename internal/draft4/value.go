package draft4

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/java"
)

// kind is the type of a value, in the order in which the library lists them.
type kind uint8

const (
	array kind = iota
	boolean
	integer
	null
	number
	object
	text
)

var kindNames = [...]string{"array", "boolean", "integer", "null", "number", "object", "string"}

func (k kind) String() string { return kindNames[k] }

// kinds is a set of them.
type kinds uint8

const (
	anyKind kinds = 1<<(text+1) - 1
	numbers kinds = 1<<integer | 1<<number
)

func (k kinds) has(one kind) bool { return k&(1<<one) != 0 }

// node is a value.
type node struct {
	kind kind
	// text is of a text what it says, and of a number how it is written.
	text string
	// value × 10^-scale is of a number that fits, when small is set. value is 1 of true.
	value int64
	scale int
	small bool
	items []node
	// members are in the order of the document. Of names that stand twice the last value counts, at the place of the first.
	members []member
	// index holds the places of many members.
	index map[string]int
}

type member struct {
	name string
	node node
}

// manyMembers is from how many members on an object is indexed.
const manyMembers = 12

// member returns an object's member, nil if there is none.
func (n *node) member(name string) *node {
	if n.index != nil {
		if i, ok := n.index[name]; ok {
			return &n.members[i].node
		}
		return nil
	}
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].node
		}
	}
	return nil
}

// settle indexes many members, and takes out what stands twice.
func (n *node) settle() {
	many := len(n.members) > manyMembers
	if many {
		n.index = make(map[string]int, len(n.members))
	}
	kept := n.members[:0]
	for i := range n.members {
		m := n.members[i]
		before := -1
		if many {
			if place, ok := n.index[m.name]; ok {
				before = place
			} else {
				n.index[m.name] = len(kept)
			}
		} else {
			before = slices.IndexFunc(kept, func(k member) bool { return k.name == m.name })
		}
		if before >= 0 {
			kept[before].node = m.node
			continue
		}
		kept = append(kept, m)
	}
	n.members = kept
}

// read finds the value of a number that is small.
func (n *node) read() {
	const most = 18 // digits
	digits, scale := n.text, 0
	if n.kind == number {
		whole, fraction, ok := strings.Cut(n.text, ".")
		if !ok || len(n.text) > most || strings.ContainsAny(fraction, "eE") {
			return
		}
		digits, scale = whole+fraction, len(fraction)
	}
	if len(n.text) > most+1 && n.kind == number {
		return
	}
	value, err := strconv.ParseInt(digits, 10, 64)
	n.value, n.scale, n.small = value, scale, err == nil
}

// compare orders a number and a limit, without decimals where both are small and of one scale.
func (n *node) compare(limit *limit) int {
	if n.small && limit.small {
		a, b := n.value, limit.value
		switch apart := n.scale - limit.scale; {
		case apart == 0:
			return cmp.Compare(a, b)
		case apart > 0 && apart < len(powers) && b < limitless && b > -limitless:
			return cmp.Compare(a, b*powers[apart])
		case apart < 0 && -apart < len(powers) && a < limitless && a > -limitless:
			return cmp.Compare(a*powers[-apart], b)
		}
	}
	return n.decimal().Compare(limit.decimal)
}

// powers are those of ten; what is below limitless can be multiplied by each.
var powers = [...]int64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000}

const limitless = 1 << 42

// limit is a number of a schema.
type limit struct {
	decimal *java.Decimal
	value   int64
	scale   int
	small   bool
	shown   string
}

func newLimit(n *node) *limit {
	d := plain(n.decimal())
	l := &limit{decimal: d, shown: d.String()}
	if scale := d.Scale(); scale < 0 { // whole numbers are written out
		l.decimal = java.NewDecimal(new(big.Int).Mul(d.Unscaled(), pow10(-scale)), 0)
		l.shown = l.decimal.String()
	}
	l.small = l.decimal.Unscaled().IsInt64()
	if l.small {
		l.value, l.scale = l.decimal.Unscaled().Int64(), l.decimal.Scale()
	}
	return l
}

// at returns what a part of a JSON pointer leads to.
func (n *node) at(part string) *node {
	if n.kind == object {
		return n.member(part)
	}
	if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.items) {
		return &n.items[i]
	}
	return nil
}

// decimal returns a number. Its size is bounded by the reader.
func (n *node) decimal() *java.Decimal {
	if n.small {
		return java.NewDecimal(big.NewInt(n.value), n.scale)
	}
	d, ok := java.ParseDecimal(n.text)
	if !ok {
		return java.NewDecimal(new(big.Int), 0)
	}
	return d
}

// String is the value as Jackson writes it, cut where it gets long.
func (n *node) String() string { return string(n.append(nil)) }

// maxShown is how many bytes of a value messages show. AWS shows all.
const maxShown = 4 << 10

func (n *node) append(dst []byte) []byte {
	if len(dst) > maxShown {
		return dst
	}
	switch n.kind {
	case null:
		return append(dst, "null"...)
	case boolean:
		return strconv.AppendBool(dst, n.value != 0)
	case integer:
		if n.small {
			return strconv.AppendInt(dst, n.value, 10)
		}
		return append(dst, n.text...)
	case number:
		return append(dst, plain(n.decimal()).String()...)
	case text:
		return appendQuoted(dst, n.text)
	case array:
		dst = append(dst, '[')
		for i := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = n.items[i].append(dst)
		}
		return append(dst, ']')
	case object:
		dst = append(dst, '{')
		for i := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, n.members[i].name), ':')
			dst = n.members[i].node.append(dst)
		}
		return append(dst, '}')
	}
	return dst
}

// plain is BigDecimal.stripTrailingZeros.
func plain(d *java.Decimal) *java.Decimal {
	digits := d.Unscaled().String()
	kept := strings.TrimRight(digits, "0")
	if kept == "" {
		return java.NewDecimal(new(big.Int), 0)
	}
	if len(kept) == len(digits) {
		return d
	}
	unscaled, _ := new(big.Int).SetString(kept, 10)
	return java.NewDecimal(unscaled, d.Scale()-(len(digits)-len(kept)))
}

func appendQuoted(dst []byte, s string) []byte {
	return append(java.AppendJSONText(append(dst, '"'), clip(s)), '"')
}

// clip cuts what is longer than messages show.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
