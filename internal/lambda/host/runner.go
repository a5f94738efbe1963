package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// runner is a lambda.Runner.
type runner struct {
	host    *Host
	version *lambda.Version
	format  format
	logs    lambda.LogWriter
	timeout time.Duration

	mu sync.Mutex
	// idle are workers that wait for a call, the one used last at the end.
	idle []*worker
	// waiting are calls that wait for a worker, the oldest first.
	waiting []chan grant
	// starting counts the workers that are being started, workers all.
	starting, workers int
	// expected counts workers that will soon be free.
	expected int
	warm     int
	retired  bool
}

// grant is what a waiting call gets.
type grant struct {
	worker *worker
	err    error
}

// acquire returns an idle worker, or else where one will come.
func (r *runner) acquire() (*worker, chan grant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.idle) > 0 {
		last := len(r.idle) - 1
		w := r.idle[last]
		r.idle[last] = nil
		r.idle = r.idle[:last]
		if !w.isStale() {
			return w, nil
		}
		r.discard(w)
	}
	ch := make(chan grant, 1)
	r.waiting = append(r.waiting, ch)
	r.supply()
	return nil, ch
}

// supply starts workers for the calls that wait. The lock is held.
func (r *runner) supply() {
	for r.starting+r.expected < len(r.waiting) {
		r.start(false)
	}
}

// start starts a worker in the background. The lock is held.
func (r *runner) start(provisioned bool) {
	r.starting++
	r.workers++
	go func() {
		r.host.watch(r)
		w, err := r.newWorker(context.Background(), phaseInit, provisioned)
		if err == nil {
			w.initialise(time.Now().Add(r.host.opts.InitTimeout))
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.starting--
		if err != nil {
			r.workers--
			r.refuse(err)
			r.supply()
			return
		}
		r.give(w)
	}()
}

// refuse tells a waiting call that its worker could not be started. The lock is held.
func (r *runner) refuse(err error) {
	if len(r.waiting) == 0 {
		r.host.opts.Log.Warn("worker not started", "function", r.version.Name, "version", r.version.Version, "error", err)
		return
	}
	r.next() <- grant{err: err}
}

// next takes the call that has waited longest. The lock is held.
func (r *runner) next() chan grant {
	ch := r.waiting[0]
	r.waiting[0] = nil
	r.waiting = r.waiting[1:]
	return ch
}

// give gives a worker to a waiting call, or lets it be idle. The lock is held.
func (r *runner) give(w *worker) {
	switch {
	case w.isStale() && w.ready:
		// Its place is taken by another that has the new code.
		r.discard(w)
		r.supply()
		r.fill()
	case len(r.waiting) > 0:
		r.next() <- grant{worker: w}
	case r.retired || !w.ready || w.gone:
		r.discard(w)
	default:
		w.idleSince = r.host.opts.Clock.Now()
		r.idle = append(r.idle, w)
	}
}

// free takes back a worker after a call.
func (r *runner) free(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unexpect(w)
	if w.gone {
		w.end()
		return
	}
	r.give(w)
}

// discard ends a worker. The lock is held.
func (r *runner) discard(w *worker) {
	r.uncount(w)
	w.end()
}

// uncount counts a worker no more. The lock is held.
func (r *runner) uncount(w *worker) {
	if !w.gone {
		w.gone = true
		r.workers--
	}
	r.unexpect(w)
}

// drop ends a worker that is no more of use.
func (r *runner) drop(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discard(w)
	r.supply()
}

// minLife is how long a worker that is kept warm must have lived to be replaced without delay.
const minLife = time.Second

// lost takes note that a worker's process has ended.
func (r *runner) lost(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.idle, w); i >= 0 {
		r.idle = slices.Delete(r.idle, i, i+1)
		w.end()
	}
	r.uncount(w)
	r.supply()
	// One that dies at once would die again at once: the next sweep tries it.
	if w.ready && time.Since(w.began) > minLife {
		r.fill()
	}
}

// fill starts the workers that are to be kept. The lock is held.
func (r *runner) fill() {
	for !r.retired && r.workers < r.warm {
		r.start(true)
	}
}

// Warm implements lambda.Runner.
func (r *runner) Warm(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warm = n
	r.fill()
}

// Warmed implements lambda.Runner.
func (r *runner) Warmed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.workers - r.starting
}

// Retire implements lambda.Runner.
func (r *runner) Retire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retired = true
	for _, w := range r.idle {
		r.discard(w)
	}
	r.idle = nil
}

// sweep ends workers that have been idle since before a time, and those with old code. It reports whether the runner has
// and wants none.
func (r *runner) sweep(before time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.idle[:0]
	for _, w := range r.idle { // the oldest come first
		if w.isStale() || w.idleSince.Before(before) && r.workers > r.warm {
			r.discard(w)
			continue
		}
		kept = append(kept, w)
	}
	clear(r.idle[len(kept):])
	r.idle = kept
	r.fill()
	return r.workers == 0
}

func (r *runner) isEmpty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.workers == 0
}
