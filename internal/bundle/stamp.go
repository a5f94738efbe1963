package bundle

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxDirectories bounds what is watched of one function.
const maxDirectories = 1000

// Seed makes stamps comparable.
type Seed struct{ seed maphash.Seed }

// NewSeed returns a seed.
func NewSeed() Seed { return Seed{maphash.MakeSeed()} }

// Stamp is a number that changes when a watched file is changed, made or removed.
func (s Seed) Stamp(watched []string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, path := range watched {
		_, _ = h.WriteString(path)
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if !info.IsDir() {
			mark(&h, info)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if skipped(e.Name()) {
				continue
			}
			_, _ = h.WriteString(e.Name())
			if info, err := e.Info(); err == nil && !e.IsDir() {
				mark(&h, info)
			}
		}
	}
	return h.Sum64()
}

func mark(h *maphash.Hash, info fs.FileInfo) {
	_, _ = fmt.Fprintf(h, "/%d/%d/", info.ModTime().UnixNano(), info.Size())
}

// skipped are what tools write and what is not the developer's own.
func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "__pycache__"
}

// directories returns a directory with all below it.
func directories(root string) []string {
	var dirs []string
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case path != root && skipped(d.Name()):
			return fs.SkipDir
		case len(dirs) == maxDirectories:
			return fs.SkipAll
		}
		dirs = append(dirs, path)
		return nil
	})
	return dirs
}
