package host

import (
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

// format writes what AWS adds to a function's log. It appends to b; what is to be left out is empty.
type format interface {
	initStart(b []byte, w *worker, at time.Time) []byte
	initReport(b []byte, w *worker, at time.Time) []byte
	start(b []byte, c *call, at time.Time) []byte
	// failure is what is said of a failure at once.
	failure(b []byte, c *call, f *failure, at time.Time) []byte
	end(b []byte, c *call) []byte
	report(b []byte, r *report, at time.Time) []byte
}

func newFormat(v *lambda.Version) format {
	if v.LogFormat == "JSON" {
		return &recordFormat{version: v, level: levelOf(v.SystemLevel)}
	}
	return &textFormat{version: v}
}

// report is what a call came to.
type report struct {
	call     *call
	duration time.Duration
	// init is the initialisation that the call had to wait for; 0 is none.
	init             time.Duration
	memoryMB, peakMB int
	failure          *failure
}

func (r *report) status() status {
	if r.failure == nil {
		return statusSuccess
	}
	return r.failure.status
}

// billed is in milliseconds, with the initialisation
// (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
func (r *report) billed() int64 {
	const ms = time.Millisecond
	return int64((r.duration + r.init + ms - 1) / ms)
}

// tailSize is how much of a call's log its caller may have
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseElements).
const tailSize = 4 << 10

// logger writes the log of one worker. The worker's own lines come from another goroutine than those of its calls.
type logger struct {
	runner *runner
	stream string

	mu   sync.Mutex
	buf  []byte
	tail []byte
	keep bool // tail is wanted
}

func newLogger(r *runner, stream string) *logger { return &logger{runner: r, stream: stream} }

// line logs a line of the worker.
func (l *logger) line(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(time.Now(), b)
}

// write logs a line and keeps it if the call's tail is wanted. The lock is held.
func (l *logger) write(at time.Time, b []byte) {
	l.runner.logs.LogTo(at, l.stream, b)
	if !l.keep {
		return
	}
	from := len(l.tail)
	l.tail = append(append(l.tail, b...), '\n')
	for i := from; i < len(l.tail); i++ {
		if l.tail[i] == '\r' { // a break within an event
			l.tail[i] = '\n'
		}
	}
	if over := len(l.tail) - tailSize; over > tailSize {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
}

// add logs a line of ours, if there is one.
func (l *logger) add(line func(b []byte, at time.Time) []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.buf = line(l.buf[:0], now); len(l.buf) > 0 {
		l.write(now, l.buf)
	}
}

// keepTail begins a tail.
func (l *logger) keepTail(keep bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep, l.tail = keep, l.tail[:0]
}

// takeTail returns the end of what was logged since.
func (l *logger) takeTail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.keep {
		return nil
	}
	tail := l.tail
	l.keep, l.tail = false, nil
	return tail[max(len(tail)-tailSize, 0):]
}

func (l *logger) initStart(w *worker) {
	l.add(func(b []byte, at time.Time) []byte { return l.runner.format.initStart(b, w, at) })
}

func (l *logger) initReport(w *worker) {
	l.add(func(b []byte, at time.Time) []byte { return l.runner.format.initReport(b, w, at) })
}
