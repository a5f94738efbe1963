//go:build unix

package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/dipylon/dipylon/internal/store"
)

// TestFull takes the room away in two ways: the database may have no more pages (found while writing), and no file may
// grow (found while committing, as with ENOSPC on the log).
func TestFull(t *testing.T) {
	for name, limit := range map[string]func(*testing.T, *Store) (lift func()){
		"pages": limitPages,
		"files": limitFiles,
	} {
		t.Run(name, func(t *testing.T) {
			s := testStore(t)
			before := mustPut(t, s, "before")
			lift := limit(t, s)
			defer lift()

			acknowledged := fill(t, s)
			expectContents(t, s, before+int64(acknowledged), acknowledged)
			lift()
			if revision := mustPut(t, s, "after"); revision != before+int64(acknowledged)+1 {
				t.Errorf("revision %d after %d commits", revision, acknowledged)
			}
		})
	}
}

// fill writes pairs of documents until there is no room and returns how many pairs were acknowledged.
func fill(t *testing.T, s *Store) int {
	t.Helper()
	value := fmt.Appendf(nil, "%q", bytes.Repeat([]byte("x"), 20_000))
	for n := range 1000 {
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			// What Put says is lost on purpose: the update has to fail all the same.
			_ = tx.Put(store.Key{Kind: "first", ID: fmt.Sprint(n)}, value)
			_ = tx.Put(store.Key{Kind: "second", ID: fmt.Sprint(n)}, value)
			return nil
		})
		if errors.Is(err, store.ErrFull) {
			return n
		}
		if err != nil {
			t.Fatalf("not known as a full disk: %v", err)
		}
	}
	t.Fatal("the limit was never met")
	return 0
}

func expectContents(t *testing.T, s *Store, revision int64, pairs int) {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) error {
		first, err1 := r.List(store.Range{Kind: "first"})
		second, err2 := r.List(store.Range{Kind: "second"})
		if len(first) != pairs || len(second) != pairs {
			t.Errorf("%d and %d documents of %d acknowledged pairs", len(first), len(second), pairs)
		}
		return errors.Join(err1, err2)
	})
	if err != nil {
		t.Errorf("a full disk keeps from reading: %v", err)
	}
	if got, err := s.Revision(t.Context()); got != revision || err != nil {
		t.Errorf("revision %d, want %d: %v", got, revision, err)
	}
}

func mustPut(t *testing.T, s *Store, id string) int64 {
	t.Helper()
	revision, err := s.Update(t.Context(), func(tx store.Tx) error {
		return tx.Put(store.Key{Kind: "other", ID: id}, []byte(`1`))
	})
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

func limitPages(t *testing.T, s *Store) (lift func()) {
	set := func(pages int) {
		c := <-s.writer
		defer func() { s.writer <- c }()
		if err := c.script(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
	}
	set(100)
	return func() { set(1 << 30) }
}

func limitFiles(t *testing.T, _ *Store) (lift func()) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	set := func(limit syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
	}
	set(syscall.Rlimit{Cur: 1 << 20, Max: was.Max})
	return func() { set(was) }
}
