package java

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep JSON may be nested.
const MaxDepth = 400

// ErrJSON is what Parse returns for what is no JSON document, or is nested deeper than [MaxDepth], or has a number longer
// than [MaxDigits].
var ErrJSON = errors.New("java: no JSON document")

// Parse reads a JSON document. Objects become maps, of members with the same name the last counts; arrays become JSON
// lists; integers the narrowest of Integer, Long and BigInteger; other numbers Double or, if their text is longer than 18
// characters, BigDecimal. What is not UTF-8 becomes U+FFFD.
func Parse[T []byte | string](doc T) (Value, error) {
	text := string(doc)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	r := reader{text: text}
	v := r.value(0)
	if r.space(); r.failed || r.pos < len(r.text) {
		return nil, ErrJSON
	}
	return v, nil
}

type reader struct {
	text   string
	pos    int
	failed bool
}

func (r *reader) fail() Value {
	r.failed = true
	r.pos = len(r.text)
	return nil
}

func (r *reader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\n', '\r', '\t':
			r.pos++
		default:
			return
		}
	}
}

// take takes a character, after white space, if it comes next.
func (r *reader) take(c byte) bool {
	if r.space(); r.pos < len(r.text) && r.text[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *reader) value(depth int) Value {
	if r.space(); r.pos == len(r.text) || depth > MaxDepth {
		return r.fail()
	}
	switch r.text[r.pos] {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		return r.string()
	case 't':
		return r.literal("true", true)
	case 'f':
		return r.literal("false", false)
	case 'n':
		return r.literal("null", nil)
	}
	return r.number()
}

func (r *reader) literal(word string, v Value) Value {
	if !strings.HasPrefix(r.text[r.pos:], word) {
		return r.fail()
	}
	r.pos += len(word)
	return v
}

func (r *reader) object(depth int) Value {
	r.pos++
	m := NewMap(0)
	if r.take('}') {
		return m
	}
	for {
		if r.space(); r.pos == len(r.text) || r.text[r.pos] != '"' {
			return r.fail()
		}
		name := r.string()
		if !r.take(':') {
			return r.fail()
		}
		m.PutName(name, r.value(depth+1))
		switch {
		case r.failed:
			return nil
		case r.take(','):
		case r.take('}'):
			return m
		default:
			return r.fail()
		}
	}
}

func (r *reader) array(depth int) Value {
	r.pos++
	l := NewArray()
	if r.take(']') {
		return l
	}
	for {
		l.Items = append(l.Items, r.value(depth+1))
		switch {
		case r.failed:
			return nil
		case r.take(','):
		case r.take(']'):
			return l
		default:
			return r.fail()
		}
	}
}

// string reads a string whose quote comes next.
func (r *reader) string() string {
	r.pos++
	start := r.pos
	for ; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return r.text[start : r.pos-1]
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			r.fail()
			return ""
		}
	}
	r.fail()
	return ""
}

// escaped goes on with a string that began at start, at its first escape.
func (r *reader) escaped(start int) string {
	var b strings.Builder
	b.WriteString(r.text[start:r.pos])
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			return b.String()
		case c < ' ':
			r.fail()
			return ""
		case c != '\\':
			b.WriteByte(c)
			r.pos++
		default:
			r.escape(&b)
		}
	}
	r.fail()
	return ""
}

func (r *reader) escape(b *strings.Builder) {
	if r.pos+1 == len(r.text) {
		r.fail()
		return
	}
	c := r.text[r.pos+1]
	r.pos += 2
	switch c {
	case '"', '\\', '/':
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		b.WriteRune(r.unicode())
	default:
		r.fail()
	}
}

// unicode reads four digits, and the second half of a surrogate pair behind them.
func (r *reader) unicode() rune {
	c := r.hex4()
	if !utf16.IsSurrogate(c) {
		return c
	}
	if strings.HasPrefix(r.text[r.pos:], `\u`) {
		before := r.pos
		r.pos += 2
		if pair := utf16.DecodeRune(c, r.hex4()); pair != utf8.RuneError {
			return pair
		}
		if !r.failed {
			r.pos = before
		}
	}
	return utf8.RuneError
}

func (r *reader) hex4() rune {
	const digits = 4
	if len(r.text)-r.pos < digits {
		r.fail()
		return 0
	}
	s := r.text[r.pos : r.pos+digits]
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil || s[0] == '+' {
		r.fail()
		return 0
	}
	r.pos += digits
	return rune(n)
}

func (r *reader) number() Value {
	start, whole := r.pos, true
	if r.text[r.pos] == '-' {
		r.pos++
	}
	switch {
	case r.pos < len(r.text) && r.text[r.pos] == '0':
		r.pos++
	case !r.digits():
		return r.fail()
	}
	if r.pos < len(r.text) && r.text[r.pos] == '.' {
		r.pos++
		if whole = false; !r.digits() {
			return r.fail()
		}
	}
	if r.pos < len(r.text) && r.text[r.pos]|0x20 == 'e' {
		r.pos++
		if r.pos < len(r.text) && (r.text[r.pos] == '+' || r.text[r.pos] == '-') {
			r.pos++
		}
		if whole = false; !r.digits() {
			return r.fail()
		}
	}
	if r.pos-start > MaxDigits {
		return r.fail()
	}
	return parseNumber(r.text[start:r.pos], whole)
}

func (r *reader) digits() bool {
	start := r.pos
	for r.pos < len(r.text) && '0' <= r.text[r.pos] && r.text[r.pos] <= '9' {
		r.pos++
	}
	return r.pos > start
}

func parseNumber(s string, whole bool) Value {
	if whole {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Narrow(n)
		}
		n, _ := new(big.Int).SetString(s, 10)
		return n
	}
	const longest = 18 // of a Double's text, in json-smart
	if len(s) > longest {
		if d, ok := ParseDecimal(s); ok {
			return d
		}
	}
	f, _ := strconv.ParseFloat(s, 64) // beyond the range it is infinite, as in Java
	return f
}
