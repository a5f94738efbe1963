package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Log is the log of one group. Its methods may be called by many at once.
type Log struct {
	group gateway.LogGroupID
	dir   string
	store *Store

	mu       sync.Mutex // guards what follows
	streams  map[string]*stream
	byID     map[uint32]*stream
	next     uint32
	segments []*segment // the last one grows, unless it is full
	number   uint32     // the last segment's, or that of one that went
	file     *os.File   // of the last segment while it is written to; nil when nobody does
	dirty    bool
	idle     int
	// keep is how long events are kept, in milliseconds; 0 for ever.
	keep int64
	gone bool
	buf  []byte
}

// ErrGone is returned for a log that was dropped.
var ErrGone = errors.New("the log group was deleted")

// Group says whose log it is.
func (l *Log) Group() gateway.LogGroupID { return l.group }

func openLog(s *Store, g gateway.LogGroupID, dir string) (*Log, error) {
	l := &Log{group: g, dir: dir, store: s, byID: map[uint32]*stream{}}
	var err error
	if l.streams, l.next, err = readStreams(dir); err != nil {
		return nil, err
	}
	for _, st := range l.streams {
		l.byID[st.id] = st
	}
	names, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.events"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		var number uint32
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.events", &number); err != nil {
			continue
		}
		seg, err := openSegment(dir, number)
		if err != nil {
			return nil, err
		}
		for id, has := range seg.streams {
			if st := l.byID[id]; st != nil {
				st.stats.add(has)
			}
		}
		l.segments, l.number = append(l.segments, seg), number
	}
	return l, nil
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// Append adds events, in their order, and makes the streams that there are not. Either all are kept or none.
func (l *Log) Append(events ...Event) error {
	now := l.store.opts.Now().UnixMilli()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return ErrGone
	}
	if err := l.makeStreams(events, now); err != nil {
		return err
	}
	for len(events) > 0 {
		n, err := l.write(events, now)
		if err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// makeStreams makes those that the events name and that there are not.
func (l *Log) makeStreams(events []Event, now int64) error {
	var lines []streamLine
	for i := range events {
		name := events[i].Stream
		if l.streams[name] == nil && !slices.ContainsFunc(lines, func(s streamLine) bool { return s.Name == name }) {
			lines = append(lines, streamLine{ID: l.next + uint32(len(lines)), Name: name, Created: now}) //nolint:gosec // G115: as many as there are events
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if err := l.makeDir(); err != nil {
		return err
	}
	if err := writeStreams(l.dir, lines...); err != nil {
		return err
	}
	for _, s := range lines {
		st := &stream{id: s.ID, name: s.Name, created: now}
		l.streams[s.Name], l.byID[s.ID], l.next = st, st, s.ID+1
	}
	return nil
}

func (l *Log) makeDir() error { return os.MkdirAll(l.dir, dirMode) }

// write puts as many of the events into the last segment as belong there, with one system call.
func (l *Log) write(events []Event, now int64) (int, error) {
	seg, err := l.current()
	if err != nil {
		return 0, err
	}
	buf, n := l.buf[:0], 0
	var sizes [64]int
	for n < len(events) && n < len(sizes) && (n == 0 || seg.size+int64(len(buf)) < l.store.opts.SegmentSize) {
		before := len(buf)
		buf = appendRecord(buf, l.streams[events[n].Stream].id, &events[n], now)
		sizes[n] = len(buf) - before
		n++
	}
	if cap(buf) <= keepBuffer {
		l.buf = buf[:0]
	}
	if _, err := l.file.WriteAt(buf, seg.size); err != nil {
		// What was written of it is beyond the segment's size: it will be overwritten, or cut off when the log is opened.
		return 0, errors.Join(err, l.file.Truncate(seg.size))
	}
	l.dirty, l.idle = true, 0
	for i := range n {
		st := l.streams[events[i].Stream]
		r := record{time: events[i].Time, ingested: now, stream: st.id, message: events[i].Message}
		seg.note(&r, int64(sizes[i]))
		st.stats.add(stats{Count: 1, Bytes: int64(len(r.message)), First: r.time, Last: r.time, Ingested: now})
	}
	l.store.size.Add(int64(len(buf)))
	return n, nil
}

// keepBuffer is the most memory that a log keeps for the next write.
const keepBuffer = 64 << 10

// current returns the segment that grows, with its file open.
func (l *Log) current() (*segment, error) {
	if n := len(l.segments); n > 0 && l.segments[n-1].size < l.store.opts.SegmentSize {
		seg := l.segments[n-1]
		if l.file != nil {
			return seg, nil
		}
		f, err := os.OpenFile(seg.path(), os.O_RDWR, fileMode)
		if err == nil {
			l.file = f
			return seg, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := l.seal(); err != nil {
		return nil, err
	}
	if err := l.makeDir(); err != nil {
		return nil, err
	}
	seg := &segment{number: l.number + 1, dir: l.dir, streams: map[uint32]stats{}}
	f, err := os.OpenFile(seg.path(), os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	l.file, l.segments, l.number = f, append(l.segments, seg), seg.number
	return seg, nil
}

// seal ends the last segment: its index is written down and its file closed.
func (l *Log) seal() error {
	if l.file == nil {
		return nil
	}
	seg := l.segments[len(l.segments)-1]
	err := errors.Join(l.sync(), seg.writeIndex(), l.file.Close())
	l.file = nil
	return err
}

func (l *Log) sync() error {
	if !l.dirty || l.file == nil {
		return nil
	}
	l.dirty = false
	return l.file.Sync()
}

// idleTicks is after how many syncs without an event a log's file is closed.
const idleTicks = 30

// tick makes what came in durable.
func (l *Log) tick() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.sync()
	if l.idle++; l.idle > idleTicks {
		err = errors.Join(err, l.file.Close())
		l.file = nil
	}
	return err
}
