package cache

import (
	"container/list"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Store has the cached responses of all stages, bounded in bytes; those that were not used for longest go first. Programs
// come and go; the responses stay. It is safe for use by many goroutines.
type Store struct {
	seed   maphash.Seed
	shards []shard
	// epoch changes with every flush: what was asked before one is not kept after it.
	epoch atomic.Uint64

	mu     sync.Mutex
	spaces map[place]*Space
}

// place names a stage's cache of a certain size.
type place struct{ region, api, stage, size string }

// Space is the cache of a stage: what it holds is bounded by itself too.
type Space struct {
	store  *Store
	prefix string
	limit  int64
	used   atomic.Int64
}

type shard struct {
	mu      sync.Mutex
	entries map[string]*list.Element // of *response
	recent  list.List                // the most recently used first
	size    int64
	limit   int64
}

// NewStore returns an empty store that holds up to limit bytes; with 0 it keeps nothing.
func NewStore(limit int64) *Store {
	const most, least = 16, 8 * MaxResponse // shards, and the bytes of one
	n := min(max(limit/least, 1), most)
	s := &Store{seed: maphash.MakeSeed(), shards: make([]shard, n), spaces: map[place]*Space{}}
	for i := range s.shards {
		s.shards[i].entries, s.shards[i].limit = map[string]*list.Element{}, limit/n
	}
	return s
}

// Space returns the cache of a stage with a size as AWS writes it, in gigabytes. Another size is another cache: on AWS too
// a change of the size deletes what was cached (the page on caching).
func (s *Store) Space(region, api, stage, size string) *Space {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{region, api, stage, size}
	space := s.spaces[at]
	if space == nil {
		space = &Space{store: s, prefix: prefixOf(region, api, stage, size), limit: gigabytes(size)}
		s.spaces[at] = space
	}
	return space
}

func prefixOf(names ...string) string { return strings.Join(names, "\x00") + "\x00" }

// gigabytes are those of AWS's sizes (API reference, Stage); any other is the smallest.
func gigabytes(size string) int64 {
	const tenth = 1 << 30 / 10
	switch size {
	case "1.6":
		return 16 * tenth
	case "6.1":
		return 61 * tenth
	case "13.5":
		return 135 * tenth
	case "28.4":
		return 284 * tenth
	case "58.2":
		return 582 * tenth
	case "118":
		return 118 << 30
	case "237":
		return 237 << 30
	}
	return 5 * tenth
}

// Flush forgets what is cached of a stage, or of all of an API's with an empty one.
func (s *Store) Flush(region, api, stage string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := false
	for at := range s.spaces {
		if at.region == region && at.api == api && (stage == "" || at.stage == stage) {
			found = true
			if stage == "" {
				delete(s.spaces, at)
			}
		}
	}
	if !found {
		return
	}
	prefix := prefixOf(region, api)
	if stage != "" {
		prefix = prefixOf(region, api, stage)
	}
	s.epoch.Add(1)
	for i := range s.shards {
		s.shards[i].flush(prefix)
	}
}

func (h *shard) flush(prefix string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, element := range h.entries {
		if strings.HasPrefix(key, prefix) {
			h.drop(element)
		}
	}
}

// Usage is how many responses there are and how many bytes they take.
func (s *Store) Usage() (responses, bytes int64) {
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.Lock()
		responses, bytes = responses+int64(len(h.entries)), bytes+h.size
		h.mu.Unlock()
	}
	return responses, bytes
}

func (s *Store) shard(key []byte) *shard {
	return &s.shards[maphash.Bytes(s.seed, key)%uint64(len(s.shards))]
}

func (p *Space) get(key []byte, now time.Time) *response {
	h := p.store.shard(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	element := h.entries[string(key)]
	if element == nil {
		return nil
	}
	r := element.Value.(*response)
	if !now.Before(r.expires) {
		h.drop(element)
		return nil
	}
	h.recent.MoveToFront(element)
	return r
}

// put takes a response in place of an older one with its key, unless there was a flush since its call came.
func (p *Space) put(r *response, epoch uint64) {
	h := p.store.shard([]byte(r.key))
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.store.epoch.Load() != epoch {
		return
	}
	if old := h.entries[r.key]; old != nil {
		h.drop(old)
	}
	if r.size > h.limit || !h.makeRoom(p, r.size) {
		return
	}
	h.entries[r.key] = h.recent.PushFront(r)
	h.size += r.size
	p.used.Add(r.size)
}

// makeRoom drops what was not used for longest, of all stages where the shard is full, else of the space's own. Caching is
// best effort: for the latter it looks at some only, and may find none.
func (h *shard) makeRoom(p *Space, size int64) bool {
	for h.size+size > h.limit {
		h.drop(h.recent.Back())
	}
	const looked = 1000
	element := h.recent.Back()
	for range looked {
		if p.used.Load()+size <= p.limit || element == nil {
			break
		}
		before := element.Prev()
		if element.Value.(*response).space == p {
			h.drop(element)
		}
		element = before
	}
	return p.used.Load()+size <= p.limit
}

func (h *shard) drop(element *list.Element) {
	r := h.recent.Remove(element).(*response)
	h.size -= r.size
	r.space.used.Add(-r.size)
	delete(h.entries, r.key)
}

// response is a response as its calls share it. Nothing of it changes.
type response struct {
	space   *Space
	key     string
	expires time.Time
	size    int64

	status int
	fields []exchange.Field
	body   []byte
	// length is what the answer to HEAD declares.
	length int64
}

func (r *response) fill(x *exchange.Exchange) {
	x.Response.Status = r.status
	for i := range r.fields {
		x.Response.Header.Add(r.fields[i].Name, r.fields[i].Value)
	}
	x.Response.Body = exchange.Body{Bytes: r.body, Size: r.length}
}
