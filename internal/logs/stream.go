package logs

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Stream is what is known of a log stream. Times are in milliseconds since 1970; First, Last and Ingested are 0 while it
// has no events.
type Stream struct {
	Name                           string
	Created, First, Last, Ingested int64
	// Bytes are those of the messages.
	Bytes int64
}

// The streams of a log.
var (
	ErrStreamExists = errors.New("the log stream exists")
	ErrNoStream     = errors.New("the log stream does not exist")
)

// Streams are the log's streams whose names have a prefix, in the order of their names.
func (l *Log) Streams(prefix string) []Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Stream, 0, len(l.streams))
	for name, st := range l.streams {
		if strings.HasPrefix(name, prefix) {
			out = append(out, st.view())
		}
	}
	slices.SortFunc(out, func(a, b Stream) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Stream returns one stream.
func (l *Log) Stream(name string) (Stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.streams[name]
	if st == nil {
		return Stream{}, ErrNoStream
	}
	return st.view(), nil
}

func (s *stream) view() Stream {
	return Stream{Name: s.name, Created: s.created, First: s.stats.First, Last: s.stats.Last, Ingested: s.stats.Ingested, Bytes: s.stats.Bytes}
}

// CreateStream makes a stream that has no events yet.
func (l *Log) CreateStream(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.gone:
		return ErrGone
	case l.streams[name] != nil:
		return ErrStreamExists
	}
	return l.makeStreams([]Event{{Stream: name}}, l.store.opts.Now().UnixMilli())
}

// DeleteStream deletes a stream with its events.
func (l *Log) DeleteStream(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.streams[name]
	switch {
	case l.gone:
		return ErrGone
	case st == nil:
		return ErrNoStream
	}
	if err := writeStreams(l.dir, streamLine{ID: st.id, Deleted: true}); err != nil {
		return err
	}
	delete(l.streams, name)
	delete(l.byID, st.id)
	return nil
}

// Keep sets how long events are kept; 0 is for ever. It is not remembered.
func (l *Log) Keep(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep = d.Milliseconds()
}

// Bytes are those of all messages.
func (l *Log) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var n int64
	for _, st := range l.streams {
		n += st.stats.Bytes
	}
	return n
}

// recount makes the streams' figures those of the segments that are left.
func (l *Log) recount() {
	for _, st := range l.streams {
		st.stats = stats{}
	}
	for _, seg := range l.segments {
		for id, has := range seg.streams {
			if st := l.byID[id]; st != nil {
				st.stats.add(has)
			}
		}
	}
}
