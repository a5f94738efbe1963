package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

var tenant = gateway.Tenant{Account: "111122223333", Region: "eu-west-1"}

// fakeHost makes runners whose calls the test answers.
type fakeHost struct {
	// call answers; nil answers with the version's description.
	call func(ctx context.Context, v *Version, in *Invocation, out *Result) error

	mu      sync.Mutex
	runners []*fakeRunner
}

type fakeRunner struct {
	host    *fakeHost
	version *Version
	warm    atomic.Int64
	running atomic.Int64
	retired atomic.Int64
	// late counts calls that began after the runner was retired, or did not end before.
	late atomic.Int64
}

func (h *fakeHost) Runner(v *Version) Runner {
	r := &fakeRunner{host: h, version: v}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runners = append(h.runners, r)
	return r
}

// made returns the runners, in the order of their making.
func (h *fakeHost) made() []*fakeRunner {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*fakeRunner(nil), h.runners...)
}

func (r *fakeRunner) Invoke(ctx context.Context, in *Invocation, out *Result) error {
	if r.retired.Load() > 0 {
		r.late.Add(1)
	}
	r.running.Add(1)
	ended := in.Ended
	defer func() {
		r.running.Add(-1)
		ended()
	}()
	if r.host.call == nil {
		out.Payload = []byte(r.version.Description)
		return nil
	}
	return r.host.call(ctx, r.version, in, out)
}

func (r *fakeRunner) Warm(n int)  { r.warm.Store(int64(n)) }
func (r *fakeRunner) Warmed() int { return int(r.warm.Load()) }
func (r *fakeRunner) Retire() {
	r.retired.Add(1)
	r.late.Add(r.running.Load())
}

func open(t *testing.T, o Options) *Directory {
	t.Helper()
	if o.Host == nil {
		o.Host = &fakeHost{}
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(context.Background()) })
	return d
}

// definition is of a function with versions 1 and 2, whose code is their number.
func definition(name string, changes ...func(*Definition)) Definition {
	version := func(number string) gateway.FunctionVersion {
		return gateway.FunctionVersion{
			Version: number, Runtime: "nodejs22.x", Code: gateway.FunctionCode{SHA256: "code " + number}, State: "Active", Timeout: 3 * time.Second,
		}
	}
	def := Definition{
		Tenant: tenant, Function: gateway.Function{Name: name, Latest: version("$LATEST")},
		Versions: []gateway.FunctionVersion{version("1"), version("2")},
		Policies: map[string]gateway.FunctionPolicy{}, Events: map[string]gateway.FunctionEventConfig{},
		Provisioned: map[string]gateway.FunctionProvisioned{},
	}
	for _, change := range changes {
		change(&def)
	}
	return def
}

func put(t *testing.T, d *Directory, def Definition) {
	t.Helper()
	if err := d.Put(def); err != nil {
		t.Fatal(err)
	}
}

func ref(name, qualifier string) gateway.FunctionRef {
	return gateway.FunctionRef{Tenant: tenant, Name: name, Qualifier: qualifier}
}

func invoke(t *testing.T, target *Target) (Result, error) {
	t.Helper()
	var out Result
	err := target.Invoke(t.Context(), &Invocation{Payload: []byte(`{}`)}, &out)
	return out, err
}

// wantKind checks an error's kind and that it says the text.
func wantKind(t *testing.T, err error, kind Kind, text string) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Kind != kind || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want kind %d with %q", err, kind, text)
	}
}

// statement is what AddPermission makes of a principal and a source.
func statement(id string, arn string, condition map[string]map[string]string) gateway.FunctionStatement {
	doc := map[string]any{
		"Sid": id, "Effect": "Allow", "Principal": map[string]string{"Service": "apigateway.amazonaws.com"},
		"Action": "lambda:InvokeFunction", "Resource": arn,
	}
	if condition != nil {
		doc["Condition"] = condition
	}
	text, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Sprint(err))
	}
	return gateway.FunctionStatement{ID: id, JSON: string(text)}
}
