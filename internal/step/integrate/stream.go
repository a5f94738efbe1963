package integrate

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Streaming says that an answer is passed on as it comes, and bounds it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html). The integration's timeout ends
// the whole of it.
type Streaming struct {
	// Idle is the longest that the client waits for the next bytes.
	Idle time.Duration
	// Rate is in bytes per second what goes beyond the first 10 MB at most; 0 is no limit.
	Rate int64
}

// freeOfRate is what of a stream comes as fast as it can.
const freeOfRate = 10 << 20

// pace holds what is left of a response to the rate.
func (s *Streaming) pace(body *exchange.Body) {
	if body.Stream != nil && s.Rate > 0 {
		body.Stream = &paced{ReadCloser: body.Stream, rate: s.Rate, free: freeOfRate}
	}
}

// paced is a stream with a rate. It waits behind what it has read, so that its reader has all that there may be.
type paced struct {
	io.ReadCloser
	rate, free int64
	// sent is what came since began, when the free part ended.
	sent  int64
	began time.Time
}

// Read implements io.Reader. It waits for an eighth of a second at most, so that who reads notices what else happens.
func (p *paced) Read(b []byte) (int, error) {
	if most := max(p.rate/8, 1); p.free <= 0 && int64(len(b)) > most {
		b = b[:most]
	}
	n, err := p.ReadCloser.Read(b)
	if p.free > 0 {
		p.free -= int64(n)
		if p.free > 0 || err != nil {
			return n, err
		}
		p.began, p.sent = time.Now(), -p.free
	} else {
		p.sent += int64(n)
	}
	if err == nil {
		const second = int64(time.Second)
		due := time.Duration(p.sent/p.rate*second + p.sent%p.rate*second/p.rate)
		time.Sleep(time.Until(p.began.Add(due)))
	}
	return n, err
}

// impatient is a stream that ends when nothing has come for too long. Closing its source ends a Read of it.
type impatient struct {
	io.ReadCloser
	idle    time.Duration
	timer   *time.Timer
	expired atomic.Bool
}

func newImpatient(source io.ReadCloser, idle time.Duration) *impatient {
	s := &impatient{ReadCloser: source, idle: idle}
	s.timer = time.AfterFunc(idle, func() {
		s.expired.Store(true)
		_ = s.ReadCloser.Close() // the reader is told
	})
	return s
}

// Read implements io.Reader.
func (s *impatient) Read(b []byte) (int, error) {
	s.timer.Reset(s.idle)
	n, err := s.ReadCloser.Read(b)
	s.timer.Stop()
	if err != nil && s.expired.Load() {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// Close implements io.Closer.
func (s *impatient) Close() error {
	s.timer.Stop()
	return s.ReadCloser.Close()
}
