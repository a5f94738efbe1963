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
func parse(doc []byte) (*node, error) {
	p := parser{rest: strings.ToValidUTF8(string(doc), "\uFFFD")}
	p.space()
	n := &node{}
	if !p.value(n, 0) {
		return nil, ErrNoJSON
	}
	if p.space(); len(p.rest) > 0 {
		return nil, ErrNoJSON
	}
	return n, nil
}

type parser struct {
	rest   string
	values int
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

func (p *parser) value(n *node, depth int) bool {
	if p.values++; p.values > maxValues || depth > maxDepth || len(p.rest) == 0 {
		return false
	}
	switch c := p.rest[0]; c {
	case '{':
		return p.object(n, depth)
	case '[':
		return p.array(n, depth)
	case '"':
		n.kind = text
		var ok bool
		n.text, ok = p.text()
		return ok
	case 't':
		n.kind, n.value = boolean, 1
		return p.word("true")
	case 'f':
		n.kind = boolean
		return p.word("false")
	case 'n':
		n.kind = null
		return p.word("null")
	default:
		return p.number(n)
	}
}

func (p *parser) word(word string) bool {
	if !strings.HasPrefix(p.rest, word) {
		return false
	}
	p.rest = p.rest[len(word):]
	return true
}

func (p *parser) object(n *node, depth int) bool {
	n.kind = object
	p.take('{')
	if p.take('}') {
		return true
	}
	for {
		if len(p.rest) == 0 || p.rest[0] != '"' {
			return false
		}
		name, ok := p.text()
		if !ok {
			return false
		}
		if p.space(); !p.take(':') {
			return false
		}
		var value node
		if !p.value(&value, depth+1) {
			return false
		}
		n.put(name, value)
		if p.space(); !p.take(',') {
			return p.close('}')
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

func (p *parser) array(n *node, depth int) bool {
	n.kind = array
	p.take('[')
	if p.take(']') {
		return true
	}
	for {
		n.items = append(n.items, node{})
		if !p.value(&n.items[len(n.items)-1], depth+1) {
			return false
		}
		if p.space(); !p.take(',') {
			return p.close(']')
		}
	}
}

// number reads a number and says whether it is an integer: one without point and exponent.
func (p *parser) number(n *node) bool {
	b, i := p.rest, 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch start := i; {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = digits(b, i); i == start {
			return false
		}
	}
	n.kind = integer
	if i < len(b) && b[i] == '.' {
		n.kind = number
		start := i + 1
		if i = digits(b, start); i == start {
			return false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		n.kind = number
		start := i + 1
		if start < len(b) && (b[start] == '+' || b[start] == '-') {
			start++
		}
		if i = digits(b, start); i == start {
			return false
		}
		if e, err := strconv.Atoi(b[start:i]); err != nil || e > maxExponent {
			return false
		}
	}
	if i > maxNumber {
		return false
	}
	n.text, p.rest = b[:i], b[i:]
	if n.kind == integer {
		value, err := strconv.ParseInt(n.text, 10, 64)
		n.value, n.small = value, err == nil
	}
	return true
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
