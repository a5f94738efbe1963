package code

import (
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Directories are watched by looking at them when somebody asks. That works on every file system, survives directories
// that go and come back, needs nothing of the system's limited watches, and costs nothing while no function is called.
const (
	// lookEvery is the time between two looks at a small directory. A large one is looked at less often, so that looking
	// takes a fiftieth of the time at most.
	lookEvery = 150 * time.Millisecond
	restShare = 50
	// maxLooked bounds the files of one directory that are looked at.
	maxLooked = 20_000
)

// ignored are names whose changes are no changes of code.
var ignored = []string{".git", ".hg", ".svn", ".idea", ".vscode", ".DS_Store", "__pycache__", ".pytest_cache", ".mypy_cache"}

// packages are directories that tools install into: large, and changed as a whole, which their first level shows.
var packages = []string{"node_modules", ".venv", "venv", "site-packages"}

// Watcher tells whether directories have changed. It is safe for use by many goroutines.
type Watcher struct {
	seed  maphash.Seed
	limit int // of files

	mu   sync.Mutex
	dirs map[string]*watched
}

// watched is what is known of a directory.
type watched struct {
	look sync.Mutex // held by whoever looks
	next time.Time  // when to look again; guarded by look

	mu      sync.Mutex
	sum     uint64
	changes int
}

// NewWatcher returns a watcher.
func NewWatcher() *Watcher {
	return &Watcher{seed: maphash.MakeSeed(), limit: maxLooked, dirs: map[string]*watched{}}
}

// Watch returns a function that tells whether files below a directory have changed, come or gone since. What it says is at
// most lookEvery old, or restShare times as old as a look takes; asking in between is cheap.
func (w *Watcher) Watch(dir string) (changed func() bool) {
	w.mu.Lock()
	d := w.dirs[dir]
	if d == nil {
		d = &watched{}
		w.dirs[dir] = d
	}
	w.mu.Unlock()
	// Now, whenever the last look was: the caller is about to read the files.
	d.look.Lock()
	w.examine(dir, d)
	d.look.Unlock()
	known := d.count()
	return func() bool {
		// One looks, and who comes meanwhile goes by what was seen before.
		if d.look.TryLock() {
			if !time.Now().Before(d.next) {
				w.examine(dir, d)
			}
			d.look.Unlock()
		}
		return d.count() != known
	}
}

func (d *watched) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changes
}

// examine looks at a directory. The caller holds d.look.
func (w *Watcher) examine(dir string, d *watched) {
	began := time.Now()
	sum := w.fingerprint(dir)
	end := time.Now()
	d.next = end.Add(max(lookEvery, end.Sub(began)*restShare))
	d.mu.Lock()
	defer d.mu.Unlock()
	if sum != d.sum {
		d.sum = sum
		d.changes++
	}
}

// fingerprint sums up names, sizes and times of the files below a directory. A directory that is not there has one, too.
func (w *Watcher) fingerprint(dir string) uint64 {
	var h maphash.Hash
	h.SetSeed(w.seed)
	left := w.limit
	addDir(&h, dir, outside, &left)
	return h.Sum64()
}

// Where a directory is: outside of packages, one of them, or a scope (@name) in one.
const (
	outside = iota
	within
	scope
)

func addDir(h *maphash.Hash, dir string, where int, left *int) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if slices.Contains(ignored, e.Name()) {
			continue
		}
		if *left--; *left < 0 {
			return
		}
		path := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = os.Stat(path)
		}
		if err != nil {
			continue // it went while we looked
		}
		s := stamp{path: path, mode: info.Mode()}
		if !info.IsDir() {
			s.size, s.at = info.Size(), info.ModTime().UnixNano()
		} else if where != outside {
			// What is in a package shows as its directory's time. Elsewhere that time changes with what is ignored.
			s.at = info.ModTime().UnixNano()
		}
		maphash.WriteComparable(h, s)
		switch {
		case !e.IsDir():
		case where == outside && slices.Contains(packages, e.Name()):
			addDir(h, path, within, left)
		case where == outside:
			addDir(h, path, outside, left)
		case where == within && e.Name()[0] == '@':
			addDir(h, path, scope, left)
		}
	}
}

// stamp is what is looked at of a file.
type stamp struct {
	path string
	mode fs.FileMode
	size int64
	at   int64
}
