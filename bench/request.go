package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is what is sent to a proxy by the load generator, where no script says otherwise, and by the harness itself.
type request struct {
	url     string
	host    string // Host header; empty for the URL's own
	body    string // the answer's body, where it is to be checked
	method  string // empty for GET
	payload string
	bearer  string // token; empty for none
	header  http.Header
}

func (r request) build(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, strings.NewReader(r.payload))
	if err != nil {
		return nil, err
	}
	req.Host = r.host
	maps.Copy(req.Header, r.header)
	if r.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+r.bearer)
	}
	return req, nil
}

// do sends the request once. Any answer but 200 with the expected body is an error.
func (r request) do(ctx context.Context, client *http.Client) error {
	req, err := r.build(ctx)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return checkAnswer(resp, r.body)
}

// refusedWithoutToken is nil if the request is answered with 401 when its token is left out, and with 401 when it is tampered with.
func (r request) refusedWithoutToken(ctx context.Context) error {
	last := len(r.bearer) - 10 // a character whose bits all count
	for _, bearer := range []string{"", r.bearer[:last] + "AAAAA" + r.bearer[last+5:]} {
		r.bearer = bearer
		req, err := r.build(ctx)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			return fmt.Errorf("status %d for a call with the token %.20q, which is none", resp.StatusCode, bearer)
		}
	}
	return nil
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
	req, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
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
