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
	work     work
	get      request
}

// peer is a proxy that is configured by files made from templates in bench/peers.
type peer struct {
	label   string
	binary  string
	tmpl    string   // of the file that it is started with
	others  []string // templates of further files
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
		others: []string{filepath.Join(templates, "haproxy.map.tmpl")},
		args:   []string{"-db", "-f"}, askArgs: []string{"-v"}}
}

func newTraefik(binary, templates string) *peer {
	return &peer{label: "traefik", binary: binary, tmpl: filepath.Join(templates, "traefik.yaml.tmpl"),
		others: []string{filepath.Join(templates, "traefik-routes.yaml.tmpl")},
		args:   []string{"--configFile"}, askArgs: []string{"version"}}
}

func newKrakend(binary, templates string) *peer {
	return &peer{label: "krakend", binary: binary, tmpl: filepath.Join(templates, "krakend.json.tmpl"),
		args: []string{"run", "-c"}, askArgs: []string{"version"}}
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

// configured are the values that templates are made of.
type configured struct {
	Dir, Listen, Host, Port, Upstream, Answer string
	Method                                    string
	Prefixes                                  []string
	Issuer, Audience, KeysURL, KeyFile        string // empty where no tokens are to be verified
	Root                                      bool
	User                                      string
}

func (p *peer) prepare(_ context.Context, s *site) error {
	values, err := p.values(s)
	if err != nil {
		return err
	}
	for _, tmpl := range append([]string{p.tmpl}, p.others...) {
		if err := render(tmpl, p.fileOf(s, tmpl), values); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) values(s *site) (v configured, err error) {
	me, err := user.Current()
	if err != nil {
		return v, err
	}
	host, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return v, err
	}
	v = configured{
		Dir: s.dir, Listen: s.listen, Host: host, Port: port, Upstream: s.upstream, Answer: answer,
		Method: s.work.method(), Prefixes: s.work.prefixes, Root: me.Uid == "0", User: me.Username,
	}
	if i := s.work.issuer; i != nil {
		v.Issuer, v.Audience, v.KeysURL, v.KeyFile = i.url, audience, i.keysURL(), filepath.Join(s.dir, "issuer.pem")
		key, err := i.publicKey()
		if err != nil {
			return v, err
		}
		return v, os.WriteFile(v.KeyFile, key, 0o644)
	}
	return v, nil
}

func render(tmpl, file string, v configured) error {
	t, err := template.ParseFiles(tmpl)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := t.Execute(&text, v); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text.String()), 0o644)
}

// fileOf is the file that is made from a template.
func (p *peer) fileOf(s *site, tmpl string) string {
	return filepath.Join(s.dir, strings.TrimSuffix(filepath.Base(tmpl), ".tmpl"))
}

func (p *peer) command(s *site) command {
	c := command{argv: append([]string{p.binary}, p.args...), log: filepath.Join(s.dir, "output.log")}
	c.argv = append(c.argv, p.fileOf(s, p.tmpl))
	for _, name := range p.env {
		c.env = append(c.env, name+"="+s.dir)
	}
	return c
}
