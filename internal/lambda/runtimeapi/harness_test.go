package runtimeapi_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

const (
	api   = "/2018-06-01/runtime/"
	id    = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	limit = 6<<20 + 100
)

// worker is one connection of a worker.
type worker struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

func newServer(t testing.TB) (*runtimeapi.Server, string) {
	t.Helper()
	s := runtimeapi.New(limit)
	path := filepath.Join(t.TempDir(), "api")
	if err := s.ListenUnix(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, path
}

func dial(t *testing.T, path string) *worker {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &worker{c, t, bufio.NewReader(c)}
}

func (w *worker) send(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *worker) receive() (*http.Response, string) {
	w.t.Helper()
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, string(body)
}

func (w *worker) expect(status int, part string) {
	w.t.Helper()
	resp, body := w.receive()
	if resp.StatusCode != status || !strings.Contains(body, part) {
		w.t.Fatalf("answer %d %s, want %d with %s", resp.StatusCode, body, status, part)
	}
}

// ready asks for the next invocation and returns when the server knows.
func (w *worker) ready(s *runtimeapi.Server) {
	w.t.Helper()
	w.send(next)
	awaitReady(w.t, s)
}

func awaitReady(t testing.TB, s *runtimeapi.Server) {
	t.Helper()
	at := make(chan struct{})
	if s.WhenReady(func() { close(at) }) {
		return
	}
	select {
	case <-at:
	case <-time.After(time.Minute):
		t.Fatal("the worker never became ready")
	}
}

const next = "GET " + api + "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"

func begin(t testing.TB, s *runtimeapi.Server, e *runtimeapi.Event) uint64 {
	t.Helper()
	seq, err := s.Begin(e)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func newEvent() *runtimeapi.Event {
	return &runtimeapi.Event{RequestID: id, FunctionARN: "arn:f", Deadline: time.UnixMilli(1700000000123), Payload: []byte(`{"a":1}`)}
}

func soon() time.Time { return time.Now().Add(time.Minute) }

type result struct {
	runtimeapi.Answer
	err error
}

// await waits in the background, for the worker to be driven meanwhile.
func await(s *runtimeapi.Server, until time.Time) chan result {
	got := make(chan result, 1)
	go func() {
		a, err := s.Await(until)
		got <- result{a, err}
	}()
	return got
}

func post(what, headers, body string) string {
	return "POST " + api + what + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body
}

func sized(what, body string) string {
	return post(what, "Content-Length: "+itoa(len(body))+"\r\n", body)
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
