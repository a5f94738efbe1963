package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// counter counts as metrics do.
type counter struct{ hits, misses int }

func (c *counter) Hit()    { c.hits++ }
func (c *counter) Missed() { c.misses++ }

// stage is a method's cache with a back end that numbers its answers.
type stage struct {
	testing.TB
	Config
	counted  counter
	answered int
	answer   func(x *exchange.Exchange, n int)
}

func newStage(t testing.TB, params ...Parameter) *stage {
	s := &stage{TB: t}
	s.Config = Config{
		Space: NewStore(64<<20).Space("r", "api", "prod", "0.5"), Scope: "d1\x00res", TTL: 300 * time.Second,
		Parameters: params, Counter: &s.counted,
	}
	s.answer = func(x *exchange.Exchange, n int) {
		x.Response.Status = 200
		x.Response.Body.Bytes = fmt.Append(nil, n)
		x.Response.Header.Add([]byte("X-N"), fmt.Append(nil, n))
		x.Response.Header.Add([]byte("X-Amzn-Trace-Id"), []byte("Root=1"))
	}
	return s
}

// call runs the steps as a program does and returns the payload, or the fault's kind.
func (s *stage) call(method, target string, head ...string) string {
	s.Helper()
	x := &exchange.Exchange{Received: time.Now()}
	x.Request.Method = []byte(method)
	path, query, _ := strings.Cut(target, "?")
	x.Request.Path, x.Request.Query = []byte(path), []byte(query)
	x.Route.Vars = []exchange.PathVar{{Name: "id", Value: []byte(strings.Trim(path, "/"))}}
	for _, h := range head {
		name, value, _ := strings.Cut(h, ": ")
		if name == "may-invalidate" {
			x.Identity.MayInvalidate = true
			continue
		}
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	lookUp, keep := Steps(s.Config)
	if err := lookUp.Run(s.Context(), x); err != nil {
		var f *exchange.Fault
		if !errors.As(err, &f) {
			s.Fatal(err)
		}
		return f.Kind.String()
	}
	if !x.Answered() {
		s.answered++
		s.answer(x, s.answered)
	}
	if err := keep.Run(s.Context(), x); err != nil {
		s.Fatal(err)
	}
	out := x.Response.Body.Bytes
	if x.Response.Body.Stream != nil {
		var err error
		if out, err = io.ReadAll(x.Response.Body.Stream); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			s.Fatal(err)
		}
	}
	return string(out) + string(x.Response.Header.Get("Warning"))
}

// TestKeys: only what is marked tells calls apart (api-gateway-caching, "Use method or integration parameters as cache
// keys"), and what is absent is another value than an empty one.
func TestKeys(t *testing.T) {
	params := []Parameter{{Query: "type"}, {Header: "X-Tenant"}, {Path: "id"}}
	type call struct {
		method, target string
		head           []string
	}
	base := call{"GET", "/1?type=admin&department=A", []string{"X-Tenant: a"}}
	for name, c := range map[string]struct {
		call
		same bool
	}{
		"the same":                      {base, true},
		"what is not marked":            {call{"GET", "/1?type=admin&department=B&x=", []string{"X-Tenant: a", "Accept: b"}}, true},
		"another order":                 {call{"GET", "/1?department=A&type=admin", []string{"x-tenant: a"}}, true},
		"escaped otherwise":             {call{"GET", "/1?%74ype=admi%6E", []string{"X-Tenant: a"}}, true},
		"another query parameter":       {call{"GET", "/1?type=regular", []string{"X-Tenant: a"}}, false},
		"the name's case":               {call{"GET", "/1?Type=admin", []string{"X-Tenant: a"}}, false},
		"two values":                    {call{"GET", "/1?type=admin&type=admin", []string{"X-Tenant: a"}}, false},
		"no query parameter":            {call{"GET", "/1", []string{"X-Tenant: a"}}, false},
		"another header":                {call{"GET", "/1?type=admin", []string{"X-Tenant: b"}}, false},
		"another path":                  {call{"GET", "/2?type=admin", []string{"X-Tenant: a"}}, false},
		"a value that tries to be two":  {call{"GET", "/1?type=admin%00%00%00%00%01a", nil}, false},
		"another method of the same id": {call{"POST", "/1?type=admin", []string{"X-Tenant: a"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, params...)
			first := s.call(base.method, base.target, base.head...)
			second := s.call(c.method, c.target, c.head...)
			if (first == second) != c.same {
				t.Errorf("got %s and %s", first, second)
			}
		})
	}
	s := newStage(t, Parameter{Query: "q"})
	if a, b, c := s.call("GET", "/"), s.call("GET", "/?q="), s.call("GET", "/"); a == b || a != c {
		t.Errorf("an absent parameter: got %s, %s, %s", a, b, c) // reported: aws-behaviour-auth-websocket-logs.md, fact 35
	}
	if s.counted != (counter{1, 2}) {
		t.Errorf("counted %+v", s.counted)
	}
}

// TestScopes: what belongs to another deployment, namespace or stage is another response.
func TestScopes(t *testing.T) {
	s := newStage(t)
	s.call("GET", "/")
	for name, change := range map[string]func(*Config){
		"deployment": func(c *Config) { c.Scope = "d2\x00res" },
		"stage":      func(c *Config) { c.Space = c.Space.store.Space("r", "api", "test", "0.5") },
		"API":        func(c *Config) { c.Space = c.Space.store.Space("r", "api2", "prod", "0.5") },
		"region":     func(c *Config) { c.Space = c.Space.store.Space("r2", "api", "prod", "0.5") },
		"size":       func(c *Config) { c.Space = c.Space.store.Space("r", "api", "prod", "1.6") },
		"variant":    func(c *Config) { c.Variant = func(*exchange.Exchange) bool { return true } },
	} {
		other := *s
		change(&other.Config)
		if got := other.call("GET", "/"); got == "1" {
			t.Errorf("another %s: got %s", name, got)
		}
	}
	if got := s.call("GET", "/"); got != "1" {
		t.Errorf("got %s", got)
	}
	s.Get = true
	if got := s.call("PUT", "/"); got == "1" || s.call("PUT", "/") == got {
		t.Errorf("another method than GET: got %s", got)
	}
}

func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.call("GET", "/")
		time.Sleep(299 * time.Second)
		if got := s.call("GET", "/"); got != "1" {
			t.Errorf("got %s", got)
		}
		time.Sleep(time.Second)
		if got := s.call("GET", "/"); got != "2" {
			t.Errorf("got %s", got)
		}
	})
}

// TestInvalidate: developer guide, "Invalidate an API Gateway cache entry", and for the warning
// aws-behaviour-auth-websocket-logs.md, fact 37.
func TestInvalidate(t *testing.T) {
	const text = "199 Cache-control headers were ignored because the caller was unauthorized."
	for name, c := range map[string]struct {
		authorized bool
		strategy   Strategy
		head       []string
		want       string // the second of three answers; the third is the last that was kept
		then       string
	}{
		"anybody":            {false, Warn, []string{"Cache-Control: max-age=0"}, "2", "2"},
		"among others":       {false, Warn, []string{"Cache-Control: no-cache, MAX-AGE=0"}, "2", "2"},
		"no-cache alone":     {false, Warn, []string{"Cache-Control: no-cache"}, "1", "1"},
		"another age":        {false, Warn, []string{"Cache-Control: max-age=00"}, "1", "1"},
		"an authorized one":  {true, Fail, []string{"Cache-Control: max-age=0", "may-invalidate"}, "2", "2"},
		"warned":             {true, Warn, []string{"Cache-Control: max-age=0"}, "1" + text, "1"},
		"ignored":            {true, Ignore, []string{"Cache-Control: max-age=0"}, "1", "1"},
		"refused":            {true, Fail, []string{"Cache-Control: max-age=0"}, "access_denied", "1"},
		"asks for no change": {true, Fail, nil, "1", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.Authorized, s.Unauthorized = c.authorized, c.strategy
			s.call("GET", "/")
			if got := s.call("GET", "/", c.head...); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := s.call("GET", "/"); got != c.then {
				t.Errorf("then %s, want %s", got, c.then)
			}
		})
	}
	s := newStage(t)
	s.Authorized = true
	if got := s.call("GET", "/", "Cache-Control: max-age=0"); got != "1"+text {
		t.Errorf("a miss: got %s", got)
	}
	if got := s.call("GET", "/"); got != "1" {
		t.Errorf("the warning was kept: got %s", got)
	}
}

// stream is a payload of unknown or known length.
func stream(payload string, size int64) exchange.Body {
	return exchange.Body{Stream: io.NopCloser(strings.NewReader(payload)), Size: size}
}

// TestWhatIsKept: responses of any status up to 1,048,576 bytes (api-gateway-caching).
func TestWhatIsKept(t *testing.T) {
	most := strings.Repeat("x", MaxResponse)
	for name, c := range map[string]struct {
		answer exchange.Response
		kept   bool
	}{
		"an error":                 {exchange.Response{Status: 429}, true}, // reported: aws-behaviour-auth-websocket-logs.md, fact 38
		"the largest":              {exchange.Response{Status: 200, Body: exchange.Body{Bytes: []byte(most)}}, true},
		"one more byte":            {exchange.Response{Status: 200, Body: exchange.Body{Bytes: []byte(most + "x")}}, false},
		"a stream":                 {exchange.Response{Status: 200, Body: stream(most, MaxResponse)}, true},
		"of unknown length":        {exchange.Response{Status: 200, Body: stream(most, -1)}, true},
		"that is too long":         {exchange.Response{Status: 200, Body: stream(most+"x", -1)}, false},
		"that says it is":          {exchange.Response{Status: 200, Body: stream(most+"x", MaxResponse+1)}, false},
		"that breaks off":          {exchange.Response{Status: 200, Body: exchange.Body{Stream: io.NopCloser(io.MultiReader(strings.NewReader("a"), broken{})), Size: -1}}, false},
		"that ends before its end": {exchange.Response{Status: 200, Body: stream("a", 2)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.answer = func(x *exchange.Exchange, n int) {
				x.Response = c.answer
				if n > 1 {
					x.Response.Status, x.Response.Body = 200, exchange.Body{}
				}
			}
			first := s.call("GET", "/")
			second := s.call("GET", "/")
			if kept := s.answered == 1; kept != c.kept {
				t.Fatalf("kept: %v", kept)
			}
			if c.kept && first != second {
				t.Errorf("%d bytes became %d", len(first), len(second))
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestHit: status, head and payload are the first call's; what it was named is not, and changing what a call got changes
// nothing for others.
func TestHit(t *testing.T) {
	s := newStage(t)
	lookUp, keep := Steps(s.Config)
	for i := range 3 {
		x := &exchange.Exchange{Received: time.Now()}
		x.Request.Method = []byte("GET")
		if err := lookUp.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if x.Answered() != (i > 0) || x.Cache.Hit != (i > 0) {
			t.Fatalf("call %d: %+v", i, x.Cache)
		}
		if i == 0 {
			s.answer(x, 7)
		} else if string(x.Response.Body.Bytes) != "7" || string(x.Response.Header.Get("X-N")) != "7" || x.Response.Header.Has("X-Amzn-Trace-Id") {
			t.Errorf("got %s %s", x.Response.Body.Bytes, x.Response.Header.Fields())
		}
		if err := keep.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		x.Response.Header.Set([]byte("X-N"), []byte("changed"))
		x.Reset()
	}
	ran := false
	step := UnlessHit(exchange.Step{Run: func(_ context.Context, _ *exchange.Exchange) error { ran = true; return nil }})
	if _ = step.Run(t.Context(), &exchange.Exchange{Cache: exchange.Cache{Hit: true}}); ran {
		t.Error("a hit was mapped again")
	}
	if _ = step.Run(t.Context(), &exchange.Exchange{}); !ran {
		t.Error("a miss was not mapped")
	}
}

// TestFlush: nothing is left, not even what was asked before.
func TestFlush(t *testing.T) {
	s, other := newStage(t), newStage(t)
	store := s.Space.store
	other.Space = store.Space("r", "api", "test", "0.5")
	s.call("GET", "/")
	other.call("GET", "/")
	store.Flush("r", "api", "prod")
	if got := s.call("GET", "/"); got != "2" {
		t.Errorf("got %s", got)
	}
	if got := other.call("GET", "/"); got != "1" {
		t.Errorf("another stage: got %s", got)
	}
	s.answer = func(x *exchange.Exchange, _ int) {
		store.Flush("r", "api", "prod")
		x.Response.Status = 200
	}
	store.Flush("r", "api", "prod")
	s.call("GET", "/")
	s.call("GET", "/")
	if s.answered != 4 {
		t.Errorf("what was asked before a flush was kept")
	}
	store.Flush("r", "api", "")
	if n, size := store.Usage(); n != 0 || size != 0 || s.Space.used.Load() != 0 {
		t.Errorf("%d responses of %d bytes are left", n, size)
	}
	store.Flush("r", "unknown", "")
}

// TestBounds: memory is bounded, and what was used lately stays.
func TestBounds(t *testing.T) {
	store := NewStore(1 << 20)
	s := newStage(t, Parameter{Query: "n"})
	s.Space = store.Space("r", "api", "prod", "0.5")
	payload := bytes.Repeat([]byte("x"), 10<<10)
	s.answer = func(x *exchange.Exchange, _ int) { x.Response.Status, x.Response.Body.Bytes = 200, payload }
	for n := range 500 {
		s.call("GET", fmt.Sprint("/?n=", n))
		s.call("GET", "/?n=0")
	}
	if _, size := store.Usage(); size > 1<<20 || size < 1<<19 || size != s.Space.used.Load() {
		t.Errorf("%d bytes, of the stage %d", size, s.Space.used.Load())
	}
	if s.answered != 500 {
		t.Errorf("what was used lately went: %d answers", s.answered)
	}

	// A stage's own bound.
	other := newStage(t, Parameter{Query: "n"})
	other.Space, other.answer = store.Space("r", "api", "test", "0.5"), s.answer
	other.Space.limit = 100 << 10
	for n := range 100 {
		other.call("GET", fmt.Sprint("/?n=", n))
		if used := other.Space.used.Load(); used > 100<<10 {
			t.Fatalf("%d bytes", used)
		}
	}
	if got := other.answered; other.call("GET", "/?n=99") != string(payload) || other.answered != got {
		t.Error("the newest is not there")
	}

	none := newStage(t)
	none.Space = NewStore(0).Space("r", "api", "prod", "0.5")
	if none.call("GET", "/"); none.call("GET", "/") != "2" {
		t.Error("a store for nothing kept something")
	}
}

func TestSizes(t *testing.T) {
	for size, want := range map[string]int64{"0.5": 536870910, "": 536870910, "1.6": 1717986912, "237": 237 << 30} {
		if got := gigabytes(size); got != want {
			t.Errorf("%s: got %d", size, got)
		}
	}
}

// TestConcurrentCalls is for the race detector.
func TestConcurrentCalls(t *testing.T) {
	store := NewStore(1 << 20)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := newStage(t, Parameter{Query: "n"})
			s.Space = store.Space("r", "api", "prod", "0.5")
			for n := range 300 {
				s.call("GET", fmt.Sprint("/?n=", n%50))
				if n%100 == 0 {
					store.Flush("r", "api", "prod")
				}
			}
		})
	}
	all.Wait()
}

// FuzzKey: calls that differ in a marked value have different keys, whatever the values are.
func FuzzKey(f *testing.F) {
	f.Add("a", "b", "a", "b")
	f.Add("", "a", "a", "")
	f.Add("a\x00\x00", "", "a", "\x00\x00")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		m := &method{newStage(t, Parameter{Header: "A"}, Parameter{Header: "B"}).Config}
		key := func(a, b string) string {
			x := &exchange.Exchange{}
			x.Request.Header.Add([]byte("A"), []byte(a))
			x.Request.Header.Add([]byte("B"), []byte(b))
			k, err := m.key(x)
			if err != nil {
				t.Fatal(err)
			}
			return string(k)
		}
		if same := key(a, b) == key(c, d); same != (a == c && b == d) {
			t.Errorf("%q %q and %q %q: the same is %v", a, b, c, d, same)
		}
	})
}

func BenchmarkHit(b *testing.B) {
	s := newStage(b, Parameter{Query: "q"}, Parameter{Header: "X-Tenant"})
	s.call("GET", "/?q=1", "X-Tenant: a")
	lookUp, keep := Steps(s.Config)
	x := &exchange.Exchange{}
	b.ReportAllocs()
	for b.Loop() {
		x.Received = time.Now()
		x.Request.Method, x.Request.Query = []byte("GET"), []byte("q=1")
		x.Request.Header.Add([]byte("X-Tenant"), []byte("a"))
		if lookUp.Run(b.Context(), x) != nil || !x.Cache.Hit || keep.Run(b.Context(), x) != nil {
			b.Fatal("no hit")
		}
		x.Reset()
	}
}
