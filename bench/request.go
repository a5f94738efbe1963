package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// request is the GET that is sent to a proxy, by the load generator and by the harness itself.
type request struct {
	url  string
	host string // Host header; empty for the URL's own
	body string // the answer's body, where it is to be checked
}

// do sends the request once. Any answer but 200 with the expected body is an error.
func (r request) do(ctx context.Context, client *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return err
	}
	req.Host = r.host
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return checkAnswer(resp, r.body)
}

// checkAnswer reads and closes the answer. Any status but 200, and any body but want where there is one, is an error.
func checkAnswer(resp *http.Response, want string) error {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %.200s", resp.StatusCode, body)
	}
	if want != "" && want != string(body) {
		return fmt.Errorf("answer is not the upstream's: %d bytes: %.200s", len(body), body)
	}
	return nil
}

// connections are keep-alive connections that have each carried one request and stay open.
type connections []net.Conn

// openConnections opens n connections to r's server, sends r once on each, one after the other, and leaves them idle.
func openConnections(ctx context.Context, r request, n int) (connections, error) {
	var conns connections
	for i := range n {
		c, err := openConnection(ctx, r)
		if err != nil {
			conns.close()
			return nil, fmt.Errorf("connection %d: %w", i+1, err)
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func openConnection(ctx context.Context, r request) (net.Conn, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil)
	if err != nil {
		return nil, err
	}
	req.Host = r.host
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", req.URL.Host)
	if err != nil {
		return nil, err
	}
	if err := exchange(conn, req, r.body); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// exchange sends req on the connection and reads the answer whole.
func exchange(conn net.Conn, req *http.Request, want string) error {
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return err
	}
	return checkAnswer(resp, want)
}

// open counts the connections that the server has kept open: those on which a read finds neither data nor an end.
func (c connections) open() int {
	var n atomic.Int64
	var all sync.WaitGroup
	deadline := time.Now().Add(200 * time.Millisecond)
	for _, conn := range c {
		all.Go(func() {
			_ = conn.SetReadDeadline(deadline)
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				n.Add(1)
			}
		})
	}
	all.Wait()
	return int(n.Load())
}

func (c connections) close() {
	for _, conn := range c {
		_ = conn.Close()
	}
}
