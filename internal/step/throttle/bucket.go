package throttle

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/bucket"
)

// Limit is a token bucket's size; see [bucket.Limit].
type Limit = bucket.Limit

// Bucket remembers how much of a limit is used. It holds one instant, the time at which the bucket will be full again,
// so that taking a token is one compare-and-swap, with no lock and no timer. The zero value is full and ready.
type Bucket struct {
	fullAt atomic.Int64 // nanoseconds on the caller's clock
}

// take takes a token at an instant, in nanoseconds of a clock that never goes back, and reports whether there was one.
func (b *Bucket) take(p bucket.Pace, now int64) bool {
	for {
		fullAt := b.fullAt.Load()
		next, ok := p.Take(fullAt, now)
		if next == fullAt || b.fullAt.CompareAndSwap(fullAt, next) {
			return ok
		}
	}
}

// Key names a bucket across redeployments.
type Key struct {
	Account, Region string
	// API, Stage and Route are empty for the bucket of the account.
	API, Stage, Route string
}

// Buckets owns the buckets. Programs come and go; a route's bucket stays, so that a redeploy refills nothing.
type Buckets struct {
	began time.Time
	mu    sync.Mutex
	byKey map[Key]*Bucket
}

// NewBuckets returns an empty set.
func NewBuckets() *Buckets { return &Buckets{began: time.Now(), byKey: map[Key]*Bucket{}} }

// Get returns the bucket of a key, the same for the same key. It is for compile time.
func (s *Buckets) Get(key Key) *Bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.byKey[key]
	if b == nil {
		b = &Bucket{}
		s.byKey[key] = b
	}
	return b
}

// Forget drops the buckets of an API that was deleted.
func (s *Buckets) Forget(region, api string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.byKey {
		if key.Region == region && key.API == api && api != "" {
			delete(s.byKey, key)
		}
	}
}

// now is the instant on the buckets' clock, which is monotonic.
func (s *Buckets) now() int64 { return int64(time.Since(s.began)) }
