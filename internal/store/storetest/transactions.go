package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/dipylon/dipylon/internal/store"
)

var transactions = []testCase{
	{"reads its own writes", readsOwnWrites},
	{"error rolls back", errorRollsBack},
	{"panic rolls back", panicRollsBack},
	{"view is a snapshot", viewIsSnapshot},
	{"view inside an update", viewInsideUpdate},
	{"revisions", revisions},
	{"concurrent counters", concurrentCounters},
	{"context", contexts},
	{"use after the end", useAfterEnd},
}

var errRefused = errors.New("refused")

func readsOwnWrites(h *harness) {
	h.put(key("old"), key("gone"))
	h.update(func(tx store.Tx) error {
		if err := errors.Join(tx.Put(key("new"), valueOf(key("new"))), tx.Delete(key("gone"))); err != nil {
			return err
		}
		if doc, err := tx.Get(key("new")); err != nil || string(doc.JSON) != string(valueOf(key("new"))) {
			h.Errorf("own write: %s, %v", doc.JSON, err)
		}
		if _, err := tx.Get(key("gone")); !errors.Is(err, store.ErrNotFound) {
			h.Errorf("own delete: %v", err)
		}
		docs, err := tx.List(store.Range{Tenant: key("").Tenant, Kind: "thing", Parent: "p"})
		if err != nil || len(docs) != 2 || docs[0].ID != "new" || docs[1].ID != "old" {
			h.Errorf("own list: %v, %v", docs, err)
		}
		return nil
	})
}

func errorRollsBack(h *harness) {
	before := h.put(key("a"))
	revision, err := h.Update(h.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put(key("b"), []byte(`1`)), tx.Delete(key("a")), errRefused)
	})
	h.wantErr(err, errRefused)
	if revision != 0 || h.revision() != before {
		h.Errorf("revision %d, then %d, after %d", revision, h.revision(), before)
	}
	if _, err := h.get(key("a")); err != nil {
		h.Errorf("deleted all the same: %v", err)
	}
	_, err = h.get(key("b"))
	h.wantErr(err, store.ErrNotFound)

	if err := h.View(h.Context(), func(store.Reader) error { return errRefused }); err != errRefused { //nolint:errorlint // as it is
		h.Errorf("view returned %v", err)
	}
	_, err = h.Update(h.Context(), func(store.Tx) error { return errRefused })
	if err != errRefused { //nolint:errorlint // as it is
		h.Errorf("update returned %v", err)
	}
}

func panicRollsBack(h *harness) {
	for name, call := range map[string]func(){
		"update": func() {
			_, _ = h.Update(h.Context(), func(tx store.Tx) error { panic(errors.Join(errRefused, tx.Put(key("a"), []byte(`1`)))) })
		},
		"view": func() {
			_ = h.View(h.Context(), func(store.Reader) error { panic(errRefused) })
		},
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, errRefused) {
					h.Errorf("%s did not panic on with the value: %v", name, err)
				}
			}()
			call()
		}()
	}
	_, err := h.get(key("a"))
	h.wantErr(err, store.ErrNotFound)
	h.put(key("b"))
}

func viewIsSnapshot(h *harness) {
	h.put(key("a"), key("b"))
	h.view(func(r store.Reader) error {
		h.update(func(tx store.Tx) error {
			return errors.Join(tx.Delete(key("a")), tx.Put(key("b"), []byte(`"changed"`)), tx.Put(key("c"), []byte(`1`)))
		})
		if _, err := r.Get(key("a")); err != nil {
			h.Errorf("the snapshot lost a document: %v", err)
		}
		if doc, err := r.Get(key("b")); err != nil || string(doc.JSON) != string(valueOf(key("b"))) {
			h.Errorf("the snapshot changed: %s, %v", doc.JSON, err)
		}
		docs, err := r.List(store.Range{Tenant: key("").Tenant, Kind: "thing", Parent: "p"})
		if len(docs) != 2 {
			h.Errorf("the snapshot lists %v", docs)
		}
		return err
	})
	if _, err := h.get(key("c")); err != nil {
		h.Errorf("a later view does not see the commit: %v", err)
	}
}

func viewInsideUpdate(h *harness) {
	h.update(func(tx store.Tx) error {
		if err := tx.Put(key("a"), []byte(`1`)); err != nil {
			return err
		}
		if _, err := h.get(key("a")); !errors.Is(err, store.ErrNotFound) {
			h.Errorf("a view saw what is not committed: %v", err)
		}
		return nil
	})
}

func revisions(h *harness) {
	if r := h.revision(); r != 0 {
		h.Errorf("an empty store has revision %d", r)
	}
	last := int64(0)
	for i := range 5 {
		a, b := key(fmt.Sprint("a", i)), key(fmt.Sprint("b", i))
		revision := h.put(a, b)
		docA, errA := h.get(a)
		docB, errB := h.get(b)
		h.check(errors.Join(errA, errB))
		if revision <= last || docA.Revision != revision || docB.Revision != revision || h.revision() != revision {
			h.Errorf("commit %d after %d: documents have %d and %d", revision, last, docA.Revision, docB.Revision)
		}
		last = revision
	}
	idle := h.update(func(tx store.Tx) error {
		_, err := tx.Get(key("a0"))
		return err
	})
	if idle != last || h.revision() != last {
		h.Errorf("an update that wrote nothing made revision %d of %d", idle, last)
	}
	if deleted := h.update(func(tx store.Tx) error { return tx.Delete(key("a0")) }); deleted <= last {
		h.Errorf("a delete made revision %d of %d", deleted, last)
	}
}

func concurrentCounters(h *harness) {
	const updaters, rounds = 20, 10
	h.update(func(tx store.Tx) error { return tx.Put(key("counter"), []byte(`0`)) })
	var seen sync.Map
	var group sync.WaitGroup
	for range updaters {
		group.Go(func() {
			for range rounds {
				revision, err := h.Update(h.Context(), increment)
				if _, again := seen.LoadOrStore(revision, true); err != nil || again {
					h.Errorf("revision %d (seen before: %t): %v", revision, again, err)
				}
			}
		})
	}
	group.Wait()
	doc, err := h.get(key("counter"))
	h.check(err)
	if got := string(doc.JSON); got != strconv.Itoa(updaters*rounds) {
		h.Errorf("counted %s, want %d", got, updaters*rounds)
	}
}

func increment(tx store.Tx) error {
	doc, err := tx.Get(key("counter"))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(doc.JSON))
	if err != nil {
		return err
	}
	return tx.Put(key("counter"), strconv.AppendInt(nil, int64(n+1), 10))
}

func contexts(h *harness) {
	called := false
	_, err := h.Update(canceled(h.T), func(store.Tx) error { called = true; return nil })
	h.wantErr(err, context.Canceled)
	h.wantErr(h.View(canceled(h.T), func(store.Reader) error { called = true; return nil }), context.Canceled)
	_, err = h.Revision(canceled(h.T))
	h.wantErr(err, context.Canceled)
	if called {
		h.Error("a call was made for a context that has ended")
	}

	ctx, cancel := context.WithCancel(h.Context())
	_, err = h.Update(ctx, func(tx store.Tx) error {
		defer cancel()
		return tx.Put(key("a"), []byte(`1`))
	})
	h.wantErr(err, context.Canceled)
	_, err = h.get(key("a"))
	h.wantErr(err, store.ErrNotFound)

	h.update(func(store.Tx) error {
		ctx, cancel := context.WithCancel(h.Context())
		waiting := make(chan error)
		go func() {
			_, err := h.Update(ctx, func(store.Tx) error { return nil })
			waiting <- err
		}()
		cancel()
		h.wantErr(<-waiting, context.Canceled)
		return nil
	})
}

func useAfterEnd(h *harness) {
	h.put(key("a"))
	var reader store.Reader
	var tx store.Tx
	h.view(func(r store.Reader) error { reader = r; return nil })
	h.update(func(t store.Tx) error { tx = t; return nil })
	for _, r := range []store.Reader{reader, tx} {
		if _, err := r.Get(key("a")); err == nil {
			h.Error("get after the end works")
		}
		if _, err := r.List(store.Range{Kind: "thing", AnyTenant: true, AnyParent: true}); err == nil {
			h.Error("list after the end works")
		}
	}
	if tx.Put(key("b"), []byte(`1`)) == nil || tx.Delete(key("a")) == nil {
		h.Error("writing after the end works")
	}
	if _, err := h.get(key("a")); err != nil {
		h.Error(err)
	}
}
