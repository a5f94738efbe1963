package sqlite

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

func testStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// seed makes a store of some hundred pages and closes it.
func seed(t *testing.T, dir string) (database string) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	value := []byte(`"` + strings.Repeat("x", 1000) + `"`)
	_, err = s.Update(t.Context(), func(tx store.Tx) error {
		for i := range 1000 {
			if err := tx.Put(store.Key{Kind: "k", ID: strconv.Itoa(i)}, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "dipylon.db")
}

func TestOpenLocksDirectory(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Dir: dir})
	want := "data directory " + dir + " is in use by another dipylon process (pid " + strconv.Itoa(os.Getpid()) + ")"
	if !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	seed(t, dir)
}

// TestLockIsWaitedFor: the lock may be held a moment longer than the process that took it lives.
func TestLockIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	for held, want := range map[time.Duration]error{lockPatience / 2: nil, 2 * lockPatience: ErrInUse} {
		synctest.Test(t, func(t *testing.T) {
			last, err := lockDir(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			freed := make(chan error)
			time.AfterFunc(held, func() { freed <- last.Close() })
			next, err := lockDir(t.Context(), dir)
			if !errors.Is(err, want) {
				t.Errorf("held for %v: %v", held, err)
			}
			if err := <-freed; err != nil {
				t.Error(err)
			}
			if next != nil {
				_ = next.Close()
			}
		})
	}
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := <-s.writer
	if err := c.script(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	s.writer <- c
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the refusal leaves no lock behind
		_, err = Open(t.Context(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "has schema 99") || !strings.Contains(err.Error(), dir) {
			t.Fatalf("got %v", err)
		}
	}
}

func TestOpenFailures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Open(t.Context(), Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Options{Dir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled open: %v", err)
	}
}

func TestOpenDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"header":    func(b []byte) []byte { copy(b, "This is not a database file"); return b },
		"text file": func([]byte) []byte { return bytes.Repeat([]byte("hello "), 1000) },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"schema":    func(b []byte) []byte { clear(b[100:4096]); return b },
		"all pages": func(b []byte) []byte { clear(b[4096:]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			database := seed(t, dir)
			b, err := os.ReadFile(database)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(database, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Dir: dir})
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), s.Close()))
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), database) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestReadDamaged damages pages that Open does not read.
func TestReadDamaged(t *testing.T) {
	dir := t.TempDir()
	database := seed(t, dir)
	b, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	for at := bytes.Index(b, []byte("xxxx")) &^ 4095; at < len(b); at += 4096 {
		copy(b[at:], bytes.Repeat([]byte{0xa5}, 64))
	}
	if err := os.WriteFile(database, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: dir})
	if err == nil {
		err = s.View(t.Context(), func(r store.Reader) error {
			_, err := r.List(store.Range{Kind: "k"})
			return err
		})
		defer func() { _ = s.Close() }()
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "da ta?#%41")
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Revision(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectMode(t, dir, 0o700)
	for _, name := range []string{"dipylon.db", "dipylon.db-wal", "dipylon.db-shm", "dipylon.lock"} {
		expectMode(t, filepath.Join(dir, name), 0o600)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "dipylon.db-wal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there after Close: %v", err)
	}
}

func expectMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

// TestSettings asks the open connections what was asked of them: a pragma that SQLite does not know is no error.
func TestSettings(t *testing.T) {
	s := testStore(t)
	reader, err := s.takeReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.putReader(reader)
	writer := <-s.writer
	defer func() { s.writer <- writer }()
	for _, c := range []struct {
		on     *conn
		pragma string
		want   int64
	}{
		{writer, "synchronous", 2},
		{writer, "fullfsync", 1},
		{writer, "checkpoint_fullfsync", 1},
		{writer, "busy_timeout", 5000},
		{writer, "query_only", 0},
		{reader, "query_only", 1},
	} {
		if got, err := c.on.queryInt("PRAGMA " + c.pragma); got != c.want || err != nil {
			t.Errorf("%s is %d, want %d: %v", c.pragma, got, c.want, err)
		}
	}
}

// TestNestedUpdateIsLogged shows that an update inside an update says what it waits for, and ends with its context.
func TestNestedUpdateIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s, err := Open(t.Context(), Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Update(t.Context(), func(store.Tx) error {
			ctx, cancel := context.WithTimeout(t.Context(), 2*longWait)
			defer cancel()
			_, err := s.Update(ctx, func(store.Tx) error { return nil })
			return err
		})
		if !errors.Is(err, context.DeadlineExceeded) || strings.Count(log.String(), "level=WARN") != 1 {
			t.Errorf("got %v, and logged %q", err, log.String())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestReadersAreKept shows that views in parallel all get a connection and that few stay open afterwards.
func TestReadersAreKept(t *testing.T) {
	s := testStore(t)
	var nest func(depth int) error
	nest = func(depth int) error {
		return s.View(t.Context(), func(store.Reader) error {
			if depth == 1 {
				return nil
			}
			return nest(depth - 1)
		})
	}
	if err := nest(3 * idleReaders); err != nil {
		t.Fatal(err)
	}
	if got := s.db.Stats().OpenConnections; got != idleReaders+1 {
		t.Errorf("%d connections are open, want %d readers and the writer", got, idleReaders)
	}
}
