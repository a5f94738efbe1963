package logs

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Options are a store's. Zero fields other than Dir mean their defaults.
type Options struct {
	Dir string
	// MaxSize is how many bytes all logs may have together; the oldest events go first. The default is 2 GiB.
	MaxSize int64
	// SegmentSize is how large a file grows. The default is 16 MiB.
	SegmentSize int64
	// SyncEvery is the longest time that an event may be lost with the machine. The default is a second.
	SyncEvery time.Duration
	Now       func() time.Time
	Log       *slog.Logger
}

// Store holds the logs of all groups.
type Store struct {
	opts Options
	size atomic.Int64 // of all segments, in bytes

	mu   sync.Mutex // guards logs
	logs map[gateway.LogGroupID]*Log

	stop, stopped chan struct{}
	closing       sync.Once
}

// Open opens the logs in a directory, and makes the directory when there is something to write.
func Open(o Options) (*Store, error) {
	o.MaxSize, o.SegmentSize = cmp.Or(o.MaxSize, 2<<30), cmp.Or(o.SegmentSize, 16<<20)
	o.SyncEvery = cmp.Or(o.SyncEvery, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	s := &Store{opts: o, logs: map[gateway.LogGroupID]*Log{}, stop: make(chan struct{}), stopped: make(chan struct{})}
	if err := s.find(); err != nil {
		return nil, err
	}
	go s.work()
	return s, nil
}

// find opens the logs that there are.
func (s *Store) find() error {
	err := filepath.WalkDir(s.opts.Dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fs.SkipDir
		case err != nil:
			return err
		case entry.IsDir() || entry.Name() != filepath.Base(streamsPath("")):
			return nil
		}
		group, ok := groupOf(s.opts.Dir, filepath.Dir(path))
		if !ok {
			return nil
		}
		l, err := openLog(s, group, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, seg := range l.segments {
			s.size.Add(seg.size)
		}
		s.logs[group] = l
		return nil
	})
	if errors.Is(err, fs.SkipDir) {
		return nil
	}
	return err
}

// pathOf is where a group's log is: REGION/ACCOUNT/NAME.d with "~" for each slash of the name and, since file names are
// short, with "+/" behind every 200 bytes of it.
func pathOf(dir string, g gateway.LogGroupID) string {
	const piece = 200
	name := strings.ReplaceAll(g.Name, "/", "~")
	path := filepath.Join(dir, g.Region, g.Account)
	for len(name) > piece {
		path, name = filepath.Join(path, name[:piece]+"+"), name[piece:]
	}
	return filepath.Join(path, name+".d")
}

func groupOf(dir, path string) (gateway.LogGroupID, bool) {
	rel, err := filepath.Rel(dir, path)
	parts := strings.SplitN(filepath.ToSlash(rel), "/", 3)
	if err != nil || len(parts) != 3 {
		return gateway.LogGroupID{}, false
	}
	name := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(parts[2], ".d"), "+/", ""), "~", "/")
	g := gateway.LogGroupID{Region: parts[0], Account: parts[1], Name: name}
	return g, g.Valid()
}

// Log returns a group's log, which need not have anything yet; nil if the group's names are none.
func (s *Store) Log(g gateway.LogGroupID) *Log {
	if !g.Valid() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.logs[g]
	if l == nil {
		l = &Log{group: g, dir: pathOf(s.opts.Dir, g), store: s, streams: map[string]*stream{}, byID: map[uint32]*stream{}}
		s.logs[g] = l
	}
	return l
}

// Groups are the groups that have a log.
func (s *Store) Groups() []gateway.LogGroupID {
	s.mu.Lock()
	defer s.mu.Unlock()
	groups := make([]gateway.LogGroupID, 0, len(s.logs))
	for g := range s.logs {
		groups = append(groups, g)
	}
	return groups
}

// Drop deletes a group's log. Who still writes to it gets [ErrGone].
func (s *Store) Drop(g gateway.LogGroupID) error {
	s.mu.Lock()
	l := s.logs[g]
	delete(s.logs, g)
	s.mu.Unlock()
	if l == nil {
		return nil
	}
	return l.drop()
}

// DropAll deletes every log.
func (s *Store) DropAll() error {
	var err error
	for _, g := range s.Groups() {
		err = errors.Join(err, s.Drop(g))
	}
	return err
}

func (l *Log) drop() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone = true
	for _, seg := range l.segments {
		l.store.size.Add(-seg.size)
	}
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	l.segments, l.file = nil, nil
	clear(l.streams)
	clear(l.byID)
	entries, dirErr := os.ReadDir(l.dir)
	if errors.Is(dirErr, fs.ErrNotExist) {
		return err
	}
	err = errors.Join(err, dirErr)
	for _, e := range entries { // another group's log may stand below: its directory's name ends in "+"
		if !e.IsDir() {
			err = errors.Join(err, os.Remove(filepath.Join(l.dir, e.Name())))
		}
	}
	_ = os.Remove(l.dir) // it may not be empty
	return err
}

// Close makes everything durable and ends. The logs must not be written to any more.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.stop) })
	<-s.stopped
	var err error
	for _, l := range s.all() {
		l.mu.Lock()
		err = errors.Join(err, l.sync())
		if l.file != nil {
			err = errors.Join(err, l.file.Close())
			l.file = nil
		}
		l.gone = true
		l.mu.Unlock()
	}
	return err
}

func (s *Store) all() []*Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Log, 0, len(s.logs))
	for _, l := range s.logs {
		all = append(all, l)
	}
	return all
}

func (s *Store) work() {
	defer close(s.stopped)
	tick := time.NewTicker(s.opts.SyncEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, l := range s.all() {
				if err := l.tick(); err != nil {
					s.opts.Log.Error("a log could not be made durable", "logGroup", l.group.Name, "error", err)
				}
			}
			s.Sweep()
		case <-s.stop:
			return
		}
	}
}

// Sweep removes what is older than its group keeps events and, while there is too much, the oldest. The store does it
// itself from time to time.
func (s *Store) Sweep() {
	type full struct {
		log *Log
		seg *segment
	}
	var candidates []full
	for _, l := range s.all() {
		for _, seg := range l.expired() {
			s.remove(l, seg)
		}
		if s.size.Load() > s.opts.MaxSize {
			l.mu.Lock()
			for _, seg := range l.segments {
				candidates = append(candidates, full{l, seg})
			}
			l.mu.Unlock()
		}
	}
	slices.SortFunc(candidates, func(a, b full) int { return cmp.Compare(a.seg.ingested, b.seg.ingested) })
	for _, c := range candidates {
		if s.size.Load() <= s.opts.MaxSize {
			break
		}
		s.remove(c.log, c.seg)
	}
}

// expired are the segments of which every event is too old.
func (l *Log) expired() []*segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := l.oldest()
	var old []*segment
	for _, seg := range l.segments {
		if seg.size > 0 && seg.newest() < oldest {
			old = append(old, seg)
		}
	}
	return old
}

// oldest is the time of the oldest event that is kept.
func (l *Log) oldest() int64 {
	if l.keep == 0 {
		return 0
	}
	return l.store.opts.Now().UnixMilli() - l.keep
}

func (s *Store) remove(l *Log, seg *segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.segments, seg)
	if i < 0 {
		return
	}
	if i == len(l.segments)-1 && l.file != nil {
		_ = l.file.Close() // what it held goes
		l.file, l.dirty = nil, false
	}
	if err := os.Remove(seg.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.opts.Log.Error("old events could not be removed", "logGroup", l.group.Name, "error", err)
		return
	}
	_ = os.Remove(seg.index()) // a segment in use has none
	s.size.Add(-seg.size)
	l.segments = slices.Delete(l.segments, i, i+1)
	l.recount()
}
