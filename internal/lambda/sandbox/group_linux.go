package sandbox

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// groups is a directory of control groups that is ours, in a hierarchy of version 1 or 2
// (https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html). nil
// stands for none.
type groups struct {
	dir string
	v2  bool
	seq atomic.Int64
}

// findGroups makes a directory for control groups below the process's own, or returns nil if it may not.
func findGroups(name string) *groups {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	if at := v1Memory(string(own), string(mounts)); at != "" {
		return newGroups(filepath.Join(at, name), false)
	}
	if at := v2Own(string(own), string(mounts)); at != "" && delegateMemory(at) {
		return newGroups(filepath.Join(at, name), true)
	}
	return nil
}

func newGroups(dir string, v2 bool) *groups {
	if os.Mkdir(dir, 0o755) != nil {
		return nil
	}
	if v2 && write(dir, "cgroup.subtree_control", "+memory") != nil {
		_ = os.Remove(dir)
		return nil
	}
	return &groups{dir: dir, v2: v2}
}

// v1Memory is where the process's own group is in the hierarchy of version 1 that limits memory, if there is one.
func v1Memory(own, mounts string) string {
	for line := range strings.Lines(own) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) == 3 && hasWord(f[1], "memory") {
			return mountedAt(mounts, f[2], func(fs, super string) bool { return fs == "cgroup" && hasWord(super, "memory") })
		}
	}
	return ""
}

// v2Own is where the process's own group is in the hierarchy of version 2.
func v2Own(own, mounts string) string {
	for line := range strings.Lines(own) {
		if at, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return mountedAt(mounts, at, func(fs, _ string) bool { return fs == "cgroup2" })
		}
	}
	return ""
}

// mountedAt finds a mount and the group's directory in it. A line is: id parent major:minor root mountpoint options
// ... - type source superoptions.
func mountedAt(mounts, group string, is func(fs, super string) bool) string {
	for line := range strings.Lines(mounts) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		f, last := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 5 || len(last) < 3 || !is(last[0], last[2]) {
			continue
		}
		below, err := filepath.Rel(f[3], group)
		if err != nil || strings.HasPrefix(below, "..") {
			continue
		}
		return filepath.Join(f[4], below)
	}
	return ""
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// delegateMemory lets groups below the own limit memory. Groups with children that are limited have no processes of
// their own, so ours moves into a child; where others live in the group too, it is not ours to arrange.
func delegateMemory(own string) bool {
	if enabled, err := os.ReadFile(filepath.Join(own, "cgroup.subtree_control")); err == nil && hasField(enabled, "memory") {
		return true
	}
	pids, err := os.ReadFile(filepath.Join(own, "cgroup.procs"))
	if err != nil || strings.TrimSpace(string(pids)) != strconv.Itoa(os.Getpid()) {
		return false
	}
	child := filepath.Join(own, "dipylon-main")
	if err := os.Mkdir(child, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return false
	}
	if write(child, "cgroup.procs", strconv.Itoa(os.Getpid())) != nil {
		_ = os.Remove(child)
		return false
	}
	return write(own, "cgroup.subtree_control", "+memory") == nil
}

func hasField(list []byte, word string) bool {
	for _, f := range bytes.Fields(list) {
		if string(f) == word {
			return true
		}
	}
	return false
}

func (g *groups) path() string {
	if g == nil {
		return ""
	}
	return g.dir
}

// add makes a group with a limit, or returns nil if that fails.
func (g *groups) add(memoryMB int) *group {
	if g == nil {
		return nil
	}
	one := &group{dir: filepath.Join(g.dir, strconv.FormatInt(g.seq.Add(1), 10)), v2: g.v2}
	if os.Mkdir(one.dir, 0o755) != nil {
		return nil
	}
	limit := strconv.Itoa(memoryMB << 20)
	if write(one.dir, one.file("memory.max", "memory.limit_in_bytes"), limit) != nil {
		one.remove()
		return nil
	}
	if one.v2 { // swapped memory is used memory; where nothing is swapped the file is not there
		_ = write(one.dir, "memory.swap.max", "0")
	}
	one.opened, _ = os.Open(filepath.Join(one.dir, one.file("memory.peak", "memory.max_usage_in_bytes")))
	if one.v2 {
		one.self, _ = os.Open(one.dir)
	}
	return one
}

func (g *groups) remove() {
	if g != nil {
		_ = removeGroups(g.dir)
	}
}

// removeGroups kills what is in the groups of a directory and removes them.
func removeGroups(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			one := &group{dir: filepath.Join(dir, e.Name())}
			one.kill()
			one.remove()
		}
	}
	return syscall.Rmdir(dir)
}

// group is one process's control group; nil stands for none.
type group struct {
	dir string
	v2  bool
	// opened is the file of the peak, self the directory, which processes of version 2 are begun in.
	opened, self *os.File
}

func (g *group) file(v2, v1 string) string {
	if g.v2 {
		return v2
	}
	return v1
}

// descriptor is what a process is begun in the group with.
func (g *group) descriptor() (int, bool) {
	if g == nil || g.self == nil {
		return 0, false
	}
	return int(g.self.Fd()), true
}

// enter puts a process into the group if it was not begun in it, and tells whether the group has it.
func (g *group) enter(pid int) bool {
	if g == nil {
		return false
	}
	return g.self != nil || write(g.dir, "cgroup.procs", strconv.Itoa(pid)) == nil
}

// peak is the most memory in bytes that the group has had, 0 if nobody knows.
func (g *group) peak() int64 {
	if g == nil || g.opened == nil {
		return 0
	}
	var b [32]byte
	n, _ := g.opened.ReadAt(b[:], 0)
	bytes, _ := strconv.ParseInt(strings.TrimSpace(string(b[:n])), 10, 64)
	return bytes
}

// outOfMemory tells whether the limit has killed a process of the group.
func (g *group) outOfMemory() bool {
	if g == nil {
		return false
	}
	events, err := os.ReadFile(filepath.Join(g.dir, g.file("memory.events", "memory.oom_control")))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(events)) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == "oom_kill" {
			return f[1] != "0"
		}
	}
	return false
}

// kill kills all that is in the group.
func (g *group) kill() {
	if g == nil {
		return
	}
	for range maxRounds {
		pids, err := os.ReadFile(filepath.Join(g.dir, "cgroup.procs"))
		if err != nil || len(pids) == 0 {
			return
		}
		for _, f := range bytes.Fields(pids) {
			if pid, err := strconv.Atoi(string(f)); err == nil && pid > 1 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// remove removes the group. The last of its processes may take a moment to leave.
func (g *group) remove() {
	if g == nil {
		return
	}
	if g.opened != nil {
		_ = g.opened.Close()
	}
	if g.self != nil {
		_ = g.self.Close()
	}
	for range 100 {
		if err := syscall.Rmdir(g.dir); !errors.Is(err, syscall.EBUSY) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func write(dir, file, value string) error {
	return os.WriteFile(filepath.Join(dir, file), []byte(value), 0)
}
