package main

import (
	"context"
	"fmt"
)

// The bounds on a plain HTTP_PROXY route with metrics on.
const (
	wantPerNginx  = 1.6 // Dipylon's CPU per request ÷ nginx's, at most
	wantCaddyOver = 3.5 // Caddy's CPU per request ÷ Dipylon's, at least
)

// runProxy loads every proxy with GET /users/123, passed to the upstream that answers 1 KiB.
func runProxy(ctx context.Context, b *bench) (section, []target) {
	var all []contestant
	var failed []error
	for _, p := range b.proxies {
		s, proc, err := b.launch(ctx, p)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.name(), err))
			continue
		}
		defer proc.stop()
		all = append(all, contestant{name: p.name(), pid: proc.pid(), get: s.get})
	}
	result := b.runRounds(ctx, all)
	sec := proxySection(result)
	sec.failed = failed
	return sec, proxyTargets(result)
}

func proxySection(all []series) section {
	sec := section{
		title:   "Plain reverse proxy: GET /users/123, answer 1 KiB",
		columns: []string{"proxy", "CPU µs/request", "× nginx", "requests/s", "p50 ms", "p99 ms"},
		notes:   remarks(all),
	}
	nginx, _ := find(all, "nginx")
	for _, s := range all {
		sec.rows = append(sec.rows, append([]string{s.name,
			figure("%.1f")(s.median(cpuOf)), figure("%.2f")(s.ratio(nginx))}, loadCells(s)...))
	}
	return sec
}

// loadCells are throughput and latencies: what the machine gave, not what the proxy costs.
func loadCells(s series) []string {
	return []string{figure("%.0f")(s.median(perSecondOf)), figure("%.2f")(s.median(p50Of)), figure("%.2f")(s.median(p99Of))}
}

func proxyTargets(all []series) []target {
	perNginx := target{what: "plain proxy, CPU per request ÷ nginx's", goal: fmt.Sprintf("≤ %.1f", wantPerNginx)}
	caddyOver := target{what: "Caddy's CPU per request ÷ plain proxy's", goal: fmt.Sprintf("≥ %.1f", wantCaddyOver)}
	d, present := find(all, "dipylon")
	if present {
		if nginx, ok := find(all, "nginx"); ok {
			r, ok := d.ratio(nginx)
			perNginx.judge(figure("%.2f")(r, ok), ok, r <= wantPerNginx)
		}
		if caddy, ok := find(all, "caddy"); ok {
			r, ok := caddy.ratio(d)
			caddyOver.judge(figure("%.2f")(r, ok), ok, r >= wantCaddyOver)
		}
	}
	return []target{perNginx, caddyOver}
}
