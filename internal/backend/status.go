package backend

import "time"

// State is whether a member gets calls.
type State string

// The states of a member. A member that is ejected and unhealthy counts as unhealthy.
const (
	StateIn        State = "in"
	StateEjected   State = "ejected"
	StateTrial     State = "trial" // ejected, with a call on its way that shows whether it can return
	StateUnhealthy State = "unhealthy"
)

// GroupStatus is how a group is doing.
type GroupStatus struct {
	Name string
	// Panic tells that no member is in, so that all get calls.
	Panic   bool
	Members []MemberStatus
}

// MemberStatus is how a member is doing: the counters only ever grow.
type MemberStatus struct {
	Address string
	State   State
	// TrialIn is how long it takes until an ejected member gets a trial; 0 for the others.
	TrialIn time.Duration
	// Picks counts calls, Failures those that the member is to blame for, Ejections how often it was ejected, a failed
	// trial included, and FailedChecks active checks.
	Picks, Failures, Ejections, FailedChecks int64
}

func (s *standing) status() GroupStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := GroupStatus{Name: s.name, Panic: s.rotation.Load().panic}
	now := s.now()
	for i := range s.peers {
		p := &s.peers[i]
		m := MemberStatus{
			Address: p.addr, State: p.state(), Picks: p.picks.Load(), Failures: p.failures.Load(),
			Ejections: p.ejections, FailedChecks: p.failedChecks,
		}
		if p.ejected {
			m.TrialIn = max(p.due-now, 0)
		}
		g.Members = append(g.Members, m)
	}
	return g
}

func (f *fate) state() State {
	switch {
	case f.unhealthy:
		return StateUnhealthy
	case f.trial:
		return StateTrial
	case f.ejected:
		return StateEjected
	}
	return StateIn
}
