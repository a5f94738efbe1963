package host

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// invokeAside runs a call whose worker could not be initialised, in the background, as it takes long to do it again: the
// caller may leave meanwhile.
func (r *runner) invokeAside(ctx context.Context, failed *worker, in *lambda.Invocation, out *lambda.Result) error {
	apart := detach(in)
	apart.Tail, apart.Streaming = in.Tail, in.Streaming
	type answer struct {
		result lambda.Result
		err    error
	}
	done := make(chan *answer, 1)
	go func() {
		a := &answer{}
		a.err = r.invokeAgain(failed, apart, &a.result)
		done <- a
	}()
	var late <-chan time.Time
	if !in.Deadline.IsZero() {
		timer := time.NewTimer(time.Until(in.Deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case a := <-done:
		*out = a.result
		return a.err
	case <-ctx.Done():
	case <-late:
	}
	go func() {
		if a := <-done; a.result.Stream != nil {
			_ = a.result.Stream.Close()
		}
	}()
	return left(ctx)
}

// invokeAgain initialises another worker within the call's time, as AWS does, and has it run the call
// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-init-errors).
func (r *runner) invokeAgain(failed *worker, in *lambda.Invocation, out *lambda.Result) error {
	began := time.Now()
	deadline := began.Add(r.timeout)
	r.replace(failed)
	w, err := r.newWorker(context.Background(), phaseInvoke, false)
	if err != nil {
		r.forget()
		end(in.Ended)
		return err
	}
	w.log.keepTail(in.Tail)
	w.initialise(deadline)
	w.call = call{id: in.RequestID, arn: in.InvokedARN, began: began, deadline: deadline, ended: in.Ended}
	switch {
	case w.failure != nil && w.failure.status == statusTimeout:
		w.logStart()
		w.finish(timedOut(r.timeout), out)
	case w.failure != nil:
		w.logStart()
		w.finish(w.failure, out)
	case !w.send(in):
		w.logStart()
		w.finish(exitFailure(w.proc.Exit()), out)
	default:
		return w.run(context.Background(), in, out)
	}
	return nil
}

// replace gives up a worker; another takes its place.
func (r *runner) replace(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discard(w)
	r.workers++
}

// forget takes note that a worker came to nothing.
func (r *runner) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers--
}
