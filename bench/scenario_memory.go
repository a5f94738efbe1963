package main

import (
	"context"
	"fmt"
	"time"
)

const (
	wantIdle = 40              // MiB of RSS, below
	settle   = 3 * time.Second // from the last request to a reading, for collectors to rest
)

// occupancy is what one proxy holds: at rest after its first answer, and with idle connections besides.
type occupancy struct {
	name        string
	idle        memory
	loaded      memory
	connections int
}

// perConnection is the growth in PSS by each idle connection, in KiB.
func (o occupancy) perConnection() float64 {
	return float64(o.loaded.pss-o.idle.pss) / 1024 / float64(o.connections)
}

// runMemory reads each proxy's memory, one after the other.
func runMemory(ctx context.Context, b *bench) (section, []target) {
	var all []occupancy
	var failed []error
	for _, p := range b.proxies {
		o, err := b.occupancy(ctx, p)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name(), err))
			continue
		}
		b.log.Info("memory", "proxy", o.name, "idle_rss", o.idle.rss, "idle_pss", o.idle.pss, "loaded_pss", o.loaded.pss)
		all = append(all, o)
	}
	sec := memorySection(all, b.opts.idle)
	sec.failed = failed
	return sec, []target{memoryTarget(all)}
}

func (b *bench) occupancy(ctx context.Context, p proxy) (occupancy, error) {
	o := occupancy{name: p.name(), connections: b.opts.idle}
	s, proc, err := b.launch(ctx, p, plain())
	if err != nil {
		return o, err
	}
	defer proc.stop()
	if o.idle, err = settledMemory(ctx, proc.pid()); err != nil {
		return o, err
	}
	conns, err := openConnections(ctx, s.get, o.connections)
	if err != nil {
		return o, err
	}
	defer conns.close()
	if o.loaded, err = settledMemory(ctx, proc.pid()); err != nil {
		return o, err
	}
	if n := conns.open(); n != o.connections {
		return o, fmt.Errorf("closed %d of %d idle connections before they were measured", o.connections-n, o.connections)
	}
	return o, nil
}

func settledMemory(ctx context.Context, pid int) (memory, error) {
	select {
	case <-ctx.Done():
		return memory{}, ctx.Err()
	case <-time.After(settle):
		return memoryOf(pid)
	}
}

func memorySection(all []occupancy, n int) section {
	sec := section{
		title:   "Memory: idle, and with idle keep-alive connections",
		columns: []string{"proxy", "idle RSS MiB", "idle PSS MiB", fmt.Sprintf("PSS MiB with %d connections", n), "KiB per connection"},
	}
	for _, o := range all {
		sec.rows = append(sec.rows, []string{o.name, mib(o.idle.rss), mib(o.idle.pss), mib(o.loaded.pss), fmt.Sprintf("%.1f", o.perConnection())})
	}
	return sec
}

func mib(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) }

func memoryTarget(all []occupancy) target {
	t := target{what: "idle memory (RSS), MiB", goal: fmt.Sprintf("< %d", wantIdle)}
	for _, o := range all {
		if o.name == "dipylon" {
			t.judge(mib(o.idle.rss), true, o.idle.rss < wantIdle<<20)
		}
	}
	return t
}
