package throttle

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Limit is a token bucket's size: calls come in bursts of at most Burst and otherwise at Rate per second. A limit with
// either at 0 lets nothing through (reported: aws-behaviour-http-api.md, fact 74).
type Limit struct {
	Rate  float64
	Burst int
}

// Bucket remembers how much of a limit is used. It holds one instant, the time at which the bucket will be full again,
// so that taking a token is one compare-and-swap, with no lock and no timer. The zero value is full and ready.
type Bucket struct {
	fullAt atomic.Int64 // nanoseconds on the caller's clock
}

// pace is a limit in the bucket's terms.
type pace struct {
	interval int64 // nanoseconds in which one token drips in
	slack    int64 // how far ahead of now fullAt may be for a token to be left
	closed   bool
}

func (l Limit) pace() pace {
	if l.Rate <= 0 || l.Burst <= 0 {
		return pace{closed: true}
	}
	const longest = math.MaxInt64 / 4
	interval := math.Min(float64(time.Second)/l.Rate, longest)
	slack := math.Min(interval*float64(l.Burst-1), longest)
	return pace{interval: max(int64(interval), 1), slack: int64(slack)}
}

// take takes a token at an instant, in nanoseconds of a clock that never goes back, and reports whether there was one.
func (b *Bucket) take(p pace, now int64) bool {
	if p.closed {
		return false
	}
	for {
		fullAt := b.fullAt.Load()
		from := max(fullAt, now)
		if from-now > p.slack {
			return false
		}
		if b.fullAt.CompareAndSwap(fullAt, from+p.interval) {
			return true
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
