package draft4

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What a document may hold. AWS has no such bounds but its memory; what is beyond is no JSON.
const (
	maxValues   = 250_000
	maxDepth    = 400
	maxNumber   = 1_000 // bytes
	maxExponent = 5_000
)

// parse reads a JSON document as Jackson does: strictly, but for names that stand twice. What is not UTF-8 becomes U+FFFD,
// as in every body that AWS reads as text.
func parse(doc []byte) (*node, error) { return new(parser).parse(doc) }

// parser reads documents, one after the other, into memory that it keeps. The nodes of a document are valid until the next.
type parser struct {
	rest   string
	values int
	root   node
	// Items and members of what is not read to its end yet are on stacks; then they move to blocks, as many as there are.
	itemStack   []node
	memberStack []member
	items       []node
	members     []member
}

// reset forgets the last document, and memory that only a large one needs.
func (p *parser) reset() {
	const keep = 2_000
	clear(p.items)
	clear(p.itemStack)
	clear(p.members)
	clear(p.memberStack)
	if cap(p.items) > keep || cap(p.members) > keep || cap(p.itemStack) > keep || cap(p.memberStack) > keep {
		*p = parser{}
		return
	}
	*p = parser{itemStack: p.itemStack[:0], memberStack: p.memberStack[:0], items: p.items[:0], members: p.members[:0]}
}

func (p *parser) parse(doc []byte) (*node, error) {
	p.rest = strings.ToValidUTF8(string(doc), "\uFFFD")
	p.space()
	var ok bool
	if p.root, ok = p.value(0); !ok {
		return nil, ErrNoJSON
	}
	if p.space(); len(p.rest) > 0 {
		return nil, ErrNoJSON
	}
	return &p.root, nil
}

// moved takes what is on a stack above base into a block, or a new one.
func moved[T any](stack []T, base int, block *[]T) []T {
	const usual = 64
	n := len(stack) - base
	if cap(*block)-len(*block) < n {
		*block = make([]T, 0, max(usual, 2*cap(*block), n))
	}
	start := len(*block)
	*block = append(*block, stack[base:]...)
	return (*block)[start : start+n : start+n]
}

func (p *parser) space() {
	i := 0
	for i < len(p.rest) && (p.rest[i] == ' ' || p.rest[i] == '\n' || p.rest[i] == '\r' || p.rest[i] == '\t') {
		i++
	}
	p.rest = p.rest[i:]
}

// take reads one byte if it is the next, and white space behind it.
func (p *parser) take(c byte) bool {
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	p.space()
	return true
}

func (p *parser) value(depth int) (n node, ok bool) {
	if p.values++; p.values > maxValues || depth > maxDepth || len(p.rest) == 0 {
		return n, false
	}
	switch c := p.rest[0]; c {
	case '{':
		n.kind = object
		n.members, ok = p.object(depth)
		n.settle()
	case '[':
		n.kind = array
		n.items, ok = p.array(depth)
	case '"':
		n.kind = text
		n.text, ok = p.text()
	case 't':
		n.kind, n.value, ok = boolean, 1, p.word("true")
	case 'f':
		n.kind, ok = boolean, p.word("false")
	case 'n':
		n.kind, ok = null, p.word("null")
	default:
		n.text, n.kind, ok = p.number()
		n.read()
	}
	return n, ok
}

func (p *parser) word(word string) bool {
	if !strings.HasPrefix(p.rest, word) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

func (p *parser) object(depth int) (members []member, ok bool) {
	p.take('{')
	if p.close('}') {
		return nil, true
	}
	for base := len(p.memberStack); ; {
		if len(p.rest) == 0 || p.rest[0] != '"' {
			return nil, false
		}
		name, ok := p.text()
		if !ok {
			return nil, false
		}
		if p.space(); !p.take(':') {
			return nil, false
		}
		value, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		p.memberStack = append(p.memberStack, member{name, value})
		if p.space(); !p.take(',') {
			members = moved(p.memberStack, base, &p.members)
			clear(p.memberStack[base:])
			p.memberStack = p.memberStack[:base]
			return members, p.close('}')
		}
	}
}

// close reads the end of an object or array, and leaves what is behind it.
func (p *parser) close(c byte) bool {
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) array(depth int) (items []node, ok bool) {
	p.take('[')
	if p.close(']') {
		return nil, true
	}
	for base := len(p.itemStack); ; {
		item, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		p.itemStack = append(p.itemStack, item)
		if p.space(); !p.take(',') {
			items = moved(p.itemStack, base, &p.items)
			clear(p.itemStack[base:])
			p.itemStack = p.itemStack[:base]
			return items, p.close(']')
		}
	}
}

// number reads a number and says whether it is an integer: one without point and exponent.
func (p *parser) number() (literal string, k kind, ok bool) {
	b, i := p.rest, 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch start := i; {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = digits(b, i); i == start {
			return "", k, false
		}
	}
	k = integer
	if i < len(b) && b[i] == '.' {
		k = number
		start := i + 1
		if i = digits(b, start); i == start {
			return "", k, false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		k = number
		start := i + 1
		if start < len(b) && (b[start] == '+' || b[start] == '-') {
			start++
		}
		if i = digits(b, start); i == start {
			return "", k, false
		}
		if e, err := strconv.Atoi(b[start:i]); err != nil || e > maxExponent {
			return "", k, false
		}
	}
	p.rest = b[i:]
	return b[:i], k, i <= maxNumber
}

func digits(b string, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// text reads a string.
func (p *parser) text() (string, bool) {
	b := p.rest[1:]
	for i := range len(b) {
		switch c := b[i]; {
		case c == '"':
			p.rest = b[i+1:]
			return b[:i], true
		case c == '\\':
			return p.escaped(b, i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads a string whose first escape is at i.
func (p *parser) escaped(b string, i int) (string, bool) {
	out := append(make([]byte, 0, 2*i+16), b[:i]...)
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			p.rest = b[i+1:]
			return string(out), true
		case c < ' ':
			return "", false
		case c != '\\':
			out = append(out, c)
			i++
		default:
			var n int
			if out, n = unescape(out, b[i:]); n == 0 {
				return "", false
			}
			i += n
		}
	}
	return "", false
}

// unescape appends what an escape stands for, and returns its length: 0 if it is none. Half a pair becomes U+FFFD.
func unescape(dst []byte, b string) (out []byte, n int) {
	if len(b) < 2 {
		return dst, 0
	}
	if b[1] == 'u' {
		r, ok := hex4(b)
		if !ok {
			return dst, 0
		}
		if utf16.IsSurrogate(r) {
			if low, ok := hex4(b[6:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					return utf8.AppendRune(dst, pair), 12
				}
			}
			r = utf8.RuneError
		}
		return utf8.AppendRune(dst, r), 6
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(from, b[1])
	if i < 0 {
		return dst, 0
	}
	return append(dst, to[i]), 2
}

// hex4 reads an escape of four hexadecimal digits.
func hex4(b string) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(b[2:6], 16, 16)
	return rune(r), err == nil
}
