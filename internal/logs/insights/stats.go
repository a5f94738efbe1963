package insights

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// stats makes groups of rows, and a row of each.
type stats struct {
	columns []column
	by      []assign
	groups  map[string]*group
	order   []*group
	q       *Query
}

// column is an aggregate: its slot and what makes an accumulator of it.
type column struct {
	slot int
	of   expression // nil for count(*)
	make func() accumulator
}

type group struct {
	values []value
	acc    []accumulator
}

// accumulator is one aggregate of one group.
type accumulator interface {
	add(v value, r *row)
	result() value
}

func (p *parser) stats() error {
	s := &stats{groups: map[string]*group{}, q: p.q}
	for {
		c, err := p.aggregate()
		if err != nil {
			return err
		}
		if s.columns = append(s.columns, c); !p.sign(",") {
			break
		}
	}
	var shown []int
	if p.word("by") {
		for {
			slot, e, err := p.column()
			if err != nil {
				return err
			}
			s.by = append(s.by, assign{slot, e})
			if shown = append(shown, slot); !p.sign(",") {
				break
			}
		}
	}
	for _, c := range s.columns {
		shown = append(shown, c.slot)
	}
	p.q.shown, p.q.grouped, p.q.sorted, p.display = shown, true, false, false
	p.add(s)
	return nil
}

// aggregate reads "pct(@duration, 99) as p99".
func (p *parser) aggregate() (column, error) {
	start := p.at
	t := p.peek()
	if t.kind != tokenName {
		return column{}, p.unexpected()
	}
	p.at++
	if !p.sign("(") {
		return column{}, p.unexpected()
	}
	var c column
	var args []expression
	var err error
	if p.sign("*") {
		if !p.sign(")") {
			return c, p.unexpected()
		}
	} else if args, err = p.list(")"); err != nil {
		return c, err
	}
	make, ok := aggregates[strings.ToLower(t.text)]
	if !ok {
		return c, &Error{fmt.Sprintf("the aggregate %s is not known or not built", t.text), t.start, t.end}
	}
	if c.make, err = make(args); err != nil {
		return c, &Error{err.Error(), t.start, t.end}
	}
	if len(args) > 0 {
		c.of = args[0]
	}
	name := p.text(start)
	if p.word("as") {
		if name, err = p.name(); err != nil {
			return c, err
		}
	}
	c.slot = p.slot(name)
	return c, nil
}

func (s *stats) take(r *row) (bool, error) {
	r.count()
	values := make([]value, len(s.by))
	var key strings.Builder
	for i := range s.by {
		values[i] = s.by[i].e.of(r)
		if values[i].kind == absent {
			key.WriteByte(0)
		}
		key.WriteString(values[i].String())
		key.WriteByte(1)
	}
	g := s.groups[key.String()]
	if g == nil {
		if len(s.groups) >= maxGroups {
			return false, failf("the query has more than %d groups", maxGroups)
		}
		g = s.newGroup(values)
		s.groups[key.String()] = g
	}
	for i := range s.columns {
		v := ofBool(true)
		if e := s.columns[i].of; e != nil {
			v = e.of(r)
		}
		if v.kind != absent {
			g.acc[i].add(v, r)
		}
	}
	return false, nil
}

func (s *stats) newGroup(values []value) *group {
	g := &group{values: values, acc: make([]accumulator, len(s.columns))}
	for i := range s.columns {
		g.acc[i] = s.columns[i].make()
	}
	s.order = append(s.order, g)
	return g
}

// end gives the groups on; without "by" there is one, even of no rows.
func (s *stats) end() []*row {
	if len(s.by) == 0 && len(s.order) == 0 {
		s.newGroup(nil)
	}
	rows := make([]*row, len(s.order))
	for i, g := range s.order {
		r := &row{q: s.q}
		for n := range s.by {
			r.set(s.by[n].slot, g.values[n])
		}
		for n, c := range s.columns {
			r.set(c.slot, g.acc[n].result())
		}
		rows[i] = r
	}
	return rows
}

// aggregates make what makes an accumulator, from the arguments.
var aggregates = map[string]func([]expression) (func() accumulator, error){ //nolint:gochecknoglobals // a constant table
	"count":          upToOne(func() accumulator { return &counter{} }),
	"count_distinct": one(func() accumulator { return &distinct{map[string]bool{}} }),
	"sum":            one(func() accumulator { return &total{} }),
	"avg":            one(func() accumulator { return &total{mean: true} }),
	"stddev":         one(func() accumulator { return &deviation{} }),
	"min":            one(func() accumulator { return &extreme{sign: -1} }),
	"max":            one(func() accumulator { return &extreme{sign: 1} }),
	"earliest":       one(func() accumulator { return &byTime{sign: -1} }),
	"latest":         one(func() accumulator { return &byTime{sign: 1} }),
	"sortsfirst":     one(func() accumulator { return &extreme{sign: -1, texts: true} }),
	"sortslast":      one(func() accumulator { return &extreme{sign: 1, texts: true} }),
	"pct":            percentile, "percentile": percentile,
	"median": one(func() accumulator { return &quantile{p: 50} }),
}

func upToOne(make func() accumulator) func([]expression) (func() accumulator, error) {
	return func(args []expression) (func() accumulator, error) {
		if len(args) > 1 {
			return nil, failf("the aggregate has a wrong number of arguments")
		}
		return make, nil
	}
}

func one(make func() accumulator) func([]expression) (func() accumulator, error) {
	return func(args []expression) (func() accumulator, error) {
		if len(args) != 1 {
			return nil, failf("the aggregate has a wrong number of arguments")
		}
		return make, nil
	}
}

func percentile(args []expression) (func() accumulator, error) {
	if len(args) != 2 {
		return nil, failf("a percentile has a field and a number")
	}
	c, ok := args[1].(constant)
	p, also := value(c).num()
	if !ok || !also || p < 0 || p > 100 {
		return nil, failf("a percentile is between 0 and 100")
	}
	return func() accumulator { return &quantile{p: p} }, nil
}

type counter struct{ n float64 }

func (c *counter) add(value, *row) { c.n++ }
func (c *counter) result() value   { return ofNumber(c.n) }

type distinct struct{ seen map[string]bool }

func (d *distinct) add(v value, _ *row) {
	if len(d.seen) < maxGroups {
		d.seen[v.String()] = true
	}
}
func (d *distinct) result() value { return ofNumber(float64(len(d.seen))) }

type total struct {
	n, sum float64
	mean   bool
}

func (t *total) add(v value, _ *row) {
	if f, ok := v.num(); ok {
		t.n++
		t.sum += f
	}
}

func (t *total) result() value {
	switch {
	case t.n == 0:
		return value{}
	case t.mean:
		return ofNumber(t.sum / t.n)
	}
	return ofNumber(t.sum)
}

// deviation is computed as Welford does, so that large values lose nothing.
type deviation struct{ n, mean, squares float64 }

func (d *deviation) add(v value, _ *row) {
	if f, ok := v.num(); ok {
		d.n++
		delta := f - d.mean
		d.mean += delta / d.n
		d.squares += delta * (f - d.mean)
	}
}

func (d *deviation) result() value {
	if d.n == 0 {
		return value{}
	}
	return ofNumber(math.Sqrt(d.squares / d.n))
}

type extreme struct {
	best  value
	sign  int
	texts bool
}

func (e *extreme) add(v value, _ *row) {
	n := compare(v, e.best)
	if e.texts {
		n = strings.Compare(v.String(), e.best.String())
	}
	if e.best.kind == absent || n*e.sign > 0 {
		e.best = v
	}
}
func (e *extreme) result() value { return e.best }

type byTime struct {
	at, best value
	sign     int
}

func (b *byTime) add(v value, r *row) {
	at := r.get(slotTimestamp)
	if b.best.kind == absent || compare(at, b.at)*b.sign > 0 {
		b.at, b.best = at, v
	}
}
func (b *byTime) result() value { return b.best }

// quantile holds the values of a group, up to a bound, and after that a sample in which each is as likely.
type quantile struct {
	p      float64
	values []float64
	seen   uint64
}

const maxSample = 100_000

func (q *quantile) add(v value, _ *row) {
	f, ok := v.num()
	if !ok {
		return
	}
	q.seen++
	if len(q.values) < maxSample {
		q.values = append(q.values, f)
		return
	}
	if at := mix(q.seen) % q.seen; at < maxSample {
		q.values[at] = f
	}
}

// mix is splitmix64: a sample need not be secret, and is the same each time.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// result interpolates between the two nearest values.
func (q *quantile) result() value {
	if len(q.values) == 0 {
		return value{}
	}
	slices.Sort(q.values)
	at := q.p / 100 * float64(len(q.values)-1)
	low := int(at)
	high := min(low+1, len(q.values)-1)
	return ofNumber(q.values[low] + (q.values[high]-q.values[low])*(at-float64(low)))
}
