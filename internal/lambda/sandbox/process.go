package sandbox

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Exit is how a process ended.
type Exit struct {
	// Text is as AWS words it: "exit status 1", "signal: killed". It is empty after exit status 0.
	Text string
	// Killed is an end that [Process.Kill] made, OutOfMemory one that the limit of memory made.
	Killed, OutOfMemory bool
	// PeakMB is the most memory that the process had.
	PeakMB int
}

// Process is a process that was started.
type Process struct {
	keeper *Keeper
	spec   Spec
	proc   *os.Process
	pid    int
	out    *output
	group  *group

	mu     sync.Mutex // held to signal or to reap: a reaped process's number may be another's
	reaped bool
	killed atomic.Bool

	exit         Exit
	exited, done chan struct{}
}

// launch starts the process and its output.
func (k *Keeper) launch(spec Spec) (*Process, error) {
	out, theirs, err := newOutput(spec.Line)
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		out.close()
		return nil, err
	}
	defer null.Close()
	p := &Process{keeper: k, spec: spec, out: out, exited: make(chan struct{}), done: make(chan struct{})}
	if spec.MemoryMB > 0 {
		p.group = k.groups.add(spec.MemoryMB)
	}
	attr := &os.ProcAttr{
		Dir: spec.Dir, Env: append([]string{}, spec.Env...), Files: []*os.File{null, theirs, theirs}, Sys: k.attributes(p.group),
	}
	started := make(chan struct{})
	k.forks <- func() {
		p.proc, err = os.StartProcess(spec.Argv[0], spec.Argv, attr)
		close(started)
	}
	<-started
	if err != nil {
		p.group.remove()
		out.close()
		return nil, err
	}
	p.pid = p.proc.Pid
	go out.run()
	return p, nil
}

// limit limits the memory of a process that has started.
func (p *Process) limit() {
	if p.spec.MemoryMB > 0 && !p.group.enter(p.pid) {
		limitData(p.pid, p.spec.MemoryMB)
	}
}

// PID is the process's number, and its group's.
func (p *Process) PID() int { return p.pid }

// Kill ends the process and its group. It does not wait.
func (p *Process) Kill() {
	p.killed.Store(true)
	p.killGroup()
}

func (p *Process) killGroup() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		killGroup(p.pid)
	}
}

// Exited is closed when the process has ended, Done when nothing is left of it.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Done is closed when nothing is left of the process.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit tells how the process ended, once it has.
func (p *Process) Exit() Exit {
	<-p.exited
	return p.exit
}

// Sync hands on all that the process has printed by now.
func (p *Process) Sync() { p.out.sync() }

// PeakMB is the most memory that the process has had so far, or 0 if nobody knows.
func (p *Process) PeakMB() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return p.exit.PeakMB
	}
	return p.peak()
}

// peak is the greater of what the group and the process have had: files that others had read before do not count in a
// group, and children not in a process.
func (p *Process) peak() int {
	return megabytes(max(p.group.peak(), peakOf(p.pid)))
}

func megabytes(bytes int64) int {
	const mb = 1 << 20
	return int((bytes + mb - 1) / mb)
}

// watch waits for the process's end and cleans up.
func (p *Process) watch() {
	p.limit()
	awaitExit(p.pid)
	p.reap()
	p.out.sync()
	close(p.exited)
	if p.spec.Exited != nil {
		p.spec.Exited()
	}
	p.group.kill()
	killMarked(p.spec.Mark)
	p.out.close()
	p.group.remove()
	_ = removeRoom(p.spec.Room)
	p.keeper.forget(p)
	close(p.done)
}

// reap ends the process's group while its number is still taken, and learns how the process ended.
func (p *Process) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exit.PeakMB = p.peak()
	killGroup(p.pid)
	state, err := p.proc.Wait()
	p.reaped = true
	if err != nil {
		p.exit.Text = err.Error()
		return
	}
	p.exit.PeakMB = max(p.exit.PeakMB, megabytes(maxRSS(state)))
	p.exit.Killed = p.killed.Load()
	if !state.Success() {
		p.exit.Text = state.String()
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	signalled := ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	p.exit.OutOfMemory = !p.exit.Killed && signalled && p.group.outOfMemory()
}

// removeRoom removes a directory in which a function may have forbidden it.
func removeRoom(room string) error {
	err := os.RemoveAll(room)
	if errors.Is(err, os.ErrPermission) {
		allowAll(room)
		err = os.RemoveAll(room)
	}
	return err
}
