// Package spool keeps what is still to be done in files: a directory with a file for each item, so that it outlives the process.
// An [Agenda] has items done when they are due.
//
// It may import gateway.
package spool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Head is what is known of an item besides its payload.
type Head interface {
	// Valid tells a head from what is none.
	Valid() bool
}

// Spool is a directory with a file for each item that is not done. A file appears whole or not at all. Its first line is
// its head in JSON, the rest the payload. Its name tells when it was accepted, so that names sort by age, and behind a dot
// how often it has failed.
type Spool[H Head] struct {
	dir string
}

// maxHead bounds the first line of a file.
const maxHead = 64 << 10

// partial ends the name of a file that is being written.
const partial = ".tmp"

// Open makes the directory if it is missing.
func Open[H Head](dir string) (*Spool[H], error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &Spool[H]{dir: dir}, nil
}

// Put returns the new file's name and size. It is on the disk then.
func (s *Spool[H]) Put(accepted time.Time, head *H, payload []byte) (name string, size int64, err error) {
	line, err := json.Marshal(head)
	if err != nil {
		return "", 0, err
	}
	if len(line) >= maxHead {
		return "", 0, errors.New("the head is too long")
	}
	name = fmt.Sprintf("%013d-%s.0", accepted.UnixMilli(), gateway.NewUUID())
	line = append(line, '\n')
	path := filepath.Join(s.dir, name)
	if err := writeFile(path+partial, line, payload); err != nil {
		return "", 0, errors.Join(err, removeIfThere(path+partial))
	}
	if err := os.Rename(path+partial, path); err != nil {
		return "", 0, errors.Join(err, removeIfThere(path+partial))
	}
	if err := syncDir(s.dir); err != nil {
		return "", 0, errors.Join(err, removeIfThere(path))
	}
	return name, int64(len(line) + len(payload)), nil
}

func writeFile(path string, parts ...[]byte) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, part := range parts {
		if _, err := f.Write(part); err != nil {
			return err
		}
	}
	return f.Sync()
}

// syncDir makes names durable.
func syncDir(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Get reads a file.
func (s *Spool[H]) Get(name string) (head H, payload []byte, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return head, nil, err
	}
	line, payload, found := bytes.Cut(text, []byte{'\n'})
	if !found {
		return head, nil, ErrBad
	}
	return head, payload, parseHead(line, &head)
}

// ErrBad is a file that the spool did not write.
var ErrBad = errors.New("the file is no item of the spool")

func parseHead[H Head](line []byte, head *H) error {
	if err := json.Unmarshal(line, head); err != nil || !(*head).Valid() {
		return ErrBad
	}
	return nil
}

// Head reads a file's head, and its size.
func (s *Spool[H]) Head(name string) (head H, size int64, err error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return head, 0, err
	}
	line, err := bufio.NewReader(io.LimitReader(f, maxHead)).ReadBytes('\n')
	if err != nil {
		return head, 0, ErrBad
	}
	return head, info.Size(), parseHead(line, &head)
}

// Failed notes how often an item has failed in its file's name, which it returns.
func (s *Spool[H]) Failed(name string, failures int) (string, error) {
	base, _, _ := strings.Cut(name, ".")
	next := fmt.Sprintf("%s.%d", base, failures)
	return next, os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, next))
}

// Remove ends an item.
func (s *Spool[H]) Remove(name string) error { return removeIfThere(filepath.Join(s.dir, name)) }

// Names returns the files, the oldest first. What a crash left half-written is removed.
func (s *Spool[H]) Names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch {
		case strings.HasSuffix(e.Name(), partial):
			err = errors.Join(err, s.Remove(e.Name()))
		case e.Type().IsRegular():
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Failures reads the count in a file's name.
func Failures(name string) int {
	var n int
	if _, after, found := strings.Cut(name, "."); found {
		_, _ = fmt.Sscanf(after, "%d", &n)
	}
	return max(n, 0)
}
