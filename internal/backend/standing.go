package backend

import (
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// standing is what a group knows of its members. All that a call needs is in rotation, which is replaced when something
// changes; so calls take no lock, and no look at the clock unless a member is ejected.
type standing struct {
	name  string
	opts  Options
	log   *slog.Logger
	limit int64 // failures in a row
	began time.Time
	peers []peer

	rotation atomic.Pointer[rotation]
	_        [64]byte // every call writes to turn
	turn     atomic.Uint64
	_        [64]byte

	mu sync.Mutex
}

// fate is the part of a peer that its standing's lock guards.
type fate struct {
	addr    string
	ejected bool
	// trial: a call that shows whether the peer can return is on its way.
	trial bool
	// due is when an ejected peer gets its next trial.
	due time.Duration
	// round counts the ejections that make up the length of the present one, or of the last.
	round int
	// returned is when the last ejection ended.
	returned  time.Duration
	ejections int64

	// unhealthy is what active checks say; run counts those in a row that say otherwise.
	unhealthy    bool
	run          int
	failedChecks int64
}

// rotation is who gets calls.
type rotation struct {
	// order are indexes of a group's members.
	order []int
	// due is when an ejected peer gets its next trial, or never.
	due time.Duration
	// panic: no peer is left, so all get calls.
	panic bool
}

const never = time.Duration(math.MaxInt64)

func (r *rotation) at(turn uint64) int {
	return r.order[turn%uint64(len(r.order))]
}

func newStanding(text string, n int, opts Options) *standing {
	s := &standing{
		name: text, opts: opts, log: opts.Log.With("backend", text), limit: int64(opts.Failures),
		began: opts.Now(), peers: make([]peer, n),
	}
	s.turn.Store(math.MaxUint64) // the first turn is 0
	s.rebuild()
	return s
}

// now is the time since the group began.
func (s *standing) now() time.Duration { return s.opts.Now().Sub(s.began) }

// rebuild makes the rotation anew. The lock is held, or not yet needed.
func (s *standing) rebuild() {
	r := &rotation{due: never}
	for i := range s.peers {
		switch p := &s.peers[i]; {
		case p.unhealthy:
		case p.ejected:
			r.due = min(r.due, p.due)
		default:
			r.order = append(r.order, i)
		}
	}
	if len(r.order) == 0 {
		s.rebuildPanic(r)
	}
	old := s.rotation.Swap(r)
	if old != nil && old.panic != r.panic {
		s.logPanic(r.panic)
	}
}

// rebuildPanic gives every peer its turns. Each call to an ejected one is a trial, and nobody waits for one to be due.
func (s *standing) rebuildPanic(r *rotation) {
	r.panic, r.due = true, never
	for i := range s.peers {
		if s.peers[i].ejected {
			i += len(s.peers)
		}
		r.order = append(r.order, i)
	}
}

func (s *standing) logPanic(panics bool) {
	if panics {
		s.log.Error("no back end of the group is left: calls go to all of them")
		return
	}
	s.log.Info("the group has a back end again")
}

// eject takes a peer out of the rotation.
func (s *standing) eject(p *peer, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ejected {
		return
	}
	now := s.now()
	if p.round > 0 && now-p.returned >= s.opts.MaxEjection {
		p.round = 0
	}
	p.ejected = true
	s.prolong(p, now, cause)
}

// prolong begins the next round of an ejection, which is longer than the one before. The lock is held.
func (s *standing) prolong(p *peer, now time.Duration, cause error) {
	length := s.opts.MaxEjection
	if p.round < int(length/s.opts.Ejection) {
		p.round++
		length = min(length, time.Duration(p.round)*s.opts.Ejection)
	}
	p.trial, p.due = false, now+length
	p.ejections++
	s.log.Warn("back end ejected", "address", p.addr, "for", length, "err", cause)
	s.rebuild()
}

// beginTrial finds a peer whose trial is due and returns the index of its member on trial. A trial of which nothing is
// heard is followed by the next after the time of a first ejection.
func (s *standing) beginTrial() (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.rotation.Load().due > now {
		return 0, false
	}
	for i := range s.peers {
		if p := &s.peers[i]; p.ejected && !p.unhealthy && p.due <= now {
			p.trial, p.due = true, now+s.opts.Ejection
			s.rebuild()
			return len(s.peers) + i, true
		}
	}
	return 0, false
}

// restore gives a peer its full share again.
func (s *standing) restore(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.ejected {
		return
	}
	p.ejected, p.trial, p.returned = false, false, s.now()
	p.streak.Store(0)
	s.log.Info("back end returned", "address", p.addr)
	s.rebuild()
}

// failTrial ejects a peer once more. When no peer is left, calls to it are no trial that was due, and count for nothing.
func (s *standing) failTrial(p *peer, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.trial {
		s.prolong(p, s.now(), cause)
	}
}

// dropTrial makes the next call the trial, because this one showed nothing.
func (s *standing) dropTrial(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.trial {
		p.trial, p.due = false, s.now()
		s.rebuild()
	}
}

// checked takes the result of an active check of a peer.
func (s *standing) checked(p *peer, h Health, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		p.failedChecks++
	}
	if p.unhealthy == (err != nil) {
		p.run = 0
		return
	}
	p.run++
	switch {
	case p.unhealthy && p.run >= h.Healthy:
		s.log.Info("back end is healthy", "address", p.addr)
	case !p.unhealthy && p.run >= h.Unhealthy:
		s.log.Warn("back end is unhealthy", "address", p.addr, "err", err)
	default:
		return
	}
	p.unhealthy, p.run = !p.unhealthy, 0
	s.rebuild()
}
