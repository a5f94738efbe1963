package host

import "time"

// grace is how long a worker that has answered may take to ask for its next call until another is started for a call
// that waits.
const grace = 25 * time.Millisecond

// release lets the worker have another call as soon as it asks for one. It has until the call's deadline for that.
func (w *worker) release() {
	if w.api.IsReady() {
		w.runner.free(w)
		return
	}
	deadline := w.call.deadline
	if !w.runner.expect(w) {
		w.end()
		return
	}
	tardy := time.AfterFunc(grace, func() { w.runner.tardy(w) })
	late := time.AfterFunc(time.Until(deadline), w.end)
	free := func() {
		tardy.Stop()
		if late.Stop() {
			w.runner.free(w)
		} else {
			w.runner.drop(w)
		}
	}
	if w.api.WhenReady(free) {
		free()
	}
}

// expect takes note that a worker will soon be free, unless it has ended.
func (r *runner) expect(w *worker) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.gone {
		return false
	}
	w.expected = true
	r.expected++
	return true
}

// tardy takes note that a worker was not free soon.
func (r *runner) tardy(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unexpect(w)
	r.supply()
}

// unexpect counts an expected worker no more. The lock is held.
func (r *runner) unexpect(w *worker) {
	if w.expected {
		w.expected = false
		r.expected--
	}
}
