package code

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// write puts a file where a test wants it, with a time that no file before it has.
func writeAt(t *testing.T, path, content string, at int) {
	t.Helper()
	when := time.Unix(int64(at), 0)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "function")
	for i, name := range []string{"index.js", "lib/a.js", "node_modules/dep/lib/deep.js", "node_modules/@scope/dep/index.js", ".git/index", "lib/__pycache__/a.pyc"} {
		writeAt(t, filepath.Join(dir, name), "1", i)
	}
	remove := func(name string) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		name   string
		change func(at int)
		want   bool
	}{
		{"nothing", func(int) {}, false},
		{"another content", func(at int) { writeAt(t, dir+"/index.js", "2", at) }, true},
		{"another length at the same time", func(int) { writeAt(t, dir+"/lib/a.js", "long", 1) }, true},
		{"a new file", func(at int) { writeAt(t, dir+"/new/b.js", "1", at) }, true},
		{"a file that goes", func(int) { remove("new/b.js") }, true},
		{"a record of git", func(at int) { writeAt(t, dir+"/.git/index", "2", at) }, false},
		{"bytecode", func(at int) { writeAt(t, dir+"/lib/__pycache__/b.pyc", "2", at) }, false},
		{"inside of a package", func(at int) { writeAt(t, dir+"/node_modules/dep/lib/deep.js", "2", at) }, false},
		{"a package that comes", func(at int) { writeAt(t, dir+"/node_modules/other/index.js", "2", at) }, true},
		{"a package of a scope that goes", func(int) { remove("node_modules/@scope/dep") }, true},
		{"a directory that goes", func(int) { remove("") }, true},
		{"a directory that comes back", func(at int) { writeAt(t, dir+"/index.js", "3", at) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWatcher()
				changed := w.Watch(dir)
				c.change(100 + i)
				if changed() {
					t.Error("looked again at once")
				}
				time.Sleep(lookEvery)
				if got := changed(); got != c.want {
					t.Errorf("changed: %v, want %v", got, c.want)
				}
				if w.Watch(dir)() {
					t.Error("changed since now")
				}
			})
		})
	}
}

// TestWatchAgain: a change is seen by everyone who asked before it, whoever looks.
func TestWatchAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := NewWatcher()
		first := w.Watch(dir)
		writeAt(t, filepath.Join(dir, "a"), "1", 1)
		second := w.Watch(dir)
		if !first() || second() {
			t.Error("the second began to watch after the change")
		}
	})
}

// TestLargeDirectoriesAreLeftInPart: a look ends after so many files.
func TestLargeDirectoriesAreLeftInPart(t *testing.T) {
	dir := t.TempDir()
	for i := range 30 {
		writeAt(t, filepath.Join(dir, fmt.Sprintf("%02d", i)), "1", 1)
	}
	w := NewWatcher()
	w.limit = 20
	before := w.fingerprint(dir)
	writeAt(t, filepath.Join(dir, "25"), "22", 2)
	if w.fingerprint(dir) != before {
		t.Error("looked at all files")
	}
	writeAt(t, filepath.Join(dir, "10"), "22", 2)
	if w.fingerprint(dir) == before {
		t.Error("looked at none")
	}
}

func BenchmarkFingerprint(b *testing.B) {
	dir := b.TempDir()
	for i := range 500 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	w := NewWatcher()
	for b.Loop() {
		w.fingerprint(dir)
	}
}
