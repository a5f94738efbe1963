package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pool holds the connections to one target. The most recently used one is taken first, so that under less load the
// others grow old and are closed.
type pool struct {
	client *Client
	key    key
	tls    *tls.Config
	// gone is set under mu when the pool has left the client's table for good.
	gone atomic.Bool

	mu   sync.Mutex
	idle []*conn
	// waiting are calls that found the limit reached. Each gets a connection, or nil: the right to dial one.
	waiting []chan *conn
	// used is the tick of the last call.
	used int64
	counts
}

// counts are guarded by their pool's lock.
type counts struct {
	dials, failures, reuses, staleConns, open int64
}

func (c *counts) add(d counts) {
	c.dials += d.dials
	c.failures += d.failures
	c.reuses += d.reuses
	c.staleConns += d.staleConns
	c.open += d.open
}

var errGone = errors.New("pool is gone")

// connect returns a connection of the request's target, idle or new.
func (c *Client) connect(ctx context.Context, req *Request) (*conn, error) {
	for {
		p, err := c.poolFor(req.Target)
		if err != nil {
			return nil, &Error{Op: OpDial, Err: err}
		}
		cn, err := p.get(ctx, req.Deadline)
		if errors.Is(err, errGone) {
			continue
		}
		return cn, err
	}
}

func (p *pool) get(ctx context.Context, deadline time.Time) (*conn, error) {
	cn, wait, err := p.take()
	if err != nil || cn != nil {
		return cn, err
	}
	if wait != nil {
		if cn, err = p.await(ctx, deadline, wait); err != nil || cn != nil {
			return cn, err
		}
	}
	return p.dial(ctx, deadline)
}

// take returns an idle connection, or a place in the queue, or neither: then the caller has the right to dial.
func (p *pool) take() (*conn, chan *conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone.Load() {
		return nil, nil, errGone
	}
	p.used = p.client.tick.Load()
	if n := len(p.idle); n > 0 {
		cn := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.reuses++
		cn.reused = true
		return cn, nil, nil
	}
	if limit := p.client.opts.MaxConnsPerHost; limit > 0 && p.open >= int64(limit) {
		wait := make(chan *conn, 1)
		p.waiting = append(p.waiting, wait)
		return nil, wait, nil
	}
	p.open++
	return nil, nil, nil
}

func (p *pool) await(ctx context.Context, deadline time.Time, wait chan *conn) (*conn, error) {
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	var err *Error
	select {
	case cn := <-wait:
		return cn, nil
	case <-ctx.Done():
		err = fail(ctx, OpWait, ctx.Err())
	case <-expired:
		err = &Error{Op: OpWait, Timeout: true, Err: context.DeadlineExceeded}
	}
	p.leave(wait)
	return nil, err
}

// leave gives up a place in the queue, and what has been handed over in the meantime.
func (p *pool) leave(wait chan *conn) {
	p.mu.Lock()
	i := slices.Index(p.waiting, wait)
	if i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	if cn := <-wait; cn != nil {
		p.put(cn)
	} else {
		p.release()
	}
}

// put takes back a connection that is ready for the next call.
func (p *pool) put(cn *conn) {
	p.mu.Lock()
	if !p.gone.Load() {
		if len(p.waiting) > 0 {
			p.reuses++
			cn.reused = true
			p.next() <- cn
			p.mu.Unlock()
			return
		}
		if len(p.idle) < p.client.opts.MaxIdlePerHost {
			cn.since = p.client.tick.Load()
			p.idle = append(p.idle, cn)
			p.mu.Unlock()
			return
		}
	}
	p.mu.Unlock()
	cn.discard()
}

// next takes the first in the queue. The lock is held; there is one.
func (p *pool) next() chan *conn {
	wait := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	return wait
}

// release gives back the place of a connection that is closed or was never made.
func (p *pool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) > 0 {
		p.next() <- nil
		return
	}
	p.open--
}

// retire closes idle connections; those in use are closed when they come back.
func (p *pool) retire() {
	p.mu.Lock()
	p.gone.Store(true)
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, cn := range idle {
		cn.discard()
	}
}

// ticks is how many ticks make up the idle timeout.
const ticks = 8

// sweep moves the clock on and closes what has been idle for too long, until the client is closed.
func (c *Client) sweep() {
	defer close(c.done)
	ticker := time.NewTicker(max(c.opts.IdleTimeout/ticks, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-ticker.C:
			c.expire(c.tick.Add(1))
		}
	}
}

// expire closes connections that have been idle since ticks before now, and forgets pools that have served
// no call since then and hold no connection.
func (c *Client) expire(now int64) {
	c.mu.Lock()
	var old []*conn
	for k, p := range c.pools {
		p.mu.Lock()
		old = p.expired(old, now-ticks)
		if p.open == 0 && len(p.waiting) == 0 && p.used <= now-ticks {
			p.gone.Store(true)
			delete(c.pools, k)
			c.retired.add(p.counts)
		}
		p.mu.Unlock()
	}
	c.mu.Unlock()
	for _, cn := range old {
		cn.discard()
	}
}

// expired moves connections that have been idle since then to old. The longest idle ones stand first.
func (p *pool) expired(old []*conn, then int64) []*conn {
	n := 0
	for n < len(p.idle) && p.idle[n].since <= then {
		n++
	}
	old = append(old, p.idle[:n]...)
	p.idle = slices.Delete(p.idle, 0, n)
	return old
}
