package runtimeapi

import (
	"net"
	"sync"
)

// Serve serves a connection; the channel is closed when it is closed.
func Serve(s *Server, nc net.Conn) <-chan struct{} {
	n := &noting{Conn: nc, closed: make(chan struct{})}
	go s.admit(n).serve()
	return n.closed
}

type noting struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (n *noting) Close() error {
	n.once.Do(func() { close(n.closed) })
	return n.Conn.Close()
}
