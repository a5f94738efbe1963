package java

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// style is what a writer escapes besides what it must.
type style uint8

const (
	jackson style = iota // nothing
	smart                // what json-smart thinks is not printable
	web                  // the same, and slashes
)

// AppendJSON appends a value as Jackson writes it.
func AppendJSON(dst []byte, v Value) []byte { return appendJSON(dst, v, jackson, 0) }

// AppendSmartJSON appends a value as the provider of JsonPath writes it, that is json-smart without its escaping of
// slashes.
func AppendSmartJSON(dst []byte, v Value) []byte { return appendJSON(dst, v, smart, 0) }

// AppendJSONText appends what stands between the quotes of s as Jackson writes it.
func AppendJSONText(dst []byte, s string) []byte { return appendEscaped(dst, s, jackson) }

func appendJSON(dst []byte, v Value, s style, depth int) []byte {
	if depth > maxPrinted || len(dst) > MaxText {
		return append(dst, "null"...)
	}
	switch v := v.(type) {
	case string:
		return append(appendEscaped(append(dst, '"'), v, s), '"')
	case *Map:
		return appendObject(dst, v, s, depth)
	case *List:
		dst = append(dst, '[')
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item, s, depth+1)
		}
		return append(dst, ']')
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			if s == jackson {
				return append(AppendDouble(append(dst, '"'), v), '"')
			}
			return append(dst, "null"...)
		}
	case *Entry:
		return appendJSON(dst, String(v), s, depth)
	case *Decimal:
		return append(dst, v.String()...)
	case fmt.Stringer:
		if !IsNumber(v) {
			return appendJSON(dst, v.String(), s, depth)
		}
	}
	return Append(dst, v)
}

func appendObject(dst []byte, m *Map, s style, depth int) []byte {
	dst = append(dst, '{')
	for i, e := range m.entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		name := e.name
		if e.other != nil {
			name = String(e.Key())
		}
		dst = append(appendEscaped(append(dst, '"'), name, s), `":`...)
		dst = appendJSON(dst, e.Value, s, depth+1)
	}
	return append(dst, '}')
}

func appendEscaped(dst []byte, text string, s style) []byte {
	start := 0
	for i := 0; i < len(text); {
		c, n := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRuneInString(text[i:])
		}
		if !escaped(c, s) {
			i += n
			continue
		}
		dst = append(dst, text[start:i]...)
		dst = appendEscape(dst, c)
		i += n
		start = i
	}
	return append(dst, text[start:]...)
}

func escaped(c rune, s style) bool {
	switch {
	case c < ' ' || c == '"' || c == '\\':
		return true
	case c == '/':
		return s == web
	}
	return s != jackson && (0x7f <= c && c <= 0x9f || 0x2000 <= c && c <= 0x20ff)
}

func appendEscape(dst []byte, c rune) []byte {
	switch c {
	case '"', '\\', '/':
		return append(dst, '\\', byte(c))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}
