package host_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/host"
	"github.com/dipylon/dipylon/internal/lambda/runtimes"
)

// languages are functions in languages that the machine may have, each with the same behaviour.
var languages = map[string]struct {
	program, runtime, handler, file, code string
}{
	"node": {"node", "nodejs20.x", "app.handler", "app.mjs", `
export const handler = async (event) => {
  if (event.fail) throw new Error('as you wish');
  if (event.exit) process.exit(3);
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.eat) { const all = []; for (;;) all.push(Buffer.alloc(16 << 20, 1)); }
  if (event.large) return 'x'.repeat(7 << 20);
  console.log('seen');
  return event;
};
`},
	"python": {"python3", "python3.11", "app.handler", "app.py", `
import os, time
def handler(event, context):
    if event.get('fail'): raise Exception('as you wish')
    if event.get('exit'): os._exit(3)
    if event.get('hang'): time.sleep(1000)
    if event.get('eat'):
        all = []
        while True: all.append(b'x' * (16 << 20))
    if event.get('large'): return 'x' * (7 << 20)
    print('seen')
    return event
`},
}

// launcher starts what runtimes say.
type launcher struct {
	*runtimes.Runtimes
	code string
}

// Launch implements host.Launcher.
func (l *launcher) Launch(ctx context.Context, w *host.Worker) (host.Launch, error) {
	c, err := l.Command(ctx, runtimes.Spec{Version: w.Version, Code: l.code, Tmp: w.Tmp, Socket: w.Socket, LogStream: w.LogStream})
	return host.Launch{Argv: c.Argv, Env: c.Env, Dir: c.Dir}, err
}

func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
}

// realRunner returns a runner of a function in a language, with the smallest memory there is.
func realRunner(t testing.TB, language string) (*rig, lambda.Runner) {
	t.Helper()
	f := languages[language]
	need(t, f.program)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, f.file), []byte(f.code), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := runtimes.New(runtimes.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *host.Options) { o.Launcher = &launcher{found, dir} })
	return r, r.runner(f.handler, func(v *lambda.Version) { v.Runtime, v.MemoryMB = f.runtime, 128 })
}

func TestLanguages(t *testing.T) {
	events := []struct {
		event, functionError, want string
	}{
		{`{"a":1}`, "", `{"a":1}`},
		{`{"fail":true}`, "Unhandled", `"as you wish"`},
		{`{"a":2}`, "", `{"a":2}`},
		{`{"exit":true}`, "Unhandled", "Runtime exited with error: exit status 3"},
		{`{"large":true}`, "Unhandled", "Function.ResponseSizeTooLarge"},
		{`{"a":3}`, "", `{"a":3}`},
		{`{"eat":true}`, "Unhandled", ``},
		{`{"a":4}`, "", `{"a":4}`},
	}
	for language := range languages {
		t.Run(language, func(t *testing.T) {
			r, f := realRunner(t, language)
			for _, tt := range events {
				in := invocation(tt.event)
				in.Tail = true
				out := r.invoke(f, in)
				if out.FunctionError != tt.functionError || !strings.Contains(strings.ReplaceAll(string(out.Payload), " ", ""), strings.ReplaceAll(tt.want, " ", "")) {
					t.Errorf("%s: got %s %.200s\n%s", tt.event, out.FunctionError, out.Payload, out.LogTail)
				}
				if tt.functionError == "" && !strings.Contains(string(out.LogTail), "seen") {
					t.Errorf("%s: tail %q", tt.event, out.LogTail)
				}
			}
		})
	}
}
