package backend

import (
	"strings"
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/upstream"
)

// Group is a set of addresses that do the same work. It is safe for use by many goroutines.
type Group struct {
	standing *standing
	// members are all members, in the order of the configuration, and then the same again on trial.
	members []Member
}

// Member is one of a group's addresses, as one call gets it. The call is over when its outcome has been reported.
type Member struct {
	// Target is where to send the call; it is the same for every call.
	Target *upstream.Target

	standing *standing
	peer     *peer
	// trial: the member is ejected, and this call shows whether it can return.
	trial bool
}

// peer is a member's standing.
type peer struct {
	picks, failures atomic.Int64
	// streak counts the failures since the last success.
	streak atomic.Int64
	fate
	_ [64]byte // a peer's counters share no cache line with the next one's
}

func newGroup(text string, cfg Config, opts Options) *Group {
	s := newStanding(text, len(cfg.Addresses), opts)
	targets := make([]*upstream.Target, len(cfg.Addresses))
	for i, addr := range cfg.Addresses {
		s.peers[i].addr = addr
		targets[i] = &upstream.Target{Addr: addr, TLS: cfg.TLS, ServerName: cfg.ServerName}
	}
	return view(s, targets)
}

// view makes a group of targets that are the peers' addresses.
func view(s *standing, targets []*upstream.Target) *Group {
	g := &Group{standing: s, members: make([]Member, 0, 2*len(targets))}
	for _, trial := range []bool{false, true} {
		for i, target := range targets {
			g.members = append(g.members, Member{Target: target, standing: s, peer: &s.peers[i], trial: trial})
		}
	}
	return g
}

// OverTLS returns the group as an integration with a TLS configuration calls it
// (https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html#apis-apiid-integrations-integrationid-prop-tlsconfig):
// encrypted, and verified against serverName unless that is empty. It is the same group otherwise: turns, ejections and
// checks are shared.
func (g *Group) OverTLS(serverName string) *Group {
	n := len(g.standing.peers)
	targets := make([]*upstream.Target, n)
	for i := range targets {
		old := g.members[i].Target
		targets[i] = &upstream.Target{Addr: old.Addr, TLS: true, ServerName: old.ServerName}
		if serverName != "" {
			targets[i].ServerName = serverName
		}
	}
	return view(g.standing, targets)
}

// LikeTarget returns the group as a target would be called if it were one of the members: encrypted, verified and with a
// client certificate as it is. Members that are called over TLS anyway stay so.
func (g *Group) LikeTarget(like *upstream.Target) *Group {
	if !like.TLS {
		return g
	}
	targets := make([]*upstream.Target, len(g.standing.peers))
	for i := range targets {
		targets[i] = &upstream.Target{
			Addr: g.members[i].Target.Addr, TLS: true, ServerName: like.ServerName, AnyAuthority: like.AnyAuthority, Certificate: like.Certificate,
		}
	}
	return view(g.standing, targets)
}

// String returns the addresses, for people.
func (g *Group) String() string {
	addrs := make([]string, len(g.standing.peers))
	for i := range addrs {
		addrs[i] = g.members[i].Target.Addr
	}
	return strings.Join(addrs, ", ")
}

// Pick returns the member whose turn it is; [Member.Report] must follow.
func (g *Group) Pick() *Member {
	s := g.standing
	r := s.rotation.Load()
	if r.due != never && s.now() >= r.due {
		if i, ok := s.beginTrial(); ok {
			return g.picked(i)
		}
		r = s.rotation.Load()
	}
	return g.picked(r.at(s.turn.Add(1)))
}

// PickOther returns another member than the one whose call has failed, or nil if there is none; [Member.Report] must
// follow. It never returns a member on trial while others are left.
func (g *Group) PickOther(than *Member) *Member {
	s := g.standing
	r := s.rotation.Load()
	turn := s.turn.Add(1)
	for range r.order {
		i := r.at(turn)
		if g.members[i].peer != than.peer {
			return g.picked(i)
		}
		turn++
	}
	return nil
}

func (g *Group) picked(i int) *Member {
	m := &g.members[i]
	m.peer.picks.Add(1)
	return m
}

// Report tells what became of a call: nil, or the error of [upstream.Client.Do]. Whatever the answer says, one that came is
// a success; so a status of 5xx is.
func (m *Member) Report(err error) {
	if err == nil && !m.trial && m.peer.streak.Load() == 0 {
		return
	}
	m.report(err)
}

func (m *Member) report(err error) {
	p, s := m.peer, m.standing
	switch verdict(err) {
	case answered:
		p.streak.Store(0)
		if m.trial {
			s.restore(p)
		}
	case failed:
		p.failures.Add(1)
		if m.trial {
			s.failTrial(p, err)
		} else if p.streak.Add(1)%s.limit == 0 {
			s.eject(p, err)
		}
	case undecided:
		if m.trial {
			s.dropTrial(p)
		}
	}
}
