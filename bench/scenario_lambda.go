package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Bounds on warm calls of functions through an HTTP API with payload format 2.0.
const (
	wantOverHandler   = 0.3 // milliseconds at one client that the call's p50 is over the handler's own time, below
	wantFunctionCPU   = 70  // µs of the gateway process per call at 16 clients, at most
	wantPerServerless = 8   // calls a second ÷ serverless-offline's at 16 clients, at least

	manyClients = 16
)

// caller is an entrant with a function behind its route.
type caller struct {
	contestant
	server  string // whose it is
	clients int
	ownTime float64 // milliseconds: the median that the handler itself measured in its last calls; negative where it is not known
}

// runLambda loads functions that echo, and serverless-offline with the same Node handler, by one client and by 16. Servers, workers and load
// share all CPUs: what runs the function is a process or a thread of its own, so one CPU would measure its scheduler.
func runLambda(ctx context.Context, b *bench) (section, []target) {
	sec := section{
		title: "Warm functions: GET /users/123, echoed by the handler, payload format 2.0",
		columns: []string{"", "clients", "gateway CPU µs/call", "workers CPU µs/call", "calls/s", "× serverless-offline",
			"p50 ms", "p99 ms", "handler's own p50 µs"},
	}
	var all []*caller
	for _, e := range functionEntrants(b) {
		c, stop, err := b.enter(ctx, e.entrant)
		if err != nil {
			sec.failed = append(sec.failed, fmt.Errorf("%s: %w", e.name, err))
			continue
		}
		defer stop()
		all = append(all, &caller{contestant: c, server: e.server, clients: e.work.connections})
	}
	contestants := make([]contestant, len(all))
	for i, c := range all {
		contestants[i] = c.contestant
	}
	result := b.runRounds(ctx, contestants)
	for i, c := range all {
		var err error
		if c.ownTime, err = handlerTime(ctx, c.get); err != nil {
			sec.failed = append(sec.failed, fmt.Errorf("%s: the handler's own time: %w", c.name, err))
		}
		sec.rows = append(sec.rows, functionRow(c, result[i], result))
	}
	sec.notes = append(remarks(result), "serverless-offline runs handlers in its own process: its workers' CPU is the gateway's")
	if s, ok := find(result, byClients(peerFunction, manyClients)); ok {
		sec.notes = append(sec.notes, fmt.Sprintf("serverless-offline, %d clients, calls/s by round: %s", manyClients, byRound(s, perSecondOf)))
	}
	return sec, functionTargets(all, result)
}

// functionEntrant is an entrant, and whose it is.
type functionEntrant struct {
	entrant
	server string
}

const (
	nodeFunction   = "Node"
	pythonFunction = "Python"
	peerFunction   = "serverless-offline, Node"
)

// functionEntrants are all functions by all numbers of clients; every one has a server of its own.
func functionEntrants(b *bench) []functionEntrant {
	var all []functionEntrant
	add := func(p proxy, name string, f *function) {
		for _, n := range []int{1, manyClients} {
			w := work{prefixes: []string{"/users/"}, function: f, unpinned: true, connections: n}
			w.check = request{url: "/users/123", body: `{"id":"123","path":"/users/123"}`}
			all = append(all, functionEntrant{entrant{name: byClients(name, n), proxy: p, work: w}, name})
		}
	}
	if d, ok := b.dipylon(); ok {
		add(d, nodeFunction, b.node("handler"))
		add(d, pythonFunction, b.python("handler"))
	}
	if b.serverless != nil {
		add(b.serverless, peerFunction, nil)
	}
	return all
}

// byRound lists a figure of every round; one that does not count is a dash.
func byRound(s series, of func(sample) float64) string {
	var all []string
	for _, x := range s.samples {
		all = append(all, figure("%.0f")(of(x), x.err == nil))
	}
	return strings.Join(all, ", ")
}

func byClients(name string, clients int) string {
	return fmt.Sprintf("%s, %s", name, clientCount(clients))
}

func clientCount(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}

// handlerTime asks a handler for the median, in milliseconds, of what it measured of itself. Where there are many workers, one answers.
func handlerTime(ctx context.Context, r request) (float64, error) {
	r.url, r.body = strings.TrimSuffix(r.url, "123")+"own-time", ""
	req, err := r.build(ctx)
	if err != nil {
		return -1, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return -1, err
	}
	defer func() { _ = resp.Body.Close() }()
	var said struct{ Median float64 }
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil || said.Median <= 0 {
		return -1, fmt.Errorf("status %d, no median: %w", resp.StatusCode, err)
	}
	return said.Median / 1000, nil
}

func functionRow(c *caller, s series, all []series) []string {
	r, ok := ratioOf(all, pair{s.name, byClients(peerFunction, c.clients)}, perSecondOf)
	return []string{c.server, fmt.Sprint(c.clients), figure("%.0f")(s.median(ownOf)), figure("%.0f")(s.median(childrenOf)),
		figure("%.0f")(s.median(perSecondOf)), figure("%.1f")(r, ok),
		figure("%.2f")(s.median(p50Of)), figure("%.2f")(s.median(p99Of)), figure("%.1f")(1000*c.ownTime, c.ownTime >= 0)}
}

func functionTargets(all []*caller, result []series) []target {
	var targets []target
	for _, name := range []string{nodeFunction, pythonFunction} {
		over := target{what: name + " function, 1 client: p50 over the handler's own time, ms", goal: fmt.Sprintf("< %.1f", wantOverHandler)}
		cpu := target{what: fmt.Sprintf("%s function, %d clients: gateway CPU per call, µs", name, manyClients), goal: fmt.Sprintf("≤ %d", wantFunctionCPU)}
		for i, c := range all {
			switch c.name {
			case byClients(name, 1):
				p50, ok := result[i].median(p50Of)
				over.judge(figure("%.2f")(p50-c.ownTime, ok), ok && c.ownTime >= 0, p50-c.ownTime < wantOverHandler)
			case byClients(name, manyClients):
				us, ok := result[i].median(ownOf)
				cpu.judge(figure("%.0f")(us, ok), ok, us <= wantFunctionCPU)
			}
		}
		targets = append(targets, over, cpu)
	}
	more := target{what: fmt.Sprintf("Node function, %d clients: calls/s ÷ serverless-offline's", manyClients), goal: fmt.Sprintf("≥ %d", wantPerServerless)}
	r, ok := ratioOf(result, pair{byClients(nodeFunction, manyClients), byClients(peerFunction, manyClients)}, perSecondOf)
	more.judge(figure("%.1f")(r, ok), ok, r >= wantPerServerless)
	return append(targets, more)
}
