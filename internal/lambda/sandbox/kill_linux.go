package sandbox

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes are a process's: it dies with the thread that forked it, which lives as long as the keeper.
//
// It has a process group of its own and the keeper's session, since the scheduler gives each session the same share of the CPUs (sched(7),
// "The autogroup feature"): with a session each, busy processes kept others from the CPU for seconds. Only another user's gets a session, for a
// terminal is its session's, whoever uses it.
func (k *Keeper) attributes(g *group) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: k.credential()}
	attr.Setsid = attr.Credential != nil
	attr.Setpgid = !attr.Setsid
	if fd, ok := g.descriptor(); ok {
		attr.UseCgroupFD, attr.CgroupFD = true, fd
	}
	return attr
}

// awaitExit waits for a child's end and leaves it unreaped.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}

// maxRounds bounds the search for processes that beget others faster than they are found.
const maxRounds = 20

// killMarked kills every process that has the mark in its environment, which all have that a marked process began,
// unless they were given another.
func killMarked(mark string) {
	for range maxRounds {
		if !killMarkedOnce(mark) {
			return
		}
	}
}

func killMarkedOnce(mark string) (found bool) {
	dir, err := os.Open("/proc")
	if err != nil {
		return false
	}
	names, _ := dir.Readdirnames(-1)
	_ = dir.Close()
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid <= 1 || pid == os.Getpid() {
			continue
		}
		if killIfMarked(pid, mark) {
			found = true
		}
	}
	return found
}

// killIfMarked holds on to the process before it looks at it, so that it kills what it saw.
func killIfMarked(pid int, mark string) bool {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil || !hasMark(env, mark) {
		return false
	}
	return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0) == nil
}

func hasMark(env []byte, mark string) bool {
	for len(env) > 0 {
		var one []byte
		one, env, _ = bytes.Cut(env, []byte{0})
		if string(one) == mark {
			return true
		}
	}
	return false
}

// killLeft kills what a keeper left that was killed. A number alone proves nothing: it may be another's by now.
func killLeft(mark string, _ int) { killMarked(mark) }

// headroomMB is what a runtime's data may have over the function's memory: data is counted when it is asked for,
// memory when it is used.
const headroomMB = 512

// limitData limits what a process may ask for; it is the best where there are no control groups.
func limitData(pid, memoryMB int) {
	bytes := uint64(memoryMB+headroomMB) << 20 //nolint:gosec // at most 10 GB
	_ = unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes}, nil)
}

// peakOf is the most memory that a process has had.
func peakOf(pid int) int64 {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kb << 10
}

// maxRSS is in kilobytes here.
func maxRSS(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
