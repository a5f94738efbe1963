package code

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Used collects what documents refer to.
type Used struct {
	names map[string]bool
}

// Version adds what a version of a function runs.
func (u *Used) Version(v gateway.FunctionVersion) {
	u.Code(v.Code)
	for _, l := range v.Layers {
		u.Code(l.Code)
	}
	u.add(layersName(v.Layers))
}

// Code adds a zip, such as a layer's.
func (u *Used) Code(c gateway.FunctionCode) {
	if name, err := hexOf(c.SHA256); err == nil && c.Dir == "" {
		u.add(filepath.Join(zips, name))
		u.add(filepath.Join(trees, name))
	}
}

func (u *Used) add(name string) {
	if u.names == nil {
		u.names = map[string]bool{}
	}
	u.names[name] = true
}

// Sweep removes what has not been used for as long as the store's grace: neither by a document in any sweep since, nor by
// a worker that was started, nor by being kept again. So it may run at any time, with documents that were read before.
func (s *Store) Sweep(used *Used) error {
	var all error
	for _, part := range []string{zips, trees, layers} {
		entries, err := os.ReadDir(s.path(part))
		all = errors.Join(all, err)
		for _, e := range entries {
			name := filepath.Join(part, e.Name())
			if strings.HasPrefix(e.Name(), unfinished) {
				continue
			}
			removed, err := s.retire(name, used.names[name])
			if err == nil && removed != "" {
				err = removeTree(removed)
			}
			all = errors.Join(all, err)
		}
	}
	return all
}

// retire moves what has been unused for long out of the way, and returns where it is now.
func (s *Store) retire(name string, used bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	since, known := s.unused[name]
	switch {
	case used:
		delete(s.unused, name)
		return "", nil
	case !known:
		s.unused[name] = now
		return "", nil
	case now.Sub(since) < s.opts.Grace:
		return "", nil
	}
	gone := filepath.Join(filepath.Dir(s.path(name)), unfinished+filepath.Base(name))
	if err := os.Rename(s.path(name), gone); err != nil {
		return "", err
	}
	delete(s.unused, name)
	delete(s.trees, name)
	return gone, nil
}
