// Package code keeps the code of functions and layers below the data directory: each zip under the digest of its content,
// and beside it, made when it is first needed, the directory that workers run from. It also watches the directories of
// hot-reload functions, which are run from where they stand.
//
// Whatever a zip holds, no file is made outside of the store. The package may import gateway and lambda.
package code

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Options are a store's settings.
type Options struct {
	// Dir is the store's directory. Workers must be able to read it.
	Dir string
	// Grace is how long what nothing refers to is kept, so that calls in flight can end: at least the longest timeout of a
	// function. Zero stands for an hour.
	Grace time.Duration
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// Store keeps code. It is safe for use by many goroutines, and by one process at a time.
type Store struct {
	opts Options
	// limit is that of unzipped code.
	limit int64

	mu    sync.Mutex
	trees map[string]*unpacking
	// unused says since when a file or directory, by its name in the store, has not been used.
	unused map[string]time.Time
}

// The parts of the store.
const (
	zips   = "zips"
	trees  = "code"
	layers = "layers"
	// unfinished begins the names of what is being made or removed.
	unfinished = "."
)

// New opens the store and removes what a killed process left half done.
func New(opts Options) (*Store, error) {
	if opts.Grace == 0 {
		opts.Grace = time.Hour
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	// Absolute: workers have another working directory.
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	opts.Dir = dir
	s := &Store{opts: opts, limit: maxUnzipped, trees: map[string]*unpacking{}, unused: map[string]time.Time{}}
	for _, part := range []string{zips, trees, layers} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o755); err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(filepath.Join(dir, part))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), unfinished) {
				err = errors.Join(err, removeTree(filepath.Join(dir, part, e.Name())))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("clean up code: %w", err)
		}
	}
	return s, errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

// Keep checks a zip and stores it. When it returns, the zip is on the disk. A zip that cannot be unpacked is a
// [*lambda.BadCode].
func (s *Store) Keep(zip []byte) (gateway.FunctionCode, error) {
	if err := check(zip, s.limit); err != nil {
		return gateway.FunctionCode{}, err
	}
	digest := sha256.Sum256(zip)
	kept := gateway.FunctionCode{SHA256: base64.StdEncoding.EncodeToString(digest[:]), Size: int64(len(zip))}
	name := filepath.Join(zips, hex.EncodeToString(digest[:]))
	if s.use(name, kept.Size) {
		return kept, nil
	}
	f, err := os.CreateTemp(s.path(zips), unfinished)
	if err != nil {
		return kept, err
	}
	_, err = f.Write(zip)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = s.place(f.Name(), name)
	}
	if err != nil {
		return kept, errors.Join(err, os.Remove(f.Name()))
	}
	return kept, syncDir(s.path(zips))
}

// use marks a zip as used now, and reports whether it is there.
func (s *Store) use(name string, size int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unused, name)
	info, err := os.Stat(s.path(name))
	return err == nil && info.Size() == size
}

// place gives what was made at a path its name in the store.
func (s *Store) place(made, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unused, name)
	return os.Rename(made, s.path(name))
}

// Open returns a zip and its length. The digest is as AWS shows it, in base64.
func (s *Store) Open(digest string) (io.ReadCloser, int64, error) {
	f, err := s.open(digest)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func (s *Store) open(digest string) (*os.File, error) {
	name, err := hexOf(digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(filepath.Join(zips, name)))
	if err != nil {
		return nil, fmt.Errorf("code %s: %w", digest, err)
	}
	return f, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.opts.Dir, name) }

// hexOf turns AWS's form of a digest into one that is a file name.
func hexOf(digest string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(digest)
	if err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is no digest of code", digest)
	}
	return hex.EncodeToString(raw), nil
}

// Prepare unpacks what a version runs. Code and layers that are too large together are a [*lambda.BadCode].
func (s *Store) Prepare(ctx context.Context, v gateway.FunctionVersion) error {
	if err := s.checkSize(v); err != nil {
		return err
	}
	if _, err := s.Unpack(ctx, v.Code); err != nil {
		return err
	}
	_, err := s.Layers(ctx, v.Layers)
	return err
}

// syncDir makes names in a directory outlive a power failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
