package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	stopGrace    = 5 * time.Second        // from SIGTERM to SIGKILL
	startLimit   = 20 * time.Second       // from spawn to the first 200
	pollInterval = 250 * time.Microsecond // between two tries for the first answer
)

// command is what to run: argv, additions to the environment and the file that takes its output.
type command struct {
	argv []string
	env  []string
	log  string
}

// pinned is the command bound to one CPU, with one Go scheduler thread where the program is written in Go.
func (c command) pinned(cpu string) command {
	return command{
		argv: append([]string{"taskset", "-c", cpu}, c.argv...),
		env:  append([]string{"GOMAXPROCS=1"}, c.env...),
		log:  c.log,
	}
}

// process is a running child, leader of its own process group so that a terminal's interrupt reaches only the harness.
type process struct {
	cmd     *exec.Cmd
	log     string
	started time.Time
	exited  chan struct{} // closed once the child is reaped
}

// spawn starts the command. The caller must stop it.
func spawn(c command) (*process, error) {
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the child has its own copy
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Dir = filepath.Dir(c.log)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{cmd: cmd, log: c.log, started: time.Now(), exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait() // how it ended shows in its log and in the answers that fail to come
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the child to end and, after stopGrace, ends its whole group.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopGrace):
		_ = syscall.Kill(-p.pid(), syscall.SIGKILL)
		<-p.exited
	}
}

// waitAnswer polls until r answers 200 and returns the time since the child was spawned. An early end of the child is an error that
// shows the end of its log.
func (p *process) waitAnswer(ctx context.Context, r request) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		last := r.do(ctx, client)
		if last == nil {
			return time.Since(p.started), nil
		}
		select {
		case <-p.exited:
			return 0, fmt.Errorf("ended before it answered: %s", tail(p.log))
		case <-ctx.Done():
			return 0, fmt.Errorf("no answer from %s: %w: %s", r.url, last, tail(p.log))
		case <-time.After(pollInterval):
		}
	}
}

// tail is the end of a log file, for error messages.
func tail(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-600):])
}
