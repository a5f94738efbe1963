package logs

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
)

// Query says which events are wanted.
type Query struct {
	// From and To bound the events' times, in milliseconds since 1970; To is exclusive, 0 for none.
	From, To int64
	// Stream and Match choose events; nil takes all. Match must keep nothing of the message.
	Stream func(name string) bool
	Match  func(message []byte) bool
	// After is where the page before ended; nil begins at the first event, or at the last for Backward.
	After *Position
	// Backward reads from the latest event on. The page itself is in the order of time nevertheless.
	Backward bool
	// Limit is the most events that a page has, and MaxBytes the most bytes of messages, unless one alone has more. 0 is
	// no bound.
	Limit    int
	MaxBytes int
}

// Page is what was found. Next is where the next page begins, and nil when there is nothing more.
type Page struct {
	Events []Event
	Next   *Position
}

// Read returns events in the order of their positions. It reads a block of events at a time, in the order of time, and
// stops when no other block can have an event that belongs to the page.
func (l *Log) Read(ctx context.Context, q Query) (Page, error) {
	r := reader{q: q, log: l}
	if r.q.To == 0 {
		r.q.To = math.MaxInt64
	}
	if r.q.Limit == 0 {
		r.q.Limit = math.MaxInt
	}
	spans := r.plan()
	defer r.close()
	for i := range spans {
		if r.complete(&spans[i]) {
			break
		}
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		if err := r.read(&spans[i]); err != nil {
			return Page{}, err
		}
	}
	return r.page(), nil
}

// Scan calls yield with every event that is wanted, in no order, until it returns false. It must keep nothing of the
// message. Limit, MaxBytes, After and Backward have no effect.
func (l *Log) Scan(ctx context.Context, q Query, yield func(*Event) bool) error {
	r := reader{q: q, log: l, yield: yield}
	r.q.After, r.q.Limit = nil, math.MaxInt
	if r.q.To == 0 {
		r.q.To = math.MaxInt64
	}
	defer r.close()
	for _, s := range r.plan() {
		if err := ctx.Err(); err != nil || r.stopped {
			return err
		}
		if err := r.read(&s); err != nil {
			return err
		}
	}
	return nil
}

type reader struct {
	q       Query
	yield   func(*Event) bool // for Scan
	stopped bool
	log     *Log
	names   map[uint32]string
	found   []Event
	trimmed bool // something that was found did not fit
	file    *os.File
	fileOf  *segment
	buf     []byte
}

// span is a block to be read.
type span struct {
	seg *segment
	block
}

// plan takes the blocks that may have wanted events, those first that the page begins with.
func (r *reader) plan() []span {
	l := r.log
	l.mu.Lock()
	defer l.mu.Unlock()
	r.q.From = max(r.q.From, l.oldest())
	r.names = make(map[uint32]string, len(l.byID))
	for id, st := range l.byID {
		if r.q.Stream == nil || r.q.Stream(st.name) {
			r.names[id] = st.name
		}
	}
	var spans []span
	for _, seg := range l.segments {
		if !r.has(seg) {
			continue
		}
		for _, b := range seg.blocks {
			if b.Max >= r.q.From && b.Min < r.q.To && r.ahead(b) {
				spans = append(spans, span{seg, b})
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		if r.q.Backward {
			return cmp.Compare(b.Max, a.Max)
		}
		return cmp.Compare(a.Min, b.Min)
	})
	return spans
}

// has reports whether a segment has one of the streams.
func (r *reader) has(seg *segment) bool {
	for id := range seg.streams {
		if _, ok := r.names[id]; ok {
			return true
		}
	}
	return false
}

// ahead reports whether a block may have events behind the place where the page begins.
func (r *reader) ahead(b block) bool {
	switch {
	case r.q.After == nil:
		return true
	case r.q.Backward:
		return b.Min <= r.q.After.Time
	}
	return b.Max >= r.q.After.Time
}

// complete reports whether the page is full and neither the block nor those behind it can have an event of it.
func (r *reader) complete(s *span) bool {
	if len(r.found) < r.q.Limit && !r.tooLarge() {
		return false
	}
	r.trim()
	if len(r.found) == 0 {
		return false
	}
	if len(r.found) < r.q.Limit && !r.trimmed {
		return false
	}
	last := r.found[len(r.found)-1].At.Time
	if r.q.Backward {
		return s.Max < last
	}
	return s.Min > last
}

func (r *reader) tooLarge() bool {
	return r.trimmed || r.q.MaxBytes > 0 && size(r.found) > r.q.MaxBytes
}

func size(events []Event) int {
	n := 0
	for i := range events {
		n += len(events[i].Message)
	}
	return n
}

// read takes the wanted events of a block.
func (r *reader) read(s *span) error {
	if err := r.open(s.seg); err != nil || r.file == nil {
		return err
	}
	n := int(s.End - s.Start)
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	buf := r.buf[:n]
	if _, err := r.file.ReadAt(buf, s.Start); err != nil {
		return fmt.Errorf("log %s, segment %d: %w", r.log.group.Name, s.seg.number, err)
	}
	offset := s.Start
	for len(buf) > 0 {
		rec, rest, ok := cutRecord(buf)
		if !ok {
			r.log.store.opts.Log.Error("a log is damaged", "logGroup", r.log.group.Name, "segment", s.seg.number, "offset", offset)
			return nil
		}
		r.take(&rec, Position{Time: rec.time, Segment: s.seg.number, Offset: offset})
		offset += int64(len(buf) - len(rest))
		buf = rest
	}
	if len(r.found) > trimAbove && len(r.found)/2 >= r.q.Limit {
		r.trim()
	}
	return nil
}

// trimAbove keeps small pages from being sorted again and again.
const trimAbove = 1000

func (r *reader) take(rec *record, at Position) {
	if rec.time < r.q.From || rec.time >= r.q.To {
		return
	}
	if a := r.q.After; a != nil && (r.q.Backward && !at.Before(*a) || !r.q.Backward && !a.Before(at)) {
		return
	}
	name, ok := r.names[rec.stream]
	if !ok || r.q.Match != nil && !r.q.Match(rec.message) {
		return
	}
	if r.yield != nil {
		e := Event{Stream: name, Time: rec.time, Ingested: rec.ingested, Message: rec.message, At: at}
		r.stopped = r.stopped || !r.yield(&e)
		return
	}
	r.found = append(r.found, Event{
		Stream: name, Time: rec.time, Ingested: rec.ingested, Message: slices.Clone(rec.message), At: at,
	})
}

// trim keeps what the page has room for, in the order in which it is read.
func (r *reader) trim() {
	slices.SortFunc(r.found, func(a, b Event) int {
		if a.At.Before(b.At) != r.q.Backward {
			return -1
		}
		return 1
	})
	n, bytes := min(len(r.found), r.q.Limit), 0
	for i := range n {
		bytes += len(r.found[i].Message)
		if r.q.MaxBytes > 0 && bytes > r.q.MaxBytes && i > 0 {
			n = i
			break
		}
	}
	if n < len(r.found) {
		r.trimmed = true
		clear(r.found[n:])
		r.found = r.found[:n]
	}
}

func (r *reader) page() Page {
	r.trim()
	p := Page{Events: r.found}
	if n := len(r.found); n > 0 && r.mayGoOn() {
		at := r.found[n-1].At
		p.Next = &at
	}
	if r.q.Backward {
		slices.Reverse(p.Events)
	}
	return p
}

// mayGoOn reports whether there may be more: the page was cut, or is as full as it may be.
func (r *reader) mayGoOn() bool { return r.trimmed || len(r.found) >= r.q.Limit }

// open opens the file of a segment; file is nil if the segment went in the meantime.
func (r *reader) open(seg *segment) error {
	if r.fileOf == seg {
		return nil
	}
	r.close()
	f, err := os.Open(seg.path())
	r.fileOf = seg
	if os.IsNotExist(err) {
		return nil
	}
	r.file = f
	return err
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
	r.file, r.fileOf = nil, nil
}
