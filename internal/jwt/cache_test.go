package jwt

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// entry makes a token of that size which expires after an hour.
func (c *cache) entry(name string, size int64, now time.Time) *Token {
	t := &Token{raw: []byte(name), size: size, Expires: now.Add(time.Hour), key: &key{}}
	t.hash = c.hash(t.raw)
	return t
}

func (c *cache) has(name string) bool { return c.get(c.hash([]byte(name)), []byte(name)) != nil }

// census counts tokens and bytes.
func (c *cache) census() (tokens int, size int64) {
	for b := range c.buckets {
		for way := range c.buckets[b].tokens {
			if t := c.buckets[b].tokens[way].Load(); t != nil {
				tokens++
				size += t.size
			}
		}
	}
	return tokens, size
}

func TestCacheIsBounded(t *testing.T) {
	now := time.Now()
	c := newCache(100, 10_000)
	for n := range 5_000 {
		c.put(c.entry(fmt.Sprint(n), int64(1+rand.N(300)), now), now)
		if tokens, size := c.census(); tokens > 128 || size > 10_000 || size != c.size {
			t.Fatalf("%d tokens, %d bytes, counted %d", tokens, size, c.size)
		}
	}
	if tokens, _ := c.census(); tokens < 40 {
		t.Errorf("only %d tokens are left", tokens)
	}
	c.put(c.entry("large", 9_000, now), now)
	if c.has("large") {
		t.Error("one token pushed out the others")
	}
	if c.put(c.entry("same", 10, now), now); !c.has("same") {
		t.Error("lost")
	}
	before, _ := c.census()
	c.put(c.entry("same", 10, now), now)
	if after, _ := c.census(); after != before {
		t.Error("a token has two places")
	}
}

// What is in use stays while others come and go, and the dead go first.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	now := time.Now()
	c := newCache(1_000, 100_000)
	for n := range 100 {
		c.put(c.entry(fmt.Sprint("used-", n), 100, now), now)
	}
	lost := 0
	for n := range 20_000 {
		if name := fmt.Sprint("used-", n%100); !c.has(name) {
			lost++
			c.put(c.entry(name, 100, now), now)
		}
		c.put(c.entry(fmt.Sprint("once-", n), 100, now), now)
	}
	if lost > 1_000 { // one in twenty
		t.Errorf("%d of 20,000 uses missed", lost)
	}

	c = newCache(8, 1<<20)
	revoked, expired := c.entry("revoked", 1, now), c.entry("expired", 1, now)
	revoked.key.revoked.Store(true)
	expired.Expires = now
	c.put(revoked, now)
	c.put(expired, now)
	for n := range 8 {
		c.put(c.entry(fmt.Sprint(n), 1, now), now)
	}
	for n := range 8 {
		if !c.has(fmt.Sprint(n)) {
			t.Errorf("%d went before the dead", n)
		}
	}
}

// Equal hashes are not equal tokens.
func TestCacheCompares(t *testing.T) {
	now := time.Now()
	c := newCache(8, 1<<20)
	entry := c.entry("a", 1, now)
	c.put(entry, now)
	if c.get(entry.hash, []byte("b")) != nil {
		t.Error("found another token")
	}
}
