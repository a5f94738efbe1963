package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
)

// maxKeys bounds the cache of signing keys: a key pair in use takes one per day, region and service.
const maxKeys = 1024

// keyCache remembers derived signing keys. Only keys that have verified a request enter it, so that strangers cannot
// fill it.
type keyCache struct {
	mu   sync.RWMutex
	keys map[scope][]byte
}

func (c *keyCache) get(s scope) ([]byte, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	key, ok := c.keys[s]
	return key, ok
}

func (c *keyCache) put(s scope, key []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = make(map[scope][]byte)
	}
	c.keys[s] = key
}

// deriveKey returns the signing key of a secret for a scope.
func deriveKey(secret string, s scope) []byte {
	key := mac([]byte("AWS4"+secret), s.date)
	key = mac(key, s.region)
	key = mac(key, s.service)
	return mac(key, s.terminator)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
