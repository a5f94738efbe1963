package authorize

import (
	"container/list"
	"context"
	"strings"
	"sync"
	"time"
)

// What a [Cache] holds at most.
const (
	maxVerdicts     = 100_000
	maxVerdictBytes = 64 << 20
)

// Cache remembers what authorizers' functions answered, bounded in number and bytes; the answers that were not used for
// longest go first. Programs come and go; the answers stay. It is safe for use by many goroutines.
type Cache struct {
	mu      sync.Mutex
	entries map[string]*list.Element // of *entry
	recent  list.List                // the most recently used first
	size    int
	flights map[string]*flight
	// epoch changes with every reset: what was asked before one is not remembered after it.
	epoch int
	// hits are the answers that cost no call of a function, those too that another call was asking for; misses the others.
	hits, misses uint64
}

// CacheUsage is what a cache holds and how often it was asked.
type CacheUsage struct {
	Answers, Bytes int
	Hits, Misses   uint64
}

// Usage tells what the cache holds and how often it was asked.
func (c *Cache) Usage() CacheUsage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return CacheUsage{Answers: len(c.entries), Bytes: c.size, Hits: c.hits, Misses: c.misses}
}

type entry struct {
	key     string
	verdict *verdict
	expires time.Time
	size    int
}

// flight is a call of a function whose answer others wait for.
type flight struct {
	done    chan struct{}
	verdict *verdict
	err     error
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{entries: map[string]*list.Element{}, flights: map[string]*flight{}}
}

// Reset forgets the answers for a stage of an API, or with an empty stage for all of them.
func (c *Cache) Reset(region, api, stage string) {
	prefix := cachePrefix(region, api)
	if stage != "" {
		prefix = cachePrefix(region, api, stage)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for key, element := range c.entries {
		if strings.HasPrefix(key, prefix) {
			c.drop(element)
		}
	}
	for key := range c.flights {
		if strings.HasPrefix(key, prefix) {
			delete(c.flights, key) // those who come from now on ask anew
		}
	}
}

// cachePrefix begins the keys of what belongs to these. No name in it has the separator.
func cachePrefix(names ...string) string { return strings.Join(names, "\x00") + "\x00" }

// get returns the answer for a key: the one that is remembered, or what ask returns. Of those who want the same answer at
// the same time one asks. Errors are not remembered.
func (c *Cache) get(ctx context.Context, key []byte, life lifetime, ask func() (*verdict, error)) (*verdict, error) {
	c.mu.Lock()
	if element := c.entries[string(key)]; element != nil {
		e := element.Value.(*entry)
		if life.now.Before(e.expires) {
			c.recent.MoveToFront(element)
			c.hits++
			c.mu.Unlock()
			return e.verdict, nil
		}
		c.drop(element)
	}
	if f := c.flights[string(key)]; f != nil {
		c.hits++
		c.mu.Unlock()
		select {
		case <-f.done:
			return f.verdict, f.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	f, epoch := &flight{done: make(chan struct{})}, c.epoch
	own := string(key)
	c.misses++
	c.flights[own] = f
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[own] == f {
			delete(c.flights, own)
		}
		if f.verdict != nil && c.epoch == epoch {
			c.put(own, f.verdict, life)
		}
		close(f.done)
	}()
	f.err = errAbandoned
	f.verdict, f.err = ask()
	return f.verdict, f.err
}

// lifetime is how long an answer that is got now counts.
type lifetime struct {
	now time.Time
	ttl time.Duration
}

func (c *Cache) put(key string, v *verdict, life lifetime) {
	const overhead = 200
	if old := c.entries[key]; old != nil {
		c.drop(old)
	}
	e := &entry{key: key, verdict: v, expires: life.now.Add(life.ttl), size: len(key) + v.size() + overhead}
	c.entries[key] = c.recent.PushFront(e)
	c.size += e.size
	for len(c.entries) > maxVerdicts || c.size > maxVerdictBytes {
		c.drop(c.recent.Back())
	}
}

func (c *Cache) drop(element *list.Element) {
	e := c.recent.Remove(element).(*entry)
	c.size -= e.size
	delete(c.entries, e.key)
}
