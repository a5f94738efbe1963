package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"text/template"
)

// proxy is a server that can stand between the load generator and the upstream.
type proxy interface {
	name() string
	// version as the program itself states it, for the report.
	version(ctx context.Context) string
	// prepare writes into s.dir what the proxy needs, and corrects s.get where its traffic wants another request.
	prepare(ctx context.Context, s *site) error
	// command starts the proxy on a prepared site; it may be run many times, one after the other.
	command(s *site) command
}

// site is where one proxy lives: its directory, its address and the upstream behind it.
type site struct {
	dir      string
	listen   string // host:port of the traffic
	upstream string // host:port of what it proxies to
	control  string // host:port of the control plane; Dipylon only
	get      request
}

// peer is a proxy that is configured by one file made from bench/peers/NAME.conf.tmpl.
type peer struct {
	label   string
	binary  string
	tmpl    string
	args    []string // before the configuration file's name
	env     []string // names of variables that are to point into the site's directory
	askArgs []string // that make the program print its version
}

func newNginx(binary, templates string) *peer {
	return &peer{label: "nginx", binary: binary, tmpl: filepath.Join(templates, "nginx.conf.tmpl"),
		args: []string{"-e", "error.log", "-p", ".", "-c"}, askArgs: []string{"-v"}}
}

func newUpstream(binary, templates string) *peer {
	p := newNginx(binary, templates)
	p.label, p.tmpl = "upstream", filepath.Join(templates, "upstream.conf.tmpl")
	return p
}

func newHaproxy(binary, templates string) *peer {
	return &peer{label: "haproxy", binary: binary, tmpl: filepath.Join(templates, "haproxy.conf.tmpl"),
		args: []string{"-db", "-f"}, askArgs: []string{"-v"}}
}

func newCaddy(binary, templates string) *peer {
	return &peer{label: "caddy", binary: binary, tmpl: filepath.Join(templates, "caddy.conf.tmpl"),
		args: []string{"run", "--adapter", "caddyfile", "--config"},
		env:  []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME"}, askArgs: []string{"version"}}
}

func (p *peer) name() string { return p.label }

func (p *peer) version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, p.binary, p.askArgs...).CombinedOutput()
	if err != nil {
		return "unknown: " + err.Error()
	}
	return firstLine(string(out))
}

func (p *peer) prepare(_ context.Context, s *site) error {
	t, err := template.ParseFiles(p.tmpl)
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return err
	}
	var text strings.Builder
	err = t.Execute(&text, map[string]any{
		"Dir": s.dir, "Listen": s.listen, "Port": port, "Upstream": s.upstream, "Answer": answer,
		"Root": me.Uid == "0", "User": me.Username,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(p.configFile(s), []byte(text.String()), 0o644)
}

func (p *peer) configFile(s *site) string { return filepath.Join(s.dir, p.label+".conf") }

func (p *peer) command(s *site) command {
	c := command{argv: append([]string{p.binary}, p.args...), log: filepath.Join(s.dir, "output.log")}
	c.argv = append(c.argv, p.configFile(s))
	for _, name := range p.env {
		c.env = append(c.env, name+"="+s.dir)
	}
	return c
}
