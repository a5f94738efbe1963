package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

const (
	second = int64(1)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// resolution is a width of points, and how long points stay that wide
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html, metrics retention).
type resolution struct{ width, kept int64 }

// resolutions are those that there are, each a multiple of the one before.
func resolutions() [4]resolution {
	return [...]resolution{{second, 3 * hour}, {minute, 15 * day}, {5 * minute, 63 * day}, {hour, 455 * day}}
}

// resolutionFor chooses the width for what is of that age.
func resolutionFor(fine bool, age int64) int64 {
	for _, r := range resolutions() {
		if age < r.kept && (fine || r.width > second) {
			return r.width
		}
	}
	return hour
}

// Fold makes old points coarser, and drops the oldest, with series that have no others. It stops where the storage fails.
func (s *Store) Fold(ctx context.Context) error {
	for _, one := range s.all() {
		if err := s.foldSeries(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) all() []*series {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*series, 0, s.count)
	for _, units := range s.named {
		all = append(all, units...)
	}
	return all
}

const (
	foldEvery = 10 * time.Minute
	// foldTime is how long folding keeps from flushing.
	foldTime = 100 * time.Millisecond
	// clockJump is how far the clock may move by itself: one that is wrong must not make the past look old.
	clockJump = time.Hour
)

// folding is the way of [Store.Run] through all series, a few at a time.
type folding struct {
	*Store
	left        []*series
	began, wall time.Time
}

func newFolding(s *Store) *folding {
	return &folding{Store: s, began: time.Now(), wall: s.Now()}
}

// some folds the series that are next, if it is time.
func (f *folding) some(ctx context.Context) {
	passed := time.Since(f.began)
	if len(f.left) == 0 && passed >= foldEvery {
		jump := f.Now().Round(0).Sub(f.wall.Round(0)) - passed
		f.began, f.wall = time.Now(), f.Now()
		if jump.Abs() > clockJump {
			f.Log.WarnContext(ctx, "the clock has jumped; old points of metrics are left alone for now", "by", jump)
			return
		}
		f.left = f.all()
	}
	for until := time.Now().Add(foldTime); len(f.left) > 0 && time.Now().Before(until); f.left = f.left[1:] {
		if err := f.foldSeries(ctx, f.left[0]); err != nil {
			if ctx.Err() == nil {
				f.Log.ErrorContext(ctx, "old points of metrics cannot be folded; trying again later", "error", err)
			}
			f.left = nil
			return
		}
	}
}

func (s *Store) foldSeries(ctx context.Context, one *series) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	now := s.Now().Unix()
	steps := resolutions()
	for i, from := range steps {
		if i+1 == len(steps) {
			return s.expire(ctx, one, now-from.kept)
		}
		to := steps[i+1].width
		if err := s.foldInto(ctx, store.RollupRange{Series: one.id, Resolution: from.width, Before: floor(now-from.kept, to)}, to); err != nil {
			return err
		}
	}
	return nil
}

// foldInto replaces points by coarser ones. Points in memory are newer: what comes late is put into the coarser ones, and
// read from them before it is stored.
func (s *Store) foldInto(ctx context.Context, old store.RollupRange, width int64) error {
	fine, err := s.Storage.Rollups(ctx, old)
	if err != nil || len(fine) == 0 {
		return err
	}
	coarse := map[int64]*Summary{}
	merge := func(points []store.Rollup) {
		for i := range points {
			at := floor(points[i].Time, width)
			if coarse[at] == nil {
				coarse[at] = &Summary{}
			}
			p := summaryOf(&points[i], true)
			coarse[at].Merge(&p)
		}
	}
	merge(fine)
	into, err := s.Storage.Rollups(ctx, store.RollupRange{
		Series: old.Series, Resolution: width, From: floor(fine[0].Time, width), Before: fine[len(fine)-1].Time + 1,
	})
	if err != nil {
		return err
	}
	merge(into)
	change := store.RollupChange{Gone: []store.RollupRange{old}}
	for at, p := range coarse {
		change.Set = append(change.Set, rollupOf(old.Series, place{width, at}, p))
	}
	return s.Storage.SetRollups(ctx, change)
}

// expire drops the points of a series that are older than any is kept, and the series itself when it has no others.
func (s *Store) expire(ctx context.Context, one *series, before int64) error {
	s.mu.Lock()
	dead := one.newest < before && len(one.points) == 0
	if dead {
		s.drop(one)
	}
	s.mu.Unlock()
	change := store.RollupChange{Gone: []store.RollupRange{{Series: one.id, Resolution: hour, Before: before}}}
	if dead {
		return nil // the next flush deletes it
	}
	old, err := s.Storage.Rollups(ctx, change.Gone[0])
	if err != nil || len(old) == 0 {
		return err
	}
	return s.Storage.SetRollups(ctx, change)
}

// drop forgets a series. It is called with mu held.
func (s *Store) drop(one *series) {
	key := one.key()
	s.named[key] = slices.DeleteFunc(s.named[key], func(other *series) bool { return other == one })
	if len(s.named[key]) == 0 {
		delete(s.named, key)
	}
	delete(s.open, one)
	s.points -= len(one.points)
	s.count--
	s.gone = append(s.gone, one.id)
}

// DropAll forgets all series and their points.
func (s *Store) DropAll(ctx context.Context) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	all := s.all()
	s.mu.Lock()
	for _, one := range all {
		s.drop(one)
	}
	s.mu.Unlock()
	return s.flush(ctx)
}
