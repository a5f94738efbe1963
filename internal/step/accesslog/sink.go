package accesslog

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Keeper keeps the events of log groups.
type Keeper interface {
	// Keep takes events, all or none. It keeps nothing of them when it returns.
	Keep(group gateway.LogGroupID, events []Event) error
}

// Event is a line for a log group's stream.
type Event struct {
	At     time.Time
	Stream string
	Line   []byte
}

// SinkOptions say where lines go; any of Stdout, File and Groups may be left out. Other zero fields mean their defaults.
type SinkOptions struct {
	// Stdout and File get every line of every stage.
	Stdout io.Writer
	File   string
	// Groups gets the events of log groups.
	Groups Keeper
	// MaxFile is the size in bytes at which File is put away under the next number, and Keep how many of these are kept.
	// The defaults are 64 MiB and 8.
	MaxFile int64
	Keep    int
	// MaxPending is how many bytes of a destination's lines may wait to be written; further ones are dropped. The default
	// is 8 MiB.
	MaxPending int
	// FlushEvery is the longest that a line waits. The default is a second.
	FlushEvery time.Duration
	// Log is told, seldom, of what could not be written.
	Log *slog.Logger
}

// Sink writes lines. It is made once and outlives all programs.
type Sink struct {
	opts SinkOptions
	all  *file // opts.File
	// stream is where the lines go that name no stream of their own: one for each run of the server, as AWS has one for
	// each of its machines.
	stream string

	mu           sync.Mutex // guards destinations and closed
	destinations map[place]*Destination
	closed       bool

	writing   sync.Mutex // held while lines are written, and guards what follows
	batch     batch
	complaint complaint

	dropped, failures atomic.Uint64
	wake, stop        chan struct{}
	stopped           chan struct{}
	closing           sync.Once
}

// OpenSink starts the writing. Files are made when there is something to write.
func OpenSink(o SinkOptions) *Sink {
	o.MaxFile, o.Keep = or(o.MaxFile, 64<<20), or(o.Keep, 8)
	o.MaxPending, o.FlushEvery = or(o.MaxPending, 8<<20), or(o.FlushEvery, time.Second)
	o.Log = or(o.Log, slog.New(slog.DiscardHandler))
	s := &Sink{
		opts: o, stream: fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()), destinations: map[place]*Destination{},
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if o.File != "" {
		s.all = &file{path: o.File, max: o.MaxFile, keep: o.Keep}
	}
	go s.work()
	return s
}

func or[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Destination returns where the lines for a log group go, always the same for the same ARN. An empty ARN names no group:
// the lines go to the standard output and the file only. It touches no file.
func (s *Sink) Destination(arn string) (*Destination, error) { return s.destination(arn, false) }

// Group returns where lines go that are no access log's: to the log group only.
func (s *Sink) Group(arn string) (*Destination, error) { return s.destination(arn, true) }

func (s *Sink) destination(arn string, groupOnly bool) (*Destination, error) {
	d := &Destination{sink: s, queue: newQueue(s.opts.MaxPending), groupOnly: groupOnly}
	if arn != "" {
		var ok bool
		if d.group, ok = gateway.ParseLogGroupARN(arn); !ok {
			return nil, &DestinationError{arn}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{d.group, groupOnly}
	if known := s.destinations[at]; known != nil {
		return known, nil
	}
	if s.closed {
		d.queue.take(true)
	}
	s.destinations[at] = d
	return d, nil
}

// place names a destination: by its group, and whether the lines go to that only.
type place struct {
	group     gateway.LogGroupID
	groupOnly bool
}

// Dropped is how many lines were dropped, since they could not be written, or not as fast as they came.
func (s *Sink) Dropped() uint64 { return s.dropped.Load() }

// Failures is how often writing failed.
func (s *Sink) Failures() uint64 { return s.failures.Load() }

// Flush writes what has come in. It is not to be called after Close.
func (s *Sink) Flush() { s.flush(false) }

// Close writes what has come in and ends. Lines that come later are dropped.
func (s *Sink) Close() {
	s.closing.Do(func() { close(s.stop) })
	<-s.stopped
}

func (s *Sink) work() {
	defer close(s.stopped)
	tick := time.NewTicker(s.opts.FlushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.flush(false)
		case <-s.wake:
			s.flush(false)
		case <-s.stop:
			s.flush(true)
			return
		}
	}
}

func (s *Sink) flush(last bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.closed = last
	all := slices.Collect(maps.Values(s.destinations))
	s.mu.Unlock()
	for _, d := range all {
		d.flush(last)
	}
	s.complaint.report(s)
}

// Destination is a [Writer]: the lines for one log group.
type Destination struct {
	sink  *Sink
	queue *queue
	// group is empty for none. groupOnly lines go nowhere else.
	group     gateway.LogGroupID
	groupOnly bool
}

// Log implements [Writer].
func (d *Destination) Log(at time.Time, line []byte) { d.LogTo(at, "", line) }

// LogTo is Log for a stream of the group.
func (d *Destination) LogTo(at time.Time, stream string, line []byte) {
	ok, due := d.queue.put(at, stream, line)
	d.queued(ok, due, 1)
}

// queued counts lines that found no room, and sees to it that a full queue is written.
func (d *Destination) queued(ok, due bool, lines uint64) {
	if !ok {
		d.sink.dropped.Add(lines)
	}
	if due {
		select {
		case d.sink.wake <- struct{}{}:
		default: // it will be woken already
		}
	}
}

// flush writes what the queue holds, in pieces of whole lines.
func (d *Destination) flush(last bool) {
	parts := d.queue.take(last)
	b := &d.sink.batch
	merge(parts, func(r record) {
		if len(r.stream) == 0 {
			b.add(r.at, d.sink.stream, r.line)
		} else {
			b.add(r.at, b.name(r.stream), r.line)
		}
		if b.full() {
			d.write(b)
		}
	})
	d.write(b)
	d.queue.giveBack(parts)
}

// write writes the batch everywhere and empties it. Lines that are lost in one place are counted once.
func (d *Destination) write(b *batch) {
	if len(b.events) == 0 {
		return
	}
	s := d.sink
	var failed error
	note := func(err error) {
		if err != nil {
			failed = err
		}
	}
	if !d.groupOnly && (s.opts.Stdout != nil || s.all != nil) {
		plain := b.lines()
		if s.opts.Stdout != nil {
			_, err := s.opts.Stdout.Write(plain)
			note(err)
		}
		if s.all != nil {
			note(s.all.append(plain))
		}
	}
	if d.group.Name != "" && s.opts.Groups != nil {
		note(s.opts.Groups.Keep(d.group, b.events))
	}
	if failed != nil {
		s.failures.Add(1)
		s.dropped.Add(uint64(len(b.events)))
		s.complaint.err = failed
	}
	b.clear()
}
