package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

func numberMethod(v java.Value, name string, args arguments) (java.Value, bool, error) {
	switch len(args) {
	case 0:
		result, ok := numberView(v, name)
		return result, ok, nil
	case 1:
		if s, ok := args.string(0); ok {
			return parseMethod(v, name, s)
		}
		if !java.IsNumber(args[0]) {
			return nil, false, nil
		}
		return numberUnary(v, name, args[0])
	case 2:
		if s, ok := args.string(0); ok && name == "parseInt" {
			if radix, ok := args.int(1); ok && 2 <= radix && radix <= 36 {
				n, err := parseInt(s, radix, 32)
				return n, true, err
			}
		}
		return numberPair(v, name, args)
	}
	return nil, false, nil
}

func numberView(v java.Value, name string) (java.Value, bool) {
	switch name {
	case "intValue", "shortValue", "byteValue":
		n := intValue(v)
		switch name {
		case "shortValue":
			n = int32(int16(n)) //nolint:gosec // as in Java
		case "byteValue":
			n = int32(int8(n)) //nolint:gosec // as in Java
		}
		return n, true
	case "longValue":
		return longValue(v), true
	case "doubleValue":
		return floatValue(v), true
	case "floatValue":
		return float64(float32(floatValue(v))), true
	case "isNaN", "isInfinite":
		f, ok := v.(float64)
		return name == "isNaN" && math.IsNaN(f) || name == "isInfinite" && math.IsInf(f, 0), ok
	case "abs", "negate", "signum":
		if n, ok := v.(*big.Int); ok {
			switch name {
			case "abs":
				return new(big.Int).Abs(n), true
			case "negate":
				return new(big.Int).Neg(n), true
			}
			return int32(n.Sign()), true //nolint:gosec // -1, 0 or 1
		}
	}
	return nil, false
}

// parseMethod does the static methods that make numbers of strings: people call them by any number.
func parseMethod(v java.Value, name, s string) (java.Value, bool, error) {
	switch v.(type) {
	case int32:
		if name == "parseInt" || name == "valueOf" || name == "decode" {
			n, err := parseInt(s, 10, 32)
			return n, true, err
		}
	case int64:
		if name == "parseLong" || name == "valueOf" || name == "decode" {
			n, err := parseInt(s, 10, 64)
			return n, true, err
		}
	case float64:
		if name == "parseDouble" || name == "valueOf" {
			f, err := parseDouble(s)
			return f, true, err
		}
	}
	return nil, false, nil
}

func parseInt(s string, radix, bits int) (java.Value, error) {
	if strings.ContainsRune(s, '_') {
		return nil, numberFormat(s)
	}
	n, err := strconv.ParseInt(s, radix, bits)
	if err != nil {
		return nil, numberFormat(s)
	}
	if bits == 32 {
		return int32(n), nil //nolint:gosec // parsed as such
	}
	return n, nil
}

// parseDouble reads what Double.parseDouble reads, but no hexadecimal.
func parseDouble(s string) (java.Value, error) {
	trimmed := trim(s)
	digits := strings.TrimRight(trimmed, "dDfF")
	if len(trimmed)-len(digits) > 1 || strings.ContainsAny(digits, "xXpP_iI") && !strings.HasSuffix(digits, "Infinity") {
		return nil, numberFormat(s)
	}
	if trimmed == "NaN" {
		return math.NaN(), nil
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, numberFormat(s)
	}
	return f, nil
}

func numberUnary(v java.Value, name string, arg java.Value) (java.Value, bool, error) {
	switch name {
	case "compareTo", "compare":
		if sameNumberClass(v, arg) {
			return int32(compare(v, arg)), true, nil //nolint:gosec // -1, 0 or 1
		}
	case "valueOf":
		if sameNumberClass(v, arg) {
			return arg, true, nil
		}
	case "toString":
		return java.String(arg), sameNumberClass(v, arg), nil
	case "toBinaryString", "toHexString", "toOctalString":
		base := map[string]int{"toBinaryString": 2, "toHexString": 16, "toOctalString": 8}[name]
		switch arg := arg.(type) {
		case int32:
			return strconv.FormatUint(uint64(uint32(arg)), base), true, nil //nolint:gosec // as in Java
		case int64:
			return strconv.FormatUint(uint64(arg), base), true, nil //nolint:gosec // as in Java
		}
	}
	return nil, false, nil
}

// numberPair does the static methods of two numbers.
func numberPair(v java.Value, name string, args arguments) (java.Value, bool, error) {
	a, b := args[0], args[1]
	if !java.IsNumber(a) || !sameNumberClass(v, a) || !sameNumberClass(v, b) || isBig(v) {
		return nil, false, nil
	}
	switch name {
	case "max":
		if compare(a, b) < 0 {
			return b, true, nil
		}
		return a, true, nil
	case "min":
		if compare(a, b) > 0 {
			return b, true, nil
		}
		return a, true, nil
	case "sum":
		switch a := a.(type) {
		case int32:
			return a + b.(int32), true, nil
		case int64:
			return a + b.(int64), true, nil
		case float64:
			return a + b.(float64), true, nil
		}
	case "compare":
		return int32(compare(a, b)), true, nil //nolint:gosec // -1, 0 or 1
	}
	return nil, false, nil
}

func sameNumberClass(a, b java.Value) bool {
	var ok bool
	switch a.(type) {
	case int32:
		_, ok = b.(int32)
	case int64:
		_, ok = b.(int64)
	case float64:
		_, ok = b.(float64)
	case *big.Int:
		_, ok = b.(*big.Int)
	case *java.Decimal:
		_, ok = b.(*java.Decimal)
	}
	return ok
}
