package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// report is the outcome of one run, ready to be written as Markdown.
type report struct {
	date       time.Time
	command    string
	machine    []string // one fact a line
	loadBefore string
	loadAfter  string
	missing    []string
	sections   []section
	targets    []target
}

// section is one scenario's table with what must be said about it.
type section struct {
	title   string
	columns []string
	rows    [][]string
	notes   []string
	failed  []error // why a proxy has no row
}

// target is a bound that Dipylon has to keep and what was measured against it.
type target struct {
	what, goal string
	measured   string
	verdict    string // empty where nothing was measured
}

// judge records a measurement; without ok the target stays unmeasured.
func (t *target) judge(measured string, ok, met bool) {
	if !ok {
		return
	}
	t.measured, t.verdict = measured, "not met"
	if met {
		t.verdict = "met"
	}
}

// figure formats a value that may be absent, as the medians and ratios return them.
func figure(format string) func(v float64, ok bool) string {
	return func(v float64, ok bool) string {
		if !ok {
			return "–"
		}
		return fmt.Sprintf(format, v)
	}
}

// newReport states what can be said before anything is measured: when, where and with which programs.
func (b *bench) newReport(ctx context.Context, args []string) report {
	facts := []string{
		fmt.Sprintf("%d × %s, Linux %s, %s", runtime.NumCPU(), cpuModel(), readTrimmed("/proc/sys/kernel/osrelease"), runtime.Version()),
		fmt.Sprintf("wrk -t1 -c%d, %d rounds of %s per proxy, interleaved; proxy on CPU %s, load and upstream on CPU %s; %s",
			b.opts.connections, b.opts.rounds, b.opts.duration, b.opts.proxyCPU, b.opts.loadCPU, b.wrk.version(ctx)),
	}
	for _, p := range b.proxies {
		facts = append(facts, p.name()+": "+p.version(ctx))
	}
	if b.serverless != nil {
		facts = append(facts, b.serverless.name()+": "+b.serverless.version(ctx), "interpreters: "+interpreters(ctx))
	}
	return report{
		date:       time.Now(),
		command:    strings.Join(append([]string{"go run ./bench"}, args...), " "),
		machine:    facts,
		loadBefore: loadAverage(),
		missing:    b.missing,
	}
}

func (w wrk) version(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, w.binary, "-v").CombinedOutput() // it prints its version and its usage, and exits with 1
	v, _, _ := strings.Cut(firstLine(string(out)), " Copyright")
	return v
}

// interpreters are those that run functions.
func interpreters(ctx context.Context) string {
	var all []string
	for _, name := range []string{"node", "python3"} {
		out, err := exec.CommandContext(ctx, name, "--version").CombinedOutput()
		if err != nil {
			out = []byte("none: " + err.Error())
		}
		all = append(all, name+" "+firstLine(string(out)))
	}
	return strings.Join(all, ", ")
}

func cpuModel() string {
	for line := range strings.Lines(readTrimmed("/proc/cpuinfo")) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func loadAverage() string { return readTrimmed("/proc/loadavg") }

func readTrimmed(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// markdown is the whole report.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Measured %s\n\nReproduce with `%s`; README.md says how it measures.\n\n", r.date.Format("2006-01-02 15:04 MST"), r.command)
	list(&b, r.machine)
	list(&b, []string{"load average before: " + r.loadBefore + "; after: " + r.loadAfter})
	for _, m := range r.missing {
		list(&b, []string{"**missing**: " + m})
	}
	b.WriteString("\n")
	for _, s := range r.sections {
		fmt.Fprintf(&b, "## %s\n\n", s.title)
		if len(s.rows) > 0 {
			table(&b, s.columns, s.rows)
			b.WriteString("\n")
		}
		list(&b, s.notes)
		for _, err := range s.failed {
			list(&b, []string{"**failed**: " + oneLine(err)})
		}
		if len(s.notes)+len(s.failed) > 0 {
			b.WriteString("\n")
		}
	}
	b.WriteString("## Targets\n\n")
	table(&b, []string{"target", "bound", "measured", ""}, targetRows(r.targets))
	return b.String()
}

// failure is the error of a run in which a proxy could not be measured, nil otherwise.
func (r report) failure() error {
	var all []error
	for _, s := range r.sections {
		all = append(all, s.failed...)
	}
	return errors.Join(all...)
}

func targetRows(targets []target) [][]string {
	var rows [][]string
	for _, t := range targets {
		if t.verdict == "" {
			t.measured, t.verdict = "–", "not measured"
		}
		rows = append(rows, []string{t.what, t.goal, t.measured, t.verdict})
	}
	return rows
}

func list(b *strings.Builder, items []string) {
	for _, s := range items {
		fmt.Fprintf(b, "- %s\n", s)
	}
}

// table writes a Markdown table: the first column to the left, figures to the right.
func table(b *strings.Builder, columns []string, rows [][]string) {
	fmt.Fprintf(b, "| %s |\n|---%s|\n", strings.Join(columns, " | "), strings.Repeat("|--:", len(columns)-1))
	for _, r := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
	}
}
