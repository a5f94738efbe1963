package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

// DefaultMaxSeries is how many series there are at most unless said otherwise.
const DefaultMaxSeries = 100_000

// pointsPerSeries is how many points wait in memory for a flush at most, as a mean over all series that there may be. More
// come only while the disk is full.
const pointsPerSeries = 4

// Options is what a store stands on.
type Options struct {
	Storage store.Rollups
	Log     *slog.Logger // nil discards
	Now     func() time.Time
	// MaxSeries bounds the series of all tenants; 0 is DefaultMaxSeries.
	MaxSeries int
}

// Store keeps the points of all series. Its methods are safe for concurrent use.
type Store struct {
	Options
	refused, failures atomic.Uint64

	// storing is held for writing while points go from memory into the storage, and for reading while a query reads both. It
	// is taken before mu.
	storing sync.RWMutex

	mu     sync.Mutex
	named  map[string][]*series // a series for each unit
	count  int
	lastID int64
	open   map[*series]struct{} // those that have points in memory
	points int                  // how many these are
	gone   []int64              // series that are to be deleted
}

// series is a series in one unit.
type series struct {
	Series
	id   int64
	unit string
	// stored is set once the storage knows the series.
	stored bool
	// newest is the time of its newest point, settled that of the newest one that is stored and no longer in memory.
	newest, settled int64
	points          map[place]*point
}

// place is where a point stands in its series.
type place struct{ resolution, time int64 }

// point is a point in memory.
type point struct {
	Summary
	// whole is set when it holds what is stored for its place.
	whole, unsaved bool
}

// Open returns a store with the series that the storage has.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.MaxSeries == 0 {
		opts.MaxSeries = DefaultMaxSeries
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{Options: opts, named: map[string][]*series{}, open: map[*series]struct{}{}}
	stored, err := opts.Storage.MetricSeries(ctx)
	if err != nil {
		return nil, err
	}
	for i := range stored {
		m := &stored[i]
		of, err := seriesOf(m)
		if err != nil {
			return nil, fmt.Errorf("metric %s %s: %w", m.Namespace, m.Name, err)
		}
		s.add(&series{Series: of, id: m.ID, unit: m.Unit, stored: true, newest: m.Newest, settled: m.Newest}, of.key())
	}
	return s, nil
}

func (s *Store) add(one *series, key string) {
	one.points = map[place]*point{}
	s.named[key] = append(s.named[key], one)
	s.lastID = max(s.lastID, one.id)
	s.count++
}

// Datum is what was measured of a series at about one time.
type Datum struct {
	Series
	Unit string
	At   time.Time
	// Fine keeps it by the second, for some hours.
	Fine bool
	Summary
}

// Put adds what was measured. It returns how many data it refused because there are too many series, or because so much waits
// for a disk that is full.
func (s *Store) Put(data ...Datum) (refused int) {
	now := s.Now().Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range data {
		if data[i].Count > 0 && !s.put(&data[i], now) {
			refused++
		}
	}
	s.refused.Add(uint64(refused)) //nolint:gosec // G115: not negative
	return refused
}

func (s *Store) put(d *Datum, now int64) bool {
	if s.points >= pointsPerSeries*s.MaxSeries {
		return false
	}
	one := s.find(d)
	if one == nil {
		return false
	}
	at := d.At.Unix()
	resolution := resolutionFor(d.Fine, now-at)
	where := place{resolution, floor(at, resolution)}
	p := one.points[where]
	if p == nil {
		p = &point{whole: where.time > one.settled}
		one.points[where] = p
		s.open[one] = struct{}{}
		s.points++
	}
	p.Merge(&d.Summary)
	p.unsaved = true
	one.newest = max(one.newest, where.time)
	return true
}

// find returns the series of a datum, a new one if there may be one more.
func (s *Store) find(d *Datum) *series {
	key := d.key()
	for _, one := range s.named[key] {
		if one.unit == d.Unit {
			return one
		}
	}
	if s.count >= s.MaxSeries {
		return nil
	}
	of := d.Series
	of.Dimensions = Sorted(of.Dimensions)
	one := &series{Series: of, id: s.lastID + 1, unit: d.Unit}
	s.add(one, key)
	return one
}

// floor returns the greatest multiple of a width that is not above t.
func floor(t, width int64) int64 {
	if m := t % width; m < 0 {
		return t - m - width
	} else {
		return t - m
	}
}

// Refused returns how many data were refused since the start.
func (s *Store) Refused() uint64 { return s.refused.Load() }

// Failures returns how many attempts to store points failed since the start.
func (s *Store) Failures() uint64 { return s.failures.Load() }

// Waiting returns how many points are in memory only.
func (s *Store) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for one := range s.open {
		for _, p := range one.points {
			if p.unsaved {
				n++
			}
		}
	}
	return n
}

// Count returns how many series there are.
func (s *Store) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
