package main

import (
	"context"
	"fmt"
)

// Bounds on REST APIs.
const (
	wantGuarded   = 3.0  // CPU per request with key, plan and validation ÷ nginx's plain proxy, at most
	wantTemplates = 60.0 // µs of CPU of a request and a response template of 1 KiB over the proxy itself, at most
	wantHit       = 15.0 // µs of CPU of a cached answer, below

	templateBody = 1 << 10
)

// The entrants besides nginx.
const (
	restPlain     = "REST, HTTP_PROXY"
	restGuarded   = "REST, HTTP_PROXY with key, usage plan and validation"
	restCached    = "REST, cached"
	nginxPost     = "nginx, POST"
	restPost      = "REST, HTTP_PROXY, POST"
	restChecked   = "REST, HTTP_PROXY, POST with key, usage plan and validation by a model"
	restTemplates = "REST, HTTP with templates, POST"
)

// runREST loads nginx and REST APIs of Dipylon's with GET /users/123, and with POST /users/123 and 1 KiB of JSON.
func runREST(ctx context.Context, b *bench) (section, []target) {
	sec, all := b.compare(ctx, "REST APIs: GET /users/123, and POST of 1 KiB of JSON, answer 1 KiB", "nginx", restEntrants(b))
	sec.notes = append(sec.notes, "nginx passes everything on; the usage plan has a limit and a quota; templates take body and answer apart and put them together again")
	targets := []target{
		ratioAtMost("REST with API key, usage plan and validation, CPU per request ÷ nginx's", all, pair{restGuarded, "nginx"}, wantGuarded),
		overAtMost("a request and a response template of 1 KiB over the proxy itself", all, pair{restTemplates, restPost}, wantTemplates),
	}
	hit := target{what: "a cached answer, CPU", goal: fmt.Sprintf("< %.0f µs", wantHit)}
	if s, ok := find(all, restCached); ok {
		cpu, ok := s.median(cpuOf)
		hit.judge(figure("%.1f µs")(cpu, ok), ok, cpu < wantHit)
	}
	return sec, append(targets, hit)
}

func restEntrants(b *bench) []entrant {
	all := []entrant{
		{name: "nginx", proxy: b.proxies[0], work: plain()},
		{name: nginxPost, proxy: b.proxies[0], work: post(templateBody)},
	}
	d, ok := b.dipylon()
	if !ok {
		return all
	}
	for _, e := range []struct {
		name string
		work work
		api  restAPI
	}{
		{restPlain, plain(), restAPI{}},
		{restGuarded, plain(), restAPI{guarded: true}},
		{restCached, plain(), restAPI{cached: true}},
		{restPost, post(templateBody), restAPI{}},
		{restChecked, post(templateBody), restAPI{guarded: true}},
		{restTemplates, post(templateBody), restAPI{templates: true}},
	} {
		all = append(all, entrant{name: e.name, proxy: d, work: overREST(e.work, e.api)})
	}
	return all
}

// overAtMost is about the median difference within a round, in µs.
func overAtMost(what string, all []series, p pair, most float64) target {
	t := target{what: what, goal: fmt.Sprintf("≤ %.0f µs", most)}
	a, okA := find(all, p.of)
	b, okB := find(all, p.to)
	if !okA || !okB {
		return t
	}
	over, ok := a.difference(b, cpuOf)
	t.judge(figure("%.1f µs")(over, ok), ok, over <= most)
	return t
}
