// Package storetest is the suite that every implementation of store.Store passes. It knows the contract only, so a
// cluster's store is held to the same promises as the embedded one.
//
// Tests of implementations import it. It may use store and the standard library.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dipylon/dipylon/internal/store"
)

// The history that stores opened for the suite keep, in changes: at least minHistory, at most maxHistory.
const (
	minHistory = 100
	maxHistory = 1000
)

// Opener opens the store that dir names: the same dir gives the same documents again, a new one an empty store. The
// store keeps at least the newest 100 changes and at most the newest 1,000. The suite closes it.
type Opener func(t *testing.T, dir string) store.Store

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"documents", documents},
		{"transactions", transactions},
		{"changes", changes},
		{"lifecycle", lifecycle},
		{"counters", counters},
		{"rollups", rollups},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					h := &harness{T: t, open: open, dir: t.TempDir()}
					h.reopen()
					c.run(h)
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(*harness)
}

// harness is one case with its store.
type harness struct {
	*testing.T
	store.Store
	open Opener
	dir  string
}

// reopen closes the store, if one is open, and opens it again.
func (h *harness) reopen() {
	h.Helper()
	if h.Store != nil {
		h.check(h.Close())
	}
	s := h.open(h.T, h.dir)
	h.Store = s
	h.Cleanup(func() {
		if err := s.Close(); err != nil {
			h.Errorf("close: %v", err)
		}
	})
}

func (h *harness) check(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *harness) wantErr(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Fatalf("got error %v, want %v", err, want)
	}
}

func (h *harness) update(fn func(store.Tx) error) int64 {
	h.Helper()
	revision, err := h.Update(h.Context(), fn)
	h.check(err)
	return revision
}

func (h *harness) view(fn func(store.Reader) error) {
	h.Helper()
	h.check(h.View(h.Context(), fn))
}

// put writes the documents in one commit; their values tell their keys apart.
func (h *harness) put(keys ...store.Key) int64 {
	h.Helper()
	return h.update(func(tx store.Tx) error {
		for _, k := range keys {
			if err := tx.Put(k, valueOf(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *harness) get(key store.Key) (doc store.Document, err error) {
	err = h.View(h.Context(), func(r store.Reader) error {
		doc, err = r.Get(key)
		return err
	})
	return doc, err
}

func (h *harness) list(rng store.Range) (keys []store.Key) {
	h.Helper()
	h.view(func(r store.Reader) error {
		docs, err := r.List(rng)
		for _, doc := range docs {
			if string(doc.JSON) != string(valueOf(doc.Key)) {
				h.Errorf("%s holds %s", doc.Key, doc.JSON)
			}
			keys = append(keys, doc.Key)
		}
		n, err2 := r.Count(rng)
		if n != len(docs) {
			h.Errorf("%d documents are %d", len(docs), n)
		}
		return errors.Join(err, err2)
	})
	return keys
}

func (h *harness) revision() int64 {
	h.Helper()
	revision, err := h.Revision(h.Context())
	h.check(err)
	return revision
}

func valueOf(k store.Key) []byte {
	return fmt.Appendf(nil, "{\"of\": %q}", fmt.Sprintf("%x", k.String()))
}

func key(id string) store.Key {
	return store.Key{Tenant: "000000000000/eu-west-1", Kind: "thing", Parent: "p", ID: id}
}

// canceled returns a context that has ended.
func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
