package storetest

import (
	"fmt"
	"math"

	"github.com/dipylon/dipylon/internal/store"
)

var rollups = []testCase{
	{"set and read", rollupsSet},
	{"delete", rollupsGone},
	{"all or nothing", rollupsRefused},
}

// rollups returns the store as a keeper of data points, which every store is.
func (h *harness) rollups() store.Rollups {
	h.Helper()
	r, ok := h.Store.(store.Rollups)
	if !ok {
		h.Fatalf("%T keeps no data points", h.Store)
	}
	return r
}

func (h *harness) setRollups(change store.RollupChange) {
	h.Helper()
	h.check(h.rollups().SetRollups(h.Context(), change))
}

func (h *harness) wantRollups(rng store.RollupRange, want ...store.Rollup) {
	h.Helper()
	got, err := h.rollups().Rollups(h.Context(), rng)
	h.check(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		h.Errorf("points %v, want %v", got, want)
	}
}

func (h *harness) wantSeries(want ...store.MetricSeries) {
	h.Helper()
	got, err := h.rollups().MetricSeries(h.Context())
	h.check(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		h.Errorf("series %v, want %v", got, want)
	}
}

func seriesOf(id, newest int64) store.MetricSeries {
	return store.MetricSeries{ID: id, Tenant: "t", Namespace: "AWS/X", Name: "Count", Dimensions: `[["A","b"]]`, Unit: "None", Newest: newest}
}

func pointOf(series, resolution, time int64) store.Rollup {
	return store.Rollup{
		Series: series, Resolution: resolution, Time: time,
		Count: 2, Sum: 0.1 + float64(time), Min: -1.5, Max: math.MaxFloat64, Sketch: fmt.Appendf(nil, "\x00\xff%d", resolution),
	}
}

func rollupsSet(h *harness) {
	minute := store.RollupRange{Series: 7, Resolution: 60, From: 60, Before: 180}
	h.wantSeries()
	h.wantRollups(minute)
	bare := store.Rollup{Series: 7, Resolution: 60, Time: 60, Count: 1}
	h.setRollups(store.RollupChange{
		Series: []store.MetricSeries{seriesOf(9, 0), seriesOf(7, 0)},
		Set: []store.Rollup{
			pointOf(7, 60, 180), pointOf(7, 60, 120), bare, pointOf(7, 60, 0), pointOf(7, 3600, 60), pointOf(9, 60, 60),
		},
	})
	h.wantRollups(minute, bare, pointOf(7, 60, 120))
	h.setRollups(store.RollupChange{Set: []store.Rollup{pointOf(7, 60, 60), pointOf(9, 1, 61)}})
	h.wantSeries(seriesOf(7, 180), seriesOf(9, 61))
	h.reopen()
	h.wantRollups(minute, pointOf(7, 60, 60), pointOf(7, 60, 120))
	h.wantSeries(seriesOf(7, 180), seriesOf(9, 61))
}

func rollupsGone(h *harness) {
	all := func(series, resolution int64) store.RollupRange {
		return store.RollupRange{Series: series, Resolution: resolution, Before: math.MaxInt64}
	}
	h.setRollups(store.RollupChange{
		Series: []store.MetricSeries{seriesOf(1, 0), seriesOf(2, 0)},
		Set:    []store.Rollup{pointOf(1, 60, 0), pointOf(1, 60, 60), pointOf(1, 300, 0), pointOf(2, 60, 0)},
	})
	h.setRollups(store.RollupChange{
		Gone: []store.RollupRange{{Series: 1, Resolution: 60, Before: 60}},
		Set:  []store.Rollup{pointOf(1, 60, 120)},
	})
	h.wantRollups(all(1, 60), pointOf(1, 60, 60), pointOf(1, 60, 120))
	h.wantRollups(all(1, 300), pointOf(1, 300, 0))
	h.setRollups(store.RollupChange{GoneSeries: []int64{1}})
	h.wantSeries(seriesOf(2, 0))
	h.wantRollups(all(1, 60))
	h.wantRollups(all(2, 60), pointOf(2, 60, 0))
}

func rollupsRefused(h *harness) {
	h.setRollups(store.RollupChange{Series: []store.MetricSeries{seriesOf(1, 0)}})
	err := h.rollups().SetRollups(h.Context(), store.RollupChange{
		Gone: []store.RollupRange{{Series: 1}}, Series: []store.MetricSeries{seriesOf(2, 0), seriesOf(1, 0)}, Set: []store.Rollup{pointOf(1, 60, 0)},
	})
	if err == nil {
		h.Error("the id of a series was used again")
	}
	if err := h.rollups().SetRollups(canceled(h.T), store.RollupChange{Series: []store.MetricSeries{seriesOf(3, 0)}}); err == nil {
		h.Error("a context that has ended changes points")
	}
	h.wantSeries(seriesOf(1, 0))
	h.wantRollups(store.RollupRange{Series: 1, Resolution: 60, Before: math.MaxInt64})
	before := h.put(key("a"))
	h.setRollups(store.RollupChange{Set: []store.Rollup{pointOf(1, 60, 0)}})
	if now := h.revision(); now != before {
		h.Errorf("the revision went from %d to %d", before, now)
	}
}
