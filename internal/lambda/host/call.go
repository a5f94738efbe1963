package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

// call is the call that a worker has.
type call struct {
	id, arn string
	seq     uint64
	began   time.Time
	// deadline is when the function's time is up.
	deadline time.Time
	// init is the initialisation that the call had to wait for.
	init  time.Duration
	ended func()
}

// attempts bounds how often a call tries another worker because one had died while it was idle.
const attempts = 5

// Invoke implements lambda.Runner.
func (r *runner) Invoke(ctx context.Context, in *lambda.Invocation, out *lambda.Result) error {
	for range attempts {
		w, granted := r.acquire()
		if w == nil {
			g, err := wait(ctx, in.Deadline, granted)
			if err != nil {
				go r.goOn(granted, detach(in))
				return err
			}
			if g.err != nil {
				end(in.Ended)
				return g.err
			}
			w = g.worker
		}
		if w.failure != nil {
			return r.invokeAside(ctx, w, in, out)
		}
		if w.begin(in) {
			return w.run(ctx, in, out)
		}
		r.drop(w)
	}
	end(in.Ended)
	return internal("find a worker", errors.New("they die while they are idle"))
}

func end(ended func()) {
	if ended != nil {
		ended()
	}
}

// wait waits for a worker as long as the caller has patience.
func wait(ctx context.Context, deadline time.Time, granted chan grant) (grant, error) {
	var late <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case g := <-granted:
		return g, nil
	case <-ctx.Done():
		return grant{}, left(ctx)
	case <-late:
		return grant{}, left(ctx)
	}
}

// left is the answer to a caller who does not wait for another one.
func left(ctx context.Context) error {
	cause := ctx.Err()
	if cause == nil {
		cause = context.DeadlineExceeded
	}
	return &lambda.Error{Kind: lambda.TimedOut, Message: "The caller did not wait for the function", Cause: cause}
}

// detach copies an invocation for a call whose caller leaves.
func detach(in *lambda.Invocation) *lambda.Invocation {
	return &lambda.Invocation{
		Payload: bytes.Clone(in.Payload), RequestID: strings.Clone(in.RequestID), TraceID: strings.Clone(in.TraceID),
		ClientContext: strings.Clone(in.ClientContext), InvokedARN: in.InvokedARN, Ended: in.Ended,
	}
}

// goOn runs a call whose caller left before it had a worker.
func (r *runner) goOn(granted chan grant, in *lambda.Invocation) {
	g := <-granted
	if g.err != nil {
		end(in.Ended)
		return
	}
	r.mu.Lock()
	r.give(g.worker) // back, to be taken as any call takes one
	r.mu.Unlock()
	_ = r.Invoke(context.Background(), in, &lambda.Result{})
}

// begin gives the worker a call, unless it has died.
func (w *worker) begin(in *lambda.Invocation) bool {
	now := time.Now()
	w.call = call{
		id: in.RequestID, arn: in.InvokedARN, began: now, deadline: now.Add(w.runner.timeout), init: w.takeInit(), ended: in.Ended,
	}
	return w.send(in)
}

// send hands the event to the worker's Runtime API.
func (w *worker) send(in *lambda.Invocation) bool {
	c := &w.call
	trace := in.TraceID
	if trace == "" {
		trace = newTrace(c.began)
	}
	seq, err := w.api.Begin(&runtimeapi.Event{
		RequestID: in.RequestID, TraceID: trace, ClientContext: in.ClientContext, FunctionARN: in.InvokedARN, Deadline: c.deadline,
		Payload: in.Payload, Streaming: in.Streaming, Alloc: in.Alloc,
	})
	c.seq = seq
	return err == nil
}

// takeInit returns the time of the initialisation to the first call only, and not if that was within a call.
func (w *worker) takeInit() time.Duration {
	d := w.initTime
	w.initTime = 0
	if w.phase != phaseInit {
		return 0
	}
	return d
}

// newTrace returns a trace header as AWS gives it to calls that have none.
func newTrace(at time.Time) string {
	return fmt.Sprintf("Root=1-%08x-%016x%08x;Parent=%016x;Sampled=0", at.Unix(), rand.Uint64(), rand.Uint32(), rand.Uint64())
}

// run runs the call that was begun.
func (w *worker) run(ctx context.Context, in *lambda.Invocation, out *lambda.Result) error {
	w.log.keepTail(in.Tail)
	w.logStart()
	until := w.call.deadline
	if !in.Deadline.IsZero() && in.Deadline.Before(until) {
		until = in.Deadline
	}
	var stop func() bool
	if ctx.Done() != nil {
		seq := w.call.seq
		stop = context.AfterFunc(ctx, func() { w.api.Interrupt(seq) })
	}
	a, err := w.api.Await(until)
	if stop != nil {
		stop()
	}
	if errors.Is(err, runtimeapi.ErrInterrupted) || errors.Is(err, runtimeapi.ErrDeadline) && until.Before(w.call.deadline) {
		w.api.Abandon()
		w.call.id = strings.Clone(w.call.id)
		go w.settle()
		return left(ctx)
	}
	if err == nil && a.Stream {
		out.Version, out.ContentType = w.runner.version.Version, a.ContentType
		out.Stream = &stream{worker: w, seq: w.call.seq, deadline: w.call.deadline, out: out, until: until}
		return nil
	}
	w.conclude(&a, err, out)
	return nil
}

// settle waits for an answer that nobody wants.
func (w *worker) settle() {
	for {
		a, err := w.api.Await(w.call.deadline)
		if errors.Is(err, runtimeapi.ErrInterrupted) {
			continue
		}
		w.conclude(&a, err, &lambda.Result{})
		return
	}
}

// conclude ends the call with an answer, or without one.
func (w *worker) conclude(a *runtimeapi.Answer, err error, out *lambda.Result) {
	out.ContentType = a.ContentType
	if f := w.failureOf(a, err); f != nil {
		w.finish(f, out)
		return
	}
	out.Payload = a.Payload
	w.finish(nil, out)
}

// failureOf says how a call failed, if it did. A worker that is of no more use is ended.
func (w *worker) failureOf(a *runtimeapi.Answer, err error) *failure {
	switch {
	case err == nil:
		return answerFailure(a)
	case errors.Is(err, runtimeapi.ErrDeadline):
		w.proc.Sync()
		w.end()
		return timedOut(w.runner.timeout)
	case errors.Is(err, runtimeapi.ErrClosed):
		return exitFailure(w.proc.Exit())
	}
	select { // a stream breaks off before it is known that the process has ended
	case <-w.proc.Exited():
		return exitFailure(w.proc.Exit())
	case <-time.After(grace):
	}
	w.end()
	return &failure{status: statusError, kind: "Runtime.TruncatedResponse", text: "Runtime closed its connection within its response"}
}

// finish logs the end of a call, fills in its result and frees the worker, or gives it up if it has ended.
func (w *worker) finish(f *failure, out *lambda.Result) {
	c := &w.call
	took := time.Since(c.began)
	over := f != nil && f.text != "" || w.failure != nil || w.ending.Load()
	if w.proc != nil {
		w.proc.Sync()
	}
	if f != nil {
		w.logFailure(f)
		out.FunctionError, out.Payload = unhandled, f.object(c.id)
	}
	v := w.runner.version
	w.logEnd(&report{call: c, duration: took, init: c.init, memoryMB: v.MemoryMB, peakMB: w.peak(f), failure: f})
	out.Version, out.LogTail = v.Version, w.log.takeTail()
	ended := c.ended
	if over {
		w.runner.drop(w)
	} else {
		w.release()
	}
	end(ended)
}

func (w *worker) logStart() {
	w.log.add(func(b []byte, at time.Time) []byte { return w.runner.format.start(b, &w.call, at) })
}

func (w *worker) logFailure(f *failure) {
	w.log.add(func(b []byte, at time.Time) []byte { return w.runner.format.failure(b, &w.call, f, at) })
}

func (w *worker) logEnd(r *report) {
	w.log.add(func(b []byte, _ time.Time) []byte { return w.runner.format.end(b, r.call) })
	w.log.add(func(b []byte, at time.Time) []byte { return w.runner.format.report(b, r, at) })
}
