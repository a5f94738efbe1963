// Package harness is what the end-to-end tests share: it builds the dipylon binary, starts it as a process or the server
// in the test's own process, runs back ends that behave as told, and sends calls byte by byte.
//
// Tests under test/ import it. Servers listen on free loopback ports and keep their state in a directory of the test's.
package harness

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dipylon/dipylon/internal/app"
	"github.com/dipylon/dipylon/internal/config"
)

// Region is where the tests' clients work.
const Region = "us-east-1"

// Server is a Dipylon in the test's own process.
type Server struct {
	*app.App
	// Log is what the server logged, at every level.
	Log *Log
}

// Start runs a server until the test ends; change, which may be nil, changes its settings.
func Start(t testing.TB, change func(*config.Config)) *Server {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	cfg.ControlAddr, cfg.HTTPAddr, cfg.HTTPSAddr = "127.0.0.1:0", "127.0.0.1:0", config.Off
	if change != nil {
		change(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	log := &Log{}
	a, err := app.New(t.Context(), cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", log)
		}
	})
	return &Server{App: a, Log: log}
}

// Client returns a client for the control plane, with the well-known key pair. It never tries twice: a test sees every
// failure.
func (s *Server) Client() *apigatewayv2.Client { return Client("http://" + s.ControlAddr()) }

// Client is [Server.Client] for any endpoint.
func Client(endpoint string) *apigatewayv2.Client {
	return apigatewayv2.New(apigatewayv2.Options{
		Region: Region, BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// HTTPClient returns a client that calls addr, whatever the URL's host, on one connection at a time, and the number of
// its connections that the server ended. (How many it opened says little: net/http gives a connection up by itself where it
// does not learn in time that it has written a request's body.)
func HTTPClient(addr string) (*http.Client, *atomic.Int64) {
	lost := new(atomic.Int64)
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxConnsPerHost: 1, DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watched{conn, lost}, nil
		},
	}}, lost
}

// watched counts itself when the other side ends it.
type watched struct {
	net.Conn
	lost *atomic.Int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		w.lost.Add(1)
	}
	return n, err
}

// Post calls a URL and returns status and body. The client cannot send it a second time on its own.
func Post(ctx context.Context, c *http.Client, url string) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, io.LimitReader(strings.NewReader("body"), 4))
	if err != nil {
		return 0, nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header, err
}

// Log collects a server's log lines.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns what was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
