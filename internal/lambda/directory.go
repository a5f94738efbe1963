package lambda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
)

// AWS's quotas of concurrency in an account and region
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	DefaultConcurrency = 1000
	// MinUnreserved is what must stay for the functions that reserve nothing.
	MinUnreserved = 100
)

// Options configure a [Directory].
type Options struct {
	// Host runs the functions.
	Host Host
	// Remote knows the functions elsewhere; nil if there are none.
	Remote Remote
	// Roles decides calls in the name of roles; nil if there are none.
	Roles Roles
	// Concurrency is how many calls of an account and region may run at once; 0 stands for [DefaultConcurrency].
	Concurrency int
	// Meters counts the calls of a function; nil counts nothing.
	Meters Meters
	// Spool is the directory of asynchronous calls that have not ended, and DeadLetters that of those which failed for
	// good. Without a spool there are no asynchronous calls.
	Spool, DeadLetters string
	// MaxEvents and MaxEventBytes bound the spool; 0 stands for 100,000 and for 1 GiB.
	MaxEvents     int
	MaxEventBytes int64
	// Now is the clock, and Random gives numbers from 0 to 1 that choose between the versions of an alias. Nil stands for
	// the real ones.
	Now    func() time.Time
	Random func() float64
	Log    *slog.Logger
}

// Remote finds functions elsewhere.
type Remote interface {
	// Runner returns what calls a function elsewhere, or nil. first says that this goes before a definition here.
	Runner(ref gateway.FunctionRef) (r Runner, first bool)
}

// Roles decides what roles may do.
type Roles interface {
	// Decide says whether a role may do something that a service has assumed. The error says why it cannot assume it.
	Decide(roleARN, service string, req *policy.Request) (policy.Decision, error)
	// Generation changes whenever a decision may.
	Generation() uint64
}

// Meters makes the counters of a function, and drops those of one that was deleted.
type Meters interface {
	Meter(t gateway.Tenant, function string) Meter
	Forget(t gateway.Tenant, function string)
}

// Meter counts the calls of a function, in the sense of AWS's metrics.
type Meter interface {
	// Ran counts a call that ran: Invocations, Duration, and Errors if the function failed.
	Ran(d time.Duration, failed bool)
	// Throttled counts one that did not for a limit of concurrency: Throttles.
	Throttled()
}

// pendingFor is how long a call waits for a function that is being created. On AWS it fails at once.
const pendingFor = 10 * time.Second

// Directory knows all functions. It is safe for use by many goroutines.
type Directory struct {
	opts Options
	// functions are *function by key.
	functions sync.Map
	queue     *queue

	mu       sync.Mutex
	closed   bool
	accounts map[gateway.Tenant]*account
}

// key names a function.
type key struct {
	tenant gateway.Tenant
	name   string
}

// ErrClosed is that the directory was closed.
var ErrClosed = errors.New("the directory of functions is closed")

// New returns an empty directory. Asynchronous calls that an earlier one left unfinished go on at [Directory.Start].
func New(o Options) (*Directory, error) {
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Meters == nil {
		o.Meters = noMeters{}
	}
	if o.Roles == nil {
		o.Roles = noRoles{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Directory{opts: o, accounts: map[gateway.Tenant]*account{}}
	if o.Spool == "" {
		return d, nil
	}
	var err error
	if d.queue, err = newQueue(d); err != nil {
		return nil, fmt.Errorf("the spool of asynchronous calls: %w", err)
	}
	return d, nil
}

// Start begins to run asynchronous calls, those first that an earlier process left. All functions must have been put.
func (d *Directory) Start() {
	if d.queue != nil {
		d.queue.start()
	}
}

// Put makes a function known, or changes it. Versions that run as before keep their runners; the runner of another ends
// with the calls that it has. If the definition is no good, the last one stays.
func (d *Directory) Put(def Definition) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return ErrClosed
	}
	k := key{def.Tenant, def.Function.Name}
	last := d.find(k)
	next, err := d.compile(&def, last)
	if err != nil {
		return err
	}
	account := next.usage.account
	if last != nil {
		account.reserved.Add(-last.reservedShare())
	}
	account.reserved.Add(next.reservedShare())
	d.functions.Store(k, next)
	next.warm()
	if last != nil {
		last.replacedBy(next)
	}
	return nil
}

// Delete forgets a function. Calls of it that run go on to their end.
func (d *Directory) Delete(tenant gateway.Tenant, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remove(key{tenant, name})
}

func (d *Directory) remove(k key) {
	last := d.find(k)
	if last == nil {
		return
	}
	d.functions.Delete(k)
	last.usage.account.reserved.Add(-last.reservedShare())
	last.replacedBy(nil)
	d.opts.Meters.Forget(k.tenant, k.name)
}

// find returns nil for a function that is not known.
func (d *Directory) find(k any) *function {
	f, ok := d.functions.Load(k)
	if !ok {
		return nil
	}
	return f.(*function)
}

// Status is how a function is doing.
type Status struct {
	Tenant gateway.Tenant
	Name   string
	// Running are its calls now, and Workers the initialised workers of all its versions.
	Running, Workers int
}

// Status returns that of every function here.
func (d *Directory) Status() []Status {
	var all []Status
	d.functions.Range(func(k, f any) bool {
		at, fn := k.(key), f.(*function)
		s := Status{Tenant: at.tenant, Name: at.name, Running: int(fn.usage.running.Load())}
		for _, v := range fn.versions {
			s.Workers += v.unit.runner.Warmed()
		}
		all = append(all, s)
		return true
	})
	return all
}

// Warmed tells how many workers are initialised of the versions that a qualifier means.
func (d *Directory) Warmed(ref gateway.FunctionRef) (workers int) {
	fn := d.find(key{ref.Tenant, ref.Name})
	if fn == nil {
		return 0
	}
	for _, c := range fn.resolve(ref.Qualifier) {
		workers += c.version.unit.runner.Warmed()
	}
	return workers
}

// Invoke, Enqueue and Check are those of a [Target], for the account's own administrator.

// Invoke runs one call.
func (d *Directory) Invoke(ctx context.Context, ref gateway.FunctionRef, in *Invocation, out *Result) error {
	return d.Target(ref, Caller{}).Invoke(ctx, in, out)
}

// Enqueue accepts a call that runs later.
func (d *Directory) Enqueue(ctx context.Context, ref gateway.FunctionRef, in *Invocation) error {
	return d.Target(ref, Caller{}).Async(ctx, in)
}

// Check says whether a function could be called.
func (d *Directory) Check(ref gateway.FunctionRef) error { return d.Target(ref, Caller{}).Check() }

// Reset drops the asynchronous calls that have not begun. Functions go as their documents do, and dead letters stay: they
// are a log.
func (d *Directory) Reset() error {
	if d.queue == nil {
		return nil
	}
	return d.queue.reset()
}

// Close begins no asynchronous call any more, waits until ctx ends for those that run, and then forgets all functions.
// What has not ended is run again by the next process.
func (d *Directory) Close(ctx context.Context) {
	if d.queue != nil {
		d.queue.close(ctx)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.functions.Range(func(k, _ any) bool {
		d.remove(k.(key))
		return true
	})
}

// noRoles has none.
type noRoles struct{}

func (noRoles) Generation() uint64 { return 0 }
func (noRoles) Decide(string, string, *policy.Request) (policy.Decision, error) {
	return policy.Decision{}, errors.New("there are no roles")
}

// noMeters counts nothing.
type noMeters struct{}

func (noMeters) Meter(gateway.Tenant, string) Meter { return noMeters{} }
func (noMeters) Forget(gateway.Tenant, string)      {}
func (noMeters) Ran(time.Duration, bool)            {}
func (noMeters) Throttled()                         {}
