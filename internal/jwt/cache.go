package jwt

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// ways is how many tokens share a place in the table; their hashes fill a cache line.
const ways = 8

// cache holds verified tokens, bounded in number and bytes. A token has its place among the ways of one bucket; reads
// take no lock. What is dropped for a new one is dead, or was not used since the hand of the clock last passed.
type cache struct {
	seed    maphash.Seed
	buckets []bucket // a power of two of them
	mask    uint64
	max     int64 // bytes

	mu   sync.Mutex // held by writers
	size int64      // bytes
	hand int        // the next place that is looked at for something to drop
}

type bucket struct {
	hashes [ways]atomic.Uint64
	tokens [ways]atomic.Pointer[Token]
}

// newCache returns a cache for that many tokens, rounded up to a power of two, and at most that many bytes.
func newCache(tokens int, size int64) *cache {
	needed := (max(tokens, 1) + ways - 1) / ways
	buckets := uint64(1)
	for buckets < uint64(needed) {
		buckets *= 2
	}
	return &cache{seed: maphash.MakeSeed(), buckets: make([]bucket, buckets), mask: buckets - 1, max: size}
}

func (c *cache) hash(token []byte) uint64 { return maphash.Bytes(c.seed, token) }

func (c *cache) bucket(hash uint64) *bucket { return &c.buckets[hash&c.mask] }

// get returns the token that was verified with these bytes, or nil. Whether it is still valid is not looked at.
func (c *cache) get(hash uint64, token []byte) *Token {
	b := c.bucket(hash)
	for way := range b.hashes {
		if b.hashes[way].Load() != hash {
			continue
		}
		if t := b.tokens[way].Load(); t != nil && bytes.Equal(t.raw, token) {
			if !t.used.Load() {
				t.used.Store(true)
			}
			return t
		}
	}
	return nil
}

// put remembers a token, unless it is so large that it would push out a good part of the others.
func (c *cache) put(t *Token, now time.Time) {
	if t.size > c.max/ways {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bucket(t.hash)
	way := b.vacancy(t, now)
	c.drop(b, way)
	for c.size+t.size > c.max {
		c.sweep(now)
	}
	b.tokens[way].Store(t)
	b.hashes[way].Store(t.hash)
	c.size += t.size
}

// vacancy returns the way to put a token: over itself, at an empty place, over a dead token or over one not used lately.
func (b *bucket) vacancy(t *Token, now time.Time) int {
	best, rank := int(t.hash>>61), 0
	for way := range b.tokens {
		r := 0
		switch other := b.tokens[way].Load(); {
		case other == nil:
			r = 3
		case bytes.Equal(other.raw, t.raw):
			return way
		case other.dead(now):
			r = 2
		case !other.used.Load():
			r = 1
		}
		if r > rank {
			best, rank = way, r
		}
	}
	if rank == 0 { // all are in use: let them show it again
		for way := range b.tokens {
			b.tokens[way].Load().used.Store(false)
		}
	}
	return best
}

// sweep looks at the next place and drops what is dead or was not used.
func (c *cache) sweep(now time.Time) {
	b, way := &c.buckets[c.hand/ways], c.hand%ways
	c.hand = (c.hand + 1) % (len(c.buckets) * ways)
	if t := b.tokens[way].Load(); t != nil && (t.dead(now) || !t.used.Swap(false)) {
		c.drop(b, way)
	}
}

func (c *cache) drop(b *bucket, way int) {
	if t := b.tokens[way].Swap(nil); t != nil {
		b.hashes[way].Store(0)
		c.size -= t.size
	}
}

func (t *Token) dead(now time.Time) bool { return t.key.revoked.Load() || !now.Before(t.Expires) }
