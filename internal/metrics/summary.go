package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	sketchstore "github.com/DataDog/sketches-go/ddsketch/store"
)

// Accuracy is how far a value taken from a summary's distribution is from a true one at most, relatively.
const Accuracy = 0.004

// Summary is what is known of some values. The zero Summary is of none.
type Summary struct {
	Count, Sum, Min, Max float64
	// sketch is nil while all values are the same, and when the distribution is not known.
	sketch *ddsketch.DDSketch
	// opaque is a summary whose distribution is not known: one that came as a sum.
	opaque bool
}

// Known returns a summary of values of which nothing more is known.
func Known(count, sum, least, greatest float64) Summary {
	return Summary{Count: count, Sum: sum, Min: least, Max: greatest, opaque: least != greatest}
}

// Add adds a value that occurred count times. Both are finite, and count is positive.
func (s *Summary) Add(value, count float64) { s.add(value, count, value*count) }

func (s *Summary) add(value, count, sum float64) {
	switch {
	case s.Count == 0:
		s.Min, s.Max = value, value
	case s.opaque:
	case s.sketch != nil || value != s.Min || value != s.Max:
		s.spread()
		sketchAdd(s.sketch, value, count)
	}
	s.Count += count
	s.Sum += sum
	s.Min, s.Max = min(s.Min, value), max(s.Max, value)
}

// Refine says the sum and the ends of values that were added as ones near them.
func (s *Summary) Refine(sum, least, greatest float64) {
	if least != greatest && s.Count > 0 && !s.opaque {
		s.spread()
	}
	s.Sum, s.Min, s.Max = sum, least, greatest
}

// spread begins a sketch with what was all the same until now.
func (s *Summary) spread() {
	if s.sketch == nil {
		s.sketch = newSketch()
		sketchAdd(s.sketch, s.Min, s.Count)
	}
}

// Merge adds what o summarizes.
func (s *Summary) Merge(o *Summary) {
	switch {
	case o.Count == 0:
		return
	case s.Count == 0:
		*s = o.clone()
		return
	case o.sketch == nil && !o.opaque:
		s.add(o.Min, o.Count, o.Sum)
		return
	case s.opaque || o.opaque:
		s.opaque, s.sketch = true, nil
	default:
		s.spread()
		_ = s.sketch.MergeWith(o.sketch) // all sketches have one mapping
	}
	s.Count += o.Count
	s.Sum += o.Sum
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
}

func (s *Summary) clone() Summary {
	c := *s
	if c.sketch != nil {
		c.sketch = c.sketch.Copy()
	}
	return c
}

// encode returns the distribution for storage, nil if the other numbers say all that is known.
func (s *Summary) encode() []byte {
	if s.sketch == nil {
		return nil
	}
	var b []byte
	s.sketch.Encode(&b, true)
	return b
}

// decode takes back what encode returned. Bytes that are damaged leave the distribution unknown.
func (s *Summary) decode(b []byte) {
	s.sketch, s.opaque = nil, s.Min != s.Max
	if len(b) == 0 || !s.opaque {
		return
	}
	if sketch, err := ddsketch.DecodeDDSketch(b, sketchstore.BufferedPaginatedStoreConstructor, newMapping()); err == nil && !sketch.IsEmpty() {
		s.sketch, s.opaque = sketch, false
	}
}

// bin is a value, or values that are as good as the same, and how many there are.
type bin struct{ value, count float64 }

// distribution returns the values in order, or nil if they are not known. The first and the last may be outside of Min and Max by
// a little.
func (s *Summary) distribution() []bin {
	if s.opaque || s.Count == 0 {
		return nil
	}
	if s.sketch == nil {
		return []bin{{s.Min, s.Count}}
	}
	var bins []bin
	s.sketch.ForEach(func(value, count float64) bool {
		bins = append(bins, bin{value, count})
		return false
	})
	slices.SortFunc(bins, func(a, b bin) int { return cmp.Compare(a.value, b.value) })
	return bins
}

// quantize returns the value that a bin of the distribution has for v, so that v is neither above nor below it.
func (s *Summary) quantize(v float64) float64 {
	if s.sketch == nil || math.IsInf(v, 0) {
		return v
	}
	if a := math.Abs(v); a > s.sketch.MinIndexableValue() && a < s.sketch.MaxIndexableValue() {
		v = math.Copysign(s.sketch.Value(s.sketch.Index(a)), v)
	}
	return v
}

func newMapping() mapping.IndexMapping {
	m, err := mapping.NewLogarithmicMapping(Accuracy)
	if err != nil {
		panic(err) // not for this accuracy
	}
	return m
}

func newSketch() *ddsketch.DDSketch {
	return ddsketch.NewDDSketchFromStoreProvider(newMapping(), sketchstore.BufferedPaginatedStoreConstructor)
}

// sketchAdd keeps values that the sketch cannot hold at the ends of what it can.
func sketchAdd(s *ddsketch.DDSketch, value, count float64) {
	limit := s.MaxIndexableValue()
	if math.IsNaN(value) {
		return
	}
	_ = s.AddWithCount(min(max(value, -limit), limit), count)
}
