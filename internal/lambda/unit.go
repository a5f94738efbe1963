package lambda

import (
	"math"
	"sync"
	"sync/atomic"
)

// unit is a runner with the calls that it has, so that it is retired after the last of them.
type unit struct {
	version *Version
	runner  Runner
	usage   *usage
	// calls is far below zero once the unit is to be retired.
	calls atomic.Int64
	once  sync.Once
	// warmth is what the runner was last asked to keep warm; the directory's lock guards it.
	warmth int
	// endReserved and endShared are the Ended of calls.
	endReserved, endShared func()
}

func newUnit(host Host, v *Version, u *usage) *unit {
	n := &unit{version: v, runner: host.Runner(v), usage: u}
	n.endReserved = func() {
		u.giveReserved()
		n.leave()
	}
	n.endShared = func() {
		u.giveShared()
		n.leave()
	}
	return n
}

// retiring is added to the calls of a unit that takes no more.
const retiring = math.MinInt64 / 2

// enter reports whether a call may begin, which must end with leave.
func (u *unit) enter() bool {
	if u.calls.Add(1) > 0 {
		return true
	}
	u.leave()
	return false
}

func (u *unit) leave() {
	if u.calls.Add(-1) == retiring {
		u.once.Do(u.runner.Retire)
	}
}

// retire is called once.
func (u *unit) retire() {
	if u.calls.Add(retiring) == retiring {
		u.once.Do(u.runner.Retire)
	}
}
