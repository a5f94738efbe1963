package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// Build compiles the dipylon binary into dir, with the race detector if the test itself has it, and returns its path.
func Build(dir string) (string, error) {
	bin := filepath.Join(dir, "dipylon")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	args := []string{"build"}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "-o", bin, "github.com/dipylon/dipylon/cmd/dipylon")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build dipylon: %w\n%s", err, out)
	}
	return bin, nil
}

// Process is a running dipylon binary.
type Process struct {
	// Control, HTTP and HTTPS are the addresses it listens on.
	Control, HTTP, HTTPS string
	// Log is what it wrote to its standard error.
	Log *Log

	cmd    *exec.Cmd
	exited chan struct{}
	err    error
}

var ready = regexp.MustCompile(`msg=ready control=(\S*) http=(\S*) https=(\S*)`)

// Serve starts `bin serve args` and returns when it is ready to take calls.
func Serve(bin string, args, env []string) (*Process, error) {
	p := &Process{Log: &Log{}, cmd: exec.Command(bin, append([]string{"serve"}, args...)...), exited: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), "GORACE=halt_on_error=1"), env...) // a race ends it, which tests notice
	// os/exec closes a StderrPipe in Wait; this one ends when the process does.
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = writer
	err = p.cmd.Start()
	_ = writer.Close()
	if err != nil {
		_ = reader.Close()
		return nil, err
	}
	found := make(chan []string, 1)
	go p.follow(reader, found)
	const longest = 30 * time.Second
	select {
	case m := <-found:
		p.Control, p.HTTP, p.HTTPS = m[1], m[2], m[3]
		return p, nil
	case <-p.exited:
		return nil, fmt.Errorf("dipylon serve: %w\n%s", errors.Join(p.err, errors.New("it ended before it was ready")), p.Log)
	case <-time.After(longest):
		_ = p.cmd.Process.Kill()
		return nil, fmt.Errorf("dipylon serve was not ready in %v\n%s", longest, p.Log)
	}
}

// follow reads the log to its end and then waits for the process.
func (p *Process) follow(stderr io.ReadCloser, found chan<- []string) {
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		_, _ = io.WriteString(p.Log, line)
		if m := ready.FindStringSubmatch(line); m != nil {
			found <- m
		}
		if err != nil {
			break
		}
	}
	_ = stderr.Close()
	p.err = p.cmd.Wait()
	close(p.exited)
}

// Signal sends the process a signal.
func (p *Process) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Wait waits until the process has ended, and returns how.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill ends the process at once, whatever it is doing, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }
