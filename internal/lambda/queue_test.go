package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// asyncRig runs asynchronous calls of a function, which answers as its script says, attempt by attempt; the last entry
// repeats. An entry is "ok", "fail", or the kind of an error.
type asyncRig struct {
	*Directory
	dir string

	mu     sync.Mutex
	script []any
	at     []time.Duration
	ids    map[string]bool
}

func newAsyncRig(t *testing.T, dir string, script ...any) *asyncRig {
	t.Helper()
	r := &asyncRig{dir: dir, script: script, ids: map[string]bool{}}
	start := time.Now()
	host := &fakeHost{call: func(_ context.Context, _ *Version, in *Invocation, out *Result) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.at = append(r.at, time.Since(start))
		r.ids[in.RequestID] = true
		answer := r.script[0]
		if len(r.script) > 1 {
			r.script = r.script[1:]
		}
		switch a := answer.(type) {
		case Kind:
			return &Error{Kind: a, Message: "refused"}
		case string:
			out.Payload = []byte(`{"got":` + string(in.Payload) + `}`)
			if a == "fail" {
				out.FunctionError, out.Payload = "Unhandled", []byte(`{"errorMessage":"no"}`)
			}
		}
		return nil
	}}
	r.Directory = open(t, Options{Host: host, Spool: filepath.Join(dir, "spool"), DeadLetters: filepath.Join(dir, "dead")})
	return r
}

// ran returns when the function was called.
func (r *asyncRig) ran() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]time.Duration(nil), r.at...)
}

func (r *asyncRig) spooled(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(r.dir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func (r *asyncRig) letters(t *testing.T) []deadLetter {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "dead", "eu-west-1", "111122223333", "f.jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []deadLetter
	for line := range bytes.Lines(text) {
		var letter deadLetter
		if err := json.Unmarshal(line, &letter); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, letter)
	}
	return all
}

func async(t *testing.T, d *Directory, qualifier string) error {
	t.Helper()
	return d.Target(ref("f", qualifier), Caller{}).Async(t.Context(), &Invocation{Payload: []byte(`{"a":1}`), TraceID: "Root=1", ClientContext: "{}"})
}

func seconds(n ...int) []time.Duration {
	var out []time.Duration
	for _, s := range n {
		out = append(out, time.Duration(s)*time.Second)
	}
	return out
}

func events(retries int, age time.Duration) func(*Definition) {
	return func(def *Definition) {
		def.Events["$LATEST"] = gateway.FunctionEventConfig{MaxRetries: &retries, MaxAge: &age}
	}
}

// Conditions and counts are recorded: LocalStack's validated TestLambdaDestinationSqs and test_reserved_concurrency.
var asyncCases = []struct {
	name      string
	change    func(*Definition)
	script    []any
	ran       []time.Duration
	condition string // of the dead letter; empty for none
	attempts  int
}{
	{"succeeds", nil, []any{"ok"}, seconds(0), "", 0},
	{"succeeds at last", nil, []any{"fail", "fail", "ok"}, seconds(0, 60, 180), "", 0},
	{"fails", nil, []any{"fail"}, seconds(0, 60, 180), conditionRetries, 3},
	{"no retries", events(0, time.Hour), []any{"fail"}, seconds(0), conditionRetries, 1},
	{"one retry", events(1, time.Hour), []any{"fail"}, seconds(0, 60), conditionRetries, 2},
	{"no time for a second retry", events(2, 90*time.Second), []any{"fail"}, seconds(0, 60), conditionAge, 2},
	{"throttled", nil, []any{Throttled, Throttled, Throttled, "ok"}, seconds(0, 1, 3, 7), "", 0},
	{"unreachable, then fails", nil, []any{Unreachable, "fail", Throttled, "ok"}, seconds(0, 1, 61, 62), "", 0},
	{"throttled until too old", events(2, time.Minute), []any{Throttled}, seconds(0, 1, 3, 7, 15, 31), conditionAge, 0},
	{"no concurrency at all", reserve(0), []any{"ok"}, nil, conditionReserved, 0},
	{"refused elsewhere", nil, []any{Forbidden}, seconds(0), conditionRefused, 0},
}

func TestAsync(t *testing.T) {
	for _, c := range asyncCases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				r := newAsyncRig(t, dir, c.script...)
				def := definition("f")
				if c.change != nil {
					c.change(&def)
				}
				put(t, r.Directory, def)
				r.Start()
				if err := async(t, r.Directory, ""); err != nil {
					t.Fatal(err)
				}
				time.Sleep(7 * time.Hour) // virtual
				if got := r.ran(); !equalDurations(got, c.ran) {
					t.Errorf("ran at %v, want %v", got, c.ran)
				}
				if r.spooled(t) != 0 || len(r.ids) > 1 {
					t.Errorf("%d files are left; request ids %v", r.spooled(t), r.ids)
				}
				letters := r.letters(t)
				if c.condition == "" {
					if len(letters) > 0 {
						t.Errorf("%+v", letters)
					}
					return
				}
				if len(letters) != 1 {
					t.Fatalf("%d dead letters", len(letters))
				}
				l := letters[0]
				if l.RequestContext.Condition != c.condition || l.RequestContext.Attempts != c.attempts || string(l.RequestPayload) != `{"a":1}` ||
					l.RequestContext.FunctionARN != functionARN+":$LATEST" {
					t.Errorf("%+v", l)
				}
			})
		})
	}
}

func equalDurations(a, b []time.Duration) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAsyncRefuses(t *testing.T) {
	r := newAsyncRig(t, t.TempDir(), "ok")
	r.queue.maxEvents = 2
	put(t, r.Directory, definition("f"))
	wantKind(t, async(t, r.Directory, "none"), NotFound, "Function not found")
	big := &Invocation{Payload: make([]byte, MaxAsync+1)}
	// The text is recorded with the limit of that time: ASFHyP3/hyp3 issue 2241.
	wantKind(t, r.Target(ref("f", ""), Caller{}).Async(t.Context(), big), TooLarge,
		"1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")
	forbidden := r.Target(ref("f", ""), Caller{Service: "apigateway.amazonaws.com"})
	wantKind(t, forbidden.Async(t.Context(), &Invocation{}), Forbidden, "not authorized")
	for range 2 {
		if err := async(t, r.Directory, ""); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, async(t, r.Directory, ""), Throttled, "Rate Exceeded.")
	r.queue.maxEvents, r.queue.maxBytes = 10, r.queue.bytes+3
	wantKind(t, async(t, r.Directory, ""), Throttled, "Rate Exceeded.")
	if err := r.Reset(); err != nil || r.spooled(t) != 0 {
		t.Errorf("%d files are left, %v", r.spooled(t), err)
	}
	if r.queue.bytes != 0 || r.queue.events != 0 {
		t.Errorf("%d events and %d bytes are counted after a reset", r.queue.events, r.queue.bytes)
	}
}

// TestAsyncSurvives leaves events to the next process, as a kill does, with what it has known of them.
func TestAsyncSurvives(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first := newAsyncRig(t, dir, "fail")
		put(t, first.Directory, definition("f"))
		if err := async(t, first.Directory, ""); err != nil { // which has not run once
			t.Fatal(err)
		}
		first.Start()
		if err := async(t, first.Directory, "1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(90 * time.Second) // virtual: both have failed twice
		first.Close(t.Context())
		if n := first.spooled(t); n != 2 {
			t.Fatalf("%d files are left", n)
		}
		spool := filepath.Join(dir, "spool")
		for name, text := range map[string]string{"0000000000001-x.0.tmp": "half", "0000000000002-y.0": "no event", "0000000000003-z": ""} {
			if err := os.WriteFile(filepath.Join(spool, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		second := newAsyncRig(t, dir, "fail")
		put(t, second.Directory, definition("f"))
		second.Start()
		time.Sleep(time.Hour)
		if ran := second.ran(); len(ran) != 2 {
			t.Errorf("ran at %v", ran)
		}
		letters := second.letters(t)
		if len(letters) != 2 || letters[0].RequestContext.Attempts != 3 {
			t.Errorf("dead letters %+v", letters)
		}
		if n := second.spooled(t); n != 2 { // what is no event is left to people
			t.Errorf("%d files are left", n)
		}
	})
}

func TestAsyncOfDeletedFunction(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newAsyncRig(t, dir, "ok")
		put(t, r.Directory, definition("f"))
		if err := async(t, r.Directory, ""); err != nil {
			t.Fatal(err)
		}
		r.Delete(tenant, "f")
		r.Start()
		time.Sleep(time.Second)
		letters := r.letters(t)
		if len(letters) != 1 || letters[0].RequestContext.Condition != conditionGone || !strings.Contains(letters[0].Error, "Function not found") {
			t.Errorf("%+v", letters)
		}
	})
}

// TestAsyncLanes: a slow function holds up no other, and closing leaves to the next process what does not end in time.
func TestAsyncLanes(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		running, most, quick := 0, 0, 0
		host := &fakeHost{call: func(ctx context.Context, v *Version, _ *Invocation, _ *Result) error {
			mu.Lock()
			if v.Name == "quick" {
				quick++
				mu.Unlock()
				return nil
			}
			running++
			most = max(most, running)
			mu.Unlock()
			<-ctx.Done()
			return ctx.Err()
		}}
		d := open(t, Options{Host: host, Spool: filepath.Join(dir, "spool"), DeadLetters: filepath.Join(dir, "dead")})
		put(t, d, definition("slow"))
		put(t, d, definition("quick"))
		d.Start()
		for _, name := range []string{"slow", "quick"} {
			for range perFunction + 10 {
				if err := d.Target(ref(name, ""), Caller{}).Async(t.Context(), &Invocation{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d.Close(ctx)
		if most != perFunction || quick != perFunction+10 {
			t.Errorf("%d slow calls at once, %d quick ones", most, quick)
		}
		if files, _ := os.ReadDir(filepath.Join(dir, "spool")); len(files) != perFunction+10 {
			t.Errorf("%d files are left", len(files))
		}
	})
}

func TestDeadLettersRotate(t *testing.T) {
	d := &deadLetters{dir: t.TempDir(), max: 400, keep: 2}
	for range 20 {
		if err := d.append(ref("../f", ""), &deadLetter{RequestPayload: rawJSON([]byte("no JSON"))}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(filepath.Join(d.dir, "eu-west-1", "111122223333"))
	if err != nil || len(files) != 3 || files[0].Name() != "~~~f.jsonl" {
		t.Errorf("%v, %v", files, err)
	}
}
