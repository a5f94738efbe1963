package lambda

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

// spool is a directory with a file for each asynchronous call that has not ended. A file appears whole or not at all. Its
// first line is its head in JSON, the rest the payload. Its name tells when it was accepted, so that names sort by age, and
// behind a dot how often the function has failed.
type spool struct {
	dir string
}

// eventHead is what is known of an asynchronous call besides its payload.
type eventHead struct {
	Ref           gateway.FunctionRef
	RequestID     string
	TraceID       string `json:",omitempty"`
	ClientContext string `json:",omitempty"`
	Accepted      time.Time
}

// maxHead bounds the first line of a file.
const maxHead = 64 << 10

// partial ends the name of a file that is being written.
const partial = ".tmp"

func openSpool(dir string) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &spool{dir: dir}, nil
}

// put returns the new file's name and size. It is on the disk then.
func (s *spool) put(head *eventHead, payload []byte) (name string, size int64, err error) {
	line, err := json.Marshal(head)
	if err != nil {
		return "", 0, err
	}
	if len(line) >= maxHead {
		return "", 0, errors.New("the client context is too long")
	}
	name = fmt.Sprintf("%013d-%s.0", head.Accepted.UnixMilli(), gateway.NewUUID())
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

// get reads a file.
func (s *spool) get(name string) (head eventHead, payload []byte, err error) {
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return head, nil, err
	}
	line, payload, found := bytes.Cut(text, []byte{'\n'})
	if !found {
		return head, nil, errBadEvent
	}
	return head, payload, parseHead(line, &head)
}

var errBadEvent = errors.New("the file is not of an asynchronous call")

func parseHead(line []byte, head *eventHead) error {
	if err := json.Unmarshal(line, head); err != nil || head.Ref.Name == "" {
		return errBadEvent
	}
	return nil
}

// head reads a file's head, and its size.
func (s *spool) head(name string) (head eventHead, size int64, err error) {
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
		return head, 0, errBadEvent
	}
	return head, info.Size(), parseHead(line, &head)
}

// failed counts one more failure of the function in the file's name, which it returns.
func (s *spool) failed(name string, failures int) (string, error) {
	base, _, _ := strings.Cut(name, ".")
	next := fmt.Sprintf("%s.%d", base, failures)
	return next, os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, next))
}

func (s *spool) remove(name string) error { return removeIfThere(filepath.Join(s.dir, name)) }

// names returns the files, the oldest first. What a crash left half-written is removed.
func (s *spool) names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch {
		case strings.HasSuffix(e.Name(), partial):
			err = errors.Join(err, s.remove(e.Name()))
		case e.Type().IsRegular():
			names = append(names, e.Name())
		}
	}
	return names, err
}

// failures reads the count in a file's name.
func failures(name string) int {
	var n int
	if _, after, found := strings.Cut(name, "."); found {
		_, _ = fmt.Sscanf(after, "%d", &n)
	}
	return max(n, 0)
}
