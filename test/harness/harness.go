// Package harness is what the end-to-end tests share: it builds the dipylon binary, starts it as a process or the server
// in the test's own process, runs back ends that behave as told, and sends calls byte by byte.
//
// Tests under test/ import it. Servers listen on free loopback ports and keep their state in a directory of the test's.
package harness

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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

// HTTPClient returns a client that keeps idle connections enough for the tests and reaches every host at addr, as DNS
// would have it for API hosts.
func HTTPClient(addr string) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: dialTo(addr), MaxIdleConnsPerHost: 64, DisableCompression: true,
	}}
}

// CloseIdle gives the connections of a client back; servers then drain at once.
func CloseIdle(c *http.Client) { c.CloseIdleConnections() }

// Get calls a URL and returns status and body.
func Get(ctx context.Context, c *http.Client, url string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// S is aws.String, for tables.
func S(s string) *string { return aws.String(s) }

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
