package metrics

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Query asks for the points of a series.
type Query struct {
	Series
	// Unit chooses what was measured in a unit; empty takes all.
	Unit string
	// Period is how long a point is, in whole seconds. Points that are stored wider than that, and than a minute, are left
	// out.
	Period time.Duration
	// From is when the first point begins: points follow one another from there. What is measured at To or later is left out.
	From, To time.Time
	// Distribution is set when a statistic needs it.
	Distribution bool
}

// Point is what was measured in a period.
type Point struct {
	// Time is when the period begins.
	Time time.Time
	Summary
}

// Points returns the periods in which anything was measured, in order.
func (s *Store) Points(ctx context.Context, q Query) ([]Point, error) {
	s.storing.RLock()
	defer s.storing.RUnlock()
	period, from, to := int64(q.Period/time.Second), q.From.Unix(), q.To.Unix()
	if period < 1 || from >= to {
		return nil, nil
	}
	periods := map[int64]*Summary{}
	merge := func(at int64, of *Summary) {
		at = from + floor(at-from, period)
		if periods[at] == nil {
			periods[at] = &Summary{}
		}
		periods[at].Merge(of)
	}
	for _, one := range s.units(&q) {
		recent := s.recent(one, q.Distribution)
		for _, r := range resolutions() {
			if r.width > max(period, minute) || !s.isStored(one) {
				continue
			}
			points, err := s.Storage.Rollups(ctx, store.RollupRange{Series: one.id, Resolution: r.width, From: from, Before: to})
			if err != nil {
				return nil, err
			}
			for i := range points {
				if p := recent[place{r.width, points[i].Time}]; p == nil || !p.whole {
					of := summaryOf(&points[i], q.Distribution)
					merge(points[i].Time, &of)
				}
			}
		}
		for where, p := range recent {
			if where.resolution <= max(period, minute) && where.time >= from && where.time < to {
				merge(where.time, &p.Summary)
			}
		}
	}
	out := make([]Point, 0, len(periods))
	for _, at := range slices.Sorted(maps.Keys(periods)) {
		out = append(out, Point{Time: time.Unix(at, 0).UTC(), Summary: *periods[at]})
	}
	return out, nil
}

// units returns the series that a query is about, one for each unit.
func (s *Store) units(q *Query) []*series {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*series
	for _, one := range s.named[q.key()] {
		if q.Unit == "" || one.unit == q.Unit {
			all = append(all, one)
		}
	}
	return all
}

func (s *Store) isStored(one *series) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return one.stored
}

// recent returns copies of a series' points in memory.
func (s *Store) recent(one *series, distribution bool) map[place]*point {
	s.mu.Lock()
	defer s.mu.Unlock()
	recent := make(map[place]*point, len(one.points))
	for where, p := range one.points {
		c := &point{Summary: p.Summary, whole: p.whole}
		if distribution {
			c.Summary = p.clone()
		} else if c.sketch != nil {
			c.sketch, c.opaque = nil, true
		}
		recent[where] = c
	}
	return recent
}

// Units returns the units in which a series was measured.
func (s *Store) Units(of Series) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var units []string
	for _, one := range s.named[of.key()] {
		units = append(units, one.unit)
	}
	return units
}

// Info is what is known of a series.
type Info struct {
	Series
	// Units are those in which it was measured.
	Units []string
	// Newest is when its newest point begins.
	Newest time.Time
}

// List returns the series of a tenant for which match returns true, in the order of namespace, name and dimensions. Match must
// keep nothing, and call no method of the store.
func (s *Store) List(t gateway.Tenant, match func(*Info) bool) []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Info
	for _, units := range s.named {
		if units[0].Tenant != t {
			continue
		}
		info := Info{Series: units[0].Series}
		var newest int64
		for _, one := range units {
			info.Units = append(info.Units, one.unit)
			newest = max(newest, one.newest)
		}
		if info.Newest = time.Unix(newest, 0).UTC(); match(&info) {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(a, b Info) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name),
			slices.CompareFunc(a.Dimensions, b.Dimensions, func(c, d Dimension) int {
				return cmp.Or(strings.Compare(c.Name, d.Name), strings.Compare(c.Value, d.Value))
			}))
	})
	return all
}
