package lambda

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Target is a function as one caller calls it. The function need not exist yet. It is safe for use by many goroutines.
type Target struct {
	directory *Directory
	ref       gateway.FunctionRef
	caller    Caller
	arn       string
	// key is the function's, boxed once.
	key any
	// remote, if not nil, is the function elsewhere, and first tells that it goes before one here.
	remote Runner
	first  bool
	bound  atomic.Pointer[binding]
}

// binding is what a definition means for a target.
type binding struct {
	function *function
	choices  []choice
	err      *Error
	// roles is the generation of the roles that decided.
	roles uint64
}

// Target returns a function, or one of its versions or aliases, as a caller calls it.
func (d *Directory) Target(ref gateway.FunctionRef, caller Caller) *Target {
	t := &Target{directory: d, ref: ref, caller: caller, arn: ref.ARN(), key: key{ref.Tenant, ref.Name}}
	if d.opts.Remote != nil {
		t.remote, t.first = d.opts.Remote.Runner(ref)
	}
	return t
}

// ARN is the function's, as the target names it.
func (t *Target) ARN() string { return t.arn }

// Invoke runs one call. The error is an *[Error].
func (t *Target) Invoke(ctx context.Context, in *Invocation, out *Result) error {
	*out = Result{}
	if len(in.Payload) > MaxRequest {
		return &Error{Kind: TooLarge, Message: fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", MaxRequest)}
	}
	t.complete(in)
	b, err := t.bind()
	if err != nil {
		return err
	}
	if b == nil {
		return t.remote.Invoke(ctx, in, out)
	}
	v, b, err := t.begin(ctx, in, b)
	if err != nil {
		return err
	}
	start := t.directory.opts.Now()
	if err := v.unit.runner.Invoke(ctx, in, out); err != nil {
		return err
	}
	out.Version = v.number
	b.function.usage.meter.Ran(t.directory.opts.Now().Sub(start), out.FunctionError != "")
	return nil
}

// Check says whether a call would be begun, but for its size and for limits of concurrency.
func (t *Target) Check() error {
	_, err := t.bind()
	return err
}

// Async accepts a call that runs later: once this returns, it will be run, or become a dead letter, even if the process
// dies. The permission counts now, the version is chosen when it runs.
func (t *Target) Async(_ context.Context, in *Invocation) error {
	if n := len(in.Payload); n > MaxAsync {
		return &Error{Kind: TooLarge, Message: fmt.Sprintf("%d byte payload is too large for the Event invocation type (limit %d bytes)", n, MaxAsync)}
	}
	if err := t.Check(); err != nil {
		return err
	}
	t.complete(in)
	if t.directory.queue == nil {
		return &Error{Kind: Internal, Message: "Asynchronous calls need a directory for their events."}
	}
	return t.directory.queue.accept(t.ref, in)
}

// complete fills in what the caller left to the directory.
func (t *Target) complete(in *Invocation) {
	if in.RequestID == "" {
		in.RequestID = gateway.NewUUID()
	}
	in.InvokedARN, in.Ended = t.arn, nothing
}

func nothing() {}

// bind returns what the target means now, nil if the function is elsewhere.
func (t *Target) bind() (*binding, error) {
	if t.first {
		return nil, nil //nolint:nilnil // both nil is the third answer
	}
	f := t.directory.find(t.key)
	if f == nil {
		if t.remote != nil {
			return nil, nil //nolint:nilnil // as above
		}
		return nil, notFound(t.ref)
	}
	b, roles := t.bound.Load(), t.directory.opts.Roles
	if b == nil || b.function != f || b.roles != roles.Generation() {
		b = &binding{function: f, choices: f.resolve(t.ref.Qualifier), roles: roles.Generation()}
		b.err = f.permit(t.ref.Qualifier, t.caller, roles)
		if len(b.choices) == 0 {
			b.err = notFound(t.ref)
		}
		t.bound.Store(b)
	}
	if b.err != nil {
		return nil, b.err
	}
	return b, nil
}

// begin chooses a version and has the call counted. The runner that gets the call must call its Ended.
func (t *Target) begin(ctx context.Context, in *Invocation, b *binding) (*version, *binding, error) {
	for wait := (*time.Timer)(nil); ; {
		v := t.choose(b.choices)
		switch {
		case v.ready():
			ok, err := t.count(in, b.function, v)
			if ok || err != nil {
				return v, b, err
			}
		case v.state != statePending:
			return nil, nil, v.notReady()
		default:
			if wait == nil {
				wait = time.NewTimer(t.patience(in))
				defer wait.Stop()
			}
			select {
			case <-b.function.replaced:
			case <-wait.C:
				return nil, nil, v.notReady()
			case <-ctx.Done():
				return nil, nil, &Error{Kind: TimedOut, Message: "The caller did not wait for the function", Cause: ctx.Err()}
			}
		}
		var err error
		if b, err = t.bind(); err != nil || b == nil {
			return nil, nil, orNotFound(err, t.ref)
		}
	}
}

// orNotFound is for a function that went while a call waited for it.
func orNotFound(err error, ref gateway.FunctionRef) error {
	if err == nil {
		return notFound(ref)
	}
	return err
}

// patience is how long a call waits for a function that is being created.
func (t *Target) patience(in *Invocation) time.Duration {
	if in.Deadline.IsZero() {
		return pendingFor
	}
	return max(min(pendingFor, in.Deadline.Sub(t.directory.opts.Now())), 0)
}

// count lets a call into the version's unit. It answers false if the unit has been replaced meanwhile.
func (t *Target) count(in *Invocation, f *function, v *version) (bool, error) {
	if !v.unit.enter() {
		return false, nil
	}
	if reason := f.usage.take(f.reserved); reason != "" {
		v.unit.leave()
		f.usage.meter.Throttled()
		return false, throttled(reason)
	}
	in.Ended = v.unit.endShared
	if f.reserved >= 0 {
		in.Ended = v.unit.endReserved
	}
	return true, nil
}

func (t *Target) choose(choices []choice) *version {
	last := len(choices) - 1
	if last > 0 {
		at := t.directory.opts.Random()
		for i := range last {
			if at < choices[i].upTo {
				return choices[i].version
			}
		}
	}
	return choices[last].version
}
