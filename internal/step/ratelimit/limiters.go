package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/bucket"
)

// DefaultMaxKeys is how many keys a limit remembers at a time unless told otherwise: about 3 MB.
const DefaultMaxKeys = 1 << 16

// Place is whose limits are meant. Route is a route key.
type Place struct {
	Region, API, Stage, Route string
}

// Limiters owns the buckets of all limits. Programs come and go; a limit's buckets stay, so that a redeploy refills
// nothing.
type Limiters struct {
	began   time.Time
	maxKeys int
	seeds   [2]maphash.Seed

	mu     sync.Mutex
	tables map[tableKey]*table
}

type tableKey struct {
	Place
	limit string
}

// NewLimiters returns an empty set whose limits remember at most maxKeys keys each; 0 means [DefaultMaxKeys].
func NewLimiters(maxKeys int) *Limiters {
	if maxKeys <= 0 {
		maxKeys = DefaultMaxKeys
	}
	return &Limiters{
		began: time.Now(), maxKeys: max(maxKeys, shards*looked), tables: map[tableKey]*table{},
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
	}
}

// Forget drops the buckets of an API that was deleted.
func (l *Limiters) Forget(region, api string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range l.tables {
		if key.Region == region && key.API == api {
			delete(l.tables, key)
		}
	}
}

// table returns the buckets of a limit, the same for the same place and name.
func (l *Limiters) table(at Place, limit string) *table {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := tableKey{Place: at, limit: limit}
	t := l.tables[key]
	if t == nil {
		t = &table{maxPerShard: l.maxKeys / shards}
		l.tables[key] = t
	}
	return t
}

// now is the instant on the buckets' clock, which is monotonic.
func (l *Limiters) now() int64 { return int64(time.Since(l.began)) }

// key stands for what a bucket belongs to: two hashes that nobody outside can foresee, so that keys of any length cost
// the same memory and nobody can aim at another's place. The zero key is that of calls without one.
type key struct{ a, b uint64 }

func (l *Limiters) hash(b []byte) key {
	return key{maphash.Bytes(l.seeds[0], b), maphash.Bytes(l.seeds[1], b)}
}

func (l *Limiters) hashString(s string) key {
	return key{maphash.String(l.seeds[0], s), maphash.String(l.seeds[1], s)}
}

const (
	// shards is a power of two.
	shards = 16
	// looked is how many buckets a new one looks at for something to drop.
	looked = 8
)

// table holds the buckets of one limit. Limits share none, so that keys which cost nothing (headers) cannot push out
// those that do (addresses, tokens).
type table struct {
	shards      [shards]shard
	maxPerShard int
}

type shard struct {
	mu sync.Mutex
	// fullAt is when each bucket will be full. One that is full need not be there.
	fullAt map[key]int64
	_      [48]byte // a cache line each
}

// take takes a token out of a key's bucket. Without one it says how long to wait.
func (t *table) take(k key, p bucket.Pace, now int64) (wait time.Duration, ok bool) {
	s := &t.shards[k.a%shards]
	s.mu.Lock()
	fullAt, known := s.fullAt[k]
	next, ok := p.Take(fullAt, now)
	if !known {
		s.makeRoom(t.maxPerShard, now)
	}
	if next != fullAt {
		s.fullAt[k] = next
	}
	s.mu.Unlock()
	if ok {
		return 0, true
	}
	return p.Wait(next, now), false
}

// makeRoom looks at some buckets, which chance picks, and drops those that are full: nothing is lost by that. So the
// buckets in use are about all that there are, without a timer. When there are too many nevertheless, the fullest goes
// that was looked at: that forgives the least. Who floods with new keys drops the flood's own buckets so, and to have an
// emptied bucket forgiven takes as many keys as are remembered, each used as much.
func (s *shard) makeRoom(most int, now int64) {
	if s.fullAt == nil {
		s.fullAt = map[key]int64{}
	}
	seen := 0
	var fullest key
	var soonest int64
	for k, fullAt := range s.fullAt {
		if fullAt <= now {
			delete(s.fullAt, k)
		} else if soonest == 0 || fullAt < soonest {
			fullest, soonest = k, fullAt
		}
		if seen++; seen == looked {
			break
		}
	}
	if len(s.fullAt) >= most {
		delete(s.fullAt, fullest)
	}
}
