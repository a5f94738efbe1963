package lambda

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/spool"
)

// envCrashDir makes this test binary the process that is killed: it accepts asynchronous calls until then.
const envCrashDir = "DIPYLON_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envCrashDir); dir != "" {
		if err := acceptUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// acceptUntilKilled prints the request id of each call that was accepted.
func acceptUntilKilled(dir string) error {
	d, err := New(Options{Host: &fakeHost{}, Spool: filepath.Join(dir, "spool"), DeadLetters: filepath.Join(dir, "dead")})
	if err != nil {
		return err
	}
	if err := d.Put(definition("f")); err != nil {
		return err
	}
	target := d.Target(ref("f", ""), Caller{})
	for range 100_000 {
		in := Invocation{Payload: []byte(`{"text":"` + gateway.NewUUID() + `"}`)}
		if err := target.Async(context.Background(), &in); err != nil {
			return err
		}
		if _, err := fmt.Println(in.RequestID); err != nil {
			return err
		}
	}
	return nil
}

// TestAsyncSurvivesAKill kills a process while it accepts calls: those that were acknowledged are there, each whole.
func TestAsyncSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for range 3 {
		for _, id := range killed(t, dir, 25) {
			acknowledged[id] = true
		}
	}
	s, err := spool.Open[eventHead](filepath.Join(dir, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := s.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		head, payload, err := s.Get(name)
		if err != nil || len(payload) != len(`{"text":""}`)+36 {
			t.Errorf("%s: %v, %s", name, err, payload)
		}
		delete(acknowledged, head.RequestID)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged calls of %d are lost", len(acknowledged), len(names))
	}
}

// killed returns what a process printed before it was killed, which is n lines or more.
func killed(t *testing.T, dir string, n int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), envCrashDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	read := bufio.NewScanner(out)
	for read.Scan() {
		if lines = append(lines, read.Text()); len(lines) == n {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(lines) < n {
		t.Errorf("the process was not killed: %v after %d lines", err, len(lines))
	}
	return lines
}
