package java

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// String is String.valueOf.
func String(v Value) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	}
	var room [64]byte
	return string(Append(room[:0], v))
}

// MaxText bounds what a value is printed to: a list may hold another one a thousand times. What is beyond is cut off.
const MaxText = 16 << 20

// Append appends the text of String.valueOf.
func Append(dst []byte, v Value) []byte { return appendText(dst, v, 0) }

// maxPrinted bounds the nesting of what is printed: a list may be put into itself.
const maxPrinted = 500

func appendText(dst []byte, v Value, depth int) []byte {
	if depth > maxPrinted || len(dst) > MaxText {
		return append(dst, "..."...)
	}
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return AppendDouble(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	case *Entry:
		return appendText(append(appendText(dst, v.Key(), depth+1), '='), v.Value, depth+1)
	case *Map:
		return appendMap(dst, v, depth)
	case *List:
		if v.JSON {
			return appendJSON(dst, v, web, depth)
		}
		return appendList(dst, v, depth)
	case fmt.Stringer:
		return append(dst, v.String()...)
	}
	return dst
}

func appendMap(dst []byte, m *Map, depth int) []byte {
	if m.Silent {
		return dst
	}
	dst = append(dst, '{')
	for i, e := range m.entries {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendSelf(dst, m, e.Key(), depth)
		dst = appendSelf(append(dst, '='), m, e.Value, depth)
	}
	return append(dst, '}')
}

func appendList(dst []byte, l *List, depth int) []byte {
	dst = append(dst, '[')
	for i, item := range l.Items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendSelf(dst, l, item, depth)
	}
	return append(dst, ']')
}

// appendSelf prints a collection that is its own element as Java does.
func appendSelf(dst []byte, self, v Value, depth int) []byte {
	if v == self {
		if _, ok := v.(*Map); ok {
			return append(dst, "(this Map)"...)
		}
		return append(dst, "(this Collection)"...)
	}
	return appendText(dst, v, depth+1)
}

// AppendDouble appends Double.toString: the shortest digits that identify the number, as of JDK 19; older ones print a
// digit more for a few numbers.
func AppendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if abs := math.Abs(f); abs == 0 || abs >= 1e-3 && abs < 1e7 {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if strings.IndexByte(string(dst[start:]), '.') < 0 {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") { // two digits at least, and then the nearest ones
		mantissa, exponent, _ = strings.Cut(strconv.FormatFloat(f, 'E', 1, 64), "E")
	}
	dst = append(append(dst, mantissa...), 'E')
	if exponent[0] == '-' {
		dst = append(dst, '-')
	}
	return append(dst, strings.TrimLeft(exponent, "+-0")...)
}
