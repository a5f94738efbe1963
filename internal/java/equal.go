package java

import "math/big"

// Equal is Objects.equals: numbers of different classes are never equal.
// Beyond maxCompared values they count as different: a list may hold another one a thousand times.
func Equal(a, b Value) bool {
	left := maxCompared
	return equal(a, b, &left)
}

const maxCompared = 200_000

func equal(a, b Value, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	switch a := a.(type) {
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case *Decimal:
		b, ok := b.(*Decimal)
		return ok && a.scale == b.scale && a.unscaled.Cmp(b.unscaled) == 0
	case *Map:
		b, ok := b.(*Map)
		return ok && (a == b || equalMaps(a, b, left))
	case *List:
		b, ok := b.(*List)
		return ok && (a == b || equalLists(a, b, left))
	case *Entry:
		b, ok := b.(*Entry)
		return ok && equal(a.Key(), b.Key(), left) && equal(a.Value, b.Value, left)
	case nil, bool, string, int32, int64, float64:
		return a == b
	case interface{ Equal(Value) bool }:
		return a.Equal(b)
	}
	return false
}

func equalMaps(a, b *Map, left *int) bool {
	if len(a.entries) != len(b.entries) {
		return false
	}
	for _, e := range a.entries {
		other, ok := b.Find(e.Key())
		if !ok || !equal(e.Value, other, left) {
			return false
		}
	}
	return true
}

func equalLists(a, b *List, left *int) bool {
	if len(a.Items) != len(b.Items) {
		return false
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i], left) {
			return false
		}
	}
	return true
}
