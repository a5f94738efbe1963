// Package runtimeapi is the Lambda Runtime API (2018-06-01) for one worker: it hands over events and takes answers
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
//
// A worker has a [Server] to itself. Its connection, once it has asked for the next invocation, is parked: nobody waits at
// it. A call takes it, and the goroutine that calls writes the event and reads the answer itself, so that a warm call is one
// write, one wait and one read. Workers that use another connection for each request are served by a goroutine per connection, which hands
// over to the call what is the call's.
//
// It knows nothing of processes and imports nothing of this module but rawio.
package runtimeapi

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// Event is an invocation as the worker gets it.
type Event struct {
	RequestID, TraceID, ClientContext, FunctionARN string
	// Deadline is when the function's time is up, as the worker is told.
	Deadline time.Time
	Payload  []byte
	// Streaming leaves a streamed answer to be read by [Server.Read]; otherwise it is collected.
	Streaming bool
	// Alloc gives memory for the answer, of the goroutine that awaits it; nil stands for make.
	Alloc func(n int) []byte
}

// Answer is what the worker made of an event.
type Answer struct {
	// Failed is an answer that is an error, of the type that the worker gave it.
	Failed    bool
	ErrorType string
	// Payload is the answer, or the error. It is empty for a stream.
	Payload     []byte
	ContentType string
	// Stream is an answer that is still to be read.
	Stream bool
}

// Failure is what a worker said of its initialisation.
type Failure struct {
	Type    string
	Payload []byte
}

// Why the wait for an answer ended without one.
var (
	// ErrDeadline is a deadline that passed, and ErrInterrupted a wait that was interrupted. It can be waited on.
	ErrDeadline    = errors.New("runtimeapi: deadline passed")
	ErrInterrupted = errors.New("runtimeapi: interrupted")
	// ErrClosed is a server that was closed.
	ErrClosed = errors.New("runtimeapi: closed")
	// ErrNotReady is a worker that has not asked for an invocation.
	ErrNotReady = errors.New("runtimeapi: worker not ready")
	// ErrTruncated is a stream that broke off.
	ErrTruncated = errors.New("runtimeapi: stream broke off")
)

// StreamError is the end of a stream that the worker ended with an error.
type StreamError struct {
	Type    string
	Payload []byte
}

// Error implements error.
func (e *StreamError) Error() string { return "runtimeapi: stream failed: " + e.Type }

// maxConns bounds the connections that a worker may have.
const maxConns = 32

// phase is where a worker is, under the names of AWS's error messages
// (https://github.com/aws/aws-lambda-runtime-interface-emulator, internal/lambda/core/runtime_state_names.go).
type phase string

const (
	started    phase = "Started"
	initFailed phase = "InitError"
	ready      phase = "Ready"
	running    phase = "Running"
	responding phase = "InvocationResponse"
	failing    phase = "InvocationErrorResponse"
	answered   phase = "RuntimeResponseSentState"
)

// Server is the Runtime API of one worker. One call at a time may be under way.
type Server struct {
	max int

	mu        sync.Mutex
	listeners []net.Listener
	conns     map[*conn]struct{}
	closed    bool
	gone      bool // the worker's process has ended
	phase     phase
	parked    *conn
	onReady   func()
	failure   *Failure

	call call
	// offered is a connection with a request that belongs to the call; wake has something when there is news for the call.
	offered *conn
	wake    chan struct{}
}

// New returns a server that takes answers of at most so many bytes. Streams have no limit here.
func New(maxResponse int) *Server {
	return &Server{max: maxResponse, conns: map[*conn]struct{}{}, phase: started, wake: make(chan struct{}, 1)}
}

// ListenUnix serves a Unix socket.
func (s *Server) ListenUnix(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	return s.accept(l)
}

// ListenTCP serves a port of the loopback, and returns its address.
func (s *Server) ListenTCP() (string, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	return l.Addr().String(), s.accept(l)
}

func (s *Server) accept(l net.Listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = l.Close()
		return ErrClosed
	}
	s.listeners = append(s.listeners, l)
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				if s.isOver() {
					return
				}
				time.Sleep(10 * time.Millisecond) // out of descriptors: others may give some back
				continue
			}
			if c := s.admit(nc); c != nil {
				go c.serve()
			} else {
				_ = nc.Close()
			}
		}
	}()
	return nil
}

func (s *Server) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed || s.gone
}

func (s *Server) admit(nc net.Conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= maxConns {
		return nil
	}
	c := newConn(s, nc)
	s.conns[c] = struct{}{}
	return c
}

// drop closes a connection.
func (s *Server) drop(c *conn) {
	_ = c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	if s.parked == c {
		s.parked = nil
	}
	if s.gone {
		s.nudge()
	}
	s.mu.Unlock()
}

// Close ends everything; a call under way gets [ErrClosed].
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	for c := range s.conns {
		_ = c.Close()
	}
	s.onReady = nil
	s.nudge()
}

// Gone says that the worker's process has ended. What it has written by then is still read; after that, a call under way
// gets [ErrClosed].
func (s *Server) Gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	if c := s.parked; c != nil {
		delete(s.conns, c)
		_ = c.Close()
		s.parked = nil
	}
	s.onReady = nil
	s.nudge()
}

// IsReady reports whether the worker waits for an invocation.
func (s *Server) IsReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == ready
}

// WhenReady reports whether the worker waits for an invocation. If it does not, f is called once when it does, or when
// it says that its initialisation failed.
func (s *Server) WhenReady(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == ready {
		return true
	}
	s.onReady = f
	return false
}

// InitFailure is what the worker said of its initialisation, if that failed.
func (s *Server) InitFailure() *Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// nudge tells the call that there is news.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if c := s.call.conn; c != nil {
		_ = c.SetDeadline(time.Unix(1, 0))
	}
}

// park leaves a connection that asked for the next invocation until there is one.
func (s *Server) park(c *conn) verdict {
	s.mu.Lock()
	switch s.phase {
	case running:
		// It asks again, perhaps since the connection broke on which it had asked first: the event is still its.
		s.offer(c)
		s.mu.Unlock()
		return handed
	case responding, failing, initFailed:
		from := s.phase
		s.mu.Unlock()
		c.refuseTransition(from, ready)
		return keep
	case started, ready, answered:
	}
	if old := s.parked; old != nil && old != c {
		delete(s.conns, old)
		_ = old.Close()
	}
	s.parked, s.phase = c, ready
	f := s.onReady
	s.onReady = nil
	s.mu.Unlock()
	if f != nil {
		f()
	}
	return handed
}

// offer hands a connection to the call.
func (s *Server) offer(c *conn) {
	if old := s.offered; old != nil && old != c {
		delete(s.conns, old)
		_ = old.Close()
	}
	c.pending = true
	s.offered = c
	s.nudge()
}

// claim decides about an answer that came on a connection: it is the call's, or it is refused.
func (s *Server) claim(c *conn) verdict {
	s.mu.Lock()
	none := s.phase == started || s.phase == initFailed || s.phase == ready
	if none || string(c.req.id) != s.call.event.RequestID {
		s.mu.Unlock()
		return c.refuse(statusBadRequest, "Invalid request ID", "InvalidRequestID")
	}
	to := responding
	if c.req.op == opError {
		to = failing
	}
	if from := s.phase; from != running {
		s.mu.Unlock()
		return c.refuseTransition(from, to)
	}
	s.phase = to
	if s.call.conn == c {
		s.mu.Unlock()
		return mine
	}
	s.offer(c)
	s.mu.Unlock()
	return handed
}

// initError takes what a worker says of its initialisation.
func (s *Server) initError(c *conn) verdict {
	s.mu.Lock()
	from := s.phase
	s.mu.Unlock()
	if from != started {
		return c.refuseTransition(from, initFailed)
	}
	f := &Failure{Type: errorType(c.req.errorType)}
	body, tooLarge, err := c.collect(s.max)
	if err != nil {
		return closing
	}
	if f.Payload = body; tooLarge {
		f.Payload = nil
	}
	s.mu.Lock()
	s.phase, s.failure = initFailed, f
	tell := s.onReady
	s.onReady = nil
	s.mu.Unlock()
	if tell != nil {
		tell()
	}
	c.accepted()
	return keep
}

// isTimeout reports whether a wait ended by a deadline, ours or a nudge.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
