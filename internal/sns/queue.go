package sns

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/spool"
)

// queue delivers what the spool holds when it is due. Each subscriber has a lane of its own, so that one that hangs holds up no other.
type queue struct {
	courier *Courier
	files   *spool.Spool[delivery]
	left    []string
	dropped atomic.Uint64

	ctx     context.Context // ends when deliveries that run are left alone
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu              sync.Mutex
	started, closed bool
	items           int
	bytes           int64
	due             *spool.Agenda[*item]
	lanes           map[string]*lane
}

// lane is what one subscriber is to get.
type lane struct {
	// items counts all, those that wait for another try included.
	items, running int
	ready          []*item
}

// item is a delivery that has not ended. Its text is in the spool.
type item struct {
	name     string
	size     int64
	lane     string
	failures int
}

// perSubscriber is how many deliveries to a subscriber run at once.
const perSubscriber = 10

func newQueue(c *Courier, files *spool.Spool[delivery]) (*queue, error) {
	q := &queue{courier: c, files: files, due: spool.NewAgenda[*item](), lanes: map[string]*lane{}}
	var err error
	if q.left, err = files.Names(); err != nil {
		return nil, err
	}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q, nil
}

// lane of a delivery: its subscription's; dead letters go by their queue.
func (d *delivery) lane() string { return d.ARN + " " + d.Endpoint }

// accept makes a delivery durable, unless its subscriber has too many. A dead letter is always accepted: it takes the place of another.
func (q *queue) accept(d *delivery, text []byte) error {
	size := int64(len(text))
	ok, err := q.reserve(d, size)
	if !ok {
		return err
	}
	name, stored, err := q.files.Put(d.Accepted, d, text)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.release(d.lane(), size)
		return err
	}
	q.bytes += stored - size
	q.due.Add(d.Accepted, &item{name: name, size: stored, lane: d.lane()})
	return nil
}

func (q *queue) reserve(d *delivery, size int64) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if d.Letter {
		q.add(d.lane(), size)
		return true, nil
	}
	if q.closed || q.items >= q.courier.opts.MaxDeliveries || q.bytes+size > q.courier.opts.MaxBytes {
		return false, ErrFull
	}
	l := q.lanes[d.lane()]
	if l != nil && l.items >= q.courier.opts.MaxPerSubscription {
		q.dropped.Add(1)
		return false, nil
	}
	q.add(d.lane(), size)
	return true, nil
}

// add counts an item. The queue is locked.
func (q *queue) add(name string, size int64) {
	l := q.lanes[name]
	if l == nil {
		l = &lane{}
		q.lanes[name] = l
	}
	l.items++
	q.items++
	q.bytes += size
}

// release forgets an item. The queue is locked.
func (q *queue) release(name string, size int64) {
	q.items--
	q.bytes -= size
	l := q.lanes[name]
	l.items--
	if l.items == 0 {
		delete(q.lanes, name)
	}
}

func (q *queue) room() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.items >= q.courier.opts.MaxDeliveries || q.bytes >= q.courier.opts.MaxBytes {
		return ErrFull
	}
	return nil
}

func (q *queue) waiting() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return int64(q.items)
}

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

// restore schedules what an earlier process left.
func (q *queue) restore() {
	for _, name := range q.left {
		d, size, err := q.files.Head(name)
		if err != nil {
			q.courier.opts.Log.Error("a message that was left undelivered cannot be read", "file", name, "error", err)
			continue
		}
		q.mu.Lock()
		q.add(d.lane(), size)
		q.due.Add(q.courier.opts.Now(), &item{name: name, size: size, lane: d.lane(), failures: spool.Failures(name)})
		q.mu.Unlock()
	}
	q.left = nil
}

// dispatch begins what is due and tells when the next item will be.
func (q *queue) dispatch() (wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.courier.opts.Now()
	for !q.closed {
		i, wait, ok := q.due.Next(now)
		if !ok {
			return wait
		}
		l := q.lanes[i.lane]
		l.ready = append(l.ready, i)
		q.advance(l)
	}
	return 0
}

// advance begins what waits in a lane as far as it may. The queue is locked.
func (q *queue) advance(l *lane) {
	for len(l.ready) > 0 && l.running < perSubscriber && !q.closed {
		i := l.ready[0]
		l.ready = l.ready[1:]
		l.running++
		q.running.Go(func() {
			end := q.courier.attempt(q.ctx, i)
			q.mu.Lock()
			defer q.mu.Unlock()
			l.running--
			q.settle(i, end)
			q.advance(l)
		})
	}
}

// settle does with an item what its attempt came to. The queue is locked.
func (q *queue) settle(i *item, end outcome) {
	switch {
	case end.left:
		// The process ends, and the next one delivers it.
	case end.again:
		q.due.Add(q.courier.opts.Now().Add(end.after), i)
	default:
		q.release(i.lane, i.size)
	}
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
		dropped = append(dropped, l.ready...)
		l.ready = nil
	}
	for _, i := range dropped {
		q.release(i.lane, i.size)
		if err := q.files.Remove(i.name); err != nil {
			return err
		}
	}
	return nil
}
