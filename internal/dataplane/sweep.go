package dataplane

import (
	"errors"
	"os"
	"time"
)

// phase is what a connection is waiting for, and so which limit applies.
type phase int64

const (
	phaseNew    phase = iota // the first bytes, or the TLS handshake
	phaseHead                // a head to be complete
	phaseIdle                // the next call
	phaseBody                // bytes of a request body
	phaseCall                // the handler; no limit is ours, but the client may leave
	phaseWrite               // the client to take bytes of a response
	phaseLinger              // the client to see the end
	phaseHTTP2               // nothing: net/http keeps the times
)

// phaseExpired is a connection's own end: a limit has passed. It has all bits set, so that or makes it.
const (
	phaseBits          = 4
	phaseExpired phase = 1<<phaseBits - 1
)

// lingerTimeout bounds how long a connection is read on after its last response.
const lingerTimeout = 5 * time.Second

// errExpired is [os.ErrDeadlineExceeded] for what the sweeper ended before it began.
var errExpired = os.ErrDeadlineExceeded

// sweepEvery is how often connections are looked at, and so how exact their limits are. Setting deadlines instead would cost
// several timer updates per call.
const sweepEvery = 250 * time.Millisecond

// stamp packs a phase and the sweeper's clock.
func (s *Server) stamp(p phase) int64 { return s.clock.Load()<<phaseBits | int64(p) }

func phaseOf(state int64) phase { return phase(state & int64(phaseExpired)) }

// enter notes that the connection now waits for something else. It fails if the sweeper has given the connection up.
func (c *conn) enter(p phase) error {
	old := c.state.Swap(c.srv.stamp(p))
	if phaseOf(old) == phaseExpired {
		c.state.Store(old)
		return errExpired
	}
	return nil
}

// revive takes back an expiry so that a last response can be written.
func (c *conn) revive(p phase) {
	c.srv.mu.Lock() // the sweeper marks and sets the deadline under it
	defer c.srv.mu.Unlock()
	c.last = true
	c.state.Store(c.srv.stamp(p))
	_ = c.socket.SetDeadline(time.Time{}) // a failure shows at the next read
}

// sweep runs until the server is closed.
func (s *Server) sweep() {
	ticker := time.NewTicker(s.tick)
	defer ticker.Stop()
	start := time.Now()
	for {
		select {
		case <-s.done:
			return
		case now := <-ticker.C:
			s.clock.Store(now.Sub(start).Milliseconds())
			s.setDate(now)
			s.sweepOnce()
		}
	}
}

func (s *Server) sweepOnce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		state := c.state.Load()
		p, age := phaseOf(state), s.age(state)
		if p == phaseCall {
			s.sweepCall(c, age)
		} else if limit := s.limit(p); limit > 0 && age > limit {
			s.expire(c, state)
		}
	}
}

func (s *Server) age(state int64) time.Duration {
	return time.Duration(s.clock.Load()-state>>phaseBits) * time.Millisecond
}

// sweepCall looks whether the client of a call that takes longer is still there.
func (s *Server) sweepCall(c *conn, age time.Duration) {
	if age >= s.tick && c.look != nil && c.ctx.Err() == nil && gone(c.look) {
		c.cancel(ErrClientGone)
	}
}

// expire ends the connection's wait, unless it has ended by itself since state was read. It needs s.mu.
func (s *Server) expire(c *conn, state int64) {
	if c.state.CompareAndSwap(state, state|int64(phaseExpired)) {
		_ = c.socket.SetDeadline(time.Unix(1, 0)) // a connection that cannot be told is closed already
	}
}

func (s *Server) limit(p phase) time.Duration {
	switch p {
	case phaseNew:
		return s.unlessDraining(s.limits.HeadTimeout)
	case phaseIdle:
		return s.unlessDraining(s.limits.IdleTimeout)
	case phaseHead:
		return s.limits.HeadTimeout
	case phaseBody:
		return s.limits.BodyTimeout
	case phaseWrite:
		return s.limits.WriteTimeout
	case phaseLinger:
		return lingerTimeout
	case phaseCall, phaseHTTP2, phaseExpired:
	}
	return 0
}

func (s *Server) unlessDraining(limit time.Duration) time.Duration {
	if s.draining.Load() {
		return min(limit, drainGrace)
	}
	return limit
}

// drainGrace is how long a keep-alive connection must have been idle to be closed when the server stops: one that is in use
// gets its next call answered, with Connection: close, so that no call is lost on the way.
const drainGrace = 500 * time.Millisecond

var errServerClosed = errors.New("server is closed")
