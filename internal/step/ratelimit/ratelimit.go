// Package ratelimit limits how many calls each caller may make: by address, by a claim of its token, or by a header. AWS's
// HTTP APIs have nothing like it, so it is off unless [Extension] configures it. docs/extensions.md describes it.
//
// Limits by address and header stand first among the steps of a route, in front of authorization, which they protect;
// those by claim stand behind it. The package may import bucket, exchange and strictjson.
package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the step's name.
const Name = "ratelimit"

// Steps returns the steps for a route, before authorization and after it; Run is nil where there is nothing to do. Both
// the API's limits and the route's hold, and each API limit has one bucket per key for all routes of the stage. Either
// configuration may be nil.
func Steps(l *Limiters, at Place, api, route *Config) (before, after exchange.Step) {
	whole := at
	whole.Route = ""
	gates := append(l.gates(whole, api, "api"), l.gates(at, route, "route")...)
	var first, then []gate
	for _, g := range gates {
		if g.by == ByClaim {
			then = append(then, g)
		} else {
			first = append(first, g)
		}
	}
	return l.step(first), l.step(then)
}

// gate is a limit, ready to be asked.
type gate struct {
	by         By
	of         string
	v4, v6     int
	missing    Missing
	pace       bucket.Pace
	table      *table
	detail     string
	refusal    error
	keyMissing error
}

func (l *Limiters) gates(at Place, cfg *Config, scope string) []gate {
	if cfg == nil {
		return nil
	}
	var gates []gate
	for i := range cfg.Limits {
		lim := &cfg.Limits[i]
		gates = append(gates, gate{
			by: lim.By, of: lim.Of, v4: lim.IPv4Prefix, v6: lim.IPv6Prefix, missing: lim.Missing,
			pace: lim.Size.Pace(), table: l.table(at, lim.Name),
			detail:     fmt.Sprintf("%s %s %s", scope, lim.Name, lim.pace),
			refusal:    fmt.Errorf("the %s's limit %s of %s is reached", scope, lim.Name, lim.pace),
			keyMissing: fmt.Errorf("the %s's limit %s: %w", scope, lim.Name, errNoKey),
		})
	}
	return gates
}

var errNoKey = errors.New("the call has no such claim or header")

func (l *Limiters) step(gates []gate) exchange.Step {
	if len(gates) == 0 {
		return exchange.Step{}
	}
	s := &step{limiters: l, gates: gates}
	detail := gates[0].detail
	for _, g := range gates[1:] {
		detail += ", " + g.detail
	}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}
}

type step struct {
	limiters *Limiters
	gates    []gate
}

func (s *step) run(_ context.Context, x *exchange.Exchange) error {
	now := s.limiters.now()
	for i := range s.gates {
		g := &s.gates[i]
		k, ok := s.limiters.key(g, x)
		if !ok && g.missing == Refuse {
			return exchange.Refuse(refusalFor(g.by), g.keyMissing)
		}
		if !ok && g.missing == Pass {
			continue
		}
		if wait, ok := g.table.take(k, g.pace, now); !ok {
			return &exchange.Fault{Kind: exchange.KindThrottled, Cause: g.refusal, RetryAfter: seconds(wait)}
		}
	}
	return nil
}

func refusalFor(by By) exchange.Kind {
	if by == ByClaim {
		return exchange.KindAccessDenied
	}
	return exchange.KindBadRequest
}

// seconds rounds up: who waits that long finds a token.
func seconds(wait time.Duration) int64 {
	return max(int64((wait+time.Second-1)/time.Second), 1)
}

// key returns what the call counts for. Without claim, header or address it is the zero key, and false.
func (l *Limiters) key(g *gate, x *exchange.Exchange) (key, bool) {
	switch g.by {
	case ByIP:
		return l.address(g, x.Request.Remote.Addr())
	case ByClaim:
		if x.Identity.Claims == nil {
			return key{}, false
		}
		if value, ok := x.Identity.Claims.Claim(g.of); ok && value != "" {
			return l.hashString(value), true
		}
	case ByHeader:
		if value := x.Request.Header.Get(g.of); len(value) > 0 {
			return l.hash(value), true
		}
	}
	return key{}, false
}

// address counts an IPv4 address in the form of IPv6 as IPv4.
func (l *Limiters) address(g *gate, addr netip.Addr) (key, bool) {
	addr = addr.Unmap()
	bits := g.v6
	if addr.Is4() {
		bits = g.v4
	}
	prefix, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return key{}, false // a listener that knows no addresses
	}
	b := prefix.Addr().As16()
	return l.hash(b[:]), true
}
