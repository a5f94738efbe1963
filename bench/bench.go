package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is what the upstream sends for every request: 1 KiB of JSON.
var answer = `{"id":"123","name":"` + strings.Repeat("x", 1024-len(`{"id":"123","name":""}`)) + `"}`

// bench is one run of the harness: what was found on the machine and what is running.
type bench struct {
	opts     options
	log      *slog.Logger
	root     string // of the repository
	dir      string // of the run, temporary
	wrk      wrk
	upstream *process
	backend  string  // address of the upstream, host:port
	proxies  []proxy // those present, in the order of a round
	missing  []string

	serverless *serverless // nil where no scenario wants it or it is missing
}

// newBench finds or builds the programs and starts the upstream. A missing peer or a Dipylon that does not build is noted in
// b.missing; nginx, wrk and taskset must be there, for nothing can be measured without them. The caller must close it.
func newBench(ctx context.Context, opts options, log *slog.Logger) (*bench, error) {
	if runtime.GOOS != "linux" || runtime.NumCPU() < 2 {
		return nil, errors.New("needs Linux (/proc, taskset) and two CPUs, one for the proxy and one for the load")
	}
	b := &bench{opts: opts, log: log}
	for _, find := range []func(context.Context) error{b.findRoot, b.findTools, b.findProxies, b.startUpstream} {
		if err := find(ctx); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) close() {
	if b.upstream != nil {
		b.upstream.stop()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

func (b *bench) findRoot(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/dipylon/dipylon").Output()
	if err != nil {
		return fmt.Errorf("run it inside Dipylon's source tree: %w", err)
	}
	b.root = strings.TrimSpace(string(out))
	b.dir, err = os.MkdirTemp("", "dipylon-bench-")
	return err
}

func (b *bench) findTools(context.Context) error {
	binary, err := lookTool("wrk", "wrk")
	if err != nil {
		return err
	}
	b.wrk = wrk{binary: binary, cpu: b.opts.loadCPU, connections: b.opts.connections}
	_, err = lookTool("taskset", "util-linux")
	return err
}

// lookTool finds a program on PATH or where Debian keeps servers; the error names the package to install.
func lookTool(name, debianPackage string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	if p, err := exec.LookPath(filepath.Join("/usr/sbin", name)); err == nil {
		return p, nil
	}
	return "", fmt.Errorf("%s not found: apt-get install %s", name, debianPackage)
}

// lookPeer is the binary given on the command line, or the one on PATH.
func lookPeer(name, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	p, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("not on PATH; -%s names its binary", name)
	}
	return p, nil
}

// findProxies fills b.proxies in the order nginx, haproxy, caddy, traefik, krakend, dipylon.
func (b *bench) findProxies(ctx context.Context) error {
	templates := filepath.Join(b.root, "bench", "peers")
	nginx, err := lookTool("nginx", "nginx")
	if err != nil {
		return err
	}
	b.proxies = append(b.proxies, newNginx(nginx, templates))
	if haproxy, err := lookTool("haproxy", "haproxy"); err != nil {
		b.lack("haproxy", err)
	} else {
		b.proxies = append(b.proxies, newHaproxy(haproxy, templates))
	}
	if caddy, err := b.buildCaddy(ctx); err != nil {
		b.lack("caddy", err)
	} else {
		b.proxies = append(b.proxies, newCaddy(caddy, templates))
	}
	for _, p := range []struct {
		name, given string
		make        func(binary, templates string) *peer
	}{{"traefik", b.opts.traefik, newTraefik}, {"krakend", b.opts.krakend, newKrakend}} {
		if binary, err := lookPeer(p.name, p.given); err != nil {
			b.lack(p.name, err)
		} else {
			b.proxies = append(b.proxies, p.make(binary, templates))
		}
	}
	if binary, err := b.buildDipylon(ctx); err != nil {
		b.lack("dipylon", err)
	} else {
		d := &dipylon{binary: binary}
		if b.opts.dipylon == "" {
			d.root = b.root
		}
		b.proxies = append(b.proxies, d)
	}
	if slices.Contains(b.opts.scenarios, "lambda") {
		if p, err := b.findServerless(ctx); err != nil {
			b.lack("serverless-offline", err)
		} else {
			b.serverless = p
		}
	}
	return ctx.Err()
}

func (b *bench) lack(name string, err error) {
	b.log.Warn("missing", "proxy", name, "err", err)
	b.missing = append(b.missing, fmt.Sprintf("%s: %s", name, oneLine(err)))
}

// buildCaddy builds the peer from its own module, so that its dependencies do not weigh on Dipylon's. The Go command leaves a binary
// alone that is already up to date.
func (b *bench) buildCaddy(ctx context.Context) (string, error) {
	if b.opts.caddy != "" {
		return filepath.Abs(b.opts.caddy)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	out := filepath.Join(cache, "dipylon-bench", "caddy")
	b.log.Info("building caddy")
	return out, goBuild(ctx, filepath.Join(b.root, "bench", "peers"), out, "./caddy")
}

func (b *bench) buildDipylon(ctx context.Context) (string, error) {
	if b.opts.dipylon != "" {
		return filepath.Abs(b.opts.dipylon)
	}
	out := filepath.Join(b.dir, "dipylon")
	b.log.Info("building dipylon")
	return out, goBuild(ctx, b.root, out, "./cmd/dipylon")
}

func goBuild(ctx context.Context, dir, out, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w: %s", pkg, err, msg)
	}
	return nil
}

func (b *bench) startUpstream(ctx context.Context) error {
	s, err := b.newSite("upstream", plain())
	if err != nil {
		return err
	}
	server := newUpstream(b.proxies[0].(*peer).binary, filepath.Join(b.root, "bench", "peers"))
	if err := server.prepare(ctx, s); err != nil {
		return err
	}
	b.upstream, err = spawn(server.command(s).pinned(b.opts.loadCPU))
	if err != nil {
		return err
	}
	b.backend = s.listen
	_, err = b.upstream.waitAnswer(ctx, s.get)
	return err
}

// newSite is a fresh directory and listen address for one server that does the work in front of the upstream.
func (b *bench) newSite(name string, w work) (*site, error) {
	dir, err := os.MkdirTemp(b.dir, name+"-")
	if err != nil {
		return nil, err
	}
	listen, err := freeAddr()
	if err != nil {
		return nil, err
	}
	get := w.check
	get.url, get.body = "http://"+listen+get.url, cmp.Or(get.body, answer)
	return &site{dir: dir, listen: listen, upstream: b.backend, work: w, get: get}, nil
}

// freeAddr is a loopback address that nobody listens on, with a port below the range that the kernel gives to outgoing connections.
func freeAddr() (string, error) {
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000)))
		ln, err := net.Listen("tcp", addr)
		if err == nil {
			return addr, ln.Close()
		}
	}
	return "", errors.New("no free port on 127.0.0.1 between 20000 and 32000")
}

// launch prepares the proxy on a fresh site and starts it, pinned unless the work says otherwise, ready for load. The caller must stop the process.
func (b *bench) launch(ctx context.Context, p proxy, w work) (*site, *process, error) {
	s, err := b.prepared(ctx, p, w)
	if err != nil {
		return nil, nil, err
	}
	c := p.command(s)
	if !w.unpinned {
		c = c.pinned(b.opts.proxyCPU)
	}
	proc, _, err := start(ctx, c, s.get)
	return s, proc, err
}

// prepared is a fresh site on which the proxy can be started.
func (b *bench) prepared(ctx context.Context, p proxy, w work) (*site, error) {
	s, err := b.newSite(p.name(), w)
	if err != nil {
		return nil, err
	}
	return s, p.prepare(ctx, s)
}

// start spawns the command and waits for the first 200, returning the time from the one to the other.
func start(ctx context.Context, c command, ready request) (*process, time.Duration, error) {
	proc, err := spawn(c)
	if err != nil {
		return nil, 0, err
	}
	took, err := proc.waitAnswer(ctx, ready)
	if err != nil {
		proc.stop()
		return nil, 0, err
	}
	return proc, took, nil
}

// oneLine is the error's text made fit for a list item.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// dipylon is the product among the proxies; ok is false where it is missing.
func (b *bench) dipylon() (d *dipylon, ok bool) {
	d, ok = b.proxies[len(b.proxies)-1].(*dipylon)
	return d, ok
}
