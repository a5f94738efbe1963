package draft4

import (
	"math/big"
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
	// value is of an integer that fits, when small is set; 1 of true.
	value int64
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

// put adds a member.
func (n *node) put(name string, value node) {
	if known := n.member(name); known != nil {
		*known = value
		return
	}
	n.members = append(n.members, member{name, value})
	switch {
	case n.index != nil:
		n.index[name] = len(n.members) - 1
	case len(n.members) > manyMembers:
		n.index = make(map[string]int, 2*len(n.members))
		for i := range n.members {
			n.index[n.members[i].name] = i
		}
	}
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
		return java.NewDecimal(big.NewInt(n.value), 0)
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
