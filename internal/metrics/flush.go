package metrics

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

// lingering is how long after its time a point stays in memory, for what may still come.
const lingering = 90

// rowOf is a point with its place.
type rowOf struct {
	*series
	place
	*point
}

// Flush stores what was put since the last time. What fails is stored the next time.
func (s *Store) Flush(ctx context.Context) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	return s.flush(ctx)
}

// flush is called with storing held.
func (s *Store) flush(ctx context.Context) error {
	rows, change := s.unsaved()
	err := s.complete(ctx, rows)
	if err == nil && len(rows)+len(change.Series)+len(change.GoneSeries) > 0 {
		change.Set = s.take(rows)
		err = s.Storage.SetRollups(ctx, change)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failures.Add(1)
		s.gone = append(s.gone, change.GoneSeries...)
		for _, r := range rows {
			r.unsaved = true
		}
		return err
	}
	for _, r := range rows {
		r.stored = true
	}
	s.settle(s.Now().Unix())
	return nil
}

// unsaved returns the points that the storage does not have, with the series that it has not and those that it has too many.
func (s *Store) unsaved() (rows []rowOf, change store.RollupChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change.GoneSeries, s.gone = s.gone, nil
	for one := range s.open {
		before := len(rows)
		for where, p := range one.points {
			if p.unsaved {
				rows = append(rows, rowOf{one, where, p})
			}
		}
		if one.stored || len(rows) == before {
			continue
		}
		m, err := one.document(one.id, one.unit)
		if err != nil { // not for strings
			s.Log.Error("a metric's dimensions cannot be stored", "error", err)
			continue
		}
		change.Series = append(change.Series, m)
	}
	return rows, change
}

// complete adds to the points what is stored in their places.
func (s *Store) complete(ctx context.Context, rows []rowOf) error {
	for _, r := range rows {
		if r.whole || !r.stored {
			continue
		}
		found, err := s.Storage.Rollups(ctx, store.RollupRange{Series: r.id, Resolution: r.resolution, From: r.time, Before: r.time + 1})
		if err != nil {
			return err
		}
		s.mu.Lock()
		for i := range found {
			stored := summaryOf(&found[i], true)
			r.Merge(&stored)
		}
		r.whole = true
		s.mu.Unlock()
	}
	return nil
}

// take returns points as they are stored.
func (s *Store) take(rows []rowOf) []store.Rollup {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := make([]store.Rollup, len(rows))
	for i, r := range rows {
		set[i] = rollupOf(r.id, r.place, &r.Summary)
		r.unsaved = false
	}
	// Neighbours in the table are written together.
	slices.SortFunc(set, func(a, b store.Rollup) int { return cmp.Compare(a.Series, b.Series) })
	return set
}

// settle lets go of points that are stored and no longer expected to grow.
func (s *Store) settle(now int64) {
	for one := range s.open {
		for where, p := range one.points {
			if !p.unsaved && (where.time+where.resolution+lingering < now || where.time > now+lingering) {
				delete(one.points, where)
				s.points--
				one.settled = max(one.settled, where.time)
			}
		}
		if len(one.points) == 0 {
			delete(s.open, one)
		}
	}
}

func rollupOf(id int64, at place, of *Summary) store.Rollup {
	return store.Rollup{
		Series: id, Resolution: at.resolution, Time: at.time,
		Count: of.Count, Sum: of.Sum, Min: of.Min, Max: of.Max, Sketch: of.encode(),
	}
}

// summaryOf reads a stored point, without its distribution if nobody asks for that.
func summaryOf(r *store.Rollup, distribution bool) Summary {
	s := Summary{Count: r.Count, Sum: r.Sum, Min: r.Min, Max: r.Max}
	if distribution {
		s.decode(r.Sketch)
	} else {
		s.opaque = s.Min != s.Max
	}
	return s
}

const (
	flushEvery = time.Second
	// flushShare is how many times as long as the last flush took there is none: a slow disk is not kept busy by metrics alone.
	flushShare = 10
)

// Run flushes what is put, and folds and forgets old points, until ctx ends; then it flushes once more.
func (s *Store) Run(ctx context.Context) {
	next := time.NewTimer(flushEvery)
	defer next.Stop()
	folds := newFolding(s)
	failing := false // a full disk is said once
	for ended := false; !ended; {
		select {
		case <-next.C:
		case <-ctx.Done():
			ctx, ended = context.WithoutCancel(ctx), true
		}
		began := time.Now()
		err := s.Flush(ctx)
		if err != nil && (!failing || ended) {
			s.Log.ErrorContext(ctx, "metrics cannot be stored; trying again", "error", err)
		}
		failing = err != nil
		next.Reset(max(flushEvery, flushShare*time.Since(began)))
		if !ended && !failing {
			folds.some(ctx)
		}
	}
}
