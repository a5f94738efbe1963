package host

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

// stream is an answer that the caller reads while the function makes it.
type stream struct {
	worker *worker
	// seq and deadline are the call's; the worker may have another by the time of the stream's closing.
	seq      uint64
	deadline time.Time
	out      *lambda.Result
	// until is when the caller, or the function, has no more time.
	until time.Time

	closed atomic.Bool
	mu     sync.Mutex // held while the worker's connection is read
	total  int
	err    error // why there is no more
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed.Load():
		return 0, os.ErrClosed
	case s.err != nil:
		return 0, s.err
	case len(p) == 0:
		return 0, nil
	}
	n, err := s.worker.api.Read(p, s.until)
	if s.total += n; s.total > lambda.MaxStreamed && err == nil {
		s.worker.end()
		s.err = s.conclude(tooLarge(lambda.MaxStreamed), s.out)
		return 0, s.err
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, runtimeapi.ErrInterrupted):
		return 0, os.ErrClosed
	case errors.Is(err, runtimeapi.ErrDeadline) && s.until.Before(s.deadline):
		return 0, os.ErrDeadlineExceeded
	}
	s.err = s.settle(err, s.out)
	return 0, s.err
}

// Close implements io.Closer. If the stream has not ended, the function goes on all the same.
func (s *stream) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.worker.api.Interrupt(s.seq)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = os.ErrClosed
		go s.drain()
	}
	return nil
}

// drain reads what nobody wants, until the function has ended.
func (s *stream) drain() {
	const piece = 16 << 10
	p := make([]byte, piece)
	for {
		_, err := s.worker.api.Read(p, s.deadline)
		if err != nil && !errors.Is(err, runtimeapi.ErrInterrupted) {
			_ = s.settle(err, &lambda.Result{})
			return
		}
	}
}

// settle ends the call for the reason that its reading ended, and returns what the reader is told.
func (s *stream) settle(err error, out *lambda.Result) error {
	var failed *runtimeapi.StreamError
	switch {
	case errors.Is(err, io.EOF):
		return s.conclude(nil, out)
	case errors.As(err, &failed):
		return s.conclude(&failure{status: statusSuccess, kind: failed.Type, payload: failed.Payload}, out)
	}
	return s.conclude(s.worker.failureOf(nil, err), out)
}

func (s *stream) conclude(f *failure, out *lambda.Result) error {
	s.worker.finish(f, out)
	if f != nil {
		return &streamError{kind: f.kind}
	}
	return io.EOF
}

// streamError is how a stream that failed ends.
type streamError struct {
	kind string
}

// Error implements error.
func (e *streamError) Error() string { return "the function failed: " + e.kind }
