package dataplane

import (
	"io"
	"net"
	"net/http"

	"golang.org/x/net/http2"
)

// setUpHTTP2 configures x/net/http2. Its own guards against rapid resets and floods of control frames apply.
func (s *Server) setUpHTTP2() error {
	s.http2 = &http2.Server{
		MaxConcurrentStreams: s.limits.MaxStreams,
		IdleTimeout:          s.limits.IdleTimeout,
		ReadIdleTimeout:      s.limits.IdleTimeout,
		WriteByteTimeout:     s.limits.WriteTimeout,
	}
	s.http1 = &http.Server{
		Handler:        HTTPHandler(s.handler, s.limits),
		MaxHeaderBytes: s.limits.MaxHead,
	}
	return http2.ConfigureServer(s.http1, s.http2)
}

// serveHTTP2 serves the rest of the connection as HTTP/2; began says that the preface has been consumed.
func (c *conn) serveHTTP2(began bool) {
	if c.enter(phaseHTTP2) != nil {
		return
	}
	nc := c.net
	if c.in.buffered() > 0 {
		nc = &prefixed{Conn: nc, r: &c.in}
	}
	c.srv.http2.ServeConn(nc, &http2.ServeConnOpts{Context: c.ctx, BaseConfig: c.srv.http1, SawClientPreface: began})
}

// prefixed is a connection of which some bytes have been read ahead.
type prefixed struct {
	net.Conn
	r io.Reader
}

// Read implements io.Reader.
func (p *prefixed) Read(b []byte) (int, error) { return p.r.Read(b) }
