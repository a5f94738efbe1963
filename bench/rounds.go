package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// contestant is one running proxy that takes part in the rounds.
type contestant struct {
	name   string
	pid    int
	get    request
	script string // wrk script; empty for get alone
	wrk    wrk
}

// sample is one contestant's load in one round; with an error it counts for nothing.
type sample struct {
	cpu  float64 // microseconds of user and system time per request, of the proxy and its children
	own  float64 // the same without its children
	load load
	busy float64 // share of the machine's CPUs that other programs and the hypervisor took meanwhile
	err  error
}

// series are the samples of one contestant: samples[i] was taken in round i.
type series struct {
	name    string
	samples []sample
}

// runRounds loads each contestant once per round, in turn, so that a disturbance of the machine falls on all of them alike. One second
// of load beforehand fills connection pools and, in Go programs, the heap.
func (b *bench) runRounds(ctx context.Context, all []contestant) []series {
	result := make([]series, len(all))
	for i, c := range all {
		result[i].name = c.name
		if _, err := c.wrk.run(ctx, c.get, c.script, time.Second); err != nil {
			b.log.Warn("warm-up", "proxy", c.name, "err", err)
		}
	}
	for round := range b.opts.rounds {
		for i, c := range all {
			s := b.measure(ctx, c)
			result[i].samples = append(result[i].samples, s)
			b.log.Info("round", "n", round+1, "proxy", c.name, "us_per_request", fmt.Sprintf("%.1f", s.cpu),
				"per_second", int(s.load.perSecond), "err", s.err)
		}
	}
	return result
}

// measure is one contestant's turn. After an interrupt it returns at once with an error.
func (b *bench) measure(ctx context.Context, c contestant) sample {
	before, err := readClocks(c.pid)
	if err != nil {
		return sample{err: err}
	}
	l, err := c.wrk.run(ctx, c.get, c.script, b.opts.duration)
	if err != nil {
		return sample{err: err}
	}
	after, err := readClocks(c.pid)
	if err != nil {
		return sample{err: err}
	}
	wall := after.wall.Sub(before.wall) * time.Duration(runtime.NumCPU())
	perRequest := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) / float64(l.requests) }
	return sample{
		cpu:  perRequest(after.tree - before.tree),
		own:  perRequest(after.own - before.own),
		load: l,
		busy: max(0, float64(after.others-before.others)/float64(wall)),
	}
}

// clocks are what is read before and after a load; the difference is what it took.
type clocks struct {
	wall              time.Time
	tree, own, others time.Duration
}

func readClocks(pid int) (c clocks, err error) {
	c.wall = time.Now()
	if c.tree, c.own, err = cpuTime(pid); err != nil {
		return c, err
	}
	c.others, err = cpuOfOthers()
	return c, err
}

// noisy is the share of the CPUs from which on other programs disturb the figures.
const noisy = 0.1

// remarks are what must be said below a table of loads: the rounds that do not count, and how quiet the machine was.
func remarks(all []series) []string {
	notes := discarded(all)
	var together series
	for _, s := range all {
		together.samples = append(together.samples, s.samples...)
	}
	busy, ok := together.median(func(s sample) float64 { return s.busy })
	if !ok {
		return notes
	}
	note := fmt.Sprintf("other programs took %.0f %% of the CPUs meanwhile (median)", busy*100)
	if busy > noisy {
		note = "**a busy machine**: " + note + "; repeat it on a quiet one before believing it"
	}
	return append(notes, note)
}

func cpuOf(s sample) float64       { return s.cpu }
func ownOf(s sample) float64       { return s.own }
func childrenOf(s sample) float64  { return s.cpu - s.own }
func perSecondOf(s sample) float64 { return s.load.perSecond }
func p50Of(s sample) float64       { return s.load.p50.Seconds() * 1000 }
func p99Of(s sample) float64       { return s.load.p99.Seconds() * 1000 }

// median over the valid rounds. Where fewer than half of the rounds are valid, nothing is claimed and ok is false.
func (s series) median(of func(sample) float64) (m float64, ok bool) {
	var values []float64
	for _, x := range s.samples {
		if x.err == nil {
			values = append(values, of(x))
		}
	}
	if 2*len(values) < len(s.samples) {
		return 0, false
	}
	return median(values)
}

// ratio of a figure of s to base's: the median over the rounds of the ratio within one round.
func (s series) ratio(base series, of func(sample) float64) (m float64, ok bool) {
	return s.against(base, of, func(x, y float64) float64 { return x / y })
}

// difference is ratio with the difference in place of the quotient.
func (s series) difference(base series, of func(sample) float64) (m float64, ok bool) {
	return s.against(base, of, func(x, y float64) float64 { return x - y })
}

func (s series) against(base series, of func(sample) float64, compare func(x, y float64) float64) (m float64, ok bool) {
	joined := series{samples: make([]sample, len(s.samples))}
	for i, x := range s.samples {
		y := base.samples[i]
		switch {
		case x.err != nil:
			joined.samples[i].err = x.err
		case y.err != nil:
			joined.samples[i].err = y.err
		default:
			joined.samples[i].cpu = compare(of(x), of(y))
		}
	}
	return joined.median(cpuOf)
}

// discarded says of each invalid round why it does not count.
func discarded(all []series) []string {
	var notes []string
	for _, s := range all {
		for i, x := range s.samples {
			if x.err != nil {
				notes = append(notes, fmt.Sprintf("%s, round %d does not count: %s", s.name, i+1, oneLine(x.err)))
			}
		}
	}
	return notes
}

// find is the series of that name; ok is false where the proxy took no part.
func find(all []series, name string) (s series, ok bool) {
	for _, s := range all {
		if s.name == name {
			return s, true
		}
	}
	return series{}, false
}
