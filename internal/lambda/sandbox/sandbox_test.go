package sandbox_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// TestMain makes this binary what the tests start: the sentinel, a keeper that is to be killed, and processes that do odd things.
func TestMain(m *testing.M) {
	switch os.Getenv("SANDBOX_TEST") {
	case "":
		os.Exit(m.Run())
	case "keeper":
		keep()
	default:
		odd[os.Getenv("SANDBOX_TEST")]()
	}
	if len(os.Args) > 1 && os.Args[1] == "sentinel" {
		os.Exit(0)
	}
}

// sentinelArgv starts this binary as a sentinel: its environment cannot be given, so a shell-less trick is its argument.
func sentinelArgv() []string { return []string{"/usr/bin/env", "SANDBOX_TEST=sentinel", os.Args[0]} }

var odd = map[string]func(){
	"sentinel": func() {
		if err := sandbox.Sentinel(os.Stdin); err != nil {
			os.Exit(1)
		}
	},
	"print":  func() { fmt.Print("one\ntwo\r\nthree"); fmt.Fprint(os.Stderr, "\nfour") },
	"env":    func() { fmt.Println(strings.Join(os.Environ(), " ")) },
	"exit":   func() { os.Exit(3) },
	"sleep":  func() { fmt.Println("up", os.Getpid()); forever() },
	"flood":  func() { flood() },
	"eat":    func() { eat() },
	"litter": func() { litter() },
	"fork": func() {
		// A child in the same group, and one that left it.
		for _, attr := range []*syscall.SysProcAttr{nil, {Setsid: true}} {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "SANDBOX_TEST=sleep")
			child.SysProcAttr = attr
			child.Stdout = os.Stdout
			if err := child.Start(); err != nil {
				panic(err)
			}
		}
		forever()
	},
	"orphan": func() {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "SANDBOX_TEST=sleep")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, _ := child.StdoutPipe()
		if err := child.Start(); err != nil {
			panic(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		fmt.Print(line)
	},
}

const floodMB = 200

func flood() {
	b := []byte(strings.Repeat("x", 1<<20-1) + "\n")
	for range floodMB {
		_, _ = os.Stdout.Write(b)
	}
}

func eat() {
	var all [][]byte
	for {
		b := make([]byte, 16<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
		runtime.KeepAlive(all)
	}
}

func litter() {
	dir := filepath.Join(os.Getenv("TMPDIR"), "a", "b")
	_ = os.MkdirAll(dir, 0o700)
	_ = os.WriteFile(filepath.Join(dir, "c"), []byte("x"), 0o400)
	_ = os.Chmod(dir, 0)
}

// keep is a keeper's process: it starts a forking process, tells where its things are, and waits to be killed.
func keep() {
	dir := os.Getenv("KEEPER_DIR")
	k := sandbox.New(sandbox.Options{Dir: dir, Sentinel: sentinelArgv(), NoCgroup: os.Getenv("NO_CGROUP") != ""})
	room, err := k.Room()
	if err != nil {
		panic(err)
	}
	_, err = k.Start(sandbox.Spec{
		Argv: []string{os.Args[0]}, Env: []string{"SANDBOX_TEST=fork", "MARK=" + room}, Mark: "MARK=" + room, Room: room, MemoryMB: 256,
		Line: func(line []byte) { fmt.Printf("%s\n", line) },
	})
	if err != nil {
		panic(err)
	}
	forever()
}

func newKeeper(t *testing.T, opts sandbox.Options) *sandbox.Keeper {
	t.Helper()
	opts.Dir = t.TempDir()
	opts.Sentinel = sentinelArgv()
	k := sandbox.New(opts)
	if made, _ := os.ReadDir(opts.Dir); len(made) > 0 {
		t.Errorf("made before there is a process: %v", made)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(opts.Dir); len(left) > 0 {
			t.Errorf("left in the directory: %v", left)
		}
	})
	return k
}

// printed collects lines.
type printed struct {
	mu    sync.Mutex
	lines []string
	bytes int
	news  chan struct{}
}

func (p *printed) line(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += len(b)
	if len(p.lines) < 100 {
		p.lines = append(p.lines, string(b))
	}
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *printed) wait(t *testing.T, n int) []string {
	t.Helper()
	for deadline := time.After(time.Minute); ; {
		p.mu.Lock()
		lines := p.lines
		p.mu.Unlock()
		if len(lines) >= n {
			return lines
		}
		select {
		case <-p.news:
		case <-deadline:
			t.Fatalf("printed %v, want %d lines", lines, n)
		}
	}
}

func start(t *testing.T, k *sandbox.Keeper, what string, change ...func(*sandbox.Spec)) (*sandbox.Process, *printed) {
	t.Helper()
	room, err := k.Room()
	if err != nil {
		t.Fatal(err)
	}
	out := &printed{news: make(chan struct{}, 1)}
	mark := "MARK=" + room
	spec := sandbox.Spec{Argv: []string{os.Args[0]}, Env: []string{"SANDBOX_TEST=" + what, mark, "TMPDIR=" + room}, Mark: mark, Room: room, Line: out.line}
	for _, f := range change {
		f(&spec)
	}
	p, err := k.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p, out
}

func TestOutput(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	p, out := start(t, k, "print")
	<-p.Exited()
	if got := strings.Join(out.lines, "|"); got != "one|two|three|four" {
		t.Errorf("printed %q", got)
	}
	if e := p.Exit(); e.Text != "" || e.Killed || e.OutOfMemory || e.PeakMB == 0 {
		t.Errorf("exit %+v", e)
	}
}

func TestEnvironmentIsWhole(t *testing.T) {
	t.Setenv("SECRET_OF_OURS", "x")
	k := newKeeper(t, sandbox.Options{})
	p, out := start(t, k, "env")
	<-p.Exited()
	if line := out.lines[0]; strings.Contains(line, "SECRET") || strings.Count(line, "=") != 3 {
		t.Errorf("environment %q", line)
	}
}

func TestExit(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	p, _ := start(t, k, "exit")
	if e := p.Exit(); e.Text != "exit status 3" {
		t.Errorf("exit %+v", e)
	}
	p, out := start(t, k, "sleep")
	out.wait(t, 1)
	if p.PeakMB() == 0 && runtime.GOOS == "linux" {
		t.Error("no peak of memory")
	}
	p.Kill()
	if e := p.Exit(); e.Text != "signal: killed" || !e.Killed {
		t.Errorf("exit %+v", e)
	}
}

func TestCannotExecute(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	room, err := k.Room()
	if err != nil {
		t.Fatal(err)
	}
	var path *fs.PathError
	_, err = k.Start(sandbox.Spec{Argv: []string{"/none"}, Mark: "A=b", Room: room})
	if !errors.As(err, &path) || err.Error() != "fork/exec /none: no such file or directory" {
		t.Errorf("got %v", err)
	}
}

// TestFlood prints more than anybody wants: the process is not held up and we do not grow.
func TestFlood(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, out := start(t, k, "flood", func(s *sandbox.Spec) {})
	<-p.Done()
	runtime.ReadMemStats(&after)
	if want := floodMB * (1<<20 - 1); out.bytes != want {
		t.Errorf("%d bytes, want %d", out.bytes, want)
	}
	for _, line := range out.lines {
		if len(line) > 256<<10 {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
	if grown := after.HeapSys - before.HeapSys; after.HeapSys > before.HeapSys && grown > 128<<20 {
		t.Errorf("grown by %d MB", grown>>20)
	}
}

func TestSyncHandsOnWhatWasPrinted(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	p, out := start(t, k, "sleep")
	out.wait(t, 1)
	p.Sync()
}

func TestLitterIsRemoved(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	p, _ := start(t, k, "litter")
	<-p.Done()
}

// pids returns the process numbers that "sleep" printed.
func pids(t *testing.T, lines []string) []int {
	t.Helper()
	var all []int
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "up "); ok {
			pid, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, pid)
		}
	}
	return all
}

// gone waits until a process is no more, or nobody has waited for it yet.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives on: %s", pid, stat)
		}
	}
}

func needProc(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("who leaves the group is found only where there is /proc")
	}
}

func TestNothingOutlivesAProcess(t *testing.T) {
	needProc(t)
	for _, noCgroup := range []bool{false, true} {
		t.Run(fmt.Sprint("without control groups ", noCgroup), func(t *testing.T) {
			k := newKeeper(t, sandbox.Options{NoCgroup: noCgroup})
			limited := func(s *sandbox.Spec) { s.MemoryMB = 256 }
			p, out := start(t, k, "fork", limited)
			lines := out.wait(t, 2)
			p.Kill()
			<-p.Done()
			for _, pid := range pids(t, lines) {
				gone(t, pid)
			}
			// The same when the process ends by itself.
			p, out = start(t, k, "orphan", limited)
			<-p.Done()
			for _, pid := range pids(t, out.wait(t, 1)) {
				gone(t, pid)
			}
		})
	}
}

// TestNothingOutlivesTheKeeper kills a keeper as nobody can foresee.
func TestNothingOutlivesTheKeeper(t *testing.T) {
	needProc(t)
	for _, noCgroup := range []string{"", "1"} {
		t.Run("without control groups "+noCgroup, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "SANDBOX_TEST=keeper", "KEEPER_DIR="+dir, "NO_CGROUP="+noCgroup)
			cmd.Stderr = os.Stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var lines []string
			in := bufio.NewReader(stdout)
			for range 2 {
				line, err := in.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, strings.TrimSpace(line))
			}
			_ = cmd.Process.Kill()
			_, _ = io.Copy(io.Discard, in)
			_ = cmd.Wait()
			for _, pid := range pids(t, lines) {
				gone(t, pid)
			}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
				left, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				if len(left) == 0 {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("left: %v", left)
				}
			}
		})
	}
}

func TestOutOfMemory(t *testing.T) {
	needProc(t)
	k := newKeeper(t, sandbox.Options{})
	probe, _ := start(t, k, "exit", func(s *sandbox.Spec) { s.MemoryMB = 128 })
	<-probe.Done()
	if !k.HasGroups() {
		t.Skip("no control group may be made here")
	}
	p, _ := start(t, k, "eat", func(s *sandbox.Spec) { s.MemoryMB = 128 })
	if e := p.Exit(); !e.OutOfMemory || e.Text != "signal: killed" || e.PeakMB < 120 || e.PeakMB > 1000 {
		t.Errorf("exit %+v", e)
	}
}

func TestDataLimit(t *testing.T) {
	needProc(t)
	k := newKeeper(t, sandbox.Options{NoCgroup: true})
	p, _ := start(t, k, "eat", func(s *sandbox.Spec) { s.MemoryMB = 128 })
	if e := p.Exit(); e.Text == "" || e.OutOfMemory || e.PeakMB > 1024 {
		t.Errorf("exit %+v", e)
	}
}

func TestUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only the superuser may start processes of others")
	}
	// The tests' own binary lies in a directory of the superuser's.
	k := newKeeper(t, sandbox.Options{User: &sandbox.User{UID: 65534, GID: 65534}})
	_ = k
	p, out := start(t, k, "", func(s *sandbox.Spec) { s.Argv = []string{"/usr/bin/id"} })
	<-p.Exited()
	if len(out.lines) == 0 || !strings.HasPrefix(out.lines[0], "uid=65534") {
		t.Errorf("printed %q", out.lines)
	}
}

func TestSentinelIsReplaced(t *testing.T) {
	needProc(t)
	k := newKeeper(t, sandbox.Options{})
	p, out := start(t, k, "sleep")
	out.wait(t, 1)
	k.KillSentinel()
	q, out := start(t, k, "sleep")
	out.wait(t, 1)
	p.Kill()
	q.Kill()
}

func TestClosed(t *testing.T) {
	k := newKeeper(t, sandbox.Options{})
	p, _ := start(t, k, "sleep")
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if _, err := k.Start(sandbox.Spec{}); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// forever waits as a process that is to be ended from outside. To wait for nothing at all is a deadlock, which Go ends by itself.
func forever() { time.Sleep(time.Hour) }
