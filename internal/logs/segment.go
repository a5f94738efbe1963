package logs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// segment is one file of a log. Only the last of a log grows.
type segment struct {
	number uint32
	dir    string
	// size is how much of the file is whole records.
	size   int64
	blocks []block
	// streams are what the segment has of each, by its number.
	streams map[uint32]stats
	// ingested is when the last event came.
	ingested int64
}

// block is a run of records, of about blockSize bytes: the index by time.
type block struct {
	Start, End int64
	Min, Max   int64 // times
}

// blockSize is small enough to be read for one event and large enough to keep the index small.
const blockSize = 64 << 10

// stats are of a stream's events.
type stats struct {
	Count, Bytes, First, Last, Ingested int64
}

func (s *stats) add(o stats) {
	if s.Count == 0 || o.First < s.First {
		s.First = o.First
	}
	if s.Count == 0 || o.Last > s.Last {
		s.Last = o.Last
	}
	s.Count, s.Bytes, s.Ingested = s.Count+o.Count, s.Bytes+o.Bytes, max(s.Ingested, o.Ingested)
}

func (s *segment) path() string  { return filepath.Join(s.dir, fmt.Sprintf("%08d.events", s.number)) }
func (s *segment) index() string { return filepath.Join(s.dir, fmt.Sprintf("%08d.index", s.number)) }

// note enters a record that ends the segment now.
func (s *segment) note(r *record, size int64) {
	if n := len(s.blocks); n == 0 || s.blocks[n-1].End-s.blocks[n-1].Start >= blockSize {
		s.blocks = append(s.blocks, block{Start: s.size, Min: r.time, Max: r.time})
	}
	b := &s.blocks[len(s.blocks)-1]
	b.Min, b.Max = min(b.Min, r.time), max(b.Max, r.time)
	s.size += size
	b.End = s.size
	s.ingested = max(s.ingested, r.ingested)
	of := s.streams[r.stream]
	of.add(stats{Count: 1, Bytes: int64(len(r.message)), First: r.time, Last: r.time, Ingested: r.ingested})
	s.streams[r.stream] = of
}

// newest is the time of the latest event.
func (s *segment) newest() int64 {
	var t int64
	for i := range s.blocks {
		t = max(t, s.blocks[i].Max)
	}
	return t
}

// indexFile is a full segment's index as it is kept, so that opening a log reads no events but the last ones.
type indexFile struct {
	Size, Ingested int64
	Blocks         []block
	Streams        map[uint32]stats
}

func (s *segment) writeIndex() error {
	text, err := json.Marshal(indexFile{s.size, s.ingested, s.blocks, s.streams})
	if err != nil {
		return err
	}
	return os.WriteFile(s.index(), text, fileMode)
}

const (
	fileMode = 0o640
	dirMode  = 0o750
)

// openSegment reads the segment's index, and the segment itself where there is none that fits. What is no whole record
// at the end is cut off the file.
func openSegment(dir string, number uint32) (*segment, error) {
	s := &segment{number: number, dir: dir, streams: map[uint32]stats{}}
	info, err := os.Stat(s.path())
	if err != nil {
		return nil, err
	}
	var index indexFile
	if text, err := os.ReadFile(s.index()); err == nil && json.Unmarshal(text, &index) == nil && index.Size == info.Size() && index.Streams != nil {
		s.size, s.ingested, s.blocks, s.streams = index.Size, index.Ingested, index.Blocks, index.Streams
		return s, nil
	}
	if err := s.scan(); err != nil {
		return nil, err
	}
	if s.size < info.Size() {
		return s, os.Truncate(s.path(), s.size)
	}
	return s, nil
}

// scan builds the index from the records.
func (s *segment) scan() error {
	f, err := os.Open(s.path())
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	buf := make([]byte, 0, 2*(MaxMessage+recordFixed+recordPrefix))
	for {
		n, err := io.ReadFull(f, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		rest := buf
		for {
			r, after, ok := cutRecord(rest)
			if !ok {
				break
			}
			s.note(&r, int64(len(rest)-len(after)))
			rest = after
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		case len(rest) == cap(buf):
			return nil // no record is as long: it is broken
		}
		buf = buf[:copy(buf[:cap(buf)], rest)]
		if n == 0 {
			return nil
		}
	}
}
