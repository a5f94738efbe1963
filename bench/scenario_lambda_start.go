package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"time"
)

const wantColdOver = 15 // milliseconds that a cold start of an empty Node handler is over `node -e 0`, at most

// coldStart is one kind of function beside its bare interpreter.
type coldStart struct {
	name        string
	bare        []string // command line of the interpreter with nothing to do
	function    *function
	bares, cold []float64 // milliseconds
}

// runLambdaStart takes the time of the first call of functions that have no worker, as a client of an HTTP API sees it, and that of the bare
// interpreter from spawn to exit, in turn.
func runLambdaStart(ctx context.Context, b *bench) (section, []target) {
	sec := section{
		title:   "Cold start: the first call of a function that does nothing, through an HTTP API",
		columns: []string{"", "median ms", "least", "most", "bare interpreter ms", "over it ms"},
	}
	node := &coldStart{name: "Node", bare: []string{"node", "-e", "0"}, function: b.node("empty")}
	python := &coldStart{name: "Python", bare: []string{executable(ctx), "-c", "0"}, function: b.python("empty")}
	for _, c := range []*coldStart{node, python} {
		if err := b.takeColdStarts(ctx, c); err != nil {
			sec.failed = append(sec.failed, fmt.Errorf("%s: %w", c.name, err))
			continue
		}
		cold, ok := median(c.cold)
		over, _ := c.over()
		sec.rows = append(sec.rows, []string{c.name, figure("%.1f")(cold, ok), fmt.Sprintf("%.1f", slices.Min(c.cold)), fmt.Sprintf("%.1f", slices.Max(c.cold)),
			figure("%.1f")(median(c.bares)), figure("%.1f")(over, ok)})
	}
	sec.notes = []string{"bare interpreters: `node -e 0` and `python3 -c 0`, from spawn to exit"}
	t := target{what: "cold start of an empty Node handler over `node -e 0`, ms", goal: fmt.Sprintf("≤ %d", wantColdOver)}
	over, ok := node.over()
	t.judge(figure("%.1f")(over, ok), ok, over <= wantColdOver)
	return sec, []target{t}
}

// executable is the Python that a wrapper of that name would start, as Dipylon finds it.
func executable(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return "python3"
	}
	return firstLine(string(out))
}

// over is the median of the cold starts less that of the bare interpreter.
func (c *coldStart) over() (ms float64, ok bool) {
	cold, okCold := median(c.cold)
	bare, okBare := median(c.bares)
	return cold - bare, okCold && okBare
}

// takeColdStarts runs Dipylon with as many functions as there are starts to take, and calls each once. The first of all is not counted: it
// finds files that are not cached.
func (b *bench) takeColdStarts(ctx context.Context, c *coldStart) error {
	d, ok := b.dipylon()
	if !ok {
		return fmt.Errorf("dipylon is missing")
	}
	w := manyRoutes(b.opts.colds+1, 1)
	w.function, w.unpinned = c.function, true
	w.check.body = `{}` // what is an answer of format 2.0 without a status: the body of a 200
	s, proc, err := b.launch(ctx, d, w)
	if err != nil {
		return err
	}
	defer proc.stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for k := 1; k <= b.opts.colds; k++ {
		bare, err := timed(func() error { return exec.CommandContext(ctx, c.bare[0], c.bare[1:]...).Run() })
		if err != nil {
			return err
		}
		r := s.get
		r.url = "http://" + s.listen + fmt.Sprintf(servicePrefix, k) + "123"
		cold, err := timed(func() error { return r.do(ctx, client) })
		if err != nil {
			return err
		}
		c.bares, c.cold = append(c.bares, bare), append(c.cold, cold)
	}
	return nil
}

// timed is how long f takes, in milliseconds.
func timed(f func() error) (float64, error) {
	begun := time.Now()
	err := f()
	return time.Since(begun).Seconds() * 1000, err
}
