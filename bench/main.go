// Command bench measures Dipylon beside nginx, haproxy and other gateways on this machine and prints the figures as Markdown.
//
// It stands outside the product: it starts the built binary as an operator would, creates its API through the AWS SDK, and imports
// nothing of internal/. README.md says how it measures and what must be installed; RESULTS.md is its last committed output.
//
//	go run ./bench -out bench/RESULTS.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line's settings.
type options struct {
	scenarios   []string
	rounds      int
	duration    time.Duration
	connections int
	starts      int
	idle        int
	routes      int
	colds       int
	functions   int
	proxyCPU    string
	loadCPU     string
	dipylon     string
	caddy       string
	traefik     string
	krakend     string
	out         string
	timeout     time.Duration
}

// scenarios are all there are, in the order in which they run and are reported.
var scenarios = []struct {
	name string
	run  func(context.Context, *bench) (section, []target)
}{
	{"proxy", runProxy},
	{"jwt", runJWT},
	{"post", runPost},
	{"rest", runREST},
	{"routes1000", runThousandRoutes},
	{"routes", runRoutes},
	{"start", runStart},
	{"memory", runMemory},
	{"lambda", runLambda},
	{"lambda-start", runLambdaStart},
	{"lambda-idle", runLambdaIdle},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is main without the process: every child that it starts has ended when it returns.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	b, err := newBench(ctx, opts, slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		return err
	}
	defer b.close()

	rep := b.newReport(ctx, args)
	for _, s := range scenarios {
		if !slices.Contains(opts.scenarios, s.name) {
			continue
		}
		b.log.Info("scenario", "name", s.name)
		sec, targets := s.run(ctx, b)
		if ctx.Err() != nil {
			return fmt.Errorf("scenario %s: stopped before its end: %w", s.name, context.Cause(ctx))
		}
		rep.sections = append(rep.sections, sec)
		rep.targets = append(rep.targets, targets...)
	}
	rep.loadAfter = loadAverage()
	return errors.Join(writeReport(rep, opts.out, stdout), rep.failure())
}

// writeReport prints the report and, where a file is named, leaves a copy there.
func writeReport(rep report, file string, stdout io.Writer) error {
	text := rep.markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	names := fs.String("scenarios", strings.Join(scenarioNames(), ","), "comma-separated `list` of what to run")
	fs.IntVar(&o.rounds, "rounds", 5, "rounds of load; in each, every proxy is loaded once")
	fs.DurationVar(&o.duration, "duration", 5*time.Second, "length of one load of one proxy, in whole seconds")
	fs.IntVar(&o.connections, "connections", 64, "keep-alive connections of the load generator")
	fs.IntVar(&o.starts, "starts", 10, "starts of each proxy in scenario start")
	fs.IntVar(&o.idle, "idle", 5000, "idle keep-alive connections in scenario memory")
	fs.IntVar(&o.routes, "routes", 10000, "routes of the larger API in scenario routes")
	fs.IntVar(&o.colds, "colds", 40, "cold starts of each runtime in scenario lambda-start")
	fs.IntVar(&o.functions, "functions", 1000, "functions in scenario lambda-idle")
	fs.StringVar(&o.proxyCPU, "proxy-cpu", "0", "`cpu` that the proxy is pinned to")
	fs.StringVar(&o.loadCPU, "load-cpu", "1", "`cpus` of the load generator and the upstream, as taskset -c takes them")
	fs.StringVar(&o.dipylon, "dipylon", "", "`binary` to measure instead of building ./cmd/dipylon")
	fs.StringVar(&o.caddy, "caddy", "", "`binary` to measure instead of building bench/peers/caddy")
	fs.StringVar(&o.traefik, "traefik", "", "`binary` to measure, instead of one on PATH")
	fs.StringVar(&o.krakend, "krakend", "", "`binary` to measure, instead of one on PATH")
	fs.StringVar(&o.out, "out", "", "also write the report to this `file`")
	fs.DurationVar(&o.timeout, "timeout", 30*time.Minute, "give up after this time")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.scenarios = strings.Split(*names, ",")
	return o, o.validate()
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

func (o options) validate() error {
	for _, n := range o.scenarios {
		if !slices.Contains(scenarioNames(), n) {
			return fmt.Errorf("no scenario %q: there are %s", n, strings.Join(scenarioNames(), ", "))
		}
	}
	if min(o.rounds, o.starts, o.connections, o.idle, o.routes, o.colds, o.functions) < 1 {
		return errors.New("-rounds, -starts, -connections, -idle, -routes, -colds and -functions must be at least 1")
	}
	if o.duration < time.Second || o.duration%time.Second != 0 {
		return fmt.Errorf("-duration %s: wrk takes whole seconds, at least 1s", o.duration)
	}
	return nil
}
