package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Bounds on a plain HTTP_PROXY route with metrics on.
const (
	wantPerNginx  = 1.6 // Dipylon's CPU per request ÷ nginx's, at most
	wantCaddyOver = 3.5 // Caddy's CPU per request ÷ Dipylon's, at least
)

// runProxy loads every proxy with GET /users/123, passed to the upstream that answers 1 KiB.
func runProxy(ctx context.Context, b *bench) (section, []target) {
	sec, all := b.compare(ctx, "Plain reverse proxy: GET /users/123, answer 1 KiB", "nginx", everyone(b, plain()))
	return sec, []target{
		ratioAtMost("plain proxy, CPU per request ÷ nginx's", all, pair{"dipylon", "nginx"}, wantPerNginx),
		ratioAtLeast("Caddy's CPU per request ÷ plain proxy's", all, pair{"caddy", "dipylon"}, wantCaddyOver),
	}
}

// runPost loads every proxy with POST /users/123 and a body of 10 KiB.
func runPost(ctx context.Context, b *bench) (section, []target) {
	sec, _ := b.compare(ctx, "POST of 10 KiB, answer 1 KiB", "nginx", everyone(b, post(10<<10)))
	return sec, nil
}

// runThousandRoutes loads every proxy with 1,000 routes, each of which is called in turn.
func runThousandRoutes(ctx context.Context, b *bench) (section, []target) {
	sec, _ := b.compare(ctx, "1,000 routes, every route called in turn", "nginx", everyone(b, manyRoutes(1000, 1000)))
	return sec, nil
}

// entrant is a proxy that takes part in a comparison.
type entrant struct {
	name  string
	proxy proxy
	work  work
	// verifies says that it must refuse a call without a token.
	verifies bool
}

// everyone are all proxies, with the same work.
func everyone(b *bench, w work) []entrant {
	var all []entrant
	for _, p := range b.proxies {
		all = append(all, entrant{name: p.name(), proxy: p, work: w})
	}
	return all
}

// compare loads the entrants in rounds and lists them with their ratios to the one named base.
func (b *bench) compare(ctx context.Context, title, base string, entrants []entrant) (section, []series) {
	var all []contestant
	var failed []error
	for _, e := range entrants {
		c, stop, err := b.enter(ctx, e)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", e.name, err))
			continue
		}
		defer stop()
		all = append(all, c)
	}
	result := b.runRounds(ctx, all)
	sec := comparison(title, base, result)
	sec.failed = failed
	return sec, result
}

// enter starts an entrant and writes the script of its load. The caller must call stop.
func (b *bench) enter(ctx context.Context, e entrant) (c contestant, stop func(), err error) {
	s, proc, err := b.launch(ctx, e.proxy, e.work)
	if err != nil {
		return c, nil, err
	}
	c = contestant{name: e.name, pid: proc.pid(), get: s.get, wrk: b.wrk.forWork(e.work)}
	if e.work.script != "" {
		c.script = filepath.Join(s.dir, "load.lua")
		err = os.WriteFile(c.script, []byte(e.work.script), 0o644)
	}
	if err == nil && e.verifies {
		err = s.get.refusedWithoutToken(ctx)
	}
	if err != nil {
		proc.stop()
		return c, nil, err
	}
	return c, proc.stop, nil
}

// comparison is the table of some series with their ratios to the one named base.
func comparison(title, base string, all []series) section {
	sec := section{
		title:   title,
		columns: []string{"", "CPU µs/request", "× " + base, "requests/s", "p50 ms", "p99 ms"},
		notes:   remarks(all),
	}
	for _, s := range all {
		r, ok := ratio(all, s.name, base)
		sec.rows = append(sec.rows, []string{s.name, figure("%.1f")(s.median(cpuOf)), figure("%.2f")(r, ok),
			// What the machine gave, not what the proxy costs.
			figure("%.0f")(s.median(perSecondOf)), figure("%.2f")(s.median(p50Of)), figure("%.2f")(s.median(p99Of))})
	}
	return sec
}

// ratio of CPU per request between two series; ok is false where one is missing or not valid.
func ratio(all []series, of, to string) (r float64, ok bool) {
	return ratioOf(all, pair{of, to}, cpuOf)
}

// ratioOf is [ratio] of any figure.
func ratioOf(all []series, p pair, figure func(sample) float64) (r float64, ok bool) {
	a, okA := find(all, p.of)
	b, okB := find(all, p.to)
	if !okA || !okB {
		return 0, false
	}
	return a.ratio(b, figure)
}

// pair names two series, of which the first is measured by the second.
type pair struct{ of, to string }

func ratioAtMost(what string, all []series, p pair, most float64) target {
	t := target{what: what, goal: fmt.Sprintf("≤ %.1f", most)}
	r, ok := ratio(all, p.of, p.to)
	t.judge(figure("%.2f")(r, ok), ok, r <= most)
	return t
}

func ratioAtLeast(what string, all []series, p pair, least float64) target {
	t := target{what: what, goal: fmt.Sprintf("≥ %.1f", least)}
	r, ok := ratio(all, p.of, p.to)
	t.judge(figure("%.2f")(r, ok), ok, r >= least)
	return t
}
