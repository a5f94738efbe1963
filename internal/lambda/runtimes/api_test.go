package runtimes

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

// serve starts a function with the Runtime API that Dipylon has, and waits until it asks for a call.
func serve(t testing.TB, f function) (*runtimeapi.Server, *output, *exec.Cmd) {
	t.Helper()
	socket := filepath.Join(socketDir(t), "api")
	s := runtimeapi.New(6 << 20)
	t.Cleanup(s.Close)
	if err := s.ListenUnix(socket); err != nil {
		t.Fatal(err)
	}
	c := command(t, f, socket)
	out := &output{grown: make(chan struct{}, 1)}
	cmd := exec.CommandContext(t.Context(), c.Argv[0], c.Argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.Env, c.Dir, out, out, patience
	ready := make(chan struct{})
	if s.WhenReady(func() { close(ready) }) {
		t.Fatal("ready before it began")
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatalf("not ready\n%s", out)
	}
	return s, out, cmd
}

func await(t testing.TB, s *runtimeapi.Server, payload string) runtimeapi.Answer {
	t.Helper()
	ready := make(chan struct{})
	if !s.WhenReady(func() { close(ready) }) {
		<-ready
	}
	_, err := s.Begin(&runtimeapi.Event{RequestID: requestID, Deadline: time.Now().Add(patience), Payload: []byte(payload), Streaming: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Await(time.Now().Add(patience))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRuntimeAPI: our clients and our API understand each other, in one process from call to call.
func TestRuntimeAPI(t *testing.T) {
	for name, f := range map[string]function{
		"node": {runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{
			"index.js": `exports.handler = async (event) => { if (event.fail) throw new TypeError('why'); return 'é'.repeat(event.n) }`,
		}},
		"python": {runtime: "python3.12", handler: "app.handler", files: map[string]string{
			"app.py": "def handler(event, context):\n  if event.get('fail'): raise TypeError('why')\n  return 'é' * event['n']",
		}},
		"ruby": {runtime: "ruby3.3", handler: "app.handler", files: map[string]string{
			"app.rb": "def handler(event:, context:)\n  raise TypeError, 'why' if event['fail']\n  'é' * event['n']\nend",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need(t, map[string]string{"node": "node", "python": "python3", "ruby": "ruby"}[name])
			s, _, _ := serve(t, f)
			pad := strings.Repeat("x", 1<<20)
			for _, n := range []int{1, 100_000, 0, 1_000_000} {
				a := await(t, s, fmt.Sprintf(`{"n":%d,"pad":%q}`, n, pad))
				if want := `"` + strings.Repeat("é", n) + `"`; a.Failed || string(a.Payload) != want {
					t.Fatalf("%d: %t, %d bytes: %.200s", n, a.Failed, len(a.Payload), a.Payload)
				}
			}
			if a := await(t, s, `{"fail":true}`); !a.Failed || !strings.Contains(string(a.Payload), `TypeError`) || !strings.Contains(string(a.Payload), `"why"`) {
				t.Errorf("%+v %s", a, a.Payload)
			}
			if a := await(t, s, `{"n":4000000}`); !a.Failed || a.ErrorType != runtimeapi.TooLarge {
				t.Errorf("%t %s", a.Failed, a.ErrorType)
			}
			if a := await(t, s, `{"n":1}`); a.Failed {
				t.Errorf("after too much: %s", a.Payload)
			}
		})
	}
}

// TestRuntimeAPIStreams: a stream reaches the reader, and its failure too; the next call is served after either.
func TestRuntimeAPIStreams(t *testing.T) {
	need(t, "node")
	s, _, _ := serve(t, function{runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": `
		exports.handler = awslambda.streamifyResponse(async (event, stream) => {
			stream.setContentType('text/plain')
			for (let i = 0; i < event.n; i++) if (!stream.write('y'.repeat(50000))) await new Promise((r) => stream.once('drain', r))
			if (event.fail) throw new TypeError('midway')
			stream.end()
		})`}})
	for _, c := range []struct {
		n    int
		fail bool
	}{{0, false}, {1, false}, {0, true}, {200, false}, {3, true}, {1, false}} {
		a := await(t, s, fmt.Sprintf(`{"n":%d,"fail":%t}`, c.n, c.fail))
		if !a.Stream || a.ContentType != "text/plain" {
			t.Fatalf("%+v", a)
		}
		n, err := io.Copy(io.Discard, reader{s})
		var failed *runtimeapi.StreamError
		if errors.As(err, &failed) != c.fail || err != nil && failed == nil || int(n) != c.n*50000 {
			t.Errorf("%v: %d bytes, %v", c, n, err)
		}
		if failed != nil && !strings.Contains(string(failed.Payload), `"errorType":"TypeError","errorMessage":"midway"`) {
			t.Errorf("%+v %s", failed, failed.Payload)
		}
	}
}

type reader struct{ s *runtimeapi.Server }

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) { return r.s.Read(p, time.Now().Add(patience)) }

// BenchmarkRuntimeAPI measures calls through Dipylon's Runtime API. child-µs/op is the processor time of the function's
// process.
func BenchmarkRuntimeAPI(b *testing.B) {
	const event = `{"version":"2.0","routeKey":"GET /pets/{id}","rawPath":"/pets/7","headers":{"accept":"*/*"},"isBase64Encoded":false}`
	for name, f := range echoes {
		b.Run(name, func(b *testing.B) {
			need(b, map[string]string{"node": "node", "python": "python3", "ruby": "ruby"}[name])
			s, _, cmd := serve(b, f)
			for b.Loop() {
				if a := await(b, s, event); a.Failed {
					b.Fatal(string(a.Payload))
				}
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "child-µs/op")
		})
	}
}
