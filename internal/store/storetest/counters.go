package storetest

import (
	"slices"

	"github.com/dipylon/dipylon/internal/store"
)

var counters = []testCase{
	{"set and delete", countersSet},
	{"all or nothing", countersRefused},
	{"no documents", countersApart},
}

// counters returns the store as a keeper of counts, which every store is.
func (h *harness) counters() store.Counters {
	h.Helper()
	c, ok := h.Store.(store.Counters)
	if !ok {
		h.Fatalf("%T keeps no counts", h.Store)
	}
	return c
}

func (h *harness) wantCounts(want ...store.Count) {
	h.Helper()
	got, err := h.counters().Counts(h.Context(), "thing")
	h.check(err)
	if !slices.Equal(got, want) {
		h.Errorf("counts %v, want %v", got, want)
	}
}

func countOf(id string, day int, n int64) store.Count {
	return store.Count{Key: key(id), Day: day, N: n}
}

func countersSet(h *harness) {
	set := func(change store.CountChange) {
		h.Helper()
		change.Kind = "thing"
		h.check(h.counters().SetCounts(h.Context(), change))
	}
	h.wantCounts()
	set(store.CountChange{Set: []store.Count{countOf("b", 2, 1), countOf("a", 2, 1), countOf("a", 1, 1<<40)}})
	set(store.CountChange{Set: []store.Count{countOf("a", 2, 7)}})
	h.wantCounts(countOf("a", 1, 1<<40), countOf("a", 2, 7), countOf("b", 2, 1))
	h.reopen()
	h.wantCounts(countOf("a", 1, 1<<40), countOf("a", 2, 7), countOf("b", 2, 1))
	set(store.CountChange{Before: 2})
	h.wantCounts(countOf("a", 2, 7), countOf("b", 2, 1))
	set(store.CountChange{Gone: []store.Key{key("a"), key("none")}, Set: []store.Count{countOf("a", 3, 2)}})
	h.wantCounts(countOf("a", 3, 2), countOf("b", 2, 1))
	other, err := h.counters().Counts(h.Context(), "other")
	h.check(err)
	if len(other) != 0 {
		h.Errorf("counts of another kind: %v", other)
	}
}

func countersRefused(h *harness) {
	err := h.counters().SetCounts(h.Context(), store.CountChange{Kind: "thing", Set: []store.Count{countOf("a", 1, 1), countOf("", 1, 1)}})
	h.wantErr(err, store.ErrInvalid)
	h.wantCounts()
	if err := h.counters().SetCounts(canceled(h.T), store.CountChange{Kind: "thing", Set: []store.Count{countOf("a", 1, 1)}}); err == nil {
		h.Error("a context that has ended changes counts")
	}
	h.check(h.counters().SetCounts(h.Context(), store.CountChange{Kind: "thing", Set: []store.Count{countOf("a", 1, 2)}}))
	h.wantCounts(countOf("a", 1, 2))
}

// countersApart: counts are no documents, and change no revision.
func countersApart(h *harness) {
	before := h.put(key("a"))
	h.check(h.counters().SetCounts(h.Context(), store.CountChange{Kind: "thing", Set: []store.Count{countOf("a", 1, 2)}}))
	if now := h.revision(); now != before {
		h.Errorf("the revision went from %d to %d", before, now)
	}
	if _, err := h.get(key("a")); err != nil {
		h.Error(err)
	}
	h.update(func(tx store.Tx) error { return tx.Delete(key("a")) })
	h.wantCounts(countOf("a", 1, 2))
}
