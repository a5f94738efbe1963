package accesslog

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// batch gathers events. Their lines are of the queue's memory.
type batch struct {
	events []Event
	size   int
	plain  []byte
	names  map[string]string
}

func (b *batch) add(at time.Time, stream string, line []byte) {
	b.events = append(b.events, Event{at, stream, line})
	b.size += len(line)
}

// name returns a stream's name, the same string each time while there are not too many.
func (b *batch) name(stream []byte) string {
	if known, ok := b.names[string(stream)]; ok {
		return known
	}
	const most = 1000
	if b.names == nil || len(b.names) >= most {
		b.names = map[string]string{}
	}
	name := string(stream)
	b.names[name] = name
	return name
}

func (b *batch) full() bool { return b.size > 256<<10 }

// lines are the events as lines.
func (b *batch) lines() []byte {
	b.plain = b.plain[:0]
	for i := range b.events {
		b.plain = append(append(b.plain, b.events[i].Line...), '\n')
	}
	return b.plain
}

func (b *batch) clear() {
	clear(b.events)
	b.events, b.size = b.events[:0], 0
}

// file is appended to, and put away when it is full. It is open only while it is written to, so that it can be moved or
// deleted at any time.
type file struct {
	path string
	max  int64
	keep int
}

// append adds whole lines. What a failure left cut off is ended first.
func (f *file) append(lines []byte) (err error) {
	if err := f.rotate(int64(len(lines))); err != nil {
		return err
	}
	const private = 0o640
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return err
	}
	out, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, private)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := endLine(out); err != nil {
		return err
	}
	_, err = out.Write(lines)
	return err
}

func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.WriteString("\n")
	return err
}

// rotate gives the file the number 1, and those that have one the next, if it would become too large.
func (f *file) rotate(more int64) error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Size() == 0 || info.Size()+more <= f.max:
		return nil
	}
	for n := f.keep - 1; n > 0; n-- {
		if err := os.Rename(f.numbered(n), f.numbered(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(f.path, f.numbered(1))
}

func (f *file) numbered(n int) string { return fmt.Sprintf("%s.%d", f.path, n) }

// complaint is what the operator is still to be told.
type complaint struct {
	err     error
	dropped uint64
	last    time.Time
}

// complainEvery keeps a full disk from filling the log.
const complainEvery = time.Minute

func (c *complaint) report(s *Sink) {
	dropped := s.dropped.Load()
	if dropped == c.dropped && c.err == nil || !c.last.IsZero() && time.Since(c.last) < complainEvery {
		return
	}
	attrs := []any{slog.Uint64("dropped", dropped-c.dropped)}
	if c.err != nil {
		attrs = append(attrs, slog.Any("error", c.err))
	}
	s.opts.Log.Error("lines of log groups were lost", attrs...)
	*c = complaint{dropped: dropped, last: time.Now()}
}
