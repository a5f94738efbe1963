package lambda

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

func TestQualifiers(t *testing.T) {
	d := open(t, Options{})
	put(t, d, definition("f", func(def *Definition) {
		def.Aliases = []gateway.FunctionAlias{{Name: "prod", Version: "1"}, {Name: "lost", Version: "9"}}
	}))
	cases := []struct{ name, qualifier, version, failure string }{
		{"f", "", "$LATEST", ""},
		{"f", "$LATEST", "$LATEST", ""},
		{"f", "2", "2", ""},
		{"f", "prod", "1", ""},
		// The texts are recorded: LocalStack's validated test_invoke_exceptions and test_lambda_alias_moving.
		{"f", "none", "", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f:none"},
		{"f", "3", "", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f:3"},
		{"f", "lost", "", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f:lost"},
		{"g", "", "", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:g:$LATEST"},
	}
	for _, c := range cases {
		out, err := invoke(t, d.Target(ref(c.name, c.qualifier), Caller{}))
		if c.failure != "" {
			wantKind(t, err, NotFound, c.failure)
			continue
		}
		if err != nil || out.Version != c.version {
			t.Errorf("%s:%s ran %q, want %q (%v)", c.name, c.qualifier, out.Version, c.version, err)
		}
	}
}

func TestTargetFollowsDefinitions(t *testing.T) {
	d := open(t, Options{})
	target := d.Target(ref("f", ""), Caller{})
	if _, err := invoke(t, target); err == nil {
		t.Error("there is no function yet")
	}
	for _, text := range []string{"first", "second"} {
		put(t, d, definition("f", func(def *Definition) {
			def.Function.Latest.Description, def.Function.Latest.Code.SHA256 = text, text
		}))
		if out, err := invoke(t, target); err != nil || string(out.Payload) != text {
			t.Errorf("answer %q, want %q (%v)", out.Payload, text, err)
		}
	}
	d.Delete(tenant, "f")
	_, err := invoke(t, target)
	wantKind(t, err, NotFound, "Function not found")
}

func TestAliasWeights(t *testing.T) {
	const calls = 20_000
	random := rand.New(rand.NewPCG(1, 2))
	d := open(t, Options{Random: random.Float64})
	put(t, d, definition("f", func(def *Definition) {
		def.Aliases = []gateway.FunctionAlias{{Name: "canary", Version: "1", Additional: map[string]float64{"2": 0.1, "7": 0.5}}}
	}))
	target := d.Target(ref("f", "canary"), Caller{})
	ran := map[string]int{}
	for range calls {
		out, err := invoke(t, target)
		if err != nil {
			t.Fatal(err)
		}
		ran[out.Version]++
	}
	// Version 7 does not exist; its share is version 1's. Of a binomial distribution this is 6 standard deviations.
	if n := ran["2"]; n < calls/10-255 || n > calls/10+255 || ran["1"]+n != calls {
		t.Errorf("calls by version: %v", ran)
	}
}

func TestRunnersStayOrChange(t *testing.T) {
	cases := []struct {
		name   string
		change func(*gateway.FunctionVersion)
		stays  bool
	}{
		{"nothing", func(*gateway.FunctionVersion) {}, true},
		{"description", func(v *gateway.FunctionVersion) { v.Description = "x" }, true},
		{"revision", func(v *gateway.FunctionVersion) { v.RevisionID, v.ModifiedAt = "x", time.Unix(1, 0) }, true},
		{"update status", func(v *gateway.FunctionVersion) { v.UpdateStatus = "InProgress" }, true},
		{"code", func(v *gateway.FunctionVersion) { v.Code.SHA256 = "x" }, false},
		{"handler", func(v *gateway.FunctionVersion) { v.Handler = "x" }, false},
		{"runtime", func(v *gateway.FunctionVersion) { v.Runtime = "x" }, false},
		{"environment", func(v *gateway.FunctionVersion) { v.Environment = map[string]string{"a": "b"} }, false},
		{"memory", func(v *gateway.FunctionVersion) { v.MemoryMB = 256 }, false},
		{"timeout", func(v *gateway.FunctionVersion) { v.Timeout = time.Minute }, false},
		{"layers", func(v *gateway.FunctionVersion) { v.Layers = []gateway.FunctionLayer{{ARN: "x"}} }, false},
		{"log group", func(v *gateway.FunctionVersion) { v.LogGroup = "x" }, false},
	}
	for _, c := range cases {
		host := &fakeHost{}
		d := open(t, Options{Host: host})
		put(t, d, definition("f"))
		put(t, d, definition("f", func(def *Definition) { c.change(&def.Function.Latest) }))
		made := host.made()
		if stays := len(made) == 3; stays != c.stays {
			t.Errorf("%s: %d runners", c.name, len(made))
		}
		if retired := made[0].retired.Load() == 1; retired == c.stays {
			t.Errorf("%s: retired: %t", c.name, retired)
		}
	}
}

// TestRecycle changes a function's code again and again under load: no call fails, none runs on a retired runner, and
// every runner but the last is retired once.
func TestRecycle(t *testing.T) {
	host := &fakeHost{}
	d := open(t, Options{Host: host})
	change := func(n byte) Definition {
		return definition("f", func(def *Definition) { def.Function.Latest.Code.SHA256 = string(n) })
	}
	put(t, d, change(0))
	target := d.Target(ref("f", ""), Caller{})
	var stop atomic.Bool
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for !stop.Load() {
				if _, err := invoke(t, target); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range byte(200) {
		put(t, d, change(n+1))
	}
	stop.Store(true)
	callers.Wait()
	d.Close(context.Background())
	for _, r := range host.made() {
		if r.retired.Load() != 1 || r.late.Load() != 0 {
			t.Errorf("a runner was retired %d times, and had %d calls then", r.retired.Load(), r.late.Load())
		}
	}
}

func TestPending(t *testing.T) {
	in := func(state string) func(*Definition) {
		return func(def *Definition) { def.Function.Latest.State = state }
	}
	text := "The operation cannot be performed at this time. The function is currently in the following state: "
	cases := []struct {
		name     string
		state    string
		deadline time.Duration
		then     func(*Directory)
		waits    time.Duration
		kind     Kind
		failure  string
	}{
		{"becomes active", "Pending", 0, func(d *Directory) { _ = d.Put(definition("f", in("Active"))) }, 2 * time.Second, 0, ""},
		{"fails", "Pending", 0, func(d *Directory) { _ = d.Put(definition("f", in("Failed"))) }, 2 * time.Second, NotReady, text + "Failed"},
		{"goes", "Pending", 0, func(d *Directory) { d.Delete(tenant, "f") }, 2 * time.Second, NotFound, "Function not found"},
		{"stays", "Pending", 0, func(*Directory) {}, 10 * time.Second, NotReady, text + "Pending"},
		{"deadline", "Pending", 5 * time.Second, func(*Directory) {}, 5 * time.Second, NotReady, text + "Pending"},
		{"failed", "Failed", 0, func(*Directory) {}, 0, NotReady, text + "Failed"},
		{"inactive", "Inactive", 0, func(*Directory) {}, 0, NotReady, text + "Inactive"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := open(t, Options{})
				put(t, d, definition("f", in(c.state)))
				time.AfterFunc(2*time.Second, func() { c.then(d) })
				start := time.Now()
				in := Invocation{}
				if c.deadline > 0 {
					in.Deadline = start.Add(c.deadline)
				}
				err := d.Target(ref("f", ""), Caller{}).Invoke(t.Context(), &in, &Result{})
				if c.failure == "" && err != nil {
					t.Error(err)
				}
				if c.failure != "" {
					wantKind(t, err, c.kind, c.failure)
				}
				if waited := time.Since(start); waited != c.waits {
					t.Errorf("waited %s, want %s", waited, c.waits)
				}
			})
		})
	}
}

func TestPendingCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, Options{})
		put(t, d, definition("f", func(def *Definition) { def.Function.Latest.State = "Pending" }))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Target(ref("f", ""), Caller{}).Invoke(ctx, &Invocation{}, &Result{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestInvocationIsCompleted(t *testing.T) {
	var got Invocation
	host := &fakeHost{call: func(_ context.Context, _ *Version, in *Invocation, out *Result) error {
		got = *in
		out.FunctionError = "Unhandled"
		return nil
	}}
	d := open(t, Options{Host: host})
	put(t, d, definition("f"))
	target := d.Target(ref("f", "1"), Caller{})
	out, err := invoke(t, target)
	if err != nil || out.FunctionError != "Unhandled" || out.Version != "1" {
		t.Errorf("%+v, %v", out, err)
	}
	if got.InvokedARN != "arn:aws:lambda:eu-west-1:111122223333:function:f:1" || len(got.RequestID) != 36 {
		t.Errorf("%+v", got)
	}
	if err := target.Invoke(t.Context(), &Invocation{RequestID: "mine"}, &Result{}); err != nil || got.RequestID != "mine" {
		t.Errorf("request id %q, %v", got.RequestID, err)
	}
	err = target.Invoke(t.Context(), &Invocation{Payload: make([]byte, MaxRequest+1)}, &Result{})
	// The text is reported in several public issues, such as awslabs/aws-athena-query-federation's 793.
	wantKind(t, err, TooLarge, "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
}

func TestRequestIDsAreUUIDs(t *testing.T) {
	a, b := gateway.NewUUID(), gateway.NewUUID()
	if a == b || len(a) != 36 || a[14] != '4' || strings.Count(a, "-") != 4 {
		t.Errorf("%s, %s", a, b)
	}
}

func TestBadDefinitionKeepsTheLast(t *testing.T) {
	host := &fakeHost{}
	d := open(t, Options{Host: host})
	put(t, d, definition("f"))
	err := d.Put(definition("f", func(def *Definition) {
		def.Function.Latest.Code.SHA256 = "new"
		def.Policies["$LATEST"] = gateway.FunctionPolicy{Statements: []gateway.FunctionStatement{{ID: "a", JSON: "{"}}}
	}))
	if err == nil || !strings.Contains(err.Error(), "function:f") {
		t.Errorf("error %v", err)
	}
	if _, err := invoke(t, d.Target(ref("f", ""), Caller{})); err != nil || len(host.made()) != 3 {
		t.Errorf("%d runners, %v", len(host.made()), err)
	}
}

func TestProvisioned(t *testing.T) {
	host := &fakeHost{}
	d := open(t, Options{Host: host})
	provision := func(state string, n int) Definition {
		return definition("f", func(def *Definition) {
			def.Versions[0].State = state
			def.Aliases = []gateway.FunctionAlias{{Name: "prod", Version: "1"}, {Name: "both", Version: "1", Additional: map[string]float64{"2": 0.25}}}
			def.Provisioned["prod"] = gateway.FunctionProvisioned{Requested: n}
			def.Provisioned["both"] = gateway.FunctionProvisioned{Requested: n}
			def.Provisioned["2"] = gateway.FunctionProvisioned{Requested: 1}
		})
	}
	put(t, d, provision("Pending", 4))
	latest, one, two := host.made()[0], host.made()[1], host.made()[2]
	if one.warm.Load() != 0 {
		t.Error("a version that is not ready is kept warm")
	}
	put(t, d, provision("Active", 4))
	if latest.warm.Load() != 0 || one.warm.Load() != 4+3 || two.warm.Load() != 1+1 {
		t.Errorf("warm: %d, %d, %d", latest.warm.Load(), one.warm.Load(), two.warm.Load())
	}
	if n, none := d.Warmed(ref("f", "prod")), d.Warmed(ref("f", "none")); n != 7 || none != 0 {
		t.Errorf("%d workers behind the alias, %d behind none", n, none)
	}
	put(t, d, provision("Active", 0))
	if one.warm.Load() != 0 || two.warm.Load() != 1 {
		t.Errorf("warm: %d, %d", one.warm.Load(), two.warm.Load())
	}
}

// elsewhere has functions by name; those of the first kind go before a definition here.
type elsewhere map[string]bool

func (e elsewhere) Runner(ref gateway.FunctionRef) (Runner, bool) {
	first, ok := e[ref.Name]
	if !ok {
		return nil, false
	}
	return (&fakeHost{}).Runner(&Version{FunctionVersion: gateway.FunctionVersion{Description: "elsewhere"}}), first
}

func TestFunctionsElsewhere(t *testing.T) {
	d := open(t, Options{Remote: elsewhere{"first": true, "then": false}})
	caller := Caller{Service: "apigateway.amazonaws.com"} // whose permission is the other side's business
	expect := func(name, want string) {
		t.Helper()
		out, err := invoke(t, d.Target(ref(name, ""), caller))
		if err != nil || string(out.Payload) != want {
			t.Errorf("%s: %q, want %q (%v)", name, out.Payload, want, err)
		}
	}
	expect("first", "elsewhere")
	expect("then", "elsewhere")
	for _, name := range []string{"first", "then"} {
		put(t, d, definition(name, func(def *Definition) {
			def.Function.Latest.Description = "here"
			def.Policies["$LATEST"] = gateway.FunctionPolicy{Statements: []gateway.FunctionStatement{statement("a", ref(name, "").ARN(), nil)}}
		}))
	}
	expect("first", "elsewhere")
	expect("then", "here")
	d.Delete(tenant, "then")
	expect("then", "elsewhere")
	_, err := invoke(t, d.Target(ref("none", ""), caller))
	wantKind(t, err, NotFound, "Function not found")
}
