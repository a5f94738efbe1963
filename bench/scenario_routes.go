package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	fewRoutes      = 10
	wantManyRoutes = 1.2 // CPU per request with many routes ÷ with few, at most
)

// cycleScript makes wrk call every route in turn, in an order that jumps about, so that no cache line or branch stays warm by repetition.
const cycleScript = `local n, i, requests = %d, 0, {}
init = function(args)
  for k = 0, n - 1 do requests[k] = wrk.format("GET", string.format("/service-%%05d/users/123", k)) end
end
request = function()
  i = (i + 7919) %% n
  return requests[i]
end
`

// runRoutes loads one Dipylon with few routes and one with many, in the same rounds.
func runRoutes(ctx context.Context, b *bench) (section, []target) {
	base, ok := b.dipylon()
	if !ok {
		return section{title: routesTitle, notes: []string{"Dipylon is missing."}}, []target{routesTarget(b.opts.routes)}
	}
	var all []contestant
	for _, n := range []int{fewRoutes, b.opts.routes} {
		c, stop, err := b.launchRoutes(ctx, base, n)
		if err != nil {
			return section{title: routesTitle, failed: []error{err}}, []target{routesTarget(b.opts.routes)}
		}
		defer stop()
		all = append(all, c)
	}
	result := b.runRounds(ctx, all)
	return routesSection(result), []target{routesTarget(b.opts.routes, result...)}
}

// launchRoutes starts a Dipylon whose API has n routes, all of which are called.
func (b *bench) launchRoutes(ctx context.Context, base *dipylon, n int) (contestant, func(), error) {
	d := &dipylon{binary: base.binary, routes: manyRoutes(n)}
	s, err := b.newSite("routes")
	if err != nil {
		return contestant{}, nil, err
	}
	s.get.url = "http://" + s.listen + "/service-00000/users/123"
	if err := d.prepare(ctx, s); err != nil {
		return contestant{}, nil, fmt.Errorf("dipylon with %d routes: %w", n, err)
	}
	script := filepath.Join(s.dir, "cycle.lua")
	if err := os.WriteFile(script, fmt.Appendf(nil, cycleScript, n), 0o644); err != nil {
		return contestant{}, nil, err
	}
	proc, _, err := start(ctx, d.command(s).pinned(b.opts.proxyCPU), s.get)
	if err != nil {
		return contestant{}, nil, fmt.Errorf("dipylon with %d routes: %w", n, err)
	}
	c := contestant{name: fmt.Sprintf("%d routes", n), pid: proc.pid(), get: s.get, script: script}
	return c, proc.stop, nil
}

func manyRoutes(n int) map[string]string {
	routes := make(map[string]string, n)
	for i := range n {
		routes[fmt.Sprintf("/service-%05d/users/{id}", i)] = "/users/{id}"
	}
	return routes
}

const routesTitle = "Number of routes: Dipylon, every route called in turn"

func routesSection(all []series) section {
	sec := section{
		title:   routesTitle,
		columns: []string{"API", "CPU µs/request", "× few", "requests/s", "p50 ms", "p99 ms"},
		notes:   remarks(all),
	}
	for _, s := range all {
		sec.rows = append(sec.rows, append([]string{s.name,
			figure("%.1f")(s.median(cpuOf)), figure("%.2f")(s.ratio(all[0]))}, loadCells(s)...))
	}
	return sec
}

// routesTarget judges the two series, few and many, where there are any.
func routesTarget(n int, fewMany ...series) target {
	t := target{what: fmt.Sprintf("CPU per request with %d routes ÷ with %d", n, fewRoutes), goal: fmt.Sprintf("≤ %.2f", wantManyRoutes)}
	if len(fewMany) == 2 {
		r, ok := fewMany[1].ratio(fewMany[0])
		t.judge(figure("%.2f")(r, ok), ok, r <= wantManyRoutes)
	}
	return t
}
