package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every Linux port that Go runs on.
const clockTick = 10 * time.Millisecond

// procStat is what is read of one line of /proc/PID/stat (proc_pid_stat(5)).
type procStat struct {
	pid, parent int
	cpu         time.Duration // user + system, all threads, those that have ended included
	reaped      time.Duration // the same of the children that have ended and been waited for
}

// parseProcStat reads a line of /proc/PID/stat. The command name stands in parentheses and may hold spaces and parentheses itself.
func parseProcStat(line string) (procStat, error) {
	pid, rest, ok := strings.Cut(line, " (")
	end := strings.LastIndexByte(rest, ')')
	if !ok || end < 0 {
		return procStat{}, fmt.Errorf("proc stat %q: no command name", line)
	}
	fields := strings.Fields(rest[end+1:]) // from field 3, state
	if len(fields) < 15 {
		return procStat{}, fmt.Errorf("proc stat %q: too few fields", line)
	}
	var n [6]int
	for i, s := range []string{pid, fields[1], fields[11], fields[12], fields[13], fields[14]} {
		v, err := strconv.Atoi(s)
		if err != nil {
			return procStat{}, fmt.Errorf("proc stat %q: %w", line, err)
		}
		n[i] = v
	}
	return procStat{
		pid: n[0], parent: n[1],
		cpu: time.Duration(n[2]+n[3]) * clockTick, reaped: time.Duration(n[4]+n[5]) * clockTick,
	}, nil
}

// processTree is the process and all its living descendants, the process first.
func processTree(root int) ([]procStat, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var all []procStat
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended since the listing
		}
		st, err := parseProcStat(string(b))
		if err != nil {
			return nil, err
		}
		all = append(all, st)
	}
	return subtree(all, root)
}

// subtree picks root and its descendants out of all processes.
func subtree(all []procStat, root int) ([]procStat, error) {
	i := slices.IndexFunc(all, func(s procStat) bool { return s.pid == root })
	if i < 0 {
		return nil, fmt.Errorf("process %d has ended", root)
	}
	tree := []procStat{all[i]}
	for n := 0; n < len(tree); n++ {
		for _, s := range all {
			if s.parent == tree[n].pid {
				tree = append(tree, s)
			}
		}
	}
	return tree, nil
}

// cpuTime is the user and system time that the process and its living descendants have used so far, and that of the process alone.
func cpuTime(pid int) (tree, own time.Duration, err error) {
	all, err := processTree(pid)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range all {
		tree += s.cpu
	}
	return tree, all[0].cpu, nil
}

// cpuOfOthers is the time for which the machine's CPUs have been kept busy, since boot, by anything but this process and its children; the
// hypervisor's share (steal) is part of it. Only differences mean something.
func cpuOfOthers() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	busy, err := parseBusy(string(b))
	if err != nil {
		return 0, err
	}
	own, err := processTree(os.Getpid())
	for _, s := range own {
		busy -= s.cpu + s.reaped
	}
	return busy, err
}

// parseBusy reads the first line of /proc/stat: user nice system idle iowait irq softirq steal, of all CPUs (proc_stat(5)).
func parseBusy(text string) (time.Duration, error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	ticks := 0
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		v, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0, fmt.Errorf("/proc/stat %q: %w", line, err)
		}
		ticks += v
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory is what a process and its children occupy, in bytes. PSS divides shared pages among those that share them, so it adds up.
type memory struct{ rss, pss int64 }

func memoryOf(pid int) (memory, error) {
	tree, err := processTree(pid)
	if err != nil {
		return memory{}, err
	}
	var sum memory
	for _, s := range tree {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
		if err != nil {
			return memory{}, err
		}
		m, err := parseSmapsRollup(string(b))
		if err != nil {
			return memory{}, err
		}
		sum.rss += m.rss
		sum.pss += m.pss
	}
	return sum, nil
}

// parseSmapsRollup reads the Rss and Pss lines of /proc/PID/smaps_rollup, which are in KiB.
func parseSmapsRollup(text string) (memory, error) {
	var m memory
	found := 0
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 3 || (f[0] != "Rss:" && f[0] != "Pss:") {
			continue
		}
		kib, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return m, fmt.Errorf("smaps_rollup %q: %w", line, err)
		}
		found++
		if f[0] == "Rss:" {
			m.rss = kib << 10
		} else {
			m.pss = kib << 10
		}
	}
	if found != 2 {
		return m, fmt.Errorf("smaps_rollup has no Rss and Pss: %.100q", text)
	}
	return m, nil
}

// median of the values; ok is false where there are none.
func median(values []float64) (m float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	s := slices.Sorted(slices.Values(values))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid], true
	}
	return (s[mid-1] + s[mid]) / 2, true
}
