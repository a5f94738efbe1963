package backend

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/upstream"
)

// down is how a dead member fails.
var down = &upstream.Error{Op: upstream.OpDial, Err: errors.New("connection refused")}

func registry(t *testing.T, opts Options) *Registry {
	t.Helper()
	r, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// group returns a group of members a:80, b:80 and so on.
func group(t *testing.T, n int) (*Registry, *Group) {
	t.Helper()
	addrs := make([]string, n)
	for i := range addrs {
		addrs[i] = fmt.Sprintf("%c:80", 'a'+i)
	}
	r := registry(t, Options{Groups: map[string]Config{"g": {Addresses: addrs}}})
	g, _ := r.Find("g")
	return r, g
}

// calls makes n calls, of which those to dead members fail, and returns whom they went to: "abab".
func calls(g *Group, n int, dead string) string {
	var who strings.Builder
	for range n {
		m := g.Pick()
		host := m.Target.Addr[:1]
		who.WriteString(host)
		if strings.Contains(dead, host) {
			m.Report(down)
		} else {
			m.Report(nil)
		}
	}
	return who.String()
}

// sorted counts calls: "aabb".
func sorted(who string) string {
	b := []byte(who)
	slices.Sort(b)
	return string(b)
}

func states(r *Registry) string {
	var list []string
	for _, m := range r.Status()[0].Members {
		list = append(list, string(m.State))
	}
	return strings.Join(list, " ")
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// aws-behaviour-http-api.md names no order; the developer guide (http-api-develop-integrations-private) says that calls
// are distributed across the healthy resources.
func TestRoundRobin(t *testing.T) {
	_, g := group(t, 3)
	expect(t, "all are well", calls(g, 7, ""), "abcabca")
	_, g = group(t, 1)
	expect(t, "one", calls(g, 3, ""), "aaa")
}

func TestEjectionAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 3)
		calls(g, 14, "b")
		expect(t, "after 5 failures in a row", states(r), "in ejected in")
		expect(t, "its calls go to the others, evenly", sorted(calls(g, 10, "b")), "aaaaaccccc")
		time.Sleep(10*time.Second - time.Nanosecond)
		expect(t, "before the time", sorted(calls(g, 10, "b")), "aaaaaccccc")
		time.Sleep(time.Nanosecond)
		trial := g.Pick()
		expect(t, "when the time has come", trial.Target.Addr, "b:80")
		expect(t, "one call is the trial", states(r), "in trial in")
		expect(t, "and no other one", sorted(calls(g, 10, "b")), "aaaaaccccc")
		trial.Report(nil)
		expect(t, "after the trial", states(r), "in in in")
		expect(t, "full share", sorted(calls(g, 6, "")), "aabbcc")
	})
}

// Failures that a success interrupts eject nobody.
func TestStreak(t *testing.T) {
	r, g := group(t, 2)
	for range 20 {
		calls(g, 8, "a")
		calls(g, 2, "")
	}
	expect(t, "never 5 in a row", states(r), "in in")
}

func TestRepeatedEjectionsTakeLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 2)
		calls(g, 10, "a")
		wait := func() time.Duration { return r.Status()[0].Members[0].TrialIn }
		var got []time.Duration
		for range 32 {
			got = append(got, wait()/time.Second)
			time.Sleep(wait())
			g.Pick().Report(down)
		}
		for i, d := range got {
			if want := time.Duration(min(10*(i+1), 300)); d != want {
				t.Errorf("ejection %d takes %d s, want %d s", i+1, d, want)
			}
		}
		time.Sleep(wait())
		g.Pick().Report(nil)
		expect(t, "returned", states(r), "in in")
		time.Sleep(299 * time.Second)
		calls(g, 10, "a")
		expect(t, "fails soon after it returned", wait().String(), "5m0s")
		time.Sleep(wait())
		g.Pick().Report(nil)
		time.Sleep(300 * time.Second)
		calls(g, 10, "a")
		expect(t, "fails long after it returned", wait().String(), "10s")
		if n := r.Status()[0].Members[0].Ejections; n != 35 {
			t.Errorf("%d ejections, want 35", n)
		}
	})
}

// A trial that shows nothing is followed by the next at once; one of which nothing is heard, after a while.
func TestTrialWithoutResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 2)
		calls(g, 10, "a")
		time.Sleep(10 * time.Second)
		g.Pick().Report(&upstream.Error{Op: upstream.OpBody, Err: errors.New("the client's fault")})
		expect(t, "undecided", states(r), "ejected in")
		lost := g.Pick()
		expect(t, "the next call", lost.Target.Addr, "a:80")
		expect(t, "nothing heard", calls(g, 4, ""), "bbbb")
		time.Sleep(10 * time.Second)
		expect(t, "a while later", sorted(calls(g, 5, "")), "aaabb")
		expect(t, "returned", states(r), "in in")
		lost.Report(down)
		expect(t, "a late result is no matter", states(r), "in in")
	})
}

// Calls that began before an ejection neither end nor prolong it.
func TestLateReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 2)
		var late []*Member
		for range 20 {
			late = append(late, g.Pick())
		}
		calls(g, 10, "a")
		for i, m := range late {
			if i%3 == 0 {
				m.Report(nil)
			} else {
				m.Report(down)
			}
		}
		expect(t, "late reports", states(r), "ejected in")
		if d := r.Status()[0].Members[0].TrialIn; d != 10*time.Second {
			t.Errorf("the trial is in %v", d)
		}
	})
}

func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 3)
		calls(g, 15, "abc")
		expect(t, "all dead", states(r), "ejected ejected ejected")
		if !r.Status()[0].Panic {
			t.Error("no panic")
		}
		expect(t, "all get calls", sorted(calls(g, 9, "abc")), "aaabbbccc")
		time.Sleep(time.Hour)
		calls(g, 300, "abc")
		for _, m := range r.Status()[0].Members {
			if m.Ejections != 1 {
				t.Errorf("an outage of all is held against %s: %d ejections", m.Address, m.Ejections)
			}
		}
		for calls(g, 1, "ac") != "b" {
		}
		expect(t, "the first success ends it", states(r), "ejected in ejected")
		if r.Status()[0].Panic {
			t.Error("still in panic")
		}
		calls(g, 10, "ac")
		expect(t, "the others fail their trials", states(r), "ejected in ejected")
		expect(t, "and stay away", calls(g, 3, "ac"), "bbb")
	})
}

// The only member of a group is always called.
func TestOneMember(t *testing.T) {
	r, g := group(t, 1)
	calls(g, 100, "a")
	if s := r.Status()[0]; !s.Panic || s.Members[0].Failures != 100 || s.Members[0].Picks != 100 || s.Members[0].Ejections != 1 {
		t.Errorf("%+v", s)
	}
	calls(g, 1, "")
	expect(t, "after a success", states(r), "in")
	if g.PickOther(g.Pick()) != nil {
		t.Error("there is another member")
	}
}

func TestPickOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, g := group(t, 3)
		seen := map[string]int{}
		for range 300 {
			m := g.Pick()
			other := g.PickOther(m)
			if other == nil || other.Target == m.Target {
				t.Fatalf("other than %s: %v", m.Target.Addr, other)
			}
			seen[other.Target.Addr]++
		}
		if len(seen) != 3 {
			t.Errorf("the others are %v", seen)
		}
		calls(g, 30, "ab")
		expect(t, "two dead", states(r), "ejected ejected in")
		c := g.Pick()
		if m := g.PickOther(c); m != nil {
			t.Errorf("an ejected member is taken: %s", m.Target.Addr)
		}
		time.Sleep(10 * time.Second)
		trial := g.Pick()
		expect(t, "on trial", trial.Target.Addr, "a:80")
		if m := g.PickOther(trial); m == nil || m.Target != c.Target {
			t.Errorf("other than the one on trial: %+v", m)
		}
	})
}

// An integration's TLS configuration changes how members are called, not how they are doing.
func TestOverTLS(t *testing.T) {
	r := registry(t, Options{Groups: map[string]Config{
		"plain": withAddresses("a:80", "b:80"), "tls": {Addresses: []string{"a:443"}, TLS: true, ServerName: "x.example"},
	}})
	plain, _ := r.Find("plain")
	secure := plain.OverTLS("y.example")
	first, second := plain.Pick(), secure.Pick()
	if first.Target.TLS || first.Target.Addr != "a:80" {
		t.Errorf("plain: %+v", first.Target)
	}
	if !second.Target.TLS || second.Target.ServerName != "y.example" || second.Target.Addr != "b:80" {
		t.Errorf("over TLS, the next turn: %+v", second.Target)
	}
	calls(secure, 10, "a")
	expect(t, "ejected for all", calls(plain, 3, ""), "bbb")

	g, _ := r.Find("tls")
	for want, view := range map[string]*Group{"x.example": g.OverTLS(""), "z.example": g.OverTLS("z.example")} {
		if m := view.Pick(); !m.Target.TLS || m.Target.ServerName != want {
			t.Errorf("want %s: %+v", want, m.Target)
		}
	}
	if m := g.Pick(); !m.Target.TLS || m.Target.ServerName != "x.example" {
		t.Errorf("by configuration: %+v", m.Target)
	}
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := registry(t, Options{
			Groups:   map[string]Config{"b": withAddresses("a:80", "b:80"), "a": withAddresses("c:80")},
			Failures: 2, Ejection: time.Minute,
		})
		g, _ := r.Find("b")
		calls(g, 4, "b")
		calls(g, 1, "b")
		time.Sleep(20 * time.Second)
		got := fmt.Sprintf("%+v", r.Status())
		expect(t, "status", got, "[{Name:a Panic:false Members:[{Address:c:80 State:in TrialIn:0s Picks:0 Failures:0 Ejections:0 FailedChecks:0}]} "+
			"{Name:b Panic:false Members:[{Address:a:80 State:in TrialIn:0s Picks:3 Failures:0 Ejections:0 FailedChecks:0} "+
			"{Address:b:80 State:ejected TrialIn:40s Picks:2 Failures:2 Ejections:1 FailedChecks:0}]}]")
	})
}
