package code

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/lambda"
)

// FuzzUnpack: whatever a zip holds, no file is made outside of the store, no link leads out of a directory, and what is
// accepted can be unpacked.
func FuzzUnpack(f *testing.F) {
	const target = fs.ModeSymlink | 0o777
	for _, seed := range [][]item{
		{{name: "index.js", content: "code"}, {name: "bin/run", content: "#!", mode: 0o755}},
		{{name: "../x", content: "1"}, {name: "/x", content: "1"}, {name: `..\x`, content: "1"}},
		{{name: "a", content: "..", mode: target}, {name: "a/x", content: "1"}},
		{{name: "d/a", content: "../d/b", mode: target}, {name: "d/b", content: "c/../..", mode: target}, {name: "d/c", content: ".", mode: target}},
		{{name: "d/", mode: fs.ModeDir | 0o755}, {name: "d/d/", mode: fs.ModeDir}},
	} {
		f.Add(makeZip(f, seed...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := check(data, maxUnzipped); err != nil {
			if !errors.As(err, new(*lambda.BadCode)) {
				t.Fatal(err)
			}
			return
		}
		base := t.TempDir()
		defer func() { _ = removeTree(base) }()
		inner := filepath.Join(base, "inner")
		dir := filepath.Join(inner, "dir")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		made := newTree()
		for range 2 { // as layers
			if err := made.add(r, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := write(t.Context(), dir, made); err != nil {
			t.Fatal(err)
		}
		if !intact(dir, made) {
			t.Error("not what it should be")
		}
		if got, err := os.ReadDir(base); err != nil || len(got) != 1 {
			t.Fatal("a file outside", got, err)
		}
		if got, err := os.ReadDir(inner); err != nil || len(got) != 1 {
			t.Fatal("a file outside", got, err)
		}
		err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.Type() != fs.ModeSymlink {
				return err
			}
			if leads, err := filepath.EvalSymlinks(path); err == nil && leads != dir && !strings.HasPrefix(leads, dir+"/") {
				t.Errorf("%s leads to %s", path, leads)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
