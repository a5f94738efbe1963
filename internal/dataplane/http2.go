package dataplane

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// pingTimeout is how long an HTTP/2 client may take to answer a ping.
const pingTimeout = 15 * time.Second

// http2Server is net/http's server, for HTTP/2 only, on connections that are handed to it. Its own guards against rapid
// resets and floods of control frames apply.
type http2Server struct {
	http.Server
	handoff *handoff
}

func newHTTP2Server(base context.Context, h Handler, l Limits, log *slog.Logger) *http2Server {
	s := &http2Server{handoff: &handoff{conns: make(chan net.Conn), closed: make(chan struct{})}}
	s.Handler = HTTPHandler(h, l)
	s.MaxHeaderBytes = 4 * l.MaxHead // it counts names and overhead too; the limit itself is HTTPHandler's, which answers with 431
	s.IdleTimeout = l.IdleTimeout
	s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	s.BaseContext = func(net.Listener) context.Context { return base }
	s.Protocols = new(http.Protocols)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	s.HTTP2 = &http.HTTP2Config{
		MaxConcurrentStreams: int(l.MaxStreams),
		SendPingTimeout:      l.IdleTimeout,
		PingTimeout:          pingTimeout,
		WriteByteTimeout:     l.WriteTimeout,
	}
	return s
}

// handoff is a listener whose connections have been accepted elsewhere.
type handoff struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept implements net.Listener.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case nc := <-h.conns:
		return nc, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handoff) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr implements net.Listener.
func (h *handoff) Addr() net.Addr { return &net.TCPAddr{} }

// serveHTTP2 has the rest of the connection served as HTTP/2 and waits for its end.
func (c *conn) serveHTTP2() {
	nc := c.net
	if c.in.buffered() > 0 {
		nc = &prefixed{Conn: nc, in: &c.in}
	}
	if c.enter(phaseHTTP2) != nil {
		return
	}
	select {
	case c.srv.http2.handoff.conns <- nc:
		<-c.socket.closed
	case <-c.srv.http2.handoff.closed:
	}
}

// prefixed is a connection of which some bytes have been read ahead.
type prefixed struct {
	net.Conn
	in *input
}

// Read implements io.Reader.
func (p *prefixed) Read(b []byte) (int, error) { return p.in.Read(b) }

// socket is an accepted connection that tells when it has been closed, by whomever.
type socket struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
}

// Close implements net.Conn.
func (s *socket) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() { close(s.closed) })
	return err
}

// CloseWrite ends the response, while the client may still be sending.
func (s *socket) CloseWrite() error {
	if half, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
