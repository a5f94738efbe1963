package telemetry

import (
	"math/bits"
	"sync/atomic"
)

// distribution counts whole numbers by their size: exactly below 128, then in 128 parts of each power of two, so that a part's
// middle is within 0.4 % of its values. Adding costs some atomic additions; parts that no value has been in take no memory.
// It is emptied by [distribution.take].
type distribution struct {
	pages    [58]atomic.Pointer[page]
	sum      atomic.Uint64
	min, max atomic.Uint64 // one more than the value; 0 without any
}

const (
	partBits = 7
	parts    = 1 << partBits
)

type page [parts]atomic.Uint32

// add counts a value.
func (d *distribution) add(v uint64) {
	n := max(bits.Len64(v)-partBits-1, 0)
	part := int(v >> n & (parts - 1))
	if v >= parts {
		n++
	}
	p := d.pages[n].Load()
	if p == nil {
		p = d.page(n)
	}
	p[part].Add(1)
	d.sum.Add(v)
	for old := d.max.Load(); v >= old; old = d.max.Load() {
		if d.max.CompareAndSwap(old, v+1) {
			break
		}
	}
	for old := d.min.Load(); old == 0 || v+1 < old; old = d.min.Load() {
		if d.min.CompareAndSwap(old, v+1) {
			break
		}
	}
}

func (d *distribution) page(n int) *page {
	d.pages[n].CompareAndSwap(nil, new(page))
	return d.pages[n].Load()
}

// take returns what was added since the last time. A value that is being added may be in this or in the next.
func (d *distribution) take() Distribution {
	if d.max.Load() == 0 { // what is idle is not written to
		return Distribution{}
	}
	out := Distribution{Max: d.max.Swap(0), Min: d.min.Swap(0), Sum: d.sum.Swap(0)}
	out.Max--
	if out.Min > 0 {
		out.Min--
	}
	for n := range d.pages {
		p := d.pages[n].Load()
		if p == nil {
			continue
		}
		for part := range p {
			if p[part].Load() == 0 {
				continue
			}
			count := p[part].Swap(0)
			out.Count += uint64(count)
			out.Parts = append(out.Parts, Part{middle(n, part), count})
		}
	}
	return out
}

// middle returns the value that stands for a part.
func middle(n, part int) float64 {
	if n == 0 {
		return float64(part)
	}
	width := float64(uint64(1) << (n - 1))
	return width * (float64(parts+part) + 0.5 - 0.5/width)
}

// Distribution is how often which values were measured.
type Distribution struct {
	Count, Sum, Min, Max uint64
	Parts                []Part
}

// Part is a value, give or take 0.4 %, and how often it was measured.
type Part struct {
	Value float64
	Count uint32
}
