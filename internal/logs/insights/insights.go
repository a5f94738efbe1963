// Package insights runs queries of CloudWatch Logs Insights
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html) over events: the commands fields, display,
// filter, parse, stats, sort, limit and dedup. A query is compiled once and fed with events one by one; what it holds of
// them is bounded.
//
// It may import jsontext.
package insights

import (
	"fmt"
	"slices"
)

// Event is what a query looks at. Times are in milliseconds since 1970. Pointer is what @ptr shows.
type Event struct {
	Time, Ingested int64
	Message        []byte
	Stream, Log    string
	Pointer        string
}

// Field is a value of a result.
type Field struct{ Name, Value string }

// Error is a query that cannot be compiled. Start and End are where in its text, in bytes.
type Error struct {
	Reason     string
	Start, End int
}

// Error implements error.
func (e *Error) Error() string { return e.Reason }

// Bounds of what a query may be and hold.
const (
	// MaxLength is the longest query in bytes (service model, QueryString).
	MaxLength = 10_000
	// MaxResults is how many rows a query returns at most (API reference, StartQuery).
	MaxResults = 10_000
	maxGroups  = 100_000
	maxNesting = 50
	maxHeld    = 256 << 20
)

// Query is a compiled query. It is run once.
type Query struct {
	names   []string // by slot
	stages  []stage
	shown   []int // slots, in their order
	sorted  bool
	grouped bool
	limit   int

	scratch          row
	rows             []*row
	matched, scanned int64
	bytes, held      int64
	failure          error
}

// Slots of what every event has.
const (
	slotTimestamp = iota
	slotMessage
	slotStream
	slotLog
	slotIngested
	slotPointer
	slots
)

// stage is a command, or several that look at one row at a time.
type stage interface {
	// take takes a row, and reports whether it goes on to the next stage.
	take(r *row) (bool, error)
	// end returns the rows that a stage has held back: nil for one that holds none.
	end() []*row
}

// row is an event, or a group of them, on its way.
type row struct {
	q      *Query
	values []value // by slot; those behind are absent
	// message is for discovered fields; nil for a group.
	message []byte
	// event is set while the row is an event that is not counted yet, shared while its memory is the next event's too.
	event, shared bool
}

func (r *row) set(slot int, v value) {
	for len(r.values) <= slot {
		r.values = append(r.values, value{})
	}
	r.values[slot] = v
}

func (r *row) get(slot int) value {
	if slot < len(r.values) && r.values[slot].kind != absent {
		return r.values[slot]
	}
	if r.message == nil || slot < slots && slot != slotMessage {
		return value{}
	}
	v := value{kind: text}
	if slot == slotMessage {
		v.text = string(r.message)
	} else {
		v = discover(r.message, r.q.names[slot])
	}
	if v.kind != absent {
		r.set(slot, v)
	}
	return v
}

// hold returns the row as one that lasts.
func (r *row) hold() *row {
	r.count()
	if !r.shared {
		return r
	}
	r.q.held += int64(len(r.message))
	return &row{q: r.q, values: slices.Clone(r.values), message: slices.Clone(r.message)}
}

// count counts an event that has come through the filters.
func (r *row) count() {
	if r.event {
		r.q.matched++
		r.event = false
	}
}

// Add feeds an event; the query keeps nothing of it. false says that no more are wanted: the query has failed, which
// Results tells.
func (q *Query) Add(e *Event) bool {
	if q.failure != nil {
		return false
	}
	q.scanned++
	q.bytes += int64(len(e.Message))
	r := &q.scratch
	*r = row{q: q, message: e.Message, values: append(r.values[:0], make([]value, slots)...), event: true, shared: true}
	r.values[slotTimestamp] = value{kind: moment, number: float64(e.Time)}
	r.values[slotStream] = value{kind: text, text: e.Stream}
	r.values[slotLog] = value{kind: text, text: e.Log}
	r.values[slotIngested] = value{kind: moment, number: float64(e.Ingested)}
	r.values[slotPointer] = value{kind: text, text: e.Pointer}
	q.run(r, 0)
	if q.held > maxHeld && q.failure == nil {
		q.failure = failf("the query holds more than %d bytes: filter more, or show fewer fields", maxHeld)
	}
	return q.failure == nil
}

// run takes a row through the stages from one on.
func (q *Query) run(r *row, from int) {
	for _, s := range q.stages[from:] {
		on, err := s.take(r)
		if err != nil {
			q.failure = err
			return
		}
		if !on {
			return
		}
	}
	q.keep(r)
}

// keep holds a row that is through, no more than are returned of those that are not sorted otherwise: the latest.
func (q *Query) keep(r *row) {
	for _, slot := range q.shown {
		r.set(slot, r.get(slot)) // the message will not be there any more
	}
	r.message = nil
	q.rows = append(q.rows, r.hold())
	if len(q.rows) >= 2*q.limit && !q.sorted && !q.grouped {
		q.latest()
	}
}

func (q *Query) latest() {
	slices.SortStableFunc(q.rows, func(a, b *row) int { return compare(b.get(slotTimestamp), a.get(slotTimestamp)) })
	if len(q.rows) > q.limit {
		clear(q.rows[q.limit:])
		q.rows = q.rows[:q.limit]
	}
}

// Statistics are what a query has looked at.
type Statistics struct{ Matched, Scanned, Bytes int64 }

// Results ends the query and returns its rows. A row has no field for what is absent.
func (q *Query) Results() ([][]Field, Statistics, error) {
	for i, s := range q.stages {
		held := s.end()
		for _, r := range held {
			if q.failure != nil {
				break
			}
			q.run(r, i+1)
		}
	}
	stats := Statistics{q.matched, q.scanned, q.bytes}
	if q.failure != nil {
		return nil, stats, q.failure
	}
	if !q.sorted && !q.grouped {
		q.latest()
	}
	rows := q.rows[:min(len(q.rows), q.limit)]
	out := make([][]Field, len(rows))
	for i, r := range rows {
		fields := []Field{}
		for _, slot := range q.shown {
			if v := r.get(slot); v.kind != absent {
				fields = append(fields, Field{q.names[slot], v.String()})
			}
		}
		if !q.grouped && !slices.Contains(q.shown, slotPointer) {
			fields = append(fields, Field{q.names[slotPointer], r.get(slotPointer).String()})
		}
		out[i] = fields
	}
	return out, stats, nil
}

func failf(format string, args ...any) error { return fmt.Errorf(format, args...) }
