// Package sandbox starts and ends the processes that run functions.
//
// A process has an own process group, an own directory, no environment but what it is given, and a limit
// of memory where the system grants one. What it prints is handed on by lines. When it ends, all that it left behind ends too: its group,
// processes that left the group, its directory, its control group. A [Keeper] starts processes; a sentinel, one small process
// beside it, does the same cleaning if the keeper's process is killed.
//
// It knows nothing of functions and imports nothing of this module but rawio.
package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Options are a keeper's settings.
type Options struct {
	// Dir is where the directories of processes are made; empty for the system's temporary directory. It should be short:
	// paths of Unix sockets have about a hundred bytes.
	Dir string
	// Sentinel is a command line that runs [Sentinel]; without one nothing cleans up after a keeper that was killed.
	Sentinel []string
	// User, if not nil, is whom the processes run as, which takes privileges.
	User *User
	// NoCgroup keeps from control groups: memory is then limited by the size of a process's data.
	NoCgroup bool
}

// User is an unprivileged user.
type User struct {
	UID, GID uint32
}

// Spec is a process to start.
type Spec struct {
	// Argv is the command line; its first member is a path.
	Argv []string
	// Env is the whole environment.
	Env []string
	// Dir is the working directory.
	Dir string
	// Mark is a member of Env that no other process's environment has: stragglers are known by it.
	Mark string
	// Room is the process's directory, from [Keeper.Room]; it is removed at the end.
	Room string
	// MemoryMB is the limit of memory; 0 is none.
	MemoryMB int
	// Line takes each line that the process prints, without its newline. It is not called at the same time twice, and does
	// not keep the line.
	Line func(line []byte)
	// Exited is called once the process has ended and all of its lines were handed on.
	Exited func()
}

// ErrClosed is a keeper that was closed.
var ErrClosed = errors.New("sandbox: closed")

// Keeper starts processes and ends them. It is safe for use by many goroutines.
type Keeper struct {
	opts Options
	// base is the directory of all rooms, made with the first.
	base string
	// forks has its own thread: with the thread that forked a process, the process ends.
	forks chan func()

	mu       sync.Mutex
	live     map[*Process]struct{}
	sentinel *sentinel
	groups   *groups
	closed   bool
	ended    sync.WaitGroup
}

// New returns a keeper. Nothing is made or started before the first room.
func New(opts Options) *Keeper {
	k := &Keeper{opts: opts, forks: make(chan func()), live: map[*Process]struct{}{}}
	go k.fork()
	return k
}

// fork runs what must be run on one thread that lives as long as the keeper.
func (k *Keeper) fork() {
	runtime.LockOSThread()
	for f := range k.forks {
		f()
	}
}

// Room makes a directory for a process. Whoever starts none removes it.
func (k *Keeper) Room() (string, error) {
	base, err := k.open()
	if err != nil {
		return "", err
	}
	room, err := os.MkdirTemp(base, "")
	if err != nil {
		return "", err
	}
	if u := k.opts.User; u != nil {
		err = os.Chown(room, int(u.UID), int(u.GID))
	}
	return room, err
}

// open makes the directory of all rooms, with the sentinel that removes it.
func (k *Keeper) open() (base string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return "", ErrClosed
	}
	err = k.prepare()
	return k.base, err
}

// Give lets the processes' user use a file in a room that the keeper's process made.
func (k *Keeper) Give(file string) error {
	if u := k.opts.User; u != nil {
		return os.Chown(file, int(u.UID), int(u.GID))
	}
	return nil
}

// Start starts a process. If it cannot be executed, the error is an *[os.PathError]; the room is then still there.
func (k *Keeper) Start(spec Spec) (*Process, error) {
	if err := k.announce(spec.Mark); err != nil {
		return nil, err
	}
	p, err := k.launch(spec)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		_ = k.tell(watch{Mark: spec.Mark, Ended: true})
		k.ended.Done()
		return nil, err
	}
	k.live[p] = struct{}{}
	_ = k.tell(watch{Mark: spec.Mark, PID: p.pid})
	if k.closed { // meanwhile
		p.Kill()
	}
	go p.watch()
	return p, nil
}

// announce tells the sentinel of a process before there is one.
func (k *Keeper) announce(mark string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	if err := k.prepare(); err != nil {
		return err
	}
	if err := k.tell(watch{Mark: mark}); err != nil {
		return fmt.Errorf("sentinel: %w", err)
	}
	k.ended.Add(1)
	return nil
}

// prepare does what the first room and the first process need.
func (k *Keeper) prepare() error {
	if k.base == "" {
		base, err := os.MkdirTemp(k.opts.Dir, "dipylon-")
		if err != nil {
			return fmt.Errorf("directory for functions: %w", err)
		}
		k.base = base
		// Each room below is its user's own; of this one they need no more than the way through.
		if err := os.Chmod(base, 0o711); err != nil {
			return err
		}
	}
	if k.groups == nil && !k.opts.NoCgroup {
		k.groups = findGroups(filepath.Base(k.base))
	}
	if k.sentinel != nil || len(k.opts.Sentinel) == 0 {
		return nil
	}
	s, err := startSentinel(k.opts.Sentinel)
	if err != nil {
		return fmt.Errorf("sentinel: %w", err)
	}
	k.sentinel = s
	return s.send(watch{Base: k.base, Groups: k.groups.path()})
}

// tell tells the sentinel; if that one has died, another takes its place.
func (k *Keeper) tell(w watch) error {
	if k.sentinel == nil || k.sentinel.send(w) == nil {
		return nil
	}
	k.sentinel.stop()
	k.sentinel = nil
	if err := k.prepare(); err != nil {
		return err
	}
	for p := range k.live {
		if err := k.sentinel.send(watch{Mark: p.spec.Mark, PID: p.pid}); err != nil {
			return err
		}
	}
	return k.sentinel.send(w)
}

// forget takes note that nothing is left of a process.
func (k *Keeper) forget(p *Process) {
	k.mu.Lock()
	delete(k.live, p)
	_ = k.tell(watch{Mark: p.spec.Mark, Ended: true})
	k.mu.Unlock()
	k.ended.Done()
}

// Close ends all processes and returns when nothing is left of them.
func (k *Keeper) Close() error {
	k.mu.Lock()
	if k.closed {
		k.mu.Unlock()
		return nil
	}
	k.closed = true
	for p := range k.live {
		p.Kill()
	}
	k.mu.Unlock()
	all := make(chan struct{})
	go func() {
		k.ended.Wait()
		close(k.forks)
		close(all)
	}()
	select {
	case <-all:
	case <-time.After(maxClose):
		return errors.New("processes of functions do not end, though they were killed")
	}
	k.groups.remove()
	var err error
	if k.base != "" {
		err = os.RemoveAll(k.base)
	}
	if k.sentinel != nil {
		k.sentinel.stop()
	}
	return err
}

// maxClose is how long processes that were killed may take to end, for one that hangs in the system. The sentinel waits longer.
const maxClose = 10 * time.Second
