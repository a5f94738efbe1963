package lambda

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/spool"
)

// queue runs asynchronous calls: soon, and again if they fail, until they become dead letters.
type queue struct {
	directory *Directory
	spool     *spool.Spool[eventHead]
	letters   *deadLetters
	log       *slog.Logger
	maxEvents int
	maxBytes  int64
	// left are the files that an earlier process left.
	left []string

	ctx     context.Context // ends when calls that run are left alone
	cancel  context.CancelFunc
	running sync.WaitGroup
	buried  atomic.Uint64

	mu      sync.Mutex
	started bool
	closed  bool
	refused uint64
	events  int
	bytes   int64
	due     *spool.Agenda[*event]
	lanes   map[gateway.FunctionRef]*lane
}

// lane are the events of one function that are due, so that a slow function does not hold up others.
type lane struct {
	waiting []*event
	running int
}

// eventHead is what is known of an asynchronous call besides its payload.
type eventHead struct {
	Ref           gateway.FunctionRef
	RequestID     string
	TraceID       string `json:",omitempty"`
	ClientContext string `json:",omitempty"`
	Accepted      time.Time
}

// Valid implements [spool.Head].
func (h eventHead) Valid() bool { return h.Ref.Name != "" }

// event is an asynchronous call that has not ended. Its payload is in the spool.
type event struct {
	name     string
	size     int64
	ref      gateway.FunctionRef
	accepted time.Time
	// failures are the function's; delays are the attempts since then that did not run it.
	failures, delays int
}

const (
	// perFunction is how many events of a function are run at once.
	perFunction = 100
	// deadLetterFile is the size at which a file of dead letters is put away, and keptFiles how many of these are kept.
	deadLetterFile = 64 << 20
	keptFiles      = 8
)

func newQueue(d *Directory) (*queue, error) {
	s, err := spool.Open[eventHead](d.opts.Spool)
	if err != nil {
		return nil, err
	}
	q := &queue{
		directory: d, spool: s, log: d.opts.Log,
		letters:   &deadLetters{dir: d.opts.DeadLetters, max: deadLetterFile, keep: keptFiles},
		maxEvents: cmp.Or(d.opts.MaxEvents, 100_000), maxBytes: cmp.Or(d.opts.MaxEventBytes, 1<<30),
		due: spool.NewAgenda[*event](), lanes: map[gateway.FunctionRef]*lane{},
	}
	if q.left, err = s.Names(); err != nil {
		return nil, err
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q, nil
}

// accept makes an event durable.
func (q *queue) accept(ref gateway.FunctionRef, in *Invocation) error {
	now := q.directory.opts.Now()
	head := eventHead{Ref: ref, RequestID: in.RequestID, TraceID: in.TraceID, ClientContext: in.ClientContext, Accepted: now}
	if !q.reserve(int64(len(in.Payload))) {
		return &Error{Kind: Throttled, Message: "Rate Exceeded.", Reason: reasonRate, Cause: errSpoolFull}
	}
	name, size, err := q.spool.Put(now, &head, in.Payload)
	if err != nil {
		q.release(int64(len(in.Payload)))
		return &Error{Kind: Internal, Message: "The event could not be stored.", Cause: err}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes += size - int64(len(in.Payload))
	q.due.Add(now, &event{name: name, size: size, ref: ref, accepted: now})
	return nil
}

// reserve makes room for an event.
func (q *queue) reserve(size int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.events >= q.maxEvents || q.bytes+size > q.maxBytes {
		q.refused++
		return false
	}
	q.events++
	q.bytes += size
	return true
}

func (q *queue) release(size int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events--
	q.bytes -= size
}

// start begins to run events, those first that were left.
func (q *queue) start() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.started || q.closed {
		return
	}
	q.started = true
	q.running.Go(func() {
		q.restore()
		q.due.Run(q.dispatch)
	})
}

// dispatch runs what is due and tells when the next event will be.
func (q *queue) dispatch() (wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.directory.opts.Now()
	for !q.closed {
		e, wait, ok := q.due.Next(now)
		if !ok {
			return wait
		}
		l := q.lanes[e.ref]
		if l == nil {
			l = &lane{}
			q.lanes[e.ref] = l
		}
		l.waiting = append(l.waiting, e)
		q.advance(e.ref, l)
	}
	return 0
}

// advance runs what waits in a lane as far as it may. The queue is locked.
func (q *queue) advance(ref gateway.FunctionRef, l *lane) {
	for len(l.waiting) > 0 && l.running < perFunction && !q.closed {
		e := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.running++
		q.running.Go(func() {
			q.deliver(e)
			q.mu.Lock()
			defer q.mu.Unlock()
			l.running--
			q.advance(ref, l)
		})
	}
	if len(l.waiting) == 0 && l.running == 0 {
		delete(q.lanes, ref)
	}
}

// again schedules an event for later.
func (q *queue) again(e *event, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.due.Add(q.directory.opts.Now().Add(after), e)
}

// done removes an event.
func (q *queue) done(e *event) {
	if err := q.spool.Remove(e.name); err != nil {
		q.log.Error("an asynchronous call that has ended could not be removed; it will be run again", "file", e.name, "error", err)
	}
	q.release(e.size)
}

// close leaves alone what has not begun, and waits for the rest until ctx ends.
func (q *queue) close(ctx context.Context) {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return
	}
	q.closed = true
	q.mu.Unlock()
	q.due.Stop()
	stop := context.AfterFunc(ctx, q.cancel)
	q.running.Wait()
	stop()
	q.cancel()
}

// reset drops what has not begun.
func (q *queue) reset() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	dropped := q.due.Drop()
	for _, l := range q.lanes {
		dropped = append(dropped, l.waiting...)
		l.waiting = nil
	}
	for _, e := range dropped {
		q.events--
		q.bytes -= e.size
		if err := q.spool.Remove(e.name); err != nil {
			return err
		}
	}
	return nil
}

// restore schedules what an earlier process left.
func (q *queue) restore() {
	if len(q.left) > 0 {
		q.log.Info("asynchronous calls that were left unfinished go on", "calls", len(q.left))
	}
	for _, name := range q.left {
		head, size, err := q.spool.Head(name)
		if err != nil {
			q.log.Error("an asynchronous call that was left unfinished cannot be read", "file", name, "error", err)
			continue
		}
		q.mu.Lock()
		q.events++
		q.bytes += size
		q.due.Add(q.directory.opts.Now(), &event{name: name, size: size, ref: head.Ref, accepted: head.Accepted, failures: spool.Failures(name)})
		q.mu.Unlock()
	}
	q.left = nil
}
