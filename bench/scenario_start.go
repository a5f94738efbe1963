package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const wantStart = 100 // milliseconds, below

// starter is one way of starting one proxy: each call of begin is a full start from spawn to the first 200.
type starter struct {
	name  string
	begin func(ctx context.Context) (time.Duration, error)
	times []float64 // milliseconds
	err   error     // why it takes no further part; its times count for nothing then
}

// runStart starts every proxy again and again, in turn, unpinned and on a warm file cache, each on a directory that already has its
// configuration (Dipylon: a data directory with one API); and Dipylon also on an empty directory.
func runStart(ctx context.Context, b *bench) (section, []target) {
	var all []*starter
	for _, p := range b.proxies {
		all = append(all, &starter{name: p.name(), begin: b.laterStart(p)})
	}
	if d, ok := b.dipylon(); ok {
		all = append(all, &starter{name: "dipylon, empty directory, to health", begin: b.firstStart(d)})
	}
	for range b.opts.starts {
		for _, st := range all {
			st.start(ctx)
		}
	}
	return startSection(all), []target{startTarget(all)}
}

// start takes one time. After a failure the starter takes no further part.
func (st *starter) start(ctx context.Context) {
	if st.err != nil {
		return
	}
	took, err := st.begin(ctx)
	if err != nil {
		st.err = fmt.Errorf("%s: %w", st.name, err)
		return
	}
	st.times = append(st.times, took.Seconds()*1000)
}

// laterStart starts the proxy on a site that the first call prepares.
func (b *bench) laterStart(p proxy) func(context.Context) (time.Duration, error) {
	var s *site
	return func(ctx context.Context) (_ time.Duration, err error) {
		if s == nil {
			if s, err = b.prepared(ctx, p, plain()); err != nil {
				return 0, err
			}
		}
		return startOnce(ctx, p.command(s), s.get)
	}
}

// firstStart starts Dipylon on a new data directory each time, up to the control plane's health answer.
func (b *bench) firstStart(d *dipylon) func(context.Context) (time.Duration, error) {
	return func(ctx context.Context) (time.Duration, error) {
		s, err := b.newSite("first", plain())
		if err != nil {
			return 0, err
		}
		health, err := d.prepareEmpty(s)
		if err != nil {
			return 0, err
		}
		return startOnce(ctx, d.command(s), health)
	}
}

func startOnce(ctx context.Context, c command, ready request) (time.Duration, error) {
	proc, took, err := start(ctx, c, ready)
	if err != nil {
		return 0, err
	}
	proc.stop()
	return took, nil
}

func startSection(all []*starter) section {
	sec := section{title: "Start: from spawn to the first answered request", columns: []string{"proxy", "median ms", "least", "most"}}
	for _, st := range all {
		if st.err != nil {
			sec.failed = append(sec.failed, st.err)
			continue
		}
		sec.rows = append(sec.rows, []string{st.name, figure("%.0f")(median(st.times)),
			fmt.Sprintf("%.0f", slices.Min(st.times)), fmt.Sprintf("%.0f", slices.Max(st.times))})
	}
	return sec
}

func startTarget(all []*starter) target {
	t := target{what: "start to the first answered request, one API present, ms", goal: fmt.Sprintf("< %d", wantStart)}
	for _, st := range all {
		if st.name == "dipylon" && st.err == nil {
			m, ok := median(st.times)
			t.judge(figure("%.0f")(m, ok), ok, m < wantStart)
		}
	}
	return t
}
