package sandbox

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func (k *Keeper) attributes(*group) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Credential: k.credential()}
}

// awaitExit waits for a child's end and leaves it unreaped.
func awaitExit(pid int) {
	queue, err := unix.Kqueue()
	if err != nil {
		return
	}
	defer unix.Close(queue) //nolint:errcheck // nothing was written
	exit := []unix.Kevent_t{{
		Ident: uint64(pid), Filter: unix.EVFILT_PROC, Flags: unix.EV_ADD | unix.EV_ONESHOT, Fflags: unix.NOTE_EXIT,
	}}
	for {
		// A process that has ended already cannot be watched, which is as good.
		if _, err := unix.Kevent(queue, exit, exit, nil); !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// killMarked has no way to see environments here: who leaves the group, lives on.
func killMarked(string) {}

func killLeft(_ string, pid int) {
	if pid > 1 {
		killGroup(pid)
	}
}

func limitData(int, int) {}

func peakOf(int) int64 { return 0 }

// maxRSS is in bytes here.
func maxRSS(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss
}
