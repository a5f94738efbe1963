package jwt

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// coldRetry is how long a failure answers for an issuer of which there are no keys.
	coldRetry = time.Second
	// staleRetry is the time between attempts to renew a set that still serves.
	staleRetry = 30 * time.Second
	// seekInterval is the shortest time between fetches that unknown key ids bring about.
	seekInterval = 10 * time.Second
)

// keySet is the keys of an issuer as last fetched; it does not change. Its times are in order.
type keySet struct {
	keys map[keyID]*key
	// fetched is when the fetch began: a key published before is in the set.
	fetched time.Time
	// renewAt is when the next attempt to renew it is due, ageOut when its lifetime is over and a call waits for that
	// attempt, dropAt when it serves no longer.
	renewAt, ageOut, dropAt time.Time
}

// postponed returns the set with the next attempt due later.
func (s *keySet) postponed(now time.Time) *keySet {
	later := *s
	later.renewAt = now.Add(staleRetry)
	if later.renewAt.After(s.dropAt) {
		later.renewAt = s.dropAt
	}
	return &later
}

// issuer is one issuer and its keys.
type issuer struct {
	url   string
	owner *Issuers
	log   *slog.Logger

	keys atomic.Pointer[keySet] // nil when there are none to go by; written with mu held

	mu       sync.Mutex
	flight   *flight
	lastTry  time.Time
	lastErr  *Error // of the last fetch; nil when it succeeded
	lastSeek time.Time
}

// flight is a fetch that calls wait for.
type flight struct {
	done chan struct{}
	set  *keySet
	err  *Error
}

// wait returns what the flight brought, or fallback if that is a set and the flight brought none.
func (f *flight) wait(ctx context.Context, fallback *keySet) (*keySet, *Error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, &Error{Description: keysFailed, Cause: context.Cause(ctx)}
	}
	if f.err != nil && fallback != nil {
		return fallback, nil
	}
	return f.set, f.err
}

// keySet returns the keys to go by. It waits only when there are none, or when those there are have aged out unused.
func (i *issuer) keySet(ctx context.Context, now time.Time) (*keySet, *Error) {
	if set := i.keys.Load(); set != nil && now.Before(set.renewAt) {
		return set, nil
	}
	return i.renewed(ctx, now)
}

func (i *issuer) renewed(ctx context.Context, now time.Time) (*keySet, *Error) {
	i.mu.Lock()
	set := i.keys.Load()
	if set != nil && now.Before(set.renewAt) { // another call was first
		i.mu.Unlock()
		return set, nil
	}
	if set != nil && !now.Before(set.dropAt) {
		i.log.Error("keys are given up: the issuer was not reached for too long", "since", set.fetched)
		i.replace(nil)
		set = nil
	}
	if set == nil && i.flight == nil && i.lastErr != nil && now.Sub(i.lastTry) < coldRetry {
		defer i.mu.Unlock()
		return nil, i.lastErr
	}
	f := i.join()
	if set != nil && (now.Before(set.ageOut) || i.lastErr != nil) {
		i.keys.Store(set.postponed(now))
		i.mu.Unlock()
		return set, nil
	}
	i.mu.Unlock()
	return f.wait(ctx, set)
}

// find returns the key of that id. An unknown one has the set renewed, unless that was just done.
func (i *issuer) find(ctx context.Context, now time.Time, id keyID) (*key, *Error) {
	set, err := i.keySet(ctx, now)
	if err != nil {
		return nil, err
	}
	if k := set.keys[id]; k != nil {
		return k, nil
	}
	if set.fetched.Before(now) {
		if set, err = i.seek(ctx, now); err != nil {
			return nil, err
		}
		if k := set.keys[id]; k != nil {
			return k, nil
		}
	}
	return nil, errKeyUnknown
}

func (i *issuer) seek(ctx context.Context, now time.Time) (*keySet, *Error) {
	i.mu.Lock()
	f := i.flight
	if f == nil {
		if !i.lastSeek.IsZero() && now.Sub(i.lastSeek) < seekInterval {
			i.mu.Unlock()
			return nil, errKeyUnknown
		}
		i.lastSeek = now
		f = i.join()
	}
	i.mu.Unlock()
	return f.wait(ctx, nil)
}

// join returns the fetch that is under way, or a new one. The caller holds mu.
func (i *issuer) join() *flight {
	if i.flight != nil {
		return i.flight
	}
	f := &flight{done: make(chan struct{})}
	if !i.owner.spawn(func() { i.fly(f) }) {
		f.err = &Error{Description: discoveryFailed, Cause: errors.New("the server is stopping")}
		close(f.done)
		return f
	}
	i.flight = f
	return f
}

func (i *issuer) fly(f *flight) {
	defer close(f.done)
	began := time.Now()
	keys, err := i.owner.fetch.keysOf(i.owner.ctx, i.url, i.log)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.flight, i.lastTry, i.lastErr, f.err = nil, time.Now(), err, err
	if err != nil {
		i.log.Warn("keys were not renewed", "error", err.Description, "cause", err.Cause)
		if set := i.keys.Load(); set != nil {
			i.keys.Store(set.postponed(i.lastTry))
		}
		return
	}
	o := i.owner.options
	f.set = &keySet{
		keys: keys, fetched: began,
		renewAt: began.Add(o.KeyLifetime * 3 / 4), ageOut: began.Add(o.KeyLifetime), dropAt: began.Add(o.MaxStale),
	}
	i.replace(f.set)
}

// replace installs a set, nil for none. Keys that stay are kept, with the tokens bound to them; those that went are
// revoked. The caller holds mu.
func (i *issuer) replace(set *keySet) {
	old := i.keys.Load()
	if old == nil {
		old = &keySet{}
	}
	kept := 0
	for id, k := range old.keys {
		if set != nil && set.keys[id].equal(k) {
			set.keys[id] = k
			kept++
			continue
		}
		k.revoked.Store(true)
	}
	if set != nil && (kept < len(set.keys) || kept < len(old.keys)) {
		i.log.Info("keys changed", "added", len(set.keys)-kept, "removed", len(old.keys)-kept)
	}
	i.keys.Store(set)
}
