package main

import (
	"context"
	"fmt"
)

const (
	fewRoutes      = 10
	wantManyRoutes = 1.2 // CPU per request with many routes ÷ with few, at most
)

// runRoutes loads one Dipylon with few routes and one with many, in the same rounds, every route in turn.
func runRoutes(ctx context.Context, b *bench) (section, []target) {
	const title = "Number of routes: Dipylon, every route called in turn"
	few, many := fmt.Sprintf("%d routes", fewRoutes), fmt.Sprintf("%d routes", b.opts.routes)
	what := fmt.Sprintf("CPU per request with %s ÷ with %d", many, fewRoutes)
	d, ok := b.dipylon()
	if !ok {
		return section{title: title, notes: []string{"Dipylon is missing."}}, []target{ratioAtMost(what, nil, pair{many, few}, wantManyRoutes)}
	}
	sec, all := b.compare(ctx, title, few, []entrant{
		{name: few, proxy: d, work: manyRoutes(fewRoutes, b.opts.routes)},
		{name: many, proxy: d, work: manyRoutes(b.opts.routes, b.opts.routes)},
	})
	return sec, []target{ratioAtMost(what, all, pair{many, few}, wantManyRoutes)}
}
