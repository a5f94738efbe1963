package backend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/upstream"
)

// script is a client whose answers a test decides.
type script struct {
	mu     sync.Mutex
	checks map[string][]time.Time
	answer func(ctx context.Context, addr string) (int, error)
}

func (s *script) Do(ctx context.Context, req *upstream.Request, resp *upstream.Response) error {
	s.mu.Lock()
	if s.checks == nil {
		s.checks = map[string][]time.Time{}
	}
	s.checks[req.Target.Addr] = append(s.checks[req.Target.Addr], time.Now())
	answer := s.answer
	s.mu.Unlock()
	status, err := answer(ctx, req.Target.Addr)
	resp.Status = status
	return err
}

func (s *script) set(answer func(context.Context, string) (int, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func always(status int, err error) func(context.Context, string) (int, error) {
	return func(context.Context, string) (int, error) { return status, err }
}

// onlyB answers a's checks with status, and b's with 200.
func onlyB(status int) func(context.Context, string) (int, error) {
	return func(_ context.Context, addr string) (int, error) {
		if addr == "b:80" {
			return 200, nil
		}
		return status, nil
	}
}

func checked(t *testing.T, client Client) (*Registry, *Group) {
	t.Helper()
	r := registry(t, Options{Client: client, Groups: map[string]Config{"g": {
		Addresses: []string{"a:80", "b:80"}, Health: &Health{Interval: 10 * time.Second, Healthy: 3, Unhealthy: 2},
	}}})
	g, _ := r.Find("g")
	return r, g
}

// Ten intervals have gone by at most eleven checks, whatever the jitter.
const interval = 11 * time.Second

func TestChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &script{answer: always(399, nil)}
		r, g := checked(t, client)
		defer r.Close()
		time.Sleep(time.Minute)
		expect(t, "all is well", states(r), "in in")

		client.set(onlyB(500))
		time.Sleep(3 * interval)
		expect(t, "two checks failed", states(r), "unhealthy in")
		expect(t, "calls", calls(g, 4, ""), "bbbb")
		if n := r.Status()[0].Members[0].FailedChecks; n < 2 || n > 4 {
			t.Errorf("%d failed checks", n)
		}

		client.set(always(200, nil))
		time.Sleep(4 * interval)
		expect(t, "three checks passed", states(r), "in in")
		expect(t, "calls", sorted(calls(g, 4, "")), "aabb")

		client.set(always(0, down))
		time.Sleep(3 * interval)
		expect(t, "none left", states(r), "unhealthy unhealthy")
		expect(t, "calls", sorted(calls(g, 4, "")), "aabb")
	})
}

// Thresholds count checks in a row, and one without a connection counts neither way.
func TestCheckThresholds(t *testing.T) {
	const pass, fail, busy = 'p', 'f', 'b'
	h := Health{Healthy: 3, Unhealthy: 2}.withDefaults()
	for results, want := range map[string]State{
		"f": StateIn, "ff": StateUnhealthy, "fpf": StateIn, "fpff": StateUnhealthy,
		"ffpp": StateUnhealthy, "ffppp": StateIn, "ffppfp": StateUnhealthy, "ffppfppp": StateIn,
		"fbf": StateUnhealthy, "bbbb": StateIn, "ffpppf": StateIn,
	} {
		r, g := group(t, 1)
		for _, result := range results {
			var err error
			switch result {
			case fail:
				err = errors.New("status 500")
			case busy:
				err = &upstream.Error{Op: upstream.OpWait, Err: context.DeadlineExceeded}
			case pass:
			}
			if !isBusy(err) {
				g.standing.checked(g.members[0].peer, h, err)
			}
		}
		expect(t, results, states(r), string(want))
	}
}

// A member that is unhealthy and ejected gets no call on trial before it is healthy.
func TestChecksAndEjection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &script{answer: onlyB(503)}
		r, g := checked(t, client)
		defer r.Close()
		calls(g, 10, "a")
		time.Sleep(3 * interval)
		expect(t, "ejected and unhealthy", states(r), "unhealthy in")
		expect(t, "no trial", calls(g, 4, "a"), "bbbb")
		client.set(always(200, nil))
		time.Sleep(4 * interval)
		expect(t, "healthy", states(r), "ejected in")
		expect(t, "the trial fails", sorted(calls(g, 4, "a")), "abbb")
		time.Sleep(20 * time.Second)
		expect(t, "the trial succeeds", sorted(calls(g, 5, "")), "aaabb")
	})
}

// Checks come at the interval, give or take a tenth, and not all at once.
func TestCheckTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &script{answer: func(ctx context.Context, _ string) (int, error) {
			time.Sleep(2 * time.Second)
			return 200, nil
		}}
		began := time.Now()
		r, _ := checked(t, client)
		time.Sleep(10 * time.Minute)
		r.Close()
		for addr, times := range client.checks {
			if first := times[0].Sub(began); first >= time.Second {
				t.Errorf("%s: the first check came after %v", addr, first)
			}
			differ := false
			for i := range times[1:] {
				d := times[i+1].Sub(times[i])
				if d < 9*time.Second || d > 11*time.Second {
					t.Errorf("%s: checks %v apart", addr, d)
				}
				differ = differ || d != times[1].Sub(times[0])
			}
			if !differ || len(times) < 54 {
				t.Errorf("%s: %d checks, of varying distance: %v", addr, len(times), differ)
			}
		}
		if len(client.checks) != 2 {
			t.Errorf("checked %d members", len(client.checks))
		}
	})
}

// Close ends checks that are under way, and leaves no goroutine: synctest would complain of a deadlock.
func TestCloseInterruptsChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waiting atomic.Int32
		client := &script{answer: func(ctx context.Context, _ string) (int, error) {
			waiting.Add(1)
			<-ctx.Done()
			return 0, &upstream.Error{Op: upstream.OpRead, Err: context.Canceled}
		}}
		r, g := checked(t, client)
		time.Sleep(interval)
		if waiting.Load() != 2 {
			t.Fatalf("%d checks under way", waiting.Load())
		}
		began := time.Now()
		r.Close()
		r.Close()
		if time.Since(began) != 0 {
			t.Errorf("Close took %v", time.Since(began))
		}
		expect(t, "groups can still be used", calls(g, 2, ""), "ab")
		if n := r.Status()[0].Members[0].FailedChecks; n != 0 {
			t.Errorf("%d failed checks", n)
		}
	})
}

// Real back ends, a real client, real time.
func TestChecksOfRealServers(t *testing.T) {
	var sick atomic.Bool
	seen := make(chan string, 1)
	server := func(handle http.HandlerFunc) string {
		s := httptest.NewServer(handle)
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	a := server(func(w http.ResponseWriter, r *http.Request) {
		select {
		case seen <- fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Host, r.UserAgent()):
		default:
		}
		if sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	b := server(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	gone := httptest.NewServer(nil)
	c := gone.Listener.Addr().String()
	gone.Close()
	client := upstream.New(upstream.Options{})
	defer client.Close()
	r := registry(t, Options{Client: client, Groups: map[string]Config{"g": {
		Addresses: []string{a, b, c}, Health: &Health{Path: "/health?x=1", Interval: 100 * time.Millisecond, Timeout: 100 * time.Millisecond, Healthy: 1, Unhealthy: 1},
	}}})
	expect(t, "the request", <-seen, "GET /health?x=1 "+a+" Dipylon-HealthChecker")
	await(t, r, "in in unhealthy")
	sick.Store(true)
	await(t, r, "unhealthy in unhealthy")
	g, _ := r.Find("g")
	for range 4 {
		if m := g.Pick(); m.Target.Addr != b {
			t.Errorf("a call goes to %s", m.Target.Addr)
		}
	}
	sick.Store(false)
	await(t, r, "in in unhealthy")
	r.Close()
	if s := client.Stats(); s.Open > 1 {
		t.Errorf("connections left: %+v", s) // at most a's: b's bodies are not read to their end
	}
}

// await polls, because what is waited for happens in other goroutines in real time.
func await(t *testing.T, r *Registry, want string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(10 * time.Second)
	for states(r) != want {
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("got %q, want %q", states(r), want)
		}
	}
}
