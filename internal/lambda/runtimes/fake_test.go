package runtimes

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// patience bounds what a test waits for; nothing is expected to take that long.
const patience = 60 * time.Second

// worker is a process of a function with a Runtime API that the test plays.
type worker struct {
	t      *testing.T
	cmd    *exec.Cmd
	conn   net.Conn
	reader *bufio.Reader
	out    *output
	// held is a request that was read too early.
	held *http.Request
}

// output is what a process printed.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

// eventually waits until what was printed is as wanted.
func (o *output) eventually(wanted func(text string) bool) bool {
	late := time.After(patience)
	for !wanted(o.String()) {
		select {
		case <-o.grown:
		case <-late:
			return false
		}
	}
	return true
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// function is the code and configuration of a worker.
type function struct {
	runtime, handler string
	files            map[string]string
	layers           map[string]string
	env              map[string]string
	logFormat, level string
	// by may be nil; those that many functions share look for interpreters once.
	by *Runtimes
}

func version(f function) *lambda.Version {
	return &lambda.Version{
		FunctionVersion: gateway.FunctionVersion{
			Version: "$LATEST", Runtime: f.runtime, Handler: f.handler, MemoryMB: 256, Environment: f.env,
			LogFormat: f.logFormat, ApplicationLevel: f.level,
		},
		Tenant: gateway.Tenant{Account: "000000000000", Region: "eu-west-1"},
		Name:   "echo",
	}
}

// writeFiles makes a directory with files. Those named bootstrap are executable.
func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if filepath.Base(name) == "bootstrap" || strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// need skips a test for want of a program, unless all tools are required.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
}

func newRuntimes(t testing.TB) *Runtimes {
	t.Helper()
	r, err := New(Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// socketDir is short enough for a Unix socket.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// command makes the command of a function whose Runtime API is at socket.
func command(t testing.TB, f function, socket string) Command {
	t.Helper()
	spec := Spec{
		Version: version(f), Code: writeFiles(t, f.files), Tmp: filepath.Dir(socket), Socket: socket, API: "127.0.0.1:9001",
		LogStream: "2026/01/02/[$LATEST]0123456789abcdef",
	}
	if f.layers != nil {
		spec.Layers = writeFiles(t, f.layers)
	}
	if f.by == nil {
		f.by = newRuntimes(t)
	}
	cmd, err := f.by.Command(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// start starts a function and accepts its connection.
func start(t *testing.T, f function) *worker {
	t.Helper()
	socket := filepath.Join(socketDir(t), "api")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c := command(t, f, socket)
	w := &worker{t: t, out: &output{grown: make(chan struct{}, 1)}}
	w.cmd = exec.CommandContext(t.Context(), c.Argv[0], c.Argv[1:]...)
	w.cmd.Env, w.cmd.Dir, w.cmd.Stdout, w.cmd.Stderr, w.cmd.WaitDelay = c.Env, c.Dir, w.out, w.out, patience
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stop)
	_ = listener.(*net.UnixListener).SetDeadline(time.Now().Add(patience))
	if w.conn, err = listener.Accept(); err != nil {
		t.Fatalf("%v\n%s", err, w.out)
	}
	_ = w.conn.SetDeadline(time.Now().Add(patience))
	w.reader = bufio.NewReader(w.conn)
	return w
}

func (w *worker) stop() {
	if w.conn != nil {
		_ = w.conn.Close()
	}
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
	if w.t.Failed() {
		w.t.Logf("it printed:\n%s", w.out)
	}
}

// exit waits for the process to end by itself.
func (w *worker) exit() int {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = w.cmd.Process.Kill() })
	_ = w.cmd.Wait()
	return w.cmd.ProcessState.ExitCode()
}

// answer is what a worker posted.
type answer struct {
	path, body string
	header     http.Header
	trailer    http.Header
}

// read returns the next request of the worker.
func (w *worker) read() *http.Request {
	w.t.Helper()
	if r := w.held; r != nil {
		w.held = nil
		return r
	}
	r, err := http.ReadRequest(w.reader)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.out)
	}
	return r
}

// next expects the worker to ask for a call and gives it one.
func (w *worker) next(event string, headers map[string]string) {
	w.t.Helper()
	r := w.read()
	if r.Method != http.MethodGet || r.URL.Path != "/2018-06-01/runtime/invocation/next" {
		w.t.Fatalf("%s %s is not for the next call", r.Method, r.URL.Path)
	}
	all := map[string]string{
		"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": requestID,
		"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:echo",
		"Lambda-Runtime-Deadline-Ms":          fmt.Sprint(time.Now().Add(time.Hour).UnixMilli()),
	}
	maps.Copy(all, headers)
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	for name, value := range all {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(event), event)
	w.write(b.Bytes())
}

const requestID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

func (w *worker) write(p []byte) {
	w.t.Helper()
	if _, err := w.conn.Write(p); err != nil {
		w.t.Fatalf("%v\n%s", err, w.out)
	}
}

// answer expects the worker to post something, and accepts it.
func (w *worker) answer() answer {
	w.t.Helper()
	r := w.read()
	if r.Method != http.MethodPost {
		w.t.Fatalf("%s %s is no answer", r.Method, r.URL.Path)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.out)
	}
	w.write([]byte("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"))
	path := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/"), requestID, "ID")
	return answer{path, string(body), r.Header, r.Trailer}
}

// call runs one call.
func (w *worker) call(event string) answer {
	w.t.Helper()
	w.next(event, nil)
	return w.answer()
}
