package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dipylon/dipylon/internal/store"
)

var changes = []testCase{
	{"order", changesOrder},
	{"waiting", changesWaiting},
	{"every commit once", changesOnce},
	{"rolled back", changesRolledBack},
	{"canceled", changesCanceled},
	{"compacted", changesCompacted},
	{"unknown future", changesFuture},
}

func (h *harness) wantChanges(after int64, want ...store.Change) {
	h.Helper()
	got, err := h.Changes(h.Context(), after)
	h.check(err)
	if !slices.Equal(got, want) {
		h.Errorf("changes after %d: %v, want %v", after, got, want)
	}
}

func changesOrder(h *harness) {
	first := h.put(key("z"), key("a"))
	second := h.update(func(tx store.Tx) error { return tx.Delete(key("z")) })
	third := h.update(func(tx store.Tx) error {
		return errors.Join(tx.Put(key("b"), []byte(`1`)), tx.Delete(key("a")), tx.Put(key("b"), []byte(`2`)),
			tx.Put(key("c"), []byte(`1`)), tx.Delete(key("c")), tx.Put(key("a"), []byte(`1`)))
	})
	all := []store.Change{
		{Key: key("z"), Revision: first},
		{Key: key("a"), Revision: first},
		{Key: key("z"), Revision: second, Deleted: true},
		{Key: key("b"), Revision: third},
		{Key: key("a"), Revision: third},
		{Key: key("c"), Revision: third, Deleted: true},
	}
	h.wantChanges(0, all...)
	h.wantChanges(first, all[2:]...)
	h.wantChanges(second, all[3:]...)
	h.reopen()
	h.wantChanges(0, all...)
}

func changesWaiting(h *harness) {
	after := h.put(key("a"))
	type answer struct {
		changes []store.Change
		err     error
	}
	answers := make(chan answer)
	const waiters = 5
	for range waiters {
		go func() {
			changes, err := h.Changes(h.Context(), after)
			answers <- answer{changes, err}
		}()
	}
	revision := h.put(key("b"))
	for range waiters {
		a := <-answers
		h.check(a.err)
		if want := []store.Change{{Key: key("b"), Revision: revision}}; !slices.Equal(a.changes, want) {
			h.Errorf("waited for %v, got %v", want, a.changes)
		}
	}
}

// changesOnce follows the store while it is written to, as a node does.
func changesOnce(h *harness) {
	const commits = 40
	written := make(chan error)
	go func() {
		for i := range commits {
			_, err := h.Update(h.Context(), func(tx store.Tx) error { return tx.Put(key(fmt.Sprint(i)), []byte(`1`)) })
			if err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	after := int64(0)
	for n := 0; n < commits; {
		changes, err := h.Changes(h.Context(), after)
		h.check(err)
		for _, ch := range changes {
			if ch.ID != fmt.Sprint(n) || ch.Revision <= after {
				h.Fatalf("change %d after %d is %v", n, after, ch)
			}
			n, after = n+1, ch.Revision
		}
	}
	h.check(<-written)
}

func changesRolledBack(h *harness) {
	after := h.put(key("a"))
	_, err := h.Update(h.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put(key("b"), []byte(`1`)), errRefused)
	})
	h.wantErr(err, errRefused)
	h.update(func(store.Tx) error { return nil })
	revision := h.put(key("c"))
	h.wantChanges(after, store.Change{Key: key("c"), Revision: revision})
}

func changesCanceled(h *harness) {
	after := h.put(key("a"))
	_, err := h.Changes(canceled(h.T), after)
	h.wantErr(err, context.Canceled)

	ctx, cancel := context.WithCancel(h.Context())
	done := make(chan error)
	go func() {
		_, err := h.Changes(ctx, after)
		done <- err
	}()
	cancel()
	h.wantErr(<-done, context.Canceled)
}

func changesCompacted(h *harness) {
	const perCommit = 20
	for i := range maxHistory/perCommit + 2 {
		var keys []store.Key
		for j := range perCommit {
			keys = append(keys, key(fmt.Sprint(i*perCommit+j)))
		}
		h.put(keys...)
	}
	newest := h.revision()
	_, err := h.Changes(h.Context(), 0)
	h.wantErr(err, store.ErrCompacted)

	kept, err := h.Changes(h.Context(), newest-minHistory/perCommit)
	h.check(err)
	if len(kept) < minHistory {
		h.Errorf("%d changes are kept, want %d", len(kept), minHistory)
	}
	h.reopen()
	again, err := h.Changes(h.Context(), newest-minHistory/perCommit)
	h.check(err)
	if !slices.Equal(again, kept) {
		h.Error("the history differs after reopening")
	}

	var keys []store.Key
	for i := range maxHistory + 1 {
		keys = append(keys, key(fmt.Sprint("more than the history ", i)))
	}
	revision := h.put(keys...)
	_, err = h.Changes(h.Context(), newest)
	h.wantErr(err, store.ErrCompacted)
	next := h.put(key("next"))
	h.wantChanges(revision, store.Change{Key: key("next"), Revision: next})
}

func changesFuture(h *harness) {
	_, err := h.Changes(h.Context(), h.put(key("a"))+1)
	h.wantErr(err, store.ErrCompacted)
}
