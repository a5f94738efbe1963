package main

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseProcStat(t *testing.T) {
	const tail = " S 7 24197 12406 0 -1 4194304 99 0 0 0 250 31 5 2 20 0 1 0 161449 3133440 393"
	for _, tc := range []struct{ name, line string }{
		{"plain", "24207 (nginx)" + tail},
		{"spaces and parentheses in the name", "24207 (a) R 1 (b)" + tail},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseProcStat(tc.line)
			if err != nil {
				t.Fatal(err)
			}
			if want := (procStat{pid: 24207, parent: 7, cpu: 2810 * time.Millisecond, reaped: 70 * time.Millisecond}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	for _, line := range []string{"", "1 nginx S 7", "1 (nginx) S 7 1 1", "x (nginx)" + tail} {
		if got, err := parseProcStat(line); err == nil {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

func TestSubtreeHoldsDescendantsOnly(t *testing.T) {
	all := []procStat{{pid: 1}, {pid: 30, parent: 20}, {pid: 10, parent: 1}, {pid: 20, parent: 10}, {pid: 21, parent: 10}, {pid: 11, parent: 1}}
	tree, err := subtree(all, 10)
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, s := range tree {
		pids = append(pids, s.pid)
	}
	if want := []int{10, 20, 21, 30}; !slices.Equal(pids, want) {
		t.Errorf("got %v, want %v", pids, want)
	}
	if _, err := subtree(all, 99); err == nil {
		t.Error("a process that has ended has a tree")
	}
}

func TestOwnProcessIsMeasured(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		_ = strings.Repeat("work", 100)
	}
	tree, own, err := cpuTime(os.Getpid())
	if err != nil || own < 2*clockTick || tree < own {
		t.Errorf("CPU time after 50 ms of work: %v, of which %v its own, %v", tree, own, err)
	}
	m, err := memoryOf(os.Getpid())
	if err != nil || m.pss <= 0 || m.rss < m.pss {
		t.Errorf("memory %+v, %v", m, err)
	}
}

func TestParseSmapsRollup(t *testing.T) {
	text := "55f24c22e000-7fffcfc8d000 ---p 00000000 00:00 0   [rollup]\nRss:   1852 kB\nPss:   419 kB\nPss_Dirty:  116 kB\n"
	got, err := parseSmapsRollup(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := (memory{rss: 1852 << 10, pss: 419 << 10}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, text := range []string{"", "Rss: 1852 kB\n", "Rss: many kB\nPss: 1 kB\n"} {
		if got, err := parseSmapsRollup(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestParseBusy(t *testing.T) {
	got, err := parseBusy("cpu  100 20 30 9000 500 4 5 1 7 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
	if want := 1600 * time.Millisecond; err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"", "cpu0 1 2 3 4 5 6 7 8 9", "cpu 1 2 3", "cpu 1 2 3 4 5 6 7 many 9"} {
		if got, err := parseBusy(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		in   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 4}, 4},
		{[]float64{9, 1, 4, 2}, 3},
	} {
		if got, ok := median(tc.in); !ok || got != tc.want {
			t.Errorf("median(%v) = %v, %v, want %v", tc.in, got, ok, tc.want)
		}
	}
	if _, ok := median(nil); ok {
		t.Error("nothing has a median")
	}
}
