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

// Fold makes old points coarser, and drops the oldest, with series that have no others; what became so old that it is to be
// folded twice is folded once. It stops where the storage fails.
func (s *Store) Fold(ctx context.Context) error {
	for batch := range slices.Chunk(s.all(), foldBatch) {
		if err := s.fold(ctx, batch); err != nil {
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
	// foldBatch is how many series are folded in one transaction.
	foldBatch = 100
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
	for until := time.Now().Add(foldTime); len(f.left) > 0 && time.Now().Before(until); {
		batch := f.left[:min(len(f.left), foldBatch)]
		f.left = f.left[len(batch):]
		if err := f.fold(ctx, batch); err != nil {
			if ctx.Err() == nil {
				f.Log.ErrorContext(ctx, "old points of metrics cannot be folded; trying again later", "error", err)
			}
			f.left = nil
			return
		}
	}
}

// fold folds series in one transaction.
func (s *Store) fold(ctx context.Context, batch []*series) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	var change store.RollupChange
	for _, one := range batch {
		if err := s.foldSeries(ctx, one, &change); err != nil {
			return err
		}
	}
	if len(change.Gone) == 0 {
		return nil
	}
	return s.Storage.SetRollups(ctx, change)
}

// foldSeries adds to a change what is to be done for a series: the coarsest step that there is. A finer one would write what
// the coarser one reads.
func (s *Store) foldSeries(ctx context.Context, one *series, change *store.RollupChange) error {
	now := s.Now().Unix()
	steps := resolutions()
	for i, from := range slices.Backward(steps[:]) {
		old := store.RollupRange{Series: one.id, Resolution: from.width, Before: floor(now-from.kept, hour)}
		points, err := s.Storage.Rollups(ctx, old)
		if err != nil {
			return err
		}
		switch {
		case i+1 == len(steps) && s.isDead(one, old.Before):
			return nil // the next flush deletes it
		case len(points) == 0:
			continue
		case i+1 < len(steps):
			if err := s.foldInto(ctx, points, steps[i+1].width, change); err != nil {
				return err
			}
		}
		change.Gone = append(change.Gone, old)
		return nil
	}
	return nil
}

// foldInto adds to a change what points become. Points in memory are newer: what comes late is put into the coarser ones, and
// read from them before it is stored.
func (s *Store) foldInto(ctx context.Context, fine []store.Rollup, width int64, change *store.RollupChange) error {
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
	id := fine[0].Series
	into, err := s.Storage.Rollups(ctx, store.RollupRange{
		Series: id, Resolution: width, From: floor(fine[0].Time, width), Before: fine[len(fine)-1].Time + 1,
	})
	merge(into)
	for at, p := range coarse {
		change.Set = append(change.Set, rollupOf(id, place{width, at}, p))
	}
	return err
}

// isDead drops a series that has nothing newer than a time.
func (s *Store) isDead(one *series, before int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one.newest >= before || len(one.points) > 0 {
		return false
	}
	s.drop(one)
	return true
}

// drop forgets a series. It is called with mu held.
func (s *Store) drop(one *series) {
	key := one.key()
	if !slices.Contains(s.named[key], one) {
		return // before
	}
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
