package ratelimit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

type claims map[string]string

func (c claims) Claim(name string) (string, bool) {
	value, ok := c[name]
	return value, ok
}

func (c claims) Len() int              { return len(c) }
func (claims) At(int) (string, string) { panic("nobody asks") }

// caller is a call: "192.0.2.1", "192.0.2.1 sub=a" or "192.0.2.1 X-Key:a".
func caller(text string) *exchange.Exchange {
	x := &exchange.Exchange{}
	for i, word := range strings.Fields(text) {
		switch name, value, _ := strings.Cut(word, "="); {
		case i == 0:
			x.Request.Remote = netip.AddrPortFrom(netip.MustParseAddr(word), 1234)
		case value != "" || strings.HasSuffix(word, "="):
			x.Identity.Claims = claims{name: value}
		default:
			name, value, _ := strings.Cut(word, ":")
			x.Request.Header.Add([]byte(name), []byte(value))
		}
	}
	return x
}

func parse(t testing.TB, text string) *Config {
	t.Helper()
	cfg, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// try runs both steps: "ok", or the fault's kind with the seconds to wait.
func try(t *testing.T, before, after exchange.Step, x *exchange.Exchange) string {
	t.Helper()
	for _, s := range []exchange.Step{before, after} {
		if s.Run == nil {
			continue
		}
		err := s.Run(t.Context(), x)
		var fault *exchange.Fault
		if errors.As(err, &fault) {
			return fmt.Sprint(fault.Kind, " ", fault.RetryAfter)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return "ok"
}

func TestKeys(t *testing.T) {
	const full = "throttled 1"
	cases := []struct {
		name, cfg string
		calls     []string // caller -> answer
	}{
		{"each address has its own", `{"by":"ip","rate":1}`,
			[]string{"192.0.2.1 -> ok", "192.0.2.1 -> " + full, "192.0.2.2 -> ok", "::ffff:192.0.2.2 -> " + full}},
		{"networks share", `{"by":"ip","rate":1,"ipv4Prefix":24}`,
			[]string{"192.0.2.1 -> ok", "192.0.2.255 -> " + full, "192.0.3.0 -> ok"}},
		{"who has a /64 has one bucket", `{"by":"ip","rate":1}`,
			[]string{"2001:db8::1 -> ok", "2001:db8::ffff:ffff:ffff:ffff -> " + full, "2001:db8:0:1::1 -> ok"}},
		{"unless said otherwise", `{"by":"ip","rate":1,"ipv6Prefix":128}`,
			[]string{"2001:db8::1 -> ok", "2001:db8::2 -> ok", "2001:db8::2 -> " + full}},
		{"zones are no addresses", `{"by":"ip","rate":1}`, []string{"fe80::1%a -> ok", "fe80::1%b -> " + full}},
		{"by claim", `{"by":"claim:sub","rate":1}`,
			[]string{"192.0.2.1 sub=a -> ok", "192.0.2.2 sub=a -> " + full, "192.0.2.2 sub=b -> ok"}},
		{"those without a claim share", `{"by":"claim:sub","rate":1}`,
			[]string{"192.0.2.1 -> ok", "192.0.2.2 iss=a -> " + full, "192.0.2.3 sub= -> " + full, "192.0.2.3 sub=a -> ok"}},
		{"or are refused", `{"by":"claim:sub","rate":1,"missing":"refuse"}`, []string{"192.0.2.1 -> access_denied 0"}},
		{"or pass", `{"by":"claim:sub","rate":1,"missing":"pass"}`, []string{"192.0.2.1 -> ok", "192.0.2.1 -> ok"}},
		{"by header", `{"by":"header:X-Key","rate":1}`,
			[]string{"192.0.2.1 x-key:a -> ok", "192.0.2.2 X-Key:a -> " + full, "192.0.2.2 X-Key:A -> ok", "192.0.2.1 -> ok", "192.0.2.2 X-Key: -> " + full}},
		{"a header is asked for", `{"by":"header:X-Key","rate":1,"missing":"refuse"}`, []string{"192.0.2.1 -> bad_request 0"}},
		{"all limits hold", `{"limits":[{"by":"ip","rate":1},{"by":"claim:sub","rate":1}]}`,
			[]string{"192.0.2.1 sub=a -> ok", "192.0.2.1 sub=b -> " + full, "192.0.2.2 sub=a -> " + full, "192.0.2.3 sub=b -> ok"}},
		{"when to come back", `{"by":"ip","rate":90,"per":"hour","burst":1}`, []string{"192.0.2.1 -> ok", "192.0.2.1 -> throttled 40"}},
		{"nothing", `{}`, []string{"192.0.2.1 -> ok", "192.0.2.1 -> ok"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before, after := Steps(NewLimiters(0), Place{}, parse(t, c.cfg), nil)
				for i, call := range c.calls {
					who, want, _ := strings.Cut(call, " -> ")
					if got := try(t, before, after, caller(who)); got != want {
						t.Errorf("call %d, %s: got %s", i, call, got)
					}
				}
			})
		})
	}
}

// A listener that knows no addresses: its calls share a bucket.
func TestNoAddress(t *testing.T) {
	before, _ := Steps(NewLimiters(0), Place{}, parse(t, `{"by":"ip","rate":1,"per":"hour"}`), nil)
	for i, want := range []string{"ok", "throttled 3600"} {
		if got := try(t, before, exchange.Step{}, &exchange.Exchange{}); got != want {
			t.Errorf("call %d: %s", i, got)
		}
	}
}

func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiters(0)
		api, route := parse(t, `{"by":"ip","rate":1,"burst":3}`), parse(t, `{"by":"ip","rate":1,"burst":2}`)
		at := func(stage, key string) (exchange.Step, exchange.Step) {
			return Steps(l, Place{Region: "r", API: "a", Stage: stage, Route: key}, api, route)
		}
		a, _ := at("s", "GET /a")
		if want := "api ip 1/second burst 3, route ip 1/second burst 2"; a.Name != Name || a.Detail != want {
			t.Errorf("%s: %s", a.Name, a.Detail)
		}
		expect := func(what string, step exchange.Step, want ...string) {
			t.Helper()
			for i := range want {
				if got := try(t, step, exchange.Step{}, caller("192.0.2.1")); got != want[i] {
					t.Errorf("%s, call %d: %s", what, i, got)
				}
			}
		}
		expect("up to the route's limit", a, "ok", "ok", "throttled 1")
		// A redeploy compiles the step anew and refills nothing.
		a, _ = at("s", "GET /a")
		expect("after a redeploy", a, "throttled 1")
		b, _ := at("s", "GET /b")
		expect("the API's bucket is empty for other routes too", b, "throttled 1")
		other, _ := at("t", "GET /a")
		expect("another stage", other, "ok")
		time.Sleep(time.Second)
		expect("a second later", a, "ok", "throttled 1")
		l.Forget("r", "a")
		a, _ = at("s", "GET /a")
		expect("after the API was deleted", a, "ok")
	})
}

func numbered(n int) *exchange.Exchange {
	x := &exchange.Exchange{}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	x.Request.Remote = netip.AddrPortFrom(netip.AddrFrom4(b), 1)
	return x
}

func size(l *Limiters) int {
	n := 0
	for _, t := range l.tables {
		for i := range t.shards {
			n += len(t.shards[i].fullAt)
		}
	}
	return n
}

// Whoever floods with new keys has memory bounded, and the emptied bucket of another key stays empty.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 1024
		l := NewLimiters(most)
		before, _ := Steps(l, Place{}, parse(t, `{"by":"ip","rate":1,"per":"hour","burst":3}`), nil)
		victim := caller("192.0.2.1")
		for range 3 {
			try(t, before, exchange.Step{}, victim)
		}
		for n := range 50 * most {
			if got := try(t, before, exchange.Step{}, numbered(n)); got != "ok" {
				t.Fatalf("new key %d: %s", n, got)
			}
		}
		if got := try(t, before, exchange.Step{}, victim); got == "ok" {
			t.Error("a flood of other keys has filled a bucket")
		}
		if n := size(l); n > most || n < most/2 {
			t.Errorf("%d keys are remembered", n)
		}
		// Buckets that are full again give way without a timer.
		time.Sleep(4 * time.Hour)
		for n := range 500 {
			try(t, before, exchange.Step{}, numbered(1e6+n))
		}
		if n := size(l); n > 750 {
			t.Errorf("%d keys are remembered of 500 in use", n)
		}
	})
}

// Whatever the interleaving, no key gets more than its limit, also while others come and go.
func TestConcurrently(t *testing.T) {
	l := NewLimiters(1 << 14)
	cfg := parse(t, `{"by":"ip","rate":1,"per":"day","burst":100}`)
	var passed [8]atomic.Int64
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for round := range 1000 {
				before, _ := Steps(l, Place{API: "a"}, cfg, nil) // redeployed all the time
				for k := range passed {
					if before.Run(t.Context(), numbered(k)) == nil {
						passed[k].Add(1)
					}
				}
				_ = before.Run(t.Context(), numbered(1000+worker*1000+round))
			}
		})
	}
	wg.Wait()
	for k := range passed {
		if n := passed[k].Load(); n != 100 {
			t.Errorf("key %d: %d calls went through", k, n)
		}
	}
}

func TestAllocations(t *testing.T) {
	l := NewLimiters(0)
	before, after := Steps(l, Place{}, parse(t, `{"limits":[{"by":"ip","rate":1e9},{"by":"header:X","rate":1e9},{"by":"claim:sub","rate":1e9}]}`), nil)
	x := caller("2001:db8::1 sub=a X:1")
	n := testing.AllocsPerRun(100, func() {
		_ = before.Run(t.Context(), x)
		_ = after.Run(t.Context(), x)
	})
	if n > 0 {
		t.Errorf("%v allocations for a call", n)
	}
}

func benchmark(b *testing.B, cfg string, next func(n int) *exchange.Exchange) {
	before, after := Steps(NewLimiters(0), Place{}, parse(b, cfg), nil)
	run := before.Run
	if run == nil {
		run = after.Run
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if err := run(b.Context(), next(n)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHit(b *testing.B) {
	var callers []*exchange.Exchange
	for n := range 1000 {
		x := numbered(n)
		x.Request.Header.Add([]byte("X-Key"), fmt.Appendf(nil, "client-%d", n))
		x.Identity.Claims = claims{"sub": fmt.Sprint("user-", n)}
		callers = append(callers, x)
	}
	known := func(n int) *exchange.Exchange { return callers[n%len(callers)] }
	b.Run("ip", func(b *testing.B) { benchmark(b, `{"by":"ip","rate":1e9}`, known) })
	b.Run("header", func(b *testing.B) { benchmark(b, `{"by":"header:X-Key","rate":1e9}`, known) })
	b.Run("claim", func(b *testing.B) { benchmark(b, `{"by":"claim:sub","rate":1e9}`, known) })
	b.Run("one", func(b *testing.B) {
		benchmark(b, `{"by":"ip","rate":1e9}`, func(int) *exchange.Exchange { return callers[0] })
	})
}

// A flood of keys that were never seen: the table is full all the time.
func BenchmarkFlood(b *testing.B) {
	var count atomic.Int64
	benchmark(b, `{"by":"ip","rate":1,"per":"day","burst":2}`, func(int) *exchange.Exchange { return numbered(int(count.Add(1))) })
}
