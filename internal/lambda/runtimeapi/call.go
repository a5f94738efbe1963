package runtimeapi

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"
)

// call is the invocation under way.
type call struct {
	seq         uint64
	event       Event
	conn        *conn // that the call reads; nil while it waits for one
	interrupted bool
	abandoned   bool

	answer Answer
	// reading: the answer's body is being read, into dst up to have, or nowhere if it is too large.
	reading  bool
	tooLarge bool
	dst      []byte
	have     int
}

// Begin gives the worker an event. It does not wait; [Server.Await] does the rest. The number is the call's.
func (s *Server) Begin(e *Event) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.gone {
		return 0, ErrClosed
	}
	if s.phase != ready {
		return 0, ErrNotReady
	}
	s.call = call{seq: s.call.seq + 1, event: *e, conn: s.parked}
	s.parked, s.phase, s.offered = nil, running, nil
	if s.call.conn != nil {
		s.call.conn.event(&s.call.event)
	}
	return s.call.seq, nil
}

// Interrupt wakes who waits for a call.
func (s *Server) Interrupt(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call.seq == seq && s.phase != ready {
		s.call.interrupted = true
		s.nudge()
	}
}

// Abandon lets go of the event's and the answer's memory: the call can be awaited on, and its answer is dropped. Nobody
// may be waiting for it at the time.
func (s *Server) Abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.call
	c.abandoned = true
	c.dst, c.event.Payload, c.event.Alloc = nil, nil, nil
	c.event.RequestID = strings.Clone(c.event.RequestID)
	if c.conn != nil {
		c.conn.tail = bytes.Clone(c.conn.tail)
	}
}

// Await waits until the worker has answered, or until a time. After [ErrDeadline] and [ErrInterrupted] it can be called again.
func (s *Server) Await(until time.Time) (Answer, error) {
	for {
		c, err := s.hold(until)
		if err != nil {
			return Answer{}, err
		}
		if c == nil {
			s.waitForNews(until)
			continue
		}
		done, err := s.attend(c)
		if done {
			a := s.call.answer
			s.call.answer.Payload = nil
			return a, nil
		}
		if err != nil {
			s.lose(c, err)
		}
	}
}

// hold returns the connection that the call is to read, with its deadline set, or why the wait is over.
func (s *Server) hold(until time.Time) (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.gone && len(s.conns) == 0:
		return nil, ErrClosed
	case s.call.interrupted:
		s.call.interrupted = false
		return nil, ErrInterrupted
	case !time.Now().Before(until):
		return nil, ErrDeadline
	}
	if c := s.offered; c != nil && !s.call.reading {
		if old := s.call.conn; old != nil && old != c {
			_ = old.SetDeadline(time.Time{})
			go old.serve()
		}
		s.call.conn, s.offered = c, nil
	}
	if s.call.conn != nil {
		_ = s.call.conn.SetDeadline(until)
	}
	return s.call.conn, nil
}

// waitForNews waits until the worker comes back on another connection.
func (s *Server) waitForNews(until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-s.wake:
	case <-timer.C:
	}
}

// attend does the next thing with the call's connection, and reports whether the call has its answer.
func (s *Server) attend(c *conn) (done bool, err error) {
	if s.call.reading {
		return s.readAnswer(c)
	}
	v := mine
	if !c.pending {
		if err := c.readRequest(); err != nil {
			return false, err
		}
		if c.req.op != opNext {
			v = c.handle()
		}
	}
	c.pending = false
	switch {
	case v == closing:
		return false, io.EOF
	case v != mine:
		return false, c.discard()
	case c.req.op == opNext:
		if err := c.discard(); err != nil {
			return false, err
		}
		s.again(c)
		return false, nil
	}
	return s.beginAnswer(c)
}

// again gives the event to a worker that asks for it once more. One who left has taken it along.
func (s *Server) again(c *conn) {
	if s.call.abandoned {
		c.refuseTransition(running, ready)
		return
	}
	c.event(&s.call.event)
}

// lose gives up a connection, unless it only has to be looked at again. What was read of an answer is void.
func (s *Server) lose(c *conn, err error) {
	if isTimeout(err) {
		return
	}
	c.complain(err)
	s.mu.Lock()
	s.call.conn, s.call.reading = nil, false
	s.call.dst, s.call.have, s.call.tooLarge = nil, 0, false
	s.call.answer = Answer{}
	if s.phase == responding || s.phase == failing {
		s.phase = running
	}
	s.mu.Unlock()
	s.drop(c)
}

// beginAnswer looks at an answer's head.
func (s *Server) beginAnswer(c *conn) (done bool, err error) {
	a := &s.call.answer
	*a = Answer{ContentType: string(c.req.contentType)}
	if c.req.op == opError {
		a.Failed, a.ErrorType = true, errorType(c.req.errorType)
	}
	switch mode := string(c.req.mode); {
	case mode == "" || c.req.op == opError:
	case mode != "streaming":
		*a = Answer{Failed: true, ErrorType: "Runtime.InvalidResponseModeHeader"}
		c.refuse(statusBadRequest, "Invalid function response mode", "InvalidFunctionResponseMode")
		if err := c.discard(); err != nil {
			return false, err
		}
		s.finish(c)
		return true, nil
	case s.call.event.Streaming && !s.call.abandoned:
		a.Stream = true
		return true, nil
	}
	s.call.reading = true
	s.call.dst, s.call.have, s.call.tooLarge = nil, 0, false
	if n := c.body.length(); n > int64(s.max) {
		s.call.tooLarge = true
	} else if n > 0 && !s.call.abandoned {
		s.call.dst = s.alloc(int(n))
	}
	return s.readAnswer(c)
}

func (s *Server) alloc(n int) []byte {
	if f := s.call.event.Alloc; f != nil {
		return f(n)[:n]
	}
	return make([]byte, n)
}

// readAnswer reads an answer's body as far as it comes.
func (s *Server) readAnswer(c *conn) (done bool, err error) {
	for {
		n, err := c.readBody(s.room(c))
		s.took(n)
		if errors.Is(err, io.EOF) {
			s.endAnswer(c)
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// scratch is how much of an answer is read at once that is dropped, or whose length is not known.
const scratch = 16 << 10

// room is where the next bytes of the answer go.
func (s *Server) room(c *conn) []byte {
	k := &s.call
	if k.tooLarge || k.abandoned {
		return c.scratch()
	}
	if k.have == len(k.dst) && c.body.length() < 0 {
		k.dst = append(k.dst, make([]byte, max(len(k.dst), scratch))...)
	}
	return k.dst[k.have:]
}

// took takes note of bytes of the answer.
func (s *Server) took(n int) {
	k := &s.call
	if k.tooLarge || k.abandoned {
		return
	}
	if k.have += n; k.have > s.max {
		k.tooLarge, k.dst, k.have = true, nil, 0
	}
}

// endAnswer makes the answer of what was read.
func (s *Server) endAnswer(c *conn) {
	k := &s.call
	k.reading = false
	if k.tooLarge {
		k.answer = Answer{Failed: true, ErrorType: TooLarge}
		c.tooLarge(s.max)
		s.finish(c)
		return
	}
	if !k.abandoned {
		k.answer.Payload = k.dst[:k.have]
	}
	if failed := c.body.failure(); failed != nil {
		k.answer.Failed, k.answer.ErrorType, k.answer.Payload = true, failed.Type, failed.Payload
	}
	c.accepted()
	s.finish(c)
}

// TooLarge is the type of the error that stands for an answer over the limit. Its payload is for the server's user to write.
const TooLarge = "Function.ResponseSizeTooLarge"

// Read reads an answer that is a stream. Its end is [io.EOF], or a [StreamError] if the worker says that it failed.
func (s *Server) Read(p []byte, until time.Time) (int, error) {
	for {
		c, err := s.hold(until)
		if err != nil {
			return 0, err
		}
		if c == nil {
			return 0, io.EOF
		}
		n, err := c.readBody(p)
		switch {
		case err == nil:
			return n, nil
		case isTimeout(err):
			continue
		case !errors.Is(err, io.EOF):
			s.lose(c, err)
			s.setPhase(answered)
			return 0, ErrTruncated
		}
		failed := c.body.failure()
		c.accepted()
		s.finish(c)
		if failed != nil {
			return 0, failed
		}
		return 0, io.EOF
	}
}

func (s *Server) setPhase(p phase) {
	s.mu.Lock()
	s.phase = p
	s.mu.Unlock()
}

// finish ends the call and lets its connection go on: if the worker has asked for the next invocation already, it is parked, and
// hears of this answer along with that invocation.
func (s *Server) finish(c *conn) {
	s.mu.Lock()
	s.phase = answered
	s.call.conn = nil
	s.call.dst, s.call.event.Payload, s.call.event.Alloc = nil, nil, nil
	s.mu.Unlock()
	if c.hasRequest() {
		if err := c.readRequest(); err != nil {
			c.complain(err)
			s.drop(c)
			return
		}
		c.pending = true
		if c.req.op == opNext && c.body.done() {
			c.pending = false
			if c.park() == handed {
				return
			}
		}
	}
	_ = c.SetDeadline(time.Time{})
	go c.serve()
}
