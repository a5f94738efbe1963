package accesslog

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// queue holds the lines of one destination until they are written. It is in several parts, so that calls on different
// processors seldom wait for each other, and it is bounded.
type queue struct {
	shards []shard
	// room is how many bytes a shard may hold, and due how many are worth being written at once.
	room, due int
}

type shard struct {
	mu     sync.Mutex
	buf    []byte
	spare  []byte
	closed bool
	_      [64]byte // keeps the next shard's lock out of this one's cache line
}

// maxShards bounds the memory that an idle destination can take.
const maxShards = 8

func newQueue(bytes int) *queue {
	n := 1
	for n < runtime.GOMAXPROCS(0) && n < maxShards {
		n *= 2
	}
	room := max(bytes/n, 1)
	return &queue{shards: make([]shard, n), room: room, due: min(room/2, keepBytes/4)}
}

// keepBytes is the most memory, per shard and twice, that is kept for what will come in.
const keepBytes = 512 << 10

// A record is the time in nanoseconds since 1970, the lengths of the stream's name and of the line, and both.
const recordHead = 8 + 2 + 4

// put copies the line. ok is false if there is no room for it; due says that it has just become time to write.
func (q *queue) put(at time.Time, stream string, line []byte) (ok, due bool) {
	return q.putAll(recordHead+len(stream)+len(line), func(dst []byte) []byte {
		return append(appendHead(dst, at, stream, len(line)), line...)
	})
}

// putAll copies what records appends, records in their order, into one part, so that they stay in it. n is about how many bytes
// they have.
func (q *queue) putAll(n int, records func(dst []byte) []byte) (ok, due bool) {
	s := &q.shards[rand.Uint32()&uint32(len(q.shards)-1)] //nolint:gosec // G115: at most maxShards
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.buf)
	if s.closed || before+n > q.room {
		return false, false
	}
	s.buf = records(s.buf)
	return true, before <= q.due && len(s.buf) > q.due
}

// appendHead begins a record of a line of n bytes.
func appendHead(dst []byte, at time.Time, stream string, n int) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at.UnixNano()))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(stream))) //nolint:gosec // G115: names have at most 512
	dst = binary.LittleEndian.AppendUint32(dst, uint32(n))           //nolint:gosec // G115: the queue's room is less
	return append(dst, stream...)
}

// record is one as it is taken out. Its bytes are the queue's.
type record struct {
	at           time.Time
	stream, line []byte
}

// cut takes the first record off.
func cut(b []byte) (r record, rest []byte) {
	name := recordHead + int(binary.LittleEndian.Uint16(b[8:]))
	end := name + int(binary.LittleEndian.Uint32(b[10:]))
	at := time.Unix(0, int64(binary.LittleEndian.Uint64(b))) //nolint:gosec // G115: as it was put
	return record{at, b[recordHead:name], b[name:end]}, b[end:]
}

// take returns what has come in since the last time, a part per shard. After the last time nothing comes in any more.
func (q *queue) take(last bool) [][]byte {
	parts := make([][]byte, len(q.shards))
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		parts[i], s.buf, s.spare = s.buf, s.spare, nil
		s.closed = last
		s.mu.Unlock()
	}
	return parts
}

// giveBack returns the memory of what was taken, unless it was a lot.
func (q *queue) giveBack(parts [][]byte) {
	for i := range q.shards {
		if s := &q.shards[i]; cap(parts[i]) <= keepBytes {
			s.mu.Lock()
			s.spare = parts[i][:0]
			s.mu.Unlock()
		}
	}
}

// merge calls emit for every record, by time. Within a part they are nearly in order already.
func merge(parts [][]byte, emit func(record)) {
	rest := make([][]byte, len(parts))
	copy(rest, parts)
	for {
		first := -1
		var least uint64
		for i := range rest {
			if len(rest[i]) == 0 {
				continue
			}
			if at := binary.LittleEndian.Uint64(rest[i]); first < 0 || at < least {
				first, least = i, at
			}
		}
		if first < 0 {
			return
		}
		var r record
		r, rest[first] = cut(rest[first])
		emit(r)
	}
}
