package storetest

import (
	"fmt"
	"slices"

	"github.com/dipylon/dipylon/internal/store"
)

var lifecycle = []testCase{
	{"reopen keeps everything", reopenKeeps},
	{"close ends waiters", closeEndsWaiters},
	{"close waits for updates", closeWaits},
	{"closed", afterClose},
}

func reopenKeeps(h *harness) {
	var keys []store.Key
	for i := range 100 {
		keys = append(keys, key(fmt.Sprintf("%03d", i)))
	}
	revision := h.put(keys...)
	h.reopen()
	if h.revision() != revision {
		h.Errorf("revision %d, want %d", h.revision(), revision)
	}
	rng := store.Range{Tenant: keys[0].Tenant, Kind: keys[0].Kind, Parent: keys[0].Parent}
	if got := h.list(rng); !slices.Equal(got, keys) {
		h.Errorf("%d documents, want %d", len(got), len(keys))
	}
	if next := h.put(key("next")); next <= revision {
		h.Errorf("revision %d after %d", next, revision)
	}
}

func closeEndsWaiters(h *harness) {
	after := h.put(key("a"))
	const waiters = 5
	ended := make(chan error)
	for range waiters {
		go func() {
			_, err := h.Changes(h.Context(), after)
			ended <- err
		}()
	}
	h.check(h.Close())
	for range waiters {
		h.wantErr(<-ended, store.ErrClosed)
	}
}

func closeWaits(h *harness) {
	started, finish := make(chan bool), make(chan bool)
	updated, waited, closed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := h.Update(h.Context(), func(tx store.Tx) error {
			close(started)
			<-finish
			return tx.Put(key("a"), []byte(`1`))
		})
		updated <- err
	}()
	<-started
	go func() {
		_, err := h.Update(h.Context(), func(tx store.Tx) error { return tx.Put(key("b"), []byte(`1`)) })
		waited <- err
	}()
	go func() { closed <- h.Close() }()
	h.wantErr(<-waited, store.ErrClosed)
	select {
	case err := <-closed:
		h.Errorf("close did not wait: %v", err)
		return
	default:
	}
	close(finish)
	h.check(<-updated)
	h.check(<-closed)
	h.reopen()
	_, err := h.get(key("a"))
	h.check(err)
}

func afterClose(h *harness) {
	h.check(h.Close())
	h.check(h.Close())
	h.wantErr(h.View(h.Context(), func(store.Reader) error { return nil }), store.ErrClosed)
	_, err := h.Update(h.Context(), func(store.Tx) error { return nil })
	h.wantErr(err, store.ErrClosed)
	_, err = h.Revision(h.Context())
	h.wantErr(err, store.ErrClosed)
	_, err = h.Changes(h.Context(), 0)
	h.wantErr(err, store.ErrClosed)
}
