// Package java has values as Java has them, for the languages that AWS evaluates on a JVM: mapping templates and
// JSONPath. It knows their text forms, equality, and JSON: a strict, bounded reader that makes of numbers what json-smart
// makes of them, and writers.
//
// It stands below internal/jsonpath, internal/vtl and internal/draft4, and may use the standard library only.
package java

import "math/big"

// Value is one of nil, bool, string, int32 (Integer), int64 (Long), float64 (Double), *[big.Int] (BigInteger), *[Decimal]
// (BigDecimal), *[Map], *[List], *[Entry], or what a user of this package adds: such a value prints by its String method.
type Value = any

// List is a list. One that was read from JSON prints as JSON, as net.minidev.json.JSONArray does, others as
// java.util.ArrayList.
type List struct {
	Items []Value
	JSON  bool
	View  bool // a collection without indexes, as a map's keys are
}

// NewList returns an ArrayList.
func NewList(items ...Value) *List { return &List{Items: items} }

// NewArray returns a JSONArray.
func NewArray(items ...Value) *List { return &List{Items: items, JSON: true} }

// IsNumber reports whether v is a java.lang.Number.
func IsNumber(v Value) bool {
	switch v.(type) {
	case int32, int64, float64, *big.Int, *Decimal:
		return true
	}
	return false
}

// Int returns the narrowest of Integer, Long and BigInteger that holds n.
func Int(n *big.Int) Value {
	if !n.IsInt64() {
		return n
	}
	return Narrow(n.Int64())
}

// Narrow returns an Integer if n is one, else a Long.
func Narrow(n int64) Value {
	if int64(int32(n)) == n { //nolint:gosec // that is what is asked
		return int32(n) //nolint:gosec // it fits
	}
	return n
}
