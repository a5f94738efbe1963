package insights

import (
	"regexp"
	"slices"
	"strings"
)

// filter lets rows on for which an expression is true.
type filter struct{ e expression }

func (f *filter) take(r *row) (bool, error) { return f.e.of(r).truth(), nil }
func (*filter) end() []*row                 { return nil }

// assign computes a field.
type assign struct {
	slot int
	e    expression
}

func (a *assign) take(r *row) (bool, error) {
	r.set(a.slot, a.e.of(r))
	return true, nil
}
func (*assign) end() []*row { return nil }

// glob takes what stands at the asterisks of a pattern. A text that does not match has none of the fields.
type glob struct {
	of    expression
	parts []string
	slots []int
}

func (g *glob) take(r *row) (bool, error) {
	rest := g.of.of(r).String()
	i := strings.Index(rest, g.parts[0])
	if i < 0 {
		return true, nil
	}
	rest = rest[i+len(g.parts[0]):]
	found := make([]string, len(g.slots))
	for n, part := range g.parts[1:] {
		end := strings.Index(rest, part)
		if part == "" && n == len(g.slots)-1 {
			end = len(rest)
		}
		if end < 0 {
			return true, nil
		}
		found[n], rest = rest[:end], rest[end+len(part):]
	}
	for n, s := range found {
		r.set(g.slots[n], ofText(s))
	}
	return true, nil
}
func (*glob) end() []*row { return nil }

// groups takes what the named groups of a regular expression match.
type groups struct {
	of    expression
	re    *regexp.Regexp
	slots []int // by group; -1 for those without a name
}

func (g *groups) take(r *row) (bool, error) {
	s := g.of.of(r).String()
	found := g.re.FindStringSubmatchIndex(s)
	for i, slot := range g.slots {
		if slot >= 0 && found != nil && found[2*i] >= 0 {
			r.set(slot, ofText(s[found[2*i]:found[2*i+1]]))
		}
	}
	return true, nil
}
func (*groups) end() []*row { return nil }

// first lets some rows on.
type first struct{ left int }

func (f *first) take(*row) (bool, error) {
	f.left--
	return f.left >= 0, nil
}
func (*first) end() []*row { return nil }

// dedup lets the first row of each combination of values on.
type dedup struct {
	slots []int
	seen  map[string]bool
}

func (d *dedup) take(r *row) (bool, error) {
	key := keyOf(r, d.slots)
	if d.seen[key] {
		return false, nil
	}
	if len(d.seen) >= maxGroups {
		return false, failf("the query has more than %d distinct values", maxGroups)
	}
	d.seen[key] = true
	return true, nil
}
func (*dedup) end() []*row { return nil }

// keyOf tells combinations of values apart.
func keyOf(r *row, slots []int) string {
	var b strings.Builder
	for _, slot := range slots {
		v := r.get(slot)
		if v.kind == absent {
			b.WriteByte(0)
		}
		b.WriteString(v.String())
		b.WriteByte(1)
	}
	return b.String()
}

// sorter holds rows and gives the first of them on in order.
type sorter struct {
	by   []order
	rows []*row
}

type order struct {
	of         expression
	descending bool
}

func (s *sorter) take(r *row) (bool, error) {
	if s.rows = append(s.rows, r.hold()); len(s.rows) >= 2*maxSorted {
		s.sort()
		clear(s.rows[maxSorted:])
		s.rows = s.rows[:maxSorted]
	}
	return false, nil
}

// maxSorted is how many rows are given on at most.
const maxSorted = 100_000

func (s *sorter) sort() {
	slices.SortStableFunc(s.rows, func(a, b *row) int {
		for _, o := range s.by {
			n := compare(o.of.of(a), o.of.of(b))
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

func (s *sorter) end() []*row {
	s.sort()
	rows := s.rows
	s.rows = nil
	return rows
}
