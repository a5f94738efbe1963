package lambda

import (
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// How AWS repeats asynchronous calls (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html):
// a function that fails is called twice more, after one and two minutes; a call that could not be run is tried for six
// hours, after one second and then ever more rarely.
const (
	defaultRetries = 2
	defaultAge     = 6 * time.Hour
	retryStep      = time.Minute
	firstDelay     = time.Second
	longestDelay   = 5 * time.Minute
)

var errSpoolFull = errors.New("too many asynchronous calls wait to be run")

// treatment is how a function's asynchronous calls are repeated.
type treatment struct {
	retries int
	age     time.Duration
}

func (d *Directory) treatment(ref gateway.FunctionRef) treatment {
	t := treatment{retries: defaultRetries, age: defaultAge}
	f := d.find(key{ref.Tenant, ref.Name})
	if f == nil {
		return t
	}
	qualifier := ref.Qualifier
	if qualifier == "" {
		qualifier = gateway.LatestVersion
	}
	config := f.events[qualifier]
	if config.MaxRetries != nil {
		t.retries = *config.MaxRetries
	}
	if config.MaxAge != nil {
		t.age = *config.MaxAge
	}
	return t
}

// attempt is what one try came to.
type attempt struct {
	head    eventHead
	payload []byte
	result  Result
	err     error
}

// deliver runs an event once and decides what becomes of it.
func (q *queue) deliver(e *event) {
	a := attempt{}
	var err error
	if a.head, a.payload, err = q.spool.Get(e.name); err != nil {
		q.unreadable(e, err)
		return
	}
	t := q.directory.treatment(e.ref)
	if q.directory.opts.Now().Sub(e.accepted) > t.age {
		a.err = errors.New("it waited too long")
		q.bury(e, &a, conditionAge)
		return
	}
	q.run(e, &a)
	switch {
	case a.err == nil && a.result.FunctionError == "":
		q.done(e)
	case q.ctx.Err() != nil:
		// The process ends, and the next one runs it.
	case a.err == nil:
		q.functionFailed(e, &a, t)
	default:
		q.notRun(e, &a, t)
	}
}

// run calls the function. A streamed answer is read to its end.
func (q *queue) run(e *event, a *attempt) {
	in := Invocation{Payload: a.payload, RequestID: a.head.RequestID, TraceID: a.head.TraceID, ClientContext: a.head.ClientContext}
	target := q.directory.Target(e.ref, Caller{})
	a.err = target.Invoke(q.ctx, &in, &a.result)
	if a.err == nil && a.result.Stream != nil {
		_, err := io.Copy(io.Discard, a.result.Stream)
		a.err = errors.Join(err, a.result.Stream.Close())
	}
}

// functionFailed repeats a call that ran.
func (q *queue) functionFailed(e *event, a *attempt, t treatment) {
	e.failures++
	e.delays = 0
	after := time.Duration(e.failures) * retryStep
	switch {
	case e.failures > t.retries:
		q.bury(e, a, conditionRetries)
	case q.tooOld(e, t, after):
		q.bury(e, a, conditionAge)
	default:
		name, err := q.spool.Failed(e.name, e.failures)
		if err != nil {
			q.log.Error("the failure of an asynchronous call could not be noted", "file", e.name, "error", err)
		} else {
			e.name = name
		}
		q.again(e, after)
	}
}

// notRun repeats a call that did not run, unless it never will.
func (q *queue) notRun(e *event, a *attempt, t treatment) {
	after := min(firstDelay<<min(e.delays, 16), longestDelay)
	e.delays++
	kind := Internal
	if refused, ok := errors.AsType[*Error](a.err); ok {
		kind = refused.Kind
	}
	switch kind {
	case NotFound:
		q.bury(e, a, conditionGone)
		return
	case Forbidden, NotAssumed, TooLarge:
		q.bury(e, a, conditionRefused)
		return
	case Throttled:
		if f := q.directory.find(key{e.ref.Tenant, e.ref.Name}); f != nil && f.reserved == 0 {
			q.bury(e, a, conditionReserved)
			return
		}
	case Internal, NotReady, NoRuntime, Unreachable, TimedOut:
	}
	if q.tooOld(e, t, after) {
		q.bury(e, a, conditionAge)
		return
	}
	q.again(e, after)
}

// tooOld reports whether an event will be too old by then.
func (q *queue) tooOld(e *event, t treatment, after time.Duration) bool {
	return q.directory.opts.Now().Add(after).Sub(e.accepted) > t.age
}

// bury makes an event a dead letter. If that fails, it is tried again, so that none is lost.
func (q *queue) bury(e *event, a *attempt, condition string) {
	ref := e.ref
	if ref.Qualifier == "" {
		ref.Qualifier = gateway.LatestVersion
	}
	letter := deadLetter{
		Version: "1.0", Timestamp: formatTime(q.directory.opts.Now()), AcceptedAt: formatTime(e.accepted),
		RequestContext: requestContext{RequestID: a.head.RequestID, FunctionARN: ref.ARN(), Condition: condition, Attempts: e.failures},
		RequestPayload: rawJSON(a.payload),
	}
	if a.err != nil {
		letter.Error = a.err.Error()
	} else {
		letter.ResponseContext = &outcomeContext{StatusCode: 200, ExecutedVersion: a.result.Version, FunctionError: a.result.FunctionError}
		letter.ResponsePayload = rawJSON(a.result.Payload)
	}
	if err := q.letters.append(ref, &letter); err != nil {
		q.log.Error("a dead letter could not be written; it is tried again", "function", ref.ARN(), "error", err)
		q.again(e, longestDelay)
		return
	}
	q.log.Warn("an asynchronous call failed for good; its dead letter is written", "function", ref.ARN(), "requestId", a.head.RequestID, "condition", condition)
	q.buried.Add(1)
	q.done(e)
}

// unreadable leaves a file alone that cannot be read, for people to look at; one that has gone is forgotten.
func (q *queue) unreadable(e *event, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		q.log.Error("an asynchronous call cannot be read; it is left as it is", "file", e.name, "error", err)
	}
	q.release(e.size)
}
