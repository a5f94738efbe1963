package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// load is one run of wrk, as wrk itself reports it.
type load struct {
	requests  int
	perSecond float64
	p50, p99  time.Duration
}

// wrk is the load generator: one thread, keep-alive connections, closed loop.
type wrk struct {
	binary      string
	cpu         string // that it is pinned to; empty for all
	connections int
}

// forWork is the load generator as the work wants it.
func (w wrk) forWork(of work) wrk {
	if of.connections > 0 {
		w.connections = of.connections
	}
	if of.unpinned {
		w.cpu = ""
	}
	return w
}

// run loads the URL for the duration. Every answer that is not 2xx or 3xx and every socket error makes the run an error.
func (w wrk) run(ctx context.Context, r request, script string, d time.Duration) (load, error) {
	args := []string{w.binary, "-t1", "-c" + strconv.Itoa(w.connections),
		"-d" + strconv.Itoa(int(d.Seconds())), "--latency", "--timeout", "5"}
	if w.cpu != "" {
		args = append([]string{"taskset", "-c", w.cpu}, args...)
	}
	if r.host != "" {
		args = append(args, "-H", "Host: "+r.host)
	}
	if script != "" {
		args = append(args, "-s", script)
	}
	ctx, cancel := context.WithTimeout(ctx, d+20*time.Second)
	defer cancel()
	args = append(args, r.url)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return parseWrk(string(out))
}

var (
	wrkRequests = regexp.MustCompile(`(?m)^\s*(\d+) requests in `)
	wrkRate     = regexp.MustCompile(`(?m)^Requests/sec:\s*([\d.]+)`)
	wrkP50      = regexp.MustCompile(`(?m)^\s*50%\s+(\S+)`)
	wrkP99      = regexp.MustCompile(`(?m)^\s*99%\s+(\S+)`)
	wrkFailed   = regexp.MustCompile(`(?m)^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$`)
)

// parseWrk reads the output of wrk --latency. Output that reports errors is an error, whatever else it says.
func parseWrk(out string) (load, error) {
	if m := wrkFailed.FindAllString(out, -1); m != nil {
		return load{}, fmt.Errorf("wrk: %s", strings.Join(strings.Fields(strings.Join(m, "; ")), " "))
	}
	var l load
	var errs [4]error
	l.requests, errs[0] = strconv.Atoi(group(wrkRequests, out))
	l.perSecond, errs[1] = strconv.ParseFloat(group(wrkRate, out), 64)
	l.p50, errs[2] = time.ParseDuration(group(wrkP50, out))
	l.p99, errs[3] = time.ParseDuration(group(wrkP99, out))
	if err := errors.Join(errs[:]...); err != nil {
		return load{}, fmt.Errorf("wrk: output not understood: %w: %s", err, out)
	}
	if l.requests == 0 {
		return load{}, errors.New("wrk: no request was answered")
	}
	return l, nil
}

func group(re *regexp.Regexp, s string) string {
	if m := re.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
