package main

import (
	"context"
	"errors"
	"fmt"
)

// runLambdaIdle counts the processes and the memory of functions that nobody calls, after a restart.
func runLambdaIdle(ctx context.Context, b *bench) (section, []target) {
	n := b.opts.functions
	sec := section{
		title:   fmt.Sprintf("%d idle Node functions, after a restart", n),
		columns: []string{"functions", "processes besides Dipylon's", "PSS MiB", "KiB per function", "start ms"},
	}
	t := target{what: fmt.Sprintf("processes of %d idle functions", n), goal: "0"}
	none, err := b.idleFunctions(ctx, 0)
	if err == nil {
		var many idle
		if many, err = b.idleFunctions(ctx, n); err == nil {
			per := float64(many.memory.pss-none.memory.pss) / 1024 / float64(n)
			sec.rows = [][]string{none.row(0, "–"), many.row(n, fmt.Sprintf("%.1f", per))}
			t.judge(fmt.Sprint(many.processes), true, many.processes == 0)
		}
	}
	if err != nil {
		sec.failed = []error{err}
	}
	return sec, []target{t}
}

// idle is what a Dipylon with functions that are not called comes to.
type idle struct {
	processes int // besides its own
	memory    memory
	start     float64 // milliseconds, to the control plane's health answer
}

func (i idle) row(functions int, per string) []string {
	return []string{fmt.Sprint(functions), fmt.Sprint(i.processes), mib(i.memory.pss), per, fmt.Sprintf("%.0f", i.start)}
}

func (b *bench) idleFunctions(ctx context.Context, n int) (i idle, err error) {
	d, ok := b.dipylon()
	if !ok {
		return i, errors.New("dipylon is missing")
	}
	s, err := b.newSite("idle", work{})
	if err != nil {
		return i, err
	}
	health, err := d.prepareEmpty(s)
	if err != nil {
		return i, err
	}
	first, _, err := start(ctx, d.command(s), health)
	if err != nil {
		return i, err
	}
	err = createFunctions(ctx, s, b.node("empty"), n)
	first.stop()
	if err != nil {
		return i, err
	}
	again, took, err := start(ctx, d.command(s), health)
	if err != nil {
		return i, err
	}
	defer again.stop()
	i.start = took.Seconds() * 1000
	if i.memory, err = settledMemory(ctx, again.pid()); err != nil {
		return i, err
	}
	tree, err := processTree(again.pid())
	i.processes = len(tree) - 1
	return i, err
}
